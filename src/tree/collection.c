/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of the cloud as a directory. The table is never emptied for a new list: records are
 * replaced as they arrive, and those that the new list no longer has go when it is complete, so that
 * every name stays answerable meanwhile.
 */
#include <errno.h>
#include <string.h>

#include "collection.h"

#include <particlefs/tree.h>

void
pfs_collection_free(PfsResource *resource)
{
	PfsCollection *self = (PfsCollection *)resource;

	pfs_collection_end_load(self);
	g_ptr_array_unref(self->pages);
	g_ptr_array_unref(self->order);
	g_hash_table_unref(self->names);
	pfs_table_free(self->table);
	json_decref(self->arguments);
	g_strfreev(self->reserved);
	g_ptr_array_unref(self->places);
	g_free(self);
}

static gboolean
is_reserved(PfsCollection *self, const char *name)
{
	return self->reserved != NULL && g_strv_contains((const char *const *)self->reserved, name);
}

/* Before the first list is whole nobody can have been told that a name is not there. */
static void
announce(PfsCollection *self, PfsRecord *record, const char *name)
{
	if (self->changed != NULL && self->whole)
		self->changed(self, pfs_record_get_id(record, self->table), name);
}

/* The key of the names' table lives as long as the name stands, so the record can point to it. */
static void
give_name(PfsCollection *self, PfsRecord *record, char *name)
{
	const char *id = pfs_record_get_id(record, self->table);

	pfs_record_set_user_data(record, name);
	g_hash_table_insert(self->names, name, g_strdup(id));
	announce(self, record, name);
}

static void
drop_name(PfsCollection *self, PfsRecord *record)
{
	char *name = pfs_record_get_user_data(record);

	if (name == NULL)
		return;
	pfs_record_set_user_data(record, NULL);
	announce(self, record, name);
	g_hash_table_remove(self->names, name);
}

static char *
dup_wanted_name(PfsCollection *self, PfsRecord *record)
{
	PfsValue value = pfs_record_get(record, self->table, self->row->name_key);
	const char *name = value.kind == PFS_VALUE_STRING && value.length > 0
			       ? value.text
			       : pfs_record_get_id(record, self->table);
	g_autofree char *whole = g_strconcat(name, self->row->suffix, NULL);

	return pfs_name_escape(whole);
}

/* What tells two of the same name apart: the ID's end, or where that is another's, its digest. */
static char *
dup_mark(const char *id, guint try)
{
	gsize length = strlen(id);
	const char *end = length > 6 ? id + length - 6 : id;
	g_autofree char *salted = g_strdup_printf("%s %u", id, try);

	if (try == 0 && g_utf8_validate(end, -1, NULL))
		return pfs_name_escape(end);
	return g_compute_checksum_for_string(G_CHECKSUM_MD5, salted, -1);
}

static gboolean
is_free(PfsCollection *self, PfsRecord *record, const char *name)
{
	const char *id = g_hash_table_lookup(self->names, name);

	return !is_reserved(self, name) &&
	       (id == NULL || strcmp(id, pfs_record_get_id(record, self->table)) == 0);
}

static char *
dup_marked_name(PfsCollection *self, PfsRecord *record, const char *name)
{
	const char *id = pfs_record_get_id(record, self->table);

	for (guint try = 0;; try++) {
		g_autofree char *mark = dup_mark(id, try);
		g_autofree char *marked = pfs_name_mark(name, mark);

		if (is_free(self, record, marked))
			return g_steal_pointer(&marked);
	}
}

static void
name_record(PfsCollection *self, PfsRecord *record)
{
	g_autofree char *wanted = dup_wanted_name(self, record);
	g_autofree char *marked = dup_marked_name(self, record, wanted);
	const char *current = pfs_record_get_user_data(record);
	const char *holder_id;
	PfsRecord *holder;

	if (current != NULL && (strcmp(current, wanted) == 0 || strcmp(current, marked) == 0))
		return;
	drop_name(self, record);
	if (is_reserved(self, wanted)) {
		give_name(self, record, g_steal_pointer(&marked));
		return;
	}
	holder_id = g_hash_table_lookup(self->names, wanted);
	if (holder_id == NULL) {
		give_name(self, record, g_steal_pointer(&wanted));
		return;
	}
	holder = pfs_table_find(self->table, holder_id);
	if (holder != NULL && holder != record) {
		drop_name(self, holder);
		give_name(self, holder, dup_marked_name(self, holder, wanted));
	}
	/* The holder may have taken the same. */
	give_name(self, record, dup_marked_name(self, record, wanted));
}

void
pfs_collection_take_record(PfsCollection *self, PfsRecord *record)
{
	pfs_record_set_updated_us(record, g_get_monotonic_time());
	pfs_record_set_generation(record, self->generation);
	name_record(self, record);
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

PfsCollection *
pfs_collection_new(const PfsCollectionRow *row, PfsApi *api, json_t *arguments)
{
	PfsCollection *self = g_new0(PfsCollection, 1);

	pfs_resource_init(&self->resource, &pfs_collection_class);
	self->row = row;
	self->api = api;
	self->arguments = json_incref(arguments);
	self->table = pfs_table_new(row->id_key);
	self->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	pfs_table_set_spread(self->table, row->spread);
	self->pages = g_ptr_array_new_with_free_func(page_free);
	self->order = g_ptr_array_new_with_free_func(g_free);
	self->places = g_ptr_array_new_with_free_func((GDestroyNotify)pfs_entry_unref);
	return self;
}

void
pfs_collection_add_place(PfsCollection *self, PfsEntry *place)
{
	for (guint i = 0; i < self->places->len; i++)
		if (pfs_entry_get_ino(self->places->pdata[i]) == pfs_entry_get_ino(place))
			return;
	g_ptr_array_add(self->places, pfs_entry_ref(place));
}

PfsRecord *
pfs_collection_find(PfsCollection *self, const char *name)
{
	const char *id = g_hash_table_lookup(self->names, name);

	return pfs_table_find(self->table, id != NULL ? id : name);
}

const char *
pfs_collection_get_name(PfsCollection *self, PfsRecord *record)
{
	const char *name = pfs_record_get_user_data(record);

	return name != NULL ? name : pfs_record_get_id(record, self->table);
}

PfsRecord *
pfs_collection_put(PfsCollection *self, const char *text, gsize length, GError **error)
{
	PfsRecord *record =
	    pfs_table_put_json(self->table, text, length, self->row->wrapper, error);

	if (record != NULL)
		pfs_collection_take_record(self, record);
	return record;
}

void
pfs_collection_rename(PfsCollection *self, PfsRecord *record)
{
	name_record(self, record);
}

void
pfs_collection_remove(PfsCollection *self, const char *id)
{
	PfsRecord *record = pfs_table_find(self->table, id);

	if (record == NULL)
		return;
	drop_name(self, record);
	pfs_table_remove(self->table, id);
}
