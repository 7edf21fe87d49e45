/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <particlefs/error.h>
#include <particlefs/json.h>
#include <particlefs/owner.h>
#include <particlefs/wipe.h>

#include "secret.h"
#include "store.h"

#define FILE_BYTES_MAX 65536
#define LOOK_INTERVAL_US (1 * G_USEC_PER_SEC)

struct _PfsToken {
	PfsSecret secret;
	char *source;
	char *path;	/* NULL: not from a file */
	gboolean json;	/* the official CLI's file */
	mode_t refused; /* modes of a file that is not safe */
	struct timespec mtime;
	ino_t inode;
	gint64 looked_us;
};

static PfsToken *
token_new(const char *source, const char *path, gboolean json)
{
	PfsToken *self = g_new0(PfsToken, 1);

	pfs_secret_init(&self->secret);
	self->source = g_strdup(source);
	self->path = g_strdup(path);
	self->json = json;
	self->refused = 077;
	return self;
}

void
pfs_token_free(PfsToken *self)
{
	if (self == NULL)
		return;
	pfs_secret_clear(&self->secret);
	g_free(self->source);
	g_free(self->path);
	g_free(self);
}

/* A token goes into a header as it is: nothing that could end the header may be in it. */
static gboolean
take_text(PfsToken *self, const char *text, GError **error)
{
	gsize length;

	text += strspn(text, " \t\r\n");
	length = strlen(text);
	while (length > 0 && g_ascii_isspace(text[length - 1]))
		length--;
	for (gsize i = 0; i < length; i++) {
		if (!g_ascii_isgraph(text[i])) {
			g_set_error(error, PFS_ERROR, EINVAL, "%s holds no access token",
				    self->source);
			return FALSE;
		}
	}
	if (length == 0 || !pfs_secret_set(&self->secret, text, length)) {
		g_set_error(error, PFS_ERROR, ENOKEY, "%s holds no access token", self->source);
		return FALSE;
	}
	return TRUE;
}

static gboolean
take_json(PfsToken *self, const char *text, GError **error)
{
	g_autoptr(json_t) root = json_loads(text, 0, NULL);
	const char *token = json_string_value(json_object_get(root, "access_token"));

	if (token == NULL) {
		g_set_error(error, PFS_ERROR, ENOKEY, "%s holds no access_token", self->source);
		return FALSE;
	}
	return take_text(self, token, error);
}

/* Who owns a file, or its directory, can have another account's token there, and be sent what is
 * meant for one's own devices. */
static gboolean
check_owner(PfsToken *self, const struct stat *status, GError **error)
{
	g_autofree char *directory = g_path_get_dirname(self->path);

	return pfs_owner_check(self->path, status, error) &&
	       pfs_owner_check_directory(directory, error);
}

static gboolean
check_mode(PfsToken *self, const struct stat *status, GError **error)
{
	if (!S_ISREG(status->st_mode)) {
		g_set_error(error, PFS_ERROR, EINVAL, "%s is not a regular file", self->path);
		return FALSE;
	}
	if (!check_owner(self, status, error))
		return FALSE;
	if ((status->st_mode & self->refused) != 0) {
		g_set_error(error, PFS_ERROR, EACCES, "%s can be read by others; run: chmod 600 %s",
			    self->path, self->path);
		return FALSE;
	}
	return TRUE;
}

static gboolean
read_file(PfsToken *self, GError **error)
{
	char buffer[FILE_BYTES_MAX];
	struct stat status;
	gssize length;
	gboolean taken = FALSE;
	int fd = open(self->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &status) != 0) {
		int code = errno;

		g_set_error(error, PFS_ERROR, code, "%s: %s", self->path, g_strerror(code));
		if (fd >= 0)
			close(fd);
		return FALSE;
	}
	if (check_mode(self, &status, error)) {
		length = read(fd, buffer, sizeof(buffer) - 1);
		buffer[MAX(length, 0)] = '\0';
		taken =
		    self->json ? take_json(self, buffer, error) : take_text(self, buffer, error);
		explicit_bzero(buffer, sizeof(buffer));
		self->mtime = status.st_mtim;
		self->inode = status.st_ino;
	}
	close(fd);
	return taken;
}

/* NULL without an error: there is no such file. */
static PfsToken *
from_file(const char *path, gboolean json, gboolean required, GError **error)
{
	g_autoptr(PfsToken) self = NULL;

	if (path == NULL || (!required && access(path, F_OK) != 0))
		return NULL;
	self = token_new(path, path, json);
	return read_file(self, error) ? g_steal_pointer(&self) : NULL;
}

/* systemd lets a service's user in by an ACL, which shows as the group's bits. */
static PfsToken *
from_credential(GError **error)
{
	const char *directory = g_getenv("CREDENTIALS_DIRECTORY");
	g_autofree char *path = NULL;
	g_autoptr(PfsToken) self = NULL;

	if (directory == NULL)
		return NULL;
	path = g_build_filename(directory, "particle-token", NULL);
	if (access(path, F_OK) != 0)
		return NULL;
	self = token_new(path, path, FALSE);
	self->refused = 007;
	return read_file(self, error) ? g_steal_pointer(&self) : NULL;
}

/* Of the process, as the environment is. */
static PfsSecret environment;

static void
forget_environment(void)
{
	if (environment.text != NULL)
		pfs_secret_clear(&environment);
}

void
pfs_token_take_environment(void)
{
	char *text = getenv("PARTICLE_TOKEN");
	gsize length = text != NULL ? strlen(text) : 0;

	if (length > 0) {
		forget_environment();
		pfs_secret_init(&environment);
		/* One that is too long is none, and is told to be none. */
		if (!pfs_secret_set(&environment, text, length))
			pfs_secret_set(&environment, " ", 1);
		/* In place: /proc/PID/environ shows the memory that the process was started with.
		 */
		explicit_bzero(text, length);
	}
	g_unsetenv("PARTICLE_TOKEN");
}

static PfsToken *
from_environment(GError **error)
{
	g_autoptr(PfsToken) self = NULL;

	if (environment.text == NULL)
		return NULL;
	self = token_new("$PARTICLE_TOKEN", NULL, FALSE);
	return take_text(self, environment.text, error) ? g_steal_pointer(&self) : NULL;
}

static char *
dup_cli_profile(const char *directory)
{
	g_autofree char *path = g_build_filename(directory, "profile.json", NULL);
	g_autoptr(json_t) root = json_load_file(path, 0, NULL);
	const char *name = json_string_value(json_object_get(root, "name"));

	return g_strdup(name != NULL && strchr(name, '/') == NULL ? name : "particle");
}

static char *
dup_cli_path(const char *profile)
{
	const char *home = g_getenv("HOME");
	g_autofree char *directory = NULL;
	g_autofree char *name = NULL;
	g_autofree char *file = NULL;

	if (home == NULL || !g_path_is_absolute(home))
		return NULL;
	directory = g_build_filename(home, ".particle", NULL);
	name = profile != NULL ? g_strdup(profile) : dup_cli_profile(directory);
	file = g_strconcat(name, ".config.json", NULL);
	return g_build_filename(directory, file, NULL);
}

static PfsToken *
find(const char *token_file, const char *profile, GError **error)
{
	g_autofree char *own = pfs_store_dup_path();
	g_autofree char *cli = dup_cli_path(profile);
	GError *local_error = NULL;
	PfsToken *self;

	if (token_file != NULL)
		return from_file(token_file, g_str_has_suffix(token_file, ".json"), TRUE, error);
	self = from_credential(&local_error);
	if (self == NULL && local_error == NULL)
		self = from_environment(&local_error);
	if (self == NULL && local_error == NULL && profile == NULL)
		self = from_file(own, FALSE, FALSE, &local_error);
	if (self == NULL && local_error == NULL)
		self = from_file(cli, TRUE, FALSE, &local_error);
	if (self == NULL && local_error == NULL && profile != NULL)
		g_set_error(&local_error, PFS_ERROR, ENOKEY,
			    "no access token: there is no profile '%s' (%s); without one, run "
			    "'particlefs login'",
			    profile, cli != NULL ? cli : "HOME is not set");
	else if (self == NULL && local_error == NULL)
		g_set_error(&local_error, PFS_ERROR, ENOKEY,
			    "no access token: run 'particlefs login', or set PARTICLE_TOKEN");
	if (self == NULL)
		g_propagate_error(error, local_error);
	return self;
}

PfsToken *
pfs_token_find(const char *token_file, const char *profile, GError **error)
{
	PfsToken *self;

	pfs_token_take_environment();
	self = find(token_file, profile, error);
	forget_environment();
	return self;
}

PfsToken *
pfs_token_find_own(GError **error)
{
	g_autofree char *path = pfs_store_dup_path();
	GError *local_error = NULL;
	PfsToken *self = from_file(path, FALSE, FALSE, &local_error);

	if (self == NULL && local_error == NULL)
		g_set_error_literal(&local_error, PFS_ERROR, ENOKEY, "nobody is logged in");
	if (self == NULL)
		g_propagate_error(error, local_error);
	return self;
}

PfsToken *
pfs_token_new_anonymous(void)
{
	return token_new("no token", NULL, FALSE);
}

gboolean
pfs_token_reload(PfsToken *self)
{
	PFS_AUTO_WIPE char *before = NULL;
	gboolean changed;

	if (self->path == NULL)
		return FALSE;
	before = g_strdup(self->secret.text);
	/* A file that is gone or damaged leaves the token as it was. */
	changed = read_file(self, NULL) && strcmp(before, self->secret.text) != 0;
	if (changed)
		g_info("%s: has another access token", self->path);
	return changed;
}

const char *
pfs_token_peek(PfsToken *self)
{
	gint64 now_us = g_get_monotonic_time();
	struct stat status;

	if (self->path != NULL && now_us - self->looked_us >= LOOK_INTERVAL_US) {
		self->looked_us = now_us;
		if (stat(self->path, &status) == 0 &&
		    (status.st_ino != self->inode ||
		     memcmp(&status.st_mtim, &self->mtime, sizeof(self->mtime)) != 0))
			pfs_token_reload(self);
	}
	return self->secret.text[0] != '\0' ? self->secret.text : NULL;
}

const char *
pfs_token_get_source(PfsToken *self)
{
	return self->source;
}
