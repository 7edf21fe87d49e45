/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lives in the mount alone is changed by the kernel's requests and by nothing else. So all is
 * answered at once, and the kernel's pages, sizes and names are true as long as it likes.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <particlefs/error.h>

#include "private.h"

/* What the microseconds of a draft's time have room for: 292,000 years. */
#define SECS_MAX (G_MAXINT64 / G_USEC_PER_SEC - 1)

static void
reply_made(PfsRequest *request, const GError *error)
{
	fuse_reply_err(request->req, error != NULL ? pfs_error_get_errno(error) : 0);
	pfs_request_free(request);
}

void
pfs_local_opened(PfsRequest *request)
{
	gboolean anew = (request->file.flags & O_TRUNC) != 0;

	if (anew)
		pfs_tree_truncate_file(request->session->tree, request->entry, 0, NULL);
	request->file.keep_cache = !anew;
	request->file.noflush = 1;
	pfs_reply_open(request, pfs_handle_new(request, request->nodeid, NULL));
}

void
pfs_local_create(PfsRequest *request, const char *name, mode_t mode)
{
	g_autoptr(GError) error = NULL;
	PfsEntry *entry = pfs_tree_make(request->session->tree, request->entry, name,
					S_IFREG | (mode & 07777), &error);

	if (entry == NULL) {
		reply_made(request, error);
		return;
	}
	pfs_note_change(request->session);
	request->file.noflush = 1;
	pfs_reply_create(request, entry);
}

void
pfs_local_mkdir(PfsRequest *request, mode_t mode)
{
	g_autoptr(GError) error = NULL;
	PfsEntry *entry = pfs_tree_make(request->session->tree, request->entry, request->name,
					S_IFDIR | (mode & 07777), &error);

	if (entry == NULL) {
		reply_made(request, error);
		return;
	}
	pfs_note_change(request->session);
	pfs_reply_entry(request, entry);
}

void
pfs_local_remove(PfsRequest *request, PfsEntry *child)
{
	g_autoptr(GError) error = NULL;

	pfs_tree_drop(request->session->tree, child, &error);
	reply_made(request, error);
}

static void
refuse_unlink(PfsRequest *request)
{
	pfs_note_refused(request);
	pfs_request_fail(request, EPERM);
}

static void
run_unlink(PfsRequest *request)
{
	g_autoptr(PfsEntry) child = NULL;

	if (pfs_request_is_waiting(request,
				   pfs_tree_lookup(request->session->tree, request->entry,
						   request->name, &request->access, &child)))
		return;
	if (pfs_entry_is_draft(child))
		pfs_local_remove(request, child);
	else
		refuse_unlink(request);
}

/* In the cloud nothing is ever deleted so. mv and install unlink what they are to replace. */
void
pfs_op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	PfsRequest *request = pfs_request_new(req, parent, name, NULL, run_unlink);

	request->locks[0] = parent;
	if (pfs_entry_is_draft(request->entry) || pfs_entry_may_hold(request->entry, PFS_FILE))
		run_unlink(request);
	else if (pfs_tree_forget_sent(request->session->tree, request->entry, name))
		pfs_request_fail(request, 0);
	else
		refuse_unlink(request);
}

/* The one that is moved keeps its inode, and all that is below it keeps its parent. */
static void
move_inode(PfsRequest *request, fuse_ino_t new_parent, const char *new_name)
{
	PfsSession *session = request->session;
	PfsInode *parent = pfs_inode_get(session, request->nodeid);
	PfsInode *inode = pfs_inode_find_child(session, parent, request->name);

	pfs_inode_rename(session, inode, pfs_inode_get(session, new_parent), new_name);
	pfs_note_change(session);
}

void
pfs_local_rename(PfsRequest *request, fuse_ino_t new_parent, const char *new_name,
		 unsigned int flags)
{
	PfsSession *session = request->session;
	PfsInode *parent = pfs_inode_get(session, request->nodeid);
	PfsInode *inode = pfs_inode_find_child(session, parent, request->name);
	g_autoptr(GError) error = NULL;

	if ((flags & ~(unsigned int)RENAME_NOREPLACE) != 0) {
		pfs_request_fail(request, EINVAL);
		return;
	}
	if (pfs_tree_move(session->tree, inode->entry, pfs_inode_get(session, new_parent)->entry,
			  new_name, &error))
		move_inode(request, new_parent, new_name);
	reply_made(request, error);
}

/* From the file as it is now, not as it was opened. */
void
pfs_local_read(fuse_req_t req, PfsHandle *handle, size_t size, off_t offset)
{
	gsize length;
	const guint8 *data = pfs_entry_peek_file(handle->entry, &length);

	if ((gsize)offset >= length)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_buf(req, (const char *)data + offset, MIN(size, length - (gsize)offset));
}

void
pfs_local_write(fuse_req_t req, PfsHandle *handle, const char *data, size_t size, off_t offset)
{
	g_autoptr(GError) error = NULL;

	if (pfs_tree_write_file(handle->session->tree, handle->entry, data, size, (guint64)offset,
				&error))
		fuse_reply_write(req, size);
	else
		fuse_reply_err(req, pfs_error_get_errno(error));
}

static gint64
get_time_us(const struct timespec *wanted, gboolean now)
{
	if (now)
		return g_get_real_time();
	return CLAMP(wanted->tv_sec, -SECS_MAX, SECS_MAX) * G_USEC_PER_SEC + wanted->tv_nsec / 1000;
}

/* An errno, or 0: it is done, or it is no draft. */
int
pfs_local_set_attributes(PfsSession *session, PfsEntry *entry, const struct stat *wanted, int what)
{
	g_autoptr(GError) error = NULL;

	if ((what & FUSE_SET_ATTR_SIZE) != 0 && pfs_entry_get_kind(entry) == PFS_FILE &&
	    !pfs_tree_truncate_file(session->tree, entry, (guint64)wanted->st_size, &error))
		return pfs_error_get_errno(error);
	if ((what & FUSE_SET_ATTR_MODE) != 0)
		pfs_entry_set_mode(entry, wanted->st_mode);
	if ((what & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_ATIME_NOW)) != 0)
		pfs_entry_set_atime(
		    entry, get_time_us(&wanted->st_atim, (what & FUSE_SET_ATTR_ATIME_NOW) != 0));
	if ((what & (FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW)) != 0)
		pfs_entry_set_mtime(
		    entry, get_time_us(&wanted->st_mtim, (what & FUSE_SET_ATTR_MTIME_NOW) != 0));
	return 0;
}
