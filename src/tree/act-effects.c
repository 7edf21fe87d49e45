/* SPDX-License-Identifier: Apache-2.0 */
/* What is another after an act: lists, records and answers that are known no more. */
#include <string.h>

#include <particlefs/hash.h>
#include <particlefs/json.h>

#include "act.h"

static PfsEntry *
get_place(PfsAction *self)
{
	if (self->act == PFS_ACT_MKDIR)
		return self->entry;
	return self->row->ends ? self->entry->parent->parent : self->entry->parent;
}

/* The list that has changed: of the record that acted, or of the directory that it was done in. */
static PfsCollection *
find_list(PfsAction *self)
{
	PfsEntry *place = get_place(self);
	PfsEntry *record_entry = pfs_entry_get_record_entry(self->entry);

	for (const PfsNode *node = place->node->children;
	     self->act != PFS_ACT_RMDIR && self->act != PFS_ACT_RENAME &&
	     self->act != PFS_ACT_MOVE && node->name != NULL;
	     node++)
		if (node->source == PFS_FROM_RECORDS && node->kind == PFS_DIRECTORY)
			return pfs_tree_get_collection(self->tree, place, node->collection);
	return pfs_tree_get_collection_of(self->tree, record_entry);
}

/* Lists that a record has beside what was written: its versions, its members. */
static void
expire_lists_in(PfsTree *tree, PfsEntry *directory)
{
	guint64 ino = pfs_entry_get_ino(directory);
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, tree->collections);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		PfsCollection *collection = value;

		for (guint i = 0; i < collection->places->len; i++) {
			PfsEntry *place = collection->places->pdata[i];

			if (place->parent != NULL && pfs_entry_get_ino(place->parent) == ino)
				pfs_resource_expire(&collection->resource);
		}
	}
}

static void
expire_lists(PfsAction *self)
{
	PfsCollection *collection = find_list(self);

	pfs_resource_expire(&collection->resource);
	/* What was not there may be there now. */
	for (guint i = 0; i < collection->places->len; i++)
		pfs_tree_changed(self->tree, collection->places->pdata[i], NULL);
	if (self->act == PFS_ACT_WRITE &&
	    self->entry->parent == pfs_entry_get_record_entry(self->entry))
		expire_lists_in(self->tree, self->entry->parent);
}

/* The directory of a family: what acts in it may have changed any answer there. */
static PfsEntry *
get_family(PfsEntry *entry)
{
	PfsEntry *parent = entry->parent != NULL ? entry->parent : entry;

	return entry->value != NULL && parent->parent != NULL ? parent->parent : parent;
}

/* A function may have changed any of the device's variables; what is below a product is too much.
 */
static void
expire_around(PfsAction *self, PfsRecord *record)
{
	PfsEntry *record_entry = pfs_entry_get_record_entry(self->entry);
	PfsEntry *around = record != NULL ? record_entry : get_family(self->entry);
	g_autofree char *path = pfs_entry_dup_path(around);
	g_autoptr(GHashTable) ids = g_hash_table_new(pfs_text_hash, g_str_equal);

	pfs_tree_expire_answers(self->tree, path);
	if (record == NULL)
		return;
	pfs_record_set_updated_us(record, 0);
	pfs_record_note_change(record);
	g_hash_table_add(ids, record_entry->value);
	pfs_tree_expire_asked(self->tree, record_entry->node->collection->parameter, ids);
}

static PfsRecord *
set_value(PfsCollection *collection, PfsRecord *record, const char *key, PfsValueKind kind,
	  const char *text)
{
	record = pfs_table_set_value(collection->table, record, key, kind, text);
	pfs_collection_name_record(collection, record);
	pfs_tree_key_changed(collection, record, key);
	return record;
}

/* What was translated is JSON. */
static PfsRecord *
take_written(PfsAction *self, PfsCollection *collection, PfsRecord *record)
{
	return set_value(collection, record, self->row->sets,
			 self->row->translate != NULL ? PFS_VALUE_JSON : PFS_VALUE_STRING,
			 self->text);
}

/* What else a document has changed is read when it is asked for; a name is looked for. */
static PfsRecord *
take_name(PfsAction *self, PfsCollection *collection, PfsRecord *record)
{
	g_autoptr(json_t) document = pfs_json_load(self->document, strlen(self->document));
	const char *name = json_string_value(json_object_get(document, collection->row->name_key));

	return name != NULL ? set_value(collection, record, collection->row->name_key,
					PFS_VALUE_STRING, name)
			    : record;
}

/* What is renamed, and has its name in no key of its record, is known by it. */
static gboolean
is_gone(PfsAction *self)
{
	return self->act == PFS_ACT_RMDIR || self->act == PFS_ACT_MOVE ||
	       (self->act == PFS_ACT_RENAME && self->row->sets == NULL);
}

/* What is another now: the list, the record, or one value of it that is known already. */
void
pfs_action_note_effects(PfsAction *self)
{
	PfsTree *tree = self->tree;
	PfsCollection *collection;
	PfsRecord *record = pfs_tree_find_record(tree, self->entry, &collection);

	if (self->entry->node->kind == PFS_LOG)
		return;
	if (self->row->begins)
		pfs_tree_begin_progress(tree, self->entry, self->feed);
	if (record != NULL && is_gone(self)) {
		pfs_collection_remove(collection, self->entry->value);
		record = NULL;
	} else if (record != NULL && self->row->sets != NULL) {
		record = take_written(self, collection, record);
	} else if (record != NULL && self->document != NULL &&
		   pfs_node_sends_changes(self->entry->node)) {
		record = take_name(self, collection, record);
	}
	expire_around(self, record);
	if (self->row->lists)
		expire_lists(self);
	if (self->row->changes != NULL)
		pfs_collection_expire(
		    pfs_tree_find_collection(tree, self->entry->parent, self->row->changes));
	if (self->row->ends)
		pfs_draft_drop(self->entry->parent->draft);
	pfs_tree_changed(tree, self->entry, NULL);
}
