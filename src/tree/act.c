/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What acts. Each act is one call, begun once: nothing here is asked again, and nothing is
 * repeated.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "act.h"

/* How long the stream of what is to begin may take to open. */
#define PATIENCE_MS 5000

void
pfs_action_free(PfsAction *self)
{
	g_clear_handle_id(&self->idle_source, g_source_remove);
	g_clear_handle_id(&self->begin_source, g_source_remove);
	if (self->fd >= 0)
		close(self->fd);
	if (self->draft != NULL)
		self->draft->busy = FALSE;
	pfs_draft_unref(self->draft);
	g_clear_pointer(&self->feed, pfs_feed_release);
	g_clear_pointer(&self->answer, g_bytes_unref);
	pfs_waiter_cancel(&self->waiter);
	pfs_access_clear(&self->access);
	pfs_fanout_free(self->fanout);
	pfs_schema_check_cancel(self->check);
	pfs_entry_unref(self->entry);
	pfs_secret_free(self->document);
	pfs_secret_free(self->text);
	g_free(self);
}

static GBytes *
dup_result(PfsAction *self, GBytes *body, GError **error)
{
	gsize length;
	const char *text = g_bytes_get_data(body, &length);
	g_autoptr(GBytes) picked = NULL;

	if ((self->entry->node->flags & PFS_NODE_REMEMBER) != 0)
		return g_bytes_new_take(g_strconcat(self->text, "\n", NULL),
					strlen(self->text) + 1);
	if (self->row->convert != NULL)
		return self->row->convert(body, error);
	if (length == 0 || !pfs_endpoint_answers_json(pfs_endpoint_find(self->row->function)))
		return g_bytes_ref(body);
	picked = pfs_json_pick(text, length, self->row->result, error);
	return picked != NULL ? pfs_bytes_dup_line(picked) : NULL;
}

/* What a call takes is told by its help: the file itself may show a value, or a result. */
static void
log_failure(PfsAction *self, const char *request, const GError *error)
{
	g_autofree char *path = pfs_entry_dup_path(self->entry);
	g_autoptr(GError) told = g_error_copy(error);
	char *words = told->message;

	if (told->code == EINVAL && self->row->function != NULL && self->row->draft == NULL) {
		told->message = g_strdup_printf("%s (see 'particlefs api %s --help')", words,
						self->row->function);
		g_free(words);
	}
	pfs_tree_log_failure(self->tree, path, request, told);
}

/* What a read gives then. A secret is for who wrote. */
static gboolean
keeps_result(const PfsAction *self)
{
	const PfsNode *node = self->entry->node;

	return self->act == PFS_ACT_WRITE && (node->flags & PFS_NODE_SECRET) == 0 &&
	       pfs_node_has_result(node);
}

void
pfs_action_done_cb(GBytes *body, const GError *error, gpointer user_data)
{
	PfsAction *self = user_data;
	g_autoptr(GError) failure = error != NULL ? g_error_copy(error) : NULL;
	g_autofree char *request = pfs_api_dup_request(self->tree->api);
	g_autoptr(GBytes) result = NULL;

	if (failure == NULL)
		result = dup_result(self, body, &failure);
	if (failure != NULL) {
		pfs_tree_explain(self->tree, self->entry, failure);
		log_failure(self, request, failure);
	} else {
		if (keeps_result(self))
			g_hash_table_replace(self->tree->results, pfs_entry_dup_key(self->entry),
					     g_bytes_ref(result));
		pfs_action_note_effects(self);
	}
	self->done(result, failure, self->user_data);
	pfs_action_free(self);
}

static const PfsActRow *
get_row(PfsEntry *entry, PfsAct act)
{
	switch (act) {
	case PFS_ACT_WRITE:
		return entry->node->write;
	case PFS_ACT_MKDIR:
		return entry->node->make;
	case PFS_ACT_RMDIR:
		return entry->node->remove;
	case PFS_ACT_RENAME:
		return entry->node->rename;
	case PFS_ACT_MOVE:
		return entry->node->move;
	}
	g_assert_not_reached();
}

static const PfsActRow *
choose_row(const PfsActRow *row, const char *text, gsize length)
{
	for (const PfsActRow *choice = row->choices; choice != NULL && choice->word != NULL;
	     choice++)
		if (strlen(choice->word) == length && memcmp(choice->word, text, length) == 0)
			return choice;
	return row;
}

gboolean
pfs_action_idle_cb(gpointer user_data)
{
	PfsAction *self = user_data;
	g_autoptr(GBytes) result = g_bytes_new_static("", 0);

	self->idle_source = 0;
	self->done(result, NULL, self->user_data);
	pfs_action_free(self);
	return G_SOURCE_REMOVE;
}

void
pfs_action_fail(PfsAction *self, const GError *error)
{
	log_failure(self, NULL, error);
	self->done(NULL, error, self->user_data);
	pfs_action_free(self);
}

static gboolean
begin_local(PfsAction *self, GError **error)
{
	if (!self->row->run(self->tree, self->entry, self->text, error))
		return FALSE;
	self->idle_source = g_idle_add(pfs_action_idle_cb, self);
	return TRUE;
}

/* Whoever writes back what was read, an editor or a backup, does not mean to call with that. */
static gboolean
is_usage(PfsAction *self)
{
	g_autofree char *usage = NULL;
	g_auto(GStrv) lines = NULL;

	if (self->act != PFS_ACT_WRITE || self->entry->node->kind != PFS_VERB ||
	    self->text[0] != '#')
		return FALSE;
	usage = pfs_tree_dup_usage(self->tree, self->entry);
	lines = g_strsplit(usage, "\n", -1);
	return g_strv_contains((const char *const *)lines, self->text);
}

/* JSON can't hold what is no text: whoever acts would do so without it. */
static gboolean
check_text(PfsAction *self, GError **error)
{
	if (g_utf8_validate_len(self->text, self->length, NULL))
		return TRUE;
	g_set_error(error, PFS_ERROR, EINVAL, "the text is not valid UTF-8");
	return FALSE;
}

static gboolean
begin(PfsAction *self, GError **error)
{
	if (self->fd >= 0)
		return pfs_action_begin_upload(self, error);
	if (is_usage(self)) {
		g_set_error(error, PFS_ERROR, EINVAL, "that is the usage, and no call");
		return FALSE;
	}
	if (!check_text(self, error))
		return FALSE;
	if (self->row->run != NULL)
		return begin_local(self, error);
	if (self->row->fleet)
		return pfs_action_begin_fleet(self, error);
	if (self->row->draft != NULL)
		return pfs_action_begin_draft(self, self->length, error);
	if (self->act == PFS_ACT_WRITE && self->entry->node->kind == PFS_DOCUMENT &&
	    (self->entry->node->flags & PFS_NODE_TEXT) == 0)
		return pfs_action_begin_document(self, error);
	if (self->row->bound != NULL) {
		pfs_action_begin_bound(self);
		return TRUE;
	}
	return pfs_action_begin_call(self, self->text, self->length, error);
}

static gboolean
begin_cb(gpointer user_data)
{
	PfsAction *self = user_data;
	g_autoptr(GError) error = NULL;

	self->begin_source = 0;
	pfs_waiter_cancel(&self->waiter);
	if (!begin(self, &error))
		pfs_action_fail(self, error);
	return G_SOURCE_REMOVE;
}

static gboolean
is_deaf(PfsAction *self)
{
	if (pfs_feed_open(self->feed, &self->access) != PFS_PENDING)
		return FALSE;
	pfs_resource_wait(self->access.waiting_for, &self->waiter);
	return TRUE;
}

static void
feed_woken_cb(PfsWaiter *waiter)
{
	PfsAction *self = waiter->user_data;

	if (is_deaf(self))
		return;
	g_clear_handle_id(&self->begin_source, g_source_remove);
	begin_cb(self);
}

/* The cloud tells no event twice: so its stream is open before it is told, or can't be. */
static gboolean
waits_for_feed(PfsAction *self)
{
	if (!self->row->begins)
		return FALSE;
	self->feed = pfs_tree_prepare_progress(self->tree, self->entry);
	self->waiter.wake = feed_woken_cb;
	self->waiter.user_data = self;
	pfs_access_init(&self->access, FALSE);
	if (is_deaf(self))
		self->begin_source = g_timeout_add(PATIENCE_MS, begin_cb, self);
	return self->begin_source != 0;
}

static PfsAction *
action_new(PfsTree *tree, PfsEntry *entry, PfsAct act, PfsActionFunc done, gpointer user_data)
{
	PfsAction *self = g_new0(PfsAction, 1);

	self->tree = tree;
	self->entry = pfs_entry_ref(entry);
	self->row = get_row(entry, act);
	self->act = act;
	self->fd = -1;
	self->done = done;
	self->user_data = user_data;
	return self;
}

/* NULL where it did not begin; that is logged. */
static PfsAction *
run(PfsAction *self, GError **error)
{
	GError *local_error = NULL;

	if (waits_for_feed(self) || begin(self, &local_error))
		return self;
	log_failure(self, NULL, local_error);
	g_propagate_error(error, local_error);
	pfs_action_free(self);
	return NULL;
}

PfsAction *
pfs_tree_act(PfsTree *self, PfsEntry *entry, PfsAct act, const char *text, gsize length,
	     PfsActionFunc done, gpointer user_data, GError **error)
{
	PfsAction *action;

	if (get_row(entry, act) == NULL) {
		g_set_error(error, PFS_ERROR, EPERM, "there is no such act here");
		return NULL;
	}
	action = action_new(self, entry, act, done, user_data);
	action->row = choose_row(action->row, text, length);
	action->text = g_strndup(text, length);
	action->length = length;
	return run(action, error);
}

PfsAction *
pfs_tree_upload(PfsTree *self, PfsEntry *entry, int fd, gint64 size, PfsActionFunc done,
		gpointer user_data, GError **error)
{
	PfsAction *action = action_new(self, entry, PFS_ACT_WRITE, done, user_data);

	action->text = g_strdup("");
	action->fd = fd;
	action->size = size;
	return run(action, error);
}

static GError *
dup_interruption(PfsAction *self)
{
	gboolean sent = self->call != NULL && pfs_api_is_sent(self->call);

	if (self->fanout != NULL)
		return g_error_new(
		    PFS_ERROR, EINTR, "interrupted: %u of %u were called; the file says which",
		    pfs_fanout_get_sent(self->fanout), pfs_fanout_peek_members(self->fanout)->len);
	return g_error_new(PFS_ERROR, EINTR, "interrupted: %s",
			   sent ? "it may have acted" : "nothing was sent");
}

gpointer
pfs_action_cancel(PfsAction *self)
{
	g_autofree char *path = pfs_entry_dup_path(self->entry);
	g_autoptr(GError) error = NULL;
	gpointer user_data = self->user_data;

	if (self->fanout != NULL)
		pfs_action_stop_fleet(self);
	error = dup_interruption(self);
	if (self->call != NULL)
		pfs_api_cancel(self->call);
	pfs_tree_log_failure(self->tree, path, self->row->function, error);
	pfs_action_free(self);
	return user_data;
}

/* Where the line begins that begins with this. */
static gssize
find_line(const char *text, gsize length, const char *prefix)
{
	gsize prefix_length = strlen(prefix);
	const char *end = text + length;

	for (const char *line = text; (gsize)(end - line) >= prefix_length;) {
		const char *newline = memchr(line, '\n', (gsize)(end - line));

		if (memcmp(line, prefix, prefix_length) == 0)
			return line - text;
		if (newline == NULL)
			return -1;
		line = newline + 1;
	}
	return -1;
}

/* Somewhere in the last line of the first call. */
static gssize
find_last_line(const PfsActRow *row, const char *text, gsize length)
{
	if (row->run != NULL || length == 0 || *text == '\n')
		return 0;
	if (pfs_act_row_get_parameter(row, text, length) == NULL)
		return pfs_arguments_find_end(text, length);
	return row->until != NULL ? find_line(text, length, row->until) : 0;
}

gssize
pfs_entry_find_call_end(PfsEntry *self, const char *text, gsize length)
{
	gssize at = find_last_line(self->node->write, text, length);
	const char *newline = at >= 0 ? memchr(text + at, '\n', length - (gsize)at) : NULL;

	if (at < 0)
		return -1;
	return newline != NULL ? newline - text : (gssize)length;
}
