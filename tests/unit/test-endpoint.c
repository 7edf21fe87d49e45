/* SPDX-License-Identifier: Apache-2.0 */
/* Holds the endpoint table against what the official SDK sends (tests/wire/wire.jsonl). */
#include <particlefs/endpoint.h>
#include <particlefs/error.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../../src/api/endpoint-row.h"

static const char *
get_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_t *
parse(const char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, JSON_DECODE_ANY, &error);

	if (!value)
		g_error("%s: %s", text, error.text);
	return value;
}

/* Equal, but for a text that ends with `*` in what was recorded: the SDK sends the time there. */
static gboolean
matches(const json_t *recorded, const json_t *sent)
{
	const char *pattern = json_string_value(recorded);
	const char *key;
	json_t *value;

	if (pattern && g_str_has_suffix(pattern, "*") && json_is_string(sent))
		return g_pattern_match_simple(pattern, json_string_value(sent));
	if (!json_is_object(recorded) || !json_is_object(sent))
		return recorded == sent || json_equal(recorded, sent);
	if (json_object_size(recorded) != json_object_size(sent))
		return FALSE;
	json_object_foreach((json_t *)recorded, key, value)
	{
		if (!matches(value, json_object_get(sent, key)))
			return FALSE;
	}
	return TRUE;
}

static void
assert_matches(const json_t *recorded, const json_t *sent)
{
	if (!matches(recorded, sent)) {
		g_autofree char *expected = json_dumps(recorded, JSON_ENCODE_ANY);
		g_autofree char *actual = json_dumps(sent, JSON_ENCODE_ANY);

		g_test_message("expected %s", expected);
		g_test_message("sent     %s", actual);
		g_test_fail();
	}
}

static json_t *
decode_pairs(const char *text)
{
	json_t *pairs = json_object();
	g_auto(GStrv) words = g_strsplit(text, "&", -1);

	for (char **word = words; *word; word++) {
		char *equal = strchr(*word, '=');
		g_autofree char *key = NULL;
		g_autofree char *value = NULL;

		g_assert_nonnull(equal);
		key = g_uri_unescape_segment(*word, equal, NULL);
		value = g_uri_unescape_string(equal + 1, NULL);
		g_assert_null(json_object_get(pairs, key));
		json_object_set_new(pairs, key, json_string(value));
	}
	return pairs;
}

static GHashTable *
make_files(const json_t *contents)
{
	GHashTable *files = g_hash_table_new(g_str_hash, g_str_equal);
	const char *name;
	json_t *text;

	json_object_foreach((json_t *)contents, name, text)
	{
		PfsHttpPart *part = g_new0(PfsHttpPart, 1);

		part->fd = -1;
		part->bytes = g_bytes_new(json_string_value(text), json_string_length(text));
		g_hash_table_insert(files, (gpointer)name, part);
	}
	return files;
}

static void
free_files(GHashTable *files)
{
	GHashTableIter iter;
	PfsHttpPart *part;

	g_hash_table_iter_init(&iter, files);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&part)) {
		g_bytes_unref(part->bytes);
		g_free(part);
	}
	g_hash_table_unref(files);
}

static json_t *
describe_parts(const PfsHttpRequest *request)
{
	json_t *parts = json_object();

	for (guint i = 0; i < request->parts->len; i++) {
		const PfsHttpPart *part = request->parts->pdata[i];
		gsize length;
		const char *data = g_bytes_get_data(part->bytes, &length);

		if (part->filename)
			json_object_set_new(parts, part->name,
					    json_pack("{s:s, s:s%}", "filename", part->filename,
						      "content", data, length));
		else
			json_object_set_new(parts, part->name, json_stringn(data, length));
	}
	return parts;
}

static json_t *
describe_body(const PfsHttpRequest *request)
{
	gsize length;
	const char *data;

	if (request->parts && request->parts->len > 0)
		return describe_parts(request);
	if (!request->body)
		return NULL;
	data = g_bytes_get_data(request->body, &length);
	if (g_str_equal(request->content_type, "application/json"))
		return json_loadb(data, length, 0, NULL);
	{
		g_autofree char *text = g_strndup(data, length);

		return decode_pairs(text);
	}
}

static void
compare_target(const json_t *line, const char *target)
{
	const char *mark = strchr(target, '?');
	g_autofree char *raw = mark ? g_strndup(target, mark - target) : g_strdup(target);
	g_autofree char *path = g_uri_unescape_string(raw, NULL);
	g_autoptr(json_t) query = mark ? decode_pairs(mark + 1) : NULL;
	json_t *recorded = json_object_get(line, "query");

	g_assert_cmpstr(path, ==, get_text(line, "path"));
	g_assert_cmpint(query != NULL, ==, recorded != NULL);
	if (query)
		assert_matches(recorded, query);
}

static const char *
auth_word(PfsHttpAuth auth)
{
	switch (auth) {
	case PFS_HTTP_AUTH_BEARER:
		return "Bearer";
	case PFS_HTTP_AUTH_BASIC:
		return "Basic";
	case PFS_HTTP_AUTH_NONE:
		return NULL;
	}
	return NULL;
}

static void
test_wire(gconstpointer user_data)
{
	const json_t *line = user_data;
	const PfsEndpoint *endpoint = pfs_endpoint_find(get_text(line, "function"));
	GHashTable *files = make_files(json_object_get(line, "files"));
	g_autoptr(GError) error = NULL;
	g_autoptr(PfsHttpRequest) request = NULL;
	g_autoptr(json_t) body = NULL;
	const char *type = get_text(line, "type");

	g_assert_nonnull(endpoint);
	request = pfs_endpoint_build(endpoint, json_object_get(line, "arguments"), files, &error);
	g_assert_no_error(error);
	g_assert_cmpstr(request->method, ==, get_text(line, "method"));
	compare_target(line, request->target);
	g_assert_cmpstr(auth_word(request->auth), ==, get_text(line, "auth"));
	g_assert_cmpstr(request->accept, ==, get_text(line, "accept"));
	if (g_strcmp0(type, "multipart/form-data") == 0)
		g_assert_cmpuint(request->parts->len, >, 0);
	else
		g_assert_cmpstr(request->content_type, ==, type);
	body = describe_body(request);
	assert_matches(json_object_get(line, "body"), body);
	free_files(files);
}

static json_t *
load_wire(void)
{
	g_autofree char *path =
	    g_test_build_filename(G_TEST_DIST, "..", "wire", "wire.jsonl", NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	json_t *wire = json_array();

	g_file_get_contents(path, &text, NULL, &error);
	g_assert_no_error(error);
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; **line; line++)
		json_array_append_new(wire, parse(*line));
	return wire;
}

static void
add_wire_tests(const json_t *wire)
{
	gsize i;
	json_t *line;

	json_array_foreach((json_t *)wire, i, line)
	{
		g_autofree char *path = g_strdup_printf(
		    "/endpoint/wire/%s/%s", get_text(line, "function"), get_text(line, "variant"));

		g_test_add_data_func(path, line, test_wire);
	}
}

/* Every function that the SDK has is recorded, and nothing else passes for one of its own. */
static void
test_all_recorded(gconstpointer user_data)
{
	const json_t *wire = user_data;
	g_autoptr(GHashTable) recorded = g_hash_table_new(g_str_hash, g_str_equal);
	const PfsEndpoint *row;
	gsize i;
	json_t *line;

	json_array_foreach((json_t *)wire, i, line)
	    g_hash_table_add(recorded, (gpointer)get_text(line, "function"));
	g_assert_cmpuint(g_hash_table_size(recorded), ==, 132);
	for (guint n = 0; (row = pfs_endpoint_get_nth(n)); n++) {
		gboolean extra = (row->flags & PFS_ENDPOINT_EXTRA) != 0;

		g_assert_cmpint(g_hash_table_contains(recorded, row->function), ==, !extra);
	}
}

static gboolean
has_placeholder(const PfsEndpoint *row, const char *name)
{
	g_autofree char *placeholder = g_strdup_printf("{%s}", name);

	for (const PfsPath *path = row->paths; path->template; path++) {
		if (strstr(path->template, placeholder))
			return TRUE;
	}
	return FALSE;
}

static void
check_placeholders(const PfsEndpoint *row, const PfsPath *path)
{
	for (const char *open = strchr(path->template, '{'); open; open = strchr(open + 1, '{')) {
		g_autofree char *name = g_strndup(open + 1, strcspn(open + 1, "}"));

		g_assert_nonnull(pfs_endpoint_find_parameter(row, name));
	}
}

static void
check_parameter(const PfsEndpoint *row, const PfsParameter *p)
{
	if (p->with)
		g_assert_true(pfs_endpoint_has_parameter(row, p->with));
	if (p->unless)
		g_assert_true(pfs_endpoint_has_parameter(row, p->unless));
	if (!p->name) {
		g_assert_nonnull(p->value);
		return;
	}
	if (p->place == PFS_PLACE_PATH)
		g_assert_true(has_placeholder(row, p->name));
	if (p->place == PFS_PLACE_MEMBER) {
		g_autofree char *parent = g_strndup(p->name, strcspn(p->name, "."));

		g_assert_nonnull(pfs_endpoint_find_parameter(row, parent));
	}
	if (pfs_endpoint_find_parameter(row, p->name) == p)
		g_assert_nonnull(p->help);
}

static void
test_table(void)
{
	static const char *const methods[] = {
		"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", NULL
	};
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	const PfsEndpoint *row;

	for (guint i = 0; (row = pfs_endpoint_get_nth(i)); i++) {
		g_test_message("%s", row->function);
		g_assert_true(g_hash_table_add(seen, (gpointer)row->function));
		g_assert_true(pfs_endpoint_find(row->function) == row);
		g_assert_true(g_strv_contains(methods, row->method));
		g_assert_nonnull(row->help);
		g_assert_nonnull(row->paths[0].template);
		g_assert_null(row->paths[G_N_ELEMENTS(row->paths) - 1].template);
		for (const PfsPath *path = row->paths; path->template; path++)
			check_placeholders(row, path);
		PFS_FOREACH_PARAMETER(row, p) check_parameter(row, p);
	}
	g_assert_null(pfs_endpoint_find("noSuchFunction"));
}

/* Whatever the row, its description and its usage can be made. */
static void
test_describe(void)
{
	const PfsEndpoint *row;

	for (guint i = 0; (row = pfs_endpoint_get_nth(i)); i++) {
		g_autoptr(json_t) description = pfs_endpoint_describe(row);
		g_autofree char *usage = pfs_endpoint_dup_usage(row, NULL, NULL, FALSE);
		g_auto(GStrv) lines = g_strsplit(usage, "\n", -1);

		g_assert_cmpstr(get_text(description, "function"), ==, row->function);
		g_assert_cmpuint(json_array_size(json_object_get(description, "paths")), >, 0);
		for (char **line = lines; **line; line++)
			g_assert_true(g_str_has_prefix(*line, "#"));
	}
}

static void
test_usage(void)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find("unprotectDevice");
	g_autoptr(json_t) bound = parse("{\"deviceId\":\"d\",\"product\":\"p\"}");
	g_autofree char *usage = pfs_endpoint_dup_usage(endpoint, bound, NULL, FALSE);
	g_autofree char *both =
	    pfs_endpoint_dup_usage(pfs_endpoint_find("sendPublicKey"), bound, "key", TRUE);
	g_autofree char *none =
	    pfs_endpoint_dup_usage(pfs_endpoint_find("enableMfa"), NULL, NULL, FALSE);
	g_autofree char *bare =
	    pfs_endpoint_dup_usage(pfs_endpoint_find("renameDevice"), bound, "name", FALSE);

	g_assert_nonnull(strstr(usage, "one of: prepare, confirm"));
	g_assert_nonnull(strstr(usage, "device_public_key_fingerprint"));
	g_assert_null(strstr(usage, "device_id "));
	g_assert_null(strstr(usage, "org "));
	g_assert_nonnull(strstr(bare, "name"));
	g_assert_nonnull(strstr(bare, "required"));
	g_assert_nonnull(strstr(both, "# The bare value of:\n#   key "));
	g_assert_nonnull(strstr(both, "# Or one JSON object:\n#   key "));
	g_assert_nonnull(strstr(both, "algorithm"));
	g_assert_nonnull(strstr(none, "# An empty line: there are no parameters.\n"));
}

static void
assert_refused(const char *function, const char *arguments, int code, const char *part)
{
	g_autoptr(json_t) object = parse(arguments);
	g_autoptr(GError) error = NULL;
	g_autoptr(PfsHttpRequest) request =
	    pfs_endpoint_build(pfs_endpoint_find(function), object, NULL, &error);

	g_assert_null(request);
	g_assert_error(error, PFS_ERROR, code);
	if (!strstr(error->message, part))
		g_error("`%s` has no `%s`", error->message, part);
}

static void
test_refused(void)
{
	g_autofree char *name = g_strnfill(65, 'n');
	g_autofree char *long_name = g_strdup_printf("{\"name\":\"%s\"}", name);
	g_autofree char *argument = g_strnfill(1025, 'a');
	g_autofree char *long_argument =
	    g_strdup_printf("{\"deviceId\":\"d\",\"name\":\"f\",\"argument\":\"%s\"}", argument);

	assert_refused("getDevice", "{}", EINVAL, "deviceId: is missing");
	assert_refused("getDevice", "{\"deviceId\":\"d\",\"colour\":1}", EINVAL, "colour");
	assert_refused("getDevice", "{\"deviceId\":true}", EINVAL, "deviceId: must be a string");
	assert_refused("getDevice", "{\"deviceId\":\"d\",\"org\":\"o\"}", EINVAL, "org");
	assert_refused("getDevice", "[]", EINVAL, "object");
	assert_refused("getProduct", "{}", EINVAL, "product: is missing");
	assert_refused("listTeamMembers", "{}", EINVAL, "product or org");
	assert_refused("listTeamMembers", "{\"product\":\"p\",\"org\":\"o\"}", EINVAL, "one scope");
	assert_refused("listDevices", "{\"page\":2}", EINVAL,
		       "page: goes only together with product");
	assert_refused("listDevices", "{\"product\":\"p\",\"page\":\"2\"}", EINVAL,
		       "page: must be an integer");
	assert_refused("listDevices", "{\"product\":\"p\",\"sortDir\":\"up\"}", EINVAL,
		       "sortDir: must be one of asc, desc");
	assert_refused("listDevices", "{\"product\":\"p\",\"groups\":[1]}", EINVAL, "groups");
	assert_refused("addDeviceToProduct", "{\"product\":\"p\"}", EINVAL, "deviceId, file");
	assert_refused("listEnvVars", "{\"product\":\"p\",\"deviceId\":\"d\"}", EINVAL, "deviceId");
	assert_refused("listEnvVars", "{\"org\":\"o\",\"deviceId\":\"d\"}", EINVAL, "deviceId");
	assert_refused("createWebhook", "{\"event\":\"e\",\"url\":\"u\",\"hook\":{\"foo\":1}}",
		       EINVAL, "hook.foo");
	assert_refused("createLedger", "{\"ledger\":{\"name\":\"l\"}}", EINVAL, "ledger.scope");
	assert_refused("compileCode", "{\"files\":{\"a.cpp\":\"a\"}}", EINVAL, "a.cpp");
	assert_refused("publishEvent", long_name, EMSGSIZE, "name");
	assert_refused("callFunction", long_argument, EMSGSIZE, "argument");
}

/* An empty or climbing part would make `DELETE /v1/devices/` of the deletion of one device. */
static void
test_path_parts(void)
{
	assert_refused("removeDevice", "{\"deviceId\":\"\"}", EINVAL, "deviceId");
	assert_refused("removeDevice", "{\"deviceId\":\"..\"}", EINVAL, "deviceId");
	assert_refused("removeDevice", "{\"deviceId\":\"d\",\"product\":\".\"}", EINVAL, "product");
	assert_refused("removeDevice", "{\"deviceId\":\"d\",\"product\":\"\"}", EINVAL, "product");
	assert_refused("downloadFile", "{\"uri\":\"file:///etc/passwd\"}", EINVAL, "uri");
}

static void
test_encoding(void)
{
	g_autoptr(json_t) arguments =
	    parse("{\"deviceId\":\"a/b?c#d%e\",\"name\":\"x y+&=é~!'()*-_.\",\"product\":7}");
	g_autoptr(GError) error = NULL;
	g_autoptr(PfsHttpRequest) request =
	    pfs_endpoint_build(pfs_endpoint_find("getVariable"), arguments, NULL, &error);

	g_assert_no_error(error);
	g_assert_cmpstr(request->target, ==,
			"/v1/products/7/devices/a%2Fb%3Fc%23d%25e/"
			"x%20y%2B%26%3D%C3%A9~!'()*-_.");
}

static void
test_code_as_text(void)
{
	g_autoptr(json_t) arguments = parse("{\"logic\":{\"source\":\"run()\"}}");
	g_autoptr(PfsHttpRequest) request =
	    pfs_endpoint_build(pfs_endpoint_find("executeLogic"), arguments, NULL, NULL);
	g_autoptr(json_t) body = describe_body(request);
	g_autoptr(json_t) expected =
	    parse("{\"source\":{\"type\":\"JavaScript\",\"code\":\"run()\"}}");

	assert_matches(expected, body);
	/* the caller's own object stays as it was */
	g_assert_true(json_is_string(pfs_arguments_get(arguments, "logic.source")));
}

static void
test_shown_target(void)
{
	g_autoptr(json_t) token = parse("{\"token\":\"abcdef\"}");
	g_autoptr(json_t) otp = parse("{\"username\":\"u\",\"password\":\"pw\",\"otp\":\"123\"}");
	g_autoptr(json_t) link = parse("{\"uri\":\"https://example.com/a?signature=s\"}");
	const struct {
		const char *function;
		json_t *arguments;
		const char *shown;
	} cases[] = {
		{ "deleteAccessToken", token, "/v1/access_tokens/…" },
		{ "listAccessTokens", otp, "/v1/access_tokens?otp=%E2%80%A6" },
		{ "downloadFile", link, "https://example.com/a?…" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *shown = NULL;
		g_autoptr(GPtrArray) secrets = NULL;
		g_autoptr(PfsHttpRequest) request =
		    pfs_endpoint_build_full(pfs_endpoint_find(cases[i].function),
					    cases[i].arguments, NULL, &shown, &secrets, NULL);

		g_assert_nonnull(request);
		g_assert_cmpstr(shown, ==, cases[i].shown);
	}
}

static void
test_file_descriptor(void)
{
	g_autoptr(json_t) arguments = parse("{\"archive\":\"a\"}");
	g_autoptr(GHashTable) files = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	g_autoptr(PfsHttpRequest) request = NULL;
	PfsHttpPart given = { .fd = g_file_open_tmp(NULL, &path, NULL), .fd_size = 3 };
	const PfsHttpPart *part;

	g_assert_cmpint(write(given.fd, "TAR", 3), ==, 3);
	g_hash_table_insert(files, (gpointer) "a", &given);
	request =
	    pfs_endpoint_build(pfs_endpoint_find("contributeLibrary"), arguments, files, &error);
	g_assert_no_error(error);
	part = request->parts->pdata[0];
	g_assert_cmpint(part->fd, !=, given.fd);
	g_assert_cmpint(part->fd_size, ==, 3);
	g_assert_cmpstr(part->filename, ==, "archive.tar.gz");
	g_assert_cmpint(close(given.fd), ==, 0);
	g_assert_cmpint(unlink(path), ==, 0);
}

static void
test_flags(void)
{
	g_assert_true(pfs_endpoint_calls_device(pfs_endpoint_find("getVariable")));
	g_assert_true(pfs_endpoint_calls_device(pfs_endpoint_find("callFunction")));
	g_assert_false(pfs_endpoint_calls_device(pfs_endpoint_find("getDevice")));
	g_assert_true(pfs_endpoint_is_reading(pfs_endpoint_find("checkSIM")));
	g_assert_false(pfs_endpoint_is_reading(pfs_endpoint_find("publishEvent")));
	g_assert_true(pfs_endpoint_has_parameter(pfs_endpoint_find("getDevice"), "product"));
	g_assert_false(pfs_endpoint_has_parameter(pfs_endpoint_find("getDevice"), "org"));
	g_assert_true(pfs_endpoint_has_parameter(pfs_endpoint_find("createWebhook"), "hook"));
	g_assert_false(pfs_endpoint_has_parameter(pfs_endpoint_find("getEventStream"),
						  "org}/products/{product"));
}

int
main(int argc, char **argv)
{
	g_autoptr(json_t) wire = NULL;

	g_test_init(&argc, &argv, NULL);
	wire = load_wire();
	add_wire_tests(wire);
	g_test_add_data_func("/endpoint/all-recorded", wire, test_all_recorded);
	g_test_add_func("/endpoint/table", test_table);
	g_test_add_func("/endpoint/describe", test_describe);
	g_test_add_func("/endpoint/usage", test_usage);
	g_test_add_func("/endpoint/refused", test_refused);
	g_test_add_func("/endpoint/path-parts", test_path_parts);
	g_test_add_func("/endpoint/encoding", test_encoding);
	g_test_add_func("/endpoint/code-as-text", test_code_as_text);
	g_test_add_func("/endpoint/shown-target", test_shown_target);
	g_test_add_func("/endpoint/file-descriptor", test_file_descriptor);
	g_test_add_func("/endpoint/flags", test_flags);
	return g_test_run();
}
