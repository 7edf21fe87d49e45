/* SPDX-License-Identifier: Apache-2.0 */
/* An act as a call: what was written, and the path around it, are its arguments. */
#include <errno.h>
#include <string.h>

#include "act.h"

static gboolean
begins_object(const char *text, gsize length)
{
	while (length > 0 && g_ascii_isspace(*text)) {
		text++;
		length--;
	}
	return length > 0 && *text == '{';
}

const char *
pfs_act_row_get_parameter(const PfsActRow *row, const char *text, gsize length)
{
	return row->objects && begins_object(text, length) ? NULL : row->parameter;
}

/* The entry whose value a call takes by another name; NULL: it takes none. */
static PfsEntry *
find_bound(const PfsActRow *row, PfsEntry *entry)
{
	while (row->bound != NULL && entry != NULL &&
	       (entry->value == NULL || !pfs_node_binds(entry->node, row->bound_as)))
		entry = entry->parent;
	return row->bound != NULL ? entry : NULL;
}

/* A product that is the root may be bound to its slug; where that is known, the record has its ID.
 */
static const char *
get_id(PfsTree *tree, PfsEntry *entry)
{
	PfsCollection *collection;
	PfsRecord *record = entry->is_root ? pfs_tree_find_record(tree, entry, &collection) : NULL;

	return record != NULL ? pfs_record_get_id(record, collection->table) : entry->value;
}

/* The arguments that the path binds; of them one where a call takes in its body what others take in
 * their path. */
json_t *
pfs_act_row_dup_bound(PfsTree *tree, const PfsActRow *self, PfsEntry *entry)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find(self->function);
	json_t *arguments = pfs_entry_dup_arguments(entry, endpoint);
	PfsEntry *above = find_bound(self, entry);

	if (above != NULL)
		pfs_arguments_bind_text(arguments, endpoint, self->bound, get_id(tree, above));
	return arguments;
}

/* An act without a parameter takes no text. */
static json_t *
dup_act_arguments(PfsAction *self, const char *text, gsize length, GError **error)
{
	const PfsActRow *row = self->row;
	const PfsEndpoint *endpoint = pfs_endpoint_find(row->function);
	const char *parameter = pfs_act_row_get_parameter(row, text, length);
	gboolean chosen = row->word != NULL;
	g_autoptr(json_t) bound = pfs_act_row_dup_bound(self->tree, row, self->entry);

	if (self->act == PFS_ACT_RMDIR || self->act == PFS_ACT_MOVE || chosen)
		return g_steal_pointer(&bound);
	if (length == 0 && parameter != NULL && (self->entry->node->flags & PFS_NODE_EMPTY) == 0) {
		g_set_error(error, PFS_ERROR, EINVAL, "%s is missing", parameter);
		return NULL;
	}
	return pfs_arguments_parse(endpoint, bound, parameter, text, length, error);
}

gboolean
pfs_action_begin_call(PfsAction *self, const char *text, gsize length, GError **error)
{
	g_autoptr(json_t) arguments = NULL;
	char *translated;

	if (self->row->translate != NULL) {
		translated = self->row->translate(text, error);
		if (translated == NULL)
			return FALSE;
		pfs_secret_free(self->text);
		self->text = translated;
		text = translated;
		length = strlen(text);
	}
	arguments = dup_act_arguments(self, text, length, error);
	if (arguments != NULL)
		self->call = pfs_api_call(self->tree->api, pfs_endpoint_find(self->row->function),
					  arguments, NULL, NULL, pfs_action_done_cb, self, error);
	return self->call != NULL;
}

static gboolean
bind_cb(gpointer user_data)
{
	PfsAction *self = user_data;
	PfsEntry *bound = find_bound(self->row, self->entry);
	PfsOutcome outcome = PFS_READY;
	g_autoptr(GError) error = NULL;
	PfsCollection *collection;
	PfsRecord *record;

	self->idle_source = 0;
	if (bound->is_root && pfs_tree_find_record(self->tree, bound, NULL) == NULL)
		outcome = pfs_tree_get_record(self->tree, bound, &self->access, NULL, &collection,
					      &record);
	if (outcome == PFS_PENDING)
		pfs_resource_wait(self->access.waiting_for, &self->waiter);
	else if (outcome == PFS_FAILED)
		pfs_action_fail(self, self->access.error);
	else if (!pfs_action_begin_call(self, self->text, self->length, &error))
		pfs_action_fail(self, error);
	return G_SOURCE_REMOVE;
}

static void
bound_cb(PfsWaiter *waiter)
{
	bind_cb(waiter->user_data);
}

void
pfs_action_begin_bound(PfsAction *self)
{
	self->waiter.wake = bound_cb;
	self->waiter.user_data = self;
	pfs_access_init(&self->access, FALSE);
	self->idle_source = g_idle_add(bind_cb, self);
}

static void
checked_cb(const GError *error, gpointer user_data)
{
	PfsAction *self = user_data;
	g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;

	self->check = NULL;
	if (failure == NULL)
		pfs_action_begin_call(self, self->document, strlen(self->document), &failure);
	if (failure != NULL)
		pfs_action_fail(self, failure);
}

/* A document is written back whole: what it changes is sent, and where it changes nothing, nothing.
 */
gboolean
pfs_action_begin_document(PfsAction *self, GError **error)
{
	g_autoptr(json_t) changes =
	    pfs_tree_dup_changes(self->tree, self->entry, self->text, error);

	if (changes == NULL)
		return FALSE;
	if (json_object_size(changes) == 0 && pfs_node_sends_changes(self->entry->node)) {
		self->idle_source = g_idle_add(pfs_action_idle_cb, self);
		return TRUE;
	}
	self->document = json_dumps(changes, JSON_COMPACT);
	if (self->entry->node->schema == NULL)
		return pfs_action_begin_call(self, self->document, strlen(self->document), error);
	self->check = pfs_schema_check_new(self->tree, self->entry, self->text, checked_cb, self);
	return TRUE;
}

/* A parameter that takes several files has them by their names. */
gboolean
pfs_action_begin_upload(PfsAction *self, GError **error)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find(self->row->function);
	g_autoptr(json_t) arguments = pfs_entry_dup_arguments(self->entry, endpoint);
	g_autoptr(GHashTable) files =
	    g_hash_table_new_full(g_str_hash, g_str_equal, NULL, pfs_http_part_free);
	const char *filename =
	    self->entry->value != NULL ? self->entry->value : self->row->filename;
	PfsHttpPart *part = g_new0(PfsHttpPart, 1);

	pfs_tree_bind_kept(self->tree, self->entry->parent, endpoint, arguments);
	part->filename = g_strdup(filename);
	part->fd = self->fd;
	part->fd_size = self->size;
	self->fd = -1;
	g_hash_table_insert(files, (gpointer) "file", part);
	json_object_set_new(arguments, self->row->parameter,
			    self->row->by_name ? json_pack("{s:s}", filename, "file")
					       : json_string("file"));
	self->call = pfs_api_call(self->tree->api, endpoint, arguments, files, NULL,
				  pfs_action_done_cb, self, error);
	return self->call != NULL;
}
