/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * pfs_spool_open:
 *
 * Opens a file without a name, which nobody else can open and which goes with the process: in the
 * first of `$TMPDIR`, `/var/tmp`, `$XDG_RUNTIME_DIR` and `/tmp` that is root's or one's own and
 * takes such a file. Fails with EMFILE while half of the descriptors that the process may have, and
 * some, are left for all else.
 *
 * Returns: a descriptor for reading and writing; -1 with errno
 */
int pfs_spool_open(void);

G_END_DECLS
