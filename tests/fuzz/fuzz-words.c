/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is too small for a target of its own. First line: a function; the second is a header's
 * Retry-After; each of the rest is a word of the command line, as a shell has taken them apart.
 */
#include <errno.h>
#include <string.h>

#include <particlefs/endpoint.h>

#include "../../src/http/retry.h"
#include "fuzz.h"

#define NOW_SECS 1700000000

static void
check_retry_after(const char *value)
{
	gint64 wait_us = pfs_retry_after_us(value, NOW_SECS);
	guint64 secs;

	g_assert_cmpint(wait_us, >=, -1);
	if (g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT32, &secs, NULL))
		g_assert_cmpint(wait_us, ==, (gint64)secs * G_USEC_PER_SEC);
}

/* Those that were accepted are each the parameter that they name, of any spelling. */
static void
check_words(const PfsEndpoint *endpoint, char **words)
{
	guint count = g_strv_length(words);
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) arguments = pfs_arguments_parse_words(endpoint, words, &error);
	g_autofree char *json = NULL;

	if (arguments == NULL) {
		fuzz_check_error(error);
		g_assert_true(error->code == EINVAL || error->code == EMSGSIZE);
		return;
	}
	g_assert_cmpuint(json_object_size(arguments), <=, count);
	json = json_dumps(arguments, JSON_COMPACT);
	g_assert_nonnull(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autofree char *function = fuzz_take_line(&input);
	g_autofree char *retry_after = fuzz_take_line(&input);
	const PfsEndpoint *endpoint = pfs_endpoint_find(function);
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

	while (input.length > 0)
		g_ptr_array_add(words, fuzz_take_line(&input));
	g_ptr_array_add(words, NULL);
	check_retry_after(retry_after);
	check_words(endpoint != NULL ? endpoint : pfs_endpoint_find("callFunction"),
		    (char **)words->pdata);
	return 0;
}
