/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/types.h>

#include <glib.h>

G_BEGIN_DECLS

/*
 * What lives in the mount alone, until something is made of it: folders and files in memory, and
 * the values that were written beside them. Nothing here knows of the cloud, or of rows.
 */

/* How much all of them may hold; what is deleted counts until nobody has it open any more. */
typedef struct {
	guint64 limit_bytes;
	guint64 used_bytes;
	guint64 last_number;
} PfsDraftSpace;

/* A folder (with a table of children) or a file. Reference counted; a folder holds its children. */
typedef struct _PfsDraft PfsDraft;
struct _PfsDraft {
	guint ref_count;
	PfsDraftSpace *space;
	PfsDraft *folder; /* it lies in; NULL: in none, or no longer */
	char *name;
	guint64 number; /* of the inode: the same wherever it is moved */
	mode_t mode;
	gint64 atime_us; /* wall clock: nothing but utimes(2) sets it */
	gint64 mtime_us;
	gint64 ctime_us;
	GHashTable *children; /* of a folder: name -> PfsDraft */
	GHashTable *values;   /* of a folder: name -> GBytes, see pfs_draft_set_value() */
	GByteArray *content;  /* of a file */
	gboolean busy;	      /* something is being made of it */
};

/* A folder that lies nowhere. */
PfsDraft *pfs_draft_new(PfsDraftSpace *space) G_GNUC_WARN_UNUSED_RESULT;
PfsDraft *pfs_draft_ref(PfsDraft *self);
void pfs_draft_unref(PfsDraft *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsDraft, pfs_draft_unref)

/* Makes a file, or with S_IFDIR in @mode a folder: borrowed from @self. NULL with EEXIST or ENOSPC.
 */
PfsDraft *pfs_draft_make(PfsDraft *self, const char *name, mode_t mode, GError **error);

/* Borrowed; NULL where there is none. */
PfsDraft *pfs_draft_find(PfsDraft *self, const char *name);

/* (transfer full) (element-type PfsDraft): sorted by their names */
GPtrArray *pfs_draft_dup_children(PfsDraft *self) G_GNUC_WARN_UNUSED_RESULT;

/* Takes it out of its folder, with all that is in it. Whoever has it open keeps it. */
void pfs_draft_drop(PfsDraft *self);

/* What has that name goes: a file, or an empty folder. */
gboolean pfs_draft_move(PfsDraft *self, PfsDraft *folder, const char *name, GError **error);

gboolean pfs_draft_is_folder(const PfsDraft *self);
gboolean pfs_draft_write(PfsDraft *self, const char *data, gsize size, guint64 offset,
			 GError **error);
gboolean pfs_draft_truncate(PfsDraft *self, guint64 size, GError **error);
/* Its content has changed, or else what is told of it. */
void pfs_draft_touch(PfsDraft *self);
void pfs_draft_touch_attributes(PfsDraft *self);

/* A text or an outcome that has a place beside the folder's files; NULL takes it away. */
void pfs_draft_set_value(PfsDraft *self, const char *name, GBytes *value);
GBytes *pfs_draft_peek_value(PfsDraft *self, const char *name);

G_END_DECLS
