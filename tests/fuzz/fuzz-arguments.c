/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First line: `FUNCTION [PARAMETER]`; any other line stands for some function. The rest: what a
 * user has written. What is accepted can be written as JSON, and makes a request or a plain
 * refusal.
 */
#include <errno.h>
#include <string.h>

#include <particlefs/endpoint.h>

#include "fuzz.h"

static const PfsEndpoint *
choose_endpoint(const char *function)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find(function);
	guint count = 0;

	if (endpoint != NULL)
		return endpoint;
	while (pfs_endpoint_get_nth(count) != NULL)
		count++;
	return pfs_endpoint_get_nth(g_str_hash(function) % count);
}

static const char *
choose_parameter(const PfsEndpoint *endpoint, char **words)
{
	if (words[0] == NULL || words[1] == NULL || !pfs_endpoint_has_parameter(endpoint, words[1]))
		return NULL;
	return words[1];
}

/* What a path would have bound. */
static json_t *
dup_bound(const PfsEndpoint *endpoint, const char *parameter)
{
	static const char *const names[] = { "deviceId", "product", "name" };
	json_t *bound = json_object();

	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		if (pfs_endpoint_has_parameter(endpoint, names[i]) &&
		    strcmp(parameter, names[i]) != 0)
			json_object_set_new(bound, names[i], json_string("d"));
	return bound;
}

static void
check_usage(const PfsEndpoint *endpoint, const json_t *bound, const char *parameter)
{
	g_autofree char *usage = pfs_endpoint_dup_usage(endpoint, bound, parameter, TRUE);
	g_auto(GStrv) lines = g_strsplit(usage, "\n", -1);

	g_assert_true(g_str_has_suffix(usage, "\n"));
	for (guint i = 0; lines[i + 1] != NULL; i++)
		g_assert_cmpint(lines[i][0], ==, '#');
}

static void
check_refusal(GError *error)
{
	fuzz_check_error(error);
	g_assert_true(error->code == EINVAL || error->code == EMSGSIZE || error->code == EFBIG);
}

static void
check_parsed(const PfsEndpoint *endpoint, const json_t *arguments)
{
	g_autofree char *json = json_dumps(arguments, JSON_COMPACT);
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) again =
	    pfs_arguments_parse(endpoint, NULL, NULL, json, strlen(json), &error);
	PfsHttpRequest *request;

	g_assert_no_error(error);
	g_assert_true(json_equal(again, arguments));
	request = pfs_endpoint_build(endpoint, arguments, NULL, &error);
	if (request == NULL)
		check_refusal(error);
	else
		pfs_http_request_free(request);
}

/* Whoever waits for the rest of an object must not wait for ever. */
static void
check_complete(const char *text, gsize length)
{
	g_autoptr(json_t) object = json_loadb(text, length, 0, NULL);

	if (json_is_object(object))
		g_assert_cmpint(pfs_arguments_find_end(text, length), >, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autofree char *line = fuzz_take_line(&input);
	g_auto(GStrv) words = g_strsplit(line, " ", 2);
	const PfsEndpoint *endpoint = choose_endpoint(words[0] != NULL ? words[0] : "");
	const char *parameter = choose_parameter(endpoint, words);
	g_autoptr(json_t) bound = parameter != NULL ? dup_bound(endpoint, parameter) : NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) arguments =
	    pfs_arguments_parse(endpoint, bound, parameter, input.data, input.length, &error);

	check_usage(endpoint, bound, parameter);
	check_complete(input.data, input.length);
	if (arguments == NULL)
		check_refusal(error);
	else
		check_parsed(endpoint, arguments);
	return 0;
}
