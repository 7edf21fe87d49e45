/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <particlefs/error.h>
#include <particlefs/hash.h>

#include "draft.h"

/* What a name costs, so that empty files are not for nothing. */
#define NAME_BYTES 256

static PfsDraft *
draft_new(PfsDraftSpace *space, const char *name, mode_t mode)
{
	PfsDraft *self = g_new0(PfsDraft, 1);

	self->ref_count = 1;
	self->space = space;
	self->name = g_strdup(name);
	self->number = ++space->last_number;
	self->mode = mode;
	self->atime_us = self->mtime_us = self->ctime_us = g_get_real_time();
	if (S_ISDIR(mode)) {
		self->children = g_hash_table_new_full(pfs_text_hash, g_str_equal, NULL,
						       (GDestroyNotify)pfs_draft_unref);
		self->values = g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free,
						     (GDestroyNotify)g_bytes_unref);
	} else {
		self->content = g_byte_array_new();
	}
	space->used_bytes += NAME_BYTES;
	return self;
}

PfsDraft *
pfs_draft_new(PfsDraftSpace *space)
{
	return draft_new(space, "", S_IFDIR | 0755);
}

PfsDraft *
pfs_draft_ref(PfsDraft *self)
{
	self->ref_count++;
	return self;
}

/* Who is still open somewhere lies in no folder from now on. */
static void
orphan_children(PfsDraft *self)
{
	GHashTableIter iter;
	gpointer child;

	g_hash_table_iter_init(&iter, self->children);
	while (g_hash_table_iter_next(&iter, NULL, &child))
		((PfsDraft *)child)->folder = NULL;
	g_hash_table_unref(self->children);
	g_hash_table_unref(self->values);
}

void
pfs_draft_unref(PfsDraft *self)
{
	if (self == NULL || --self->ref_count > 0)
		return;
	self->space->used_bytes -= NAME_BYTES;
	if (self->children != NULL) {
		orphan_children(self);
	} else {
		self->space->used_bytes -= self->content->len;
		g_byte_array_unref(self->content);
	}
	g_free(self->name);
	g_free(self);
}

gboolean
pfs_draft_is_folder(const PfsDraft *self)
{
	return self->children != NULL;
}

static gboolean
has_room(PfsDraftSpace *space, guint64 bytes, GError **error)
{
	if (space->used_bytes + bytes <= space->limit_bytes)
		return TRUE;
	g_set_error(error, PFS_ERROR, ENOSPC, "drafts may hold %" G_GUINT64_FORMAT " bytes in all",
		    space->limit_bytes);
	return FALSE;
}

void
pfs_draft_touch(PfsDraft *self)
{
	self->mtime_us = self->ctime_us = g_get_real_time();
}

void
pfs_draft_touch_attributes(PfsDraft *self)
{
	self->ctime_us = g_get_real_time();
}

static void
put(PfsDraft *self, PfsDraft *child)
{
	child->folder = self;
	g_hash_table_insert(self->children, child->name, child);
	pfs_draft_touch(self);
}

PfsDraft *
pfs_draft_make(PfsDraft *self, const char *name, mode_t mode, GError **error)
{
	PfsDraft *child;

	if (pfs_draft_find(self, name) != NULL) {
		g_set_error(error, PFS_ERROR, EEXIST, "'%s' is there already", name);
		return NULL;
	}
	if (!has_room(self->space, NAME_BYTES, error))
		return NULL;
	child = draft_new(self->space, name, mode);
	put(self, child);
	return child;
}

PfsDraft *
pfs_draft_find(PfsDraft *self, const char *name)
{
	return g_hash_table_lookup(self->children, name);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
	const PfsDraft *one = *(PfsDraft *const *)a;
	const PfsDraft *other = *(PfsDraft *const *)b;

	return strcmp(one->name, other->name);
}

GPtrArray *
pfs_draft_dup_children(PfsDraft *self)
{
	GPtrArray *children = g_ptr_array_new_with_free_func((GDestroyNotify)pfs_draft_unref);
	GHashTableIter iter;
	gpointer child;

	g_hash_table_iter_init(&iter, self->children);
	while (g_hash_table_iter_next(&iter, NULL, &child))
		g_ptr_array_add(children, pfs_draft_ref(child));
	g_ptr_array_sort(children, compare_names);
	return children;
}

void
pfs_draft_drop(PfsDraft *self)
{
	PfsDraft *folder = self->folder;

	if (folder == NULL)
		return;
	self->folder = NULL;
	pfs_draft_touch(folder);
	pfs_draft_touch_attributes(self);
	g_hash_table_remove(folder->children, self->name);
}

/* As rename(2) has it. */
static gboolean
may_replace(PfsDraft *self, PfsDraft *old, GError **error)
{
	int code = 0;

	if (pfs_draft_is_folder(old) && !pfs_draft_is_folder(self))
		code = EISDIR;
	else if (!pfs_draft_is_folder(old) && pfs_draft_is_folder(self))
		code = ENOTDIR;
	else if (pfs_draft_is_folder(old) && g_hash_table_size(old->children) > 0)
		code = ENOTEMPTY;
	if (code != 0)
		g_set_error(error, PFS_ERROR, code, "'%s' is there already", old->name);
	return code == 0;
}

gboolean
pfs_draft_move(PfsDraft *self, PfsDraft *folder, const char *name, GError **error)
{
	PfsDraft *old = pfs_draft_find(folder, name);

	if (old == self)
		return TRUE;
	if (old != NULL && !may_replace(self, old, error))
		return FALSE;
	if (old != NULL)
		pfs_draft_drop(old);
	pfs_draft_ref(self);
	pfs_draft_drop(self);
	g_free(self->name);
	self->name = g_strdup(name);
	put(folder, self);
	return TRUE;
}

/* An array that has become short gives its room back. */
static void
resize(PfsDraft *self, guint size)
{
	GByteArray *old = self->content;

	if (size > old->len / 2) {
		g_byte_array_set_size(old, size);
		return;
	}
	self->content = g_byte_array_new();
	g_byte_array_append(self->content, old->data, size);
	g_byte_array_unref(old);
}

gboolean
pfs_draft_truncate(PfsDraft *self, guint64 size, GError **error)
{
	guint old = self->content->len;

	if (size > G_MAXUINT) {
		g_set_error(error, PFS_ERROR, EFBIG, "a file of a draft has 4 GiB at most");
		return FALSE;
	}
	if (size > old && !has_room(self->space, size - old, error))
		return FALSE;
	resize(self, (guint)size);
	if (size > old)
		memset(self->content->data + old, 0, size - old);
	self->space->used_bytes += size;
	self->space->used_bytes -= old;
	pfs_draft_touch(self);
	return TRUE;
}

gboolean
pfs_draft_write(PfsDraft *self, const char *data, gsize size, guint64 offset, GError **error)
{
	if (offset + size > self->content->len && !pfs_draft_truncate(self, offset + size, error))
		return FALSE;
	memcpy(self->content->data + offset, data, size);
	pfs_draft_touch(self);
	return TRUE;
}

void
pfs_draft_set_value(PfsDraft *self, const char *name, GBytes *value)
{
	if (value != NULL)
		g_hash_table_replace(self->values, g_strdup(name), g_bytes_ref(value));
	else
		g_hash_table_remove(self->values, name);
	pfs_draft_touch(self);
}

GBytes *
pfs_draft_peek_value(PfsDraft *self, const char *name)
{
	return g_hash_table_lookup(self->values, name);
}
