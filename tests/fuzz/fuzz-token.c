/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token file, the official CLI's configuration, or its profile. What is taken for a token can
 * stand in a header, and survives the own store.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <particlefs/token.h>

#include "fuzz.h"

static char *home;
static char *own_path;

static char *
write_file(const char *name, const void *data, gsize length)
{
	char *path = g_build_filename(home, name, NULL);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(write(fd, data, length), ==, (gssize)length);
	close(fd);
	return path;
}

static void
set_up(void)
{
	g_autofree char *directory = NULL;

	home = g_dir_make_tmp("fuzz-token-XXXXXX", NULL);
	g_assert_nonnull(home);
	own_path = g_build_filename(home, ".local/state/particlefs/token", NULL);
	directory = g_build_filename(home, ".particle", NULL);
	g_assert_cmpint(mkdir(directory, 0700), ==, 0);
	g_setenv("HOME", home, TRUE);
	g_unsetenv("XDG_STATE_HOME");
	g_unsetenv("CREDENTIALS_DIRECTORY");
	g_unsetenv("PARTICLE_TOKEN");
}

static void
check_store(const char *token)
{
	g_autofree char *kept = g_strdup(token);
	g_autoptr(PfsToken) found = NULL;

	g_assert_true(pfs_token_store(kept, NULL));
	found = pfs_token_find(NULL, NULL, NULL);
	g_assert_nonnull(found);
	g_assert_cmpstr(pfs_token_get_source(found), ==, own_path);
	g_assert_cmpstr(pfs_token_peek(found), ==, kept);
	g_assert_false(pfs_token_reload(found));
	g_assert_true(pfs_token_forget(NULL));
}

static void
check(const char *file)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PfsToken) found = pfs_token_find(file, NULL, &error);
	const char *token;

	if (found == NULL) {
		fuzz_check_error(error);
		return;
	}
	token = pfs_token_peek(found);
	g_assert_cmpint(*token, !=, '\0');
	for (const char *at = token; *at != '\0'; at++)
		g_assert_true(g_ascii_isgraph(*at));
	check_store(token);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autofree char *file = NULL;
	g_autofree char *configuration = NULL;
	g_autofree char *profile = NULL;

	if (home == NULL)
		set_up();
	file = write_file("token", data, size);
	check(file);
	configuration = write_file(".particle/particle.config.json", data, size);
	check(NULL);
	profile = write_file(".particle/profile.json", data, size);
	check(NULL);
	g_assert_cmpint(unlink(profile), ==, 0);
	return 0;
}
