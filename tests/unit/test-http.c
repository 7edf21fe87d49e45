/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <string.h>

#include <particlefs/error.h>

#include "../../src/http/curl-error.h"
#include "http-fixture.h"

static void
test_get(void)
{
	static const FakeStep steps[] = { { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { 0 };
	g_autofree char *sent = NULL;

	run(http, pfs_http_request_new("GET", "/v1/a?b=c"), &outcome);
	g_assert_cmpint(outcome.status, ==, 200);
	g_assert_cmpstr(outcome.body, ==, "{}");
	sent = fake_server_dup_last(server);
	g_assert_true(g_str_has_prefix(sent, "GET /v1/a?b=c HTTP/1.1\r\n"));
	g_assert_null(strstr(sent, "Authorization"));
}

/* A link in an answer, to what is not the API: a router, or metadata of a host in a cloud. */
static void
test_plain_link(void)
{
	static const FakeStep steps[] = { { OK } };
	g_autoptr(FakeServer) api = fake_server_new(steps, 1);
	g_autoptr(FakeServer) other = fake_server_new(steps, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(api), token, 5000);
	g_autofree char *link = g_strconcat(fake_server_get_url(other), "/reboot", NULL);
	g_autofree char *own = g_strconcat(fake_server_get_url(api), "/archive", NULL);
	g_auto(Outcome) refused = { 0 }, followed = { 0 };

	run(http, pfs_http_request_new("GET", link), &refused);
	g_assert_cmpint(refused.code, ==, EINVAL);
	g_assert_cmpuint(fake_server_get_count(other), ==, 0);
	run(http, pfs_http_request_new("GET", own), &followed);
	g_assert_cmpint(followed.status, ==, 200);
}

static void
test_no_token(void)
{
	static const FakeStep steps[] = { { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { 0 };
	PfsHttpRequest *request = pfs_http_request_new("GET", "/");

	request->auth = PFS_HTTP_AUTH_BEARER;
	run(http, request, &outcome);
	g_assert_cmpint(outcome.code, ==, ENOKEY);
	g_assert_cmpuint(fake_server_get_count(server), ==, 0);
}

/* The connection was used before, and dies when the request has been read: curl would repeat it. */
static void
test_never_twice(gconstpointer method)
{
	static const FakeStep steps[] = { { OK }, { NULL, 0, TRUE } };
	g_autoptr(FakeServer) server = fake_server_new(steps, 2);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) first = { 0 };
	g_auto(Outcome) second = { 0 };
	PfsHttpRequest *request = pfs_http_request_new(method, "/v1/devices/d/brew");

	run(http, pfs_http_request_new("GET", "/"), &first);
	if (strcmp(method, "DELETE") != 0) {
		request->content_type = g_strdup("application/json");
		request->body = g_bytes_new_static("{\"args\":\"on\"}", 13);
	}
	run(http, request, &second);
	g_assert_cmpint(second.code, ==, EHOSTUNREACH);
	g_assert_cmpuint(fake_server_get_count(server), ==, 2);
}

static void
test_errors(gconstpointer data)
{
	static const struct {
		FakeStep step;
		int code;
	} cases[] = {
		{ { NULL, 2000, TRUE }, ETIMEDOUT },
		{ { "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", 0, TRUE }, EBADMSG },
		{ { "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd" },
		  EBADMSG },
	};
	guint index = GPOINTER_TO_UINT(data);
	g_autoptr(FakeServer) server = fake_server_new(&cases[index].step, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 300);
	g_auto(Outcome) outcome = { 0 };

	run(http, pfs_http_request_new("POST", "/"), &outcome);
	g_assert_cmpint(outcome.code, ==, cases[index].code);
	g_assert_cmpuint(fake_server_get_count(server), ==, 1);
}

static char *
dup_repeated(const char *before, const char *piece, guint count, const char *after)
{
	GString *text = g_string_new(before);

	while (count-- > 0)
		g_string_append(text, piece);
	return g_string_free(g_string_append(text, after), FALSE);
}

/* What is no answer of the cloud's is refused as damaged, and not asked for again. */
static void
test_damaged(gconstpointer data)
{
	g_autofree char *line = g_strnfill(1000, 'x');
	g_autofree char *header = g_strconcat("X-Flood: ", line, "\r\n", NULL);
	g_autofree char *long_line =
	    dup_repeated("HTTP/1.1 200 OK\r\nX-Flood: ", line, 200, "\r\n\r\n");
	g_autofree char *many = dup_repeated("HTTP/1.1 200 OK\r\n", header, 70, "\r\n");
	g_autofree char *interim = dup_repeated("", "HTTP/1.1 103 Hint\r\nX: y\r\n\r\n", 9000, OK);
	const char *answers[] = {
		long_line,
		many,
		interim,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsixteen\r\n{}\r\n",
		"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n",
	};
	FakeStep step = { answers[GPOINTER_TO_UINT(data)], 0, TRUE };
	g_autoptr(FakeServer) server = fake_server_new(&step, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { 0 };

	run(http, pfs_http_request_new("GET", "/"), &outcome);
	g_assert_cmpint(outcome.code, ==, EBADMSG);
	g_assert_cmpuint(fake_server_get_count(server), ==, 1);
}

static void
test_interim(void)
{
	static const FakeStep steps[] = {
		{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hint\r\nX: y\r\n\r\n" OK }
	};
	g_autoptr(FakeServer) server = fake_server_new(steps, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { 0 };

	run(http, pfs_http_request_new("POST", "/"), &outcome);
	g_assert_cmpint(outcome.status, ==, 200);
	g_assert_cmpuint(fake_server_get_count(server), ==, 1);
}

/* The answer stands, and nobody goes where it points. */
static void
test_redirect(void)
{
	static const FakeStep other_steps[] = { { OK } };
	g_autoptr(FakeServer) other = fake_server_new(other_steps, 1);
	g_autofree char *answer =
	    g_strdup_printf("HTTP/1.1 307 Elsewhere\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n",
			    fake_server_get_url(other));
	FakeStep step = { answer };
	g_autoptr(FakeServer) server = fake_server_new(&step, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { 0 };

	run(http, pfs_http_request_new("GET", "/"), &outcome);
	g_assert_cmpint(outcome.status, ==, 307);
	g_assert_cmpuint(fake_server_get_count(server), ==, 1);
	g_assert_cmpuint(fake_server_get_count(other), ==, 0);
}

static void
test_unreachable(void)
{
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new("http://127.0.0.1:1", token, 1000);
	g_auto(Outcome) outcome = { 0 };

	run(http, pfs_http_request_new("GET", "/"), &outcome);
	g_assert_cmpint(outcome.code, ==, EHOSTUNREACH);
}

/* A host from which something is downloaded can be gone while the cloud is there. */
static void
test_foreign_host(void)
{
	static const FakeStep steps[] = { { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) first = { 0 };
	g_auto(Outcome) other = { 0 };
	PfsHttpStats stats;

	run(http, pfs_http_request_new("GET", "/"), &first);
	run(http, pfs_http_request_new("GET", "https://127.0.0.1:1/file"), &other);
	g_assert_cmpint(other.code, ==, EHOSTUNREACH);
	pfs_http_get_stats(http, &stats);
	g_assert_true(stats.reachable);
	g_assert_cmpint(stats.last_status, ==, 200);
}

#define SILENT_HOST "silent.invalid"
#define SILENT_SECS 20

/* Not GLib's locks: ThreadSanitizer does not see that a condition takes one. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	guint asked;
	guint answered;
	gboolean open; /* it says nothing until then */
} resolver = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

/* The C library's, but for a host of which no name server says anything. */
int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
	    struct addrinfo **out_result)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
	    dlsym(RTLD_NEXT, "getaddrinfo");
	struct timespec end = { .tv_sec = time(NULL) + SILENT_SECS };

	if (g_strcmp0(node, SILENT_HOST) != 0)
		return real(node, service, hints, out_result);
	pthread_mutex_lock(&resolver.lock);
	resolver.asked++;
	while (!resolver.open &&
	       pthread_cond_timedwait(&resolver.changed, &resolver.lock, &end) == 0)
		continue;
	resolver.answered++;
	pthread_cond_broadcast(&resolver.changed);
	pthread_mutex_unlock(&resolver.lock);
	return EAI_AGAIN;
}

/* Returns how many it had answered by then. */
static guint
resolver_let_go(void)
{
	guint answered;

	pthread_mutex_lock(&resolver.lock);
	answered = resolver.answered;
	resolver.open = TRUE;
	pthread_cond_broadcast(&resolver.changed);
	while (resolver.answered < resolver.asked)
		pthread_cond_wait(&resolver.changed, &resolver.lock);
	resolver.open = FALSE;
	resolver.asked = resolver.answered = 0;
	pthread_mutex_unlock(&resolver.lock);
	return answered;
}

/* Whoever waits for a name is not what all others wait for. */
static void
test_silent_resolver(void)
{
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new("https://" SILENT_HOST, token, 300);
	g_auto(Outcome) outcome = { 0 };

	run(http, pfs_http_request_new("GET", "/"), &outcome);
	g_assert_cmpuint(resolver_let_go(), ==, 0);
	g_assert_cmpint(outcome.code, ==, EHOSTUNREACH);
}

static gboolean
resolver_was_asked(void)
{
	gboolean asked;

	pthread_mutex_lock(&resolver.lock);
	asked = resolver.asked > 0;
	pthread_mutex_unlock(&resolver.lock);
	return asked;
}

static gboolean
nothing_cb(gpointer user_data)
{
	return G_SOURCE_CONTINUE;
}

static void
test_cancel_silent_resolver(void)
{
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	PfsHttp *http = client_new("https://" SILENT_HOST, token, 0);
	g_auto(Outcome) outcome = { .loop = g_main_loop_new(NULL, FALSE) };
	PfsHttpExchange *exchange =
	    pfs_http_send(http, pfs_http_request_new("GET", "/"), outcome_done_cb, &outcome);
	guint source = g_timeout_add(10, nothing_cb, NULL);

	pfs_http_send(http, pfs_http_request_new("GET", "/"), outcome_done_cb, &outcome);
	while (!resolver_was_asked())
		g_main_context_iteration(NULL, TRUE);
	g_source_remove(source);
	pfs_http_cancel(exchange);
	pfs_http_free(http);
	g_assert_cmpuint(resolver_let_go(), ==, 0);
	g_assert_cmpint(outcome.code, ==, ECANCELED);
}

static gboolean
data_cb(const char *data, gsize length, gpointer user_data)
{
	GString *text = user_data;

	if (data == NULL)
		g_string_truncate(text, 0);
	else
		g_string_append_len(text, data, (gssize)length);
	return TRUE;
}

/* A body that is cut is asked for again, and the taker told to begin anew. */
static void
test_data_begins_anew(void)
{
	static const FakeStep steps[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1,", 0, TRUE },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n[1,2]" },
	};
	g_autoptr(FakeServer) server = fake_server_new(steps, 2);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 1000);
	g_autoptr(GString) text = g_string_new(NULL);
	g_auto(Outcome) outcome = { 0 };
	PfsHttpRequest *request = pfs_http_request_new("GET", "/");

	request->data = data_cb;
	request->data_user_data = text;
	run(http, request, &outcome);
	g_assert_cmpint(outcome.status, ==, 200);
	g_assert_cmpstr(text->str, ==, "[1,2]");
	g_assert_cmpstr(outcome.body, ==, "");
}

typedef struct {
	gsize bytes; /* since others had their turn */
	gsize bytes_max;
	gsize sum;
} Turns;

static gboolean
stream_cb(const char *data, gsize length, gpointer user_data)
{
	Turns *turns = user_data;

	turns->sum += length;
	turns->bytes += length;
	turns->bytes_max = MAX(turns->bytes_max, turns->bytes);
	return TRUE;
}

static gboolean
turn_cb(gpointer user_data)
{
	((Turns *)user_data)->bytes = 0;
	return G_SOURCE_CONTINUE;
}

/* However much a stream brings at once, the loop goes on between its parts. */
static void
test_stream_leaves_turns(void)
{
	g_autofree char *body = g_strnfill(4 << 20, 'x');
	g_autofree char *answer =
	    g_strconcat("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
			"Content-Length: 4194304\r\n\r\n",
			body, NULL);
	FakeStep step = { answer };
	g_autoptr(FakeServer) server = fake_server_new(&step, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { 0 };
	PfsHttpRequest *request = pfs_http_request_new("GET", "/");
	Turns turns = { 0 };
	guint source = g_timeout_add_full(G_PRIORITY_DEFAULT, 0, turn_cb, &turns, NULL);

	request->stream = TRUE;
	request->data = stream_cb;
	request->data_user_data = &turns;
	run(http, request, &outcome);
	g_source_remove(source);
	g_assert_cmpuint(turns.sum, ==, 4 << 20);
	g_assert_cmpuint(turns.bytes_max, <=, 256 * 1024);
}

/* A packed stream would be a thousand times its size, however little of it is read at once. */
static void
test_stream_is_not_unpacked(void)
{
	static const FakeStep steps[] = { { "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
					    "Content-Encoding: gzip\r\nContent-Length: 6\r\n\r\n"
					    "packed" } };
	g_autoptr(FakeServer) server = fake_server_new(steps, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { 0 };
	g_autofree char *sent = NULL;
	PfsHttpRequest *request = pfs_http_request_new("GET", "/");
	Turns turns = { 0 };

	request->stream = TRUE;
	request->data = stream_cb;
	request->data_user_data = &turns;
	run(http, request, &outcome);
	g_assert_cmpint(outcome.status, ==, 200);
	g_assert_cmpuint(turns.sum, ==, strlen("packed"));
	sent = fake_server_dup_last(server);
	g_assert_null(strstr(sent, "Accept-Encoding"));
}

static gboolean
quit_cb(gpointer user_data)
{
	g_main_loop_quit(user_data);
	return G_SOURCE_REMOVE;
}

static void
test_cancel(void)
{
	static const FakeStep steps[] = { { OK, 200 } };
	g_autoptr(FakeServer) server = fake_server_new(steps, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { .loop = g_main_loop_new(NULL, FALSE) };
	PfsHttpExchange *exchange =
	    pfs_http_send(http, pfs_http_request_new("GET", "/"), outcome_done_cb, &outcome);

	g_timeout_add(50, quit_cb, outcome.loop);
	g_main_loop_run(outcome.loop);
	pfs_http_cancel(exchange);
	g_timeout_add(300, quit_cb, outcome.loop);
	g_main_loop_run(outcome.loop);
	g_assert_cmpuint(outcome.calls, ==, 0);
}

/* Who asks first, and gets no answer, keeps nobody waiting. */
static void
test_silent_first(void)
{
	static const FakeStep steps[] = { { NULL }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) silent = { .loop = g_main_loop_new(NULL, FALSE) };
	g_auto(Outcome) outcome = { 0 };

	pfs_http_send(http, pfs_http_request_new("GET", "/"), outcome_done_cb, &silent);
	while (fake_server_get_count(server) == 0)
		g_main_context_iteration(NULL, FALSE);
	run(http, pfs_http_request_new("GET", "/"), &outcome);
	g_assert_cmpint(outcome.status, ==, 200);
	g_assert_cmpuint(silent.calls, ==, 0);
	pfs_http_free(g_steal_pointer(&http));
	g_assert_cmpint(silent.code, ==, ECANCELED);
}

typedef struct {
	PfsHttp *http;
	PfsHttpExchange *other;
	Outcome *outcome;
} Inside;

static gboolean
send_inside_cb(const char *data, gsize length, gpointer user_data)
{
	Inside *inside = user_data;

	if (data != NULL && inside->other == NULL)
		inside->other = pfs_http_send(inside->http, pfs_http_request_new("GET", "/"),
					      outcome_done_cb, inside->outcome);
	return TRUE;
}

static gboolean
cancel_inside_cb(const char *data, gsize length, gpointer user_data)
{
	Inside *inside = user_data;

	if (data != NULL && inside->other != NULL)
		pfs_http_cancel(g_steal_pointer(&inside->other));
	return TRUE;
}

static PfsHttpRequest *
inside_request_new(Inside *inside, PfsHttpDataFunc data)
{
	PfsHttpRequest *request = pfs_http_request_new("GET", "/");

	request->data = data;
	request->data_user_data = inside;
	return request;
}

/* curl takes no transfer from inside its callbacks. */
static void
test_send_inside(void)
{
	static const FakeStep steps[] = { { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) first = { 0 };
	g_auto(Outcome) second = { .loop = g_main_loop_new(NULL, FALSE) };
	Inside inside = { http, NULL, &second };
	guint limit = g_timeout_add(2000, quit_cb, second.loop);

	run(http, inside_request_new(&inside, send_inside_cb), &first);
	if (second.calls == 0)
		g_main_loop_run(second.loop);
	g_source_remove(limit);
	g_assert_cmpint(second.status, ==, 200);
}

/* It lets none go there either, and what is silent is told of nothing more. */
static void
test_cancel_inside(void)
{
	static const FakeStep steps[] = { { NULL }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) silent = { .loop = g_main_loop_new(NULL, FALSE) };
	g_auto(Outcome) outcome = { 0 };
	Inside inside = { .http = http };
	PfsHttpStats stats;

	inside.other =
	    pfs_http_send(http, pfs_http_request_new("GET", "/"), outcome_done_cb, &silent);
	while (fake_server_get_count(server) == 0)
		g_main_context_iteration(NULL, FALSE);
	run(http, inside_request_new(&inside, cancel_inside_cb), &outcome);
	g_assert_cmpint(outcome.status, ==, 200);
	g_assert_cmpuint(silent.calls, ==, 0);
	pfs_http_get_stats(http, &stats);
	g_assert_cmpuint(stats.in_flight, ==, 0);
}

static void
test_free_ends_all(void)
{
	static const FakeStep steps[] = { { OK, 200 } };
	g_autoptr(FakeServer) server = fake_server_new(steps, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	PfsHttp *http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { .loop = g_main_loop_new(NULL, FALSE) };

	pfs_http_send(http, pfs_http_request_new("GET", "/"), outcome_done_cb, &outcome);
	pfs_http_free(http);
	g_assert_cmpuint(outcome.calls, ==, 1);
	g_assert_cmpint(outcome.code, ==, ECANCELED);
}

static void
test_urls(void)
{
	static const struct {
		const char *url;
		gboolean accepted;
	} cases[] = {
		{ "https://api.particle.io", TRUE }, { "http://127.0.0.1:80", TRUE },
		{ "http://[::1]:80", TRUE },	     { "http://localhost", TRUE },
		{ "http://192.0.2.1", FALSE },	     { "http://localhost.example.com", FALSE },
		{ "ftp://127.0.0.1", FALSE },	     { "", FALSE },
	};
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		PfsHttpOptions options = { .base_url = cases[i].url };
		g_autoptr(PfsHttp) http = pfs_http_new(&options, token, NULL);

		g_assert_cmpint(http != NULL, ==, cases[i].accepted);
	}
}

static void
test_curl_codes(void)
{
	g_assert_cmpint(pfs_errno_from_curl(CURLE_COULDNT_RESOLVE_HOST, ""), ==, EHOSTUNREACH);
	g_assert_cmpint(pfs_errno_from_curl(CURLE_PROXY, ""), ==, EHOSTUNREACH);
	g_assert_cmpint(pfs_errno_from_curl(CURLE_PEER_FAILED_VERIFICATION, ""), ==, EKEYREJECTED);
	g_assert_cmpint(pfs_errno_from_curl(CURLE_OPERATION_TIMEDOUT, ""), ==, ETIMEDOUT);
	g_assert_cmpint(pfs_errno_from_curl(CURLE_WRITE_ERROR, ""), ==, EBADMSG);
	g_assert_cmpint(pfs_errno_from_curl(CURLE_PARTIAL_FILE, "transfer closed"), ==, EBADMSG);
	/* curl says so of HTTP/2 */
	g_assert_cmpint(
	    pfs_errno_from_curl(CURLE_PARTIAL_FILE, "Recv failure: Connection reset by peer"), ==,
	    EHOSTUNREACH);
	g_assert_cmpint(pfs_errno_from_curl(CURLE_LDAP_CANNOT_BIND, ""), ==, EIO);
	for (guint code = 1; code < CURL_LAST; code++)
		g_assert_cmpint(pfs_errno_from_curl(code, ""), !=, 0);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/http/get", test_get);
	g_test_add_func("/http/no-token", test_no_token);
	g_test_add_func("/http/plain-link", test_plain_link);
	g_test_add_data_func("/http/never-twice/post", "POST", test_never_twice);
	g_test_add_data_func("/http/never-twice/put", "PUT", test_never_twice);
	g_test_add_data_func("/http/never-twice/patch", "PATCH", test_never_twice);
	g_test_add_data_func("/http/never-twice/delete", "DELETE", test_never_twice);
	g_test_add_data_func("/http/errors/timeout", GUINT_TO_POINTER(0), test_errors);
	g_test_add_data_func("/http/errors/cut", GUINT_TO_POINTER(1), test_errors);
	g_test_add_data_func("/http/errors/encoding", GUINT_TO_POINTER(2), test_errors);
	g_test_add_data_func("/http/damaged/long-header", GUINT_TO_POINTER(0), test_damaged);
	g_test_add_data_func("/http/damaged/many-headers", GUINT_TO_POINTER(1), test_damaged);
	g_test_add_data_func("/http/damaged/interim-flood", GUINT_TO_POINTER(2), test_damaged);
	g_test_add_data_func("/http/damaged/chunks", GUINT_TO_POINTER(3), test_damaged);
	g_test_add_data_func("/http/damaged/not-http", GUINT_TO_POINTER(4), test_damaged);
	g_test_add_func("/http/interim", test_interim);
	g_test_add_func("/http/redirect", test_redirect);
	g_test_add_func("/http/unreachable", test_unreachable);
	g_test_add_func("/http/foreign-host", test_foreign_host);
	g_test_add_func("/http/silent-resolver", test_silent_resolver);
	g_test_add_func("/http/silent-resolver/cancel", test_cancel_silent_resolver);
	g_test_add_func("/http/data-begins-anew", test_data_begins_anew);
	g_test_add_func("/http/stream-leaves-turns", test_stream_leaves_turns);
	g_test_add_func("/http/stream-is-not-unpacked", test_stream_is_not_unpacked);
	g_test_add_func("/http/cancel", test_cancel);
	g_test_add_func("/http/silent-first", test_silent_first);
	g_test_add_func("/http/send-inside", test_send_inside);
	g_test_add_func("/http/cancel-inside", test_cancel_inside);
	g_test_add_func("/http/free-ends-all", test_free_ends_all);
	g_test_add_func("/http/urls", test_urls);
	g_test_add_func("/http/curl-codes", test_curl_codes);
	return g_test_run();
}
