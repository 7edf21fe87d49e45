/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <particlefs/error.h>
#include <particlefs/token.h>

/* A home of its own for each case, and none of the places that the tester's environment has. */
typedef struct {
	char *home;
} Fixture;

static char *
put(Fixture *fixture, const char *name, const char *text, int mode)
{
	char *path = g_build_filename(fixture->home, name, NULL);
	g_autofree char *directory = g_path_get_dirname(path);

	g_mkdir_with_parents(directory, 0700);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	g_assert_cmpint(g_chmod(path, mode), ==, 0);
	return path;
}

static void
set_up(Fixture *fixture, gconstpointer data)
{
	fixture->home = g_dir_make_tmp("token-XXXXXX", NULL);
	g_setenv("HOME", fixture->home, TRUE);
	g_unsetenv("XDG_STATE_HOME");
	g_unsetenv("CREDENTIALS_DIRECTORY");
	g_unsetenv("PARTICLE_TOKEN");
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
	const char *argv[] = { "rm", "-rf", fixture->home, NULL };

	g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
				   NULL, NULL, NULL));
	g_free(fixture->home);
}

static void
expect(const char *file, const char *token)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PfsToken) found = pfs_token_find(file, NULL, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(pfs_token_peek(found), ==, token);
}

static void
expect_error(const char *file, int code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PfsToken) found = pfs_token_find(file, NULL, &error);

	g_assert_null(found);
	g_assert_error(error, PFS_ERROR, code);
}

/* Each place wins over those that stand after it: they are filled from the last to the first. */
static void
test_order(Fixture *fixture, gconstpointer data)
{
	g_autofree char *cli = NULL, *own = NULL, *credential = NULL, *explicit = NULL;
	g_autofree char *directory = g_build_filename(fixture->home, "credentials", NULL);

	expect_error(NULL, ENOKEY);
	cli = put(fixture, ".particle/particle.config.json", "{\"access_token\":\"cli\"}", 0600);
	expect(NULL, "cli");
	own = put(fixture, ".local/state/particlefs/token", "own\n", 0600);
	expect(NULL, "own");
	g_setenv("PARTICLE_TOKEN", "env", TRUE);
	expect(NULL, "env");
	g_assert_null(g_getenv("PARTICLE_TOKEN"));
	credential = put(fixture, "credentials/particle-token", " unit \n", 0600);
	g_setenv("CREDENTIALS_DIRECTORY", directory, TRUE);
	expect(NULL, "unit");
	explicit = put(fixture, "explicit", "given", 0600);
	expect(explicit, "given");
}

/* Whichever place has the token, the environment has none afterwards. */
static void
test_environment(Fixture *fixture, gconstpointer data)
{
	g_autofree char *explicit = put(fixture, "explicit", "given", 0600);
	g_autofree char *large = g_strnfill(100000, 'x');

	g_setenv("PARTICLE_TOKEN", "env", TRUE);
	pfs_token_take_environment();
	g_assert_null(g_getenv("PARTICLE_TOKEN"));
	pfs_token_take_environment();
	expect(NULL, "env");
	expect_error(NULL, ENOKEY);
	g_setenv("PARTICLE_TOKEN", "env", TRUE);
	expect(explicit, "given");
	g_assert_null(g_getenv("PARTICLE_TOKEN"));
	expect_error(NULL, ENOKEY);
	g_setenv("PARTICLE_TOKEN", "", TRUE);
	expect_error(NULL, ENOKEY);
	g_setenv("PARTICLE_TOKEN", large, TRUE);
	expect_error(NULL, ENOKEY);
}

static void
test_profile(Fixture *fixture, gconstpointer data)
{
	g_autofree char *profile =
	    put(fixture, ".particle/profile.json", "{\"name\":\"work\"}", 0600);
	g_autofree char *work =
	    put(fixture, ".particle/work.config.json", "{\"access_token\":\"w\"}", 0600);
	g_autofree char *home =
	    put(fixture, ".particle/home.config.json", "{\"access_token\":\"h\"}", 0600);
	g_autoptr(PfsToken) named = pfs_token_find(NULL, "home", NULL);

	expect(NULL, "w");
	g_assert_cmpstr(pfs_token_peek(named), ==, "h");
}

static void
test_refused(Fixture *fixture, gconstpointer data)
{
	g_autofree char *open = put(fixture, "open", "token", 0644);
	g_autofree char *empty = put(fixture, "empty", " \n", 0600);
	g_autofree char *header = put(fixture, "header", "a\r\nX-Evil: 1", 0600);
	g_autofree char *json = put(fixture, "bad.json", "{\"access_token\":", 0600);

	expect_error(open, EACCES);
	expect_error(empty, ENOKEY);
	expect_error(header, EINVAL);
	expect_error(json, ENOKEY);
	expect_error("/nonexistent/token", ENOENT);
}

/* Who owns the file, or the directory, could put a token of theirs there. */
static void
test_owner(Fixture *fixture, gconstpointer data)
{
	g_autofree char *file = put(fixture, "directory/token", "given", 0600);
	g_autofree char *directory = g_path_get_dirname(file);
	g_autofree char *own = put(fixture, ".local/state/particlefs/token", "own", 0600);
	g_autofree char *store = g_path_get_dirname(own);

	if (geteuid() != 0) {
		g_test_skip("only root can give files away");
		return;
	}
	g_assert_cmpint(chown(directory, 1, 0), ==, 0);
	expect_error(file, EACCES);
	g_assert_cmpint(chown(file, 1, 0), ==, 0);
	g_assert_cmpint(chown(directory, 0, 0), ==, 0);
	expect_error(file, EACCES);
	g_assert_cmpint(chown(own, 1, 0), ==, 0);
	expect_error(NULL, EACCES);
	g_assert_cmpint(chown(store, 1, 0), ==, 0);
	g_assert_false(pfs_token_store("new", NULL));
	/* Whose they are may use them. */
	g_assert_cmpint(chown(directory, 1, 0), ==, 0);
	g_assert_cmpint(g_chmod(fixture->home, 0755), ==, 0);
	g_assert_cmpint(seteuid(1), ==, 0);
	expect(file, "given");
	g_assert_cmpint(seteuid(0), ==, 0);
}

static void
test_reload(Fixture *fixture, gconstpointer data)
{
	g_autofree char *path = put(fixture, "token", "first", 0600);
	g_autoptr(PfsToken) token = pfs_token_find(path, NULL, NULL);

	g_assert_false(pfs_token_reload(token));
	g_free(put(fixture, "token", "second", 0600));
	g_assert_true(pfs_token_reload(token));
	g_assert_cmpstr(pfs_token_peek(token), ==, "second");
	g_unlink(path);
	g_assert_false(pfs_token_reload(token));
	g_assert_cmpstr(pfs_token_peek(token), ==, "second");
}

static void
test_store(Fixture *fixture, gconstpointer data)
{
	g_autofree char *path =
	    g_build_filename(fixture->home, ".local/state/particlefs/token", NULL);
	g_autoptr(GError) error = NULL;
	GStatBuf status;

	g_assert_true(pfs_token_forget(&error));
	g_assert_true(pfs_token_store("kept", &error));
	g_assert_no_error(error);
	g_assert_cmpint(g_stat(path, &status), ==, 0);
	g_assert_cmpint(status.st_mode & 0777, ==, 0600);
	expect(NULL, "kept");
	g_assert_true(pfs_token_forget(&error));
	expect_error(NULL, ENOKEY);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add(path, Fixture, NULL, set_up, test, tear_down)
	ADD("/token/order", test_order);
	ADD("/token/environment", test_environment);
	ADD("/token/profile", test_profile);
	ADD("/token/refused", test_refused);
	ADD("/token/owner", test_owner);
	ADD("/token/reload", test_reload);
	ADD("/token/store", test_store);
	return g_test_run();
}
