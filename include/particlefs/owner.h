/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/stat.h>

#include <glib.h>

G_BEGIN_DECLS

/**
 * pfs_owner_check:
 * @path: a file or a directory, for the message
 * @status: what stat() says of it
 * @error: (nullable): return location
 *
 * Whether nobody else can put another in its place.
 *
 * Returns: %FALSE with EACCES unless it belongs to who runs the program, or to root
 */
gboolean pfs_owner_check(const char *path, const struct stat *status, GError **error);

/**
 * pfs_owner_check_directory:
 * @path: a directory
 * @error: (nullable): return location
 *
 * As pfs_owner_check(); fails with the error of stat() as well.
 *
 * Returns: %TRUE where it is one's own, or root's
 */
gboolean pfs_owner_check_directory(const char *path, GError **error);

G_END_DECLS
