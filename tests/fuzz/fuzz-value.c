/* SPDX-License-Identifier: Apache-2.0 */
/* A record. The content of each value's file is text that is empty or ends with a newline. */
#include <string.h>

#include "../../src/tree/node.h"
#include "fuzz.h"

static const char *const map[] = { "", "one", "two", NULL };
static const PfsNode plain_node = { .name = "plain" };
static const PfsNode mapped_node = { .name = "mapped", .map = map, .unmapped = "number " };

static void
check(const PfsNode *node, const PfsValue *value)
{
	g_autoptr(GBytes) content = pfs_value_to_content(node, value);
	gsize length;
	const char *text = g_bytes_get_data(content, &length);

	g_assert_true(length == 0 || text[length - 1] == '\n');
	g_assert_true(fuzz_is_utf8(text, length));
	if (value->kind == PFS_VALUE_STRING || (value->kind == PFS_VALUE_NUMBER && !node->map)) {
		g_assert_cmpuint(length, >=, value->length);
		g_assert_cmpmem(text, value->length, value->text, value->length);
	}
	if (value->kind == PFS_VALUE_JSON)
		g_assert_true(pfs_value_is_attribute(value) == (value->text[0] == '['));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	g_autoptr(PfsTable) table = pfs_table_new("id");
	PfsRecord *record =
	    pfs_table_put_json(table, (const char *)data, size, NULL, G_MAXINT64, NULL);
	const char *key;
	PfsValue value;
	gsize at = 0;

	while (record != NULL && pfs_record_next_pair(record, table, &at, &key, &value)) {
		check(&plain_node, &value);
		check(&mapped_node, &value);
	}
	return 0;
}
