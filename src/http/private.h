/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <curl/curl.h>

#include <particlefs/error.h>
#include <particlefs/http.h>

#include "queue.h"

G_BEGIN_DECLS

struct _PfsHttp {
	GMainContext *context;
	CURLM *multi;
	GSource *timer;	 /* curl's */
	GSource *wake;	 /* the earliest exchange that waits */
	PfsToken *token; /* borrowed */
	char *base_url;
	char *ca_file;
	gboolean loopback;
	guint timeout_ms;
	guint retries;
	guint timer_percent;
	GPtrArray *idle;	/* easy handles whose options are set */
	GQueue exchanges;	/* all of them */
	PfsQueue queue;		/* those that wait */
	pid_t caller;		/* for whom what is sent now is */
	gint64 reached_us;	/* when a try has reached the cloud last */
	gint64 unreachable_us;	/* since when no try has reached the cloud; 0: the last one has */
	gboolean failing;	/* as far as what is no stream tells */
	gboolean dispatching;	/* inside curl: it takes nothing, and lets nothing go */
	gboolean has_cancelled; /* exchanges that go when curl has returned */
	gsize body_bytes;	/* of all exchanges, what has come of their answers */
	gsize body_bytes_max;
	PfsHttpStats stats;
	PfsHttpBackFunc back_func;
	gpointer back_user_data;
};

struct _PfsHttpExchange {
	PfsHttp *http;
	PfsHttpRequest *request;
	PfsHttpDoneFunc done;
	gpointer user_data;
	GList link;	    /* in exchanges */
	GList waiting_link; /* in waiting */
	gboolean waits;
	gboolean foreign; /* to another host than the cloud's */
	pid_t caller;
	pid_t group; /* the caller's, once it waits */
	gint64 not_before_us;
	gint64 give_up_us;
	GError *early; /* why it ends without a try */
	guint tries;
	gboolean token_retried;
	gboolean cancelled;
	gboolean sent;
	CURL *easy;
	struct curl_slist *headers;
	curl_mime *mime;
	GByteArray *body;
	gboolean delivered;    /* the data function got bytes of this try */
	const char *objection; /* what we have found wrong with the answer */
	gboolean repeated;     /* curl would have sent this try once more */
	guint sends;	       /* of this try, with one that was not let through */
	gsize head_bytes;      /* of this try, with its interim answers */
	gsize body_bytes;      /* unpacked */
	gint64 retry_after_us;
	char message[CURL_ERROR_SIZE];
};

/* How long a try may take. */
gint64 pfs_http_get_timeout_ms(const PfsHttp *self, const PfsHttpRequest *request);

/* Whether whom it asks has been out of reach for a while, as far as that is known: of the cloud. */
gboolean pfs_exchange_is_gone(const PfsHttpExchange *self);

/* exchange.c: one try with an easy handle. */
void pfs_exchange_begin(PfsHttpExchange *self, const char *token);
void pfs_exchange_end_try(PfsHttpExchange *self);
/* What has come of the answer. */
GBytes *pfs_exchange_take_body(PfsHttpExchange *self);
void pfs_exchange_free(PfsHttpExchange *self);
gboolean pfs_exchange_is_idempotent(PfsHttpExchange *self);
CURL *pfs_easy_new(PfsHttp *http);

G_END_DECLS
