/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "../../src/tree/node.h"
#include "fake-server.h"

#define ID_A "e00fce680000000000000001"
#define ID_B "e00fce680000000000000002"
#define ID_C "e00fce680000000000000003"

static const char devices[] =
    "[{\"id\":\"" ID_A "\",\"name\":\"greenhouse\",\"online\":true,\"platform_id\":13,"
    "\"last_heard\":\"2025-03-14T09:26:53.589Z\",\"groups\":[\"a\",\"b\"],\"notes\":null,"
    "\"functions\":[\"water\"],\"variables\":{\"soil\":\"double\"}},"
    "{\"id\":\"" ID_B
    "\",\"name\":\"twin\",\"online\":false,\"platform_id\":99,\"functions\":[],\"variables\":{}},"
    "{\"id\":\"" ID_C "\",\"name\":\"twin\",\"online\":true,\"functions\":[],\"variables\":{}}]";

typedef struct {
	FakeStep steps[24];
	char *answers[24];
	guint n_steps;
	FakeServer *server;
	PfsToken *token;
	PfsHttp *http;
	PfsApi *api;
	PfsHub *hub;
	PfsTree *tree;
	GMainLoop *loop;
} Fixture;

/* The server answers in this order, each a status and a body. */
static void
script(Fixture *fixture, const char *status, const char *body)
{
	char *answer = g_strdup_printf("HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
				       "Content-Length: %zu\r\n\r\n%s",
				       status, strlen(body), body);

	fixture->answers[fixture->n_steps] = answer;
	fixture->steps[fixture->n_steps++].answer = answer;
}

static void
start(Fixture *fixture)
{
	PfsHttpOptions options = { .timeout_ms = 2000 };
	PfsHubOptions hub_options = { .buffer_bytes = 1 << 20 };
	PfsTreeOptions tree_options;

	fixture->server = fake_server_new(fixture->steps, fixture->n_steps);
	options.base_url = fake_server_get_url(fixture->server);
	g_setenv("PARTICLE_TOKEN", "token", TRUE);
	fixture->token = pfs_token_find(NULL, NULL, NULL);
	fixture->http = pfs_http_new(&options, fixture->token, NULL);
	fixture->api = pfs_api_new(fixture->http);
	fixture->hub = pfs_hub_new(fixture->api, &hub_options);
	pfs_tree_options_init(&tree_options);
	fixture->tree = pfs_tree_new(fixture->api, fixture->hub, fixture->token, &tree_options);
	fixture->loop = g_main_loop_new(NULL, FALSE);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
	pfs_tree_free(fixture->tree);
	pfs_hub_free(fixture->hub);
	pfs_api_free(fixture->api);
	pfs_http_free(fixture->http);
	pfs_token_free(fixture->token);
	fake_server_free(fixture->server);
	g_main_loop_unref(fixture->loop);
	for (guint i = 0; i < fixture->n_steps; i++)
		g_free(fixture->answers[i]);
}

static void
wake_cb(PfsWaiter *waiter)
{
	g_main_loop_quit(waiter->user_data);
}

static void
wait_for(Fixture *fixture, PfsAccess *access)
{
	PfsWaiter waiter = { .wake = wake_cb, .user_data = fixture->loop };

	pfs_resource_wait(access->waiting_for, &waiter);
	g_main_loop_run(fixture->loop);
}

/* Resolves a path as a kernel does; an errno where it fails. */
static PfsEntry *
walk(Fixture *fixture, const char *path, int *out_errno)
{
	g_auto(GStrv) names = g_strsplit(path, "/", -1);
	PfsEntry *entry = pfs_entry_ref(pfs_tree_get_root(fixture->tree));

	for (guint i = 0; names[i] != NULL && entry != NULL; i++) {
		PfsEntry *child = NULL;
		PfsAccess access;
		PfsOutcome outcome;

		pfs_access_init(&access, FALSE);
		while ((outcome = pfs_tree_lookup(fixture->tree, entry, names[i], &access,
						  &child)) == PFS_PENDING)
			wait_for(fixture, &access);
		if (outcome == PFS_FAILED)
			*out_errno = access.error->code;
		pfs_access_clear(&access);
		pfs_entry_unref(entry);
		entry = child;
	}
	return entry;
}

static void
assert_content(Fixture *fixture, const char *path, const char *expected)
{
	int code = 0;
	g_autoptr(PfsEntry) entry = walk(fixture, path, &code);
	g_autoptr(GBytes) content = NULL;
	PfsAccess access;
	PfsOutcome outcome;
	gint64 valid_us;

	g_assert_nonnull(entry);
	pfs_access_init(&access, FALSE);
	while ((outcome = pfs_tree_read(fixture->tree, entry, &access, &content, &valid_us)) ==
	       PFS_PENDING)
		wait_for(fixture, &access);
	g_assert_no_error(access.error);
	g_assert_cmpmem(g_bytes_get_data(content, NULL), g_bytes_get_size(content), expected,
			strlen(expected));
}

static void
assert_errno(Fixture *fixture, const char *path, int expected)
{
	int code = 0;
	g_autoptr(PfsEntry) entry = walk(fixture, path, &code);

	g_assert_null(entry);
	g_assert_cmpint(code, ==, expected);
}

static PfsListing *
open_list(Fixture *fixture, const char *path)
{
	int code = 0;
	g_autoptr(PfsEntry) entry = *path != '\0' ? walk(fixture, path, &code)
						  : pfs_entry_ref(pfs_tree_get_root(fixture->tree));
	PfsListing *listing = NULL;
	PfsAccess access;

	g_assert_nonnull(entry);
	pfs_access_init(&access, FALSE);
	while (pfs_tree_list(fixture->tree, entry, &access, &listing) == PFS_PENDING)
		wait_for(fixture, &access);
	g_assert_no_error(access.error);
	return listing;
}

/* As readdir() does: until nothing stands behind the last one. */
static void
read_list(Fixture *fixture, PfsListing *listing)
{
	guint size;

	do {
		PfsAccess access;

		size = pfs_listing_get_size(listing);
		pfs_access_init(&access, FALSE);
		while (pfs_listing_get_more(fixture->tree, listing, size, &access) == PFS_PENDING)
			wait_for(fixture, &access);
		g_assert_no_error(access.error);
	} while (pfs_listing_get_size(listing) > size);
}

static char *
list(Fixture *fixture, const char *path)
{
	g_autoptr(PfsListing) listing = open_list(fixture, path);
	GString *names = g_string_new(NULL);

	read_list(fixture, listing);
	for (guint i = 0; i < pfs_listing_get_size(listing); i++)
		g_string_append_printf(names, "%s ", pfs_listing_get_name(listing, i));
	return g_string_free(names, FALSE);
}

static void
assert_list(Fixture *fixture, const char *path, const char *expected)
{
	g_autofree char *names = list(fixture, path);

	g_assert_cmpstr(names, ==, expected);
}

static void
test_one_request(Fixture *fixture, gconstpointer data)
{
	script(fixture, "200 OK", devices);
	start(fixture);
	assert_list(
	    fixture, "devices",
	    "claim claim-code by-id by-serial by-status greenhouse twin~000002 twin~000003 ");
	assert_content(fixture, "devices/greenhouse/online", "true\n");
	assert_content(fixture, "devices/greenhouse/platform", "boron\n");
	assert_content(fixture, "devices/twin~000002/platform", "platform 99\n");
	assert_content(fixture, "devices/greenhouse/groups", "a\nb\n");
	assert_content(fixture, "devices/greenhouse/notes", "");
	assert_content(fixture, "devices/" ID_B "/name", "twin\n");
	assert_content(fixture, "devices/greenhouse/signal", "unknown\n");
	assert_list(fixture, "devices/greenhouse/functions", "water ");
	assert_list(fixture, "devices/greenhouse/variables", "soil ");
	assert_list(fixture, "devices/by-id", ID_A " " ID_B " " ID_C " ");
	assert_list(fixture, "devices/by-status/offline", "twin~000002 ");
	assert_errno(fixture, "devices/nobody", ENOENT);
	assert_errno(fixture, "devices/greenhouse/variables/nothing", ENOENT);
	assert_errno(fixture, "devices/greenhouse/imei", ENOENT);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 1);
}

/* Pages of a ledger each. They come side by side: the server knows none by its number. */
static void
script_ledgers(Fixture *fixture, guint pages)
{
	for (guint i = 0; i < pages; i++) {
		g_autofree char *page =
		    g_strdup_printf("{\"ledgers\":[{\"name\":\"ledger-%u\"}],\"meta\":{"
				    "\"total_pages\":%u}}",
				    i, pages);

		script(fixture, "200 OK", page);
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
test_short_pages(Fixture *fixture, gconstpointer data)
{
	g_autoptr(PfsListing) listing = NULL;

	script_ledgers(fixture, 20);
	start(fixture);
	listing = open_list(fixture, "ledgers");
	read_list(fixture, listing);
	assert_ledgers(listing, 20);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 20);
}

/* What can't be asked for fails each time: one try leaves nothing that the next would wait for. */
static void
test_never_sent(Fixture *fixture, gconstpointer data)
{
	g_autoptr(PfsEntry) instances = NULL;
	int code = 0;

	script(fixture, "200 OK", "{\"ledgers\":[{\"name\":\"..\"}],\"meta\":{\"total_pages\":1}}");
	start(fixture);
	instances = walk(fixture, "ledgers/%2E./instances", &code);
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
script_group(Fixture *fixture)
{
	script(fixture, "200 OK", "{\"products\":[{\"id\":1,\"slug\":\"p\",\"name\":\"p\"}]}");
	script(fixture, "200 OK",
	       "{\"groups\":[{\"name\":\"g\",\"color\":\"#ff0000\",\"description\":\"\"}]}");
}

/* What the group has itself is no device of it, whatever that is called. */
static void
test_name_is_row(Fixture *fixture, gconstpointer data)
{
	script_group(fixture);
	script(fixture, "200 OK",
	       "{\"devices\":[{\"id\":\"" ID_A "\",\"name\":\"color\",\"groups\":[\"g\"]},"
	       "{\"id\":\"" ID_B "\",\"name\":\"all\",\"groups\":[\"g\"]},"
	       "{\"id\":\"" ID_C "\",\"name\":\"lamp\",\"groups\":[\"g\"]}],"
	       "\"meta\":{\"total_pages\":1}}");
	start(fixture);
	assert_list(fixture, "products/p/groups/g", "color description device_count lamp ");
	assert_content(fixture, "products/p/groups/g/color", "#ff0000\n");
	assert_content(fixture, "products/p/devices/color/id", ID_A "\n");
	assert_content(fixture, "products/p/devices/all/id", ID_B "\n");
}

/* Members of a group may stand in any page of the product's devices. */
static void
test_late_members(Fixture *fixture, gconstpointer data)
{
	g_autofree char *names = NULL;

	script_group(fixture);
	for (guint i = 0; i < 12; i++) {
		g_autofree char *page = g_strdup_printf(
		    "{\"devices\":[{\"id\":\"id-%u\",\"name\":\"%u\",\"groups\":[\"%s\"]}],"
		    "\"meta\":{\"total_pages\":12}}",
		    i, i, i == 7 || i == 11 ? "g" : "other");

		script(fixture, "200 OK", page);
	}
	start(fixture);
	names = list(fixture, "products/p/groups/g");
	if (!g_str_equal(names, "color description device_count 11 7 "))
		g_assert_cmpstr(names, ==, "color description device_count 7 11 ");
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 14);
}

/* What is known is listed, whoever wants it newer meanwhile. */
static void
test_fetched_anew(Fixture *fixture, gconstpointer data)
{
	PfsWaiter waiter = { .wake = wake_cb };
	g_autoptr(PfsEntry) csv = NULL;
	GBytes *content;
	PfsAccess access;
	gint64 valid_us;
	int code = 0;

	script(fixture, "200 OK", "{\"products\":[{\"id\":1,\"slug\":\"p\",\"name\":\"p\"}]}");
	script(fixture, "200 OK",
	       "{\"devices\":[{\"id\":\"id-1\",\"name\":\"lamp\"}],\"meta\":{\"total_pages\":1}}");
	start(fixture);
	assert_list(fixture, "products/p/devices", "import provision query lamp ");
	csv = walk(fixture, "products/p/devices.csv", &code);
	pfs_access_init(&access, TRUE);
	g_assert_cmpint(pfs_tree_read(fixture->tree, csv, &access, &content, &valid_us), ==,
			PFS_PENDING);
	pfs_resource_wait(access.waiting_for, &waiter);
	assert_list(fixture, "products/p/devices", "import provision query lamp ");
	g_assert_nonnull(waiter.resource);
	pfs_waiter_cancel(&waiter);
}

/* Reads one page of a list, and asks for no more. */
static PfsListing *
begin_list(Fixture *fixture, const char *path, PfsCollection **out_collection)
{
	int code = 0;
	g_autoptr(PfsEntry) entry = walk(fixture, path, &code);
	const PfsNode *node = entry->node->children;

	while (node->collection == NULL)
		node++;
	*out_collection = pfs_tree_get_collection(fixture->tree, entry, node->collection);
	return open_list(fixture, path);
}

/* Who reads on finds the rest, whoever has read meanwhile, and has seen enough. */
static void
test_other_closes(Fixture *fixture, gconstpointer data)
{
	g_autoptr(PfsListing) listing = NULL;
	PfsCollection *collection;

	script_ledgers(fixture, 12);
	start(fixture);
	listing = begin_list(fixture, "ledgers", &collection);
	pfs_listing_free(open_list(fixture, "ledgers"));
	read_list(fixture, listing);
	assert_ledgers(listing, 12);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 12);
}

/* What is open keeps what is on its way; it does not make that go on. */
static void
test_nobody_reads(Fixture *fixture, gconstpointer data)
{
	PfsWaiter waiter = { .wake = wake_cb };
	PfsListing *listing;
	PfsCollection *collection;
	PfsAccess access;

	script_ledgers(fixture, 20);
	start(fixture);
	listing = begin_list(fixture, "ledgers", &collection);
	pfs_access_init(&access, FALSE);
	g_assert_cmpint(pfs_collection_get(collection, &access, 1, 0), ==, PFS_PENDING);
	pfs_resource_wait(access.waiting_for, &waiter);
	pfs_waiter_cancel(&waiter);
	while (collection->pages->len > 0)
		g_main_context_iteration(NULL, TRUE);
	g_assert_true(collection->resource.busy);
	g_assert_cmpuint(collection->read_pages, ==, 9);
	read_list(fixture, listing);
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
test_begun_anew(Fixture *fixture, gconstpointer data)
{
	g_autoptr(PfsListing) listing = NULL;
	PfsCollection *collection;

	script(fixture, "200 OK",
	       "{\"ledgers\":[{\"name\":\"ledger-0\"}],\"meta\":{\"total_pages\":2}}");
	script(fixture, "200 OK", "{\"ledgers\":[");
	script_ledgers(fixture, 12);
	start(fixture);
	listing = begin_list(fixture, "ledgers", &collection);
	while (collection->resource.busy)
		g_main_context_iteration(NULL, TRUE);
	pfs_tree_expire(fixture->tree, pfs_tree_get_root(fixture->tree));
	read_list(fixture, listing);
	assert_ledgers(listing, 12);
}

static gint64
get_valid_us(Fixture *fixture, const char *path)
{
	int code = 0;
	g_autoptr(PfsEntry) entry = walk(fixture, path, &code);
	PfsStat known;

	pfs_tree_stat(fixture->tree, entry, &known);
	return known.valid_us;
}

/* A kernel that believes nothing of a stale listing asks again for each of its directories. */
static void
test_stale(Fixture *fixture, gconstpointer data)
{
	script(fixture, "200 OK", devices);
	start(fixture);
	assert_content(fixture, "devices/greenhouse/online", "true\n");
	g_assert_cmpint(get_valid_us(fixture, "devices/greenhouse"), >, G_USEC_PER_SEC);
	g_assert_cmpint(get_valid_us(fixture, "devices/greenhouse/online"), >, G_USEC_PER_SEC);
	pfs_tree_expire(fixture->tree, pfs_tree_get_root(fixture->tree));
	g_assert_cmpint(get_valid_us(fixture, "devices/greenhouse"), ==, G_USEC_PER_SEC);
	g_assert_cmpint(get_valid_us(fixture, "devices/greenhouse/online"), ==, 0);
}

static void
test_links(Fixture *fixture, gconstpointer data)
{
	int code = 0;
	g_autoptr(PfsEntry) by_id = NULL;
	g_autoptr(PfsEntry) by_status = NULL;
	g_autofree char *one = NULL;
	g_autofree char *other = NULL;

	script(fixture, "200 OK", devices);
	start(fixture);
	by_id = walk(fixture, "devices/by-id/" ID_A, &code);
	by_status = walk(fixture, "devices/by-status/online/greenhouse", &code);
	one = pfs_tree_readlink(fixture->tree, by_id);
	other = pfs_tree_readlink(fixture->tree, by_status);
	g_assert_cmpstr(one, ==, "../greenhouse");
	g_assert_cmpstr(other, ==, "../../greenhouse");
}

static void
test_variable(Fixture *fixture, gconstpointer data)
{
	g_autofree char *request = NULL;

	script(fixture, "200 OK", devices);
	script(fixture, "200 OK", "{\"name\":\"soil\",\"result\":21.50}");
	start(fixture);
	assert_content(fixture, "devices/greenhouse/variables/soil", "21.50\n");
	assert_content(fixture, "devices/greenhouse/variables/soil", "21.50\n");
	request = fake_server_dup_last(fixture->server);
	g_assert_true(g_str_has_prefix(request, "GET /v1/devices/" ID_A "/soil HTTP/1.1\r\n"));
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 2);
}

typedef struct {
	Fixture *fixture;
	char *result;
	int code;
} Outcome;

static void
acted_cb(GBytes *result, const GError *error, gpointer user_data)
{
	Outcome *outcome = user_data;

	if (error != NULL)
		outcome->code = error->code;
	else
		outcome->result =
		    g_strndup(g_bytes_get_data(result, NULL), g_bytes_get_size(result));
	g_main_loop_quit(outcome->fixture->loop);
}

static Outcome
act(Fixture *fixture, const char *path, PfsAct act, const char *text)
{
	Outcome outcome = { .fixture = fixture };
	g_autoptr(PfsEntry) entry = walk(fixture, path, &outcome.code);
	g_autoptr(GError) error = NULL;

	g_assert_nonnull(entry);
	if (pfs_tree_act(fixture->tree, entry, act, text, strlen(text), acted_cb, &outcome,
			 &error) != NULL)
		g_main_loop_run(fixture->loop);
	else
		outcome.code = error->code;
	return outcome;
}

/* A function may have changed what the variable says, so that it is asked for again. */
static void
test_function_expires(Fixture *fixture, gconstpointer data)
{
	Outcome outcome;

	script(fixture, "200 OK", devices);
	script(fixture, "200 OK", "{\"result\":1}");
	script(fixture, "200 OK", "{\"return_value\":0}");
	script(fixture, "200 OK", "{\"result\":2}");
	start(fixture);
	assert_content(fixture, "devices/greenhouse/variables/soil", "1\n");
	outcome = act(fixture, "devices/greenhouse/functions/water", PFS_ACT_WRITE, "30");
	g_free(outcome.result);
	assert_content(fixture, "devices/greenhouse/variables/soil", "2\n");
}

static void
test_function(Fixture *fixture, gconstpointer data)
{
	g_autofree char *request = NULL;
	Outcome outcome;

	script(fixture, "200 OK", devices);
	script(fixture, "200 OK", "{\"id\":\"" ID_A "\",\"return_value\":30}");
	start(fixture);
	outcome = act(fixture, "devices/greenhouse/functions/water", PFS_ACT_WRITE, "30");
	g_assert_cmpstr(outcome.result, ==, "30\n");
	g_free(outcome.result);
	assert_content(fixture, "devices/greenhouse/functions/water", "30\n");
	request = fake_server_dup_last(fixture->server);
	g_assert_true(g_str_has_prefix(request, "POST /v1/devices/" ID_A "/water HTTP/1.1\r\n"));
	g_assert_true(g_str_has_suffix(request, "\r\n\r\n{\"args\":\"30\"}"));
}

/* Nobody could read what it gave. */
static void
test_publish_keeps_nothing(Fixture *fixture, gconstpointer data)
{
	Outcome outcome;

	script(fixture, "200 OK", "{\"ok\":true}");
	start(fixture);
	outcome = act(fixture, "topics/any", PFS_ACT_WRITE, "21");
	g_assert_cmpint(outcome.code, ==, 0);
	g_free(outcome.result);
	g_assert_cmpuint(g_hash_table_size(fixture->tree->results), ==, 0);
}

/* What is wrong before anything is sent. */
static void
test_refused(Fixture *fixture, gconstpointer data)
{
	g_autofree char *long_text = g_strnfill(2000, 'x');

	script(fixture, "200 OK", devices);
	start(fixture);
	g_assert_cmpint(act(fixture, "devices/greenhouse", PFS_ACT_MKDIR, "x").code, ==, EPERM);
	g_assert_cmpint(act(fixture, "devices/greenhouse/online", PFS_ACT_WRITE, "x").code, ==,
			EPERM);
	g_assert_cmpint(act(fixture, "devices/greenhouse/name", PFS_ACT_WRITE, "").code, ==,
			EINVAL);
	g_assert_cmpint(act(fixture, "devices/greenhouse/signal", PFS_ACT_WRITE, "maybe").code, ==,
			EINVAL);
	g_assert_cmpint(act(fixture, "devices/claim", PFS_ACT_WRITE, "").code, ==, EINVAL);
	/* Without what can't be sent it would be another call. */
	g_assert_cmpint(act(fixture, "devices/all/functions/water", PFS_ACT_WRITE, "\xff").code, ==,
			EINVAL);
	g_assert_cmpint(act(fixture, "env/apply", PFS_ACT_WRITE, "A=\xff").code, ==, EINVAL);
	g_assert_cmpint(
	    act(fixture, "devices/greenhouse/functions/water", PFS_ACT_WRITE, long_text).code, ==,
	    EMSGSIZE);
	g_assert_cmpint(act(fixture, "devices/all/functions/water", PFS_ACT_WRITE, long_text).code,
			==, EMSGSIZE);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 1);
}

static void
test_rename(Fixture *fixture, gconstpointer data)
{
	Outcome outcome;

	script(fixture, "200 OK", devices);
	script(fixture, "200 OK", "{\"id\":\"" ID_A "\",\"name\":\"glasshouse\"}");
	start(fixture);
	outcome = act(fixture, "devices/greenhouse", PFS_ACT_RENAME, "glasshouse");
	g_assert_cmpint(outcome.code, ==, 0);
	g_free(outcome.result);
	assert_list(
	    fixture, "devices",
	    "claim claim-code by-id by-serial by-status glasshouse twin~000002 twin~000003 ");
	assert_errno(fixture, "devices/greenhouse", ENOENT);
	/* Nobody could read what it gave. */
	g_assert_cmpuint(g_hash_table_size(fixture->tree->results), ==, 0);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 2);
}

/* The cloud says 400 for a device that does not answer; it is listed offline. */
static void
test_offline(Fixture *fixture, gconstpointer data)
{
	static const char offline[] =
	    "[{\"id\":\"" ID_A "\",\"name\":\"cellar\",\"online\":false,\"functions\":[\"led\"],"
	    "\"variables\":{\"temp\":\"double\"}}]";

	script(fixture, "200 OK", offline);
	script(fixture, "400 Bad Request", "{\"ok\":false,\"error\":\"Timed out.\"}");
	start(fixture);
	g_assert_cmpint(act(fixture, "devices/cellar/functions/led", PFS_ACT_WRITE, "on").code, ==,
			EHOSTDOWN);
}

static void
test_csv(Fixture *fixture, gconstpointer data)
{
	script(fixture, "200 OK",
	       "[{\"id\":\"a\",\"notes\":\"one, "
	       "\\\"two\\\"\\nthree\"},{\"id\":\"b\",\"online\":true}]");
	start(fixture);
	assert_content(fixture, "devices.csv",
		       "id,notes,online\r\na,\"one, \"\"two\"\"\nthree\",\r\nb,,true\r\n");
}

/* What an answer calls an ID neither leaves the tree nor reaches another endpoint. */
static void
test_hostile_ids(Fixture *fixture, gconstpointer data)
{
	int code = 0;
	g_autoptr(PfsEntry) by_id = NULL;
	g_autoptr(PfsEntry) by_serial = NULL;
	g_autofree char *link = NULL;
	g_autofree char *other = NULL;
	g_autofree char *request = NULL;

	script(fixture, "200 OK",
	       "[{\"id\":\"../../etc\",\"name\":\"../x\"},{\"id\":\"..\",\"name\":\"dots\"},"
	       "{\"id\":\"a/b?c#d%\\n\",\"name\":\"a\\u001b[2J\",\"variables\":{\"v\":\"int\"}}]");
	script(fixture, "200 OK", "{\"result\":1}");
	script(fixture, "200 OK", "{\"device_id\":\"../../../../etc/passwd\"}");
	start(fixture);
	assert_list(fixture, "devices/by-id", "%2E.%2F..%2Fetc %2E. a%2Fb?c#d%25%0A ");
	by_id = walk(fixture, "devices/by-id/%2E.%2F..%2Fetc", &code);
	link = pfs_tree_readlink(fixture->tree, by_id);
	g_assert_cmpstr(link, ==, "../%2E.%2Fx");
	assert_content(fixture, "devices/a%1B[2J/variables/v", "1\n");
	request = fake_server_dup_last(fixture->server);
	g_assert_true(
	    g_str_has_prefix(request, "GET /v1/devices/a%2Fb%3Fc%23d%25%0A/v HTTP/1.1\r\n"));
	by_serial = walk(fixture, "devices/by-serial/P046AF450KGXTXF", &code);
	g_assert_nonnull(by_serial);
	other = pfs_tree_readlink(fixture->tree, by_serial);
	g_assert_cmpstr(other, ==, "../%2E.%2F..%2F..%2F..%2Fetc%2Fpasswd");
	assert_errno(fixture, "devices/dots/variables/v", EINVAL);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 3);
}

static void
take_event(Fixture *fixture, const char *name, const char *coreid, const char *data,
	   const char *time)
{
	const PfsEvent event = { .name = name,
				 .coreid = coreid,
				 .published_at = time,
				 .data = data,
				 .data_length = strlen(data) };

	pfs_tree_take_event(NULL, &event, fixture->tree);
}

/* What an event says of a device is kept with it: nothing of those that are not known, and no long
 * texts. */
static void
test_hostile_events(Fixture *fixture, gconstpointer data)
{
	g_autofree char *large = g_strnfill(100000, '9');

	script(fixture, "200 OK", devices);
	start(fixture);
	assert_content(fixture, "devices/greenhouse/last_heard", "2025-03-14T09:26:53.589Z\n");
	take_event(fixture, "spark/status", ID_A, "online", large);
	assert_content(fixture, "devices/greenhouse/last_heard", "2025-03-14T09:26:53.589Z\n");
	take_event(fixture, "spark/status", ID_A, "offline", "2025-03-14T09:27:00.000Z");
	assert_content(fixture, "devices/greenhouse/last_heard", "2025-03-14T09:27:00.000Z\n");
	assert_content(fixture, "devices/greenhouse/online", "false\n");
	for (guint i = 0; i < 100; i++) {
		g_autofree char *id = g_strdup_printf("%u", i);

		take_event(fixture, "spark/flash/status", id, "success ", NULL);
	}
	g_assert_cmpuint(g_hash_table_size(fixture->tree->progress), ==, 0);
	take_event(fixture, "spark/flash/status", ID_A, "success ", NULL);
	g_assert_cmpuint(g_hash_table_size(fixture->tree->progress), ==, 1);
}

/* An answer that is none is found out when it is shown. */
static void
test_garbage_told(Fixture *fixture, gconstpointer data)
{
	int code = 0;
	g_autoptr(PfsEntry) entry = NULL;
	GBytes *content;
	PfsAccess access;
	PfsOutcome outcome;
	gint64 valid_us;
	char told[1024] = "";

	script(fixture, "200 OK", devices);
	script(fixture, "200 OK", "{\"result\": tru, oops");
	start(fixture);
	entry = walk(fixture, "devices/greenhouse/variables/soil", &code);
	pfs_access_init(&access, FALSE);
	while ((outcome = pfs_tree_read(fixture->tree, entry, &access, &content, &valid_us)) ==
	       PFS_PENDING)
		wait_for(fixture, &access);
	g_assert_error(access.error, PFS_ERROR, EBADMSG);
	pfs_access_clear(&access);
	pfs_log_read(fixture->tree->errors, 0, told, sizeof(told) - 1);
	g_assert_nonnull(
	    strstr(told, " /devices/greenhouse/variables/soil: getVariable: the answer is not"));
}

/* Without what can't be sent it would be a question for everything. */
static void
test_no_text(Fixture *fixture, gconstpointer data)
{
	g_autoptr(PfsEntry) created = NULL;
	g_autoptr(PfsEntry) vars = NULL;
	int code = 0;

	script(fixture, "200 OK", devices);
	start(fixture);
	assert_errno(fixture, "libraries/search/\xff", ENOENT);
	assert_errno(fixture, "libraries/\xff", ENOENT);
	assert_errno(fixture, "topics/\xff", ENOENT);
	assert_errno(fixture, "devices/all/variables/\xff.csv", ENOENT);
	assert_errno(fixture, "devices/\xff", ENOENT);
	vars = walk(fixture, "env/vars", &code);
	created = pfs_tree_create(fixture->tree, vars, "\xff");
	g_assert_null(created);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 0);
}

static void
test_garbage(Fixture *fixture, gconstpointer data)
{
	script(fixture, "200 OK", "[{\"id\":");
	start(fixture);
	assert_errno(fixture, "devices/greenhouse", EBADMSG);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add(path, Fixture, NULL, NULL, test, tear_down)
	ADD("/tree/one-request", test_one_request);
	ADD("/tree/links", test_links);
	ADD("/tree/short-pages", test_short_pages);
	ADD("/tree/never-sent", test_never_sent);
	ADD("/tree/name-is-row", test_name_is_row);
	ADD("/tree/late-members", test_late_members);
	ADD("/tree/fetched-anew", test_fetched_anew);
	ADD("/tree/other-closes", test_other_closes);
	ADD("/tree/nobody-reads", test_nobody_reads);
	ADD("/tree/begun-anew", test_begun_anew);
	ADD("/tree/stale", test_stale);
	ADD("/tree/variable", test_variable);
	ADD("/tree/function", test_function);
	ADD("/tree/function-expires", test_function_expires);
	ADD("/tree/publish-keeps-nothing", test_publish_keeps_nothing);
	ADD("/tree/refused", test_refused);
	ADD("/tree/rename", test_rename);
	ADD("/tree/offline", test_offline);
	ADD("/tree/csv", test_csv);
	ADD("/tree/hostile-ids", test_hostile_ids);
	ADD("/tree/hostile-events", test_hostile_events);
	ADD("/tree/garbage-told", test_garbage_told);
	ADD("/tree/no-text", test_no_text);
	ADD("/tree/garbage", test_garbage);
	return g_test_run();
}
