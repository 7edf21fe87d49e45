/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include <particlefs/api.h>
#include <particlefs/log.h>
#include <particlefs/resource.h>

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
 * backoff and jitter when the heartbeat fails (13 to 15 s without a byte), and marks each gap with
 * a line `{"particlefs":"gap","from":…,"to":…,"reason":…}` in its logs of events.
 */
typedef struct _PfsFeed PfsFeed;

/**
 * PfsHubOptions:
 * @linger_ms: how long a stream outlives its last reader
 * @buffer_bytes: limit of one scope's logs together
 * @heartbeat_ms: silence after which a connection is given up, jittered by 2 s; 0 for 13,000
 * @backoff_ms: first wait before a reconnect, doubled up to 60 times that, jittered; 0 for 1,000
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
 * @published_at: (nullable): time the cloud took it, ISO 8601
 */
typedef struct {
	const char *name;
	const char *data;
	gsize data_length;
	const char *coreid;
	const char *published_at;
} PfsEvent;

/**
 * PfsEventFunc:
 * @feed: where it came
 * @event: the event, borrowed
 * @user_data: as given
 */
typedef void (*PfsEventFunc)(PfsFeed *feed, const PfsEvent *event, gpointer user_data);

/**
 * pfs_hub_new:
 * @api: borrowed; to be freed after this
 * @options: see #PfsHubOptions; copied
 *
 * Returns: (transfer full): a hub without feeds
 */
PfsHub *pfs_hub_new(PfsApi *api, const PfsHubOptions *options) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_hub_free:
 * @self: (nullable): a hub, of which nobody holds a feed or a log any more
 *
 * Closes all connections, and frees the feeds with their logs.
 */
void pfs_hub_free(PfsHub *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsHub, pfs_hub_free)

/**
 * pfs_hub_set_event_func:
 * @self: a hub
 * @func: (nullable): runs for every event of every feed, before its readers are woken
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

/**
 * pfs_hub_peek_feed:
 * @self: a hub
 * @arguments: as for pfs_hub_get_feed()
 *
 * Returns: (transfer none) (nullable): the feed; NULL where nobody has asked for it yet
 */
PfsFeed *pfs_hub_peek_feed(PfsHub *self, const json_t *arguments);

/**
 * pfs_feed_open:
 * @self: a feed
 * @access: the operation
 *
 * Asks for the connection: it is there, or begins. A feed that is opened and then not held closes
 * by itself.
 *
 * Returns: the outcome; a connection that was lost and is being made again is %PFS_READY
 */
PfsOutcome pfs_feed_open(PfsFeed *self, PfsAccess *access);

/**
 * pfs_feed_hold:
 * @self: a feed
 *
 * Somebody reads: the connection is made, and kept. To be given back by pfs_feed_release().
 */
void pfs_feed_hold(PfsFeed *self);

/**
 * pfs_feed_release:
 * @self: a feed that was held
 *
 * Nobody reads any more, as far as this one is concerned.
 */
void pfs_feed_release(PfsFeed *self);

/**
 * PfsFeedView:
 * @PFS_FEED_EVENTS: the events as JSON lines {"name":…,"data":…,…}
 * @PFS_FEED_DATA: their data alone, one line each (newlines inside as `\n`, NUL as `\0`, a
 * backslash as it is)
 */
typedef enum {
	PFS_FEED_EVENTS,
	PFS_FEED_DATA,
} PfsFeedView;

/**
 * PfsFeedFilter:
 * @view: what a line holds
 * @coreid: (nullable): only events of this device
 * @name: (nullable): only events of exactly this name
 */
typedef struct {
	PfsFeedView view;
	const char *coreid;
	const char *name;
} PfsFeedFilter;

/**
 * pfs_feed_get_log:
 * @self: a feed
 * @filter: which events
 *
 * Gives a log of the feed, the same one for the same filter. One that is asked for later than
 * others begins with the matching events among the last MiB that the feed still has.
 *
 * Returns: (transfer none): the log; it lives while it is held, and until the feed needs its space
 */
PfsLog *pfs_feed_get_log(PfsFeed *self, const PfsFeedFilter *filter);

/**
 * pfs_feed_peek_log:
 * @self: a feed
 * @filter: which events
 *
 * Returns: (transfer none) (nullable): the log that pfs_feed_get_log() would give, where there is
 * one
 */
PfsLog *pfs_feed_peek_log(PfsFeed *self, const PfsFeedFilter *filter);

/**
 * pfs_feed_foreach_name:
 * @self: a feed
 * @coreid: (nullable): only names that this device has published
 * @func: gets each name seen so far
 * @user_data: for @func
 */
void pfs_feed_foreach_name(PfsFeed *self, const char *coreid, GFunc func, gpointer user_data);

/**
 * pfs_hub_describe:
 * @self: a hub
 *
 * Returns: (transfer full): a JSON array, an object a feed: scope, state, readers, events, gaps,
 *   bytes, and the last error
 */
json_t *pfs_hub_describe(PfsHub *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
