/* SPDX-License-Identifier: Apache-2.0 */
/* The file names of records. */
#include <string.h>

#include "../../src/tree/collection.h"

static const PfsCollectionRow row = { .name = "things", .id_key = "id", .name_key = "name" };

typedef struct {
	PfsCollection *collection;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
	g_autoptr(json_t) arguments = json_object();

	fixture->collection = pfs_collection_new(&row, NULL, arguments);
	fixture->collection->reserved = g_strsplit("all,none", ",", -1);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
	pfs_resource_unref(&fixture->collection->resource);
}

static void
put(Fixture *fixture, const char *id, const char *name)
{
	g_autoptr(json_t) record = json_pack("{s:s, s:s}", "id", id, "name", name);
	g_autofree char *text = json_dumps(record, 0);

	g_assert_nonnull(
	    pfs_collection_put(fixture->collection, text, strlen(text), NULL));
}

static const char *
name_of(Fixture *fixture, const char *id)
{
	PfsRecord *record = pfs_table_find(fixture->collection->table, id);

	return pfs_collection_get_name(fixture->collection, record);
}

/* Each has a name that no other has, and is found by it. */
static void
assert_found(Fixture *fixture)
{
	PfsTable *table = fixture->collection->table;
	PfsRecord *record;

	for (guint i = 0; (record = pfs_table_get_nth(table, i)) != NULL; i++) {
		const char *name = pfs_collection_get_name(fixture->collection, record);

		g_assert_true(pfs_collection_find(fixture->collection, name) == record);
		g_assert_cmpuint(strlen(name), <=, 255);
		g_assert_null(strchr(name, '/'));
	}
	g_assert_cmpuint(g_hash_table_size(fixture->collection->names), ==,
			 pfs_table_get_size(table));
}

static void
test_same_name(Fixture *fixture, gconstpointer data)
{
	put(fixture, "one-111111", "x");
	g_assert_cmpstr(name_of(fixture, "one-111111"), ==, "x");
	put(fixture, "two-222222", "x");
	g_assert_cmpstr(name_of(fixture, "one-111111"), ==, "x~111111");
	g_assert_cmpstr(name_of(fixture, "two-222222"), ==, "x~222222");
	put(fixture, "three", "all");
	g_assert_cmpstr(name_of(fixture, "three"), ==, "all~three");
	assert_found(fixture);
}

/* The end of the ID may tell no more than the name does. */
static void
test_same_mark(Fixture *fixture, gconstpointer data)
{
	put(fixture, "one-111111", "x");
	put(fixture, "two-111111", "x");
	assert_found(fixture);
	put(fixture, "three", "x~111111");
	put(fixture, "four", "y");
	put(fixture, "four", "x");
	assert_found(fixture);
	put(fixture, "one-111111", "x");
	put(fixture, "two-111111", "x");
	assert_found(fixture);
	pfs_collection_remove(fixture->collection, "one-111111");
	assert_found(fixture);
}

static void
test_odd_names(Fixture *fixture, gconstpointer data)
{
	g_autofree char *large = g_strnfill(300, 'n');

	put(fixture, "one", large);
	put(fixture, "two", large);
	put(fixture, "a/b", "x");
	put(fixture, "c/b", "x");
	put(fixture, "none", "");
	assert_found(fixture);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add(path, Fixture, NULL, set_up, test, tear_down)
	ADD("/collection/same-name", test_same_name);
	ADD("/collection/same-mark", test_same_mark);
	ADD("/collection/odd-names", test_odd_names);
	return g_test_run();
}
