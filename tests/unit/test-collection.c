/* SPDX-License-Identifier: Apache-2.0 */
/* The file names of records. */
#include <string.h>

#include "../../src/tree/collection.h"

static const PfsCollectionRow row = { .id_key = "id", .name_key = "name" };

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
	    pfs_collection_put(fixture->collection, text, strlen(text), G_MAXINT64, NULL));
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

/* However many there are: the plain name would be another one's each time. */
static void
test_third(Fixture *fixture, gconstpointer data)
{
	put(fixture, "one-111111", "x");
	put(fixture, "two-222222", "x");
	put(fixture, "three-333333", "x");
	g_assert_cmpstr(name_of(fixture, "three-333333"), ==, "x~333333");
	g_assert_true(pfs_collection_find(fixture->collection, "x") == NULL);
	pfs_collection_remove(fixture->collection, "one-111111");
	g_assert_cmpstr(name_of(fixture, "two-222222"), ==, "x~222222");
	/* The last one shares it with nobody. */
	put(fixture, "two-222222", "y");
	g_assert_cmpstr(name_of(fixture, "two-222222"), ==, "y");
	g_assert_cmpstr(name_of(fixture, "three-333333"), ==, "x");
	assert_found(fixture);
}

static gboolean
is_settled(Fixture *fixture, const char *name)
{
	PfsRecord *record = pfs_collection_find(fixture->collection, name);

	return pfs_collection_is_settled(fixture->collection, record, name);
}

/* What came alone has its ID for itself, and a name that others may have, until it was looked for.
 */
static void
test_settled(Fixture *fixture, gconstpointer data)
{
	static const PfsCollectionRow searched = { .id_key = "id",
						   .name_key = "name",
						   .search = "name" };

	fixture->collection->row = &searched;
	put(fixture, "one-111111", "x");
	g_assert_false(is_settled(fixture, "x"));
	g_assert_true(is_settled(fixture, "one-111111"));
	pfs_collection_settle(fixture->collection, "x");
	put(fixture, "one-111111", "x");
	g_assert_true(is_settled(fixture, "x"));
	put(fixture, "one-111111", "y");
	g_assert_false(is_settled(fixture, "y"));
	put(fixture, "two-222222", "y");
	g_assert_true(pfs_collection_is_shared(fixture->collection, "y"));
	g_assert_true(is_settled(fixture, "y~111111"));
	g_assert_true(is_settled(fixture, "y~222222"));
}

static const char *const things[][2] = {
	{ "one-111111", "x" },		{ "two-222222", "x" }, { "three-222222", "x" },
	{ "four-444444", "x~222222" },	{ "five", "all" },     { "six-111111", "one-111111" },
	{ "seven-777777", "x~111111" },
};

static void
put_in_order(Fixture *fixture, const guint *order)
{
	for (guint i = 0; i < G_N_ELEMENTS(things); i++)
		put(fixture, things[order[i]][0], things[order[i]][1]);
}

static void
assert_names(Fixture *fixture)
{
	static const char *const names[] = {
		"x~one-111111", "x~two-222222",	     "x~three-222222",	"x~222222~444444",
		"all~five",	"one-111111~111111", "x~111111~777777",
	};

	for (guint i = 0; i < G_N_ELEMENTS(things); i++)
		g_assert_cmpstr(name_of(fixture, things[i][0]), ==, names[i]);
	assert_found(fixture);
}

static void
shuffle(guint *order, guint length)
{
	for (guint i = length - 1; i > 0; i--) {
		guint other = (guint)g_test_rand_int_range(0, (gint32)i + 1);
		guint kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
}

/* Pages come in any order, and what was there before comes with the next list, or does not. */
static void
test_any_order(Fixture *fixture, gconstpointer data)
{
	guint order[G_N_ELEMENTS(things)];

	for (guint i = 0; i < G_N_ELEMENTS(things); i++)
		order[i] = i;
	for (guint round = 0; round < 200; round++) {
		shuffle(order, G_N_ELEMENTS(things));
		put_in_order(fixture, order);
		assert_names(fixture);
		shuffle(order, G_N_ELEMENTS(things));
		for (guint i = 0; i < round % G_N_ELEMENTS(things); i++) {
			if (i % 2 == 0)
				put(fixture, things[order[i]][0], "other");
			else
				pfs_collection_remove(fixture->collection, things[order[i]][0]);
			assert_found(fixture);
		}
	}
}

/* Who has another's ID as a name does not get what is meant for that one. */
static void
test_name_is_id(Fixture *fixture, gconstpointer data)
{
	put(fixture, "evil-666666", "good-111111");
	g_assert_cmpstr(name_of(fixture, "evil-666666"), ==, "good-111111");
	put(fixture, "good-111111", "g");
	g_assert_cmpstr(name_of(fixture, "evil-666666"), ==, "good-111111~666666");
	g_assert_true(pfs_collection_find(fixture->collection, "good-111111") ==
		      pfs_table_find(fixture->collection->table, "good-111111"));
	put(fixture, "good-111111", "");
	g_assert_cmpstr(name_of(fixture, "good-111111"), ==, "good-111111");
	assert_found(fixture);
	pfs_collection_remove(fixture->collection, "good-111111");
	g_assert_cmpstr(name_of(fixture, "evil-666666"), ==, "good-111111");
}

/* An ID that is too long for a name is nobody's name: who is called like what is left of it keeps
 * that. */
static void
test_long_ids(Fixture *fixture, gconstpointer data)
{
	g_autofree char *id = g_strnfill(86, '/');
	g_autofree char *own = pfs_name_escape(id);
	g_autofree char *plain = pfs_name_unescape(own);

	put(fixture, id, "x");
	put(fixture, "one-111111", plain);
	g_assert_cmpstr(name_of(fixture, "one-111111"), ==, own);
	pfs_collection_remove(fixture->collection, id);
	put(fixture, id, "x");
	g_assert_cmpstr(name_of(fixture, "one-111111"), ==, own);
	g_assert_cmpstr(name_of(fixture, id), ==, "x");
	assert_found(fixture);
}

/* An ID that is no file name is found by what it is escaped to. */
static void
test_odd_ids(Fixture *fixture, gconstpointer data)
{
	put(fixture, "../../etc", "x");
	put(fixture, "a/b\n", "");
	g_assert_true(pfs_collection_find(fixture->collection, "%2E.%2F..%2Fetc") ==
		      pfs_table_find(fixture->collection->table, "../../etc"));
	g_assert_cmpstr(name_of(fixture, "a/b\n"), ==, "a%2Fb%0A");
	put(fixture, "../etc", "x");
	g_assert_cmpstr(name_of(fixture, "../../etc"), ==, "x~%2E.%2F..%2Fetc");
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

/* A record has few rungs that others know: who is called what it would be called next keeps that.
 */
static void
test_guessed_rungs(Fixture *fixture, gconstpointer data)
{
	char others[10][33];

	put(fixture, "one-111111", "x");
	put(fixture, "other-222222", "x");
	put(fixture, "other-333333", "x~111111");
	put(fixture, "other-444444", "x~one-111111");
	for (guint rung = 3; rung < 10; rung++) {
		g_autofree char *salted = g_strdup_printf("one-111111 %u", rung);
		g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_MD5, salted, -1);
		g_autofree char *name = g_strconcat("x~", digest, NULL);

		g_snprintf(others[rung], sizeof(others[rung]), "other-%u", rung);
		put(fixture, others[rung], name);
		if (rung > 3)
			g_assert_cmpstr(name_of(fixture, others[rung]), ==, name);
	}
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
	ADD("/collection/guessed-rungs", test_guessed_rungs);
	ADD("/collection/third", test_third);
	ADD("/collection/settled", test_settled);
	ADD("/collection/any-order", test_any_order);
	ADD("/collection/name-is-id", test_name_is_id);
	ADD("/collection/long-ids", test_long_ids);
	ADD("/collection/odd-ids", test_odd_ids);
	return g_test_run();
}
