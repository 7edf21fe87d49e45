/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of the cloud as a directory. The table is never emptied for a new list: records are
 * replaced as they arrive, and those that the new list no longer has go when it is complete, so
 * that every name stays answerable meanwhile.
 */
#include <errno.h>
#include <string.h>

#include "collection.h"

#include <particlefs/tree.h>

/* How many paths of one place are told of changes: those that others rename have ever new ones. */
#define PATHS_MAX 4

void
pfs_collection_free(PfsResource *resource)
{
	PfsCollection *self = (PfsCollection *)resource;

	pfs_collection_end_load(self);
	g_ptr_array_unref(self->pages);
	g_ptr_array_unref(self->order);
	pfs_collection_clear_names(self);
	pfs_table_free(self->table);
	json_decref(self->arguments);
	g_strfreev(self->reserved);
	g_ptr_array_unref(self->places);
	g_free(self);
}

void
pfs_collection_take_record(PfsCollection *self, PfsRecord *record, gint64 asked_us)
{
	/* What was on its way when something acted is older, and was not put. */
	if (pfs_record_get_changed_us(record) <= asked_us)
		pfs_record_set_updated_us(record, g_get_monotonic_time());
	pfs_record_set_generation(record, self->generation);
	if (pfs_collection_name_record(self, record))
		pfs_record_set_settled(record, FALSE);
}

static void
page_free(gpointer data)
{
	PfsPage *page = data;

	if (page->call != NULL)
		pfs_api_cancel(page->call);
	g_clear_pointer(&page->body, g_bytes_unref);
	g_free(page);
}

void
pfs_collection_init_table(PfsCollection *self)
{
	self->table = pfs_table_new(self->row->id_key);
	pfs_table_set_spread(self->table, self->row->spread);
	pfs_collection_init_names(self);
}

PfsCollection *
pfs_collection_new(const PfsCollectionRow *row, PfsApi *api, json_t *arguments)
{
	PfsCollection *self = g_new0(PfsCollection, 1);

	pfs_resource_init(&self->resource, &pfs_collection_class);
	self->row = row;
	self->api = api;
	self->arguments = json_incref(arguments);
	pfs_collection_init_table(self);
	self->pages = g_ptr_array_new_with_free_func(page_free);
	self->order = g_ptr_array_new_with_free_func(g_free);
	self->places = g_ptr_array_new_with_free_func((GDestroyNotify)pfs_entry_unref);
	return self;
}

static gboolean
is_same_path(PfsEntry *one, PfsEntry *other)
{
	g_autofree char *path = pfs_entry_dup_path(one);
	g_autofree char *other_path = pfs_entry_dup_path(other);

	return strcmp(path, other_path) == 0;
}

/* A place may have several paths: by the name of what stands above, and by its ID. */
void
pfs_collection_add_place(PfsCollection *self, PfsEntry *place)
{
	guint64 ino = pfs_entry_get_ino(place);
	guint paths = 0;
	guint oldest = 0;

	for (guint i = self->places->len; i-- > 0;) {
		if (pfs_entry_get_ino(self->places->pdata[i]) != ino)
			continue;
		if (is_same_path(self->places->pdata[i], place))
			return;
		oldest = i;
		paths++;
	}
	if (paths >= PATHS_MAX)
		g_ptr_array_remove_index(self->places, oldest);
	g_ptr_array_add(self->places, pfs_entry_ref(place));
}

/* An ID may hold what no file name can: it is escaped as names are. */
PfsRecord *
pfs_collection_find_id(PfsCollection *self, const char *name)
{
	g_autofree char *plain = strchr(name, '%') != NULL ? pfs_name_unescape(name) : NULL;

	return pfs_table_find(self->table, plain != NULL ? plain : name);
}

PfsRecord *
pfs_collection_find(PfsCollection *self, const char *name)
{
	const char *id = g_hash_table_lookup(self->names, name);

	return id != NULL ? pfs_table_find(self->table, id) : pfs_collection_find_id(self, name);
}

const char *
pfs_collection_get_name(PfsCollection *self, PfsRecord *record)
{
	const char *name = pfs_record_get_user_data(record);

	return name != NULL ? name : pfs_record_get_id(record, self->table);
}

PfsRecord *
pfs_collection_put(PfsCollection *self, const char *text, gsize length, gint64 asked_us,
		   GError **error)
{
	g_autoptr(GError) broken = NULL;
	PfsRecord *record =
	    pfs_table_put_json(self->table, text, length, self->row->wrapper, asked_us, &broken);

	if (record != NULL) {
		pfs_collection_take_record(self, record, asked_us);
		pfs_collection_note_growth(self);
		return record;
	}
	pfs_collection_keep_limits(self, broken);
	g_propagate_error(error, g_steal_pointer(&broken));
	return NULL;
}
