/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include <particlefs/error.h>
#include <particlefs/owner.h>

gboolean
pfs_owner_check(const char *path, const struct stat *status, GError **error)
{
	if (status->st_uid == 0 || status->st_uid == geteuid())
		return TRUE;
	g_set_error(error, PFS_ERROR, EACCES, "%s belongs to another user; run: chown %u %s", path,
		    geteuid(), path);
	return FALSE;
}

gboolean
pfs_owner_check_directory(const char *path, GError **error)
{
	struct stat status;

	if (stat(path, &status) != 0) {
		int code = errno;

		g_set_error(error, PFS_ERROR, code, "%s: %s", path, g_strerror(code));
		return FALSE;
	}
	return pfs_owner_check(path, &status, error);
}
