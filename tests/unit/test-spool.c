/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <glib/gstdio.h>
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

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/spool/owner", test_owner);
	g_test_add_func("/spool/disk-first", test_disk_first);
	return g_test_run();
}
