/* SPDX-License-Identifier: Apache-2.0 */
/* Which stream a log shows, and which events of it: the path's arguments tell. */
#include "node.h"

static const char *
take_argument(json_t *arguments, json_t *filter, const char *name)
{
	json_t *value = name != NULL ? json_object_get(arguments, name) : NULL;

	if (value == NULL)
		return NULL;
	json_object_set(filter, name, value);
	json_object_del(arguments, name);
	return json_string_value(value);
}

/* Gives what the stream is asked for. */
static json_t *
init_place(PfsFeedPlace *out_place, PfsEntry *entry)
{
	const PfsFeedRow *row = entry->node->feed;
	json_t *scope = pfs_entry_dup_arguments(entry, pfs_endpoint_find(row->function));
	g_autoptr(json_t) whole = json_loads(row->arguments, 0, NULL);

	out_place->arguments = json_object();
	out_place->filter = (PfsFeedFilter){
		.view = entry->node->view,
		.coreid = take_argument(scope, out_place->arguments, row->device),
		.name = take_argument(scope, out_place->arguments, row->name),
	};
	if (json_object_size(scope) == 0)
		json_object_update(scope, whole);
	return scope;
}

void
pfs_tree_find_feed(PfsTree *self, PfsEntry *entry, PfsFeedPlace *out_place)
{
	g_autoptr(json_t) scope = init_place(out_place, entry);

	out_place->feed = pfs_hub_get_feed(self->hub, scope);
}

void
pfs_tree_peek_feed(PfsTree *self, PfsEntry *entry, PfsFeedPlace *out_place)
{
	g_autoptr(json_t) scope = init_place(out_place, entry);

	out_place->feed = pfs_hub_peek_feed(self->hub, scope);
}

void
pfs_feed_place_clear(PfsFeedPlace *self)
{
	json_decref(self->arguments);
}

PfsLog *
pfs_tree_peek_log(PfsTree *self, PfsEntry *entry)
{
	g_auto(PfsFeedPlace) place = { 0 };

	if (entry->node->feed == NULL)
		return self->errors;
	pfs_tree_peek_feed(self, entry, &place);
	return place.feed != NULL ? pfs_feed_peek_log(place.feed, &place.filter) : NULL;
}

PfsOutcome
pfs_tree_open_log(PfsTree *self, PfsEntry *entry, PfsAccess *access, PfsLog **out_log)
{
	g_auto(PfsFeedPlace) place = { 0 };
	g_autofree char *path = NULL;
	g_autofree char *request = NULL;
	PfsOutcome outcome = PFS_READY;

	*out_log = self->errors;
	if (entry->node->feed != NULL) {
		pfs_tree_find_feed(self, entry, &place);
		outcome = pfs_feed_open(place.feed, access);
	}
	if (outcome == PFS_FAILED) {
		path = pfs_entry_dup_path(entry);
		request = pfs_api_dup_request(self->api);
		pfs_tree_log_failure(self, path, request, access->error);
	}
	if (outcome != PFS_READY)
		return outcome;
	if (entry->node->feed != NULL) {
		*out_log = pfs_feed_get_log(place.feed, &place.filter);
		pfs_feed_hold(place.feed);
	}
	pfs_log_hold(*out_log);
	return PFS_READY;
}

void
pfs_tree_close_log(PfsTree *self, PfsEntry *entry, PfsLog *log)
{
	g_auto(PfsFeedPlace) place = { 0 };

	pfs_log_release(log);
	if (entry->node->feed == NULL)
		return;
	pfs_tree_find_feed(self, entry, &place);
	pfs_feed_release(place.feed);
}

void
pfs_tree_follow_events(PfsTree *self)
{
	for (const PfsNode *node = self->root->node->children; node->name != NULL; node++) {
		g_autoptr(PfsEntry) entry = NULL;
		g_auto(PfsFeedPlace) place = { 0 };

		if (node->feed == NULL || node->kind != PFS_LOG)
			continue;
		entry = pfs_entry_new(node, self->root, node->name, NULL);
		pfs_tree_find_feed(self, entry, &place);
		pfs_feed_hold(place.feed);
	}
}
