/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client sends to the simulated cloud. First line: the Content-Type; the rest is the body.
 * What is read has files whose content is there, and can be written as JSON.
 */
#include <string.h>

#include "../../sim/body.h"
#include "fuzz.h"

static void
check_files(const SimBody *body)
{
	const char *field;
	json_t *file;

	json_object_foreach(body->files, field, file)
	{
		json_int_t blob = json_integer_value(json_object_get(file, "blob"));

		g_assert_true(json_is_string(json_object_get(file, "filename")));
		g_assert_cmpint(blob, >=, 0);
		g_assert_cmpint(blob, <, body->blobs->len);
	}
}

static void
check_text(json_t *object)
{
	g_autofree char *text = NULL;

	if (object == NULL)
		return;
	text = json_dumps(object, JSON_ENCODE_ANY);
	g_assert_nonnull(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autofree char *type = fuzz_take_line(&input);
	g_autoptr(GBytes) raw = g_bytes_new(input.data, input.length);
	g_autofree char *query = g_strndup(input.data, input.length);
	json_t *pairs = sim_query_parse(query);
	SoupMessageHeaders *headers = soup_message_headers_new(SOUP_MESSAGE_HEADERS_REQUEST);
	SimBody body;

	g_strdelimit(type, "\r", ' ');
	soup_message_headers_append(headers, "Content-Type", type);
	body = sim_body_parse(headers, raw);
	check_files(&body);
	check_text(body.object);
	check_text(body.files);
	check_text(pairs);
	sim_body_clear(&body);
	json_decref(pairs);
	soup_message_headers_unref(headers);
	return 0;
}
