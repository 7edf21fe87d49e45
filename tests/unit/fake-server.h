/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An HTTP/1.1 server on a loopback port, in a thread, that answers from a script: the nth request
 * gets the nth step, the last step again and again. */
typedef struct _FakeServer FakeServer;

typedef struct {
	const char *answer; /* raw bytes; NULL: none */
	guint delay_ms;	    /* before the answer */
	gboolean close;	    /* the connection, afterwards */
} FakeStep;

FakeServer *fake_server_new(const FakeStep *steps, guint n_steps);

/* Waits for its connections to end: the clients are to be freed before. */
void fake_server_free(FakeServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FakeServer, fake_server_free)

const char *fake_server_get_url(FakeServer *self);

/* Requests whose head and body have arrived whole. */
guint fake_server_get_count(FakeServer *self);

/* The last of them, raw. */
char *fake_server_dup_last(FakeServer *self);

G_END_DECLS
