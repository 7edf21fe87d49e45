/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Forks; to be called before any thread exists. The parent waits for the child's word and ends with its
 * exit code; the child goes on. */
void pfs_daemon_fork(void);

/* The child's word that all is well: lets the parent end with 0, and leaves the terminal. */
void pfs_daemon_ready(void);

G_END_DECLS
