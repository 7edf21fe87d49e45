/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <particlefs/json-stream.h>

/* Writes down what it is told; takes what stands under `taken`, and refuses what under `refused`.
 */
typedef struct {
	GString *told;
	char *key;
} Writer;

static gboolean
value_cb(gpointer user_data, PfsValueKind kind, const char *text, gsize length)
{
	Writer *self = user_data;

	g_string_append_printf(self->told, " %d", kind);
	if (text != NULL)
		g_string_append_c(self->told, '=');
	g_string_append_len(self->told, text != NULL ? text : "", (gssize)length);
	return TRUE;
}

static gboolean
key_cb(gpointer user_data, const char *text, gsize length)
{
	Writer *self = user_data;

	g_free(self->key);
	self->key = g_strndup(text, length);
	g_string_append_printf(self->told, " %s:", self->key);
	return TRUE;
}

static PfsJsonChoice
begin_cb(gpointer user_data, gboolean array)
{
	Writer *self = user_data;

	if (g_strcmp0(self->key, "refused") == 0)
		return PFS_JSON_REFUSE;
	if (g_strcmp0(self->key, "taken") == 0)
		return PFS_JSON_TAKE;
	g_string_append(self->told, array ? " [" : " {");
	return PFS_JSON_ENTER;
}

static gboolean
end_cb(gpointer user_data, gboolean array)
{
	Writer *self = user_data;

	g_string_append(self->told, array ? " ]" : " }");
	return TRUE;
}

static const PfsJsonHandler handler = {
	.value = value_cb,
	.key = key_cb,
	.begin = begin_cb,
	.end = end_cb,
};

/* Byte by byte; NULL where it fails. */
static char *
tell(const char *text)
{
	Writer writer = { .told = g_string_new(NULL) };
	g_autoptr(PfsJsonStream) stream = pfs_json_stream_new(&handler, &writer);
	gboolean ok = TRUE;

	for (gsize i = 0; ok && text[i] != '\0'; i++)
		ok = pfs_json_stream_feed(stream, text + i, 1);
	ok = ok && pfs_json_stream_finish(stream);
	g_free(writer.key);
	return g_string_free(writer.told, !ok);
}

static void
assert_tells(const char *text, const char *wanted)
{
	g_autofree char *told = tell(text);

	g_assert_cmpstr(told, ==, wanted);
}

static void
test_values(void)
{
	assert_tells("{\"a\": [null, false, true, 1e400, \"\\u00e4\\ud800\"]}",
		     " { a: [ 1 2 3 4=1e400 5=\xc3\xa4? ] }");
	assert_tells("7", " 4=7");
	assert_tells("\"\"", " 5=");
}

static void
test_taken(void)
{
	assert_tells("{\"taken\": {\"b\": [1, {}, null]}, \"c\": 2}",
		     " { taken: 6={\"b\":[1,{},null]} c: 4=2 }");
	/* The second begins as the first did. */
	assert_tells("[{\"taken\": [1.50]}, [[]]]", " [ { taken: 6=[1.50] } 6=[[]] ]");
}

/* As many arrays in each other. */
static char *
nest(gsize depth)
{
	g_autofree char *begin = g_strnfill(depth, '[');
	g_autofree char *end = g_strnfill(depth, ']');

	return g_strconcat(begin, end, NULL);
}

static void
test_refused(void)
{
	g_autofree char *deep = nest(PFS_JSON_DEPTH_MAX);
	g_autofree char *deeper = nest(PFS_JSON_DEPTH_MAX + 1);
	g_autofree char *taken = g_strdup_printf("{\"taken\": %s}", deep);
	g_autofree char *told = tell(deep);

	g_assert_nonnull(told);
	assert_tells(deeper, NULL);
	assert_tells(taken, NULL);
	assert_tells("{\"refused\": []}", NULL);
	assert_tells("{\"a\": 1", NULL);
	assert_tells("{\"a\" 1}", NULL);
	assert_tells("", NULL);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/json-stream/values", test_values);
	g_test_add_func("/json-stream/taken", test_taken);
	g_test_add_func("/json-stream/refused", test_refused);
	return g_test_run();
}
