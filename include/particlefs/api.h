/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include <particlefs/endpoint.h>
#include <particlefs/error.h>

G_BEGIN_DECLS

/**
 * PfsApi:
 *
 * Calls endpoints: builds the request, sends it, and turns an answer that is not a success into a
 * #GError whose code is the errno for the caller.
 */
typedef struct _PfsApi PfsApi;

/**
 * PfsApiCall:
 *
 * A call in flight, valid until its done function has run or it was cancelled.
 */
typedef struct _PfsApiCall PfsApiCall;

/**
 * PfsApiDoneFunc:
 * @body: (nullable): body of a 2xx answer (empty for 204, or where a data function took it);
 *   NULL on error
 * @error: (nullable): what went wrong, its message in the cloud's own words, made printable
 * @user_data: as given
 *
 * Runs once, on the loop, never from inside pfs_api_call().
 */
typedef void (*PfsApiDoneFunc)(GBytes *body, const GError *error, gpointer user_data);

/**
 * pfs_api_new:
 * @http: borrowed; to be freed after this
 *
 * Returns: (transfer full): an API client
 */
PfsApi *pfs_api_new(PfsHttp *http) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_api_free:
 * @self: an API client
 *
 * Ends every call in flight with ECANCELED (their done functions run), then frees. Not to be called
 * from a done function.
 */
void pfs_api_free(PfsApi *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsApi, pfs_api_free)

/**
 * pfs_api_get_http:
 * @self: an API client
 *
 * Returns: (transfer none): the client that it was made with
 */
PfsHttp *pfs_api_get_http(PfsApi *self);

/**
 * pfs_api_dup_request:
 * @self: an API client
 *
 * Returns: (transfer full) (nullable): method and target, without secrets, of the call whose done
 * function runs; NULL outside of one: nothing that was sent has ended just now
 */
char *pfs_api_dup_request(PfsApi *self);

/**
 * pfs_api_call:
 * @self: an API client
 * @endpoint: what to call
 * @arguments: as for pfs_endpoint_build(); a reference is taken
 * @files: (nullable): as for pfs_endpoint_build()
 * @data: (nullable): gets a 2xx body piece by piece
 * @done: (scope async): gets the outcome
 * @user_data: for @data and @done
 * @error: return location for arguments that are refused; nothing was sent then
 *
 * The answer 200 with `"ok": false` is an error as well. `Timed out` from a device is ETIMEDOUT
 * here; who knows that the device is listed offline makes it EHOSTDOWN.
 *
 * Returns: (transfer none) (nullable): the call; NULL when @error is set and @done will not run
 */
PfsApiCall *pfs_api_call(PfsApi *self, const PfsEndpoint *endpoint, const json_t *arguments,
			 GHashTable *files, PfsHttpDataFunc data, PfsApiDoneFunc done,
			 gpointer user_data, GError **error);

/**
 * pfs_api_cancel:
 * @call: a call in flight
 *
 * Drops it; its done function does not run.
 */
void pfs_api_cancel(PfsApiCall *call);

/**
 * pfs_api_peek_failure_body:
 * @self: an API client
 *
 * While a done function runs with an error: the answer as the cloud sent it, where there was one.
 * A compiler's errors keep their lines there, and `mfa_required` its token.
 *
 * Returns: (transfer none) (nullable): the body
 */
GBytes *pfs_api_peek_failure_body(PfsApi *self);

/**
 * pfs_api_dup_hidden:
 * @self: an API client
 * @text: what the cloud said
 *
 * While a done function runs: what may be shown of @text, without the token and the secrets of
 * the call.
 *
 * Returns: (transfer full): the text
 */
char *pfs_api_dup_hidden(PfsApi *self, const char *text) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_api_is_sent:
 * @call: a call in flight
 *
 * Returns: %TRUE once the request may have reached the cloud
 */
gboolean pfs_api_is_sent(PfsApiCall *call);

/**
 * pfs_api_get_device_operations:
 * @self: an API client
 *
 * Returns: how many calls asked a device since the start (the cloud bills them)
 */
guint64 pfs_api_get_device_operations(PfsApi *self);

/**
 * pfs_api_error_from_answer:
 * @endpoint: what was called
 * @http_status: status of the answer
 * @body: (nullable): its body
 * @length: bytes in @body
 * @secrets: (element-type utf8): what the message must not repeat, none of it empty
 *
 * Reads an answer as the official CLI does (error_description, error, errors, info, message,
 * description) and maps it to an errno.
 *
 * Returns: (transfer full) (nullable): the error; NULL where the answer is a success
 */
GError *pfs_api_error_from_answer(const PfsEndpoint *endpoint, long http_status, const char *body,
				  gsize length, const GPtrArray *secrets) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
