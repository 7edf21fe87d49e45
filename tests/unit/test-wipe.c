/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

#include <particlefs/wipe.h>

/* That what was freed is wiped can be seen from outside only: tests/e2e/secrets.bats looks. */
static void
test_bytes(void)
{
	PFS_AUTO_WIPE char *unused = NULL;
	PFS_AUTO_WIPE char *used = g_strdup("used");
	g_autoptr(GBytes) copied = pfs_wipe_bytes_new(used, 4);
	g_autoptr(GBytes) empty = pfs_wipe_bytes_new_take(NULL, 0);

	pfs_wipe_stack();
	g_assert_null(unused);
	g_assert_cmpstr(used, ==, "used");
	g_assert_cmpmem(g_bytes_get_data(copied, NULL), g_bytes_get_size(copied), "used", 4);
	g_assert_cmpuint(g_bytes_get_size(empty), ==, 0);
	pfs_wipe_string(g_string_new("text"));
	pfs_wipe_free(NULL);
}

static void
test_json(void)
{
	json_t *value = json_loads("{\"a\":[1,\"b\"]}", 0, NULL);
	char *text = json_dumps(value, JSON_COMPACT);

	g_assert_cmpstr(text, ==, "{\"a\":[1,\"b\"]}");
	g_free(text);
	json_decref(value);
}

/* curl's buffers grow on the way. */
static void
test_curl(void)
{
	g_autofree char *plain = g_strnfill(100000, ' ');
	char *escaped = curl_easy_escape(NULL, plain, 0);

	g_assert_cmpuint(strlen(escaped), ==, 300000);
	g_assert_true(g_str_has_prefix(escaped, "%20%20"));
	curl_free(escaped);
}

int
main(int argc, char **argv)
{
	pfs_wipe_init();
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/wipe/bytes", test_bytes);
	g_test_add_func("/wipe/json", test_json);
	g_test_add_func("/wipe/curl", test_curl);
	return g_test_run();
}
