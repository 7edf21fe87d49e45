/* SPDX-License-Identifier: Apache-2.0 */
#include <particlefs/hub.h>
#include <particlefs/json.h>

#include "feed.h"

#define HEARTBEAT_MS 13000
#define BACKOFF_MS 1000

static void
hasten_cb(gpointer user_data)
{
	PfsHub *self = user_data;
	GHashTableIter iter;
	gpointer feed;

	g_hash_table_iter_init(&iter, self->feeds);
	while (g_hash_table_iter_next(&iter, NULL, &feed))
		pfs_feed_hasten(feed);
}

PfsHub *
pfs_hub_new(PfsApi *api, const PfsHubOptions *options)
{
	PfsHub *self = g_new0(PfsHub, 1);

	self->api = api;
	self->options = *options;
	if (self->options.heartbeat_ms == 0)
		self->options.heartbeat_ms = HEARTBEAT_MS;
	if (self->options.backoff_ms == 0)
		self->options.backoff_ms = BACKOFF_MS;
	self->feeds =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)pfs_feed_free);
	pfs_http_set_back_func(pfs_api_get_http(api), hasten_cb, self);
	return self;
}

void
pfs_hub_free(PfsHub *self)
{
	if (self == NULL)
		return;
	pfs_http_set_back_func(pfs_api_get_http(self->api), NULL, NULL);
	g_hash_table_unref(self->feeds);
	g_free(self);
}

void
pfs_hub_set_event_func(PfsHub *self, PfsEventFunc func, gpointer user_data)
{
	self->event_func = func;
	self->event_user_data = user_data;
}

static char *
dup_key(const json_t *arguments)
{
	return json_dumps(arguments, JSON_COMPACT | JSON_SORT_KEYS);
}

PfsFeed *
pfs_hub_peek_feed(PfsHub *self, const json_t *arguments)
{
	g_autofree char *key = dup_key(arguments);

	return g_hash_table_lookup(self->feeds, key);
}

PfsFeed *
pfs_hub_get_feed(PfsHub *self, const json_t *arguments)
{
	PfsFeed *feed = pfs_hub_peek_feed(self, arguments);

	if (feed == NULL) {
		feed = pfs_feed_new(self, arguments);
		g_hash_table_insert(self->feeds, dup_key(arguments), feed);
	}
	return feed;
}

json_t *
pfs_hub_describe(PfsHub *self)
{
	json_t *all = json_array();
	GHashTableIter iter;
	gpointer feed;

	g_hash_table_iter_init(&iter, self->feeds);
	while (g_hash_table_iter_next(&iter, NULL, &feed))
		json_array_append_new(all, pfs_feed_describe(feed));
	return all;
}
