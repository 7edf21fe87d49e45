/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line a record, put or, where it begins with `-`, removed by its ID. A record is the same
 * whether it came wrapped or not, and changes one value without another's changing.
 */
#include <string.h>

#include <particlefs/json.h>
#include <particlefs/record.h>

#include "fuzz.h"

#define WRAPPER "w"

static void
check_wrapped(PfsTable *table, PfsRecord *record, const char *before, const char *line,
	      const char *after)
{
	g_autoptr(PfsTable) other = pfs_table_new("id");
	g_autofree char *text = g_strconcat(before, line, after, NULL);
	PfsRecord *wrapped =
	    pfs_table_put_json(other, text, strlen(text), WRAPPER, G_MAXINT64, NULL);
	g_autoptr(GString) plain_json = g_string_new(NULL);
	g_autoptr(GString) wrapped_json = g_string_new(NULL);

	g_assert_nonnull(wrapped);
	g_assert_cmpuint(pfs_table_get_size(other), ==, 1);
	pfs_record_to_json(record, table, plain_json);
	pfs_record_to_json(wrapped, other, wrapped_json);
	g_assert_cmpstr(plain_json->str, ==, wrapped_json->str);
}

static void
check_set(PfsTable *table, const char *id)
{
	PfsRecord *record = pfs_table_find(table, id);
	g_autofree char *key = NULL;
	const char *borrowed;
	PfsValue value;
	guint pairs = 0;
	gsize at = 0;

	for (; pfs_record_next_pair(record, table, &at, &borrowed, &value); pairs++)
		g_assert_cmpint(pfs_record_get(record, table, borrowed).kind, !=, PFS_VALUE_NONE);
	at = 0;
	for (guint i = 0; i <= pairs / 2; i++)
		pfs_record_next_pair(record, table, &at, &borrowed, &value);
	key = g_strdup(borrowed);
	if (strcmp(key, "id") == 0)
		return;
	record = pfs_table_set_value(table, record, key, PFS_VALUE_STRING, "a value to set");
	g_assert_true(record == pfs_table_find(table, id));
	value = pfs_record_get(record, table, key);
	g_assert_cmpmem(value.text, value.length, "a value to set", 14);
}

/* Not as deep as may be; and yajl does not see a string behind the end that is not closed. */
static gboolean
can_be_wrapped(const char *line)
{
	g_autoptr(json_t) object = json_loads(line, JSON_ALLOW_NUL, NULL);

	return object != NULL && strlen(line) < 64;
}

static void
put(PfsTable *table, const char *line)
{
	g_autoptr(GError) error = NULL;
	PfsRecord *record = pfs_table_put_json(table, line, strlen(line), NULL, G_MAXINT64, &error);
	g_autofree char *id = NULL;

	if (record == NULL) {
		fuzz_check_error(error);
		return;
	}
	id = g_strdup(pfs_record_get_id(record, table));
	g_assert_true(record == pfs_table_find(table, id));
	if (can_be_wrapped(line)) {
		check_wrapped(table, record, "{\"" WRAPPER "\":", line, "}");
		check_wrapped(table, record, "{\"" WRAPPER "\":[", line, ",{\"id\":\"b\"}]}");
	}
	check_set(table, id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autoptr(PfsTable) table = pfs_table_new("id");

	while (input.length > 0) {
		g_autofree char *line = fuzz_take_line(&input);

		if (line[0] == '-')
			pfs_table_remove(table, line + 1);
		else
			put(table, line);
	}
	return 0;
}
