/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file is the log's spool: it has no name, so that it goes with the process, and its page cache
 * is the kernel's to reclaim. The last lines stay in memory until 64 KiB of them are there, which
 * makes one write of hundreds of lines; a reader gets them from there.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <particlefs/log.h>
#include <particlefs/spool.h>
#include <particlefs/text.h>

#define TAIL_BYTES (64 * 1024)
#define HARD_LIMIT_FACTOR 10

struct _PfsLog {
	PfsResource growth;
	PfsLogQuota *quota;
	int fd;		 /* -1 until the first write */
	guint64 start;	 /* absolute position of the file's first byte */
	guint64 spooled; /* absolute position behind the last byte in the file */
	GString *tail;
	gint64 mtime_us;
	guint holders;
	gboolean grown;
	gint64 since_us; /* wall clock: of its first line */
	guint64
	    own_line; /* behind the line about lost ones that it starts with; or where it starts */
	PfsLogLostFunc lost;
	gpointer lost_user_data;
};

PfsLog *
pfs_log_new(PfsLogQuota *quota)
{
	PfsLog *self = g_new0(PfsLog, 1);

	pfs_resource_init(&self->growth, &pfs_wakeup_class);
	self->quota = quota;
	self->fd = -1;
	self->tail = g_string_new(NULL);
	return self;
}

static guint64
get_size(PfsLog *self)
{
	return pfs_log_get_end(self) - self->start;
}

void
pfs_log_free(PfsLog *self)
{
	if (self == NULL)
		return;
	if (self->fd >= 0)
		close(self->fd);
	self->quota->used_bytes -= get_size(self);
	g_string_free(self->tail, TRUE);
	pfs_resource_unref(&self->growth);
	g_free(self);
}

guint64
pfs_log_get_start(PfsLog *self)
{
	return self->start;
}

guint64
pfs_log_get_end(PfsLog *self)
{
	return self->spooled + self->tail->len;
}

gint64
pfs_log_get_mtime_us(PfsLog *self)
{
	return self->mtime_us;
}

void
pfs_log_set_lost_func(PfsLog *self, PfsLogLostFunc func, gpointer user_data)
{
	self->lost = func;
	self->lost_user_data = user_data;
}

static void
put_line(PfsLog *self, const char *line, gsize length)
{
	if (get_size(self) == 0)
		self->since_us = g_get_real_time();
	g_string_append_len(self->tail, line, (gssize)length);
	g_string_append_c(self->tail, '\n');
	self->quota->used_bytes += length + 1;
	self->grown = TRUE;
}

static void
tell_lost(PfsLog *self, const char *reason)
{
	g_autofree char *line = NULL;

	if (self->holders == 0 || self->lost == NULL)
		return;
	line = self->lost(self->since_us, reason, self->lost_user_data);
	put_line(self, line, strlen(line));
	self->own_line = pfs_log_get_end(self);
}

static void
start_anew(PfsLog *self, const char *reason)
{
	self->quota->used_bytes -= get_size(self);
	self->start = self->spooled = self->own_line = pfs_log_get_end(self);
	pfs_text_empty(self->tail);
	if (self->fd >= 0 && ftruncate(self->fd, 0) != 0) {
		close(self->fd);
		self->fd = -1;
	}
	tell_lost(self, reason);
}

static gboolean
write_all(int fd, const char *data, gsize length, guint64 offset)
{
	while (length > 0) {
		gssize written = pwrite(fd, data, length, (off_t)offset);

		if (written < 0 && errno == EINTR)
			continue;
		if (written == 0)
			errno = ENOSPC;
		if (written <= 0)
			return FALSE;
		data += written;
		length -= (gsize)written;
		offset += (guint64)written;
	}
	return TRUE;
}

static void
spool(PfsLog *self)
{
	if (self->fd < 0)
		self->fd = pfs_spool_open();
	if (self->fd < 0 ||
	    !write_all(self->fd, self->tail->str, self->tail->len, self->spooled - self->start)) {
		start_anew(self, g_strerror(errno));
		return;
	}
	self->spooled += self->tail->len;
	pfs_text_empty(self->tail);
}

static void
keep_limits(PfsLog *self)
{
	guint64 limit = self->quota->limit_bytes;

	if ((self->holders == 0 && self->quota->used_bytes >= limit) ||
	    get_size(self) >= limit * HARD_LIMIT_FACTOR)
		start_anew(self, "the log was full");
}

void
pfs_log_append(PfsLog *self, const char *line, gsize length)
{
	keep_limits(self);
	put_line(self, line, length);
	if (self->tail->len >= TAIL_BYTES)
		spool(self);
}

void
pfs_log_flush(PfsLog *self, gint64 time_us)
{
	if (!self->grown)
		return;
	self->grown = FALSE;
	self->mtime_us = MAX(time_us, self->mtime_us + 1);
	pfs_resource_wake(&self->growth);
}

gboolean
pfs_log_catch_up(PfsLog *self, guint64 *position)
{
	gboolean lost = *position < self->start;

	if (lost)
		*position = self->start;
	else if (*position == self->start)
		*position = self->own_line;
	return lost;
}

gssize
pfs_log_read(PfsLog *self, guint64 position, char *buffer, gsize size)
{
	guint64 end = pfs_log_get_end(self);
	gsize in_file = 0;
	gsize in_tail;

	position = MAX(position, self->start);
	if (position >= end || size == 0)
		return 0;
	size = (gsize)MIN((guint64)size, end - position);
	if (position < self->spooled) {
		gssize got;

		in_file = (gsize)MIN((guint64)size, self->spooled - position);
		got = pread(self->fd, buffer, in_file, (off_t)(position - self->start));
		if (got < (gssize)in_file)
			return got;
	}
	in_tail = size - in_file;
	memcpy(buffer + in_file, self->tail->str + (position + in_file - self->spooled), in_tail);
	return (gssize)size;
}

void
pfs_log_hold(PfsLog *self)
{
	self->holders++;
}

void
pfs_log_release(PfsLog *self)
{
	g_assert(self->holders > 0);
	self->holders--;
}

guint
pfs_log_get_holders(PfsLog *self)
{
	return self->holders;
}

PfsResource *
pfs_log_get_growth(PfsLog *self)
{
	return &self->growth;
}
