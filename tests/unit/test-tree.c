/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "tree-fixture.h"

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

static void
test_one_request(TreeFixture *fixture, gconstpointer data)
{
	tree_script(fixture, "200 OK", devices);
	tree_start(fixture);
	tree_assert_list(
	    fixture, "devices",
	    "claim claim-code by-id by-serial by-status greenhouse twin~000002 twin~000003 ");
	tree_assert_content(fixture, "devices/greenhouse/online", "true\n");
	tree_assert_content(fixture, "devices/greenhouse/platform", "boron\n");
	tree_assert_content(fixture, "devices/twin~000002/platform", "platform 99\n");
	tree_assert_content(fixture, "devices/greenhouse/groups", "a\nb\n");
	tree_assert_content(fixture, "devices/greenhouse/notes", "");
	tree_assert_content(fixture, "devices/" ID_B "/name", "twin\n");
	tree_assert_content(fixture, "devices/greenhouse/signal", "unknown\n");
	tree_assert_list(fixture, "devices/greenhouse/functions", "water ");
	tree_assert_list(fixture, "devices/greenhouse/variables", "soil ");
	tree_assert_list(fixture, "devices/by-id", ID_A " " ID_B " " ID_C " ");
	tree_assert_list(fixture, "devices/by-status/offline", "twin~000002 ");
	tree_assert_errno(fixture, "devices/nobody", ENOENT);
	tree_assert_errno(fixture, "devices/greenhouse/variables/nothing", ENOENT);
	tree_assert_errno(fixture, "devices/greenhouse/imei", ENOENT);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 1);
}

static gint64
get_valid_us(TreeFixture *fixture, const char *path)
{
	int code = 0;
	g_autoptr(PfsEntry) entry = tree_walk(fixture, path, &code);
	PfsStat known;

	pfs_tree_stat(fixture->tree, entry, &known);
	return known.valid_us;
}

/* A kernel that believes nothing of a stale listing asks again for each of its directories. */
static void
test_stale(TreeFixture *fixture, gconstpointer data)
{
	tree_script(fixture, "200 OK", devices);
	tree_start(fixture);
	tree_assert_content(fixture, "devices/greenhouse/online", "true\n");
	g_assert_cmpint(get_valid_us(fixture, "devices/greenhouse"), >, G_USEC_PER_SEC);
	g_assert_cmpint(get_valid_us(fixture, "devices/greenhouse/online"), >, G_USEC_PER_SEC);
	pfs_tree_expire(fixture->tree, pfs_tree_get_root(fixture->tree));
	g_assert_cmpint(get_valid_us(fixture, "devices/greenhouse"), ==, G_USEC_PER_SEC);
	g_assert_cmpint(get_valid_us(fixture, "devices/greenhouse/online"), ==, 0);
}

static void
test_links(TreeFixture *fixture, gconstpointer data)
{
	int code = 0;
	g_autoptr(PfsEntry) by_id = NULL;
	g_autoptr(PfsEntry) by_status = NULL;
	g_autofree char *one = NULL;
	g_autofree char *other = NULL;

	tree_script(fixture, "200 OK", devices);
	tree_start(fixture);
	by_id = tree_walk(fixture, "devices/by-id/" ID_A, &code);
	by_status = tree_walk(fixture, "devices/by-status/online/greenhouse", &code);
	one = pfs_tree_readlink(fixture->tree, by_id);
	other = pfs_tree_readlink(fixture->tree, by_status);
	g_assert_cmpstr(one, ==, "../greenhouse");
	g_assert_cmpstr(other, ==, "../../greenhouse");
}

static void
test_variable(TreeFixture *fixture, gconstpointer data)
{
	g_autofree char *request = NULL;

	tree_script(fixture, "200 OK", devices);
	tree_script(fixture, "200 OK", "{\"name\":\"soil\",\"result\":21.50}");
	tree_start(fixture);
	tree_assert_content(fixture, "devices/greenhouse/variables/soil", "21.50\n");
	tree_assert_content(fixture, "devices/greenhouse/variables/soil", "21.50\n");
	request = fake_server_dup_last(fixture->server);
	g_assert_true(g_str_has_prefix(request, "GET /v1/devices/" ID_A "/soil HTTP/1.1\r\n"));
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 2);
}

typedef struct {
	TreeFixture *fixture;
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
act(TreeFixture *fixture, const char *path, PfsAct act, const char *text)
{
	Outcome outcome = { .fixture = fixture };
	g_autoptr(PfsEntry) entry = tree_walk(fixture, path, &outcome.code);
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
test_function_expires(TreeFixture *fixture, gconstpointer data)
{
	Outcome outcome;

	tree_script(fixture, "200 OK", devices);
	tree_script(fixture, "200 OK", "{\"result\":1}");
	tree_script(fixture, "200 OK", "{\"return_value\":0}");
	tree_script(fixture, "200 OK", "{\"result\":2}");
	tree_start(fixture);
	tree_assert_content(fixture, "devices/greenhouse/variables/soil", "1\n");
	outcome = act(fixture, "devices/greenhouse/functions/water", PFS_ACT_WRITE, "30");
	g_free(outcome.result);
	tree_assert_content(fixture, "devices/greenhouse/variables/soil", "2\n");
}

static void
test_function(TreeFixture *fixture, gconstpointer data)
{
	g_autofree char *request = NULL;
	Outcome outcome;

	tree_script(fixture, "200 OK", devices);
	tree_script(fixture, "200 OK", "{\"id\":\"" ID_A "\",\"return_value\":30}");
	tree_start(fixture);
	outcome = act(fixture, "devices/greenhouse/functions/water", PFS_ACT_WRITE, "30");
	g_assert_cmpstr(outcome.result, ==, "30\n");
	g_free(outcome.result);
	tree_assert_content(fixture, "devices/greenhouse/functions/water", "30\n");
	request = fake_server_dup_last(fixture->server);
	g_assert_true(g_str_has_prefix(request, "POST /v1/devices/" ID_A "/water HTTP/1.1\r\n"));
	g_assert_true(g_str_has_suffix(request, "\r\n\r\n{\"args\":\"30\"}"));
}

/* Nobody could read what it gave. */
static void
test_publish_keeps_nothing(TreeFixture *fixture, gconstpointer data)
{
	Outcome outcome;

	tree_script(fixture, "200 OK", "{\"ok\":true}");
	tree_start(fixture);
	outcome = act(fixture, "topics/any", PFS_ACT_WRITE, "21");
	g_assert_cmpint(outcome.code, ==, 0);
	g_free(outcome.result);
	g_assert_cmpuint(g_hash_table_size(fixture->tree->results), ==, 0);
}

/* What is wrong before anything is sent. */
static void
test_refused(TreeFixture *fixture, gconstpointer data)
{
	g_autofree char *long_text = g_strnfill(2000, 'x');

	tree_script(fixture, "200 OK", devices);
	tree_start(fixture);
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
test_rename(TreeFixture *fixture, gconstpointer data)
{
	Outcome outcome;

	tree_script(fixture, "200 OK", devices);
	tree_script(fixture, "200 OK", "{\"id\":\"" ID_A "\",\"name\":\"glasshouse\"}");
	tree_start(fixture);
	outcome = act(fixture, "devices/greenhouse", PFS_ACT_RENAME, "glasshouse");
	g_assert_cmpint(outcome.code, ==, 0);
	g_free(outcome.result);
	tree_assert_list(
	    fixture, "devices",
	    "claim claim-code by-id by-serial by-status glasshouse twin~000002 twin~000003 ");
	tree_assert_errno(fixture, "devices/greenhouse", ENOENT);
	/* Nobody could read what it gave. */
	g_assert_cmpuint(g_hash_table_size(fixture->tree->results), ==, 0);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 2);
}

/* The cloud says 400 for a device that does not answer; it is listed offline. */
static void
test_offline(TreeFixture *fixture, gconstpointer data)
{
	static const char offline[] =
	    "[{\"id\":\"" ID_A "\",\"name\":\"cellar\",\"online\":false,\"functions\":[\"led\"],"
	    "\"variables\":{\"temp\":\"double\"}}]";

	tree_script(fixture, "200 OK", offline);
	tree_script(fixture, "400 Bad Request", "{\"ok\":false,\"error\":\"Timed out.\"}");
	tree_start(fixture);
	g_assert_cmpint(act(fixture, "devices/cellar/functions/led", PFS_ACT_WRITE, "on").code, ==,
			EHOSTDOWN);
}

static void
test_csv(TreeFixture *fixture, gconstpointer data)
{
	tree_script(fixture, "200 OK",
		    "[{\"id\":\"a\",\"notes\":\"one, "
		    "\\\"two\\\"\\nthree\"},{\"id\":\"b\",\"online\":true}]");
	tree_start(fixture);
	tree_assert_content(fixture, "devices.csv",
			    "id,notes,online\r\na,\"one, \"\"two\"\"\nthree\",\r\nb,,true\r\n");
}

/* What an answer calls an ID neither leaves the tree nor reaches another endpoint. */
static void
test_hostile_ids(TreeFixture *fixture, gconstpointer data)
{
	int code = 0;
	g_autoptr(PfsEntry) by_id = NULL;
	g_autoptr(PfsEntry) by_serial = NULL;
	g_autofree char *link = NULL;
	g_autofree char *other = NULL;
	g_autofree char *request = NULL;

	tree_script(
	    fixture, "200 OK",
	    "[{\"id\":\"../../etc\",\"name\":\"../x\"},{\"id\":\"..\",\"name\":\"dots\"},"
	    "{\"id\":\"a/b?c#d%\\n\",\"name\":\"a\\u001b[2J\",\"variables\":{\"v\":\"int\"}}]");
	tree_script(fixture, "200 OK", "{\"result\":1}");
	tree_script(fixture, "200 OK", "{\"device_id\":\"../../../../etc/passwd\"}");
	tree_start(fixture);
	tree_assert_list(fixture, "devices/by-id", "%2E.%2F..%2Fetc %2E. a%2Fb?c#d%25%0A ");
	by_id = tree_walk(fixture, "devices/by-id/%2E.%2F..%2Fetc", &code);
	link = pfs_tree_readlink(fixture->tree, by_id);
	g_assert_cmpstr(link, ==, "../%2E.%2Fx");
	tree_assert_content(fixture, "devices/a%1B[2J/variables/v", "1\n");
	request = fake_server_dup_last(fixture->server);
	g_assert_true(
	    g_str_has_prefix(request, "GET /v1/devices/a%2Fb%3Fc%23d%25%0A/v HTTP/1.1\r\n"));
	by_serial = tree_walk(fixture, "devices/by-serial/P046AF450KGXTXF", &code);
	g_assert_nonnull(by_serial);
	other = pfs_tree_readlink(fixture->tree, by_serial);
	g_assert_cmpstr(other, ==, "../%2E.%2F..%2F..%2F..%2Fetc%2Fpasswd");
	tree_assert_errno(fixture, "devices/dots/variables/v", EINVAL);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 3);
}

static void
take_event(TreeFixture *fixture, const char *name, const char *coreid, const char *data,
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
test_hostile_events(TreeFixture *fixture, gconstpointer data)
{
	g_autofree char *large = g_strnfill(100000, '9');

	tree_script(fixture, "200 OK", devices);
	tree_start(fixture);
	tree_assert_content(fixture, "devices/greenhouse/last_heard", "2025-03-14T09:26:53.589Z\n");
	take_event(fixture, "spark/status", ID_A, "online", large);
	tree_assert_content(fixture, "devices/greenhouse/last_heard", "2025-03-14T09:26:53.589Z\n");
	take_event(fixture, "spark/status", ID_A, "offline", "2025-03-14T09:27:00.000Z");
	tree_assert_content(fixture, "devices/greenhouse/last_heard", "2025-03-14T09:27:00.000Z\n");
	tree_assert_content(fixture, "devices/greenhouse/online", "false\n");
	for (guint i = 0; i < 100; i++) {
		g_autofree char *id = g_strdup_printf("%u", i);

		take_event(fixture, "spark/flash/status", id, "success ", NULL);
	}
	g_assert_cmpuint(g_hash_table_size(fixture->tree->progress), ==, 0);
	take_event(fixture, "spark/flash/status", ID_A, "success ", NULL);
	g_assert_cmpuint(g_hash_table_size(fixture->tree->progress), ==, 1);
}

/* An answer that is none is told with its request. */
static void
test_garbage_told(TreeFixture *fixture, gconstpointer data)
{
	int code = 0;
	g_autoptr(PfsEntry) entry = NULL;
	GBytes *content;
	PfsAccess access;
	PfsOutcome outcome;
	gint64 valid_us;
	char told[1024] = "";

	tree_script(fixture, "200 OK", devices);
	tree_script(fixture, "200 OK", "{\"result\": tru, oops");
	tree_start(fixture);
	entry = tree_walk(fixture, "devices/greenhouse/variables/soil", &code);
	pfs_access_init(&access, FALSE);
	while ((outcome = pfs_tree_read(fixture->tree, entry, &access, &content, &valid_us)) ==
	       PFS_PENDING)
		tree_wait_for(fixture, &access);
	g_assert_error(access.error, PFS_ERROR, EBADMSG);
	pfs_access_clear(&access);
	pfs_log_read(fixture->tree->errors, 0, told, sizeof(told) - 1);
	g_assert_nonnull(strstr(told, " /devices/greenhouse/variables/soil: GET /v1/devices/"));
	g_assert_nonnull(strstr(told, "/soil: the answer is not"));
}

/* Without what can't be sent it would be a question for everything. */
static void
test_no_text(TreeFixture *fixture, gconstpointer data)
{
	g_autoptr(PfsEntry) created = NULL;
	g_autoptr(PfsEntry) vars = NULL;
	int code = 0;

	tree_script(fixture, "200 OK", devices);
	tree_start(fixture);
	tree_assert_errno(fixture, "libraries/search/\xff", ENOENT);
	tree_assert_errno(fixture, "libraries/\xff", ENOENT);
	tree_assert_errno(fixture, "topics/\xff", ENOENT);
	tree_assert_errno(fixture, "devices/all/variables/\xff.csv", ENOENT);
	tree_assert_errno(fixture, "devices/\xff", ENOENT);
	vars = tree_walk(fixture, "env/vars", &code);
	created = pfs_tree_create(fixture->tree, vars, "\xff");
	g_assert_null(created);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 0);
}

static void
test_garbage(TreeFixture *fixture, gconstpointer data)
{
	tree_script(fixture, "200 OK", "[{\"id\":");
	tree_start(fixture);
	tree_assert_errno(fixture, "devices/greenhouse", EBADMSG);
}

static void
append_functions(GString *json, const char *name, guint count)
{
	g_string_append_printf(json, "{\"id\":\"%s\",\"name\":\"%s\",\"functions\":[\"f0\"", name,
			       name);
	for (guint i = 1; i < count; i++)
		g_string_append_printf(json, ",\"f%u\"", i);
	g_string_append(json, "]}");
}

/* Each would be looked for among all, by whoever lists them with what they are. */
static void
test_many_members(TreeFixture *fixture, gconstpointer data)
{
	g_autoptr(GString) json = g_string_new("[");
	g_autoptr(PfsListing) listing = NULL;
	g_autoptr(PfsEntry) functions = NULL;
	g_autoptr(PfsEntry) last = NULL;
	PfsListing *none = NULL;
	PfsAccess access;
	int code = 0;

	append_functions(json, "some", 1024);
	g_string_append_c(json, ',');
	append_functions(json, "more", 1025);
	g_string_append_c(json, ']');
	tree_script(fixture, "200 OK", json->str);
	tree_start(fixture);
	last = tree_walk(fixture, "devices/some/functions/f1023", &code);
	g_assert_nonnull(last);
	listing = tree_open_list(fixture, "devices/some/functions");
	g_assert_cmpuint(pfs_listing_get_size(listing), ==, 1024);
	tree_assert_content(fixture, "devices/more/name", "more\n");
	tree_assert_errno(fixture, "devices/more/functions/f0", ENOENT);
	functions = tree_walk(fixture, "devices/more/functions", &code);
	pfs_access_init(&access, FALSE);
	g_assert_cmpint(pfs_tree_list(fixture->tree, functions, &access, &none), ==, PFS_FAILED);
	g_assert_error(access.error, PFS_ERROR, EBADMSG);
	pfs_access_clear(&access);
}

/* However many names are looked up in it, an answer is read once. */
static void
test_items_kept(TreeFixture *fixture, gconstpointer data)
{
	static const char *const answers[] = {
		"{\"latest\":{\"own\":{\"a\":{\"value\":\"1\"}},\"inherited\":{\"b\":{\"value\":"
		"\"2\"}}}}",
		"{\"latest\":{\"own\":{\"a\":{\"value\":\"3\"}},\"inherited\":{\"b\":{\"value\":"
		"\"4\"}}}}",
	};
	json_t *items[4];
	int code = 0;

	tree_script(fixture, "200 OK", answers[0]);
	tree_script(fixture, "200 OK", answers[1]);
	tree_start(fixture);
	tree_assert_content(fixture, "env/vars/a", "1\n");
	for (guint i = 0; i < 4; i++) {
		g_autoptr(PfsEntry) vars = tree_walk(fixture, "env/vars", &code);
		PfsAccess access;

		/* The variables of its own, and the inherited ones. */
		pfs_access_init(&access, FALSE);
		g_assert_cmpint(pfs_tree_get_items(fixture->tree, &vars->node->children[i % 2],
						   vars, &access, &items[i]),
				==, PFS_READY);
	}
	g_assert_true(items[2] == items[0]);
	g_assert_true(items[3] == items[1]);
	g_assert_true(items[1] != items[0]);
	for (guint i = 0; i < 4; i++)
		json_decref(items[i]);
	pfs_tree_expire(fixture->tree, pfs_tree_get_root(fixture->tree));
	tree_assert_content(fixture, "env/vars/a", "3\n");
	tree_assert_content(fixture, "env/vars/b", "4\n");
}

/* What is asked for again may be larger than it was: that counts, though no answer is new. */
static void
test_answers_grow(TreeFixture *fixture, gconstpointer data)
{
	static const char *const names[] = { "soil", "air", "sun", "moon" };
	g_autofree char *large = g_strnfill(15 << 20, 'x');
	g_autofree char *result = g_strdup_printf("{\"result\":\"%s\"}", large);
	g_autofree char *line = g_strdup_printf("%s\n", large);

	tree_script(fixture, "200 OK",
		    "[{\"id\":\"" ID_A "\",\"name\":\"greenhouse\",\"online\":true,"
		    "\"variables\":{\"soil\":\"string\",\"air\":\"string\",\"sun\":\"string\","
		    "\"moon\":\"string\"}}]");
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		tree_script(fixture, "200 OK", "{\"result\":\"small\"}");
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		tree_script(fixture, "200 OK", result);
	tree_start(fixture);
	for (guint i = 0; i < 2 * G_N_ELEMENTS(names); i++) {
		const char *name = names[i % G_N_ELEMENTS(names)];
		g_autofree char *path = g_strconcat("devices/greenhouse/variables/", name, NULL);

		pfs_tree_expire_answers(fixture->tree, "/");
		tree_assert_content(fixture, path, i < G_N_ELEMENTS(names) ? "small\n" : line);
		/* And what was picked of the one that was just read. */
		g_assert_cmpuint(pfs_answers_get_bytes(), <, 95 << 20);
	}
}

/* Whoever has the file open does not keep its answer from being forgotten. */
static void
test_answer_forgotten(TreeFixture *fixture, gconstpointer data)
{
	int code = 0;
	g_autoptr(PfsEntry) entry = NULL;

	tree_script(fixture, "200 OK", "{\"latest\":1}");
	tree_script(fixture, "200 OK", "{\"latest\":2}");
	tree_start(fixture);
	entry = tree_walk(fixture, "env/info.json", &code);
	tree_assert_entry_content(fixture, entry, "{\"latest\":1}\n");
	tree_assert_entry_content(fixture, entry, "{\"latest\":1}\n");
	g_hash_table_remove_all(fixture->tree->answers);
	g_assert_cmpuint(pfs_answers_get_bytes(), ==, 0);
	tree_assert_entry_content(fixture, entry, "{\"latest\":2}\n");
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add(path, TreeFixture, NULL, NULL, test, tree_tear_down)
	ADD("/tree/one-request", test_one_request);
	ADD("/tree/links", test_links);
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
	ADD("/tree/many-members", test_many_members);
	ADD("/tree/answers-grow", test_answers_grow);
	ADD("/tree/answer-forgotten", test_answer_forgotten);
	ADD("/tree/items-kept", test_items_kept);
	return g_test_run();
}
