/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What acts. Each act is one call, begun once: nothing here is asked again, and nothing is repeated.
 */
#include <errno.h>
#include <string.h>

#include "answer.h"
#include "node.h"

struct _PfsAction {
	PfsTree *tree;
	PfsEntry *entry;
	const PfsActRow *row;
	PfsAct act;
	char *text;
	PfsApiCall *call;
	PfsActionFunc done;
	gpointer user_data;
};

static void
action_free(PfsAction *self)
{
	g_hash_table_remove(self->tree->actions, self);
	pfs_entry_unref(self->entry);
	g_free(self->text);
	g_free(self);
}

static GBytes *
dup_result(PfsAction *self, GBytes *body, GError **error)
{
	gsize length;
	const char *text = g_bytes_get_data(body, &length);
	g_autoptr(GBytes) picked = NULL;

	if ((self->entry->node->flags & PFS_NODE_REMEMBER) != 0)
		return g_bytes_new_take(g_strconcat(self->text, "\n", NULL), strlen(self->text) + 1);
	if (length == 0)
		return g_bytes_new_static("", 0);
	picked = pfs_json_pick(text, length, self->row->result, error);
	return picked != NULL ? pfs_bytes_dup_line(picked) : NULL;
}

/* What is another now: the list, the record, or one value of it that is known already. */
static void
note_effects(PfsAction *self)
{
	PfsTree *tree = self->tree;
	PfsCollection *collection;
	PfsRecord *record = pfs_tree_find_record(tree, self->entry, &collection);

	if (record != NULL && self->act == PFS_ACT_RMDIR) {
		pfs_collection_remove(collection, self->entry->value);
	} else if (record != NULL) {
		if (self->row->sets != NULL) {
			record = pfs_table_set_value(collection->table, record, self->row->sets,
						     PFS_VALUE_STRING, self->text);
			pfs_collection_rename(collection, record);
		}
		/* A function may have changed any of the device's variables. */
		pfs_tree_expire(tree, pfs_entry_get_record_entry(self->entry));
	}
	if (self->row->lists) {
		collection = pfs_tree_get_collection(
		    tree, self->act == PFS_ACT_WRITE ? self->entry->parent : self->entry);
		pfs_resource_expire(&collection->resource);
	}
	pfs_tree_changed(tree, self->entry, NULL);
}

static void
done_cb(GBytes *body, const GError *error, gpointer user_data)
{
	PfsAction *self = user_data;
	g_autofree char *path = pfs_entry_dup_path(self->entry);
	g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;
	g_autoptr(GBytes) result = NULL;

	if (failure == NULL)
		result = dup_result(self, body, &failure);
	if (failure != NULL) {
		pfs_tree_explain(self->tree, self->entry, failure);
		pfs_tree_log_failure(self->tree, path, self->tree->failed_request, failure);
	} else {
		if ((self->entry->node->flags & PFS_NODE_SECRET) == 0)
			g_hash_table_replace(self->tree->results, g_steal_pointer(&path),
					     g_bytes_ref(result));
		note_effects(self);
	}
	self->done(result, failure, self->user_data);
	action_free(self);
}

static const PfsActRow *
get_row(PfsEntry *entry, PfsAct act)
{
	switch (act) {
	case PFS_ACT_WRITE:
		return &entry->node->write;
	case PFS_ACT_MKDIR:
		return &entry->node->make;
	case PFS_ACT_RMDIR:
		return &entry->node->remove;
	case PFS_ACT_RENAME:
		return &entry->node->rename;
	}
	g_assert_not_reached();
}

/* An act without a parameter takes no text. */
static json_t *
dup_act_arguments(PfsEntry *entry, PfsAct act, const PfsActRow *row, const char *text, gsize length,
		  GError **error)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find(row->function);
	g_autoptr(json_t) bound = pfs_entry_dup_arguments(entry, endpoint);

	if (act == PFS_ACT_RMDIR)
		return g_steal_pointer(&bound);
	if (length == 0 && row->parameter != NULL && (entry->node->flags & PFS_NODE_EMPTY) == 0) {
		g_set_error(error, PFS_ERROR, EINVAL, "%s is missing", row->parameter);
		return NULL;
	}
	return pfs_arguments_parse(endpoint, bound, row->parameter, text, length, error);
}

PfsAction *
pfs_tree_act(PfsTree *self, PfsEntry *entry, PfsAct act, const char *text, gsize length,
	     PfsActionFunc done, gpointer user_data, GError **error)
{
	const PfsActRow *row = get_row(entry, act);
	g_autoptr(json_t) arguments = NULL;
	g_autofree char *path = NULL;
	GError *local_error = NULL;
	PfsAction *action;

	if (row->function == NULL) {
		g_set_error(error, PFS_ERROR, EPERM, "there is no such act here");
		return NULL;
	}
	action = g_new0(PfsAction, 1);
	action->tree = self;
	action->entry = pfs_entry_ref(entry);
	action->row = row;
	action->act = act;
	action->text = g_strndup(text, length);
	action->done = done;
	action->user_data = user_data;
	arguments = dup_act_arguments(entry, act, row, text, length, &local_error);
	if (arguments != NULL)
		action->call = pfs_api_call(self->api, pfs_endpoint_find(row->function), arguments,
					    NULL, NULL, FALSE, done_cb, action, &local_error);
	g_hash_table_add(self->actions, action);
	if (action->call != NULL)
		return action;
	path = pfs_entry_dup_path(entry);
	pfs_tree_log_failure(self, path, NULL, local_error);
	g_propagate_error(error, local_error);
	action_free(action);
	return NULL;
}

gpointer
pfs_action_cancel(PfsAction *self)
{
	g_autofree char *path = pfs_entry_dup_path(self->entry);
	g_autoptr(GError) error = g_error_new(PFS_ERROR, EINTR, "interrupted: %s",
					      pfs_api_is_sent(self->call) ? "it may have acted"
									  : "nothing was sent");

	gpointer user_data = self->user_data;

	pfs_api_cancel(self->call);
	pfs_tree_log_failure(self->tree, path, self->row->function, error);
	action_free(self);
	return user_data;
}

gboolean
pfs_entry_is_complete(PfsEntry *self, const char *text, gsize length)
{
	return self->node->write.parameter != NULL || pfs_arguments_is_complete(text, length);
}
