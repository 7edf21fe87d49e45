/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on names: what is where, what it is called, what is made and what goes. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <particlefs/hash.h>

#include "private.h"

/* How long who looks for a name again is told without a question that it is not there. */
#define ABSENT_US G_USEC_PER_SEC

#define BLOCK_BYTES 4096

/* How long a directory stays for a process that could not delete something in it. */
#define REFUSED_US (10 * G_USEC_PER_SEC)

static PfsOutcome
lookup_child(PfsRequest *request, PfsEntry **out_child)
{
	return pfs_tree_lookup(request->session->tree, request->entry, request->name,
			       &request->access, out_child);
}

/* Of what is not @sure the kernel believes nothing. */
static void
reply_inode(PfsRequest *request, PfsInode *inode, gboolean sure)
{
	PfsSession *session = request->session;
	struct fuse_entry_param param;

	pfs_inode_fill(session, inode, &param);
	if (!sure)
		param.entry_timeout = param.attr_timeout = 0;
	if (fuse_reply_entry(request->req, &param) != 0)
		pfs_inode_forget(session, inode->nodeid, 1);
	pfs_request_free(request);
}

void
pfs_reply_entry(PfsRequest *request, PfsEntry *child)
{
	reply_inode(request, pfs_inode_take(request->session, child, request->nodeid), TRUE);
}

/*
 * It may have taken a request to know: who asks in a loop needs one a second. Since something
 * acted, was made or was touched, it may be there, whichever path that had.
 */
static gboolean
is_known_absent(PfsRequest *request)
{
	PfsInode *parent = pfs_inode_get(request->session, request->nodeid);
	gint64 absent_us = pfs_inode_get_absent_us(parent, request->name);

	return absent_us > request->session->changed_us &&
	       g_get_monotonic_time() - absent_us < ABSENT_US;
}

/*
 * An error is nothing that the kernel remembers. It forgets a name only under its directory's lock,
 * which a mkdir holds that brings the name: it would do so too late.
 */
static void
run_lookup(PfsRequest *request)
{
	PfsInode *parent = pfs_inode_get(request->session, request->nodeid);
	PfsEntry *child;
	PfsOutcome outcome = lookup_child(request, &child);

	/* What is missing in a draft may be there at once. */
	if (outcome == PFS_FAILED && g_error_matches(request->access.error, PFS_ERROR, ENOENT) &&
	    !pfs_entry_is_draft(request->entry))
		pfs_inode_note_absent(parent, request->name, request->access.start_us);
	if (!pfs_request_is_waiting(request, outcome))
		pfs_reply_entry(request, child);
}

void
pfs_op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	PfsRequest *request;

	/* Whoever makes or moves something looks for its name first. */
	if (strlen(name) > NAME_MAX) {
		fuse_reply_err(req, ENAMETOOLONG);
		return;
	}
	request = pfs_request_new(req, parent, name, NULL, run_lookup);
	request->locks[0] = parent;
	request->may_repeat = !pfs_forget_has_come_again(request);
	if (is_known_absent(request))
		pfs_request_fail(request, ENOENT);
	else
		run_lookup(request);
}

void
pfs_op_forget(fuse_req_t req, fuse_ino_t nodeid, uint64_t count)
{
	pfs_inode_forget(fuse_req_userdata(req), nodeid, count);
	fuse_reply_none(req);
}

void
pfs_op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		pfs_inode_forget(fuse_req_userdata(req), forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

static void
reply_attributes(fuse_req_t req, fuse_ino_t nodeid)
{
	PfsSession *session = fuse_req_userdata(req);
	struct fuse_entry_param param;

	pfs_inode_fill(session, pfs_inode_get(session, nodeid), &param);
	fuse_reply_attr(req, &param.attr, param.attr_timeout);
}

void
pfs_op_getattr(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file)
{
	reply_attributes(req, nodeid);
}

static int
set_size(PfsInode *inode, PfsHandle *handle, off_t size)
{
	if (!pfs_entry_is_writable(inode->entry))
		return EPERM;
	inode->size = size;
	if (handle == NULL)
		return 0;
	if (pfs_entry_get_kind(inode->entry) == PFS_UPLOAD)
		return pfs_upload_truncate(handle, size);
	g_string_set_size(handle->text, (gsize)MIN(size, (off_t)handle->text->len));
	return 0;
}

/* touch ends the time to live; what writes wants to truncate; owners stay as they are, and modes
 * but those of drafts. */
void
pfs_op_setattr(fuse_req_t req, fuse_ino_t nodeid, struct stat *wanted, int what,
	       struct fuse_file_info *file)
{
	PfsSession *session = fuse_req_userdata(req);
	PfsInode *inode = pfs_inode_get(session, nodeid);
	PfsHandle *handle = file != NULL ? (PfsHandle *)(gsize)file->fh : NULL;
	int code = pfs_local_set_attributes(session, inode->entry, wanted, what);

	if (code == 0 && (what & FUSE_SET_ATTR_SIZE) != 0) {
		code = set_size(inode, handle, wanted->st_size);
	} else if (code == 0 && (what & (FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW)) != 0 &&
		   !pfs_entry_is_draft(inode->entry)) {
		pfs_tree_expire(session->tree, inode->entry);
		pfs_note_change(session);
	}
	if (code != 0)
		fuse_reply_err(req, code);
	else
		reply_attributes(req, nodeid);
}

void
pfs_op_readlink(fuse_req_t req, fuse_ino_t nodeid)
{
	PfsSession *session = fuse_req_userdata(req);
	g_autofree char *target =
	    pfs_tree_readlink(session->tree, pfs_inode_get(session, nodeid)->entry);

	if (target != NULL)
		fuse_reply_readlink(req, target);
	else
		fuse_reply_err(req, ENOENT);
}

void
pfs_op_access(fuse_req_t req, fuse_ino_t nodeid, int mask)
{
	PfsSession *session = fuse_req_userdata(req);
	PfsEntry *entry = pfs_inode_get(session, nodeid)->entry;
	gboolean directory = pfs_entry_get_kind(entry) == PFS_DIRECTORY;
	PfsStat known;

	pfs_tree_stat(session->tree, entry, &known);
	/* Who is let in may open what there is; the kernel runs what has a bit for that. */
	if (((mask & W_OK) != 0 && !directory && !pfs_entry_is_writable(entry)) ||
	    ((mask & X_OK) != 0 && !directory && (known.mode & 0111) == 0))
		fuse_reply_err(req, EACCES);
	else
		fuse_reply_err(req, 0);
}

/* What there is room for is drafts. A mount without blocks would be left out by df; files are not
 * counted, as none that are left would look like a full disk. */
void
pfs_op_statfs(fuse_req_t req, fuse_ino_t nodeid)
{
	PfsSession *session = fuse_req_userdata(req);
	guint64 limit;
	guint64 left = pfs_tree_get_draft_room(session->tree, &limit) / BLOCK_BYTES;
	struct statvfs status = {
		.f_bsize = BLOCK_BYTES,
		.f_frsize = BLOCK_BYTES,
		.f_blocks = MAX(limit / BLOCK_BYTES, 1),
		.f_bfree = left,
		.f_bavail = left,
		.f_namemax = NAME_MAX,
	};

	fuse_reply_statfs(req, &status);
}

void
pfs_note_interrupted(PfsRequest *request)
{
	PfsInode *directory = pfs_inode_get(request->session, request->nodeid);

	pfs_mark_add(&pfs_inode_need_history(directory)->interrupted,
		     pfs_caller_get_process(request->req), request->name);
}

/* Go's library repeats by itself what a signal has ended; a write has the same (files.c). */
static gboolean
is_repetition(PfsRequest *request)
{
	PfsHistory *history = pfs_inode_get(request->session, request->nodeid)->history;

	return history != NULL && history->interrupted != NULL &&
	       pfs_mark_take(history->interrupted, pfs_caller_get_process(request->req),
			     request->name);
}

/* An act on a name, which its caller is not to repeat unknowing. */
static void
act_on_name(PfsRequest *request, PfsEntry *entry, PfsAct act, const char *text,
	    void (*done)(PfsRequest *request, GBytes *result))
{
	if (is_repetition(request)) {
		pfs_note_failure(request->session, entry, ECANCELED, "refused once");
		pfs_request_fail(request, ECANCELED);
		return;
	}
	request->acts = TRUE;
	pfs_request_act(request, entry, act, text, strlen(text), done);
}

/* What was made was made, though nothing can be learnt of it now: whoever comes looks again. */
static void
reply_presumed(PfsRequest *request, PfsEntry *child)
{
	reply_inode(request, pfs_inode_new(request->session, child, request->nodeid), FALSE);
}

static void
run_made(PfsRequest *request)
{
	PfsEntry *child;
	PfsOutcome outcome = lookup_child(request, &child);
	PfsEntry *presumed =
	    outcome == PFS_FAILED ? pfs_tree_presume(request->entry, request->name) : NULL;

	if (presumed != NULL)
		reply_presumed(request, presumed);
	else if (!pfs_request_is_waiting(request, outcome))
		pfs_reply_entry(request, child);
}

static void
made_cb(PfsRequest *request, GBytes *result)
{
	pfs_access_init(&request->access, FALSE);
	request->run = run_made;
	run_made(request);
}

void
pfs_op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	PfsRequest *request = pfs_request_new(req, parent, name, NULL, NULL);
	g_autofree char *plain = pfs_name_unescape(name);

	if (pfs_entry_may_hold(request->entry, PFS_DIRECTORY)) {
		pfs_local_mkdir(request, mode);
		return;
	}
	request->locks[0] = parent;
	act_on_name(request, request->entry, PFS_ACT_MKDIR, plain, made_cb);
}

/* In a directory that it has removed the kernel makes nothing any more, whatever comes back there
 * while somebody still stands in it. */
static void
removed_cb(PfsRequest *request, GBytes *result)
{
	PfsInode *parent = pfs_inode_get(request->session, request->nodeid);
	PfsInode *inode = pfs_inode_find_child(request->session, parent, request->name);

	if (inode != NULL)
		pfs_inode_leave_name(request->session, inode);
	pfs_forget_not(parent, request->name);
	pfs_reply_acted(request);
}

/*
 * Programs that delete a tree go on when they could not delete what is in a directory: `find
 * -delete` would delete in the cloud what `rm -rf` leaves. So such a directory is not empty.
 */
void
pfs_note_refused(PfsRequest *request)
{
	PfsInode *directory = pfs_inode_get(request->session, request->nodeid);
	PfsHistory *history = pfs_inode_need_history(directory);

	history->refused_us = g_get_monotonic_time();
	history->refused_pid = pfs_caller_get_process(request->req);
}

static gboolean
was_refused(PfsRequest *request)
{
	PfsInode *parent = pfs_inode_get(request->session, request->nodeid);
	PfsInode *inode = pfs_inode_find_child(request->session, parent, request->name);
	PfsHistory *history = inode != NULL ? inode->history : NULL;

	return history != NULL && history->refused_us != 0 &&
	       g_get_monotonic_time() - history->refused_us < REFUSED_US &&
	       history->refused_pid == pfs_caller_get_process(request->req);
}

static void
run_rmdir(PfsRequest *request)
{
	gboolean refused = was_refused(request);
	g_autoptr(PfsEntry) child = NULL;

	if (pfs_request_is_waiting(request, lookup_child(request, &child)))
		return;
	if (pfs_entry_is_draft(child)) {
		pfs_local_remove(request, child);
		return;
	}
	if (refused || !pfs_entry_is_removable(child))
		pfs_note_refused(request);
	if (refused)
		pfs_request_fail(request, ENOTEMPTY);
	else
		act_on_name(request, child, PFS_ACT_RMDIR, "", removed_cb);
}

void
pfs_op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	PfsRequest *request = pfs_request_new(req, parent, name, NULL, run_rmdir);
	PfsInode *child =
	    pfs_inode_find_child(request->session, pfs_inode_get(request->session, parent), name);

	request->locks[0] = parent;
	request->locks[1] = child != NULL ? child->nodeid : 0;
	run_rmdir(request);
}

/* The request's name is the old one; the new one lies in its text. */
static void
renamed_cb(PfsRequest *request, GBytes *result)
{
	PfsSession *session = request->session;
	PfsInode *parent = pfs_inode_get(session, request->nodeid);
	PfsInode *inode = pfs_inode_find_child(session, parent, request->name);

	if (inode != NULL)
		pfs_inode_rename(session, inode, NULL, request->pending->str);
	pfs_forget_not(parent, request->name);
	pfs_forget_not(parent, request->pending->str);
	pfs_reply_acted(request);
}

static void
run_rename(PfsRequest *request)
{
	g_autoptr(PfsEntry) child = NULL;
	g_autofree char *plain = NULL;

	if (pfs_request_is_waiting(request, lookup_child(request, &child)))
		return;
	plain = pfs_name_unescape(request->pending->str);
	act_on_name(request, child, PFS_ACT_RENAME, plain, renamed_cb);
}

static void
moved_cb(PfsRequest *request, GBytes *result)
{
	pfs_reply_acted(request);
}

static void
run_move(PfsRequest *request)
{
	PfsInode *target = pfs_inode_get(request->session, request->locks[1]);
	g_autoptr(PfsEntry) child = NULL;

	if (pfs_request_is_waiting(request, lookup_child(request, &child)))
		return;
	if (target == NULL || !pfs_entry_moves_into(child, target->entry)) {
		pfs_request_fail(request, EPERM);
		return;
	}
	pfs_tree_expire(request->session->tree, target->entry);
	act_on_name(request, child, PFS_ACT_MOVE, "", moved_cb);
}

/* The kernel has looked it up just now. One that has gone stays known while somebody has it open.
 */
static gboolean
is_taken(PfsSession *session, fuse_ino_t parent, const char *name)
{
	PfsInode *directory = pfs_inode_get(session, parent);

	return pfs_inode_find_child(session, directory, name) != NULL &&
	       pfs_inode_get_absent_us(directory, name) == 0;
}

static gboolean
is_draft(PfsSession *session, fuse_ino_t parent, const char *name)
{
	PfsInode *inode = pfs_inode_find_child(session, pfs_inode_get(session, parent), name);

	return inode != NULL && pfs_entry_is_draft(inode->entry);
}

void
pfs_op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
	      const char *new_name, unsigned int flags)
{
	PfsSession *session = fuse_req_userdata(req);
	PfsRequest *request;

	if (is_draft(session, parent, name)) {
		pfs_local_rename(pfs_request_new(req, parent, name, NULL, NULL), new_parent,
				 new_name, flags);
		return;
	}
	if ((flags & ~(unsigned int)RENAME_NOREPLACE) != 0) {
		fuse_reply_err(req, EPERM);
		return;
	}
	if (parent != new_parent && strcmp(name, new_name) != 0) {
		fuse_reply_err(req, EPERM);
		return;
	}
	if (parent != new_parent) {
		request = pfs_request_new(req, parent, name, NULL, run_move);
		request->locks[0] = parent;
		request->locks[1] = new_parent;
		run_move(request);
		return;
	}
	if (is_taken(session, parent, new_name)) {
		fuse_reply_err(req, EEXIST);
		return;
	}
	request = pfs_request_new(req, parent, name, NULL, run_rename);
	request->locks[0] = parent;
	request->pending = g_string_new(new_name);
	run_rename(request);
}
