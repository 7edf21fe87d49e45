/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curl's multi interface on a GMainContext: one source for its timer, one for each of its sockets
 * (https://curl.se/libcurl/c/libcurl-multi.html, "multi_socket"). The sources may recurse, which
 * spares GLib's wake-ups of its own loop at every dispatch.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <glib-unix.h>

#include <particlefs/text.h>
#include <particlefs/wipe.h>

#include "curl-error.h"
#include "private.h"
#include "retry.h"

/* Eight files as large as they may be. */
#define ALL_MIB_MAX 512
#define DEFAULT_TIMEOUT_MS 60000
#define KEPT_CONNECTIONS_MAX 64L
/* What uploads or compiles may take so many times as long as others. */
#define SLOW_FACTOR 5
#define GONE_US (5 * G_USEC_PER_SEC)
/* No limit of the cloud's has a longer period. */
#define HOLD_MAX_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC)

typedef struct {
	PfsHttp *http;
	GSource *source;
	gpointer tag;
	curl_socket_t fd;
} Socket;

static void pump(PfsHttp *self);

/*
 * A timer whose time the loop reads before it sleeps. It is only set from the loop itself:
 * g_source_set_ready_time() would write to wake it up, and a request sets timers four times. That
 * cost 4 system calls of 12, and 8 us.
 */
typedef struct {
	GSource source;
	gint64 time_us; /* -1: never */
} Timer;

static gboolean
timer_is_due(GSource *source)
{
	gint64 time_us = ((Timer *)source)->time_us;

	return time_us >= 0 && time_us <= g_source_get_time(source);
}

static gboolean
timer_prepare(GSource *source, int *timeout_ms)
{
	gint64 time_us = ((Timer *)source)->time_us;
	gint64 wait_us = time_us - g_source_get_time(source);

	*timeout_ms = time_us < 0 ? -1 : (int)CLAMP((wait_us + 999) / 1000, 0, G_MAXINT);
	return timer_is_due(source);
}

static gboolean
timer_dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
	return callback(user_data);
}

static GSourceFuncs timer_funcs = {
	.prepare = timer_prepare,
	.check = timer_is_due,
	.dispatch = timer_dispatch,
};

static GSource *
timer_new(PfsHttp *self, GSourceFunc callback)
{
	GSource *source = g_source_new(&timer_funcs, sizeof(Timer));

	((Timer *)source)->time_us = -1;
	g_source_set_callback(source, callback, self, NULL);
	g_source_set_can_recurse(source, TRUE);
	g_source_attach(source, self->context);
	return source;
}

static void
set_timer(GSource *source, gint64 time_us)
{
	((Timer *)source)->time_us = time_us;
}

static void
finish(PfsHttpExchange *exchange, const PfsHttpResponse *response, const GError *error)
{
	PfsHttp *self = exchange->http;

	g_queue_unlink(&self->exchanges, &exchange->link);
	self->stats.failures += response == NULL;
	if (!exchange->cancelled)
		exchange->done(response, error, exchange->user_data);
	pfs_exchange_free(exchange);
}

static void
fail(PfsHttpExchange *exchange, int code, const char *message)
{
	g_autoptr(GError) error = g_error_new_literal(PFS_ERROR, code, message);

	finish(exchange, NULL, error);
}

/* A try may have waited in vain for a while, in which others were answered. */
static void
note_reach(PfsHttpExchange *exchange, gboolean reached)
{
	PfsHttp *self = exchange->http;
	gint64 now_us = g_get_monotonic_time();
	curl_off_t took_us = 0;

	if (reached) {
		self->reached_us = now_us;
		self->unreachable_us = 0;
	} else if (self->unreachable_us == 0) {
		curl_easy_getinfo(exchange->easy, CURLINFO_TOTAL_TIME_T, &took_us);
		self->unreachable_us = MAX(now_us - took_us, self->reached_us);
	}
}

/* What the cloud's state is told by. */
static void
note_contact(PfsHttpExchange *exchange, CURLcode result, long status)
{
	PfsHttpStats *stats = &exchange->http->stats;

	if (status > 0 && !stats->reachable)
		g_info("the cloud answers");
	else if (status == 0)
		g_info("the cloud does not answer: %s", curl_easy_strerror(result));
	stats->reachable = status > 0;
	note_reach(exchange, status > 0);
	if (status > 0) {
		stats->last_status = status;
		stats->last_contact_us = g_get_real_time();
	}
}

static void
note_health(PfsHttpExchange *exchange, long status)
{
	PfsHttp *self = exchange->http;
	gboolean was_failing = self->failing;

	if (exchange->request->stream)
		return;
	self->failing = status == 0 || status >= 500;
	if (was_failing && !self->failing && self->back_func != NULL)
		self->back_func(self->back_user_data);
}

/* Then there is no use in trying each thing four times, nor for long. */
gboolean
pfs_exchange_is_gone(const PfsHttpExchange *self)
{
	gint64 since_us = self->http->unreachable_us;

	return !self->foreign && since_us > 0 && g_get_monotonic_time() - since_us > GONE_US;
}

static void
note_hold(PfsHttpExchange *exchange, long status)
{
	PfsHttp *self = exchange->http;
	gint64 wait_us = MIN(exchange->retry_after_us, HOLD_MAX_US) * self->timer_percent / 100;
	PfsHold hold = { g_get_monotonic_time() + wait_us, status };

	if (!exchange->foreign && wait_us > 0 && pfs_retry_is_for_all(status))
		pfs_queue_hold(&self->queue, exchange, &hold);
}

/* TRUE when the exchange will be tried again. */
static gboolean
try_again(PfsHttpExchange *exchange, CURLcode result, long status)
{
	PfsHttp *self = exchange->http;
	PfsRetryCase retry = {
		.idempotent = pfs_exchange_is_idempotent(exchange) && !exchange->request->stream,
		.http_status = result == CURLE_OK ? status : 0,
		.unreachable =
		    exchange->repeated || pfs_curl_is_unreachable(result, exchange->message),
		.retry_after_us = exchange->retry_after_us,
		.tries = exchange->tries,
		.retries_max =
		    exchange->request->stream || pfs_exchange_is_gone(exchange) ? 0 : self->retries,
		.wait_max_us =
		    pfs_queue_get_patience_us(&self->queue, exchange, g_get_monotonic_time()),
	};
	gint64 wait_us;

	if (result == CURLE_OK && status == 401 && !exchange->token_retried &&
	    exchange->request->auth == PFS_HTTP_AUTH_BEARER && pfs_token_reload(self->token)) {
		exchange->token_retried = TRUE;
		wait_us = 0;
	} else {
		wait_us = pfs_retry_wait_us(&retry, g_random_double());
	}
	if (wait_us < 0)
		return FALSE;
	pfs_exchange_end_try(exchange);
	pfs_queue_push(&self->queue, exchange,
		       g_get_monotonic_time() + wait_us * self->timer_percent / 100);
	return TRUE;
}

static void
answer(PfsHttpExchange *exchange, long status)
{
	const char *type = NULL;
	g_autofree char *lower = NULL;
	g_autoptr(GBytes) body = pfs_exchange_take_body(exchange);
	g_autofree char *date = NULL;
	PfsHttpResponse response = { .status = status, .body = body };
	struct curl_header *header;

	if (curl_easy_header(exchange->easy, "Date", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
		date = g_strdup(header->value);
	response.date = date;
	curl_easy_getinfo(exchange->easy, CURLINFO_CONTENT_TYPE, &type);
	if (type != NULL) {
		lower = g_ascii_strdown(type, (gssize)strcspn(type, "; "));
		response.content_type = lower;
	}
	pfs_exchange_end_try(exchange);
	finish(exchange, &response, NULL);
}

static GError *
describe_failure(PfsHttpExchange *exchange, CURLcode result)
{
	g_autofree char *message = NULL;
	int code = pfs_errno_from_curl(result, exchange->message);
	long request_size = 0;

	if (exchange->repeated)
		return g_error_new(PFS_ERROR, EHOSTUNREACH,
				   "the connection ended without an answer");
	if (exchange->objection != NULL)
		return g_error_new_literal(PFS_ERROR, EBADMSG, exchange->objection);
	message = pfs_text_printable(
	    exchange->message[0] != '\0' ? exchange->message : curl_easy_strerror(result), -1);
	/* Then the network says nothing, not the cloud, nor a device. */
	curl_easy_getinfo(exchange->easy, CURLINFO_REQUEST_SIZE, &request_size);
	if (code == ETIMEDOUT && request_size == 0)
		code = EHOSTUNREACH;
	return g_error_new_literal(PFS_ERROR, code, message);
}

static void
complete(PfsHttpExchange *exchange, CURLcode result)
{
	long status = 0;
	g_autoptr(GError) error = NULL;

	curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!exchange->foreign) {
		note_contact(exchange, result, status);
		note_health(exchange, status);
	}
	note_hold(exchange, status);
	if (try_again(exchange, result, status))
		return;
	if (result == CURLE_OK) {
		answer(exchange, status);
		return;
	}
	error = describe_failure(exchange, result);
	pfs_exchange_end_try(exchange);
	finish(exchange, NULL, error);
}

/* What was cancelled while curl was at work: it may hear nothing more, and so would never end. */
static void
drop_cancelled(PfsHttp *self)
{
	GList *next;

	for (GList *link = self->exchanges.head; link != NULL; link = next) {
		PfsHttpExchange *exchange = link->data;

		next = link->next;
		if (exchange->cancelled)
			finish(exchange, NULL, NULL);
	}
	self->has_cancelled = FALSE;
}

static void
drain(PfsHttp *self)
{
	CURLMsg *message;
	int left;

	if (self->has_cancelled)
		drop_cancelled(self);
	while ((message = curl_multi_info_read(self->multi, &left)) != NULL) {
		PfsHttpExchange *exchange;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&exchange);
		complete(exchange, message->data.result);
	}
	pump(self);
}

static void
act(PfsHttp *self, curl_socket_t fd, int events)
{
	int running;
	gboolean outermost = !self->dispatching;

	self->dispatching = TRUE;
	curl_multi_socket_action(self->multi, fd, events, &running);
	self->dispatching = !outermost;
	if (outermost) {
		pfs_wipe_stack();
		drain(self);
	}
}

static gboolean
timer_cb(gpointer user_data)
{
	PfsHttp *self = user_data;

	set_timer(self->timer, -1);
	act(self, CURL_SOCKET_TIMEOUT, 0);
	return G_SOURCE_CONTINUE;
}

static int
set_timer_cb(CURLM *multi, long timeout_ms, void *user_data)
{
	PfsHttp *self = user_data;

	/* Never call back into curl from here, even for 0 ms. */
	set_timer(self->timer, timeout_ms < 0 ? -1 : g_get_monotonic_time() + timeout_ms * 1000);
	return 0;
}

static gboolean
socket_dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
	Socket *watch = user_data;
	GIOCondition condition = g_source_query_unix_fd(source, watch->tag);
	int events = 0;

	if (condition & (G_IO_IN | G_IO_HUP))
		events |= CURL_CSELECT_IN;
	if (condition & G_IO_OUT)
		events |= CURL_CSELECT_OUT;
	if (condition & G_IO_ERR)
		events |= CURL_CSELECT_ERR;
	act(watch->http, watch->fd, events);
	return G_SOURCE_CONTINUE;
}

static GSourceFuncs socket_funcs = { .dispatch = socket_dispatch };

static gboolean
nothing_cb(gpointer user_data)
{
	return G_SOURCE_CONTINUE;
}

static Socket *
socket_new(PfsHttp *self, curl_socket_t fd)
{
	Socket *watch = g_new0(Socket, 1);

	watch->http = self;
	watch->fd = fd;
	watch->source = g_source_new(&socket_funcs, sizeof(GSource));
	watch->tag = g_source_add_unix_fd(watch->source, fd, 0);
	g_source_set_callback(watch->source, nothing_cb, watch, g_free);
	g_source_set_can_recurse(watch->source, TRUE);
	g_source_attach(watch->source, self->context);
	return watch;
}

static int
set_socket_cb(CURL *easy, curl_socket_t fd, int what, void *user_data, void *socket_data)
{
	PfsHttp *self = user_data;
	Socket *watch = socket_data;
	GIOCondition condition = G_IO_ERR | G_IO_HUP;

	if (what == CURL_POLL_REMOVE) {
		if (watch != NULL) {
			GSource *source = watch->source;

			g_source_destroy(source); /* frees the watch */
			g_source_unref(source);
		}
		curl_multi_assign(self->multi, fd, NULL);
		return 0;
	}
	if (watch == NULL) {
		watch = socket_new(self, fd);
		curl_multi_assign(self->multi, fd, watch);
	}
	if (what != CURL_POLL_OUT)
		condition |= G_IO_IN;
	if (what != CURL_POLL_IN)
		condition |= G_IO_OUT;
	g_source_modify_unix_fd(watch->source, watch->tag, condition);
	return 0;
}

static void
begin(PfsHttpExchange *exchange)
{
	const char *token = NULL;

	if (exchange->early != NULL) {
		g_autoptr(GError) error = g_steal_pointer(&exchange->early);

		finish(exchange, NULL, error);
		return;
	}
	if (exchange->request->auth == PFS_HTTP_AUTH_BEARER) {
		token = pfs_token_peek(exchange->http->token);
		if (token == NULL) {
			fail(exchange, ENOKEY, "no access token");
			return;
		}
	}
	pfs_exchange_begin(exchange, token);
}

static void
expire(PfsHttpExchange *exchange, gint64 now_us)
{
	const PfsHold *hold = pfs_queue_find_hold(&exchange->http->queue, exchange, now_us);
	g_autoptr(GError) error = NULL;
	g_autofree char *message = NULL;

	if (hold == NULL) {
		fail(exchange, EBUSY, "it waited for the request budget until its time was up");
		return;
	}
	message = g_strdup_printf("the cloud wants no more of these for another %d s",
				  (int)((hold->until_us - now_us) / G_USEC_PER_SEC) + 1);
	error = pfs_error_new_http(hold->status, pfs_errno_from_http(hold->status), message);
	pfs_error_set_retry_us(error, hold->until_us);
	finish(exchange, NULL, error);
}

/* Sends what may be sent now, and sets the clock for the rest. A done function may change the
 * queue. */
static void
pump(PfsHttp *self)
{
	gint64 now_us = g_get_monotonic_time();
	gint64 next_us;
	gboolean expired;
	PfsHttpExchange *exchange;

	while ((exchange = pfs_queue_pop(&self->queue, now_us, &expired, &next_us)) != NULL) {
		if (expired)
			expire(exchange, now_us);
		else
			begin(exchange);
	}
	set_timer(self->wake, next_us == G_MAXINT64 ? -1 : next_us);
}

static gboolean
wake_cb(gpointer user_data)
{
	PfsHttp *self = user_data;

	set_timer(self->wake, -1);
	pump(self);
	return G_SOURCE_CONTINUE;
}

static gboolean
is_loopback(const char *host)
{
	g_autofree char *bare = g_strdup(host);
	struct in6_addr ipv6;
	struct in_addr ipv4;

	if (strcmp(host, "localhost") == 0)
		return TRUE;
	if (bare[0] == '[' && strlen(bare) > 2) {
		bare[strlen(bare) - 1] = '\0';
		memmove(bare, bare + 1, strlen(bare));
	}
	if (inet_pton(AF_INET, bare, &ipv4) == 1)
		return ntohl(ipv4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, bare, &ipv6) == 1 && IN6_IS_ADDR_LOOPBACK(&ipv6);
}

static gboolean
check_url(PfsHttp *self, const char *base_url, GError **error)
{
	CURLU *url = curl_url();
	g_autofree char *why = NULL;
	char *scheme = NULL;
	char *host = NULL;

	if (curl_url_set(url, CURLUPART_URL, base_url, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &host, 0) != CURLUE_OK) {
		why = g_strdup("not a URL");
	} else {
		self->loopback = is_loopback(host);
		if (strcmp(scheme, "https") != 0 && strcmp(scheme, "http") != 0)
			why = g_strdup("neither https nor http");
		else if (strcmp(scheme, "http") == 0 && !self->loopback)
			why = g_strdup("plain http would show the token to the network; use https");
	}
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(url);
	if (why != NULL)
		g_set_error(error, PFS_ERROR, EINVAL, "%s: %s", base_url, why);
	return why == NULL;
}

PfsHttp *
pfs_http_new(const PfsHttpOptions *options, PfsToken *token, GError **error)
{
	g_autofree PfsHttp *self = g_new0(PfsHttp, 1);

	if (!check_url(self, options->base_url, error))
		/* g_autofree frees it. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		return NULL;
	if (options->ca_file != NULL && !g_file_test(options->ca_file, G_FILE_TEST_IS_REGULAR)) {
		g_set_error(error, PFS_ERROR, ENOENT, "%s: no such file", options->ca_file);
		return NULL;
	}
	self->context = g_main_context_ref_thread_default();
	self->multi = curl_multi_init();
	self->token = token;
	self->base_url = g_strdup(options->base_url);
	if (g_str_has_suffix(self->base_url, "/"))
		self->base_url[strlen(self->base_url) - 1] = '\0';
	self->ca_file = g_strdup(options->ca_file);
	self->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
	self->retries = options->retries;
	self->timer_percent = 100;
	self->body_bytes_max = ALL_MIB_MAX * 1024 * 1024;
	self->idle = g_ptr_array_new();
	pfs_queue_init(&self->queue, options, self->timeout_ms, g_get_monotonic_time());
	self->timer = timer_new(self, timer_cb);
	self->wake = timer_new(self, wake_cb);
	curl_multi_setopt(self->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
	curl_multi_setopt(self->multi, CURLMOPT_MAXCONNECTS,
			  MIN(KEPT_CONNECTIONS_MAX, (long)self->queue.connections_max / 4 + 1));
	curl_multi_setopt(self->multi, CURLMOPT_TIMERFUNCTION, set_timer_cb);
	curl_multi_setopt(self->multi, CURLMOPT_TIMERDATA, self);
	curl_multi_setopt(self->multi, CURLMOPT_SOCKETFUNCTION, set_socket_cb);
	curl_multi_setopt(self->multi, CURLMOPT_SOCKETDATA, self);
	return g_steal_pointer(&self);
}

static void
source_free(GSource *source)
{
	g_source_destroy(source);
	g_source_unref(source);
}

void
pfs_http_free(PfsHttp *self)
{
	if (self == NULL)
		return;
	while (self->exchanges.head != NULL) {
		PfsHttpExchange *exchange = self->exchanges.head->data;

		pfs_queue_remove(&self->queue, exchange);
		pfs_exchange_end_try(exchange);
		fail(exchange, ECANCELED, "shutting down");
	}
	for (guint i = 0; i < self->idle->len; i++)
		curl_easy_cleanup(g_ptr_array_index(self->idle, i));
	g_ptr_array_unref(self->idle);
	curl_multi_cleanup(self->multi);
	pfs_queue_clear(&self->queue);
	source_free(self->timer);
	source_free(self->wake);
	g_main_context_unref(self->context);
	g_free(self->base_url);
	g_free(self->ca_file);
	g_free(self);
}

static gboolean
is_below_base(PfsHttp *self, const char *target)
{
	return target[0] == '/' ||
	       (g_str_has_prefix(target, self->base_url) && target[strlen(self->base_url)] == '/');
}

/* Who has made the link says where this machine sends a request: it goes without credentials, and
 * neither in clear nor to what has no certificate, as routers and a host's metadata. */
static void
guard_link(PfsHttpExchange *exchange)
{
	PfsHttpRequest *request = exchange->request;

	exchange->foreign = !is_below_base(exchange->http, request->target);
	if (!exchange->foreign)
		return;
	request->auth = PFS_HTTP_AUTH_NONE;
	if (!g_str_has_prefix(request->target, "https://"))
		exchange->early = g_error_new_literal(PFS_ERROR, EINVAL, "the link is not https");
}

gint64
pfs_http_get_timeout_ms(const PfsHttp *self, const PfsHttpRequest *request)
{
	return (gint64)self->timeout_ms * (request->slow ? SLOW_FACTOR : 1);
}

PfsHttpExchange *
pfs_http_send(PfsHttp *self, PfsHttpRequest *request, PfsHttpDoneFunc done, gpointer user_data)
{
	PfsHttpExchange *exchange = g_new0(PfsHttpExchange, 1);
	gint64 now_us = g_get_monotonic_time();

	exchange->http = self;
	exchange->caller = self->caller;
	exchange->request = request;
	guard_link(exchange);
	exchange->done = done;
	exchange->user_data = user_data;
	exchange->link.data = exchange->waiting_link.data = exchange;
	exchange->body = g_byte_array_new();
	exchange->give_up_us = now_us + pfs_http_get_timeout_ms(self, request) * 1000;
	g_queue_push_tail_link(&self->exchanges, &exchange->link);
	if (request->auth == PFS_HTTP_AUTH_BEARER && pfs_token_peek(self->token) == NULL)
		exchange->early = g_error_new_literal(PFS_ERROR, ENOKEY, "no access token");
	/* From inside its callbacks curl takes nothing. */
	if (!self->dispatching && pfs_queue_skip(&self->queue, exchange, now_us)) {
		begin(exchange); /* only hands it to curl, which runs from its timer */
	} else {
		pfs_queue_push(&self->queue, exchange, now_us);
		set_timer(self->wake, now_us);
	}
	return exchange;
}

void
pfs_http_cancel(PfsHttpExchange *exchange)
{
	PfsHttp *self = exchange->http;

	exchange->cancelled = TRUE;
	/* curl forbids to remove a handle from inside its callbacks. */
	if (self->dispatching && exchange->easy != NULL) {
		self->has_cancelled = TRUE;
		return;
	}
	pfs_queue_remove(&self->queue, exchange);
	finish(exchange, NULL, NULL);
}

void
pfs_http_set_caller(PfsHttp *self, int pid)
{
	self->caller = pid;
}

void
pfs_http_set_back_func(PfsHttp *self, PfsHttpBackFunc func, gpointer user_data)
{
	self->back_func = func;
	self->back_user_data = user_data;
}

PfsToken *
pfs_http_get_token(PfsHttp *self)
{
	return self->token;
}

gboolean
pfs_http_is_sent(PfsHttpExchange *exchange)
{
	long request_size = 0;

	if (exchange->easy != NULL)
		curl_easy_getinfo(exchange->easy, CURLINFO_REQUEST_SIZE, &request_size);
	return exchange->sent || request_size > 0;
}

void
pfs_http_get_stats(PfsHttp *self, PfsHttpStats *out_stats)
{
	PfsQueue *queue = &self->queue;
	gint64 now_us = g_get_monotonic_time();

	*out_stats = self->stats;
	out_stats->in_flight = self->exchanges.length - queue->waiting.length;
	out_stats->queued = queue->waiting.length;
	out_stats->budget_left = pfs_budget_get_left(&queue->budget, now_us);
	out_stats->dataops_left =
	    pfs_budget_get_left(&queue->lanes[PFS_LANE_DEVICE].budget, now_us);
	out_stats->streams_left =
	    pfs_budget_get_left(&queue->lanes[PFS_LANE_STREAM].budget, now_us);
}

void
pfs_http_set_timer_scale(PfsHttp *self, guint percent)
{
	self->timer_percent = percent;
}

void
pfs_http_set_room(PfsHttp *self, gsize bytes)
{
	self->body_bytes_max = bytes;
}
