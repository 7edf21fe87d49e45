/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First line: `FUNCTION STATUS`. The rest: the answer's body. What is no success is an error with
 * an errno and a message that a terminal and a log of lines can take.
 */
#include <stdlib.h>
#include <string.h>

#include <particlefs/api.h>

#include "fuzz.h"

static const char token[] = "0123456789abcdef0123456789abcdef01234567";

static void
check_message(const char *message)
{
	for (const char *at = message; *at != '\0'; at = g_utf8_next_char(at))
		g_assert_false(g_unichar_iscntrl(g_utf8_get_char(at)));
	g_assert_null(strstr(message, " 0123456789abcdef0123456789abcdef01234567 "));
	g_assert_cmpuint(strlen(message), <=, 2000 + strlen("…"));
}

static gboolean
is_success(long status)
{
	return status >= 200 && status < 300;
}

static void
check(const PfsEndpoint *endpoint, long status, const char *body, gsize length)
{
	g_autoptr(GPtrArray) none = g_ptr_array_new();
	g_autoptr(GError) error = pfs_api_error_from_answer(endpoint, status, body, length, none);
	g_autoptr(json_t) answer =
	    length > 0 ? json_loadb(body, length, JSON_ALLOW_NUL, NULL) : NULL;

	if (!is_success(status))
		g_assert_nonnull(error);
	else if (json_is_false(json_object_get(answer, "ok")) && *body == '{' &&
		 g_str_equal(pfs_endpoint_get_function(endpoint), "callFunction"))
		g_assert_nonnull(error);
	if (error == NULL)
		return;
	fuzz_check_error(error);
	check_message(error->message);
	g_assert_cmpint(pfs_error_get_http_status(error), ==, status);
}

/* Neither a control character nor one that turns the direction lets it through, nor is it half
 * there where it is cut. */
static void
check_secret(const PfsEndpoint *endpoint, gsize before)
{
	static const char secret[] = "s3\x1b\u202ecret";
	g_autofree char *filler = g_strnfill(before, 'x');
	g_autoptr(json_t) answer = json_pack("{s:s++}", "error", filler, secret, "!");
	g_autofree char *body = json_dumps(answer, 0);
	g_autoptr(GPtrArray) secrets = g_ptr_array_new();
	g_autoptr(GError) error = NULL;

	g_ptr_array_add(secrets, (gpointer)secret);
	error = pfs_api_error_from_answer(endpoint, 400, body, strlen(body), secrets);
	g_assert_null(strstr(error->message, "s3"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autofree char *line = fuzz_take_line(&input);
	g_auto(GStrv) words = g_strsplit(line, " ", 2);
	const PfsEndpoint *endpoint = words[0] != NULL ? pfs_endpoint_find(words[0]) : NULL;
	long status = words[0] != NULL && words[1] != NULL ? atol(words[1]) : 0;
	g_autofree char *with_token = g_strdup_printf("{\"error\":\"a %s b\"}", token);

	if (endpoint == NULL)
		endpoint = pfs_endpoint_find("callFunction");
	if (status < 100 || status > 599)
		status = 400;
	check(endpoint, status, input.data, input.length);
	check(endpoint, status, with_token, strlen(with_token));
	check_secret(endpoint, input.length);
	check(endpoint, 200, input.data, input.length);
	return 0;
}
