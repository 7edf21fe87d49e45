/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <particlefs/token.h>

G_BEGIN_DECLS

/* Where the own store is; NULL without a home directory. */
char *pfs_store_dup_path(void);

G_END_DECLS
