/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <particlefs/error.h>

static void
test_statuses(void)
{
	static const struct {
		long status;
		int code;
	} expected[] = {
		{ 200, 0 },	    { 204, 0 },		{ 400, EINVAL },    { 401, EKEYEXPIRED },
		{ 403, EPERM },	    { 404, ENOENT },	{ 408, ETIMEDOUT }, { 409, EEXIST },
		{ 413, EMSGSIZE },  { 422, EINVAL },	{ 429, EBUSY },	    { 529, EBUSY },
		{ 500, EREMOTEIO }, { 503, EREMOTEIO }, { 599, EREMOTEIO }, { 700, EBADMSG },
	};

	for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
		g_assert_cmpint(pfs_errno_from_http(expected[i].status), ==, expected[i].code);
}

static void
test_private(void)
{
	g_autoptr(GError) error = pfs_error_new_http(404, ENOENT, "Variable not found");
	g_autoptr(GError) copy = g_error_copy(error);
	g_autoptr(GError) foreign = g_error_new(G_FILE_ERROR, G_FILE_ERROR_NOSPC, "full");

	g_assert_error(copy, PFS_ERROR, ENOENT);
	g_assert_cmpint(pfs_error_get_http_status(copy), ==, 404);
	g_assert_cmpint(pfs_error_get_errno(copy), ==, ENOENT);
	g_assert_cmpint(pfs_error_get_http_status(foreign), ==, 0);
	g_assert_cmpint(pfs_error_get_errno(foreign), ==, ENOSPC);
}

static void
test_hints(void)
{
	g_assert_cmpstr(pfs_errno_get_hint(EHOSTDOWN), !=, "");
	g_assert_cmpstr(pfs_errno_get_hint(EXDEV), ==, "");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/error/statuses", test_statuses);
	g_test_add_func("/error/private", test_private);
	g_test_add_func("/error/hints", test_hints);
	return g_test_run();
}
