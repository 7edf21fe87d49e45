/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line a record, put or, where it begins with `-`, removed by its ID. At any time each record has
 * a file name of its own, by which it is found.
 */
#include <string.h>

#include "../../src/tree/collection.h"
#include "fuzz.h"

static void
check_names(PfsCollection *collection)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	PfsRecord *record;

	for (guint i = 0; (record = pfs_table_get_nth(collection->table, i)) != NULL; i++) {
		const char *name = pfs_collection_get_name(collection, record);

		g_assert_nonnull(name);
		g_assert_true(g_hash_table_add(seen, (gpointer)name));
		g_assert_true(pfs_collection_find(collection, name) == record);
		g_assert_cmpuint(strlen(name), <=, 255);
		g_assert_null(strchr(name, '/'));
		g_assert_cmpint(name[0], !=, '.');
		g_assert_cmpstr(name, !=, "reserved");
	}
	g_assert_cmpuint(g_hash_table_size(seen), ==, g_hash_table_size(collection->names));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const PfsCollectionRow row = { .name = "fuzz", .id_key = "id", .name_key = "name" };
	FuzzInput input = fuzz_input(data, size);
	g_autoptr(json_t) arguments = json_object();
	PfsCollection *collection = pfs_collection_new(&row, NULL, arguments);

	collection->reserved = g_strsplit("reserved", ",", -1);
	while (input.length > 0) {
		g_autofree char *line = fuzz_take_line(&input);

		if (line[0] == '-')
			pfs_collection_remove(collection, line + 1);
		else
			(void)pfs_collection_put(collection, line, strlen(line), NULL);
		check_names(collection);
	}
	pfs_resource_unref(&collection->resource);
	return 0;
}
