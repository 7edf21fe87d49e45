/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inodes. The kernel names them by numbers that are never used again, so that a late message for an
 * old one finds nothing; what users see (st_ino) is a hash of the path.
 */
#include <string.h>

#include <particlefs/hash.h>

#include "private.h"

#define ABSENT_NAMES_MAX 128
#define MARKS_MAX 1024

static guint
name_hash(gconstpointer data)
{
	const PfsInode *inode = data;

	return pfs_text_hash(pfs_entry_get_name(inode->entry)) ^
	       (guint)(inode->parent * 2654435761u);
}

static gboolean
name_equal(gconstpointer a, gconstpointer b)
{
	const PfsInode *one = a;
	const PfsInode *other = b;

	return one->parent == other->parent &&
	       strcmp(pfs_entry_get_name(one->entry), pfs_entry_get_name(other->entry)) == 0;
}

static void
history_free(PfsHistory *self)
{
	g_clear_pointer(&self->absent, g_hash_table_unref);
	g_clear_pointer(&self->names, g_hash_table_unref);
	g_clear_pointer(&self->sent_away, g_hash_table_unref);
	g_clear_pointer(&self->interrupted, g_hash_table_unref);
	g_free(self);
}

static void
inode_free(gpointer data)
{
	PfsInode *inode = data;

	pfs_entry_unref(inode->entry);
	g_clear_pointer(&inode->history, history_free);
	g_free(inode);
}

PfsHistory *
pfs_inode_need_history(PfsInode *self)
{
	if (self->history == NULL)
		self->history = g_new0(PfsHistory, 1);
	return self->history;
}

static char *
dup_mark(pid_t pid, const char *name)
{
	return g_strdup_printf("%d %s", (int)pid, name);
}

void
pfs_mark_add(GHashTable **marks, pid_t pid, const char *name)
{
	if (*marks == NULL)
		*marks = g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free, NULL);
	/* Most do nothing again, and whoever does so does it at once. */
	if (g_hash_table_size(*marks) >= MARKS_MAX)
		g_hash_table_remove_all(*marks);
	g_hash_table_add(*marks, dup_mark(pid, name));
}

gboolean
pfs_mark_take(GHashTable *marks, pid_t pid, const char *name)
{
	g_autofree char *mark = marks != NULL ? dup_mark(pid, name) : NULL;

	return mark != NULL && g_hash_table_remove(marks, mark);
}

/* It is believed for a moment only, so that a set which has grown large may be forgotten. */
void
pfs_inode_note_absent(PfsInode *self, const char *name, gint64 asked_us)
{
	PfsHistory *history = pfs_inode_need_history(self);

	if (history->absent == NULL)
		history->absent = g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free, g_free);
	if (g_hash_table_size(history->absent) >= ABSENT_NAMES_MAX)
		g_hash_table_remove_all(history->absent);
	g_hash_table_insert(history->absent, g_strdup(name),
			    g_memdup2(&asked_us, sizeof(asked_us)));
}

void
pfs_inode_note_present(PfsInode *self, const char *name)
{
	if (self != NULL && self->history != NULL && self->history->absent != NULL)
		g_hash_table_remove(self->history->absent, name);
}

gint64
pfs_inode_get_absent_us(PfsInode *self, const char *name)
{
	const gint64 *us = self->history != NULL && self->history->absent != NULL
			       ? g_hash_table_lookup(self->history->absent, name)
			       : NULL;

	return us != NULL ? *us : 0;
}

void
pfs_inodes_init(PfsSession *self)
{
	self->inodes = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, inode_free);
	self->names = g_hash_table_new(name_hash, name_equal);
	pfs_inode_take(self, pfs_entry_ref(pfs_tree_get_root(self->tree)), 0);
}

void
pfs_inodes_clear(PfsSession *self)
{
	g_hash_table_unref(self->names);
	g_hash_table_unref(self->inodes);
}

PfsInode *
pfs_inode_get(PfsSession *self, guint64 nodeid)
{
	return g_hash_table_lookup(self->inodes, &nodeid);
}

/* A writable file is another one each time, but for files that are only here: the kernel's own
 * locks are right for them. */
gboolean
pfs_entry_is_shared(PfsEntry *self)
{
	return pfs_entry_get_kind(self) == PFS_FILE || !pfs_entry_is_writable(self);
}

/* Who has it open has what it was, and its size: whoever comes now gets another one. */
static gboolean
is_kept(const PfsInode *inode)
{
	return inode->handles > 0 && inode->size >= 0 &&
	       pfs_entry_get_kind(inode->entry) != PFS_FILE;
}

/* Of one that nobody finds by its name. The entry is consumed. */
PfsInode *
pfs_inode_new(PfsSession *self, PfsEntry *entry, guint64 parent)
{
	PfsInode *inode = g_new0(PfsInode, 1);

	inode->nodeid = ++self->last_nodeid;
	inode->parent = parent;
	inode->entry = entry;
	inode->lookups = 1;
	inode->size = -1;
	g_hash_table_insert(self->inodes, &inode->nodeid, inode);
	return inode;
}

/* The inode of an entry, with one lookup more. The entry is consumed. */
PfsInode *
pfs_inode_take(PfsSession *self, PfsEntry *entry, guint64 parent)
{
	PfsInode wanted = { .entry = entry, .parent = parent };
	gboolean shared = pfs_entry_is_shared(entry);
	PfsInode *known = shared ? g_hash_table_lookup(self->names, &wanted) : NULL;
	PfsInode *inode;

	pfs_inode_note_present(pfs_inode_get(self, parent), pfs_entry_get_name(entry));
	if (known != NULL && pfs_entry_is_same(known->entry, entry) && !is_kept(known)) {
		pfs_entry_unref(entry);
		known->lookups++;
		return known;
	}
	inode = pfs_inode_new(self, entry, parent);
	inode->shared = shared;
	if (known != NULL && pfs_entry_is_same(known->entry, entry))
		inode->size = known->size;
	/* One of that name that was another is known by its number alone. */
	if (shared)
		g_hash_table_add(self->names, inode);
	return inode;
}

PfsInode *
pfs_inode_find_child(PfsSession *self, PfsInode *parent, const char *name)
{
	g_autoptr(PfsEntry) entry = pfs_entry_new_name(name);
	PfsInode wanted = { .entry = entry, .parent = parent->nodeid };

	return g_hash_table_lookup(self->names, &wanted);
}

void
pfs_inode_leave_name(PfsSession *self, PfsInode *inode)
{
	if (inode->shared && g_hash_table_lookup(self->names, inode) == inode)
		g_hash_table_remove(self->names, inode);
}

void
pfs_inode_forget(PfsSession *self, guint64 nodeid, guint64 count)
{
	PfsInode *inode = pfs_inode_get(self, nodeid);

	if (inode == NULL || nodeid == FUSE_ROOT_ID)
		return;
	inode->lookups -= MIN(count, inode->lookups);
	if (inode->lookups > 0)
		return;
	pfs_inode_leave_name(self, inode);
	g_hash_table_remove(self->inodes, &inode->nodeid);
}

/* Without a @parent it stays in its directory. */
void
pfs_inode_rename(PfsSession *self, PfsInode *inode, PfsInode *parent, const char *name)
{
	pfs_inode_leave_name(self, inode);
	if (parent != NULL)
		pfs_entry_set_place(inode->entry, parent->entry, name);
	else
		pfs_entry_set_name(inode->entry, name);
	if (parent != NULL)
		inode->parent = parent->nodeid;
	pfs_inode_note_present(pfs_inode_get(self, inode->parent), name);
	if (inode->shared)
		g_hash_table_add(self->names, inode);
}

static void
set_time(struct timespec *time, gint64 time_us)
{
	gint64 part_us = time_us % G_USEC_PER_SEC;

	/* Before 1970 too the part of a second counts forward. */
	if (part_us < 0)
		part_us += G_USEC_PER_SEC;
	time->tv_sec = (time_us - part_us) / G_USEC_PER_SEC;
	time->tv_nsec = part_us * 1000;
}

/* What is known of an entry; the nodeid stays 0. */
void
pfs_entry_fill(PfsSession *self, PfsEntry *entry, struct fuse_entry_param *out_param)
{
	PfsStat known;

	pfs_tree_stat(self->tree, entry, &known);
	*out_param = (struct fuse_entry_param){ .generation = 1 };
	out_param->attr.st_ino = pfs_entry_get_ino(entry);
	out_param->attr.st_mode = known.mode & ~(mode_t)self->options.umask;
	out_param->attr.st_nlink = known.gone ? 0 : S_ISDIR(known.mode) ? 2 : 1;
	out_param->attr.st_uid = self->options.uid;
	out_param->attr.st_gid = self->options.gid;
	out_param->attr.st_size = known.size;
	out_param->attr.st_blksize = 4096;
	set_time(&out_param->attr.st_mtim, known.mtime_us);
	set_time(&out_param->attr.st_atim, known.atime_us != 0 ? known.atime_us : known.mtime_us);
	set_time(&out_param->attr.st_ctim, known.ctime_us != 0 ? known.ctime_us : known.mtime_us);
	if (pfs_entry_is_shared(entry))
		out_param->attr_timeout = out_param->entry_timeout =
		    (double)known.valid_us / (double)G_USEC_PER_SEC;
	/* A log grows: its size is asked for each time, while its name stays. */
	if (pfs_entry_get_kind(entry) == PFS_LOG && !pfs_entry_is_writable(entry))
		out_param->entry_timeout = 60;
}

void
pfs_inode_fill(PfsSession *self, PfsInode *inode, struct fuse_entry_param *out_param)
{
	pfs_entry_fill(self, inode->entry, out_param);
	out_param->ino = inode->nodeid;
	if (inode->size >= 0 && pfs_entry_get_kind(inode->entry) != PFS_LOG &&
	    pfs_entry_get_kind(inode->entry) != PFS_FILE)
		out_param->attr.st_size = inode->size;
	out_param->attr.st_blocks = (out_param->attr.st_size + 511) / 512;
	inode->reported = out_param->attr.st_size;
}
