/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "node.h"

typedef struct {
	const PfsNode *node;
	const char *name;
	const char *value;
} Item;

/* Names and values lie in one chunk: a fleet's listing is a few large allocations. */
struct _PfsListing {
	PfsEntry *directory;
	GArray *items;
	GStringChunk *chunk;
};

void
pfs_listing_free(PfsListing *self)
{
	if (self == NULL)
		return;
	pfs_entry_unref(self->directory);
	g_array_unref(self->items);
	g_string_chunk_free(self->chunk);
	g_free(self);
}

guint
pfs_listing_get_size(PfsListing *self)
{
	return self->items->len;
}

const char *
pfs_listing_get_name(PfsListing *self, guint index)
{
	return g_array_index(self->items, Item, index).name;
}

PfsEntry *
pfs_listing_dup_entry(PfsListing *self, guint index)
{
	const Item *item = &g_array_index(self->items, Item, index);

	return pfs_entry_new(item->node, self->directory, item->name, item->value);
}

/* What can't be a file name is left out: the kernel would refuse the whole listing. */
static void
add(PfsListing *self, const PfsNode *node, const char *name, const char *value)
{
	Item item = {
		.node = node,
		.name = g_string_chunk_insert(self->chunk, name),
		.value = value != NULL ? g_string_chunk_insert(self->chunk, value) : NULL,
	};

	if (*name != '\0' && strchr(name, '/') == NULL)
		g_array_append_val(self->items, item);
}

static void
add_escaped(PfsListing *self, const PfsNode *node, const char *value)
{
	g_autofree char *name = pfs_name_escape(value);

	add(self, node, name, value);
}

static gboolean
is_static(const PfsNode *children, const char *name)
{
	for (const PfsNode *node = children; node->name != NULL; node++)
		if (strcmp(node->name, name) == 0)
			return TRUE;
	return FALSE;
}

static PfsOutcome
list_records(PfsTree *self, const PfsNode *node, PfsAccess *access, PfsListing *listing)
{
	PfsCollection *collection = pfs_tree_get_collection(self, listing->directory);
	PfsOutcome outcome =
	    pfs_resource_get(&collection->resource, access, self->options.ttl_us[PFS_TTL_LIST],
			     self->options.stale_us);
	PfsRecord *record;

	if (outcome != PFS_READY)
		return outcome;
	for (guint i = 0; (record = pfs_table_get_nth(collection->table, i)) != NULL; i++)
		if (pfs_node_shows(node, collection, record))
			add(listing, node,
			    node->by_id ? pfs_record_get_id(record, collection->table)
					: pfs_collection_get_name(collection, record),
			    pfs_record_get_id(record, collection->table));
	return PFS_READY;
}

static PfsOutcome
list_members(PfsTree *self, const PfsNode *node, PfsAccess *access, PfsListing *listing)
{
	g_autoptr(json_t) container = NULL;
	PfsCollection *collection;
	PfsRecord *record;
	PfsOutcome outcome = pfs_tree_get_record(self, listing->directory, access, node->pick,
						 &collection, &record);
	const char *key;
	json_t *item;
	gsize index;
	PfsValue value;

	if (outcome != PFS_READY)
		return outcome;
	value = pfs_record_get(record, collection->table, node->pick);
	if (value.kind != PFS_VALUE_JSON)
		return PFS_READY;
	container = json_loadb(value.text, value.length, 0, NULL);
	json_object_foreach(container, key, item)
		add_escaped(listing, node, key);
	json_array_foreach(container, index, item)
		if (json_is_string(item))
			add_escaped(listing, node, json_string_value(item));
	return PFS_READY;
}

static PfsOutcome
list_scalars(PfsTree *self, const PfsNode *node, PfsAccess *access, PfsListing *listing)
{
	PfsCollection *collection;
	PfsRecord *record;
	PfsOutcome outcome = pfs_tree_get_record(self, listing->directory, access, NULL,
						 &collection, &record);
	const char *key;
	PfsValue value;

	if (outcome != PFS_READY)
		return outcome;
	for (guint i = 0; pfs_record_get_pair(record, collection->table, i, &key, &value); i++)
		if (pfs_value_is_attribute(&value) &&
		    !is_static(listing->directory->node->children, key))
			add_escaped(listing, node, key);
	return PFS_READY;
}

static PfsOutcome
list_resolved(PfsTree *self, const PfsNode *node, PfsAccess *access, PfsListing *listing)
{
	g_autofree char *path = pfs_entry_dup_path(listing->directory);
	GHashTable *known = g_hash_table_lookup(self->resolved, path);
	GHashTableIter iter;
	gpointer name;

	if (known == NULL)
		return PFS_READY;
	g_hash_table_iter_init(&iter, known);
	while (g_hash_table_iter_next(&iter, &name, NULL)) {
		g_autofree char *plain = pfs_name_unescape(name);

		add(listing, node, name, plain);
	}
	return PFS_READY;
}

typedef struct {
	PfsListing *listing;
	const PfsNode *node;
} NameList;

static void
add_name_cb(gpointer name, gpointer user_data)
{
	NameList *list = user_data;

	add_escaped(list->listing, list->node, name);
}

/* Names of events that have come so far. */
static PfsOutcome
list_names(PfsTree *self, const PfsNode *node, PfsListing *listing)
{
	g_autoptr(PfsEntry) any = pfs_entry_new(node, listing->directory, "", NULL);
	NameList list = { listing, node };
	g_auto(PfsFeedPlace) place = { 0 };

	pfs_tree_find_feed(self, any, &place);
	pfs_feed_foreach_name(place.feed, place.filter.coreid, add_name_cb, &list);
	return PFS_READY;
}

static PfsOutcome
list_pattern(PfsTree *self, const PfsNode *node, PfsAccess *access, PfsListing *listing)
{
	switch (node->source) {
	case PFS_FROM_RECORDS:
		return list_records(self, node, access, listing);
	case PFS_FROM_MEMBERS:
		return list_members(self, node, access, listing);
	case PFS_FROM_SCALARS:
		return list_scalars(self, node, access, listing);
	case PFS_FROM_RESOLVED:
		return list_resolved(self, node, access, listing);
	case PFS_FROM_FEED:
		return list_names(self, node, listing);
	case PFS_FROM_NOTHING:
	case PFS_FROM_ANSWER:
	case PFS_FROM_RECORD:
	case PFS_FROM_LOCAL:
		break;
	}
	return PFS_READY;
}

/* A static row that shows a value which this record does not have is left out. */
static gboolean
is_absent(PfsTree *self, const PfsNode *node, PfsEntry *directory)
{
	PfsCollection *collection;
	PfsRecord *record;

	if (node->source != PFS_FROM_RECORD || (node->flags & PFS_NODE_REMEMBER) != 0 ||
	    node->kind != PFS_ATTRIBUTE)
		return FALSE;
	record = pfs_tree_find_record(self, directory, &collection);
	return record != NULL &&
	       pfs_record_get(record, collection->table,
			      node->pick != NULL ? node->pick : node->name)
		       .kind == PFS_VALUE_NONE;
}

PfsOutcome
pfs_tree_list(PfsTree *self, PfsEntry *directory, PfsAccess *access, PfsListing **out_listing)
{
	g_autoptr(PfsListing) listing = g_new0(PfsListing, 1);
	PfsOutcome outcome = PFS_READY;

	listing->directory = pfs_entry_ref(directory);
	listing->items = g_array_new(FALSE, FALSE, sizeof(Item));
	listing->chunk = g_string_chunk_new(4096);
	for (const PfsNode *node = directory->node->children;
	     node->name != NULL && outcome == PFS_READY; node++) {
		if ((node->flags & PFS_NODE_UNLISTED) != 0)
			continue;
		if (pfs_node_is_pattern(node))
			outcome = list_pattern(self, node, access, listing);
		else if (!is_absent(self, node, directory))
			add(listing, node, node->name, NULL);
	}
	if (outcome == PFS_READY)
		*out_listing = g_steal_pointer(&listing);
	return outcome;
}
