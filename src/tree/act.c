/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What acts. Each act is one call, begun once: nothing here is asked again, and nothing is repeated.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "answer.h"
#include "fanout.h"
#include "node.h"
#include "schema.h"

struct _PfsAction {
	PfsTree *tree;
	PfsEntry *entry;
	const PfsActRow *row;
	PfsAct act;
	char *text;
	char *document;	       /* what is sent of a document, once it was checked */
	PfsSchemaCheck *check;
	PfsApiCall *call;
	PfsDraft *draft; /* something is made of it */
	GBytes *answer;	 /* of the first of two calls */
	PfsFanout *fanout;
	PfsAccess access;  /* to the list of those that are called */
	PfsWaiter waiter;
	guint idle_source; /* what needs no call ends there */
	PfsActionFunc done;
	gpointer user_data;
};

gboolean
pfs_act_row_exists(const PfsActRow *self)
{
	return self->function != NULL || self->run != NULL;
}

static void
action_free(PfsAction *self)
{
	g_hash_table_remove(self->tree->actions, self);
	g_clear_handle_id(&self->idle_source, g_source_remove);
	if (self->draft != NULL)
		self->draft->busy = FALSE;
	pfs_draft_unref(self->draft);
	g_clear_pointer(&self->answer, g_bytes_unref);
	pfs_waiter_cancel(&self->waiter);
	pfs_access_clear(&self->access);
	pfs_fanout_free(self->fanout);
	pfs_schema_check_cancel(self->check);
	pfs_entry_unref(self->entry);
	g_free(self->document);
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
	if (self->row->convert != NULL)
		return self->row->convert(body, error);
	if (length == 0 || !pfs_endpoint_answers_json(pfs_endpoint_find(self->row->function)))
		return g_bytes_ref(body);
	picked = pfs_json_pick(text, length, self->row->result, error);
	return picked != NULL ? pfs_bytes_dup_line(picked) : NULL;
}

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

/* A function may have changed any of the device's variables; what is below a product is too much. */
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
static void
note_effects(PfsAction *self)
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
	case PFS_ACT_MOVE:
		return &entry->node->move;
	}
	g_assert_not_reached();
}

static const PfsActRow *
choose_row(const PfsActRow *row, const char *text, gsize length)
{
	for (const PfsActRow *choice = row->choices; choice != NULL && choice->word != NULL; choice++)
		if (strlen(choice->word) == length && memcmp(choice->word, text, length) == 0)
			return choice;
	return row;
}

static gboolean
begins_object(const char *text, gsize length)
{
	while (length > 0 && g_ascii_isspace(*text)) {
		text++;
		length--;
	}
	return length > 0 && *text == '{';
}

static const char *
get_parameter(const PfsActRow *row, const char *text, gsize length)
{
	return row->objects && begins_object(text, length) ? NULL : row->parameter;
}

/* Where a call takes in its body what others take in their path. */
static void
bind_as(PfsEntry *entry, const PfsEndpoint *endpoint, const PfsActRow *row, json_t *arguments)
{
	if (row->bound == NULL)
		return;
	for (PfsEntry *above = entry; above != NULL; above = above->parent) {
		json_t *value;

		if (above->value == NULL || !pfs_node_binds(above->node, row->bound_as))
			continue;
		value = pfs_arguments_parse_value(endpoint, row->bound, above->value, NULL);
		if (value != NULL)
			json_object_set_new(arguments, row->bound, value);
		return;
	}
}

/* An act without a parameter takes no text. */
static json_t *
dup_act_arguments(PfsEntry *entry, PfsAct act, const PfsActRow *row, const char *text, gsize length,
		  GError **error)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find(row->function);
	const char *parameter = get_parameter(row, text, length);
	gboolean chosen = row->word != NULL;
	g_autoptr(json_t) bound = pfs_entry_dup_arguments(entry, endpoint);

	bind_as(entry, endpoint, row, bound);
	if (act == PFS_ACT_RMDIR || act == PFS_ACT_MOVE || chosen)
		return g_steal_pointer(&bound);
	if (length == 0 && parameter != NULL && (entry->node->flags & PFS_NODE_EMPTY) == 0) {
		g_set_error(error, PFS_ERROR, EINVAL, "%s is missing", parameter);
		return NULL;
	}
	return pfs_arguments_parse(endpoint, bound, parameter, text, length, error);
}

static gboolean
idle_cb(gpointer user_data)
{
	PfsAction *self = user_data;
	g_autoptr(GBytes) result = g_bytes_new_static("", 0);

	self->idle_source = 0;
	self->done(result, NULL, self->user_data);
	action_free(self);
	return G_SOURCE_REMOVE;
}

static gboolean
begin_call(PfsAction *self, const char *text, gsize length, GError **error)
{
	g_autofree char *translated = NULL;
	g_autoptr(json_t) arguments = NULL;

	if (self->row->translate != NULL) {
		translated = self->row->translate(text, error);
		if (translated == NULL)
			return FALSE;
		text = translated;
		length = strlen(text);
	}
	arguments = dup_act_arguments(self->entry, self->act, self->row, text, length, error);
	if (arguments != NULL)
		self->call = pfs_api_call(self->tree->api, pfs_endpoint_find(self->row->function),
					  arguments, NULL, NULL, FALSE, done_cb, self, error);
	return self->call != NULL;
}

static void
fail_action(PfsAction *self, const char *what, const GError *error)
{
	g_autofree char *path = pfs_entry_dup_path(self->entry);

	pfs_tree_log_failure(self->tree, path, what, error);
	self->done(NULL, error, self->user_data);
	action_free(self);
}

static void
checked_cb(const GError *error, gpointer user_data)
{
	PfsAction *self = user_data;
	g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;

	self->check = NULL;
	if (failure == NULL)
		begin_call(self, self->document, strlen(self->document), &failure);
	if (failure != NULL)
		fail_action(self, NULL, failure);
}

/* A document is written back whole: what it changes is sent, and where it changes nothing, nothing. */
static gboolean
begin_document(PfsAction *self, GError **error)
{
	g_autoptr(json_t) changes = pfs_tree_dup_changes(self->tree, self->entry, self->text, error);

	if (changes == NULL)
		return FALSE;
	if (json_is_object(changes) && json_object_size(changes) == 0 &&
	    self->entry->node->source == PFS_FROM_RECORD) {
		self->idle_source = g_idle_add(idle_cb, self);
		return TRUE;
	}
	self->document = json_dumps(changes, JSON_COMPACT);
	if (self->entry->node->schema == NULL)
		return begin_call(self, self->document, strlen(self->document), error);
	self->check = pfs_schema_check_new(self->tree, self->entry, self->text, checked_cb, self);
	return TRUE;
}

static void
part_free(gpointer data)
{
	PfsHttpPart *part = data;

	if (part->fd >= 0)
		close(part->fd);
	g_free(part->filename);
	g_free(part);
}

/* A parameter that takes several files has them by their names. */
static gboolean
begin_upload(PfsAction *self, int fd, gint64 size, GError **error)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find(self->row->function);
	g_autoptr(json_t) arguments = pfs_entry_dup_arguments(self->entry, endpoint);
	g_autoptr(GHashTable) files = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, part_free);
	const char *filename = self->entry->value != NULL ? self->entry->value : self->row->filename;
	PfsHttpPart *part = g_new0(PfsHttpPart, 1);

	pfs_tree_bind_kept(self->tree, self->entry->parent, endpoint, arguments);
	part->filename = g_strdup(filename);
	part->fd = fd;
	part->fd_size = size;
	g_hash_table_insert(files, (gpointer) "file", part);
	json_object_set_new(arguments, self->row->parameter,
			    self->row->by_name ? json_pack("{s:s}", filename, "file")
					       : json_string("file"));
	self->call = pfs_api_call(self->tree->api, endpoint, arguments, files, NULL, FALSE, done_cb,
				  self, error);
	return self->call != NULL;
}

/* What was made has come. */
static void
product_cb(GBytes *body, const GError *error, gpointer user_data)
{
	PfsAction *self = user_data;

	if (error == NULL)
		pfs_draft_set_value(self->draft, self->row->draft->product, body);
	done_cb(self->answer, error, self);
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
					  NULL, NULL, FALSE, product_cb, self, &error);
	if (self->call == NULL)
		done_cb(NULL, error, self);
}

/* What the verb shows after a failure as well: where no file is for that. */
static void
keep_log(PfsAction *self, GBytes *log)
{
	if (self->row->draft->log != NULL) {
		pfs_draft_set_value(self->draft, self->row->draft->log, log);
		return;
	}
	g_hash_table_replace(self->tree->results, pfs_entry_dup_path(self->entry), g_bytes_ref(log));
	pfs_tree_changed(self->tree, self->entry, NULL);
}

static void
made_cb(GBytes *body, const GError *error, gpointer user_data)
{
	PfsAction *self = user_data;
	const PfsDraftRow *row = self->row->draft;
	GBytes *answer = error != NULL ? pfs_api_peek_failure_body(self->tree->api) : body;
	g_autoptr(GBytes) log = pfs_draft_dup_log(row, answer, error);
	g_autoptr(GBytes) line = NULL;

	keep_log(self, log);
	if (error != NULL || row->get == NULL) {
		done_cb(body, error, self);
		return;
	}
	line = pfs_bytes_dup_line(body);
	pfs_draft_set_value(self->draft, row->answer, line);
	self->answer = g_bytes_ref(body);
	get_product(self);
}

/* Each file goes by its path, with what was written beside them. */
static gboolean
begin_draft(PfsAction *self, gsize length, GError **error)
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
	self->call = pfs_api_call(self->tree->api, endpoint, arguments, files, NULL, FALSE, made_cb,
				  self, error);
	if (self->call == NULL)
		return FALSE;
	self->draft = pfs_draft_ref(pfs_tree_get_folder(self->tree, around));
	self->draft->busy = TRUE;
	return TRUE;
}

static GError *
dup_fleet_error(PfsFanout *fanout)
{
	const GPtrArray *members = pfs_fanout_peek_members(fanout);
	guint failed = 0;

	for (guint i = 0; i < members->len; i++) {
		const PfsMember *member = members->pdata[i];

		failed += member->error != NULL && member->error->code != ENOENT &&
			  member->error->code != EHOSTDOWN;
	}
	if (failed == 0)
		return NULL;
	return g_error_new(PFS_ERROR, EREMOTEIO, "%u of %u failed; the file says which", failed,
			   pfs_fanout_get_sent(fanout));
}

/* All were tried; the table stays readable, whether some failed or not. */
static void
fleet_done_cb(PfsFanout *fanout, gpointer user_data)
{
	PfsAction *self = user_data;
	g_autoptr(GBytes) result = pfs_fanout_dup_csv(fanout, "return_value", self->row->result);
	g_autoptr(GError) error = dup_fleet_error(fanout);
	g_autofree char *path = pfs_entry_dup_path(self->entry);

	if (error != NULL)
		pfs_tree_log_failure(self->tree, path, self->row->function, error);
	g_hash_table_replace(self->tree->results, g_steal_pointer(&path), g_bytes_ref(result));
	pfs_tree_changed(self->tree, self->entry, NULL);
	self->done(error == NULL ? result : NULL, error, self->user_data);
	action_free(self);
}

static void
call_fleet(PfsAction *self)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find(self->row->function);
	g_autoptr(json_t) arguments = pfs_entry_dup_arguments(self->entry, endpoint);
	g_autoptr(GPtrArray) members = pfs_tree_dup_members(self->tree, self->entry);

	json_object_set_new(arguments, self->row->parameter, json_string(self->text));
	self->fanout = pfs_fanout_new(self->tree->api, endpoint, arguments,
				      self->entry->node->collection->parameter, members,
				      fleet_done_cb, self);
}

static gboolean
list_cb(gpointer user_data)
{
	PfsAction *self = user_data;
	PfsCollection *collection = pfs_tree_get_collection(self->tree, self->entry,
							    self->entry->node->collection);
	PfsOutcome outcome = pfs_collection_get(collection, &self->access,
						self->tree->options.ttl_us[PFS_TTL_LIST], 0);

	self->idle_source = 0;
	if (outcome == PFS_READY)
		call_fleet(self);
	else if (outcome == PFS_PENDING)
		pfs_resource_wait(self->access.waiting_for, &self->waiter);
	else
		fail_action(self, self->tree->failed_request, self->access.error);
	return G_SOURCE_REMOVE;
}

static void
listed_cb(PfsWaiter *waiter)
{
	PfsAction *self = waiter->user_data;

	list_cb(self);
}

/* Who is to be called stands in a list that may have to be fetched first. */
static void
begin_fleet(PfsAction *self)
{
	self->waiter.wake = listed_cb;
	self->waiter.user_data = self;
	pfs_access_init(&self->access, FALSE);
	self->idle_source = g_idle_add(list_cb, self);
}

static gboolean
begin_local(PfsAction *self, GError **error)
{
	if (!self->row->run(self->tree, self->entry, self->text, error))
		return FALSE;
	self->idle_source = g_idle_add(idle_cb, self);
	return TRUE;
}

static gboolean
begin(PfsAction *self, gsize length, GError **error)
{
	if (self->row->run != NULL)
		return begin_local(self, error);
	if (self->row->fleet) {
		begin_fleet(self);
		return TRUE;
	}
	if (self->row->draft != NULL)
		return begin_draft(self, length, error);
	if (self->act == PFS_ACT_WRITE && self->entry->node->kind == PFS_DOCUMENT &&
	    (self->entry->node->flags & PFS_NODE_TEXT) == 0)
		return begin_document(self, error);
	return begin_call(self, self->text, length, error);
}

static PfsAction *
action_new(PfsTree *tree, PfsEntry *entry, PfsAct act, PfsActionFunc done, gpointer user_data)
{
	PfsAction *self = g_new0(PfsAction, 1);

	self->tree = tree;
	self->entry = pfs_entry_ref(entry);
	self->row = get_row(entry, act);
	self->act = act;
	self->done = done;
	self->user_data = user_data;
	g_hash_table_add(tree->actions, self);
	return self;
}

/* NULL where it did not begin; that is logged. */
static PfsAction *
begun(PfsAction *self, GError *local_error, GError **error)
{
	g_autofree char *path = NULL;

	if (local_error == NULL)
		return self;
	path = pfs_entry_dup_path(self->entry);
	pfs_tree_log_failure(self->tree, path, NULL, local_error);
	g_propagate_error(error, local_error);
	action_free(self);
	return NULL;
}

PfsAction *
pfs_tree_act(PfsTree *self, PfsEntry *entry, PfsAct act, const char *text, gsize length,
	     PfsActionFunc done, gpointer user_data, GError **error)
{
	GError *local_error = NULL;
	PfsAction *action;

	if (!pfs_act_row_exists(get_row(entry, act))) {
		g_set_error(error, PFS_ERROR, EPERM, "there is no such act here");
		return NULL;
	}
	action = action_new(self, entry, act, done, user_data);
	action->row = choose_row(action->row, text, length);
	action->text = g_strndup(text, length);
	if (action->row->begins)
		pfs_tree_prepare_progress(self, entry);
	begin(action, length, &local_error);
	return begun(action, local_error, error);
}

PfsAction *
pfs_tree_upload(PfsTree *self, PfsEntry *entry, int fd, gint64 size, PfsActionFunc done,
		gpointer user_data, GError **error)
{
	PfsAction *action = action_new(self, entry, PFS_ACT_WRITE, done, user_data);
	GError *local_error = NULL;

	action->text = g_strdup("");
	if (action->row->begins)
		pfs_tree_prepare_progress(self, entry);
	begin_upload(action, fd, size, &local_error);
	return begun(action, local_error, error);
}

static GError *
dup_interruption(PfsAction *self)
{
	gboolean sent = self->call != NULL && pfs_api_is_sent(self->call);

	if (self->fanout != NULL)
		return g_error_new(PFS_ERROR, EINTR, "interrupted: %u of %u were called",
				   pfs_fanout_get_sent(self->fanout),
				   pfs_fanout_peek_members(self->fanout)->len);
	return g_error_new(PFS_ERROR, EINTR, "interrupted: %s",
			   sent ? "it may have acted" : "nothing was sent");
}

gpointer
pfs_action_cancel(PfsAction *self)
{
	g_autofree char *path = pfs_entry_dup_path(self->entry);
	g_autoptr(GError) error = dup_interruption(self);
	gpointer user_data = self->user_data;

	if (self->call != NULL)
		pfs_api_cancel(self->call);
	pfs_tree_log_failure(self->tree, path, self->row->function, error);
	action_free(self);
	return user_data;
}

/* The last line of the text begins with this. */
static gboolean
ends_with_line(const char *text, gsize length, const char *prefix)
{
	const char *newline = length > 0 ? memrchr(text, '\n', length - 1) : NULL;
	const char *line = newline != NULL ? newline + 1 : text;
	gsize prefix_length = strlen(prefix);

	return (gsize)(text + length - line) >= prefix_length &&
	       memcmp(line, prefix, prefix_length) == 0;
}

gboolean
pfs_entry_is_complete(PfsEntry *self, const char *text, gsize length)
{
	const PfsActRow *row = &self->node->write;

	if (row->run != NULL)
		return TRUE;
	if (get_parameter(row, text, length) == NULL)
		return pfs_arguments_is_complete(text, length);
	return row->until == NULL || length == 0 || ends_with_line(text, length, row->until);
}
