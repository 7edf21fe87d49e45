/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include <particlefs/token.h>

G_BEGIN_DECLS

/**
 * PfsHttp:
 *
 * Runs HTTP exchanges on the thread-default #GMainContext of its creation: curl's sockets and timer
 * are sources there. HTTP/2 where offered: what reads shares one connection, what acts has its
 * own. Owns every exchange in flight. Keeps the request budget, honours Retry-After, repeats
 * idempotent requests with backoff and jitter, and never repeats one that may have acted.
 */
typedef struct _PfsHttp PfsHttp;

/**
 * PfsHttpExchange:
 *
 * One request and its answer, retries included. Valid until its done function has run or it was
 * cancelled.
 */
typedef struct _PfsHttpExchange PfsHttpExchange;

/**
 * PfsHttpOptions:
 * @base_url: scheme, host and port, without a trailing slash; plain http only to a loopback address
 * @ca_file: (nullable): certificates to trust in place of the system's
 * @timeout_ms: whole exchange, each try; 0 for the default of 60,000
 * @retries: how often an idempotent request is repeated; default 3
 * @budget_requests: requests allowed in @budget_secs; 0 for no budget
 * @budget_secs: see @budget_requests
 * @dataops: requests to devices allowed in @dataops_secs, which the cloud bills; 0 for any number
 * @dataops_secs: see @dataops
 */
typedef struct {
	const char *base_url;
	const char *ca_file;
	guint timeout_ms;
	guint retries;
	guint budget_requests;
	guint budget_secs;
	guint dataops;
	guint dataops_secs;
} PfsHttpOptions;

/**
 * PfsHttpAuth:
 * @PFS_HTTP_AUTH_NONE: none
 * @PFS_HTTP_AUTH_BEARER: the access token; without one the exchange fails with ENOKEY
 * @PFS_HTTP_AUTH_BASIC: user and password of the request
 *
 * Which credentials a request has.
 */
typedef enum {
	PFS_HTTP_AUTH_NONE,
	PFS_HTTP_AUTH_BEARER,
	PFS_HTTP_AUTH_BASIC,
} PfsHttpAuth;

/**
 * PfsHttpPart:
 * @name: field name
 * @filename: (nullable): file name; NULL for a plain field
 * @bytes: (nullable): content, or NULL when @fd has it
 * @fd: a file descriptor to read @fd_size bytes from (from offset 0), -1 for none; owned
 * @fd_size: size of @fd's content in bytes
 * @position: private: how far it was sent
 *
 * One part of a multipart/form-data body.
 */
typedef struct {
	char *name;
	char *filename;
	GBytes *bytes;
	int fd;
	gint64 fd_size;
	gint64 position;
} PfsHttpPart;

/**
 * pfs_http_part_free:
 * @part: a #PfsHttpPart
 *
 * Frees it with all that it has; for containers of parts.
 */
void pfs_http_part_free(gpointer part);

/**
 * PfsHttpDataFunc:
 * @data: bytes of a 2xx body as they arrive; %NULL when the body starts anew: before the first
 * byte, and at a retry. Of a stream that is as soon as its head is there
 * @length: their number, which may be 0
 * @user_data: as given
 *
 * Returns: %FALSE to end the exchange with EBADMSG
 */
typedef gboolean (*PfsHttpDataFunc)(const char *data, gsize length, gpointer user_data);

/**
 * PfsHttpRequest:
 * @method: GET, HEAD, POST, PUT, PATCH or DELETE; static
 * @target: path and query, percent-encoded, beginning with `/`; or an absolute URL, which gets no
 *   credentials, has to be https, and tells nothing of the cloud's state, unless it is below the
 *   base URL
 * @route: (nullable): the same for all that the cloud counts together with it; else @target
 * @auth: which credentials to send
 * @basic_user: (nullable): for %PFS_HTTP_AUTH_BASIC
 * @basic_password: (nullable): for %PFS_HTTP_AUTH_BASIC; wiped on free
 * @accept: (nullable): Accept header
 * @content_type: (nullable): of @body
 * @body: (nullable): request body
 * @parts: (nullable) (element-type PfsHttpPart): multipart body, in place of @body
 * @stream: an endless answer: no time limit for the whole, no retry
 * @calls_device: the cloud asks a device before it answers
 * @slow: it may take five times the client's time
 * @file: the answer is a file, which may be larger than a document: 64 MiB, not 16
 * @data: (nullable): gets a 2xx body piece by piece; without it the body is collected
 * @data_user_data: for @data
 *
 * What to send. Made by pfs_http_request_new(), consumed by pfs_http_send().
 */
typedef struct {
	const char *method;
	char *target;
	char *route;
	PfsHttpAuth auth;
	char *basic_user;
	char *basic_password;
	char *accept;
	char *content_type;
	GBytes *body;
	GPtrArray *parts;
	gboolean stream;
	gboolean calls_device;
	gboolean slow;
	gboolean file;
	PfsHttpDataFunc data;
	gpointer data_user_data;
} PfsHttpRequest;

/**
 * pfs_http_request_new:
 * @method: see #PfsHttpRequest; static
 * @target: see #PfsHttpRequest; copied
 *
 * Returns: (transfer full): a request without credentials, headers and body
 */
PfsHttpRequest *pfs_http_request_new(const char *method,
				     const char *target) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_http_request_free:
 * @self: (nullable): a request that was not sent
 */
void pfs_http_request_free(PfsHttpRequest *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsHttpRequest, pfs_http_request_free)

/**
 * pfs_http_request_add_part:
 * @self: a request
 * @name: field name; copied
 * @filename: (nullable): file name; copied
 * @bytes: (nullable): content; a reference is taken
 * @fd: file to send instead, owned from here on; -1 for none
 * @fd_size: bytes in @fd
 */
void pfs_http_request_add_part(PfsHttpRequest *self, const char *name, const char *filename,
			       GBytes *bytes, int fd, gint64 fd_size);

/**
 * PfsHttpResponse:
 * @status: HTTP status of the final answer
 * @content_type: (nullable): without parameters, lower case
 * @date: (nullable): the server's clock, as it has told it (RFC 9110, 6.6.1)
 * @body: collected body (an error's body always, also where there is a data function); never NULL
 *
 * Lives until the done function returns.
 */
typedef struct {
	long status;
	const char *content_type;
	const char *date;
	GBytes *body;
} PfsHttpResponse;

/**
 * PfsHttpDoneFunc:
 * @response: (nullable): the answer, whatever its status; NULL when there was none
 * @error: (nullable): set when @response is NULL: EHOSTUNREACH, EKEYREJECTED, ETIMEDOUT, EBADMSG,
 *   ENOKEY, EBUSY (budget, or the cloud has asked to wait), EREMOTEIO (the same), EMSGSIZE…
 * @user_data: as given
 *
 * Runs exactly once, on the loop, never from inside pfs_http_send().
 */
typedef void (*PfsHttpDoneFunc)(const PfsHttpResponse *response, const GError *error,
				gpointer user_data);

/**
 * pfs_http_new:
 * @options: see #PfsHttpOptions; copied
 * @token: borrowed; to be freed after this
 * @error: return location: EINVAL for a base URL that is none, or that would show the token; ENOENT
 *   without @ca_file
 *
 * Returns: (transfer full): a client
 */
PfsHttp *pfs_http_new(const PfsHttpOptions *options, PfsToken *token,
		      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_http_free:
 * @self: (nullable): a client
 *
 * Ends every exchange in flight with ECANCELED (their done functions run), then frees.
 */
void pfs_http_free(PfsHttp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsHttp, pfs_http_free)

/**
 * pfs_http_send:
 * @self: a client
 * @request: (transfer full): what to send
 * @done: (scope async): gets the outcome
 * @user_data: for @done
 *
 * Returns: (transfer none): the exchange, valid until @done has run
 */
PfsHttpExchange *pfs_http_send(PfsHttp *self, PfsHttpRequest *request, PfsHttpDoneFunc done,
			       gpointer user_data);

/**
 * pfs_http_set_caller:
 * @self: a client
 * @pid: for whom is sent what is sent from now on; 0 for nobody
 *
 * Where requests have to wait, their callers' process groups take turns.
 */
void pfs_http_set_caller(PfsHttp *self, int pid);

/**
 * PfsHttpBackFunc:
 * @user_data: as given
 *
 * The cloud answers well again. Runs on the loop, before whoever has asked is told.
 */
typedef void (*PfsHttpBackFunc)(gpointer user_data);

/**
 * pfs_http_set_back_func:
 * @self: a client
 * @func: (nullable): runs at the first good answer (below 500) after a bad one, or none. Streams do
 *   not count: one that fails alone says nothing of the cloud
 * @user_data: for @func
 */
void pfs_http_set_back_func(PfsHttp *self, PfsHttpBackFunc func, gpointer user_data);

/**
 * pfs_http_get_token:
 * @self: a client
 *
 * Returns: (transfer none): where its token comes from
 */
PfsToken *pfs_http_get_token(PfsHttp *self);

/**
 * pfs_http_cancel:
 * @exchange: an exchange
 *
 * Drops an exchange. Its done function does not run.
 */
void pfs_http_cancel(PfsHttpExchange *exchange);

/**
 * pfs_http_is_sent:
 * @exchange: an exchange
 *
 * Returns: %TRUE once a byte of the request may have left this machine
 */
gboolean pfs_http_is_sent(PfsHttpExchange *exchange);

/**
 * PfsHttpStats:
 * @requests: requests sent, retries included
 * @retries: of these, repeated ones
 * @dataops: of these, to devices
 * @failures: exchanges that ended without an answer
 * @in_flight: exchanges now
 * @queued: exchanges that wait for the budget or a Retry-After
 * @budget_left: requests that may be sent now
 * @dataops_left: of these, to devices
 * @streams_left: event streams that may be opened now
 * @bytes_in: body bytes received
 * @reachable: whether the last try reached the cloud
 * @last_status: last HTTP status
 * @last_contact_us: wall clock of the last answer in µs since the epoch, 0 for none
 */
typedef struct {
	guint64 requests;
	guint64 retries;
	guint64 dataops;
	guint64 failures;
	guint in_flight;
	guint queued;
	guint budget_left;
	guint dataops_left;
	guint streams_left;
	guint64 bytes_in;
	gboolean reachable;
	long last_status;
	gint64 last_contact_us;
} PfsHttpStats;

/**
 * pfs_http_get_stats:
 * @self: a client
 * @out_stats: (out caller-allocates): what it has counted
 */
void pfs_http_get_stats(PfsHttp *self, PfsHttpStats *out_stats);

/**
 * pfs_http_set_timer_scale:
 * @self: a client
 * @percent: 100 for real time; tests make waits (backoff) shorter
 */
void pfs_http_set_timer_scale(PfsHttp *self, guint percent);

/**
 * pfs_http_set_room:
 * @self: a client
 * @bytes: what the answers that are under way may take together, 512 MiB where tests do not say
 *   other; what comes beyond it fails with EBADMSG
 */
void pfs_http_set_room(PfsHttp *self, gsize bytes);

G_END_DECLS
