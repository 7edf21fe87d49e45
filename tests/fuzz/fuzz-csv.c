/* SPDX-License-Identifier: Apache-2.0 */
/* A list. Read as RFC 4180 says, the CSV that is made of it has the values of each record. */
#include <string.h>

#include "../../src/tree/node.h"
#include "fuzz.h"

/* What ends the field that was read: ',', '\n' for CRLF. */
static int
read_field(const char **at, const char *end, GString *field)
{
	gboolean quoted = **at == '"';

	g_string_truncate(field, 0);
	*at += quoted;
	for (; *at < end; (*at)++) {
		if (quoted && **at == '"' && (*at)[1] == '"')
			(*at)++;
		else if (quoted && **at == '"')
			quoted = FALSE;
		else if (!quoted && (**at == ',' || **at == '\r'))
			break;
		if (**at != '"' || quoted)
			g_string_append_c(field, **at);
	}
	g_assert_false(quoted);
	g_assert_true(*at < end);
	if (*(*at)++ == ',')
		return ',';
	g_assert_cmpint(*(*at)++, ==, '\n');
	return '\n';
}

static void
check_value(const GString *field, const PfsValue *value)
{
	if (value->text != NULL)
		g_assert_cmpmem(field->str, field->len, value->text, value->length);
	else if (value->kind == PFS_VALUE_TRUE || value->kind == PFS_VALUE_FALSE)
		g_assert_cmpstr(field->str, ==, value->kind == PFS_VALUE_TRUE ? "true" : "false");
	else
		g_assert_cmpuint(field->len, ==, 0);
}

static void
check_csv(PfsTable *table, const char *at, const char *end)
{
	g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) field = g_string_new(NULL);
	PfsRecord *record;
	int ended;

	do {
		ended = read_field(&at, end, field);
		g_ptr_array_add(columns, g_strdup(field->str));
	} while (ended == ',');
	for (guint i = 0; (record = pfs_table_get_nth(table, i)) != NULL; i++) {
		for (guint j = 0; j < columns->len; j++) {
			PfsValue value = pfs_record_get(record, table, columns->pdata[j]);

			ended = read_field(&at, end, field);
			g_assert_cmpint(ended, ==, j + 1 < columns->len ? ',' : '\n');
			check_value(field, &value);
		}
	}
	g_assert_true(at == end);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	g_autoptr(PfsTableReader) reader =
	    pfs_table_reader_new(table, NULL, G_MAXINT64, NULL, NULL);
	g_autoptr(GBytes) csv = NULL;
	const char *text;
	gsize length;

	(void)pfs_table_reader_feed(reader, (const char *)data, size, NULL);
	csv = pfs_csv_from_table(table);
	text = g_bytes_get_data(csv, &length);
	if (pfs_table_get_size(table) == 0)
		g_assert_cmpuint(length, ==, 0);
	else
		check_csv(table, text, text + length);
	return 0;
}
