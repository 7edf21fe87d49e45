/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line a record, put or, where it begins with `-`, removed by its ID. At any time each record has
 * a file name of its own, by which it is found. The names are those that the same records get in
 * another order. The documents that are made of them all are JSON.
 */
#include <string.h>

#include <particlefs/json.h>

#include "../../src/tree/collection.h"
#include "../../src/tree/node.h"
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

static const PfsCollectionRow row = {
	.items = "records",
	.id_key = "id",
	.name_key = "name",
};

static PfsCollection *
new_collection(void)
{
	g_autoptr(json_t) arguments = json_object();
	PfsCollection *collection = pfs_collection_new(&row, NULL, arguments);

	collection->reserved = g_strsplit("reserved", ",", -1);
	return collection;
}

static void
check_order(PfsCollection *collection)
{
	PfsCollection *other = new_collection();

	for (guint i = pfs_table_get_size(collection->table); i > 0; i--) {
		PfsRecord *record = pfs_table_get_nth(collection->table, i - 1);
		g_autoptr(GString) json = g_string_new(NULL);

		pfs_record_to_json(record, collection->table, json);
		g_assert_nonnull(pfs_collection_put(other, json->str, json->len, G_MAXINT64, NULL));
	}
	for (guint i = 0; i < pfs_table_get_size(collection->table); i++) {
		PfsRecord *record = pfs_table_get_nth(collection->table, i);
		const char *id = pfs_record_get_id(record, collection->table);

		g_assert_cmpstr(pfs_collection_get_name(collection, record), ==,
				pfs_collection_get_name(other, pfs_table_find(other->table, id)));
	}
	pfs_resource_unref(&other->resource);
}

static void
check_document(PfsCollection *collection, const char *key, GBytes *(*make)(PfsCollection *))
{
	g_autoptr(GBytes) text = make(collection);
	g_autoptr(json_t) root =
	    pfs_json_load(g_bytes_get_data(text, NULL), g_bytes_get_size(text));

	g_assert_cmpuint(json_array_size(json_object_get(root, key)), ==,
			 pfs_table_get_size(collection->table));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	PfsCollection *collection = new_collection();

	while (input.length > 0) {
		g_autofree char *line = fuzz_take_line(&input);

		if (line[0] == '-')
			pfs_collection_remove(collection, line + 1);
		else
			(void)pfs_collection_put(collection, line, strlen(line), G_MAXINT64, NULL);
		check_names(collection);
	}
	check_order(collection);
	check_document(collection, "records", pfs_records_to_json);
	check_document(collection, "features", pfs_records_to_geojson);
	pfs_resource_unref(&collection->resource);
	return 0;
}
