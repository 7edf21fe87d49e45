/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4180: a header, CRLF, quotes around what holds a comma, a quote or a line's end. */
#include <string.h>

#include "node.h"

void
pfs_csv_append(GString *csv, const char *text, gsize length)
{
	gboolean quoted = FALSE;

	for (gsize i = 0; i < length; i++)
		quoted = quoted || strchr("\",\r\n", text[i]) != NULL;
	if (quoted)
		g_string_append_c(csv, '"');
	for (gsize i = 0; i < length; i++) {
		if (text[i] == '"')
			g_string_append_c(csv, '"');
		g_string_append_c(csv, text[i]);
	}
	if (quoted)
		g_string_append_c(csv, '"');
}

/* Every key that any record has, in the order of their first appearance. */
static GPtrArray *
dup_columns(PfsTable *table)
{
	GPtrArray *columns = g_ptr_array_new();
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	PfsRecord *record;
	const char *key;
	PfsValue value;

	for (guint i = 0; (record = pfs_table_get_nth(table, i)) != NULL; i++)
		for (guint j = 0; pfs_record_get_pair(record, table, j, &key, &value); j++)
			if (g_hash_table_add(seen, (gpointer)key))
				g_ptr_array_add(columns, (gpointer)key);
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

GBytes *
pfs_csv_from_table(PfsTable *table)
{
	g_autoptr(GPtrArray) columns = dup_columns(table);
	GString *csv = g_string_new(NULL);
	PfsRecord *record;

	for (guint j = 0; j < columns->len; j++) {
		const char *key = g_ptr_array_index(columns, j);

		g_string_append(csv, j > 0 ? "," : "");
		pfs_csv_append(csv, key, strlen(key));
	}
	if (columns->len > 0)
		g_string_append(csv, "\r\n");
	for (guint i = 0; (record = pfs_table_get_nth(table, i)) != NULL; i++) {
		for (guint j = 0; j < columns->len; j++) {
			PfsValue value = pfs_record_get(record, table, g_ptr_array_index(columns, j));

			g_string_append(csv, j > 0 ? "," : "");
			append_value(csv, &value);
		}
		g_string_append(csv, "\r\n");
	}
	return g_string_free_to_bytes(csv);
}
