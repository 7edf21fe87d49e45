/* SPDX-License-Identifier: Apache-2.0 */
/* What is another after an act: lists, records and answers that are known no more. */
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

	if (record != NULL)
		pfs_record_set_updated_us(record, 0);
	pfs_tree_expire_answers(self->tree, path, FALSE);
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
		pfs_tree_begin_progress(tree, self->entry);
	if (record != NULL && (self->act == PFS_ACT_RMDIR || self->act == PFS_ACT_MOVE)) {
		pfs_collection_remove(collection, self->entry->value);
		record = NULL;
	} else if (record != NULL && self->row->sets != NULL) {
		record = pfs_table_set_value(collection->table, record, self->row->sets,
					     PFS_VALUE_STRING, self->text);
		pfs_collection_name_record(collection, record);
	}
	expire_around(self, record);
	if (self->row->lists) {
		collection = find_list(self);
		pfs_resource_expire(&collection->resource);
	}
	if (self->row->ends)
		pfs_draft_drop(self->entry->parent->draft);
	pfs_tree_changed(tree, self->entry, NULL);
}
