/* SPDX-License-Identifier: Apache-2.0 */
/* What answers mean, and calls against a small server of the test's own. */
#include <particlefs/api.h>
#include <particlefs/error.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fake-server.h"

/* The answers are those recorded of the live cloud, or documented. */
/* clang-format off */
static const struct {
	const char *function;
	long status;
	const char *body;
	int code; /* 0: a success */
	const char *message;
} answers[] = {
	{ "getDevice", 200, "{\"id\":\"d\",\"online\":false}", 0, NULL },
	{ "listDevices", 200, "[]", 0, NULL },
	{ "removeDevice", 204, "", 0, NULL },
	{ "releaseProductFirmware", 201, "{\"ok\":true}", 0, NULL },
	{ "getVariable", 200, "{\"result\":\"{\\\"ok\\\":false}\"}", 0, NULL },
	{ "downloadFirmwareBinary", 200, "<not JSON, but binary>", 0, NULL },
	{ "getDevice", 400, "{\"error\":\"invalid_request\",\"error_description\":\"The access token was not found\"}",
	  ENOKEY, "The access token was not found" },
	{ "getDevice", 401, "{\"error\":\"invalid_token\",\"error_description\":\"The access token provided has expired.\"}",
	  EKEYEXPIRED, "The access token provided has expired." },
	{ "login", 400, "{\"error\":\"invalid_grant\",\"error_description\":\"User credentials are invalid\"}",
	  EINVAL, "User credentials are invalid" },
	{ "listAccessTokens", 401, "{\"ok\":false,\"errors\":[\"Bad password\"]}", EPERM, "Bad password" },
	{ "listProducts", 400, "{\"error\":\"unauthorized\",\"error_description\":\"API users are not allowed to call this endpoint\"}",
	  EPERM, "API users are not allowed to call this endpoint" },
	{ "getDevice", 403, "{\"error\":\"Permission Denied\",\"info\":\"I didn't recognize that device name or ID, try opening https://api.particle.io/v1/devices?access_token=secret\"}",
	  ENOENT, "Permission Denied: I didn't recognize that device name or ID, try opening https://api.particle.io/v1/devices?access_token=…" },
	{ "getProduct", 403, "{\"error\":\"Permission denied\"}", EPERM, "Permission denied" },
	{ "getVariable", 404, "{\"ok\":false,\"error\":\"Variable not found\"}", ENOENT, "Variable not found" },
	{ "callFunction", 404, "{\"ok\":false,\"error\":\"Function brew not found\"}", ENOENT, "Function brew not found" },
	{ "callFunction", 400, "{\"ok\":false,\"error\":\"Timed out.\"}", ETIMEDOUT, "Timed out." },
	{ "getVariable", 408, "{\"error\":\"Timed out.\"}", ETIMEDOUT, "Timed out." },
	{ "signalDevice", 500, "{\"ok\":false,\"code\":500,\"errors\":[{\"error\":\"Timed out, didn't hear back from device service\"}]}",
	  ETIMEDOUT, "Timed out, didn't hear back from device service" },
	{ "signalDevice", 200, "{\"ok\":false,\"code\":500,\"errors\":[{\"error\":\"Timed out, didn't hear back from device service\"}]}",
	  ETIMEDOUT, "Timed out, didn't hear back from device service" },
	{ "flashDevice", 500, "{\"ok\":false,\"code\":500,\"errors\":[\"Request Timed Out\"]}", ETIMEDOUT, "Request Timed Out" },
	{ "listProducts", 500, "{\"error\":\"Timed out.\"}", EREMOTEIO, "Timed out." },
	{ "pingDevice", 200, "{\"online\":false,\"ok\":true}", EHOSTDOWN, "The device is offline" },
	{ "pingDevice", 200, "{\"online\":true,\"ok\":true}", 0, NULL },
	{ "claimDevice", 404, "{\"ok\":false,\"errors\":[[\"Core isn't online\",404]]}", EHOSTDOWN, "Core isn't online" },
	{ "claimDevice", 404, "{\"ok\":false,\"errors\":[\"device does not exist\"]}", ENOENT, "device does not exist" },
	{ "claimDevice", 403, "{\"ok\":false,\"errors\":[\"That belongs to someone else.\"]}", EPERM, "That belongs to someone else." },
	{ "createGroup", 409, "{\"error\":\"conflict\"}", EEXIST, "conflict" },
	{ "createLedger", 400, "{\"ok\":false,\"error\":\"Failed to create ledger: Name already in use\"}",
	  EEXIST, "Failed to create ledger: Name already in use" },
	{ "createCustomer", 400, "{\"error\":\"customer_exists\"}", EEXIST, "customer_exists" },
	{ "setLedgerInstance", 413, "", EMSGSIZE, "HTTP 413" },
	{ "uploadProductFirmware", 413, "<html>", EFBIG, "HTTP 413" },
	{ "compileCode", 406, "{\"ok\":false,\"output\":\"build didn't produce binary\",\"errors\":[\"a.cpp:1: error\\nmore\"]}",
	  EINVAL, "a.cpp:1: error\\x0amore" },
	{ "flashDevice", 200, "{\"ok\":false,\"errors\":[\"a.cpp:1: error\"]}", EINVAL, "a.cpp:1: error" },
	{ "flashDevice", 200, "{\"ok\":false,\"output\":\"Compiler timed out or encountered an error\",\"errors\":[\"a.cpp:1: error\"]}",
	  EINVAL, "a.cpp:1: error" },
	{ "flashDevice", 200, "{\"ok\":false,\"output\":\"build didn't produce binary\",\"errors\":[\"a.cpp:1: error: already defined\"]}",
	  EINVAL, "a.cpp:1: error: already defined" },
	{ "getLibrary", 404, "{\"errors\":[{\"message\":\"Library not found\"}]}", ENOENT, "Library not found" },
	{ "setProductConfiguration", 422, "{\"message\":\"Invalid Schema\",\"description\":\"d\"}", EINVAL, "Invalid Schema" },
	{ "getProductConfiguration", 404, "{}", ENOENT, "HTTP 404" },
	{ "listDiagnostics", 400, "{\"error\":{\"status\":\"bad dates\"}}", EINVAL, "bad dates" },
	{ "listDevices", 429, "", EBUSY, "HTTP 429" },
	{ "getEventStream", 529, "", EBUSY, "HTTP 529" },
	{ "listDevices", 502, "<html>Bad Gateway</html>", EREMOTEIO, "HTTP 502" },
	{ "listDevices", 503, "try later", EREMOTEIO, "HTTP 503: try later" },
	{ "callFunction", 200, "{\"ok\":false,\"error\":\"no\",\"a\":\"\\u0000\"}", EINVAL, "no" },
	{ "callFunction", 200, "{\"\\u006fk\":false,\"error\":\"no\"}", EINVAL, "no" },
	{ "callFunction", 400, "{\"ok\":false,\"error\":\"no \\ud83d!\"}", EINVAL, "no ?!" },
	{ "callFunction", 400, "{\"error\":\"caf\xe9\",\"a\":99999999999999999999}", EINVAL, "caf\xef\xbf\xbd" },
	{ "listDevices", 200, " <html>", EBADMSG, "the answer is not JSON" },
	{ "listDevices", 302, "", EBADMSG, "HTTP 302" },
	{ "getDevice", 404, "{\"error\":\"no 0123456789abcdef0123456789abcdef01234567 here\\u001b[1m\"}",
	  ENOENT, "no … here\\x1b[1m" },
};
/* clang-format on */

/* As an answer is read after a call without secrets. */
static GError *
read_answer(const char *function, long status, const char *body)
{
	g_autoptr(GPtrArray) none = g_ptr_array_new();

	return pfs_api_error_from_answer(pfs_endpoint_find(function), status, body, strlen(body),
					 none);
}

static void
test_answers(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(answers); i++) {
		g_autoptr(GError) error =
		    read_answer(answers[i].function, answers[i].status, answers[i].body);

		g_test_message("%s %ld %s", answers[i].function, answers[i].status,
			       answers[i].body);
		if (!answers[i].code) {
			g_assert_no_error(error);
			continue;
		}
		g_assert_error(error, PFS_ERROR, answers[i].code);
		g_assert_cmpstr(error->message, ==, answers[i].message);
		g_assert_cmpint(pfs_error_get_http_status(error), ==, answers[i].status);
	}
}

static void
test_long_message(void)
{
	g_autofree char *text = g_strnfill(100000, 'x');
	g_autofree char *body = g_strdup_printf("{\"error\":\"%s\"}", text);
	g_autoptr(GError) error = read_answer("compileCode", 406, body);

	g_assert_error(error, PFS_ERROR, EINVAL);
	g_assert_cmpuint(strlen(error->message), <, 2100);
}

/* Nobody waits until 16 MiB are gone through for what may be said in them. */
static void
test_large_error(void)
{
	g_autofree char *text = g_strnfill(2 << 20, '0');
	g_autofree char *body = g_strdup_printf("{\"error\":\"%s\"}", text);
	g_autoptr(GError) error = read_answer("getDevice", 500, body);

	g_assert_error(error, PFS_ERROR, EREMOTEIO);
	g_assert_cmpstr(error->message, ==, "HTTP 500");
}

/* What is cut off or escaped was whole, and as it was sent, when it was looked for. */
static void
test_hidden(void)
{
	static const struct {
		guint before;
		const char *said; /* in JSON */
		const char *shown;
	} echoes[] = {
		{ 1994, "swordfish!", "…!" },
		{ 1990, "sword\\u001bfish!", "…!" },
		{ 0, "sword\\u001bfish, swordfish2", "…, …" },
		{ 0, "\\u202efish\\n.", "…." },
	};
	g_autoptr(GPtrArray) secrets = g_ptr_array_new();

	g_ptr_array_add(secrets, (gpointer) "swordfish");
	g_ptr_array_add(secrets, (gpointer) "swordfish2");
	g_ptr_array_add(secrets, (gpointer) "sword\x1b"
					    "fish");
	g_ptr_array_add(secrets, (gpointer) "\u202e"
					    "fish\n");
	for (guint i = 0; i < G_N_ELEMENTS(echoes); i++) {
		g_autofree char *filler = g_strnfill(echoes[i].before, 'x');
		g_autofree char *shown = g_strconcat(filler, echoes[i].shown, NULL);
		g_autofree char *body =
		    g_strdup_printf("{\"error\":\"%s%s\"}", filler, echoes[i].said);
		g_autoptr(GError) error = pfs_api_error_from_answer(
		    pfs_endpoint_find("createUser"), 400, body, strlen(body), secrets);

		g_assert_cmpstr(error->message, ==, shown);
	}
}

#define HEAD "Content-Type: application/json\r\nConnection: close\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n" HEAD "{\"id\":\"d\"}"
#define GONE                                                                                       \
	"HTTP/1.1 404 Not Found\r\nContent-Length: 44\r\n" HEAD                                    \
	"{\"ok\":false,\"error\":\"no such device: gone!\"}"
#define QUOTING                                                                                    \
	"HTTP/1.1 400 Bad Request\r\nContent-Length: 53\r\n" HEAD                                  \
	"{\"error\":\"odd: s3same opens nothing for secrettoken\"}"
#define RESET "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n" HEAD

/* What the server does, and whether there is a token. */
typedef struct {
	FakeStep step;
	gboolean anonymous;
} Setting;

static const Setting ok = { { OK, .close = TRUE } };
static const Setting gone = { { GONE, .close = TRUE } };
static const Setting quoting = { { QUOTING, .close = TRUE } };
static const Setting reset = { { RESET, .close = TRUE } };
static const Setting silent = { { NULL } };
static const Setting anonymous = { { OK, .close = TRUE }, .anonymous = TRUE };

typedef struct {
	FakeServer *server;
	char *token_file;
	PfsToken *token;
	PfsHttp *http;
	PfsApi *api;
	guint pending;
	GBytes *body;
	GError *error;
	char *request;
	char *failure_body;
} Fixture;

static PfsToken *
make_token(Fixture *fixture)
{
	int fd = g_file_open_tmp("token-XXXXXX", &fixture->token_file, NULL);
	PfsToken *token;

	g_assert_cmpint(write(fd, "secrettoken\n", 12), ==, 12);
	g_assert_cmpint(close(fd), ==, 0);
	token = pfs_token_find(fixture->token_file, NULL, NULL);
	g_assert_nonnull(token);
	return token;
}

static void
set_up(Fixture *fixture, gconstpointer user_data)
{
	const Setting *setting = user_data;
	PfsHttpOptions options = { .timeout_ms = 5000 };

	fixture->server = fake_server_new(&setting->step, 1);
	options.base_url = fake_server_get_url(fixture->server);
	fixture->token = setting->anonymous ? pfs_token_new_anonymous() : make_token(fixture);
	fixture->http = pfs_http_new(&options, fixture->token, NULL);
	g_assert_nonnull(fixture->http);
	fixture->api = pfs_api_new(fixture->http);
}

static void
tear_down(Fixture *fixture, gconstpointer user_data)
{
	g_clear_pointer(&fixture->api, pfs_api_free);
	g_clear_pointer(&fixture->http, pfs_http_free);
	g_clear_pointer(&fixture->token, pfs_token_free);
	g_clear_pointer(&fixture->server, fake_server_free);
	if (fixture->token_file)
		g_assert_cmpint(unlink(fixture->token_file), ==, 0);
	g_free(fixture->token_file);
	g_clear_pointer(&fixture->body, g_bytes_unref);
	g_clear_error(&fixture->error);
	g_free(fixture->request);
	g_free(fixture->failure_body);
}

static void
done_cb(GBytes *body, const GError *error, gpointer user_data)
{
	Fixture *fixture = user_data;
	GBytes *raw = fixture->api ? pfs_api_peek_failure_body(fixture->api) : NULL;

	g_free(fixture->request);
	fixture->request = fixture->api ? pfs_api_dup_request(fixture->api) : NULL;
	g_assert_cmpint(body != NULL, !=, error != NULL);
	if (body)
		fixture->body = g_bytes_ref(body);
	if (error)
		fixture->error = g_error_copy(error);
	if (raw)
		fixture->failure_body =
		    g_strndup(g_bytes_get_data(raw, NULL), g_bytes_get_size(raw));
	fixture->pending--;
}

static PfsApiCall *
start(Fixture *fixture, const char *function, const char *arguments)
{
	g_autoptr(json_t) object = json_loads(arguments, 0, NULL);
	g_autoptr(GError) error = NULL;
	PfsApiCall *call = pfs_api_call(fixture->api, pfs_endpoint_find(function), object, NULL,
					NULL, done_cb, fixture, &error);

	g_assert_no_error(error);
	fixture->pending++;
	return call;
}

static void
wait_for_all(Fixture *fixture)
{
	while (fixture->pending > 0)
		g_main_context_iteration(NULL, TRUE);
}

static void
test_call(Fixture *fixture, gconstpointer user_data)
{
	g_autofree char *last = NULL;

	start(fixture, "createUser", "{\"username\":\"u\",\"password\":\"p\"}");
	wait_for_all(fixture);
	last = fake_server_dup_last(fixture->server);
	g_assert_no_error(fixture->error);
	g_assert_cmpmem(g_bytes_get_data(fixture->body, NULL), g_bytes_get_size(fixture->body),
			"{\"id\":\"d\"}", 10);
	g_assert_true(g_str_has_prefix(last, "POST /v1/users HTTP/1.1"));
	g_assert_cmpuint(pfs_api_get_device_operations(fixture->api), ==, 0);
	g_assert_cmpstr(fixture->request, ==, "POST /v1/users");
	g_assert_null(pfs_api_dup_request(fixture->api));
}

static void
test_refused(Fixture *fixture, gconstpointer user_data)
{
	g_autoptr(json_t) arguments = json_object();
	g_autoptr(GError) error = NULL;

	g_assert_null(pfs_api_call(fixture->api, pfs_endpoint_find("resetPassword"), arguments,
				   NULL, NULL, done_cb, fixture, &error));
	g_assert_error(error, PFS_ERROR, EINVAL);
	g_assert_cmpuint(fake_server_get_count(fixture->server), ==, 0);
}

static void
test_failure(Fixture *fixture, gconstpointer user_data)
{
	start(fixture, "downloadFile", "{\"uri\":\"/v1/devices/gone?signature=secret\"}");
	wait_for_all(fixture);
	g_assert_error(fixture->error, PFS_ERROR, ENOENT);
	g_assert_cmpstr(fixture->request, ==, "GET /v1/devices/gone?…");
	g_assert_cmpstr(fixture->error->message, ==, "no such device: gone!");
	g_assert_null(pfs_api_dup_request(fixture->api));
	g_assert_true(g_str_has_prefix(fixture->failure_body, "{\"ok\":false"));
	g_assert_null(pfs_api_peek_failure_body(fixture->api));
}

/* The cloud repeats what it was sent; a message must not. */
static void
test_secret_in_answer(Fixture *fixture, gconstpointer user_data)
{
	start(fixture, "createUser", "{\"username\":\"u\",\"password\":\"s3same\"}");
	wait_for_all(fixture);
	g_assert_error(fixture->error, PFS_ERROR, EINVAL);
	g_assert_cmpstr(fixture->error->message, ==, "odd: … opens nothing for …");
}

static void
test_status_as_body(Fixture *fixture, gconstpointer user_data)
{
	start(fixture, "checkSIM", "{\"iccid\":\"8901\"}");
	wait_for_all(fixture);
	g_assert_no_error(fixture->error);
	g_assert_cmpmem(g_bytes_get_data(fixture->body, NULL), g_bytes_get_size(fixture->body),
			"{\"status\":\"active\"}", 19);
}

static void
test_no_token(Fixture *fixture, gconstpointer user_data)
{
	start(fixture, "getVariable", "{\"deviceId\":\"d\",\"name\":\"v\"}");
	wait_for_all(fixture);
	g_assert_error(fixture->error, PFS_ERROR, ENOKEY);
}

static void
test_cancel(Fixture *fixture, gconstpointer user_data)
{
	PfsApiCall *call = start(fixture, "getVariable", "{\"deviceId\":\"d\",\"name\":\"v\"}");
	guint64 sent = pfs_api_is_sent(call) ? 1 : 0;

	g_assert_cmpuint(pfs_api_get_device_operations(fixture->api), ==, 1);
	pfs_api_cancel(call);
	/* one that never left is not billed */
	g_assert_cmpuint(pfs_api_get_device_operations(fixture->api), ==, sent);
	while (g_main_context_iteration(NULL, FALSE))
		;
	g_assert_cmpuint(fixture->pending, ==, 1);
	g_assert_null(fixture->error);
}

static void
test_free_in_flight(Fixture *fixture, gconstpointer user_data)
{
	start(fixture, "createUser", "{\"username\":\"u\",\"password\":\"p\"}");
	while (fake_server_get_count(fixture->server) == 0) {
		g_main_context_iteration(NULL, FALSE);
		g_usleep(1000); /* the server is another thread */
	}
	g_clear_pointer(&fixture->api, pfs_api_free);
	g_assert_cmpuint(fixture->pending, ==, 0);
	g_assert_error(fixture->error, PFS_ERROR, ECANCELED);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/api/answers", test_answers);
	g_test_add_func("/api/long-message", test_long_message);
	g_test_add_func("/api/large-error", test_large_error);
	g_test_add_func("/api/hidden", test_hidden);
#define ADD(path, setting, func) g_test_add(path, Fixture, &setting, set_up, func, tear_down)
	ADD("/api/call", ok, test_call);
	ADD("/api/refused", ok, test_refused);
	ADD("/api/failure", gone, test_failure);
	ADD("/api/secret-in-answer", quoting, test_secret_in_answer);
	ADD("/api/status-as-body", reset, test_status_as_body);
	ADD("/api/no-token", anonymous, test_no_token);
	ADD("/api/cancel", ok, test_cancel);
	ADD("/api/free-in-flight", silent, test_free_in_flight);
	return g_test_run();
}
