/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <particlefs/error.h>
#include <particlefs/record.h>

#define DEVICE                                                                                     \
	"{\"id\":\"e00fce68a1b2c3d4e5f60718\",\"name\":\"turbo_badger\",\"online\":true,"          \
	"\"last_heard\":null,\"platform_id\":13,\"big\":123456789012345678901234567890,"           \
	"\"functions\":[\"brew\",\"led\"],\"variables\":{\"temp\":\"double\"},\"notes\":"          \
	"\"a\\n\\u0000b\"}"

static gboolean
read_list(PfsTable *table, const char *items, const char *text, gsize length, gsize cut)
{
	g_autoptr(PfsTableReader) reader =
	    pfs_table_reader_new(table, items, G_MAXINT64, NULL, NULL);
	g_autoptr(GError) error = NULL;
	gboolean read = pfs_table_reader_feed(reader, text, cut, &error) &&
			pfs_table_reader_feed(reader, text + cut, length - cut, &error) &&
			pfs_table_reader_finish(reader, &error);

	if (!read)
		g_assert_error(error, PFS_ERROR, EBADMSG);
	return read;
}

static gboolean
read_whole(PfsTable *table, const char *items, const char *text)
{
	return read_list(table, items, text, strlen(text), strlen(text) / 2);
}

static void
assert_value(PfsTable *table, PfsRecord *record, const char *key, PfsValueKind kind,
	     const char *text, gsize length)
{
	PfsValue value = pfs_record_get(record, table, key);

	g_assert_cmpint(value.kind, ==, kind);
	g_assert_cmpmem(value.text, value.length, text, length);
}

static void
test_values(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	g_autoptr(GString) json = g_string_new(NULL);
	PfsRecord *record;

	g_assert_true(read_whole(table, NULL, "[" DEVICE "]"));
	record = pfs_table_find(table, "e00fce68a1b2c3d4e5f60718");
	g_assert_nonnull(record);
	g_assert_true(record == pfs_table_get_nth(table, 0));
	assert_value(table, record, "id", PFS_VALUE_STRING, "e00fce68a1b2c3d4e5f60718", 24);
	assert_value(table, record, "name", PFS_VALUE_STRING, "turbo_badger", 12);
	assert_value(table, record, "online", PFS_VALUE_TRUE, NULL, 0);
	assert_value(table, record, "last_heard", PFS_VALUE_NULL, NULL, 0);
	assert_value(table, record, "big", PFS_VALUE_NUMBER, "123456789012345678901234567890", 30);
	assert_value(table, record, "functions", PFS_VALUE_JSON, "[\"brew\",\"led\"]", 14);
	assert_value(table, record, "variables", PFS_VALUE_JSON, "{\"temp\":\"double\"}", 17);
	assert_value(table, record, "notes", PFS_VALUE_STRING, "a\n\0b", 4);
	assert_value(table, record, "imei", PFS_VALUE_NONE, NULL, 0);
	pfs_record_to_json(record, table, json);
	g_assert_cmpstr(json->str, ==, DEVICE);
}

/* Wherever the network cuts the bytes, the records are the same. */
static void
test_cuts(void)
{
	static const char text[] = "{\"devices\":[{\"id\":\"a\",\"groups\":[[\"x\"],{\"y\":[1]}]},"
				   "null,{\"no\":1},{\"id\":\"b\"}],"
				   "\"customers\":[{\"id\":\"c\"}],\"meta\":{\"total_pages\":4}}";

	for (gsize cut = 0; cut < sizeof(text); cut++) {
		g_autoptr(PfsTable) table = pfs_table_new("id");

		g_assert_true(
		    read_list(table, "devices", text, strlen(text), MIN(cut, strlen(text))));
		g_assert_cmpuint(pfs_table_get_size(table), ==, 2);
		assert_value(table, pfs_table_find(table, "a"), "groups", PFS_VALUE_JSON,
			     "[[\"x\"],{\"y\":[1]}]", 17);
		g_assert_nonnull(pfs_table_find(table, "b"));
	}
}

static void
test_meta(void)
{
	static const char text[] = "{\"meta\":{\"total_pages\":4,\"page\":\"x\",\"more\":true,"
				   "\"all\":false},\"devices\":[]}";
	g_autoptr(PfsTable) table = pfs_table_new("id");
	g_autoptr(PfsTableReader) reader =
	    pfs_table_reader_new(table, "devices", G_MAXINT64, NULL, NULL);

	g_assert_true(pfs_table_reader_feed(reader, text, strlen(text), NULL));
	g_assert_true(pfs_table_reader_finish(reader, NULL));
	g_assert_cmpint(pfs_table_reader_get_meta(reader, "total_pages"), ==, 4);
	g_assert_cmpint(pfs_table_reader_get_meta(reader, "page"), ==, -1);
	g_assert_cmpint(pfs_table_reader_get_meta(reader, "more"), ==, 1);
	g_assert_cmpint(pfs_table_reader_get_meta(reader, "all"), ==, 0);
	g_assert_cmpuint(pfs_table_reader_get_rows(reader), ==, 0);
}

static void
test_refused(void)
{
	static const struct {
		const char *items;
		const char *text;
	} cases[] = {
		{ NULL, "" },
		{ NULL, "[{\"id\":\"a\"}" },
		{ NULL, "{\"id\":\"a\"}" },
		{ NULL, "\"text\"" },
		{ NULL, "<html>" },
		{ NULL, "[] []" },
		{ NULL, "[{\"id\":\"\xff\"}]" },
		{ "devices", "[]" },
		{ "devices", "{\"ok\":true}" },
		{ "devices", "{\"devices\":7}" },
		{ "devices", "{\"devices\":{}}" },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(PfsTable) table = pfs_table_new("id");

		g_assert_false(read_whole(table, cases[i].items, cases[i].text));
	}
}

static void
test_depth(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	g_autoptr(GString) text = g_string_new("[{\"id\":\"a\",\"deep\":");

	for (guint i = 0; i < 100000; i++)
		g_string_append_c(text, '[');
	g_assert_false(read_whole(table, NULL, text->str));
}

/* A lone half of a surrogate pair, and an overlong slash: yajl takes both. */
static void
test_bad_characters(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	PfsRecord *record;

	g_assert_true(read_whole(table, NULL,
				 "[{\"id\":\"a\",\"x\":\"\\udc00\\u0000\",\"y\":[\"\\udc00\"],"
				 "\"z\":\"\xc0\xaf\"}]"));
	record = pfs_table_find(table, "a");
	assert_value(table, record, "x", PFS_VALUE_STRING, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
		     10);
	assert_value(table, record, "y", PFS_VALUE_JSON,
		     "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]", 13);
	g_assert_true(g_utf8_validate(pfs_record_get(record, table, "z").text, -1, NULL));
}

static void
test_replace(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	char mark;

	for (guint i = 0; i < 10000; i++) {
		g_autofree char *text = g_strdup_printf(
		    "{\"id\":\"a\",\"name\":\"a name of %u\",\"list\":[%u,2,3,4,5,6,7]}", i, i);
		PfsRecord *record =
		    pfs_table_put_json(table, text, strlen(text), NULL, G_MAXINT64, NULL);

		g_assert_nonnull(record);
		if (i == 0)
			pfs_record_set_user_data(record, &mark);
		g_assert_true(pfs_record_get_user_data(record) == &mark);
		g_assert_cmpint(pfs_record_get_time_us(record), ==, 0);
		pfs_record_set_time_us(record, 1);
	}
	g_assert_cmpuint(pfs_table_get_size(table), ==, 1);
}

static void
test_remove(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");

	g_assert_true(read_whole(table, NULL, "[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":3}]"));
	g_assert_true(pfs_table_remove(table, "b"));
	g_assert_false(pfs_table_remove(table, "b"));
	g_assert_cmpuint(pfs_table_get_size(table), ==, 2);
	g_assert_cmpstr(pfs_record_get_id(pfs_table_get_nth(table, 1), table), ==, "3");
	g_assert_null(pfs_table_get_nth(table, 2));
	g_assert_true(read_whole(table, NULL, "[{\"id\":\"b\"}]"));
	g_assert_cmpstr(pfs_record_get_id(pfs_table_get_nth(table, 2), table), ==, "b");
}

/* What turns out not to be JSON has changed nothing. */
static void
test_put_refused(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");

	g_assert_null(pfs_table_put_json(table, "{\"id\":\"a\"} x", 12, NULL, G_MAXINT64, NULL));
	g_assert_null(
	    pfs_table_put_json(table, "{\"w\":{\"id\":\"a\"}]", 17, "w", G_MAXINT64, NULL));
	g_assert_cmpuint(pfs_table_get_size(table), ==, 0);
}

static void
test_wrapped(void)
{
	static const char *const texts[] = {
		"{\"product\":{\"id\":7,\"slug\":\"s\"}}",
		"{\"product\":[{\"id\":7,\"slug\":\"s\"}]}",
		"{\"id\":7,\"slug\":\"s\"}",
	};

	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(PfsTable) table = pfs_table_new("id");
		PfsRecord *record = pfs_table_put_json(table, texts[i], strlen(texts[i]), "product",
						       G_MAXINT64, NULL);

		g_assert_nonnull(record);
		g_assert_cmpstr(pfs_record_get_id(record, table), ==, "7");
		assert_value(table, record, "slug", PFS_VALUE_STRING, "s", 1);
	}
}

/* Digits that no double holds, and a NUL, come through a wrapper too. */
static void
test_wrapped_text(void)
{
	static const char text[] = "{\"product\":{\"id\":7,\"big\":1.50e400,\"nul\":\"a\\u0000\"}}";
	g_autoptr(PfsTable) table = pfs_table_new("id");
	PfsRecord *record =
	    pfs_table_put_json(table, text, strlen(text), "product", G_MAXINT64, NULL);

	g_assert_nonnull(record);
	assert_value(table, record, "big", PFS_VALUE_NUMBER, "1.50e400", 8);
	assert_value(table, record, "nul", PFS_VALUE_STRING, "a\0", 2);
	g_assert_null(
	    pfs_table_put_json(table, "{\"product\":{\"no\":1}}", 20, "product", G_MAXINT64, NULL));
	g_assert_null(
	    pfs_table_put_json(table, "{\"product\":[]}", 14, "product", G_MAXINT64, NULL));
	g_assert_null(
	    pfs_table_put_json(table, "{\"product\":7}", 13, "product", G_MAXINT64, NULL));
}

static void
test_set_value(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	PfsRecord *record;

	g_assert_true(read_whole(table, NULL, "[" DEVICE "]"));
	record = pfs_table_get_nth(table, 0);
	record = pfs_table_set_value(table, record, "online", PFS_VALUE_FALSE, NULL);
	record = pfs_table_set_value(table, record, "new", PFS_VALUE_STRING, "value");
	assert_value(table, record, "online", PFS_VALUE_FALSE, NULL, 0);
	assert_value(table, record, "new", PFS_VALUE_STRING, "value", 5);
	assert_value(table, record, "functions", PFS_VALUE_JSON, "[\"brew\",\"led\"]", 14);
	g_assert_true(record == pfs_table_find(table, "e00fce68a1b2c3d4e5f60718"));
}

static void
test_duplicate_keys(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");

	g_assert_true(read_whole(table, NULL, "[{\"id\":\"a\",\"x\":1,\"x\":2,\"id\":\"b\"}]"));
	g_assert_cmpuint(pfs_table_get_size(table), ==, 1);
	assert_value(table, pfs_table_find(table, "b"), "x", PFS_VALUE_NUMBER, "2", 1);
}

/* An ID that was a number first must not be written as one. */
static void
test_duplicate_ids(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	g_autoptr(GString) json = g_string_new(NULL);

	g_assert_true(read_whole(table, NULL, "[{\"id\":13,\"x\":1,\"id\":\"b\"}]"));
	pfs_record_to_json(pfs_table_get_nth(table, 0), table, json);
	g_assert_cmpstr(json->str, ==, "{\"id\":\"b\",\"x\":1}");
}

/* Whether a list is taken that goes on with @unit, where %u is its number, @count times. */
static gboolean
read_long(PfsTable *table, const char *begin, const char *unit, guint count, const char *end)
{
	g_autoptr(PfsTableReader) reader =
	    pfs_table_reader_new(table, NULL, G_MAXINT64, NULL, NULL);
	g_auto(GStrv) parts = g_strsplit(unit, "%u", 2);
	g_autoptr(GString) text = g_string_new(begin);
	g_autoptr(GError) error = NULL;
	gboolean read = TRUE;

	for (guint i = 0; i < count && read; i++) {
		g_string_append(text, parts[0]);
		if (parts[1] != NULL)
			g_string_append_printf(text, "%u%s", i, parts[1]);
		if (text->len < 1 << 20)
			continue;
		read = pfs_table_reader_feed(reader, text->str, text->len, &error);
		g_string_truncate(text, 0);
	}
	g_string_append(text, end);
	read = read && pfs_table_reader_feed(reader, text->str, text->len, &error) &&
	       pfs_table_reader_finish(reader, &error);
	if (!read)
		g_assert_error(error, PFS_ERROR, EBADMSG);
	return read;
}

#define ID_50 "0123456789abcdef0123456789abcdef0123456789abcdef--"
#define ID_200 ID_50 ID_50 ID_50 ID_50

/* One that no file name could hold is none. */
static void
test_long_id(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");

	g_assert_true(read_whole(table, NULL,
				 "[{\"id\":\"" ID_200 ID_50 "12345\"},{\"id\":\"" ID_200 ID_50
				 "123456\"}]"));
	g_assert_cmpuint(pfs_table_get_size(table), ==, 1);
	g_assert_nonnull(pfs_table_find(table, ID_200 ID_50 "12345"));
}

static void
test_limits(void)
{
	static const struct {
		const char *begin;
		const char *unit;
		guint count;
		const char *end;
		gboolean read;
	} lists[] = {
		{ "[{\"id\":1", ",\"%u\":1", 1000, "}]", TRUE },
		{ "[{\"id\":1", ",\"%u\":1", 1100, "}]", FALSE },
		{ "[{\"id\":1", ",\"a\":1", 2000, "}]", FALSE },
		/* Nothing is left of what has no ID. */
		{ "[{\"id\":1},", "{\"%u\":1},", 1100, "{}]", TRUE },
		{ "[{\"id\":1,\"a\":\"", "0123456789abcdef", 1 << 19, "\"}]", TRUE },
		{ "[{\"id\":1,\"a\":\"", "0123456789abcdef", 1 << 23, "\"}]", FALSE },
		{ "[{\"id\":1,\"a\":[0", ",[1],{\"k\":\"v\"}", 1 << 22, "]}]", FALSE },
		{ "[0", ",{\"id\":%u}", 100000, "]", TRUE },
		/* IDs are copied. */
		{ "[0", ",{\"id\":\"" ID_200 "%u\"}", 50000, "]", TRUE },
		{ "[0", ",{\"id\":\"" ID_200 "%u\"}", 110000, "]", FALSE },
		{ "[0", ",{\"id\":%u}", 10000000, "]", FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
		g_autoptr(PfsTable) table = pfs_table_new("id");

		g_test_message("%s%s", lists[i].begin, lists[i].unit);
		g_assert_cmpint(
		    read_long(table, lists[i].begin, lists[i].unit, lists[i].count, lists[i].end),
		    ==, lists[i].read);
		g_assert_cmpuint(pfs_table_get_bytes(table), <, 129 * 1024 * 1024);
	}
}

static void
test_bytes(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");

	for (guint i = 0; i < 3; i++) {
		g_assert_true(read_whole(
		    table, NULL, "[" DEVICE ",{\"id\":\"x\",\"functions\":[\"brew\",\"led\"]}]"));
		g_assert_cmpuint(pfs_table_get_bytes(table), >, 1000);
		g_assert_cmpuint(pfs_table_get_bytes(table), <, 2000);
	}
	g_assert_true(pfs_table_remove(table, "x"));
	g_assert_true(pfs_table_remove(table, "e00fce68a1b2c3d4e5f60718"));
	g_assert_cmpuint(pfs_table_get_bytes(table), ==, 0);
}

/* What a record has by a name that no file could have is left out, and nothing else. */
static void
test_long_key(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	g_autoptr(GString) json = g_string_new(NULL);

	g_assert_true(read_whole(table, NULL,
				 "[{\"id\":\"a\",\"x\":1,\"" ID_200 ID_50
				 "12345\":2,\"" ID_200 ID_50 "123456\":[3],\"y\":4}]"));
	pfs_record_to_json(pfs_table_get_nth(table, 0), table, json);
	g_assert_cmpstr(json->str, ==,
			"{\"id\":\"a\",\"x\":1,\"" ID_200 ID_50 "12345\":2,\"y\":4}");
	g_assert_cmpuint(pfs_table_get_bytes(table), >, 800);
}

/* The names of its values go with the last record that has them. */
static void
test_keys_go(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	PfsRecord *record;

	g_assert_true(read_long(table, "[{\"id\":\"junk\"", ",\"%u\":1", 1000, "}]"));
	g_assert_cmpuint(pfs_table_get_bytes(table), >, 64 * 1000);
	g_assert_false(read_long(table, "[{\"id\":\"b\"", ",\"b%u\":1", 1000, "}]"));
	g_assert_true(pfs_table_is_crowded(table));
	g_assert_true(pfs_table_remove(table, "junk"));
	g_assert_cmpuint(pfs_table_get_bytes(table), ==, 0);
	g_assert_true(read_long(table, "[{\"id\":\"b\"", ",\"b%u\":1", 1000, "}]"));
	record = pfs_table_find(table, "b");
	assert_value(table, record, "b999", PFS_VALUE_NUMBER, "1", 1);
	assert_value(table, record, "999", PFS_VALUE_NONE, NULL, 0);
	record = pfs_table_set_value(table, record, "b999", PFS_VALUE_STRING, "two");
	assert_value(table, record, "b999", PFS_VALUE_STRING, "two", 3);
	assert_value(table, record, "b998", PFS_VALUE_NUMBER, "1", 1);
	g_assert_true(pfs_table_remove(table, "b"));
	g_assert_cmpuint(pfs_table_get_bytes(table), ==, 0);
}

/* A name whose value has not come yet stays, whatever goes meanwhile. */
static void
test_key_cut(void)
{
	static const char begin[] = "[{\"id\":\"b\",\"only\":";
	g_autoptr(PfsTable) table = pfs_table_new("id");
	g_autoptr(PfsTableReader) reader =
	    pfs_table_reader_new(table, NULL, G_MAXINT64, NULL, NULL);

	g_assert_true(read_whole(table, NULL, "[{\"id\":\"a\",\"only\":1}]"));
	g_assert_true(pfs_table_reader_feed(reader, begin, strlen(begin), NULL));
	g_assert_true(pfs_table_remove(table, "a"));
	g_assert_true(read_whole(table, NULL, "[{\"id\":\"c\",\"other\":1}]"));
	g_assert_true(pfs_table_reader_feed(reader, "2}]", 3, NULL));
	g_assert_true(pfs_table_reader_finish(reader, NULL));
	assert_value(table, pfs_table_find(table, "b"), "only", PFS_VALUE_NUMBER, "2", 1);
	assert_value(table, pfs_table_find(table, "c"), "other", PFS_VALUE_NUMBER, "1", 1);
}

/* What the others take counts, until they are freed; for a record that comes by itself, too. */
static void
test_many(void)
{
	g_autofree char *notes = g_strnfill(1000, 'n');
	g_autofree char *one = g_strdup_printf("{\"id\":\"a\",\"notes\":\"%s\"}", notes);
	g_autofree char *list = g_strdup_printf("[%s]", one);
	g_autoptr(PfsTable) table = pfs_table_new("id");
	PfsTable *other = pfs_table_new("id");

	pfs_tables_set_limit(1000);
	g_assert_true(read_whole(table, NULL, list));
	g_assert_true(pfs_tables_are_many());
	g_assert_false(read_whole(other, NULL, list));
	g_assert_null(pfs_table_put_json(other, one, strlen(one), NULL, G_MAXINT64, NULL));
	g_assert_true(pfs_table_is_crowded(other));
	pfs_table_free(other);
	g_assert_false(pfs_table_is_full(table));
	g_assert_true(pfs_table_remove(table, "a"));
	g_assert_false(pfs_tables_are_many());
	pfs_tables_set_limit(256 << 20);
}

/* Texts that are as one to `hash * 33 + character`, as "Ez" and "FY" are: a number in these digits.
 */
static void
append_colliding(GString *text, guint number)
{
	for (guint i = 0; i < 16; i++)
		g_string_append(text, (number >> i & 1) != 0 ? "Ez" : "FY");
}

static clock_t
read_many(gboolean colliding)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	g_autoptr(GString) json = g_string_new("[0");
	clock_t start;

	for (guint i = 0; i < 1 << 16; i++) {
		g_string_append(json, ",{\"id\":\"");
		append_colliding(json, colliding ? i : 0);
		g_string_append_printf(json, "%s%u\"}", colliding ? "" : ".", colliding ? 0 : i);
	}
	g_string_append_c(json, ']');
	start = clock();
	g_assert_true(read_whole(table, NULL, json->str));
	g_assert_cmpuint(pfs_table_get_size(table), ==, 1 << 16);
	return clock() - start;
}

/* Who knows how a hash is made can't make a table a list: that took a hundred times as long. */
static void
test_colliding(void)
{
	clock_t others = read_many(FALSE);

	g_assert_cmpint(read_many(TRUE), <, 20 * others);
}

/* An answer that was on its way when something acted would undo it. */
static void
test_changed(void)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	const char *old = "{\"id\":\"a\",\"name\":\"old\"}";
	gint64 before_us = g_get_monotonic_time() - 1;
	PfsRecord *record = pfs_table_put_json(table, old, strlen(old), NULL, before_us, NULL);

	record = pfs_table_set_value(table, record, "name", PFS_VALUE_STRING, "new");
	pfs_record_note_change(record);
	g_assert_true(pfs_table_put_json(table, old, strlen(old), NULL, before_us, NULL) == record);
	g_assert_cmpstr(pfs_record_get(record, table, "name").text, ==, "new");
	record =
	    pfs_table_put_json(table, old, strlen(old), NULL, g_get_monotonic_time() + 1, NULL);
	g_assert_cmpstr(pfs_record_get(record, table, "name").text, ==, "old");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/table/values", test_values);
	g_test_add_func("/table/cuts", test_cuts);
	g_test_add_func("/table/meta", test_meta);
	g_test_add_func("/table/refused", test_refused);
	g_test_add_func("/table/depth", test_depth);
	g_test_add_func("/table/bad-characters", test_bad_characters);
	g_test_add_func("/table/replace", test_replace);
	g_test_add_func("/table/remove", test_remove);
	g_test_add_func("/table/put-refused", test_put_refused);
	g_test_add_func("/table/wrapped", test_wrapped);
	g_test_add_func("/table/wrapped-text", test_wrapped_text);
	g_test_add_func("/table/set-value", test_set_value);
	g_test_add_func("/table/duplicate-keys", test_duplicate_keys);
	g_test_add_func("/table/long-id", test_long_id);
	g_test_add_func("/table/long-key", test_long_key);
	g_test_add_func("/table/keys-go", test_keys_go);
	g_test_add_func("/table/key-cut", test_key_cut);
	g_test_add_func("/table/limits", test_limits);
	g_test_add_func("/table/many", test_many);
	g_test_add_func("/table/colliding", test_colliding);
	g_test_add_func("/table/bytes", test_bytes);
	g_test_add_func("/table/duplicate-ids", test_duplicate_ids);
	g_test_add_func("/table/changed", test_changed);
	return g_test_run();
}
