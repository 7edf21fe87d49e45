/* SPDX-License-Identifier: Apache-2.0 */
#include "http-fixture.h"

void
outcome_done_cb(const PfsHttpResponse *response, const GError *error, gpointer user_data)
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

void
outcome_clear(Outcome *self)
{
	g_main_loop_unref(self->loop);
	g_free(self->body);
}

PfsHttp *
client_new(const char *url, PfsToken *token, guint timeout_ms)
{
	PfsHttpOptions options = { .base_url = url, .timeout_ms = timeout_ms, .retries = 3 };
	g_autoptr(GError) error = NULL;
	PfsHttp *http = pfs_http_new(&options, token, &error);

	g_assert_no_error(error);
	pfs_http_set_timer_scale(http, 1);
	return http;
}

void
run(PfsHttp *http, PfsHttpRequest *request, Outcome *outcome)
{
	outcome->loop = g_main_loop_new(NULL, FALSE);
	pfs_http_send(http, request, outcome_done_cb, outcome);
	g_assert_cmpuint(outcome->calls, ==, 0);
	g_main_loop_run(outcome->loop);
	g_assert_cmpuint(outcome->calls, ==, 1);
}
