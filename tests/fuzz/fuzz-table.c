/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First line: key of the array, or empty. The rest: a list. Wherever it is cut, the records are the
 * same; what is written of them can be read again.
 */
#include <string.h>

#include <particlefs/record.h>

#include "fuzz.h"

static void
row_cb(PfsRecord *record, gpointer user_data)
{
	++*(guint *)user_data;
}

static PfsTable *
read_list(FuzzInput input, const char *items, gboolean cut, GString *seen)
{
	guint rows = 0;
	PfsTable *table = pfs_table_new("id");
	g_autoptr(PfsTableReader) reader =
	    pfs_table_reader_new(table, *items != '\0' ? items : NULL, G_MAXINT64, row_cb, &rows);
	g_autoptr(GError) error = NULL;
	gboolean read = TRUE;
	gsize length = input.length;
	const char *piece = input.data;

	if (!cut)
		read = pfs_table_reader_feed(reader, piece, length, &error);
	while (cut && read && fuzz_take_piece(&input, &piece, &length))
		read = pfs_table_reader_feed(reader, piece, length, &error);
	read = read && pfs_table_reader_finish(reader, &error);
	if (!read)
		fuzz_check_error(error);
	g_assert_cmpuint(rows, ==, pfs_table_reader_get_rows(reader));
	g_string_append_printf(seen, "%d %u %" G_GINT64_FORMAT " ", read, rows,
			       pfs_table_reader_get_meta(reader, "total_pages"));
	return table;
}

static void
check_again(const GString *json, const char *id)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	g_autoptr(GString) again = g_string_new(NULL);
	PfsRecord *record = pfs_table_put_json(table, json->str, json->len, NULL, G_MAXINT64, NULL);

	g_assert_nonnull(record);
	g_assert_cmpstr(pfs_record_get_id(record, table), ==, id);
	pfs_record_to_json(record, table, again);
	g_assert_cmpmem(again->str, again->len, json->str, json->len);
}

static void
dump(PfsTable *table, GString *seen)
{
	PfsRecord *record;

	for (guint i = 0; (record = pfs_table_get_nth(table, i)) != NULL; i++) {
		g_autoptr(GString) json = g_string_new(NULL);
		const char *id = pfs_record_get_id(record, table);

		g_assert_true(pfs_table_find(table, id) == record);
		pfs_record_to_json(record, table, json);
		g_assert_true(fuzz_is_utf8(json->str, json->len));
		check_again(json, id);
		g_string_append_len(seen, json->str, (gssize)json->len);
	}
}

static void
remove_all(PfsTable *table)
{
	PfsRecord *record;

	while ((record = pfs_table_get_nth(table, 0)) != NULL) {
		guint size = pfs_table_get_size(table);

		g_assert_true(pfs_table_remove(table, pfs_record_get_id(record, table)));
		g_assert_cmpuint(pfs_table_get_size(table), ==, size - 1);
	}
	g_assert_cmpuint(pfs_table_get_size(table), ==, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autofree char *items = fuzz_take_line(&input);
	g_autoptr(GString) seen_whole = g_string_new(NULL);
	g_autoptr(GString) seen_cut = g_string_new(NULL);
	g_autoptr(PfsTable) whole = read_list(input, items, FALSE, seen_whole);
	g_autoptr(PfsTable) cut = read_list(input, items, TRUE, seen_cut);

	dump(whole, seen_whole);
	dump(cut, seen_cut);
	g_assert_cmpmem(seen_whole->str, seen_whole->len, seen_cut->str, seen_cut->len);
	remove_all(whole);
	return 0;
}
