/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <particlefs/hub.h>
#include <particlefs/sse.h>

#include "event.h"

G_BEGIN_DECLS

struct _PfsHub {
	PfsApi *api;
	PfsHubOptions options;
	GHashTable *feeds; /* arguments as text -> PfsFeed */
	PfsEventFunc event_func;
	gpointer event_user_data;
};

typedef enum {
	FEED_CLOSED,
	FEED_CONNECTING,
	FEED_CONNECTED,
	FEED_WAITING, /* until it connects again */
} FeedState;

struct _PfsFeed {
	PfsHub *hub;
	json_t *arguments;
	PfsResource opening; /* wakes who waits for the connection */
	FeedState state;
	gboolean established; /* it was connected since it was opened */
	PfsApiCall *call;
	PfsSse *sse;
	PfsEventParser parser;
	guint holders;
	guint linger_source;
	guint heartbeat_source;
	guint retry_source;
	gint64 retry_us; /* monotonic */
	guint backoff_ms;
	guint backoff_max;   /* in first waits, by what it waits for */
	gint64 connected_us; /* monotonic */
	gint64 heard_us;     /* monotonic: the last byte */
	/* How long after its publishing an event has come, by two clocks: the last one of this
	 * connection, and the fastest. */
	gint64 delay_us;
	gint64 least_delay_us;
	gint64 failed_us;   /* monotonic */
	GError *error;	    /* why the last connection ended, or was not made */
	gint64 gap_from_us; /* wall clock; 0: there is none */
	char *gap_reason;
	guint64 events;
	guint64 gaps;
	guint64 connections;
	/* views.c */
	PfsLogQuota quota;
	GHashTable *views; /* PfsFeedFilter -> PfsLog */
	PfsLog *all; /* of all events: what other logs are made of when they are asked for late */
	GPtrArray *grown;
	GHashTable *names; /* PfsFeedFilter, without a view: names seen, of a device and of all */
	GString *text;
};

/* feed.c: the connection */
PfsFeed *pfs_feed_new(PfsHub *hub, const json_t *arguments);
void pfs_feed_free(PfsFeed *self);
/* The cloud is well again: what waits because it was not is tried soon. */
void pfs_feed_hasten(PfsFeed *self);
json_t *pfs_feed_describe(PfsFeed *self);
char *pfs_feed_dup_gap(gint64 from_us, const char *reason);

/* views.c: the logs */
void pfs_feed_init_views(PfsFeed *self);
void pfs_feed_clear_views(PfsFeed *self);
void pfs_feed_append(PfsFeed *self, const PfsEvent *event, GString *line);
void pfs_feed_append_gap(PfsFeed *self, const char *line);
void pfs_feed_flush(PfsFeed *self, gint64 time_us);

G_END_DECLS
