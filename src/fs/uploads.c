/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uploads: what is written lies in an unlinked file, which is sent from there at close. A pipe may
 * fill it: its length need not be known.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <particlefs/spool.h>

#include "private.h"

/* Ten times the largest bundle that a device takes. */
#define UPLOAD_BYTES_MAX (64 * 1024 * 1024)

static int
open_spool(PfsHandle *handle)
{
	if (handle->spool_fd < 0)
		handle->spool_fd = pfs_spool_open();
	return handle->spool_fd < 0 ? errno : 0;
}

static int
spool(PfsHandle *handle, const char *data, size_t size, off_t offset)
{
	gssize written;
	int code;

	if (offset + (off_t)size > UPLOAD_BYTES_MAX)
		return EFBIG;
	code = open_spool(handle);
	if (code != 0)
		return code;
	written = pwrite(handle->spool_fd, data, size, offset);
	if (written < 0)
		return errno;
	return written == (gssize)size ? 0 : ENOSPC;
}

/* Two that write one after the other into what a shell has opened for both. */
static gboolean
follows_upload(PfsHandle *handle, off_t offset)
{
	return handle->sent && handle->spool_fd < 0 && offset > 0;
}

static int
fail(PfsHandle *handle, int code)
{
	g_autofree char *words = NULL;

	if (code == 0)
		return 0;
	words = code == EFBIG
		    ? g_strdup("an upload has 64 MiB at most")
		    : g_strdup_printf("it can't be kept until it is whole: %s", g_strerror(code));
	return pfs_handle_spoil(handle, code, words);
}

/* What lacks a piece is not sent: whoever writes closes the file all the same. */
void
pfs_upload_write(fuse_req_t req, PfsHandle *handle, const char *data, size_t size, off_t offset)
{
	if (handle->failed == 0 && follows_upload(handle, offset))
		pfs_handle_spoil(handle, EINVAL, "it follows what was sent already");
	if (handle->failed == 0)
		fail(handle, spool(handle, data, size, offset));
	if (handle->failed != 0) {
		fuse_reply_err(req, handle->failed);
		return;
	}
	pfs_handle_note_written(handle);
	fuse_reply_write(req, size);
}

static void
sent_cb(PfsRequest *request, GBytes *result)
{
	pfs_reply_acted(request);
}

/* What ends with a hole is made longer without a write. An errno, or 0. */
int
pfs_upload_truncate(PfsHandle *handle, off_t size)
{
	int code = handle->failed;

	if (handle->spool_fd < 0 && size == 0)
		return 0;
	if (code == 0)
		code = size > UPLOAD_BYTES_MAX ? EFBIG : open_spool(handle);
	if (code == 0 && ftruncate(handle->spool_fd, size) != 0)
		code = errno;
	if (size > 0)
		pfs_handle_note_written(handle);
	else
		handle->dirty = FALSE;
	return fail(handle, code);
}

/* Once: whoever writes on after that begins a new one. */
void
pfs_upload_send(PfsRequest *request, PfsHandle *handle)
{
	int fd = handle->spool_fd;
	struct stat status;

	handle->dirty = FALSE;
	handle->sent = TRUE;
	handle->spool_fd = -1;
	if (fstat(fd, &status) != 0) {
		close(fd);
		pfs_request_fail(request, EIO);
		return;
	}
	pfs_request_upload(request, handle->entry, fd, status.st_size, sent_cb);
}

/* Who was killed has not closed: nothing is sent of what may not be whole. */
void
pfs_upload_released(PfsHandle *handle)
{
	if (handle->spool_fd >= 0)
		close(handle->spool_fd);
}
