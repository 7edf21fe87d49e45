/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list. Read as RFC 4180 says, the CSV that is made of it has the values of each record. And what
 * a fleet has answered: four lines a device, its ID, its name, its answer and what was wrong.
 */
#include <errno.h>
#include <string.h>

#include <particlefs/error.h>

#include "../../src/tree/fanout.h"
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

static void
check_field(const char **at, const char *end, const char *text, gsize length, int ended)
{
	g_autoptr(GString) field = g_string_new(NULL);

	g_assert_cmpint(read_field(at, end, field), ==, ended);
	g_assert_cmpmem(field->str, field->len, text, length);
}

static void
check_member(const char **at, const char *end, const PfsMember *member)
{
	gsize length;
	const char *body = g_bytes_get_data(member->body, &length);
	g_autoptr(GBytes) value = pfs_json_pick(body, length, "result", NULL);
	const char *text = value != NULL ? g_bytes_get_data(value, &length) : "";

	check_field(at, end, member->id, strlen(member->id), ',');
	check_field(at, end, member->name, strlen(member->name), ',');
	check_field(at, end, text, value != NULL ? length : 0, ',');
	check_field(at, end, member->error->message, strlen(member->error->message), '\n');
}

/* With an error each, so that nobody is asked. */
static GPtrArray *
dup_members(FuzzInput *input)
{
	GPtrArray *members = g_ptr_array_new_with_free_func(pfs_member_free);

	while (input->length > 0) {
		g_autofree char *id = fuzz_take_line(input);
		g_autofree char *name = fuzz_take_line(input);
		char *body = fuzz_take_line(input);
		g_autofree char *error = fuzz_take_line(input);
		PfsMember *member = pfs_member_new(id, name);

		member->body = g_bytes_new_take(body, strlen(body));
		member->error = g_error_new_literal(PFS_ERROR, EINVAL, error);
		g_ptr_array_add(members, member);
	}
	return members;
}

static void
fanned_out_cb(PfsFanout *fanout, gpointer user_data)
{
	g_assert_not_reached();
}

static void
check_fanout(FuzzInput *input)
{
	g_autoptr(GPtrArray) members = dup_members(input);
	g_autoptr(json_t) arguments = json_object();
	PfsFanout *fanout =
	    pfs_fanout_new(NULL, NULL, arguments, "deviceId", members, fanned_out_cb, NULL);
	g_autoptr(GBytes) csv = pfs_fanout_dup_csv(fanout, "value", "result");
	gsize length;
	const char *at = g_bytes_get_data(csv, &length);
	const char *end = at + length;

	check_field(&at, end, "id", 2, ',');
	check_field(&at, end, "name", 4, ',');
	check_field(&at, end, "value", 5, ',');
	check_field(&at, end, "error", 5, '\n');
	for (guint i = 0; i < members->len; i++)
		check_member(&at, end, members->pdata[i]);
	g_assert_true(at == end);
	pfs_fanout_free(fanout);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	g_autoptr(PfsTableReader) reader =
	    pfs_table_reader_new(table, NULL, G_MAXINT64, NULL, NULL);
	g_autoptr(GBytes) csv = NULL;
	FuzzInput input = fuzz_input(data, size);
	const char *text;
	gsize length;

	check_fanout(&input);
	(void)pfs_table_reader_feed(reader, (const char *)data, size, NULL);
	csv = pfs_csv_from_table(table);
	text = g_bytes_get_data(csv, &length);
	if (pfs_table_get_size(table) == 0)
		g_assert_cmpuint(length, ==, 0);
	else
		check_csv(table, text, text + length);
	return 0;
}
