/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <particlefs/error.h>
#include <particlefs/json.h>

#include "node.h"

/* Of a value in a tree, roughly. */
#define VALUE_COST 128

static gsize all_bytes;

gsize
pfs_answers_get_bytes(void)
{
	return all_bytes;
}

static void
charge(PfsAnswer *self, gsize bytes)
{
	self->bytes += bytes;
	all_bytes += bytes;
}

static void
drop_picked(PfsAnswer *self)
{
	if (self->picked != NULL)
		charge(self, -g_bytes_get_size(self->picked));
	g_clear_pointer(&self->picked, g_bytes_unref);
	g_clear_pointer(&self->picked_path, g_free);
}

static void
drop_body(PfsAnswer *self)
{
	drop_picked(self);
	g_clear_pointer(&self->body, g_bytes_unref);
	g_clear_pointer(&self->items, g_hash_table_unref);
	charge(self, -self->bytes);
}

static void
answer_free(PfsResource *resource)
{
	PfsAnswer *self = (PfsAnswer *)resource;

	json_decref(self->arguments);
	pfs_entry_unref(self->entry);
	g_ptr_array_unref(self->others);
	drop_body(self);
	g_free(self);
}

static void
keep_picked(PfsAnswer *self, const char *path, GBytes *picked)
{
	drop_picked(self);
	self->picked_path = g_strdup(path);
	self->picked = picked;
	charge(self, g_bytes_get_size(picked));
}

/*
 * JSON is checked now, not when it is read: what is kept for long would be broken for as long. What
 * the file shows that has asked is picked of it by the way, where it is there.
 */
static gboolean
keep_json(PfsAnswer *self, GBytes *body, GError **error)
{
	const PfsNode *node = self->entry != NULL ? self->entry->node : NULL;
	const char *path = node != NULL ? pfs_node_get_answer_path(node) : NULL;
	gsize length;
	const char *text = g_bytes_get_data(body, &length);
	g_autoptr(GBytes) picked = pfs_json_pick(text, length, path, NULL);
	g_autoptr(GBytes) whole = picked == NULL ? pfs_json_pick(text, length, NULL, error) : NULL;

	if (picked == NULL && whole == NULL)
		return FALSE;
	drop_body(self);
	if (picked != NULL && node != NULL && node->convert == NULL)
		keep_picked(self, path, g_steal_pointer(&picked));
	return TRUE;
}

static gboolean
keep_body(PfsAnswer *self, GBytes *body, GError **error)
{
	if (self->take != NULL)
		return self->take(self, body, error);
	if (!pfs_endpoint_answers_json(self->endpoint))
		drop_body(self);
	else if (!keep_json(self, body, error))
		return FALSE;
	self->body = g_bytes_ref(body);
	charge(self, g_bytes_get_size(body));
	return TRUE;
}

static void
done_cb(GBytes *body, const GError *error, gpointer user_data)
{
	PfsAnswer *self = user_data;
	g_autoptr(GError) broken = NULL;

	self->call = NULL;
	if (error == NULL)
		keep_body(self, body, &broken);
	if (self->grown != NULL)
		self->grown(self->grown_user_data);
	pfs_resource_finish(&self->resource, error != NULL ? error : broken);
}

static gboolean
answer_start(PfsResource *resource, GError **error)
{
	PfsAnswer *self = (PfsAnswer *)resource;

	self->call = pfs_api_call(self->api, self->endpoint, self->arguments, NULL, NULL, done_cb,
				  self, error);
	return self->call != NULL;
}

static void
answer_stop(PfsResource *resource)
{
	pfs_api_cancel(g_steal_pointer(&((PfsAnswer *)resource)->call));
}

static const PfsResourceClass answer_class = {
	.start = answer_start,
	.stop = answer_stop,
	.free = answer_free,
};

PfsAnswer *
pfs_answer_new(PfsApi *api, const PfsEndpoint *endpoint, json_t *arguments, PfsAnswerFunc take,
	       gpointer user_data)
{
	PfsAnswer *self = g_new0(PfsAnswer, 1);

	pfs_resource_init(&self->resource, &answer_class);
	self->api = api;
	self->endpoint = endpoint;
	self->arguments = json_incref(arguments);
	self->others = g_ptr_array_new_with_free_func(g_free);
	self->take = take;
	self->take_user_data = user_data;
	return self;
}

void
pfs_answer_forget(PfsAnswer *self)
{
	self->forgotten = TRUE;
	drop_body(self);
	g_clear_pointer(&self->entry, pfs_entry_unref);
	pfs_resource_unref(&self->resource);
}

PfsEntry *
pfs_answer_peek_entry(PfsResource *resource)
{
	return resource->klass == &answer_class ? ((PfsAnswer *)resource)->entry : NULL;
}

GBytes *
pfs_answer_pick(PfsAnswer *self, const char *path, GError **error)
{
	gsize length;
	const char *text = g_bytes_get_data(self->body, &length);
	GBytes *picked;

	if (self->picked != NULL && g_strcmp0(path, self->picked_path) == 0)
		return g_bytes_ref(self->picked);
	picked = pfs_json_pick(text, length, path, error);
	if (picked == NULL)
		return NULL;
	keep_picked(self, path, picked);
	return g_bytes_ref(picked);
}

/* What the tree of a text takes; each value begins behind one of these. */
static gsize
get_tree_cost(const char *text, gsize length)
{
	gsize values = 1;

	for (gsize i = 0; i < length; i++)
		values += text[i] == ',' || text[i] == '{' || text[i] == '[';
	return length + values * VALUE_COST;
}

static json_t *
load_items(PfsAnswer *self, const char *path, PfsConvertFunc convert, GError **error)
{
	g_autoptr(GBytes) text =
	    convert != NULL ? convert(self->body, error) : pfs_answer_pick(self, path, error);
	json_t *items;

	if (text == NULL)
		return NULL;
	items = pfs_json_load(g_bytes_get_data(text, NULL), g_bytes_get_size(text));
	if (items != NULL)
		charge(self, get_tree_cost(g_bytes_get_data(text, NULL), g_bytes_get_size(text)));
	else
		g_set_error(error, PFS_ERROR, EBADMSG, "the answer has too many values");
	return items;
}

json_t *
pfs_answer_get_items(PfsAnswer *self, const char *path, PfsConvertFunc convert, GError **error)
{
	const char *key = path != NULL ? path : "";
	json_t *items = self->items != NULL ? g_hash_table_lookup(self->items, key) : NULL;

	if (items != NULL)
		return json_incref(items);
	items = load_items(self, path, convert, error);
	if (items == NULL)
		return NULL;
	if (self->items == NULL)
		self->items = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
						    (GDestroyNotify)json_decref);
	g_hash_table_insert(self->items, g_strdup(key), json_incref(items));
	return items;
}

gsize
pfs_answer_get_bytes(const PfsAnswer *self)
{
	return sizeof(*self) + self->bytes;
}
