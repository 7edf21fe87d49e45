/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind `-o`. */
#include <errno.h>

#include "../../src/cli/options.h"

static void
test_values(void)
{
	g_auto(PfsMountOptions) options = { 0 };
	g_autoptr(GError) error = NULL;

	pfs_mount_options_init(&options);
	g_assert_true(
	    pfs_mount_options_parse(&options,
				    "token_file=/a\\,b,ttl=device:0.5,stale=7,budget=9/8,"
				    "umask=077,log=info,ro,x-mount.mkdir,noauto,api=a=b,,",
				    &error));
	g_assert_no_error(error);
	g_assert_cmpstr(options.cli.token_file, ==, "/a,b");
	g_assert_cmpstr(options.cli.api, ==, "a=b");
	g_assert_cmpint(options.tree.ttl_us[PFS_TTL_DEVICE], ==, 500000);
	g_assert_cmpint(options.tree.stale_us, ==, 7000000);
	g_assert_cmpuint(options.budget[0], ==, 9);
	g_assert_cmpuint(options.budget[1], ==, 8);
	g_assert_cmpuint(options.umask, ==, 077);
	g_assert_cmpuint(options.log_level, ==, G_LOG_LEVEL_INFO);
	g_assert_cmpstr(options.kernel->str, ==, "auto_unmount,ro");
}

/* Of those that contradict each other the last one counts, as mount(8) has it: for the kernel's,
 * libfuse sees to that. */
static void
test_last_wins(void)
{
	g_auto(PfsMountOptions) options = { 0 };
	g_autoptr(GError) error = NULL;

	pfs_mount_options_init(&options);
	g_assert_true(pfs_mount_options_parse(
	    &options, "ro,rw,noexec,exec,stale=1,stale=2,api=a,api=b", &error));
	g_assert_cmpstr(options.kernel->str, ==, "auto_unmount,ro,rw,noexec,exec");
	g_assert_cmpint(options.tree.stale_us, ==, 2000000);
	g_assert_cmpstr(options.cli.api, ==, "b");
}

static void
test_refused(void)
{
	static const char *const lists[] = {
		"unknown",
		"uid",
		"uid=-1",
		"uid=x",
		"umask=8",
		"umask=1000",
		"ttl=device",
		"ttl=device:",
		"ttl=x:1",
		"ttl=device:-1",
		"ttl=device:nan",
		"ttl=list:1x",
		"budget=1",
		"budget=1/",
		"retries=4294967296",
		"log",
		"log=loud",
	};

	for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_auto(PfsMountOptions) options = { 0 };
		g_autoptr(GError) error = NULL;

		g_test_message("%s", lists[i]);
		pfs_mount_options_init(&options);
		g_assert_false(pfs_mount_options_parse(&options, lists[i], &error));
		g_assert_error(error, PFS_ERROR, EINVAL);
	}
}

static void
test_help(void)
{
	g_autofree char *help = pfs_mount_options_dup_help();

	g_assert_nonnull(g_strstr_len(help, -1, "  token_file=FILE        file with"));
	g_assert_null(g_strstr_len(help, -1, "noatime"));
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/options/values", test_values);
	g_test_add_func("/options/last-wins", test_last_wins);
	g_test_add_func("/options/refused", test_refused);
	g_test_add_func("/options/help", test_help);
	return g_test_run();
}
