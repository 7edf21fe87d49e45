/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files. Opening takes a snapshot, and from then on the size is true: where the kernel has another
 * one in mind it is told by storing the last byte, before the open is answered. A value whose size
 * the kernel knows, and that fits a page, goes through the page cache; where it has grown the
 * kernel gets all of it.
 *
 * Writing acts at once, as a shell drops the errors of close: a verb line by line, an attribute
 * with all that was written so far.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <particlefs/hash.h>

#include "private.h"

#define PAGE_BYTES 4096
#define WRITTEN_BYTES_MAX (1024 * 1024)

PfsHandle *
pfs_handle_get(const struct fuse_file_info *file)
{
	return (PfsHandle *)(gsize)file->fh;
}

PfsHandle *
pfs_handle_new(PfsRequest *request, guint64 nodeid, GBytes *content)
{
	PfsHandle *handle = g_new0(PfsHandle, 1);

	handle->session = request->session;
	handle->nodeid = nodeid;
	pfs_inode_get(handle->session, nodeid)->handles++;
	handle->entry = pfs_entry_ref(request->entry);
	handle->content = content;
	handle->reply_at = -1;
	handle->spool_fd = -1;
	handle->text = g_string_new(NULL);
	g_hash_table_add(handle->session->handles, handle);
	return handle;
}

static void
handle_free(gpointer data)
{
	PfsHandle *handle = data;
	PfsInode *inode = pfs_inode_get(handle->session, handle->nodeid);

	if (inode != NULL)
		inode->handles--;
	pfs_log_released(handle);
	pfs_upload_released(handle);
	g_clear_pointer(&handle->content, g_bytes_unref);
	g_clear_pointer(&handle->interrupted, g_bytes_unref);
	pfs_wipe_string(handle->text);
	pfs_entry_unref(handle->entry);
	g_free(handle);
}

void
pfs_handles_init(PfsSession *self)
{
	self->handles = g_hash_table_new_full(NULL, NULL, handle_free, NULL);
}

/* At an unmount the kernel need not release what is open. */
void
pfs_handles_clear(PfsSession *self)
{
	g_hash_table_unref(self->handles);
}

void
pfs_reply_open(PfsRequest *request, PfsHandle *handle)
{
	request->file.fh = (uint64_t)(gsize)handle;
	if (fuse_reply_open(request->req, &request->file) != 0)
		g_hash_table_remove(request->session->handles, handle);
	pfs_request_free(request);
}

static void
run_open_log(PfsRequest *request)
{
	PfsHandle *handle;
	PfsLog *log;

	if (pfs_request_is_waiting(
		request,
		pfs_tree_open_log(request->session->tree, request->entry, &request->access, &log)))
		return;
	handle = pfs_handle_new(request, request->nodeid, NULL);
	pfs_log_opened(request, handle, log);
	pfs_reply_open(request, handle);
}

/* The file that a request has made, and opened at once. */
void
pfs_reply_create(PfsRequest *request, PfsEntry *entry)
{
	PfsSession *session = request->session;
	PfsInode *inode = pfs_inode_take(session, pfs_entry_ref(entry), request->nodeid);
	struct fuse_entry_param param;
	PfsHandle *handle;

	pfs_inode_fill(session, inode, &param);
	pfs_entry_unref(request->entry);
	request->entry = entry;
	handle = pfs_handle_new(request, inode->nodeid, NULL);
	request->file.fh = (uint64_t)(gsize)handle;
	if (fuse_reply_create(request->req, &param, &request->file) != 0) {
		g_hash_table_remove(session->handles, handle);
		pfs_inode_forget(session, inode->nodeid, 1);
	}
	pfs_request_free(request);
}

/* A new file is there when it was written: until then only who has made it knows it. */
void
pfs_op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	      struct fuse_file_info *file)
{
	PfsRequest *request = pfs_request_new(req, parent, NULL, file, NULL);
	PfsEntry *entry;

	if (pfs_entry_may_hold(request->entry, PFS_FILE)) {
		pfs_local_create(request, name, mode);
		return;
	}
	entry = pfs_tree_create(request->session->tree, request->entry, name);
	if (entry == NULL) {
		pfs_request_fail(request, pfs_tree_get_create_errno(request->entry));
		return;
	}
	request->file.direct_io = 1;
	pfs_reply_create(request, entry);
}

/* Whether the kernel may serve the content from its pages: one page can't be torn, and what never
 * changes can't either. */
static gboolean
fits_page_cache(PfsInode *inode, gint64 size, guint64 digest)
{
	/* The kernel may fill a page from what somebody else has open. */
	if (inode->handles > 1 && inode->cached != digest)
		return FALSE;
	if (pfs_entry_is_stable(inode->entry))
		return inode->cached == 0 || inode->cached == digest;
	return inode->reported == size;
}

/* A page that the kernel does not have, or has less of, can be given to it whole: nobody reads it.
 */
static gboolean
can_store_all(PfsInode *inode, gint64 size)
{
	return inode->handles == 1 && size <= PAGE_BYTES && inode->reported < size;
}

/* Takes the way through the kernel's pages, or FALSE. The content itself is not kept: of many files
 * that were read once that would be all, as long as the kernel knows their names. */
static gboolean
open_cached(PfsSession *session, PfsInode *inode, struct fuse_file_info *file, GBytes *content)
{
	gsize length;
	const char *data = g_bytes_get_data(content, &length);
	gint64 size = (gint64)length;
	guint64 digest;

	if (!inode->shared || size == 0 ||
	    (size > PAGE_BYTES && !pfs_entry_is_stable(inode->entry)))
		return FALSE;
	digest = pfs_bytes_digest(data, length);
	if (fits_page_cache(inode, size, digest))
		file->keep_cache = inode->cached == digest;
	else if (can_store_all(inode, size) && pfs_notifier_store_all(session, inode, content))
		file->keep_cache = 1;
	else
		return FALSE;
	inode->cached = digest;
	return TRUE;
}

/* What is written stands in the content that the file has. */
static void
begin_text(PfsHandle *handle, int flags)
{
	gsize length;
	const char *data = g_bytes_get_data(handle->content, &length);

	if ((flags & O_ACCMODE) != O_RDONLY && (flags & O_TRUNC) == 0 &&
	    !pfs_entry_takes_lines(handle->entry))
		g_string_append_len(handle->text, data, (gssize)length);
}

static void
open_content(PfsRequest *request, GBytes *content)
{
	PfsSession *session = request->session;
	PfsInode *inode = pfs_inode_get(session, request->nodeid);
	gint64 size = (gint64)g_bytes_get_size(content);
	PfsHandle *handle = pfs_handle_new(request, request->nodeid, content);

	request->file.fh = (uint64_t)(gsize)handle;
	begin_text(handle, request->file.flags);
	inode->size = size;
	request->file.direct_io = !open_cached(session, inode, &request->file, content);
	if (inode->reported != size) {
		if (inode->handles > 1) {
			pfs_notifier_store_then_open(session, request->req, inode, &request->file,
						     content);
			pfs_request_free(request);
			return;
		}
		pfs_notifier_store_end(session, inode, content);
	}
	pfs_reply_open(request, handle);
}

static void
run_open(PfsRequest *request)
{
	GBytes *content;
	gint64 valid_us;

	if (!pfs_request_is_waiting(request, pfs_tree_read(request->session->tree, request->entry,
							   &request->access, &content, &valid_us)))
		open_content(request, content);
}

static gboolean
is_log(PfsEntry *entry)
{
	PfsKind kind = pfs_entry_get_kind(entry);

	return kind == PFS_LOG || kind == PFS_LIVE;
}

/* A value that is not written anew begins with what it is; a call begins with nothing. */
static gboolean
needs_content(PfsEntry *entry, int flags)
{
	if ((flags & O_ACCMODE) == O_RDWR)
		return TRUE;
	return (flags & O_TRUNC) == 0 && !pfs_entry_takes_lines(entry) &&
	       pfs_entry_get_kind(entry) != PFS_UPLOAD;
}

void
pfs_op_open(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file)
{
	PfsRequest *request = pfs_request_new(req, nodeid, NULL, file, NULL);
	gboolean writes = (file->flags & O_ACCMODE) != O_RDONLY;
	gboolean changes = writes || (file->flags & O_TRUNC) != 0;

	request->access.bypass = (file->flags & O_DIRECT) != 0;
	/* Only what was written is sent at close: whoever reads need not wait there. */
	request->file.noflush = !writes;
	if (pfs_entry_get_kind(request->entry) == PFS_FILE) {
		pfs_local_opened(request);
	} else if (changes && !pfs_entry_is_writable(request->entry)) {
		pfs_request_fail(request, EPERM);
	} else if (writes && !needs_content(request->entry, file->flags)) {
		request->file.direct_io = 1;
		pfs_reply_open(request, pfs_handle_new(request, nodeid, NULL));
	} else {
		request->run = is_log(request->entry) ? run_open_log : run_open;
		request->run(request);
	}
}

void
pfs_op_read(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
	    struct fuse_file_info *file)
{
	PfsHandle *handle = pfs_handle_get(file);
	gsize length = 0;
	const char *data;

	if (handle->log != NULL) {
		pfs_log_read_op(req, nodeid, size, offset, file);
		return;
	}
	if (pfs_entry_get_kind(handle->entry) == PFS_FILE) {
		pfs_local_read(req, handle, size, offset);
		return;
	}
	/* The reply to a call is read on from where the call was written. */
	if (handle->reply_at >= 0 && offset >= handle->reply_at)
		offset -= handle->reply_at;
	data = handle->content != NULL ? g_bytes_get_data(handle->content, &length) : NULL;
	if ((gsize)offset >= length)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_buf(req, data + offset, MIN(size, length - (gsize)offset));
}

/* Of a write that failed the lines go that were not called. */
void
pfs_handle_drop_lines(PfsHandle *self)
{
	if (pfs_entry_takes_lines(self->entry))
		g_string_truncate(self->text, 0);
}

void
pfs_handle_note_written(PfsHandle *self)
{
	self->dirty = TRUE;
	self->unsent = 0;
}

int
pfs_handle_spoil(PfsHandle *self, int code, const char *words)
{
	if (self->failed == 0)
		pfs_note_failure(self->session, self->entry, code, words);
	self->failed = code;
	return code;
}

/* @written: (transfer full) */
void
pfs_handle_note_interruption(PfsHandle *self, GBytes *written, gint64 offset)
{
	g_clear_pointer(&self->interrupted, g_bytes_unref);
	self->interrupted = written;
	self->interrupted_at = offset;
	pfs_handle_drop_lines(self);
}

/*
 * A program that catches the signal which ended its write repeats it by itself, as Python does. The
 * first repetition is refused; who means it tries again.
 */
static gboolean
is_repetition(PfsHandle *self, const char *data, gsize size, gint64 offset)
{
	g_autoptr(GBytes) before = g_steal_pointer(&self->interrupted);
	g_autoptr(GBytes) now = g_bytes_new_static(data, size);

	if (before == NULL || self->interrupted_at != offset || !g_bytes_equal(before, now))
		return FALSE;
	pfs_note_failure(self->session, self->entry, ECANCELED, "refused once");
	return TRUE;
}

static void
take_result(PfsRequest *request, GBytes *result)
{
	PfsHandle *handle = request->handle;

	g_clear_pointer(&handle->content, g_bytes_unref);
	handle->content = g_bytes_ref(result);
	handle->reply_at = request->offset + (gint64)request->size;
}

static void
reply_written(PfsRequest *request)
{
	fuse_reply_write(request->req, request->size);
	pfs_request_free(request);
}

static void call_next_line(PfsRequest *request);

static void
line_called_cb(PfsRequest *request, GBytes *result)
{
	take_result(request, result);
	call_next_line(request);
}

/* The first call in the text; NULL while it is not whole, or there is none. */
static char *
take_call(PfsEntry *entry, GString *text)
{
	gssize end = text->len > 0 ? pfs_entry_find_call_end(entry, text->str, text->len) : -1;
	char *call = end >= 0 ? g_strndup(text->str, (gsize)end) : NULL;

	if (call != NULL)
		g_string_erase(text, 0, MIN(end + 1, (gssize)text->len));
	return call;
}

static void
call_next_line(PfsRequest *request)
{
	PFS_AUTO_WIPE char *call = take_call(request->entry, request->handle->text);

	if (call == NULL) {
		pfs_forget_then(request, reply_written);
		return;
	}
	pfs_request_act(request, request->entry, PFS_ACT_WRITE, call, strlen(call), line_called_cb);
}

static void
attribute_set_cb(PfsRequest *request, GBytes *result)
{
	PfsInode *inode = pfs_inode_get(request->session, request->nodeid);

	if (inode != NULL)
		inode->size = -1;
	pfs_forget_then(request, reply_written);
}

static void
put_text(GString *text, const char *data, gsize size, gsize offset)
{
	if (text->len < offset) {
		gsize old = text->len;

		g_string_set_size(text, offset);
		memset(text->str + old, ' ', offset - old);
	}
	g_string_overwrite_len(text, offset, data, (gssize)size);
}

static void
write_attribute(PfsRequest *request, const char *data)
{
	GString *text = request->handle->text;
	gsize length;

	put_text(text, data, request->size, (gsize)request->offset);
	length = text->len;
	if (length > 0 && text->str[length - 1] == '\n')
		length--;
	pfs_request_act(request, request->entry, PFS_ACT_WRITE, text->str, length,
			attribute_set_cb);
}

static void
write_document(PfsRequest *request, const char *data)
{
	put_text(request->handle->text, data, request->size, (gsize)request->offset);
	pfs_handle_note_written(request->handle);
	fuse_reply_write(request->req, request->size);
	pfs_request_free(request);
}

/* A line is a call wherever it stands. */
static gboolean
is_too_large(const PfsHandle *handle, size_t size, off_t offset)
{
	gsize before = pfs_entry_takes_lines(handle->entry) ? handle->text->len : (gsize)offset;

	return before > WRITTEN_BYTES_MAX || before + size > WRITTEN_BYTES_MAX;
}

void
pfs_op_write(fuse_req_t req, fuse_ino_t nodeid, const char *data, size_t size, off_t offset,
	     struct fuse_file_info *file)
{
	PfsHandle *handle = pfs_handle_get(file);
	PfsRequest *request;

	if (pfs_entry_get_kind(handle->entry) == PFS_FILE) {
		pfs_local_write(req, handle, data, size, offset);
		return;
	}
	handle->writer = pfs_caller_get_process(req);
	if (pfs_entry_get_kind(handle->entry) == PFS_UPLOAD) {
		pfs_upload_write(req, handle, data, size, offset);
		return;
	}
	if (is_too_large(handle, size, offset))
		pfs_handle_spoil(handle, EFBIG, "what is written has 1 MiB at most");
	if (handle->failed != 0) {
		fuse_reply_err(req, handle->failed);
		return;
	}
	if (is_repetition(handle, data, size, offset)) {
		fuse_reply_err(req, ECANCELED);
		return;
	}
	request = pfs_request_new(req, nodeid, NULL, file, NULL);
	request->handle = handle;
	request->written = pfs_wipe_bytes_new(data, size);
	request->size = size;
	request->offset = offset;
	if (pfs_entry_takes_lines(request->entry)) {
		g_string_append_len(handle->text, data, (gssize)size);
		call_next_line(request);
	} else if (pfs_entry_get_kind(request->entry) == PFS_DOCUMENT) {
		write_document(request, data);
	} else {
		write_attribute(request, data);
	}
}

static void
document_set_cb(PfsRequest *request, GBytes *result)
{
	PfsInode *inode = pfs_inode_get(request->session, request->nodeid);

	if (inode != NULL)
		inode->size = -1;
	pfs_reply_acted(request);
}

static void
send_written(PfsRequest *request, PfsHandle *handle)
{
	pfs_request_end_with_caller(request);
	if (pfs_entry_get_kind(handle->entry) == PFS_UPLOAD) {
		pfs_upload_send(request, handle);
		return;
	}
	handle->dirty = FALSE;
	pfs_request_act(request, handle->entry, PFS_ACT_WRITE, handle->text->str, handle->text->len,
			document_set_cb);
}

static PfsRequest *
closing_new(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file)
{
	PfsRequest *request = pfs_request_new(req, nodeid, NULL, file, NULL);

	request->handle = pfs_handle_get(file);
	request->closes = TRUE;
	return request;
}

/* Sends a document that was written, once; a call that was never completed is not lost in silence.
 */
static void
end_writing(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file)
{
	PfsHandle *handle = pfs_handle_get(file);
	gboolean broken = pfs_entry_takes_lines(handle->entry) && handle->text->len > 0;

	if (handle->failed != 0) {
		fuse_reply_err(req, handle->failed);
		return;
	}
	if (handle->dirty) {
		send_written(closing_new(req, nodeid, file), handle);
		return;
	}
	if (broken) {
		pfs_note_failure(handle->session, handle->entry, EINVAL,
				 "it ends in the middle of a call");
		g_string_truncate(handle->text, 0);
	}
	fuse_reply_err(req, broken ? EINVAL : handle->unsent);
}

/*
 * A program that is started while a file is being written has it open too, and closes it: what is
 * there by then need not be whole, and an error would be told to one who does not ask.
 */
static gboolean
is_bystander(fuse_req_t req, const PfsHandle *handle)
{
	gboolean owed = handle->dirty || handle->unsent != 0 || handle->text->len > 0;
	pid_t closer = owed && handle->writer != 0 ? pfs_caller_get_process(req) : 0;

	return closer != 0 && closer != handle->writer;
}

/*
 * An errno where what is written must not be sent, as it may not be whole; or 0. The JSON of a
 * document says by itself whether it is.
 */
static int
check_closer(fuse_req_t req, PfsHandle *handle)
{
	PfsEnding ending = handle->dirty ? pfs_caller_get_ending(req) : PFS_ENDING_NOT;

	if (ending == PFS_ENDING_KILLED)
		return EINTR;
	if (ending != PFS_ENDING_UNSEEN || pfs_entry_get_kind(handle->entry) != PFS_UPLOAD)
		return 0;
	pfs_note_failure(handle->session, handle->entry, EACCES,
			 "who closes it can't be seen in /proc, and may have been killed: "
			 "fsync sends it, as 'dd conv=fsync' does");
	return EACCES;
}

void
pfs_op_flush(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file)
{
	PfsHandle *handle = pfs_handle_get(file);
	gboolean asks = !is_bystander(req, handle);
	int code = asks ? check_closer(req, handle) : 0;

	if (asks && code == 0)
		end_writing(req, nodeid, file);
	else
		fuse_reply_err(req, code);
}

void
pfs_op_fsync(fuse_req_t req, fuse_ino_t nodeid, int datasync, struct fuse_file_info *file)
{
	end_writing(req, nodeid, file);
}

void
pfs_op_release(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file)
{
	PfsHandle *handle = pfs_handle_get(file);

	g_hash_table_remove(handle->session->handles, handle);
	fuse_reply_err(req, 0);
}
