/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs. A listed log ends where it ends, and grows: a reader comes again. Its blocking twin gives
 * what comes from now on, waits when there is nothing, and can be polled.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "private.h"

#define READ_BYTES_MAX (1024 * 1024)

static gboolean
is_live(PfsHandle *handle)
{
	return pfs_entry_get_kind(handle->entry) == PFS_LIVE;
}

static void
notify_poll(PfsHandle *handle)
{
	struct fuse_pollhandle *poll_handle = g_steal_pointer(&handle->poll);

	if (poll_handle == NULL)
		return;
	fuse_lowlevel_notify_poll(poll_handle);
	fuse_pollhandle_destroy(poll_handle);
}

static void
grown_cb(PfsWaiter *waiter)
{
	notify_poll(waiter->user_data);
}

void
pfs_log_opened(PfsRequest *request, PfsHandle *handle, PfsLog *log)
{
	handle->log = log;
	handle->position = pfs_log_get_end(log);
	handle->growth.wake = grown_cb;
	handle->growth.user_data = handle;
	request->file.direct_io = 1;
}

void
pfs_log_released(PfsHandle *handle)
{
	if (handle->log == NULL)
		return;
	pfs_waiter_cancel(&handle->growth);
	if (handle->poll != NULL)
		fuse_pollhandle_destroy(handle->poll);
	pfs_tree_close_log(handle->session->tree, handle->entry, handle->log);
}

/* A line that goes on no more is ended. */
static void
reply_newline(fuse_req_t req, PfsHandle *handle)
{
	handle->in_line = FALSE;
	fuse_reply_buf(req, "\n", 1);
}

static void
reply_read(fuse_req_t req, PfsHandle *handle, guint64 position, size_t size)
{
	char *buffer = g_malloc(MIN(size, READ_BYTES_MAX));
	gssize length = pfs_log_read(handle->log, position, buffer, MIN(size, READ_BYTES_MAX));

	if (length < 0) {
		g_free(buffer);
		fuse_reply_err(req, EIO);
		return;
	}
	handle->position = position + (guint64)length;
	handle->lost = FALSE;
	if (length > 0)
		handle->in_line = buffer[length - 1] != '\n';
	pfs_notifier_reply_data(handle->session, req, buffer, (gsize)length);
}

static gboolean
has_more(PfsHandle *handle)
{
	/* A log that has started anew has dropped what this reader did not fetch in time. */
	if (!handle->lost)
		handle->lost = pfs_log_catch_up(handle->log, &handle->position);
	/* It may have done so again before this reader has come. */
	handle->position = MAX(handle->position, pfs_log_get_start(handle->log));
	return handle->position < pfs_log_get_end(handle->log);
}

static void
run_live(PfsRequest *request)
{
	PfsHandle *handle = request->handle;

	if (!has_more(handle)) {
		request->access.waiting_for = pfs_log_get_growth(handle->log);
		pfs_request_is_waiting(request, PFS_PENDING);
		return;
	}
	if (handle->lost && handle->in_line)
		reply_newline(request->req, handle);
	else
		reply_read(request->req, handle, handle->position, request->size);
	pfs_request_free(request);
}

static void
read_live(fuse_req_t req, fuse_ino_t nodeid, PfsHandle *handle, size_t size,
	  struct fuse_file_info *file)
{
	PfsRequest *request;

	if (!has_more(handle) && (file->flags & O_NONBLOCK) != 0) {
		fuse_reply_err(req, EAGAIN);
		return;
	}
	request = pfs_request_new(req, nodeid, NULL, file, run_live);
	request->handle = handle;
	request->size = size;
	run_live(request);
}

void
pfs_log_read_op(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
		struct fuse_file_info *file)
{
	PfsHandle *handle = pfs_handle_get(file);

	if (is_live(handle))
		read_live(req, nodeid, handle, size, file);
	else
		reply_read(req, handle, pfs_log_get_start(handle->log) + (guint64)offset, size);
}

/* The handle that the kernel gave is for the next change; an older one is of no use then. */
void
pfs_op_poll(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file,
	    struct fuse_pollhandle *poll_handle)
{
	PfsHandle *handle = pfs_handle_get(file);
	gboolean waits = handle->log != NULL && is_live(handle) && !has_more(handle);

	if (poll_handle != NULL && waits) {
		if (handle->poll != NULL)
			fuse_pollhandle_destroy(handle->poll);
		handle->poll = poll_handle;
		if (handle->growth.resource == NULL)
			pfs_resource_wait(pfs_log_get_growth(handle->log), &handle->growth);
	} else if (poll_handle != NULL) {
		fuse_pollhandle_destroy(poll_handle);
	}
	fuse_reply_poll(req,
			waits ? POLLOUT | POLLWRNORM : POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM);
}
