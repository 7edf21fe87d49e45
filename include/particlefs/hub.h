/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include <particlefs/api.h>
#include <particlefs/log.h>

G_BEGIN_DECLS

/**
 * PfsHub:
 *
 * The event streams: one upstream connection a scope (a #PfsFeed), many readers.
 */
typedef struct _PfsHub PfsHub;

/**
 * PfsFeed:
 *
 * One scope's stream and the logs that are made of it. The connection opens with the first reader
 * (pfs_feed_hold()), closes `linger` after the last (pfs_feed_release()), reconnects by itself with
 * backoff and jitter when the heartbeat fails (13 to 15 s without a byte), and marks each gap with a
 * line `{"particlefs":"gap","from":…,"to":…,"reason":…}` in all its logs.
 */
typedef struct _PfsFeed PfsFeed;

/**
 * PfsHubOptions:
 * @linger_ms: how long a stream outlives its last reader
 * @buffer_bytes: limit of one scope's logs together
 * @heartbeat_ms: silence after which a connection is given up, jittered by 2 s; 0 for 13,000
 * @backoff_ms: first wait before a reconnect, doubled up to 60 s, jittered; 0 for 1,000
 */
typedef struct {
	guint linger_ms;
	gsize buffer_bytes;
	guint heartbeat_ms;
	guint backoff_ms;
} PfsHubOptions;

/**
 * PfsEvent:
 * @name: event name, valid UTF-8
 * @data: (nullable): event data, unescaped; NULL where the cloud sent null
 * @data_length: bytes in @data
 * @coreid: (nullable): ID of the device, or `api`
 * @published_us: time the cloud took it, µs since the epoch; 0 where it can't be read
 */
typedef struct {
	const char *name;
	const char *data;
	gsize data_length;
	const char *coreid;
	gint64 published_us;
} PfsEvent;

/**
 * PfsEventFunc:
 * @feed: where it came
 * @event: the event, borrowed
 * @user_data: as given
 */
typedef void (*PfsEventFunc)(PfsFeed *feed, const PfsEvent *event, gpointer user_data);

PfsHub *pfs_hub_new(PfsApi *api, const PfsHubOptions *options) G_GNUC_WARN_UNUSED_RESULT;
void pfs_hub_free(PfsHub *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsHub, pfs_hub_free)

/**
 * pfs_hub_set_event_func:
 * @self: a hub
 * @func: (nullable): runs for every event of every feed, before the logs show it
 * @user_data: for @func
 */
void pfs_hub_set_event_func(PfsHub *self, PfsEventFunc func, gpointer user_data);

/**
 * pfs_hub_get_feed:
 * @self: a hub
 * @arguments: arguments of the endpoint `getEventStream`: {"deviceId": "mine"}, {"product": P}, …;
 *   equal arguments give the same feed
 *
 * Returns: (transfer none): the feed, which lives as long as the hub
 */
PfsFeed *pfs_hub_get_feed(PfsHub *self, const json_t *arguments);

/** pfs_feed_get_arguments: (transfer none): the arguments it was made with */
const json_t *pfs_feed_get_arguments(PfsFeed *self);

/**
 * PfsFeedView:
 * @PFS_FEED_EVENTS: the events as JSON lines {"name":…,"data":…,…}
 * @PFS_FEED_DATA: their data alone, one line each (newlines inside as `\n`, NUL as `\0`, a backslash
 *   as it is)
 */
typedef enum {
	PFS_FEED_EVENTS,
	PFS_FEED_DATA,
} PfsFeedView;

/**
 * pfs_feed_get_log:
 * @self: a feed
 * @view: what a line holds
 * @coreid: (nullable): only events of this device
 * @name: (nullable): only events of exactly this name
 *
 * Gives a log of the feed, the same one for the same filter. A log that is asked for later than
 * others begins with the matching events that the feed still has.
 *
 * Returns: (transfer none): the log, which lives as long as the hub
 */
PfsLog *pfs_feed_get_log(PfsFeed *self, PfsFeedView view, const char *coreid, const char *name);

/**
 * pfs_feed_foreach_name:
 * @self: a feed
 * @coreid: (nullable): only names that this device has published
 * @func: gets each name seen so far as its key
 * @user_data: for @func
 */
void pfs_feed_foreach_name(PfsFeed *self, const char *coreid, GFunc func, gpointer user_data);

void pfs_feed_hold(PfsFeed *self);
void pfs_feed_release(PfsFeed *self);

typedef enum {
	PFS_FEED_CLOSED,
	PFS_FEED_CONNECTING,
	PFS_FEED_CONNECTED,
	PFS_FEED_WAITING, /* for a reconnect */
} PfsFeedState;

PfsFeedState pfs_feed_get_state(PfsFeed *self);

/**
 * pfs_hub_describe:
 * @self: a hub
 *
 * Returns: (transfer full): a JSON array, an object a feed: arguments, state, events, gaps, bytes
 */
json_t *pfs_hub_describe(PfsHub *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
