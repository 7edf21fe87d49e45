/* SPDX-License-Identifier: Apache-2.0 */
#include <particlefs/api.h>

#include <errno.h>
#include <string.h>

#include "endpoint-row.h"

struct _PfsApi {
	PfsHttp *http;
	GHashTable *calls;	  /* in flight, a set */
	const PfsApiCall *ending; /* the call whose done function runs */
	GBytes *failure_body;	  /* borrowed while a done function runs */
	gboolean closing;
};

struct _PfsApiCall {
	PfsApi *api;
	const PfsEndpoint *endpoint;
	PfsHttpExchange *exchange;
	const char *method;
	char *shown; /* the target, without secrets */
	GPtrArray *secrets;
	PfsApiDoneFunc done;
	gpointer user_data;
};

static void
call_free(PfsApiCall *call)
{
	g_free(call->shown);
	g_ptr_array_unref(call->secrets);
	g_free(call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsApiCall, call_free)

PfsApi *
pfs_api_new(PfsHttp *http)
{
	PfsApi *self = g_new0(PfsApi, 1);

	self->http = http;
	self->calls = g_hash_table_new(NULL, NULL);
	return self;
}

/* Each call ends with ECANCELED, once, so that whoever waits for it can let go of what it holds. */
static void
end_calls(PfsApi *self)
{
	g_autoptr(GError) error = g_error_new_literal(PFS_ERROR, ECANCELED, "shutting down");
	g_autoptr(GList) calls = g_hash_table_get_keys(self->calls);

	for (GList *link = calls; link; link = link->next) {
		PfsApiCall *call = link->data;

		/* an earlier done function may have cancelled this one */
		if (!g_hash_table_remove(self->calls, call))
			continue;
		pfs_http_cancel(call->exchange);
		call->done(NULL, error, call->user_data);
		call_free(call);
	}
}

void
pfs_api_free(PfsApi *self)
{
	if (!self)
		return;
	self->closing = TRUE;
	end_calls(self);
	g_hash_table_unref(self->calls);
	g_free(self);
}

PfsHttp *
pfs_api_get_http(PfsApi *self)
{
	return self->http;
}

char *
pfs_api_dup_request(PfsApi *self)
{
	const PfsApiCall *call = self->ending;

	return call ? g_strdup_printf("%s %s", call->method, call->shown) : NULL;
}

guint64
pfs_api_get_device_operations(PfsApi *self)
{
	PfsHttpStats stats;

	pfs_http_get_stats(self->http, &stats);
	return stats.dataops;
}

GBytes *
pfs_api_peek_failure_body(PfsApi *self)
{
	return self->failure_body;
}

gboolean
pfs_api_is_sent(PfsApiCall *call)
{
	return pfs_http_is_sent(call->exchange);
}

void
pfs_api_cancel(PfsApiCall *call)
{
	PfsApi *self = call->api;

	g_hash_table_remove(self->calls, call);
	pfs_http_cancel(call->exchange);
	call_free(call);
}

/* The cloud may quote what it was sent: a password, or the token. */
static GPtrArray *
collect_secrets(const PfsApiCall *call)
{
	GPtrArray *secrets = g_ptr_array_new();
	const char *token = pfs_token_peek(pfs_http_get_token(call->api->http));

	g_ptr_array_extend(secrets, call->secrets, NULL, NULL);
	if (token)
		g_ptr_array_add(secrets, (gpointer)token);
	return secrets;
}

char *
pfs_api_dup_hidden(PfsApi *self, const char *text)
{
	g_autoptr(GPtrArray) secrets = NULL;

	g_return_val_if_fail(self->ending, NULL);

	secrets = collect_secrets(self->ending);
	return pfs_secrets_hide(secrets, text);
}

/* What an answer without a body says by its status, as a document like any other. */
static GBytes *
describe_status(const PfsEndpoint *endpoint, const PfsHttpResponse *response)
{
	const PfsStatusWord *word = endpoint->statuses;

	if (endpoint->answer != PFS_ANSWER_STATUS || !word)
		return g_bytes_ref(response->body);
	while (word->status && word->status != response->status)
		word++;
	if (word->status) {
		g_autofree char *text = g_strdup_printf("{\"status\":\"%s\"}", word->word);

		return g_bytes_new(text, strlen(text));
	}
	return g_bytes_ref(response->body);
}

/* Who is told may make calls, and wake others. */
static void
finish(const PfsApiCall *call, GBytes *body, const GError *error)
{
	PfsApi *self = call->api;

	self->ending = call;
	call->done(body, error, call->user_data);
	self->ending = NULL;
}

static void
fail(PfsApiCall *call, const GError *error, GBytes *body)
{
	PfsApi *self = call->api;

	g_debug("%s %s: %s", call->method, call->shown, error->message);
	self->failure_body = body;
	finish(call, NULL, error);
	self->failure_body = NULL;
}

static void
exchange_done_cb(const PfsHttpResponse *response, const GError *http_error, gpointer user_data)
{
	g_autoptr(PfsApiCall) call = user_data;
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) secrets = NULL;
	g_autoptr(GBytes) body = NULL;
	gconstpointer data;
	gsize length;

	g_hash_table_remove(call->api->calls, call);
	secrets = collect_secrets(call);
	if (!response) {
		error = g_error_copy(http_error);
		g_free(error->message);
		error->message = pfs_secrets_hide(secrets, http_error->message);
		fail(call, error, NULL);
		return;
	}
	data = g_bytes_get_data(response->body, &length);
	error = pfs_api_error_from_answer(call->endpoint, response->status, data, length, secrets);
	if (error) {
		fail(call, error, response->body);
		return;
	}
	g_debug("%s %s: %ld", call->method, call->shown, response->status);
	body = describe_status(call->endpoint, response);
	finish(call, body, NULL);
}

PfsApiCall *
pfs_api_call(PfsApi *self, const PfsEndpoint *endpoint, const json_t *arguments, GHashTable *files,
	     PfsHttpDataFunc data, PfsApiDoneFunc done, gpointer user_data, GError **error)
{
	g_autofree char *shown = NULL;
	g_autoptr(GPtrArray) secrets = NULL;
	PfsHttpRequest *request;
	PfsApiCall *call;

	g_return_val_if_fail(self && endpoint && done, NULL);

	if (self->closing) {
		g_set_error_literal(error, PFS_ERROR, ECANCELED, "shutting down");
		return NULL;
	}
	request = pfs_endpoint_build_full(endpoint, arguments, files, &shown, &secrets, error);
	if (!request) {
		self->ending = NULL; /* what fails now was not sent */
		return NULL;
	}
	request->calls_device = pfs_endpoint_calls_device(endpoint);
	request->data = data;
	request->data_user_data = user_data;

	call = g_new0(PfsApiCall, 1);
	call->api = self;
	call->endpoint = endpoint;
	call->method = request->method;
	call->shown = g_steal_pointer(&shown);
	call->secrets = g_steal_pointer(&secrets);
	call->done = done;
	call->user_data = user_data;
	g_hash_table_add(self->calls, call);
	call->exchange = pfs_http_send(self->http, request, exchange_done_cb, call);
	return call;
}
