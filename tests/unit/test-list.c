/* SPDX-License-Identifier: Apache-2.0 */
/* Directories whose names come from a list in the cloud, in pages mostly. */
#include <errno.h>

#include "tree-fixture.h"

#define ID_A "e00fce680000000000000001"
#define ID_B "e00fce680000000000000002"
#define ID_C "e00fce680000000000000003"

/* Of who goes away before it is woken. */
static void
wake_cb(PfsWaiter *waiter)
{
	g_assert_not_reached();
}

/* So many of @total pages, a ledger each. They come side by side: the server knows none by its
 * number. */
static void
script_ledgers(TreeFixture *fixture, guint count, guint total)
{
	for (guint i = 0; i < count; i++) {
		g_autofree char *page =
		    g_strdup_printf("{\"ledgers\":[{\"name\":\"ledger-%u\"}],\"meta\":{"
				    "\"total_pages\":%u}}",
				    i, total);

		tree_script(fixture, "200 OK", page);
	}
}

/* Beside the ledgers stand new and query. */
static void
assert_ledgers(PfsListing *listing, guint count)
{
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint i = 0; i < pfs_listing_get_size(listing); i++)
		g_hash_table_add(names, (gpointer)pfs_listing_get_name(listing, i));
	g_assert_cmpuint(pfs_listing_get_size(listing), ==, count + 2);
	g_assert_cmpuint(g_hash_table_size(names), ==, count + 2);
}

/* The cloud gives as many records a page as it likes. */
static void
test_short_pages(TreeFixture *fixture, gconstpointer data)
{
	g_autoptr(PfsListing) listing = NULL;

	script_ledgers(fixture, 20, 20);
	tree_start(fixture);
	listing = tree_open_list(fixture, "ledgers");
	tree_read_list(fixture, listing);
	assert_ledgers(listing, 20);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 20);
}

/* What can't be asked for fails each time: one try leaves nothing that the next would wait for. */
static void
test_never_sent(TreeFixture *fixture, gconstpointer data)
{
	g_autoptr(PfsEntry) instances = NULL;
	int code = 0;

	tree_script(fixture, "200 OK",
		    "{\"ledgers\":[{\"name\":\"..\"}],\"meta\":{\"total_pages\":1}}");
	tree_start(fixture);
	instances = tree_walk(fixture, "ledgers/%2E./instances", &code);
	for (guint i = 0; i < 20; i++) {
		PfsListing *listing = NULL;
		PfsAccess access;

		pfs_tree_expire(fixture->tree, instances);
		pfs_access_init(&access, FALSE);
		g_assert_cmpint(pfs_tree_list(fixture->tree, instances, &access, &listing), ==,
				PFS_FAILED);
		g_assert_error(access.error, PFS_ERROR, EINVAL);
		pfs_access_clear(&access);
	}
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 1);
}

/* A product, and in it a group. */
static void
script_group(TreeFixture *fixture)
{
	tree_script(fixture, "200 OK", "{\"products\":[{\"id\":1,\"slug\":\"p\",\"name\":\"p\"}]}");
	tree_script(fixture, "200 OK",
		    "{\"groups\":[{\"name\":\"g\",\"color\":\"#ff0000\",\"description\":\"\"}]}");
}

/* What the group has itself is no device of it, whatever that is called. */
static void
test_name_is_row(TreeFixture *fixture, gconstpointer data)
{
	script_group(fixture);
	tree_script(fixture, "200 OK",
		    "{\"devices\":[{\"id\":\"" ID_A "\",\"name\":\"color\",\"groups\":[\"g\"]},"
		    "{\"id\":\"" ID_B "\",\"name\":\"all\",\"groups\":[\"g\"]},"
		    "{\"id\":\"" ID_C "\",\"name\":\"lamp\",\"groups\":[\"g\"]}],"
		    "\"meta\":{\"total_pages\":1}}");
	tree_start(fixture);
	tree_assert_list(fixture, "products/p/groups/g", "color description device_count lamp ");
	tree_assert_content(fixture, "products/p/groups/g/color", "#ff0000\n");
	tree_assert_content(fixture, "products/p/devices/color/id", ID_A "\n");
	tree_assert_content(fixture, "products/p/devices/all/id", ID_B "\n");
}

/* Members of a group may stand in any page of the product's devices. */
static void
test_late_members(TreeFixture *fixture, gconstpointer data)
{
	g_autofree char *names = NULL;

	script_group(fixture);
	for (guint i = 0; i < 12; i++) {
		g_autofree char *page = g_strdup_printf(
		    "{\"devices\":[{\"id\":\"id-%u\",\"name\":\"%u\",\"groups\":[\"%s\"]}],"
		    "\"meta\":{\"total_pages\":12}}",
		    i, i, i == 7 || i == 11 ? "g" : "other");

		tree_script(fixture, "200 OK", page);
	}
	tree_start(fixture);
	names = tree_list(fixture, "products/p/groups/g");
	if (!g_str_equal(names, "color description device_count 11 7 "))
		g_assert_cmpstr(names, ==, "color description device_count 7 11 ");
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 14);
}

/* What is known is listed, whoever wants it newer meanwhile. */
static void
test_fetched_anew(TreeFixture *fixture, gconstpointer data)
{
	PfsWaiter waiter = { .wake = wake_cb };
	g_autoptr(PfsEntry) csv = NULL;
	GBytes *content;
	PfsAccess access;
	gint64 valid_us;
	int code = 0;

	tree_script(fixture, "200 OK", "{\"products\":[{\"id\":1,\"slug\":\"p\",\"name\":\"p\"}]}");
	tree_script(
	    fixture, "200 OK",
	    "{\"devices\":[{\"id\":\"id-1\",\"name\":\"lamp\"}],\"meta\":{\"total_pages\":1}}");
	tree_start(fixture);
	tree_assert_list(fixture, "products/p/devices", "import provision query lamp ");
	csv = tree_walk(fixture, "products/p/devices.csv", &code);
	pfs_access_init(&access, TRUE);
	g_assert_cmpint(pfs_tree_read(fixture->tree, csv, &access, &content, &valid_us), ==,
			PFS_PENDING);
	pfs_resource_wait(access.waiting_for, &waiter);
	tree_assert_list(fixture, "products/p/devices", "import provision query lamp ");
	g_assert_nonnull(waiter.resource);
	pfs_waiter_cancel(&waiter);
}

/* Reads one page of a list, and asks for no more. */
static PfsListing *
begin_list(TreeFixture *fixture, const char *path, PfsCollection **out_collection)
{
	int code = 0;
	g_autoptr(PfsEntry) entry = tree_walk(fixture, path, &code);
	const PfsNode *node = entry->node->children;

	while (node->collection == NULL)
		node++;
	*out_collection = pfs_tree_get_collection(fixture->tree, entry, node->collection);
	return tree_open_list(fixture, path);
}

/* Who reads on finds the rest, whoever has read meanwhile, and has seen enough. */
static void
test_other_closes(TreeFixture *fixture, gconstpointer data)
{
	g_autoptr(PfsListing) listing = NULL;
	PfsCollection *collection;

	script_ledgers(fixture, 12, 12);
	tree_start(fixture);
	listing = begin_list(fixture, "ledgers", &collection);
	pfs_listing_free(tree_open_list(fixture, "ledgers"));
	tree_read_list(fixture, listing);
	assert_ledgers(listing, 12);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 12);
}

/* What is open keeps what is on its way; it does not make that go on. */
static void
test_nobody_reads(TreeFixture *fixture, gconstpointer data)
{
	PfsWaiter waiter = { .wake = wake_cb };
	PfsListing *listing;
	PfsCollection *collection;
	PfsAccess access;

	script_ledgers(fixture, 20, 20);
	tree_start(fixture);
	listing = begin_list(fixture, "ledgers", &collection);
	pfs_access_init(&access, FALSE);
	g_assert_cmpint(pfs_collection_get(collection, &access, 1, 0), ==, PFS_PENDING);
	pfs_resource_wait(access.waiting_for, &waiter);
	pfs_waiter_cancel(&waiter);
	while (collection->pages->len > 0)
		g_main_context_iteration(NULL, TRUE);
	g_assert_true(collection->resource.busy);
	g_assert_cmpuint(collection->read_pages, ==, 9);
	tree_read_list(fixture, listing);
	assert_ledgers(listing, 20);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 20);
	pfs_listing_free(listing);

	pfs_tree_expire(fixture->tree, pfs_tree_get_root(fixture->tree));
	listing = begin_list(fixture, "ledgers", &collection);
	g_assert_true(collection->resource.busy);
	pfs_listing_free(listing);
	g_assert_false(collection->resource.busy);
}

/* The load has failed that a reader follows, and the next one has not come as far. */
static void
test_begun_anew(TreeFixture *fixture, gconstpointer data)
{
	g_autoptr(PfsListing) listing = NULL;
	PfsCollection *collection;

	tree_script(fixture, "200 OK",
		    "{\"ledgers\":[{\"name\":\"ledger-0\"}],\"meta\":{\"total_pages\":2}}");
	tree_script(fixture, "200 OK", "{\"ledgers\":[");
	script_ledgers(fixture, 12, 12);
	tree_start(fixture);
	listing = begin_list(fixture, "ledgers", &collection);
	while (collection->resource.busy)
		g_main_context_iteration(NULL, TRUE);
	pfs_tree_expire(fixture->tree, pfs_tree_get_root(fixture->tree));
	tree_read_list(fixture, listing);
	assert_ledgers(listing, 12);
}

/* Who has left a list half read does not give it to those who come later. */
static void
test_left_half_read(TreeFixture *fixture, gconstpointer data)
{
	g_autoptr(PfsListing) listing = NULL;
	g_autoptr(PfsListing) later = NULL;
	PfsCollection *collection;

	script_ledgers(fixture, 9, 20);
	script_ledgers(fixture, 3, 3);
	tree_start(fixture);
	fixture->tree->options.ttl_us[PFS_TTL_LIST] = 1;
	listing = begin_list(fixture, "ledgers", &collection);
	while (collection->pages->len > 0)
		g_main_context_iteration(NULL, TRUE);
	g_assert_true(collection->resource.busy);
	later = tree_open_list(fixture, "ledgers");
	fixture->tree->options.ttl_us[PFS_TTL_LIST] = G_USEC_PER_SEC;
	tree_read_list(fixture, later);
	assert_ledgers(later, 3);
	tree_read_list(fixture, listing);
	assert_ledgers(listing, 3);
}

/* A record of an ID, and many values of names that no other has. */
static char *
dup_wide(const char *id, const char *prefix)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "{\"id\":\"%s\",\"name\":\"%s\"", id, prefix);
	for (guint i = 0; i < 1000; i++)
		g_string_append_printf(text, ",\"%s%u\":1", prefix, i);
	g_string_append_c(text, '}');
	return g_string_free(text, FALSE);
}

/* A cloud that has told nonsense, and then the truth, is believed, at the second time of asking. */
static void
test_full_of_keys(TreeFixture *fixture, gconstpointer data)
{
	g_autofree char *junk = dup_wide(ID_A, "junk");
	g_autofree char *more = dup_wide(ID_B, "more");
	g_autofree char *junk_list = g_strdup_printf("[%s]", junk);
	g_autofree char *good_list = g_strdup_printf("[%s,{\"id\":\"%s\"}]", more, ID_C);

	tree_script(fixture, "200 OK", junk_list);
	tree_script(fixture, "200 OK", good_list);
	tree_script(fixture, "200 OK", good_list);
	tree_start(fixture);
	tree_assert_content(fixture, "devices/junk/junk999", "1\n");
	pfs_tree_expire(fixture->tree, pfs_tree_get_root(fixture->tree));
	tree_assert_errno(fixture, "devices/more/more999", EBADMSG);
	pfs_tree_expire(fixture->tree, pfs_tree_get_root(fixture->tree));
	tree_assert_content(fixture, "devices/more/more999", "1\n");
	tree_assert_errno(fixture, "devices/junk", ENOENT);
}

/* Nor does a record that comes by itself find no room for ever. */
static void
test_full_for_one(TreeFixture *fixture, gconstpointer data)
{
	g_autofree char *junk = dup_wide(ID_A, "junk");
	g_autofree char *more = dup_wide(ID_B, "more");

	tree_script(fixture, "200 OK", "{\"products\":[{\"id\":1,\"slug\":\"p\",\"name\":\"p\"}]}");
	tree_script(fixture, "200 OK", junk);
	tree_script(fixture, "200 OK", more);
	tree_script(fixture, "200 OK", more);
	tree_start(fixture);
	tree_assert_content(fixture, "products/p/devices/" ID_A "/junk999", "1\n");
	tree_assert_errno(fixture, "products/p/devices/" ID_B, EBADMSG);
	pfs_tree_expire(fixture->tree, pfs_tree_get_root(fixture->tree));
	tree_assert_content(fixture, "products/p/devices/" ID_B "/more999", "1\n");
}

/* Records of a MiB in all, the last of them called @name. */
static char *
dup_mebibyte(const char *begin, const char *name)
{
	g_autofree char *notes = g_strnfill(1 << 20, 'n');

	return g_strdup_printf("%s{\"id\":\"" ID_A "\",\"name\":\"%s\",\"notes\":\"%s\"}]%s", begin,
			       name, notes, *begin == '{' ? ",\"meta\":{\"total_pages\":1}}" : "");
}

typedef struct {
	guint names;
	guint others;
} Changes;

static void
changed_cb(const char *path, PfsChange change, gpointer user_data)
{
	Changes *changes = user_data;

	if (change == PFS_CHANGE_NAME)
		changes->names++;
	else
		changes->others++;
}

/* As who works there reads it: nothing above is looked up. */
static void
assert_online(TreeFixture *fixture, PfsEntry *device)
{
	g_autoptr(PfsEntry) online = NULL;
	g_autoptr(GBytes) content = NULL;
	PfsAccess access;
	gint64 valid_us;

	pfs_access_init(&access, FALSE);
	while (pfs_tree_lookup(fixture->tree, device, "online", &access, &online) == PFS_PENDING)
		tree_wait_for(fixture, &access);
	g_assert_no_error(access.error);
	while (pfs_tree_read(fixture->tree, online, &access, &content, &valid_us) == PFS_PENDING)
		tree_wait_for(fixture, &access);
	g_assert_no_error(access.error);
	g_assert_cmpmem(g_bytes_get_data(content, NULL), g_bytes_get_size(content), "true\n", 5);
}

/* For a list that comes others are forgotten, as none of their names has gone: who stands there is
 * not told, and has all again. */
static void
test_many_lists(TreeFixture *fixture, gconstpointer data)
{
	g_autofree char *devices = dup_mebibyte("[", "lamp");
	g_autofree char *ledgers = dup_mebibyte("{\"ledgers\":[", "one");
	g_autoptr(PfsEntry) lamp = NULL;
	PfsCollection *collection;
	Changes changes = { 0 };
	int code = 0;

	tree_script(fixture, "200 OK", devices);
	tree_script(fixture, "200 OK", ledgers);
	tree_script(fixture, "200 OK", "{\"id\":\"" ID_A "\",\"name\":\"lamp\",\"online\":true}");
	tree_script(fixture, "200 OK", "[{\"id\":\"" ID_A "\",\"name\":\"lamp\"}]");
	tree_start(fixture);
	pfs_tree_set_change_func(fixture->tree, changed_cb, &changes);
	pfs_tables_set_limit(3 << 19);
	lamp = tree_walk(fixture, "devices/lamp", &code);
	g_assert_nonnull(pfs_tree_find_record(fixture->tree, lamp, &collection));
	tree_assert_list(fixture, "ledgers", "new query one ");
	g_assert_null(pfs_tree_find_record(fixture->tree, lamp, NULL));
	g_assert_cmpuint(pfs_table_get_bytes(collection->table), ==, 0);
	g_assert_cmpuint(changes.names + changes.others, ==, 0);
	assert_online(fixture, lamp);
	g_assert_nonnull(pfs_tree_find_record(fixture->tree, lamp, NULL));
	tree_assert_list(fixture, "devices", "claim claim-code by-id by-serial by-status lamp ");
	g_assert_cmpuint(changes.names, ==, 0);
	pfs_tree_set_change_func(fixture->tree, NULL, NULL);
	pfs_tables_set_limit(256 << 20);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add(path, TreeFixture, NULL, NULL, test, tree_tear_down)
	ADD("/list/short-pages", test_short_pages);
	ADD("/list/never-sent", test_never_sent);
	ADD("/list/name-is-row", test_name_is_row);
	ADD("/list/late-members", test_late_members);
	ADD("/list/fetched-anew", test_fetched_anew);
	ADD("/list/other-closes", test_other_closes);
	ADD("/list/nobody-reads", test_nobody_reads);
	ADD("/list/begun-anew", test_begun_anew);
	ADD("/list/left-half-read", test_left_half_read);
	ADD("/list/full-of-keys", test_full_of_keys);
	ADD("/list/full-for-one", test_full_for_one);
	ADD("/list/many-lists", test_many_lists);
	return g_test_run();
}
