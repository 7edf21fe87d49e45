/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4180: a header, CRLF, quotes around what holds a comma, a quote or a line's end. */
#include <string.h>

#include "node.h"

/* A fleet of 100,000 devices takes 50 MB. Each key of any record is a column, and takes a comma a
 * record. */
#define CSV_BYTES_MAX (128 * 1024 * 1024)

static gboolean
needs_quotes(const char *text, gsize length)
{
	for (gsize i = 0; i < length; i++)
		if (text[i] == '"' || text[i] == ',' || text[i] == '\r' || text[i] == '\n' ||
		    text[i] == '\0')
			return TRUE;
	return FALSE;
}

void
pfs_csv_append(GString *csv, const char *text, gsize length)
{
	if (!needs_quotes(text, length)) {
		g_string_append_len(csv, text, (gssize)length);
		return;
	}
	g_string_append_c(csv, '"');
	for (gsize i = 0; i < length; i++) {
		if (text[i] == '"')
			g_string_append_c(csv, '"');
		g_string_append_c(csv, text[i]);
	}
	g_string_append_c(csv, '"');
}

/* Every key that any record has, in the order of their first appearance; and its place there. */
static GPtrArray *
dup_columns(PfsTable *table, GHashTable *places)
{
	GPtrArray *columns = g_ptr_array_new();
	PfsRecord *record;
	const char *key;
	PfsValue value;

	for (guint i = 0; (record = pfs_table_get_nth(table, i)) != NULL; i++)
		for (gsize at = 0; pfs_record_next_pair(record, table, &at, &key, &value);)
			if (!g_hash_table_contains(places, key)) {
				g_hash_table_insert(places, (gpointer)key,
						    GUINT_TO_POINTER(columns->len));
				g_ptr_array_add(columns, (gpointer)key);
			}
	return columns;
}

static void
append_value(GString *csv, const PfsValue *value)
{
	switch (value->kind) {
	case PFS_VALUE_TRUE:
		g_string_append(csv, "true");
		break;
	case PFS_VALUE_FALSE:
		g_string_append(csv, "false");
		break;
	case PFS_VALUE_NUMBER:
	case PFS_VALUE_STRING:
	case PFS_VALUE_JSON:
		pfs_csv_append(csv, value->text, value->length);
		break;
	case PFS_VALUE_NONE:
	case PFS_VALUE_NULL:
		break;
	}
}

/* Each pair is read once: where a key was given twice, the last one counts. */
static void
append_record(GString *csv, PfsTable *table, PfsRecord *record, GHashTable *places, GArray *row)
{
	const char *key;
	PfsValue value;

	memset(row->data, 0, row->len * sizeof(PfsValue));
	for (gsize at = 0; pfs_record_next_pair(record, table, &at, &key, &value);) {
		guint place = GPOINTER_TO_UINT(g_hash_table_lookup(places, key));

		g_array_index(row, PfsValue, place) = value;
	}
	for (guint j = 0; j < row->len; j++) {
		g_string_append(csv, j > 0 ? "," : "");
		append_value(csv, &g_array_index(row, PfsValue, j));
	}
	g_string_append(csv, "\r\n");
}

GBytes *
pfs_csv_from_table(PfsTable *table)
{
	g_autoptr(GHashTable) places = g_hash_table_new(NULL, NULL);
	g_autoptr(GPtrArray) columns = dup_columns(table, places);
	g_autoptr(GArray) row = g_array_new(FALSE, FALSE, sizeof(PfsValue));
	GString *csv = g_string_new(NULL);
	PfsRecord *record;

	for (guint j = 0; j < columns->len; j++) {
		const char *key = g_ptr_array_index(columns, j);

		g_string_append(csv, j > 0 ? "," : "");
		pfs_csv_append(csv, key, strlen(key));
	}
	if (columns->len > 0)
		g_string_append(csv, "\r\n");
	g_array_set_size(row, columns->len);
	for (guint i = 0; (record = pfs_table_get_nth(table, i)) != NULL; i++) {
		append_record(csv, table, record, places, row);
		if (csv->len > CSV_BYTES_MAX) {
			g_string_free(csv, TRUE);
			return NULL;
		}
	}
	return g_string_free_to_bytes(csv);
}
