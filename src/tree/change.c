/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a change in the cloud makes false in the tree: told to the file system path by path, as the
 * kernel has them in its caches.
 */
#include <string.h>

#include "answer.h"
#include "node.h"

static void
tell(PfsTree *self, PfsEntry *entry, const char *below, PfsChange change)
{
	g_autofree char *path = pfs_entry_dup_path(entry);
	g_autofree char *whole =
	    below == NULL ? g_strdup(path)
			  : g_strconcat(pfs_entry_is_root(entry) ? "" : path, "/", below, NULL);

	if (self->change_func != NULL)
		self->change_func(whole, change, self->change_user_data);
}

void
pfs_tree_changed(PfsTree *self, PfsEntry *entry, const char *below)
{
	tell(self, entry, below, PFS_CHANGE_CONTENT);
}

/* What a record has answered goes with its name. */
static void
forget_results(PfsTree *self, PfsEntry *place, const char *id)
{
	g_autofree char *above = NULL;
	g_autofree char *own = NULL;
	g_autofree char *below = NULL;
	GHashTableIter iter;
	gpointer key;

	/* As it is while a large fleet is listed, most times. */
	if (g_hash_table_size(self->results) == 0)
		return;
	above = pfs_entry_dup_key(place);
	own = pfs_name_escape(id);
	below = g_strconcat(above, "/", own, "/", NULL);
	g_hash_table_iter_init(&iter, self->results);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (g_str_has_prefix(key, below))
			g_hash_table_iter_remove(&iter);
}

/*
 * A name came, or went, in each directory that shows the collection; its ID is a name as well. One
 * that came can only have been denied, as whoever had it has lost it first: where it is known it is
 * the same still, which was forgotten, and stays for those who work in it.
 */
void
pfs_tree_name_changed(PfsCollection *collection, const char *id, const char *name, gboolean came)
{
	PfsChange change = came ? PFS_CHANGE_CONTENT : PFS_CHANGE_NAME;

	for (guint i = 0; i < collection->places->len; i++) {
		PfsEntry *place = collection->places->pdata[i];

		if (place->node->kind == PFS_DIRECTORY) {
			forget_results(collection->user_data, place, id);
			tell(collection->user_data, place, name, change);
			pfs_tree_changed(collection->user_data, place, id);
		} else {
			pfs_tree_changed(collection->user_data, place, NULL);
		}
	}
}

static const PfsNode *
get_record_node(PfsEntry *place, PfsCollection *collection)
{
	for (const PfsNode *node = place->node->children; node != NULL && node->name != NULL;
	     node++)
		if (node->collection != NULL && node->collection == collection->row)
			return node;
	return NULL;
}

static gboolean
shows_key(const PfsNode *node, const char *key)
{
	if (pfs_node_is_pattern(node) || node->source != PFS_FROM_RECORD)
		return FALSE;
	return node->kind == PFS_DOCUMENT ||
	       strcmp(node->pick != NULL ? node->pick : node->name, key) == 0;
}

/* The files below a record's directory that show this key. */
static void
key_changed_below(PfsTree *self, PfsEntry *place, const PfsNode *record_node, const char *name,
		  const char *key)
{
	g_autofree char *attribute = g_strconcat(name, "/", key, NULL);

	for (const PfsNode *node = record_node->children; node->name != NULL; node++) {
		g_autofree char *below = g_strconcat(name, "/", node->name, NULL);

		if (shows_key(node, key))
			pfs_tree_changed(self, place, below);
	}
	pfs_tree_changed(self, place, attribute);
}

void
pfs_tree_key_changed(PfsCollection *collection, PfsRecord *record, const char *key)
{
	PfsTree *tree = collection->user_data;
	const char *name = pfs_collection_get_name(collection, record);

	for (guint i = 0; i < collection->places->len; i++) {
		PfsEntry *place = collection->places->pdata[i];
		const PfsNode *node = get_record_node(place, collection);

		if (node == NULL)
			pfs_tree_changed(tree, place, NULL);
		else if (node->children != NULL)
			key_changed_below(tree, place, node, name, key);
		else if (g_strcmp0(node->key, key) == 0)
			pfs_tree_changed(tree, place, name);
	}
}

/* As the cloud writes them; a longer text is none. */
#define TIME_BYTES_MAX 64

static PfsRecord *
set_presence(PfsCollection *collection, PfsRecord *record, gboolean present)
{
	PfsValueKind kind = present ? PFS_VALUE_TRUE : PFS_VALUE_FALSE;

	for (const char *const *key = collection->row->presence_keys; *key != NULL; key++) {
		PfsValueKind known = pfs_record_get(record, collection->table, *key).kind;

		if (known == PFS_VALUE_NONE || known == kind)
			continue;
		record = pfs_table_set_value(collection->table, record, *key, kind, NULL);
		pfs_tree_key_changed(collection, record, *key);
	}
	return record;
}

/* NULL: of none that is known. */
static PfsRecord *
find_subject(PfsCollection *collection, const PfsEvent *event)
{
	return event->coreid != NULL ? pfs_table_find(collection->table, event->coreid) : NULL;
}

static void
take_presence(PfsCollection *collection, const PfsEvent *event)
{
	PfsRecord *record = find_subject(collection, event);
	gboolean present = g_strcmp0(event->data, collection->row->present) == 0;

	if (record == NULL || (!present && g_strcmp0(event->data, collection->row->absent) != 0))
		return;
	record = set_presence(collection, record, present);
	pfs_record_note_change(record);
	if (collection->row->time_key == NULL || event->published_at == NULL ||
	    strlen(event->published_at) > TIME_BYTES_MAX)
		return;
	record = pfs_table_set_value(collection->table, record, collection->row->time_key,
				     PFS_VALUE_STRING, event->published_at);
	pfs_tree_key_changed(collection, record, collection->row->time_key);
}

void
pfs_tree_take_event(PfsFeed *feed, const PfsEvent *event, gpointer user_data)
{
	PfsTree *self = user_data;
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, self->collections);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		PfsCollection *collection = value;

		if (g_strcmp0(collection->row->presence_event, event->name) == 0)
			take_presence(collection, event);
		if (g_strcmp0(collection->row->progress_event, event->name) == 0 &&
		    find_subject(collection, event) != NULL)
			pfs_tree_take_progress(self, feed, event);
	}
}

/* What stands behind @path in @below, without its slash; NULL where it is not below. */
static const char *
get_rest(const char *path, const char *below)
{
	gsize length = strcmp(path, "/") == 0 ? 0 : strlen(path);

	if (strncmp(below, path, length) != 0 || (below[length] != '\0' && below[length] != '/'))
		return NULL;
	return below[length] == '/' ? below + length + 1 : below + length;
}

void
pfs_collection_expire(PfsCollection *self)
{
	PfsRecord *record;

	pfs_resource_expire(&self->resource);
	for (guint i = 0; (record = pfs_table_get_nth(self->table, i)) != NULL; i++)
		pfs_record_set_updated_us(record, 0);
}

/* The record that the first name of @rest is; where the cloud has no call for the one, the list. */
static void
expire_record(PfsCollection *collection, const char *rest)
{
	g_autofree char *name = g_strndup(rest, strcspn(rest, "/"));
	PfsRecord *record = pfs_collection_find(collection, name);

	if (record == NULL)
		return;
	pfs_record_set_updated_us(record, 0);
	if (collection->row->get == NULL)
		pfs_resource_expire(&collection->resource);
}

static void
expire_collection(PfsTree *self, PfsCollection *collection, const char *path)
{
	for (guint i = 0; i < collection->places->len; i++) {
		PfsEntry *entry = collection->places->pdata[i];
		g_autofree char *place = pfs_entry_dup_path(entry);
		const char *rest = get_rest(place, path);

		if (get_rest(path, place) != NULL)
			pfs_collection_expire(collection);
		else if (entry == self->root->parent) /* all is below a product that is the root */
			expire_record(collection, self->root->name);
		else if (rest != NULL)
			expire_record(collection, rest);
	}
}

/* Below @path, or in a directory above it: the names there, and what they have, are one answer's.
 */
static gboolean
is_shown_at(const char *shown, const char *path, gboolean above)
{
	return get_rest(path, shown) != NULL || (above && get_rest(shown, path) != NULL);
}

static gboolean
is_shown(const PfsAnswer *answer, const char *path, gboolean above)
{
	gboolean shown = is_shown_at(answer->resource.describe, path, above);

	for (guint i = 0; i < answer->others->len && !shown; i++)
		shown = is_shown_at(answer->others->pdata[i], path, above);
	return shown;
}

/* @all: what a user wants to have anew; else what an act below @path has changed, which leaves what
 * lasts. */
static void
expire_answers(PfsTree *self, const char *path, gboolean all)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, self->answers);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		if ((all || !((PfsAnswer *)value)->lasting) && is_shown(value, path, all))
			pfs_resource_expire(value);
	g_hash_table_iter_init(&iter, self->fleets);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		if (get_rest(path, ((PfsResource *)value)->describe) != NULL)
			pfs_resource_expire(value);
}

void
pfs_tree_expire_answers(PfsTree *self, const char *path)
{
	expire_answers(self, path, FALSE);
}

void
pfs_tree_expire_asked(PfsTree *self, const char *parameter, GHashTable *ids)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, self->answers);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const PfsAnswer *answer = value;
		const char *id = json_string_value(json_object_get(answer->arguments, parameter));

		if (id != NULL && !answer->lasting && g_hash_table_contains(ids, id))
			pfs_resource_expire(value);
	}
	pfs_tree_expire_fleets(self, ids);
}

void
pfs_tree_expire_path(PfsTree *self, const char *path)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, self->collections);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		expire_collection(self, value, path);
	expire_answers(self, path, TRUE);
}

/* A record's name and its ID lead to the same. The other one; NULL: it has one alone. */
static char *
dup_other_name(PfsTree *self, PfsEntry *entry)
{
	g_autofree char *id = NULL;
	PfsCollection *collection;
	PfsRecord *record;

	if (pfs_entry_get_record_entry(entry) != entry)
		return NULL;
	id = pfs_name_escape(entry->value);
	if (strcmp(id, entry->name) != 0)
		return g_steal_pointer(&id);
	record = pfs_tree_find_record(self, entry, &collection);
	return record != NULL ? g_strdup(pfs_collection_get_name(collection, record)) : NULL;
}

/* What was asked for by one path is shown by the others. */
static void
expire_paths(PfsTree *self, PfsEntry *entry, const char *below)
{
	const char *whole = *below != '\0' ? below : "/";
	g_autofree char *path = g_strconcat("/", entry->name, below, NULL);
	g_autofree char *other_path = NULL;
	g_autofree char *other = NULL;

	if (pfs_entry_is_root(entry)) {
		pfs_tree_expire_path(self, whole);
		if (self->change_func != NULL)
			self->change_func(whole, PFS_CHANGE_BELOW, self->change_user_data);
		return;
	}
	expire_paths(self, entry->parent, path);
	other = dup_other_name(self, entry);
	if (other == NULL || strcmp(other, entry->name) == 0)
		return;
	other_path = g_strconcat("/", other, below, NULL);
	expire_paths(self, entry->parent, other_path);
}

void
pfs_tree_expire(PfsTree *self, PfsEntry *entry)
{
	expire_paths(self, entry, "");
}
