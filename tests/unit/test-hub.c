/* SPDX-License-Identifier: Apache-2.0 */
/* A stream from its opening to its end, against a small server of the test's own. */
#include <errno.h>
#include <string.h>

#include <particlefs/hub.h>
#include <particlefs/json.h>

#include "../../src/events/feed.h"
#include "fake-server.h"

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
#define EVENT(name, data, coreid)                                                                  \
	"event: " name "\ndata: {\"data\":\"" data "\",\"coreid\":\"" coreid "\"}\n\n"
#define LINE(name, data, coreid)                                                                   \
	"{\"name\":\"" name "\",\"data\":\"" data "\",\"coreid\":\"" coreid "\"}\n"

typedef struct {
	FakeServer *server;
	PfsToken *token;
	PfsHttp *http;
	PfsApi *api;
	PfsHub *hub;
	PfsFeed *feed;
	guint heard;
} Fixture;

static void
start(Fixture *fixture, const FakeStep *steps, guint n_steps, const PfsHubOptions *options)
{
	PfsHttpOptions http_options = { .timeout_ms = 2000 };
	g_autoptr(json_t) arguments = json_pack("{s:s}", "deviceId", "mine");

	fixture->server = fake_server_new(steps, n_steps);
	http_options.base_url = fake_server_get_url(fixture->server);
	g_setenv("PARTICLE_TOKEN", "token", TRUE);
	fixture->token = pfs_token_find(NULL, NULL, NULL);
	fixture->http = pfs_http_new(&http_options, fixture->token, NULL);
	fixture->api = pfs_api_new(fixture->http);
	fixture->hub = pfs_hub_new(fixture->api, options);
	g_assert_null(pfs_hub_peek_feed(fixture->hub, arguments));
	fixture->feed = pfs_hub_get_feed(fixture->hub, arguments);
	g_assert_true(pfs_hub_peek_feed(fixture->hub, arguments) == fixture->feed);
	g_assert_true(pfs_hub_get_feed(fixture->hub, arguments) == fixture->feed);
}

static void
stop(Fixture *fixture)
{
	pfs_hub_free(fixture->hub);
	pfs_api_free(fixture->api);
	pfs_http_free(fixture->http);
	pfs_token_free(fixture->token);
	fake_server_free(fixture->server);
}

static gboolean
timeout_cb(gpointer user_data)
{
	*(gboolean *)user_data = TRUE;
	return G_SOURCE_REMOVE;
}

static void
run_ms(guint ms)
{
	gboolean over = FALSE;

	g_timeout_add(ms, timeout_cb, &over);
	while (!over)
		g_main_context_iteration(NULL, TRUE);
}

static json_int_t
get_number(Fixture *fixture, const char *key)
{
	g_autoptr(json_t) all = pfs_hub_describe(fixture->hub);

	return json_integer_value(json_object_get(json_array_get(all, 0), key));
}

static char *
dup_state(Fixture *fixture)
{
	g_autoptr(json_t) all = pfs_hub_describe(fixture->hub);

	return g_strdup(json_string_value(json_object_get(json_array_get(all, 0), "state")));
}

static void
wait_for_number(Fixture *fixture, const char *key, json_int_t number)
{
	for (guint i = 0; i < 2000 && get_number(fixture, key) < number; i++)
		run_ms(10);
	g_assert_cmpint(get_number(fixture, key), ==, number);
}

static char *
dup_text(Fixture *fixture, PfsFeedView view, const char *coreid, const char *name)
{
	PfsFeedFilter filter = { view, coreid, name };
	PfsLog *log = pfs_feed_get_log(fixture->feed, &filter);
	gsize size = (gsize)(pfs_log_get_end(log) - pfs_log_get_start(log));
	char *text = g_malloc0(size + 1);

	g_assert_cmpint(pfs_log_read(log, pfs_log_get_start(log), text, size), ==, (gssize)size);
	return text;
}

static void
wake_cb(PfsWaiter *waiter)
{
	*(gboolean *)waiter->user_data = TRUE;
}

/* Opens as an operation does: asks, waits, asks again. */
static PfsOutcome
open_feed(Fixture *fixture, int *out_errno)
{
	gboolean woken = FALSE;
	PfsWaiter waiter = { .wake = wake_cb, .user_data = &woken };
	PfsAccess access;
	PfsOutcome outcome;

	pfs_access_init(&access, FALSE);
	while ((outcome = pfs_feed_open(fixture->feed, &access)) == PFS_PENDING) {
		woken = FALSE;
		pfs_resource_wait(access.waiting_for, &waiter);
		while (!woken)
			g_main_context_iteration(NULL, TRUE);
	}
	if (outcome == PFS_FAILED)
		*out_errno = access.error->code;
	pfs_access_clear(&access);
	return outcome;
}

static void
hear_cb(PfsFeed *feed, const PfsEvent *event, gpointer user_data)
{
	((Fixture *)user_data)->heard++;
}

/* One stream feeds the logs of all, of a device, and of a name; one that is asked for late too. */
static void
test_views(void)
{
	static const FakeStep steps[] = {
		{ HEAD ":ok\n\n" EVENT("temp", "1", "a") EVENT("temp", "2", "b")
		      EVENT("door", "open", "a"),
		  .close = TRUE },
		{ NULL, .delay_ms = 2000, .close = TRUE },
	};
	PfsHubOptions options = { .linger_ms = 1000, .buffer_bytes = 1 << 20, .backoff_ms = 60000 };
	Fixture fixture = { 0 };
	g_autofree char *early = NULL;
	g_autofree char *all = NULL;
	g_autofree char *device = NULL;
	g_autofree char *late = NULL;
	g_autofree char *both = NULL;
	g_autofree char *none = NULL;

	start(&fixture, steps, G_N_ELEMENTS(steps), &options);
	pfs_hub_set_event_func(fixture.hub, hear_cb, &fixture);
	early = dup_text(&fixture, PFS_FEED_DATA, NULL, "temp");
	g_assert_cmpstr(early, ==, "");
	pfs_feed_hold(fixture.feed);
	wait_for_number(&fixture, "events", 3);
	g_assert_cmpuint(fixture.heard, ==, 3);
	all = dup_text(&fixture, PFS_FEED_EVENTS, NULL, NULL);
	g_assert_cmpstr(all, ==,
			LINE("temp", "1", "a") LINE("temp", "2", "b") LINE("door", "open", "a"));
	device = dup_text(&fixture, PFS_FEED_EVENTS, "a", NULL);
	g_assert_cmpstr(device, ==, LINE("temp", "1", "a") LINE("door", "open", "a"));
	late = dup_text(&fixture, PFS_FEED_DATA, NULL, "temp");
	g_assert_cmpstr(late, ==, "1\n2\n");
	both = dup_text(&fixture, PFS_FEED_DATA, "b", "temp");
	g_assert_cmpstr(both, ==, "2\n");
	none = dup_text(&fixture, PFS_FEED_DATA, "b", "door");
	g_assert_cmpstr(none, ==, "");
	stop(&fixture);
}

static void
add_name_cb(gpointer name, gpointer user_data)
{
	g_ptr_array_add(user_data, name);
}

static void
test_names(void)
{
	static const FakeStep steps[] = {
		{ HEAD EVENT("a/b", "1", "x") EVENT("c", "1", "y") EVENT("c", "1", "y") },
	};
	PfsHubOptions options = { .linger_ms = 1000, .buffer_bytes = 1 << 20 };
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	g_autoptr(GPtrArray) one = g_ptr_array_new();
	Fixture fixture = { 0 };

	start(&fixture, steps, G_N_ELEMENTS(steps), &options);
	pfs_feed_hold(fixture.feed);
	wait_for_number(&fixture, "events", 3);
	pfs_feed_foreach_name(fixture.feed, NULL, add_name_cb, all);
	g_assert_cmpuint(all->len, ==, 2);
	pfs_feed_foreach_name(fixture.feed, "y", add_name_cb, one);
	g_assert_cmpuint(one->len, ==, 1);
	g_assert_cmpstr(one->pdata[0], ==, "c");
	stop(&fixture);
}

static gint64
get_time_ms(json_t *gap, const char *key)
{
	const char *text = json_string_value(json_object_get(gap, key));
	g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, NULL);

	return g_date_time_to_unix(time) * 1000 + g_date_time_get_microsecond(time) / 1000;
}

static gint64
get_gap_ms(const char *line)
{
	g_autoptr(json_t) gap = json_loads(line, 0, NULL);

	return get_time_ms(gap, "to") - get_time_ms(gap, "from");
}

/* Soon takes a silent stream for lost, but for none that a busy machine is slow to open. */
static const PfsHubOptions impatient = {
	.linger_ms = 1000,
	.buffer_bytes = 1 << 20,
	.heartbeat_ms = 2000,
	.backoff_ms = 10,
};

/* The cloud hangs up, and says nothing: both are gaps, and both are mended. */
static void
test_gaps(void)
{
	static const FakeStep steps[] = {
		{ HEAD EVENT("one", "1", "a"), .close = TRUE },
		{ HEAD EVENT("two", "1", "a") },
		{ HEAD EVENT("three", "1", "a") },
	};
	Fixture fixture = { 0 };
	g_autofree char *text = NULL;
	g_autofree char *data = NULL;
	g_auto(GStrv) lines = NULL;

	start(&fixture, steps, G_N_ELEMENTS(steps), &impatient);
	pfs_feed_hold(fixture.feed);
	wait_for_number(&fixture, "events", 3);
	text = dup_text(&fixture, PFS_FEED_EVENTS, NULL, NULL);
	lines = g_strsplit(text, "\n", -1);
	g_assert_cmpuint(g_strv_length(lines), ==, 6);
	g_assert_true(g_str_has_prefix(lines[1], "{\"particlefs\":\"gap\",\"from\":\"20"));
	g_assert_nonnull(strstr(lines[1], "ended the stream"));
	g_assert_nonnull(strstr(lines[3], "was silent"));
	/* Whatever came since it was last heard is lost. */
	g_assert_cmpint(get_gap_ms(lines[3]), >=, impatient.heartbeat_ms);
	g_assert_true(g_str_has_prefix(lines[4], "{\"name\":\"three\""));
	data = dup_text(&fixture, PFS_FEED_DATA, NULL, "two");
	g_assert_cmpstr(data, ==, "1\n");
	stop(&fixture);
}

/* Fills what is read at once. */
#define PADDING                                                                                    \
	":0123456789012345678901234567890123456789012345678901234567890123456789\n"                \
	":0123456789012345678901234567890123456789012345678901234567890123456789\n"
#define PADDINGS PADDING PADDING PADDING PADDING PADDING PADDING PADDING PADDING
#define PUBLISHED(time) "event: a\ndata: {\"data\":\"1\",\"published_at\":\"" time "\"}\n\n"

/* Where events come later than others did, more of them are on their way when it ends. */
static void
test_late_events(void)
{
	static const FakeStep steps[] = {
		{ HEAD PUBLISHED("2026-01-01T00:00:02.000Z")
		      PADDINGS PUBLISHED("2026-01-01T00:00:01.100Z") },
		{ HEAD },
	};
	Fixture fixture = { 0 };
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	g_autoptr(json_t) gap = NULL;
	gint64 heard_ms;

	start(&fixture, steps, G_N_ELEMENTS(steps), &impatient);
	pfs_feed_hold(fixture.feed);
	wait_for_number(&fixture, "events", 2);
	heard_ms = (g_get_real_time() - g_get_monotonic_time() + fixture.feed->heard_us) / 1000;
	/* Nothing can be later than the connection is old. */
	fixture.feed->connected_us -= 10 * G_USEC_PER_SEC;
	wait_for_number(&fixture, "gaps", 1);
	text = dup_text(&fixture, PFS_FEED_EVENTS, NULL, NULL);
	lines = g_strsplit(text, "\n", -1);
	gap = json_loads(lines[2], 0, NULL);
	g_assert_cmpint(get_time_ms(gap, "from"), <=, heard_ms - 899);
	g_assert_cmpint(get_time_ms(gap, "from"), >=, heard_ms - 5000);
	stop(&fixture);
}

/* It opens with the first reader and closes after the last. */
static void
test_linger(void)
{
	static const FakeStep steps[] = { { HEAD } };
	PfsHubOptions options = { .linger_ms = 100, .buffer_bytes = 1 << 20 };
	Fixture fixture = { 0 };
	g_autofree char *before = NULL;
	g_autofree char *held = NULL;
	g_autofree char *released = NULL;
	g_autofree char *after = NULL;
	int code = 0;

	start(&fixture, steps, G_N_ELEMENTS(steps), &options);
	before = dup_state(&fixture);
	g_assert_cmpstr(before, ==, "closed");
	g_assert_cmpint(open_feed(&fixture, &code), ==, PFS_READY);
	pfs_feed_hold(fixture.feed);
	run_ms(300);
	held = dup_state(&fixture);
	g_assert_cmpstr(held, ==, "connected");
	pfs_feed_release(fixture.feed);
	released = dup_state(&fixture);
	g_assert_cmpstr(released, ==, "connected");
	run_ms(300);
	after = dup_state(&fixture);
	g_assert_cmpstr(after, ==, "closed");
	stop(&fixture);
}

/* What a stream has told last is not kept when nobody reads it any more, nor the half of an event.
 */
static void
test_closed_is_small(void)
{
	g_autofree char *large = g_strnfill(1 << 20, 'x');
	g_autofree char *stream = g_strdup_printf(
	    HEAD "event: a\ndata: {\"data\":\"%s\"}\n\nevent: half\ndata: %s", large, large);
	const FakeStep steps[] = { { stream }, { HEAD EVENT("b", "2", "x") } };
	PfsHubOptions options = { .linger_ms = 10, .buffer_bytes = 1 << 20 };
	Fixture fixture = { 0 };
	g_autofree char *text = NULL;

	start(&fixture, steps, G_N_ELEMENTS(steps), &options);
	pfs_feed_hold(fixture.feed);
	wait_for_number(&fixture, "events", 1);
	g_assert_cmpuint(fixture.feed->parser.line->allocated_len, >, 1 << 20);
	pfs_feed_release(fixture.feed);
	while (fixture.feed->state != FEED_CLOSED)
		g_main_context_iteration(NULL, TRUE);
	g_assert_cmpuint(fixture.feed->parser.line->allocated_len, <, 1 << 10);
	g_assert_cmpuint(fixture.feed->parser.data->allocated_len, <, 1 << 10);
	pfs_feed_hold(fixture.feed);
	wait_for_number(&fixture, "events", 2);
	text = dup_text(&fixture, PFS_FEED_DATA, NULL, "b");
	g_assert_cmpstr(text, ==, "2\n");
	stop(&fixture);
}

/* Who waits for a stream that opens slowly is the reader for whom it is kept. */
static void
test_slow_opening(void)
{
	static const FakeStep steps[] = { { HEAD, .delay_ms = 300 } };
	PfsHubOptions options = { .linger_ms = 50, .buffer_bytes = 1 << 20 };
	Fixture fixture = { 0 };
	g_autofree char *after = NULL;
	int code = 0;

	start(&fixture, steps, G_N_ELEMENTS(steps), &options);
	g_assert_cmpint(open_feed(&fixture, &code), ==, PFS_READY);
	run_ms(200);
	after = dup_state(&fixture);
	g_assert_cmpstr(after, ==, "closed");
	stop(&fixture);
}

/* A reader is told why there is no stream, and the cloud is not asked again and again. */
static void
test_refused(void)
{
	static const FakeStep steps[] = {
		{ "HTTP/1.1 401 Unauthorized\r\nContent-Length: "
		  "25\r\n\r\n{\"error\":\"invalid_token\"}" },
	};
	PfsHubOptions options = { .linger_ms = 100, .buffer_bytes = 1 << 20 };
	Fixture fixture = { 0 };
	int code = 0;

	start(&fixture, steps, G_N_ELEMENTS(steps), &options);
	for (guint i = 0; i < 5; i++) {
		g_assert_cmpint(open_feed(&fixture, &code), ==, PFS_FAILED);
		g_assert_cmpint(code, ==, EKEYEXPIRED);
	}
	g_assert_cmpuint(fake_server_get_count(fixture.server), <=, 2);
	stop(&fixture);
}

/* A stream that the cloud does not want for a while is asked for when that is over, and not before.
 */
static void
test_held(void)
{
	static const FakeStep steps[] = {
		{ "HTTP/1.1 529 Too Many\r\nRetry-After: 50\r\nContent-Length: 0\r\n\r\n" },
		{ HEAD EVENT("one", "1", "a") },
	};
	PfsHubOptions options = { .linger_ms = 1000, .buffer_bytes = 1 << 20, .backoff_ms = 10 };
	Fixture fixture = { 0 };
	gint64 start_us = g_get_monotonic_time();
	int code = 0;

	start(&fixture, steps, G_N_ELEMENTS(steps), &options);
	pfs_http_set_timer_scale(fixture.http, 5);
	pfs_feed_hold(fixture.feed);
	g_assert_cmpint(open_feed(&fixture, &code), ==, PFS_FAILED);
	g_assert_cmpint(code, ==, EBUSY);
	wait_for_number(&fixture, "events", 1);
	g_assert_cmpint(g_get_monotonic_time() - start_us, >, 2400000);
	g_assert_cmpuint(fake_server_get_count(fixture.server), ==, 2);
	stop(&fixture);
}

/* A cloud that was down for long is found soon after it is back. */
static void
test_down(void)
{
	FakeStep steps[13];
	PfsHubOptions options = { .linger_ms = 1000, .buffer_bytes = 1 << 20, .backoff_ms = 10 };
	Fixture fixture = { 0 };

	for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
		steps[i] = (FakeStep){ "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n" };
	steps[G_N_ELEMENTS(steps) - 1] = (FakeStep){ HEAD EVENT("one", "1", "a") };
	start(&fixture, steps, G_N_ELEMENTS(steps), &options);
	pfs_feed_hold(fixture.feed);
	wait_for_number(&fixture, "events", 1);
	stop(&fixture);
}

static void
answered_cb(const PfsHttpResponse *response, const GError *error, gpointer user_data)
{
	*(gboolean *)user_data = TRUE;
}

static void
ask(Fixture *fixture)
{
	gboolean answered = FALSE;

	(void)pfs_http_send(fixture->http, pfs_http_request_new("GET", "/"), answered_cb,
			    &answered);
	while (!answered)
		g_main_context_iteration(NULL, TRUE);
}

/* Where another request finds that the cloud is well again a stream waits no longer. */
static void
test_back(void)
{
	static const FakeStep steps[] = {
		{ NULL, .close = TRUE },
		{ NULL, .close = TRUE },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}" },
		{ HEAD EVENT("one", "1", "a") },
	};
	PfsHubOptions options = { .linger_ms = 1000, .buffer_bytes = 1 << 20, .backoff_ms = 60000 };
	Fixture fixture = { 0 };
	int code = 0;

	start(&fixture, steps, G_N_ELEMENTS(steps), &options);
	pfs_feed_hold(fixture.feed);
	g_assert_cmpint(open_feed(&fixture, &code), ==, PFS_FAILED);
	g_assert_cmpint(code, ==, EHOSTUNREACH);
	ask(&fixture);
	ask(&fixture);
	wait_for_number(&fixture, "events", 1);
	stop(&fixture);
}

/* The login page of a network is answered to whoever asks for a stream, too. */
static void
test_no_stream(void)
{
	static const FakeStep steps[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n"
		  "<title>Log in" },
	};
	PfsHubOptions options = { .linger_ms = 100, .buffer_bytes = 1 << 20 };
	Fixture fixture = { 0 };
	int code = 0;

	start(&fixture, steps, G_N_ELEMENTS(steps), &options);
	g_assert_cmpint(open_feed(&fixture, &code), ==, PFS_FAILED);
	g_assert_cmpint(code, ==, EBADMSG);
	g_assert_cmpint(get_number(&fixture, "connections"), ==, 0);
	stop(&fixture);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/hub/views", test_views);
	g_test_add_func("/hub/names", test_names);
	g_test_add_func("/hub/gaps", test_gaps);
	g_test_add_func("/hub/late-events", test_late_events);
	g_test_add_func("/hub/linger", test_linger);
	g_test_add_func("/hub/closed-is-small", test_closed_is_small);
	g_test_add_func("/hub/slow-opening", test_slow_opening);
	g_test_add_func("/hub/refused", test_refused);
	g_test_add_func("/hub/held", test_held);
	g_test_add_func("/hub/down", test_down);
	g_test_add_func("/hub/back", test_back);
	g_test_add_func("/hub/no-stream", test_no_stream);
	return g_test_run();
}
