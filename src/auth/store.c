/* SPDX-License-Identifier: Apache-2.0 */
/* The own store of the token: one file, 0600, replaced as a whole. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <particlefs/error.h>
#include <particlefs/owner.h>

#include "store.h"

char *
pfs_store_dup_path(void)
{
	const char *state = g_getenv("XDG_STATE_HOME");
	const char *home = g_getenv("HOME");

	if (state != NULL && g_path_is_absolute(state))
		return g_build_filename(state, "particlefs", "token", NULL);
	if (home != NULL && g_path_is_absolute(home))
		return g_build_filename(home, ".local", "state", "particlefs", "token", NULL);
	return NULL;
}

static gboolean
fail(GError **error, const char *what, const char *path)
{
	int code = errno;

	g_set_error(error, PFS_ERROR, code, "%s %s: %s", what, path, g_strerror(code));
	return FALSE;
}

static gboolean
write_whole(int fd, const char *token)
{
	gsize length = strlen(token);

	return write(fd, token, length) == (gssize)length && write(fd, "\n", 1) == 1 &&
	       fsync(fd) == 0;
}

gboolean
pfs_token_store(const char *token, GError **error)
{
	g_autofree char *path = pfs_store_dup_path();
	g_autofree char *directory = NULL;
	g_autofree char *temporary = NULL;
	gboolean written;
	int fd;

	if (path == NULL) {
		g_set_error(error, PFS_ERROR, ENOENT,
			    "neither XDG_STATE_HOME nor HOME says where to keep the token");
		return FALSE;
	}
	directory = g_path_get_dirname(path);
	if (g_mkdir_with_parents(directory, 0700) != 0)
		return fail(error, "can't make", directory);
	if (!pfs_owner_check_directory(directory, error))
		return FALSE;
	temporary = g_strconcat(path, ".XXXXXX", NULL);
	fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(error, "can't write", path);
	written = write_whole(fd, token);
	if (close(fd) != 0 || !written || g_rename(temporary, path) != 0) {
		fail(error, "can't write", path);
		g_unlink(temporary);
		return FALSE;
	}
	return TRUE;
}

gboolean
pfs_token_forget(GError **error)
{
	g_autofree char *path = pfs_store_dup_path();

	if (path != NULL && g_unlink(path) != 0 && errno != ENOENT)
		return fail(error, "can't remove", path);
	return TRUE;
}
