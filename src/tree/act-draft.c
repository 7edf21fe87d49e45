/* SPDX-License-Identifier: Apache-2.0 */
/* An act that sends what lies in a folder: sources that are compiled, a version of firmware. */
#include <errno.h>

#include "act.h"

/* What was made has come. */
static void
product_cb(GBytes *body, const GError *error, gpointer user_data)
{
	PfsAction *self = user_data;

	if (error == NULL)
		pfs_draft_set_value(self->draft, self->row->draft->product, body);
	pfs_action_done_cb(self->answer, error, self);
}

static void
get_product(PfsAction *self)
{
	const PfsDraftRow *row = self->row->draft;
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) arguments = pfs_draft_dup_next_arguments(row, self->answer, &error);

	self->call = NULL;
	if (arguments != NULL)
		self->call = pfs_api_call(self->tree->api, pfs_endpoint_find(row->get), arguments,
					  NULL, NULL, product_cb, self, &error);
	if (self->call == NULL)
		pfs_action_done_cb(NULL, error, self);
}

/* What the verb shows after a failure as well: where no file is for that. */
static void
keep_log(PfsAction *self, GBytes *answer, const GError *error)
{
	g_autoptr(GBytes) log = pfs_draft_dup_log(self->tree->api, self->row->draft, answer, error);

	if (self->row->draft->log != NULL) {
		pfs_draft_set_value(self->draft, self->row->draft->log, log);
		return;
	}
	g_hash_table_replace(self->tree->results, pfs_entry_dup_key(self->entry), g_bytes_ref(log));
	pfs_tree_changed(self->tree, self->entry, NULL);
}

static void
made_cb(GBytes *body, const GError *error, gpointer user_data)
{
	PfsAction *self = user_data;
	const PfsDraftRow *row = self->row->draft;
	GBytes *answer = error != NULL ? pfs_api_peek_failure_body(self->tree->api) : body;
	g_autoptr(GBytes) line = NULL;

	keep_log(self, answer, error);
	if (error != NULL || row->get == NULL) {
		pfs_action_done_cb(body, error, self);
		return;
	}
	line = pfs_bytes_dup_line(body);
	pfs_draft_set_value(self->draft, row->answer, line);
	self->answer = g_bytes_ref(body);
	get_product(self);
}

/* Each file goes by its path, with what was written beside them. */
gboolean
pfs_action_begin_draft(PfsAction *self, gsize length, GError **error)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find(self->row->function);
	const PfsDraftRow *row = self->row->draft;
	PfsEntry *around = self->entry->parent;
	g_autoptr(json_t) arguments = pfs_entry_dup_arguments(self->entry, endpoint);
	g_autoptr(GHashTable) files = NULL;
	json_t *names = NULL;

	if (length > 0 && row->text == NULL) {
		g_set_error(error, PFS_ERROR, EINVAL, "an empty line is wanted");
		return FALSE;
	}
	if (!pfs_tree_check_draft(self->tree, around, error))
		return FALSE;
	files = pfs_tree_dup_files(self->tree, around, row->folder, &names, error);
	if (files == NULL)
		return FALSE;
	json_object_set_new(arguments, self->row->parameter, names);
	if (length > 0)
		pfs_arguments_bind_text(arguments, endpoint, row->text, self->text);
	pfs_tree_bind_kept(self->tree, around, endpoint, arguments);
	self->call =
	    pfs_api_call(self->tree->api, endpoint, arguments, files, NULL, made_cb, self, error);
	if (self->call == NULL)
		return FALSE;
	self->draft = pfs_draft_ref(pfs_tree_get_folder(self->tree, around));
	self->draft->busy = TRUE;
	return TRUE;
}
