/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <string.h>

void
sim_store_init(Sim *self)
{
	self->rows =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)json_decref);
	self->blobs =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
}

void
sim_store_clear(Sim *self)
{
	g_clear_pointer(&self->rows, g_hash_table_unref);
	g_clear_pointer(&self->blobs, g_hash_table_unref);
}

json_t *
sim_rows(Sim *self, const char *kind, const char *scope)
{
	g_autofree char *key = g_strdup_printf("%s %s", kind, scope);
	json_t *rows = g_hash_table_lookup(self->rows, key);

	if (!rows) {
		rows = json_array();
		g_hash_table_insert(self->rows, g_steal_pointer(&key), rows);
	}
	return rows;
}

const char *
sim_row_text(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

void
sim_row_set_text(json_t *row, const char *key, const char *value)
{
	json_object_set_new(row, key, value ? json_string(value) : json_null());
}

json_t *
sim_row_find(json_t *rows, const char *key, const char *value)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i,
			   row) if (g_strcmp0(sim_row_text(row, key), value) == 0) return row;
	return NULL;
}

/* Returns: @row, borrowed: the store holds the reference. */
json_t *
sim_row_add(json_t *rows, json_t *row_taken)
{
	json_array_append_new(rows, row_taken);
	return row_taken;
}

gboolean
sim_row_remove(json_t *rows, json_t *row)
{
	for (size_t i = 0; i < json_array_size(rows); i++)
		if (json_array_get(rows, i) == row)
			return json_array_remove(rows, i) == 0;
	return FALSE;
}

/* Returns: (transfer full): a copy of @row as others may see it */
json_t *
sim_row_without(const json_t *row, const char *hidden)
{
	json_t *copy = json_deep_copy(row);

	json_object_del(copy, hidden);
	return copy;
}

/* A filter by part of a value, in any case; no filter lets everything through. */
gboolean
sim_text_has(const char *text, const char *part)
{
	g_autofree char *low_text = NULL;
	g_autofree char *low_part = NULL;

	if (!part || !*part)
		return TRUE;
	if (!text)
		return FALSE;
	low_text = g_ascii_strdown(text, -1);
	low_part = g_ascii_strdown(part, -1);
	return strstr(low_text, low_part) != NULL;
}

/* Pages count from 1; a page behind the last one is empty. */
json_t *
sim_rows_page(json_t *rows_taken, int page, int per_page, int *out_pages)
{
	json_t *result = json_array();
	size_t total = json_array_size(rows_taken);
	size_t from = (size_t)(page - 1) * (size_t)per_page;

	for (size_t i = from; i < total && i < from + (size_t)per_page; i++)
		json_array_append(result, json_array_get(rows_taken, i));
	if (out_pages)
		*out_pages = (int)((total + (size_t)per_page - 1) / (size_t)per_page);
	json_decref(rows_taken);
	return result;
}

void
sim_blob_put(Sim *self, const char *id, GBytes *blob)
{
	g_hash_table_replace(self->blobs, g_strdup(id), g_bytes_ref(blob));
}

GBytes *
sim_blob_get(Sim *self, const char *id)
{
	return g_hash_table_lookup(self->blobs, id);
}
