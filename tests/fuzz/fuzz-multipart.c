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
	for (guint i = 0; i < body->files->len; i++) {
		const SimFile *file = g_ptr_array_index(body->files, i);

		g_assert_nonnull(file->field);
		g_assert_nonnull(file->filename);
		g_assert_nonnull(file->bytes);
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
	check_text(pairs);
	sim_body_clear(&body);
	json_decref(pairs);
	soup_message_headers_unref(headers);
	return 0;
}
