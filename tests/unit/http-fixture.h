/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <particlefs/http.h>

#include "fake-server.h"

G_BEGIN_DECLS

/* Answers. */
#define OK                                                                                         \
	"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"                     \
	"Content-Length: 2\r\n\r\n{}"
#define LIMITED "HTTP/1.1 429 Too Many\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
#define FAILED "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"

/* What came of a request. */
typedef struct {
	GMainLoop *loop;
	guint calls;
	long status;
	char *body;
	int code; /* of an error */
} Outcome;

void outcome_clear(Outcome *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

/* The done function of who has an Outcome; it ends the loop. */
void outcome_done_cb(const PfsHttpResponse *response, const GError *error, gpointer user_data);

/* A client whose backoffs take a hundredth of their time. */
PfsHttp *client_new(const char *url, PfsToken *token, guint timeout_ms);

/* Sends the request (consumed), and waits for what comes of it. */
void run(PfsHttp *http, PfsHttpRequest *request, Outcome *outcome);

G_END_DECLS
