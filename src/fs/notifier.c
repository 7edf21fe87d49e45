/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notifications to the kernel wait for locks that its unanswered requests hold, so they are sent
 * from a thread of their own that holds nothing and answers nothing that another waits for.
 *
 * One need not wait: a store waits for a page that is being read, and what only its opener has open
 * is not being read until the opening is answered. So that is done at once: a cold read took 24 us
 * longer when the thread had to be woken for it.
 */
#include <errno.h>
#include <string.h>

#include "private.h"

typedef struct _Message Message;
struct _Message {
	void (*send)(PfsSession *session, Message *self);
	fuse_req_t req; /* to be answered then */
	struct fuse_file_info file;
	guint64 nodeid;
	gint64 size;
	char last; /* byte of the content */
	GBytes *data;
};

static int
store(PfsSession *self, guint64 nodeid, gint64 offset, const char *data, gsize length)
{
	struct fuse_bufvec bytes = FUSE_BUFVEC_INIT(length);

	bytes.buf[0].mem = (void *)data;
	return fuse_lowlevel_notify_store(self->fuse, nodeid, offset, &bytes, 0);
}

/*
 * A byte stored at its end tells the kernel the size of a content that has grown. The attributes
 * that the kernel has cached are good for a moment longer than what they were made from, and it
 * forgets them by itself only for a file that grows.
 */
static void
store_end(PfsSession *self, guint64 nodeid, gint64 size, char last)
{
	if (size > 0)
		store(self, nodeid, size - 1, &last, 1);
	fuse_lowlevel_notify_inval_inode(self->fuse, nodeid, -1, 0);
}

static void
send_end(PfsSession *self, Message *message)
{
	store_end(self, message->nodeid, message->size, message->last);
	fuse_reply_open(message->req, &message->file);
}

static void
send_data(PfsSession *self, Message *message)
{
	gsize length;
	const char *data = g_bytes_get_data(message->data, &length);

	fuse_reply_buf(message->req, data, length);
	g_bytes_unref(message->data);
}

static void
send_invalidation(PfsSession *self, Message *message)
{
	fuse_lowlevel_notify_inval_inode(self->fuse, message->nodeid, 0, 0);
}

static void
message_cb(gpointer data, gpointer user_data)
{
	PfsSession *self = user_data;
	Message *message = data;

	message->send(self, message);
	g_free(message);
	g_atomic_int_dec_and_test(&self->unsent);
}

static Message *
message_new(void (*send)(PfsSession *session, Message *self))
{
	Message *message = g_new0(Message, 1);

	message->send = send;
	return message;
}

/* It is decided: a signal changes it no more, and whom it would be told is freed by then. */
static Message *
answer_new(void (*send)(PfsSession *session, Message *self), fuse_req_t req)
{
	Message *message = message_new(send);

	fuse_req_interrupt_func(req, NULL, NULL);
	message->req = req;
	return message;
}

static void
push(PfsSession *self, Message *message)
{
	g_atomic_int_inc(&self->unsent);
	g_thread_pool_push(self->notifier, message, NULL);
}

void
pfs_notifier_init(PfsSession *self)
{
	self->notifier = g_thread_pool_new(message_cb, self, 1, TRUE, NULL);
}

void
pfs_notifier_free(PfsSession *self)
{
	g_thread_pool_free(self->notifier, FALSE, TRUE);
}

/* Who reads of a change in a log finds it everywhere else. */
void
pfs_notifier_reply_data(PfsSession *self, fuse_req_t req, char *data, gsize length)
{
	Message *message;

	if (g_atomic_int_get(&self->unsent) == 0 && self->tellings.length == 0) {
		fuse_reply_buf(req, data, length);
		g_free(data);
		return;
	}
	message = answer_new(send_data, req);
	message->data = g_bytes_new_take(data, length);
	if (self->tellings.length > 0)
		g_queue_push_tail(&self->held, message);
	else
		push(self, message);
}

/* Names are told by another thread: what has waited for that goes now. */
void
pfs_notifier_let_go(PfsSession *self)
{
	while (self->held.length > 0)
		push(self, g_queue_pop_head(&self->held));
}

/* Gives the kernel the content, which is longer than what it knows; at once. */
gboolean
pfs_notifier_store_all(PfsSession *self, PfsInode *inode, GBytes *content)
{
	gsize length;
	const char *data = g_bytes_get_data(content, &length);

	if (store(self, inode->nodeid, 0, data, length) != 0)
		return FALSE;
	inode->reported = (gint64)length;
	return TRUE;
}

static char
get_last_byte(GBytes *content)
{
	gsize length;
	const char *data = g_bytes_get_data(content, &length);

	return length > 0 ? data[length - 1] : '\0';
}

/* Tells the kernel the content's size; at once. */
void
pfs_notifier_store_end(PfsSession *self, PfsInode *inode, GBytes *content)
{
	inode->reported = (gint64)g_bytes_get_size(content);
	store_end(self, inode->nodeid, inode->reported, get_last_byte(content));
}

/* The same where the file is open already. */
void
pfs_notifier_store_then_open(PfsSession *self, fuse_req_t req, PfsInode *inode,
			     const struct fuse_file_info *file, GBytes *content)
{
	Message *message = answer_new(send_end, req);

	inode->reported = (gint64)g_bytes_get_size(content);
	message->file = *file;
	message->nodeid = inode->nodeid;
	message->size = inode->reported;
	message->last = get_last_byte(content);
	push(self, message);
}

static void
invalidate(PfsSession *self, PfsInode *inode)
{
	PfsInode *parent = pfs_inode_get(self, inode->parent);
	Message *message = message_new(send_invalidation);

	message->nodeid = inode->nodeid;
	/* Who has it open reads a snapshot, as long as it was. */
	if (inode->handles == 0)
		inode->size = -1;
	push(self, message);
	/* What it was said not to hold may be there. */
	if (inode->history != NULL)
		g_clear_pointer(&inode->history->absent, g_hash_table_unref);
	/* A directory's name stays: whoever works in it would lose it. */
	if (parent != NULL && pfs_entry_get_kind(inode->entry) != PFS_DIRECTORY)
		pfs_forget_name(self, parent, pfs_entry_get_name(inode->entry));
}

static gboolean
is_below(PfsSession *self, PfsInode *inode, const PfsInode *top)
{
	while (inode != NULL && inode != top)
		inode = pfs_inode_get(self, inode->parent);
	return inode != NULL;
}

static void
invalidate_below(PfsSession *self, const PfsInode *top)
{
	GHashTableIter iter;
	gpointer inode;

	g_hash_table_iter_init(&iter, self->inodes);
	while (g_hash_table_iter_next(&iter, NULL, &inode))
		if (is_below(self, inode, top))
			invalidate(self, inode);
}

void
pfs_notifier_changed(PfsSession *self, const char *path, PfsChange change)
{
	g_auto(GStrv) names = g_strsplit(path + 1, "/", -1);
	PfsInode *inode = pfs_inode_get(self, FUSE_ROOT_ID);
	PfsInode *parent = NULL;

	for (guint i = 0; path[1] != '\0' && names[i] != NULL && inode != NULL; i++) {
		parent = inode;
		inode = pfs_inode_find_child(self, parent, names[i]);
		if (names[i + 1] == NULL)
			pfs_inode_note_present(parent, names[i]);
	}
	if (inode == NULL)
		return;
	if (change == PFS_CHANGE_BELOW)
		invalidate_below(self, inode);
	else
		invalidate(self, inode);
	if (change == PFS_CHANGE_NAME && parent != NULL)
		pfs_forget_name(self, parent, pfs_entry_get_name(inode->entry));
}
