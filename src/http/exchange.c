/* SPDX-License-Identifier: Apache-2.0 */
/* One try of an exchange: what curl is told, and what it gives back. */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <particlefs/wipe.h>

#include "private.h"
#include "retry.h"

#define CONNECT_TIMEOUT_MS 15000L
/* Where packets are lost, all that is asked for would take so long otherwise. */
#define GONE_CONNECT_TIMEOUT_MS 3000L
#define BUFFER_BYTES 16384L
/*
 * curl reads a hundred buffers before it lets go of the loop. With 16 KiB each, a flood left so
 * little to those who read the events that a log was full before: 69,000 a second arrived, and with
 * 1 KiB 690,000.
 */
#define STREAM_BUFFER_BYTES 1024L
/* A document. A list is read while it arrives: one of 100,000 devices has some 60 MiB. */
#define BODY_MIB_MAX 16
/* As much as can be uploaded. */
#define FILE_MIB_MAX 64
#define LIST_MIB_MAX 256
/* The cloud's have 1 KiB, a proxy adds its own. */
#define HEAD_KIB_MAX 64
#define STREAM_TYPE "text/event-stream"

static long
get_status(PfsHttpExchange *self)
{
	long status = 0;

	curl_easy_getinfo(self->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

/* Always FALSE: the try is to end. */
static gboolean
object(PfsHttpExchange *self, const char *objection)
{
	self->objection = objection;
	return FALSE;
}

static gboolean
collect(PfsHttpExchange *self, const char *data, gsize length)
{
	gboolean file = self->request->file;

	if (self->body->len + length > (file ? FILE_MIB_MAX : BODY_MIB_MAX) * 1024 * 1024)
		return object(self, file ? "the file is over " G_STRINGIFY(FILE_MIB_MAX) " MiB"
					 : "the answer is over " G_STRINGIFY(BODY_MIB_MAX) " MiB");
	if (self->http->body_bytes + length > self->http->body_bytes_max)
		return object(self,
			      "there is no room for the answer: too many large ones come at once");
	g_byte_array_append(self->body, (const guint8 *)data, (guint)length);
	self->http->body_bytes += length;
	return TRUE;
}

GBytes *
pfs_exchange_take_body(PfsHttpExchange *self)
{
	gsize length;
	guint8 *data = g_byte_array_steal(self->body, &length);

	self->http->body_bytes -= length;
	return pfs_wipe_bytes_new_take((char *)data, length);
}

static gboolean
deliver(PfsHttpExchange *self, const char *data, gsize length)
{
	PfsHttpRequest *request = self->request;

	self->body_bytes += length;
	if (!request->stream && self->body_bytes > LIST_MIB_MAX * 1024 * 1024)
		return object(self, "the answer is over " G_STRINGIFY(LIST_MIB_MAX) " MiB");
	if (!self->delivered && !request->data(NULL, 0, request->data_user_data))
		return FALSE;
	self->delivered = TRUE;
	/* The function may cancel the exchange that it serves. */
	return !self->cancelled && request->data(data, length, request->data_user_data) &&
	       !self->cancelled;
}

static size_t
write_cb(char *data, size_t size, size_t count, void *user_data)
{
	PfsHttpExchange *self = user_data;
	size_t length = size * count;
	long status = get_status(self);
	gboolean taken;

	if (self->cancelled)
		return 0;
	self->http->stats.bytes_in += length;
	if (self->request->data != NULL && status >= 200 && status < 300)
		taken = deliver(self, data, length);
	else
		taken = collect(self, data, length);
	return taken ? length : 0;
}

static gboolean
is_event_stream(PfsHttpExchange *self)
{
	const char *type = NULL;

	curl_easy_getinfo(self->easy, CURLINFO_CONTENT_TYPE, &type);
	return type != NULL && g_ascii_strncasecmp(type, STREAM_TYPE, strlen(STREAM_TYPE)) == 0;
}

/* The end of a stream's head: that it is open is news, though nothing has happened yet. */
static gboolean
begin_stream(PfsHttpExchange *self)
{
	if (self->request->data == NULL || get_status(self) / 100 != 2 || self->delivered)
		return TRUE;
	/* The login page of a network is a 200 too. */
	if (!is_event_stream(self))
		return object(self, "the answer is no event stream");
	return deliver(self, "", 0);
}

static size_t
header_cb(char *data, size_t size, size_t count, void *user_data)
{
	static const char name[] = "retry-after:";
	PfsHttpExchange *self = user_data;
	size_t length = size * count;

	if (self->cancelled)
		return 0;
	self->head_bytes += length;
	if (self->head_bytes > HEAD_KIB_MAX * 1024) {
		object(self, "the answer's head is over " G_STRINGIFY(HEAD_KIB_MAX) " KiB");
		return 0;
	}
	if (self->request->stream && data[0] == '\r' && !begin_stream(self))
		return 0;
	if (length >= sizeof(name) && g_ascii_strncasecmp(data, name, strlen(name)) == 0) {
		g_autofree char *value = g_strndup(data + strlen(name), length - strlen(name));

		self->retry_after_us =
		    pfs_retry_after_us(g_strstrip(value), g_get_real_time() / G_USEC_PER_SEC);
	}
	return length;
}

/* A send counts from its begin on; not one that never got as far as the cloud. */
static void
count(PfsHttpExchange *self, gboolean again, int change)
{
	PfsHttpStats *stats = &self->http->stats;

	stats->requests += (guint64)change;
	if (again)
		stats->retries += (guint64)change;
	if (self->request->calls_device)
		stats->dataops += (guint64)change;
}

/*
 * curl asks before it sends a request, and so before it sends one again: on another connection when
 * the first one died, after an HTTP/2 stream was refused or is wanted as HTTP/1.1. None of this
 * tells whether the request has acted. What only reads may be sent again at once, where the budget
 * has one left; after that it waits like any retry.
 */
static int
before_sending_cb(void *user_data, char *ip, char *local_ip, int port, int local_port)
{
	PfsHttpExchange *self = user_data;

	if (++self->sends == 1)
		return CURL_PREREQFUNC_OK;
	self->repeated = self->sends > 2 || !pfs_exchange_is_idempotent(self) ||
			 !pfs_queue_repeat(&self->http->queue, self, g_get_monotonic_time());
	if (self->repeated)
		return CURL_PREREQFUNC_ABORT;
	count(self, TRUE, 1);
	return CURL_PREREQFUNC_OK;
}

/* curl's own sockets would be open in each program that is started. */
static curl_socket_t
open_socket_cb(void *user_data, curlsocktype purpose, struct curl_sockaddr *address)
{
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* Everything that is the same for all exchanges, set once for each handle. */
CURL *
pfs_easy_new(PfsHttp *http)
{
	CURL *easy = curl_easy_init();

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/* Until the first is answered only TLS tells whether its connection can be shared. */
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT,
			 g_str_has_prefix(http->base_url, "https:") ? 1L : 0L);
	/* A resolver that nobody answers has a thread of its own: to wait for its end would stop
	 * the loop. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "particlefs/" PFS_VERSION);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_cb);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_cb);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_sending_cb);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket_cb);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	if (http->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_file);
	if (http->loopback)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	return easy;
}

gboolean
pfs_exchange_is_idempotent(PfsHttpExchange *self)
{
	return strcmp(self->request->method, "GET") == 0 ||
	       strcmp(self->request->method, "HEAD") == 0;
}

/* From the descriptor: a process that can't be dumped can't open its own /proc/self/fd. */
static size_t
read_part_cb(char *buffer, size_t size, size_t count, void *user_data)
{
	PfsHttpPart *part = user_data;
	gssize length = pread(part->fd, buffer, size * count, part->position);

	if (length < 0)
		return CURL_READFUNC_ABORT;
	part->position += length;
	return (size_t)length;
}

static int
seek_part_cb(void *user_data, curl_off_t offset, int origin)
{
	PfsHttpPart *part = user_data;

	if (origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	part->position = offset;
	return CURL_SEEKFUNC_OK;
}

static void
set_mime(PfsHttpExchange *self)
{
	self->mime = curl_mime_init(self->easy);
	for (guint i = 0; i < self->request->parts->len; i++) {
		PfsHttpPart *part = g_ptr_array_index(self->request->parts, i);
		curl_mimepart *target = curl_mime_addpart(self->mime);

		curl_mime_name(target, part->name);
		if (part->fd >= 0) {
			part->position = 0;
			curl_mime_data_cb(target, part->fd_size, read_part_cb, seek_part_cb, NULL,
					  part);
		} else {
			gsize length;
			const char *data = g_bytes_get_data(part->bytes, &length);

			curl_mime_data(target, data, length);
		}
		curl_mime_filename(target, part->filename);
	}
	curl_easy_setopt(self->easy, CURLOPT_MIMEPOST, self->mime);
}

static void
set_body(PfsHttpExchange *self)
{
	PfsHttpRequest *request = self->request;

	curl_easy_setopt(self->easy, CURLOPT_HTTPGET, 1L);
	if (request->parts != NULL) {
		set_mime(self);
	} else if (request->body != NULL || strcmp(request->method, "POST") == 0) {
		gsize length = 0;
		const char *data =
		    request->body != NULL ? g_bytes_get_data(request->body, &length) : NULL;

		curl_easy_setopt(self->easy, CURLOPT_POSTFIELDS, data != NULL ? data : "");
		curl_easy_setopt(self->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
	}
	curl_easy_setopt(self->easy, CURLOPT_NOBODY,
			 strcmp(request->method, "HEAD") == 0 ? 1L : 0L);
	curl_easy_setopt(self->easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void
add_header(PfsHttpExchange *self, const char *name, const char *value)
{
	PFS_AUTO_WIPE char *line = g_strconcat(name, ": ", value, NULL);

	self->headers = curl_slist_append(self->headers, line);
}

static void
add_basic_authorization(PfsHttpExchange *self)
{
	PfsHttpRequest *request = self->request;
	PFS_AUTO_WIPE char *pair =
	    g_strconcat(request->basic_user != NULL ? request->basic_user : "", ":",
			request->basic_password != NULL ? request->basic_password : "", NULL);
	PFS_AUTO_WIPE char *encoded = g_base64_encode((const guchar *)pair, strlen(pair));
	PFS_AUTO_WIPE char *value = g_strconcat("Basic ", encoded, NULL);

	add_header(self, "Authorization", value);
}

/* As a header: of what curl has an option for, it keeps a copy with each connection. */
static void
add_authorization(PfsHttpExchange *self, const char *token)
{
	PFS_AUTO_WIPE char *value = NULL;

	switch (self->request->auth) {
	case PFS_HTTP_AUTH_BEARER:
		if (token == NULL)
			break;
		value = g_strconcat("Bearer ", token, NULL);
		add_header(self, "Authorization", value);
		break;
	case PFS_HTTP_AUTH_BASIC:
		add_basic_authorization(self);
		break;
	case PFS_HTTP_AUTH_NONE:
		break;
	}
}

static void
set_headers(PfsHttpExchange *self, const char *token)
{
	PfsHttpRequest *request = self->request;

	add_authorization(self, token);
	if (request->accept != NULL)
		add_header(self, "Accept", request->accept);
	if (request->content_type != NULL)
		add_header(self, "Content-Type", request->content_type);
	else if (request->parts == NULL && request->body == NULL)
		self->headers = curl_slist_append(self->headers, "Content-Type:");
	/* Without this curl waits a second for `100 Continue` before it sends a large body. */
	self->headers = curl_slist_append(self->headers, "Expect:");
	curl_easy_setopt(self->easy, CURLOPT_HTTPHEADER, self->headers);
}

/*
 * A connection that was used before may be at its end. What reads is sent again by curl then; what
 * acts would fail, for it is not: so it has a connection of its own. Nobody shares that: where a
 * server ends an HTTP/2 connection for another's sake, what acts would be told of an error though
 * it has acted. curl shares a connection with who has the same options alone, and this one says
 * nothing to OpenSSL.
 */
static void
set_connection(PfsHttpExchange *self)
{
	gboolean own = !pfs_exchange_is_idempotent(self);

	curl_easy_setopt(self->easy, CURLOPT_FRESH_CONNECT, own ? 1L : 0L);
	curl_easy_setopt(self->easy, CURLOPT_FORBID_REUSE, own ? 1L : 0L);
	curl_easy_setopt(self->easy, CURLOPT_SSL_OPTIONS, own ? (long)CURLSSLOPT_NO_REVOKE : 0L);
}

void
pfs_exchange_begin(PfsHttpExchange *self, const char *token)
{
	PfsHttp *http = self->http;
	PfsHttpRequest *request = self->request;
	gboolean absolute = request->target[0] != '/';
	g_autofree char *url = absolute ? g_strdup(request->target)
					: g_strconcat(http->base_url, request->target, NULL);

	self->easy =
	    http->idle->len > 0 ? g_ptr_array_steal_index_fast(http->idle, 0) : pfs_easy_new(http);
	self->retry_after_us = -1;
	self->delivered = self->repeated = FALSE;
	self->objection = NULL;
	self->sends = 0;
	self->head_bytes = self->body_bytes = 0;
	self->message[0] = '\0';
	curl_easy_setopt(self->easy, CURLOPT_URL, url);
	curl_easy_setopt(self->easy, CURLOPT_PRIVATE, self);
	curl_easy_setopt(self->easy, CURLOPT_WRITEDATA, self);
	curl_easy_setopt(self->easy, CURLOPT_HEADERDATA, self);
	curl_easy_setopt(self->easy, CURLOPT_PREREQDATA, self);
	curl_easy_setopt(self->easy, CURLOPT_ERRORBUFFER, self->message);
	curl_easy_setopt(self->easy, CURLOPT_BUFFERSIZE,
			 request->stream ? STREAM_BUFFER_BYTES : BUFFER_BYTES);
	/* What unpacks to a thousand times its size would take the loop, for no event. */
	curl_easy_setopt(self->easy, CURLOPT_ACCEPT_ENCODING, request->stream ? NULL : "");
	curl_easy_setopt(self->easy, CURLOPT_CONNECTTIMEOUT_MS,
			 pfs_exchange_is_gone(self) ? GONE_CONNECT_TIMEOUT_MS : CONNECT_TIMEOUT_MS);
	curl_easy_setopt(self->easy, CURLOPT_TIMEOUT_MS,
			 request->stream ? 0L : (long)pfs_http_get_timeout_ms(http, request));
	set_connection(self);
	set_body(self);
	set_headers(self, token);
	self->tries++;
	pfs_queue_get_lane(&http->queue, self)->running++;
	count(self, self->tries > 1, 1);
	curl_multi_add_handle(http->multi, self->easy);
}

/* Gives the handle back; its borrowed pointers go with it. */
void
pfs_exchange_end_try(PfsHttpExchange *self)
{
	long request_size = 0;

	if (self->easy == NULL)
		return;
	g_bytes_unref(pfs_exchange_take_body(self));
	pfs_queue_get_lane(&self->http->queue, self)->running--;
	curl_easy_getinfo(self->easy, CURLINFO_REQUEST_SIZE, &request_size);
	if (request_size == 0)
		count(self, self->tries > 1, -1);
	self->sent = self->sent || request_size > 0;
	curl_multi_remove_handle(self->http->multi, self->easy);
	curl_easy_setopt(self->easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(self->easy, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(self->easy, CURLOPT_POSTFIELDS, NULL);
	curl_easy_setopt(self->easy, CURLOPT_MIMEPOST, NULL);
	g_ptr_array_add(self->http->idle, g_steal_pointer(&self->easy));
	g_clear_pointer(&self->headers, curl_slist_free_all);
	g_clear_pointer(&self->mime, curl_mime_free);
}

void
pfs_exchange_free(PfsHttpExchange *self)
{
	pfs_exchange_end_try(self);
	pfs_http_request_free(self->request);
	g_byte_array_unref(self->body);
	g_clear_error(&self->early);
	g_free(self);
}
