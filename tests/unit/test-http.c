/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <string.h>

#include <particlefs/error.h>
#include <particlefs/http.h>

#include "../../src/http/budget.h"
#include "../../src/http/curl-error.h"
#include "../../src/http/retry.h"
#include "fake-server.h"

#define OK                                                                                         \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"                     \
	"Content-Length: 2\r\n\r\n{}"
#define LIMITED "HTTP/1.1 429 Too Many\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
#define FAILED "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"

typedef struct {
	GMainLoop *loop;
	guint calls;
	long status;
	char *body;
	int code;
	GString *data;
} Outcome;

static void
done_cb(const PfsHttpResponse *response, const GError *error, gpointer user_data)
{
	Outcome *outcome = user_data;

	outcome->calls++;
	g_assert_true((response == NULL) != (error == NULL));
	if (response != NULL) {
		gsize length;
		const char *body = g_bytes_get_data(response->body, &length);

		outcome->status = response->status;
		outcome->body = g_strndup(length > 0 ? body : "", length);
	} else {
		outcome->code = error->code;
	}
	g_main_loop_quit(outcome->loop);
}

static void
outcome_clear(Outcome *outcome)
{
	g_main_loop_unref(outcome->loop);
	g_free(outcome->body);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

static PfsHttp *
client_new(const char *url, PfsToken *token, guint timeout_ms)
{
	PfsHttpOptions options = { .base_url = url, .timeout_ms = timeout_ms, .retries = 3 };
	g_autoptr(GError) error = NULL;
	PfsHttp *http = pfs_http_new(&options, token, &error);

	g_assert_no_error(error);
	pfs_http_set_timer_scale(http, 1);
	return http;
}

static void
run(PfsHttp *http, PfsHttpRequest *request, Outcome *outcome)
{
	outcome->loop = g_main_loop_new(NULL, FALSE);
	pfs_http_send(http, request, done_cb, outcome);
	g_assert_cmpuint(outcome->calls, ==, 0);
	g_main_loop_run(outcome->loop);
	g_assert_cmpuint(outcome->calls, ==, 1);
}

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

static void
test_retries(void)
{
	static const FakeStep steps[] = { { FAILED }, { NULL, 0, TRUE }, { LIMITED }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { 0 };

	run(http, pfs_http_request_new("GET", "/"), &outcome);
	g_assert_cmpint(outcome.status, ==, 200);
	g_assert_cmpuint(fake_server_get_count(server), >=, 4);
}

static void
test_gives_up(void)
{
	static const FakeStep steps[] = { { FAILED } };
	g_autoptr(FakeServer) server = fake_server_new(steps, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { 0 };

	run(http, pfs_http_request_new("GET", "/"), &outcome);
	g_assert_cmpint(outcome.status, ==, 503);
	g_assert_cmpuint(fake_server_get_count(server), ==, 4);
}

#define HELD "HTTP/1.1 %d No\r\nRetry-After: %d\r\nContent-Length: 0\r\n\r\n"

typedef struct {
	const char *method;
	int status;
	int code; /* of what is not sent */
} HoldCase;

static const HoldCase hold_cases[] = {
	{ "GET", 429, EBUSY },
	{ "POST", 429, EBUSY },
	{ "GET", 529, EBUSY },
	{ "PUT", 503, EREMOTEIO },
};

static PfsHttpRequest *
route_request_new(const char *method, const char *target)
{
	PfsHttpRequest *request = pfs_http_request_new(method, target);

	request->route = g_strdup("/{any}");
	return request;
}

/* What the cloud does not want for a while is not sent again by the next who asks; all else is. */
static void
test_hold(gconstpointer data)
{
	const HoldCase *one = data;
	g_autofree char *answer = g_strdup_printf(HELD, one->status, 100000);
	FakeStep steps[] = { { answer }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) first = { 0 };
	g_auto(Outcome) next = { 0 };
	g_auto(Outcome) other = { 0 };

	run(http, route_request_new(one->method, "/a"), &first);
	g_assert_cmpint(first.status, ==, one->status);
	run(http, route_request_new(one->method, "/b"), &next);
	g_assert_cmpint(next.code, ==, one->code);
	g_assert_cmpuint(fake_server_get_count(server), ==, 1);
	run(http, pfs_http_request_new(one->method, "/other"), &other);
	g_assert_cmpint(other.status, ==, 200);
}

/* Who has the time waits for it. At a hundredth of the time these are 300 ms. */
static void
test_hold_ends(void)
{
	g_autofree char *answer = g_strdup_printf(HELD, 429, 30);
	FakeStep steps[] = { { answer }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 20000);
	g_auto(Outcome) first = { 0 };
	g_auto(Outcome) next = { 0 };
	gint64 start_us = g_get_monotonic_time();

	run(http, route_request_new("POST", "/a"), &first);
	g_assert_cmpint(first.status, ==, 429);
	run(http, route_request_new("POST", "/b"), &next);
	g_assert_cmpint(next.status, ==, 200);
	g_assert_cmpint(g_get_monotonic_time() - start_us, >=, 300000);
}

/* curl sends a request again where its connection, which was used before, has died: that counts. */
static void
test_resend_counts(void)
{
	static const FakeStep steps[] = { { OK }, { NULL, 0, TRUE }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) first = { 0 };
	g_auto(Outcome) second = { 0 };
	PfsHttpRequest *request = pfs_http_request_new("GET", "/");
	PfsHttpStats stats;

	request->calls_device = TRUE;
	run(http, pfs_http_request_new("GET", "/"), &first);
	run(http, request, &second);
	g_assert_cmpint(second.status, ==, 200);
	g_assert_cmpuint(fake_server_get_count(server), ==, 3);
	pfs_http_get_stats(http, &stats);
	g_assert_cmpuint(stats.requests, ==, 3);
	g_assert_cmpuint(stats.retries, ==, 1);
	g_assert_cmpuint(stats.dataops, ==, 2);
}

/* Half of the budget is there at once: both are spent when the connection dies. */
static void
test_resend_within_budget(void)
{
	static const FakeStep steps[] = { { OK }, { NULL, 0, TRUE }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	PfsHttpOptions options = { .base_url = fake_server_get_url(server),
				   .timeout_ms = 1000,
				   .retries = 3,
				   .budget_requests = 4,
				   .budget_secs = 6000 };
	g_autoptr(PfsHttp) http = pfs_http_new(&options, token, NULL);
	g_auto(Outcome) first = { 0 };
	g_auto(Outcome) second = { 0 };

	run(http, pfs_http_request_new("GET", "/"), &first);
	run(http, pfs_http_request_new("GET", "/"), &second);
	g_assert_cmpint(second.code, ==, EBUSY);
	g_assert_cmpuint(fake_server_get_count(server), ==, 2);
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
test_post_after_limit(void)
{
	static const FakeStep steps[] = { { LIMITED }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, 2);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { 0 };

	run(http, pfs_http_request_new("POST", "/"), &outcome);
	g_assert_cmpint(outcome.status, ==, 200);
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
	    pfs_http_send(http, pfs_http_request_new("GET", "/"), done_cb, &outcome);
	guint source = g_timeout_add(10, nothing_cb, NULL);

	pfs_http_send(http, pfs_http_request_new("GET", "/"), done_cb, &outcome);
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

/* One is under way for ever; what comes beside it is refused, and what comes after it is not. */
static void
test_room(void)
{
	g_autofree char *body = g_strnfill(600, 'x');
	g_autofree char *part =
	    g_strdup_printf("HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n%s", body);
	g_autofree char *whole =
	    g_strdup_printf("HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n%s", body);
	const FakeStep steps[] = { { part }, { whole } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) first = { .loop = g_main_loop_new(NULL, FALSE) };
	PfsHttpExchange *exchange;
	PfsHttpStats stats = { 0 };

	pfs_http_set_room(http, 1000);
	exchange = pfs_http_send(http, pfs_http_request_new("GET", "/"), done_cb, &first);
	while (stats.bytes_in < 600) {
		g_main_context_iteration(NULL, TRUE);
		pfs_http_get_stats(http, &stats);
	}
	for (guint i = 0; i < 2; i++) {
		g_auto(Outcome) beside = { 0 };

		run(http, pfs_http_request_new("GET", "/"), &beside);
		g_assert_cmpint(beside.code, ==, EBADMSG);
	}
	pfs_http_cancel(exchange);
	for (guint i = 0; i < 3; i++) {
		g_auto(Outcome) after = { 0 };

		run(http, pfs_http_request_new("GET", "/"), &after);
		g_assert_cmpstr(after.body, ==, body);
	}
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
	    pfs_http_send(http, pfs_http_request_new("GET", "/"), done_cb, &outcome);

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

	pfs_http_send(http, pfs_http_request_new("GET", "/"), done_cb, &silent);
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
					      done_cb, inside->outcome);
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

	inside.other = pfs_http_send(http, pfs_http_request_new("GET", "/"), done_cb, &silent);
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

	pfs_http_send(http, pfs_http_request_new("GET", "/"), done_cb, &outcome);
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
test_budget(void)
{
	PfsBudget budget;
	gint64 second = G_USEC_PER_SEC;

	pfs_budget_init(&budget, 10, 5, 0);
	for (guint i = 0; i < 5; i++)
		g_assert_true(pfs_budget_take(&budget, 0));
	g_assert_false(pfs_budget_take(&budget, 0));
	g_assert_cmpint(pfs_budget_wait_us(&budget, 0), >, second);
	g_assert_true(pfs_budget_take(&budget, pfs_budget_wait_us(&budget, 0)));
	g_assert_cmpuint(pfs_budget_get_left(&budget, 100 * second), ==, 5);
	pfs_budget_init(&budget, 0, 0, 0);
	g_assert_true(pfs_budget_take(&budget, 0));
}

/* Whoever takes all that there is, in whatever rhythm, has never more in any period. */
static void
test_budget_in_any_period(void)
{
	static const guint sizes[] = { 1, 2, 3, 10, 1000 };

	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(gint64));
		PfsBudget budget;
		guint first = 0;

		pfs_budget_init(&budget, sizes[i], 10, 0);
		for (gint64 now = 0; now < 60 * G_USEC_PER_SEC; now += 7001) {
			/* In the middle it rests, and saves. */
			while ((now / G_USEC_PER_SEC) % 25 < 20 && pfs_budget_take(&budget, now)) {
				g_array_append_val(times, now);
				while (g_array_index(times, gint64, first) <=
				       now - 10 * G_USEC_PER_SEC)
					first++;
				g_assert_cmpuint(times->len - first, <=, sizes[i]);
			}
		}
		g_assert_cmpuint(times->len, >=, 2 * sizes[i]);
	}
}

static void
test_retry_policy(void)
{
	static const struct {
		PfsRetryCase retry;
		gint64 wait_us;
	} cases[] = {
		{ { TRUE, 503, FALSE, -1, 1, 3, 60000000 }, 500000 },
		{ { TRUE, 503, FALSE, -1, 4, 3, 60000000 }, -1 },
		{ { TRUE, 503, FALSE, 2000000, 1, 3, 60000000 }, 2000000 },
		{ { TRUE, 503, FALSE, 61000000, 1, 3, 60000000 }, -1 },
		{ { TRUE, 501, FALSE, -1, 1, 3, 60000000 }, -1 },
		{ { TRUE, 404, FALSE, -1, 1, 3, 60000000 }, -1 },
		{ { TRUE, 0, TRUE, -1, 2, 3, 60000000 }, 1000000 },
		{ { FALSE, 0, TRUE, -1, 1, 3, 60000000 }, -1 },
		{ { FALSE, 503, FALSE, 1000000, 1, 3, 60000000 }, -1 },
		{ { FALSE, 429, FALSE, 1000000, 1, 3, 60000000 }, 1000000 },
		{ { FALSE, 529, FALSE, -1, 1, 3, 60000000 }, 500000 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(pfs_retry_wait_us(&cases[i].retry, 1), ==, cases[i].wait_us);
	g_assert_cmpint(pfs_retry_after_us("7", 0), ==, 7000000);
	g_assert_cmpint(pfs_retry_after_us("Thu, 01 Jan 1970 00:00:09 GMT", 4), ==, 5000000);
	g_assert_cmpint(pfs_retry_after_us("Mon, 01 Jan 2147483647 00:00:00 GMT", 0), ==,
			(gint64)G_MAXUINT32 * G_USEC_PER_SEC);
	g_assert_cmpint(pfs_retry_after_us("soon", 0), ==, -1);
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
	g_test_add_func("/http/retries", test_retries);
	g_test_add_func("/http/gives-up", test_gives_up);
	for (guint i = 0; i < G_N_ELEMENTS(hold_cases); i++) {
		g_autofree char *path =
		    g_strdup_printf("/http/hold/%s-%d", hold_cases[i].method, hold_cases[i].status);

		g_test_add_data_func(path, &hold_cases[i], test_hold);
	}
	g_test_add_func("/http/hold/ends", test_hold_ends);
	g_test_add_func("/http/resend/counts", test_resend_counts);
	g_test_add_func("/http/resend/within-budget", test_resend_within_budget);
	g_test_add_data_func("/http/never-twice/post", "POST", test_never_twice);
	g_test_add_data_func("/http/never-twice/put", "PUT", test_never_twice);
	g_test_add_data_func("/http/never-twice/patch", "PATCH", test_never_twice);
	g_test_add_data_func("/http/never-twice/delete", "DELETE", test_never_twice);
	g_test_add_func("/http/post-after-limit", test_post_after_limit);
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
	g_test_add_func("/http/room", test_room);
	g_test_add_func("/http/silent-first", test_silent_first);
	g_test_add_func("/http/send-inside", test_send_inside);
	g_test_add_func("/http/cancel-inside", test_cancel_inside);
	g_test_add_func("/http/free-ends-all", test_free_ends_all);
	g_test_add_func("/http/urls", test_urls);
	g_test_add_func("/http/budget", test_budget);
	g_test_add_func("/http/budget-in-any-period", test_budget_in_any_period);
	g_test_add_func("/http/retry-policy", test_retry_policy);
	g_test_add_func("/http/curl-codes", test_curl_codes);
	return g_test_run();
}
