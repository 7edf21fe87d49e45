/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <particlefs/spool.h>

static gboolean
lies_in(const char *directory)
{
	int fd = pfs_spool_open();
	g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);
	g_autofree char *target = g_file_read_link(link, NULL);

	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(close(fd), ==, 0);
	return g_str_has_prefix(target, directory);
}

/* `su` leaves the variable as it was: the directory is another user's then. */
static void
test_owner(void)
{
	g_autofree char *directory = g_dir_make_tmp("spool-XXXXXX", NULL);

	g_setenv("TMPDIR", directory, TRUE);
	g_assert_true(lies_in(directory));
	if (chown(directory, 1, 0) == 0)
		g_assert_false(lies_in(directory));
	else
		g_test_skip("only root can give a directory away");
	g_assert_cmpint(g_rmdir(directory), ==, 0);
}

/* What a user's own directory takes is memory. */
static void
test_disk_first(void)
{
	g_autofree char *directory = g_dir_make_tmp("spool-XXXXXX", NULL);
	int fd = open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	g_unsetenv("TMPDIR");
	g_setenv("XDG_RUNTIME_DIR", directory, TRUE);
	if (fd >= 0)
		g_assert_true(lies_in("/var/tmp/"));
	else
		g_test_skip("/var/tmp takes no file without a name");
	g_assert_true(fd < 0 || close(fd) == 0);
	g_assert_cmpint(g_rmdir(directory), ==, 0);
}

/* Uploads that nobody closes keep no connection from being made. */
static void
test_leaves_descriptors(void)
{
	struct rlimit limit;
	int spools[64];
	int others[32];
	guint count = 0;

	g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &limit), ==, 0);
	limit.rlim_cur = 64;
	g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &limit), ==, 0);
	while (count < G_N_ELEMENTS(spools) && (spools[count] = pfs_spool_open()) >= 0)
		count++;
	g_assert_cmpint(errno, ==, EMFILE);
	g_assert_cmpuint(count, >=, 8);
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		g_assert_cmpint(others[i] = open("/dev/null", O_RDONLY | O_CLOEXEC), >=, 0);
	for (guint i = 0; i < G_N_ELEMENTS(others); i++)
		close(others[i]);
	close(spools[--count]);
	g_assert_cmpint(spools[count++] = pfs_spool_open(), >=, 0);
	while (count > 0)
		close(spools[--count]);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/spool/owner", test_owner);
	g_test_add_func("/spool/disk-first", test_disk_first);
	g_test_add_func("/spool/leaves-descriptors", test_leaves_descriptors);
	return g_test_run();
}
