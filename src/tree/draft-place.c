/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where drafts stand in the tree. Those of a directory lie in a folder that the tree keeps for it;
 * what lies in a draft is found by the draft itself, so that a place may be moved while somebody
 * works in it. A value that was written beside a draft's files is bound to the calls that are made
 * of it.
 */
#include <errno.h>
#include <string.h>

#include "node.h"

/* How long the kernel may believe what only it can change. */
#define VALID_US (60 * G_USEC_PER_SEC)

gboolean
pfs_entry_is_draft(PfsEntry *self)
{
	return self->draft != NULL || (self->parent != NULL && self->parent->draft != NULL);
}

gboolean
pfs_entry_is_same(PfsEntry *self, PfsEntry *other)
{
	PfsDraft *around = self->parent != NULL ? self->parent->draft : NULL;
	PfsDraft *other_around = other->parent != NULL ? other->parent->draft : NULL;

	return self->node == other->node && self->draft == other->draft && around == other_around;
}

/* A folder in a folder has no rows of its own. */
const PfsNode *
pfs_entry_get_rows(PfsEntry *directory)
{
	while (directory->draft != NULL && directory->node->children[0].name == NULL)
		directory = directory->parent;
	return directory->node->children;
}

PfsDraft *
pfs_tree_peek_folder(PfsTree *self, PfsEntry *directory)
{
	guint64 number;

	if (directory->draft != NULL)
		return directory->draft;
	number = pfs_entry_get_ino(directory);
	return g_hash_table_lookup(self->drafts, &number);
}

PfsDraft *
pfs_tree_get_folder(PfsTree *self, PfsEntry *directory)
{
	PfsDraft *folder = pfs_tree_peek_folder(self, directory);
	guint64 number;

	if (folder != NULL)
		return folder;
	number = pfs_entry_get_ino(directory);
	folder = pfs_draft_new(&self->draft_space);
	g_hash_table_insert(self->drafts, g_memdup2(&number, sizeof(number)), folder);
	return folder;
}

static const PfsNode *
find_row(PfsEntry *directory, PfsKind kind)
{
	const PfsNode *node = pfs_entry_get_rows(directory);

	while (node != NULL && node->name != NULL &&
	       !(node->source == PFS_FROM_DRAFT && node->kind == kind && pfs_node_is_pattern(node)))
		node++;
	return node != NULL && node->name != NULL ? node : NULL;
}

gboolean
pfs_entry_may_hold(PfsEntry *directory, PfsKind kind)
{
	return find_row(directory, kind) != NULL;
}

PfsEntry *
pfs_entry_new_draft(const PfsNode *node, PfsEntry *parent, PfsDraft *draft)
{
	PfsEntry *self = pfs_entry_new(node, parent, draft->name,
				       pfs_node_is_pattern(node) ? draft->name : NULL);

	self->draft = pfs_draft_ref(draft);
	return self;
}

/* What can be written is always there; what comes of it, once it has come. */
gboolean
pfs_draft_row_is_there(const PfsNode *node, PfsDraft *folder)
{
	return node->write != NULL || (node->flags & PFS_NODE_LISTED_EMPTY) != 0 ||
	       (folder != NULL && pfs_draft_peek_value(folder, node->name) != NULL);
}

PfsOutcome
pfs_tree_lookup_draft(PfsTree *self, const PfsNode *node, PfsEntry *parent, const char *name,
		      PfsAccess *access, PfsEntry **out_entry)
{
	PfsDraft *folder = pfs_tree_peek_folder(self, parent);
	PfsDraft *draft = folder != NULL ? pfs_draft_find(folder, name) : NULL;
	gboolean folders = node->kind == PFS_DIRECTORY;

	if (draft != NULL && (folders || node->kind == PFS_FILE) &&
	    pfs_draft_is_folder(draft) == folders) {
		*out_entry = pfs_entry_new_draft(node, parent, draft);
		return PFS_READY;
	}
	if (pfs_node_is_pattern(node) || folders || !pfs_draft_row_is_there(node, folder))
		return pfs_access_fail(access, ENOENT, "no '%s' here", name);
	*out_entry = pfs_entry_new(node, parent, name, NULL);
	return PFS_READY;
}

GBytes *
pfs_tree_dup_draft_content(PfsTree *self, PfsEntry *entry)
{
	const PfsNode *node = entry->node;
	PfsDraft *folder = pfs_tree_peek_folder(self, entry->parent);
	GBytes *kept = folder != NULL ? pfs_draft_peek_value(folder, node->name) : NULL;
	const char *text = node->pick != NULL ? node->pick : "";
	g_autofree char *copy = NULL; /* ended as texts of records are */
	g_autoptr(GBytes) shown = NULL;
	PfsValue value;

	if (kept != NULL && node->kind != PFS_ATTRIBUTE)
		return g_bytes_ref(kept);
	if (kept != NULL) {
		copy = g_strndup(g_bytes_get_data(kept, NULL), g_bytes_get_size(kept));
		text = copy;
	}
	value = (PfsValue){ .kind = node->map != NULL && kept != NULL ? PFS_VALUE_NUMBER
								      : PFS_VALUE_STRING,
			    .text = text,
			    .length = strlen(text) };
	shown = pfs_value_to_content(node, &value);
	return pfs_bytes_dup_line(shown);
}

void
pfs_tree_stat_draft(PfsTree *self, PfsEntry *entry, PfsStat *out_stat)
{
	g_autoptr(GBytes) content = NULL;
	PfsDraft *folder;

	if (entry->draft != NULL) {
		out_stat->mode = entry->draft->mode;
		out_stat->gone = entry->draft->folder == NULL;
		out_stat->atime_us = entry->draft->atime_us;
		out_stat->mtime_us = entry->draft->mtime_us;
		out_stat->ctime_us = entry->draft->ctime_us;
		out_stat->valid_us = entry->parent->draft != NULL ? VALID_US : 0;
		if (!pfs_draft_is_folder(entry->draft))
			out_stat->size = entry->draft->content->len;
		return;
	}
	content = pfs_tree_dup_draft_content(self, entry);
	out_stat->size = (gint64)g_bytes_get_size(content);
	folder = pfs_tree_peek_folder(self, entry->parent);
	out_stat->mtime_us = pfs_entry_is_writable(entry) || folder == NULL ? self->started_wall_us
									    : folder->mtime_us;
}

/* A text that is what stands there anyway is none. */
gboolean
pfs_draft_keep(PfsTree *tree, PfsEntry *entry, const char *text, GError **error)
{
	const PfsActRow *row = entry->node->write;
	g_autofree char *translated =
	    row->translate != NULL ? row->translate(text, error) : g_strdup(text);
	g_autoptr(GBytes) value = NULL;

	if (translated == NULL)
		return FALSE;
	if (g_strcmp0(translated, entry->node->pick) != 0)
		value = g_bytes_new(translated, strlen(translated));
	pfs_draft_set_value(pfs_tree_get_folder(tree, entry->parent), entry->node->name, value);
	return TRUE;
}

/* Folders and texts that each has from its beginning. */
static gboolean
furnish(PfsTree *self, PfsEntry *entry, GError **error)
{
	for (const PfsNode *node = entry->node->children; node != NULL && node->name != NULL;
	     node++) {
		g_autoptr(GBytes) value = NULL;
		char *text;

		if (node->source != PFS_FROM_DRAFT || pfs_node_is_pattern(node))
			continue;
		if (node->kind == PFS_DIRECTORY &&
		    pfs_draft_make(entry->draft, node->name, S_IFDIR | 0755, error) == NULL)
			return FALSE;
		if (node->make_text == NULL)
			continue;
		text = node->make_text(self, entry);
		value = g_bytes_new_take(text, strlen(text));
		pfs_draft_set_value(entry->draft, node->name, value);
	}
	return TRUE;
}

/* The cloud may have one of that name. */
static gboolean
is_taken(PfsTree *self, PfsEntry *parent, const char *name)
{
	for (const PfsNode *node = parent->node->children; node->name != NULL; node++) {
		if (!pfs_node_is_pattern(node) && strcmp(node->name, name) == 0)
			return TRUE;
		if (node->source == PFS_FROM_RECORDS && pfs_node_is_pattern(node) &&
		    pfs_collection_find(pfs_tree_get_collection(self, parent, node->collection),
					name) != NULL)
			return TRUE;
	}
	return FALSE;
}

static gboolean
check_name(PfsTree *self, const PfsNode *node, PfsEntry *parent, const char *name, GError **error)
{
	gboolean accepted = node->accepts == NULL || node->accepts(name);
	gboolean taken = accepted && is_taken(self, parent, name);

	if (!accepted)
		g_set_error(error, PFS_ERROR, EINVAL, "'%s' can't be: %s", name, node->help);
	if (taken)
		g_set_error(error, PFS_ERROR, EEXIST, "'%s' is there already", name);
	return accepted && !taken;
}

/* Every failure leaves a line. */
static gboolean
tell(PfsTree *self, PfsEntry *place, const char *name, const GError *error)
{
	g_autofree char *path = pfs_entry_dup_path(place);
	g_autofree char *whole = name != NULL ? g_build_filename(path, name, NULL) : g_strdup(path);

	if (error != NULL)
		pfs_tree_log_failure(self, whole, NULL, error);
	return error == NULL;
}

PfsEntry *
pfs_tree_make(PfsTree *self, PfsEntry *parent, const char *name, mode_t mode, GError **error)
{
	const PfsNode *node = find_row(parent, S_ISDIR(mode) ? PFS_DIRECTORY : PFS_FILE);
	GError *local_error = NULL;
	PfsDraft *draft = NULL;
	g_autoptr(PfsEntry) entry = NULL;

	if (check_name(self, node, parent, name, &local_error))
		draft = pfs_draft_make(pfs_tree_get_folder(self, parent), name, mode, &local_error);
	if (draft != NULL) {
		entry = pfs_entry_new_draft(node, parent, draft);
		if (!furnish(self, entry, &local_error))
			pfs_draft_drop(draft);
	}
	if (tell(self, parent, name, local_error))
		return g_steal_pointer(&entry);
	g_propagate_error(error, local_error);
	return NULL;
}

/* What a draft must have stands in rows of its own; in a folder of it there is what a user has
 * made. */
static gboolean
is_whole(PfsEntry *entry)
{
	if (!pfs_node_is_pattern(entry->node))
		return FALSE;
	for (const PfsNode *row = pfs_entry_get_rows(entry); row != NULL && row->name != NULL;
	     row++)
		if (!pfs_node_is_pattern(row))
			return TRUE;
	return FALSE;
}

static gboolean
is_full(PfsEntry *entry)
{
	return pfs_draft_is_folder(entry->draft) && !is_whole(entry) &&
	       g_hash_table_size(entry->draft->children) > 0;
}

/* A draft as a whole goes with all that it has; a folder in it has to be empty. What a draft must
 * have is there again at once. */
gboolean
pfs_tree_drop(PfsTree *self, PfsEntry *entry, GError **error)
{
	if (entry->draft == NULL) {
		pfs_draft_set_value(entry->parent->draft, entry->node->name, NULL);
		return TRUE;
	}
	if (is_full(entry)) {
		g_set_error(error, PFS_ERROR, ENOTEMPTY, "'%s' is not empty", entry->name);
		return FALSE;
	}
	if (pfs_node_is_pattern(entry->node))
		pfs_draft_drop(entry->draft);
	return TRUE;
}

gboolean
pfs_tree_move(PfsTree *self, PfsEntry *entry, PfsEntry *parent, const char *name, GError **error)
{
	const PfsNode *node = find_row(parent, entry->node->kind);

	if (entry->draft == NULL || !pfs_node_is_pattern(entry->node) || node != entry->node) {
		g_set_error(error, PFS_ERROR, EPERM, "it can't be moved there");
		return FALSE;
	}
	return check_name(self, node, parent, name, error) &&
	       pfs_draft_move(entry->draft, pfs_tree_get_folder(self, parent), name, error);
}

void
pfs_entry_set_place(PfsEntry *self, PfsEntry *parent, const char *name)
{
	PfsEntry *old = self->parent;

	self->parent = pfs_entry_ref(parent);
	pfs_entry_unref(old);
	pfs_entry_set_name(self, name);
}

const guint8 *
pfs_entry_peek_file(PfsEntry *self, gsize *out_length)
{
	*out_length = self->draft->content->len;
	return self->draft->content->data;
}

gboolean
pfs_tree_write_file(PfsTree *self, PfsEntry *entry, const char *data, gsize size, guint64 offset,
		    GError **error)
{
	GError *local_error = NULL;

	pfs_draft_write(entry->draft, data, size, offset, &local_error);
	if (tell(self, entry, NULL, local_error))
		return TRUE;
	g_propagate_error(error, local_error);
	return FALSE;
}

gboolean
pfs_tree_truncate_file(PfsTree *self, PfsEntry *entry, guint64 size, GError **error)
{
	GError *local_error = NULL;

	pfs_draft_truncate(entry->draft, size, &local_error);
	if (tell(self, entry, NULL, local_error))
		return TRUE;
	g_propagate_error(error, local_error);
	return FALSE;
}

guint64
pfs_tree_get_draft_room(PfsTree *self, guint64 *out_limit)
{
	const PfsDraftSpace *space = &self->draft_space;

	*out_limit = space->limit_bytes;
	return space->limit_bytes - MIN(space->used_bytes, space->limit_bytes);
}

void
pfs_entry_set_mode(PfsEntry *self, mode_t mode)
{
	if (self->draft == NULL)
		return;
	self->draft->mode = (self->draft->mode & S_IFMT) | (mode & 07777);
	pfs_draft_touch_attributes(self->draft);
}

void
pfs_entry_set_atime(PfsEntry *self, gint64 atime_us)
{
	if (self->draft == NULL)
		return;
	self->draft->atime_us = atime_us;
	pfs_draft_touch_attributes(self->draft);
}

void
pfs_entry_set_mtime(PfsEntry *self, gint64 mtime_us)
{
	if (self->draft == NULL)
		return;
	self->draft->mtime_us = mtime_us;
	pfs_draft_touch_attributes(self->draft);
}
