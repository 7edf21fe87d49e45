/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <particlefs/hash.h>

#include "node.h"

/* The kernel's inodes share the entries: a fleet's listing is little more than an array of
 * pointers. */
struct _PfsListing {
	PfsEntry *directory;
	PfsDraft *folder; /* of drafts that lie in it; NULL: there are none */
	GPtrArray *entries;
	GHashTable *seen; /* the entries' names, until all are here */
	/* Of a list that comes in pages: what is still to come. */
	const PfsNode *node;
	PfsCollection *collection; /* held between two reads; NULL: all is here */
	guint taken;
	guint generation; /* of which that is */
};

void
pfs_listing_free(PfsListing *self)
{
	if (self == NULL)
		return;
	/* Who has seen enough asks for no more. */
	if (self->collection != NULL)
		pfs_resource_release(&self->collection->resource);
	pfs_draft_unref(self->folder);
	pfs_entry_unref(self->directory);
	g_clear_pointer(&self->seen, g_hash_table_unref);
	g_ptr_array_unref(self->entries);
	g_free(self);
}

guint
pfs_listing_get_size(PfsListing *self)
{
	return self->entries->len;
}

const char *
pfs_listing_get_name(PfsListing *self, guint index)
{
	return pfs_entry_get_name(self->entries->pdata[index]);
}

PfsEntry *
pfs_listing_dup_entry(PfsListing *self, guint index)
{
	return pfs_entry_ref(self->entries->pdata[index]);
}

static void
add_entry(PfsListing *self, PfsEntry *entry)
{
	g_ptr_array_add(self->entries, entry);
	g_hash_table_add(self->seen, (gpointer)pfs_entry_get_name(entry));
}

/* What can't be a file name is left out: the kernel would refuse the whole listing. */
static void
add(PfsListing *self, const PfsNode *node, const char *name, const char *value)
{
	if (*name != '\0' && strchr(name, '/') == NULL)
		add_entry(self, pfs_entry_new(node, self->directory, name, value));
}

static void
add_draft(PfsListing *self, const PfsNode *node, PfsDraft *draft)
{
	add_entry(self, pfs_entry_new_draft(node, self->directory, draft));
}

/* Their names are as they were made. */
static PfsOutcome
list_drafts(PfsListing *listing, const PfsNode *node)
{
	g_autoptr(GPtrArray) drafts =
	    listing->folder != NULL ? pfs_draft_dup_children(listing->folder) : g_ptr_array_new();

	for (guint i = 0; i < drafts->len; i++) {
		PfsDraft *draft = drafts->pdata[i];

		if (pfs_draft_is_folder(draft) == (node->kind == PFS_DIRECTORY))
			add_draft(listing, node, draft);
	}
	return PFS_READY;
}

static gboolean
is_static(PfsEntry *directory, const char *name)
{
	for (const PfsNode *node = pfs_entry_get_rows(directory); node->name != NULL; node++)
		if (!pfs_node_is_pattern(node) && strcmp(node->name, name) == 0)
			return TRUE;
	return FALSE;
}

/*
 * Whether a look-up of that name finds something else: a row, listed or not, or what stands here
 * already. A device called `color` is not listed in a group, which has a color itself; in devices/
 * it stands by that name.
 */
static gboolean
is_taken(PfsListing *self, const char *name)
{
	return g_hash_table_contains(self->seen, name) || is_static(self->directory, name);
}

static void
add_escaped(PfsListing *self, const PfsNode *node, const char *value)
{
	g_autofree char *name = pfs_name_escape(value);

	if (!is_taken(self, name))
		add(self, node, name, value);
}

static void
add_record(PfsListing *self, const PfsNode *node, PfsCollection *collection, PfsRecord *record)
{
	const char *id = pfs_record_get_id(record, collection->table);
	g_autofree char *escaped = node->by_id ? pfs_name_escape(id) : NULL;
	const char *name = escaped != NULL ? escaped : pfs_collection_get_name(collection, record);

	if (!is_taken(self, name) && pfs_node_shows(node, self->directory, collection, record))
		add(self, node, name, id);
}

static void
add_all(PfsListing *self, const PfsNode *node, PfsCollection *collection)
{
	PfsRecord *record;

	for (guint i = 0; (record = pfs_table_get_nth(collection->table, i)) != NULL; i++)
		add_record(self, node, collection, record);
}

static void
add_pages(PfsListing *self)
{
	PfsCollection *collection = self->collection;

	for (; self->taken < collection->order->len; self->taken++) {
		PfsRecord *record =
		    pfs_table_find(collection->table, collection->order->pdata[self->taken]);

		if (record != NULL)
			add_record(self, self->node, collection, record);
	}
}

/* The list is known: what was not taken from its pages stands in the table. */
static void
add_rest(PfsListing *self)
{
	PfsCollection *collection = self->collection;

	add_all(self, self->node, collection);
	self->collection = NULL;
	pfs_resource_release(&collection->resource);
	g_clear_pointer(&self->seen, g_hash_table_unref);
}

/* A load that has begun since, as the one before failed or grew old, is taken from its start: what
 * it brings again is known by its name. */
static void
follow(PfsListing *self)
{
	if (self->generation != self->collection->generation)
		self->taken = 0;
	self->generation = self->collection->generation;
}

/* What the load under way has brought since; without one, all that is left. */
static PfsOutcome
add_more(PfsTree *tree, PfsListing *self, PfsAccess *access)
{
	PfsCollection *collection = self->collection;
	PfsOutcome outcome;

	follow(self);
	outcome = pfs_collection_get_some(collection, access, tree->options.ttl_us[PFS_TTL_LIST],
					  tree->options.stale_us, self->taken);
	if (outcome != PFS_READY)
		return outcome;
	if (self->taken < collection->order->len)
		add_pages(self);
	else
		add_rest(self);
	return PFS_READY;
}

/* Pages may bring nothing that the row is for. */
PfsOutcome
pfs_listing_get_more(PfsTree *tree, PfsListing *self, guint index, PfsAccess *access)
{
	PfsOutcome outcome = PFS_READY;

	while (outcome == PFS_READY && self->collection != NULL && self->entries->len <= index)
		outcome = add_more(tree, self, access);
	return outcome;
}

static PfsOutcome
list_pages(PfsTree *self, const PfsNode *node, PfsAccess *access, PfsListing *listing,
	   PfsCollection *collection)
{
	PfsOutcome outcome = pfs_collection_get_some(
	    collection, access, self->options.ttl_us[PFS_TTL_LIST], self->options.stale_us, 0);

	if (outcome != PFS_READY)
		return outcome;
	if (!collection->resource.busy) {
		add_all(listing, node, collection);
		return PFS_READY;
	}
	listing->node = node;
	listing->collection = collection;
	listing->generation = collection->generation;
	pfs_resource_hold(&collection->resource);
	add_pages(listing);
	return PFS_READY;
}

static PfsOutcome
list_records(PfsTree *self, const PfsNode *node, PfsAccess *access, PfsListing *listing)
{
	PfsCollection *collection =
	    pfs_tree_get_collection(self, listing->directory, node->collection);
	PfsOutcome outcome;

	if (pfs_collection_has_pages(collection))
		return list_pages(self, node, access, listing, collection);
	outcome = pfs_collection_get(collection, access, self->options.ttl_us[PFS_TTL_LIST],
				     self->options.stale_us);
	if (outcome == PFS_READY)
		add_all(listing, node, collection);
	return outcome;
}

static PfsOutcome
list_members(PfsTree *self, const PfsNode *node, PfsAccess *access, PfsListing *listing)
{
	g_autoptr(json_t) container = NULL;
	PfsCollection *collection;
	PfsRecord *record;
	PfsOutcome outcome =
	    pfs_tree_get_record(self, listing->directory, access, node->pick, &collection, &record);
	const char *key;
	json_t *item;
	gsize index;
	PfsValue value;

	if (outcome != PFS_READY)
		return outcome;
	value = pfs_record_get(record, collection->table, node->pick);
	container = pfs_value_load_members(&value, &access->error);
	if (container == NULL)
		return PFS_FAILED;
	json_object_foreach(container, key, item) add_escaped(listing, node, key);
	json_array_foreach(container, index, item) if (json_is_string(item))
	    add_escaped(listing, node, json_string_value(item));
	return PFS_READY;
}

static PfsOutcome
list_scalars(PfsTree *self, const PfsNode *node, PfsAccess *access, PfsListing *listing)
{
	PfsCollection *collection;
	PfsRecord *record;
	PfsOutcome outcome =
	    pfs_tree_get_record(self, listing->directory, access, NULL, &collection, &record);
	const char *key;
	PfsValue value;
	gsize at = 0;

	if (outcome != PFS_READY)
		return outcome;
	while (pfs_record_next_pair(record, collection->table, &at, &key, &value))
		if (pfs_value_is_attribute(&value))
			add_escaped(listing, node, key);
	return PFS_READY;
}

static PfsOutcome
list_items(PfsTree *self, const PfsNode *node, PfsAccess *access, PfsListing *listing)
{
	g_autoptr(json_t) items = NULL;
	PfsOutcome outcome = pfs_tree_get_items(self, node, listing->directory, access, &items);
	const char *key;
	json_t *item;

	if (outcome == PFS_READY)
		json_object_foreach(items, key, item) add_escaped(listing, node, key);
	return outcome;
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

		if (!is_taken(listing, name))
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

	pfs_tree_peek_feed(self, any, &place);
	if (place.feed != NULL)
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
	case PFS_FROM_ITEMS:
		return list_items(self, node, access, listing);
	case PFS_FROM_RESOLVED:
		return list_resolved(self, node, access, listing);
	case PFS_FROM_FEED:
		return list_names(self, node, listing);
	case PFS_FROM_DRAFT:
		return list_drafts(listing, node);
	case PFS_FROM_ANY:
	case PFS_FROM_FLEET:
	case PFS_FROM_NEW:
	case PFS_FROM_PROGRESS:
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
	g_autofree char *key = NULL;
	PfsCollection *collection;
	PfsRecord *record;
	const char *path;
	gsize length;

	if (node->source != PFS_FROM_RECORD ||
	    (node->flags & (PFS_NODE_REMEMBER | PFS_NODE_LISTED_EMPTY)) != 0 ||
	    node->kind != PFS_ATTRIBUTE)
		return FALSE;
	record = pfs_tree_find_record(self, directory, &collection);
	if (record == NULL)
		return FALSE;
	path = pfs_node_get_key(node, NULL, &length);
	key = g_strndup(path, length);
	return pfs_record_get(record, collection->table, key).kind == PFS_VALUE_NONE;
}

/* A folder, or a value, beside what else a draft has. */
static void
add_kept(PfsListing *listing, const PfsNode *node)
{
	if (node->kind == PFS_DIRECTORY)
		add_draft(listing, node, pfs_draft_find(listing->folder, node->name));
	else if (pfs_draft_row_is_there(node, listing->folder))
		add(listing, node, node->name, NULL);
}

PfsOutcome
pfs_tree_list(PfsTree *self, PfsEntry *directory, PfsAccess *access, PfsListing **out_listing)
{
	g_autoptr(PfsListing) listing = g_new0(PfsListing, 1);
	PfsOutcome outcome = PFS_READY;

	listing->directory = pfs_entry_ref(directory);
	listing->entries = g_ptr_array_new_with_free_func((GDestroyNotify)pfs_entry_unref);
	listing->seen = g_hash_table_new(pfs_text_hash, g_str_equal);
	listing->folder = pfs_tree_peek_folder(self, directory);
	if (listing->folder != NULL)
		pfs_draft_ref(listing->folder);
	for (const PfsNode *node = pfs_entry_get_rows(directory);
	     node->name != NULL && outcome == PFS_READY; node++) {
		if ((node->flags & PFS_NODE_UNLISTED) != 0)
			continue;
		if (pfs_node_is_pattern(node))
			outcome = list_pattern(self, node, access, listing);
		else if (node->source == PFS_FROM_DRAFT)
			add_kept(listing, node);
		else if (!is_absent(self, node, directory))
			add(listing, node, node->name, NULL);
	}
	if (listing->collection == NULL)
		g_clear_pointer(&listing->seen, g_hash_table_unref);
	if (outcome == PFS_READY)
		*out_listing = g_steal_pointer(&listing);
	/* g_autoptr frees it. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	return outcome;
}
