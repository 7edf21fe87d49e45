/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file is the log's spool: it has no name, so that it goes with the process, and its page cache is
 * the kernel's to reclaim. The last lines stay in memory until 64 KiB of them are there, which makes
 * one write of hundreds of lines; a reader gets them from there.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <particlefs/log.h>

#define TAIL_BYTES (64 * 1024)
#define HARD_LIMIT_FACTOR 10

typedef struct {
	guint id;
	PfsLogFunc func;
	gpointer user_data;
} Watch;

struct _PfsLog {
	gsize limit_bytes;
	int fd;		/* -1 until the first write */
	guint64 start;	/* absolute position of the file's first byte */
	guint64 spooled; /* absolute position behind the last byte in the file */
	GString *tail;
	gint64 mtime_us;
	guint holders;
	gboolean grown;
	GArray *watches;
	guint last_watch;
};

PfsLog *
pfs_log_new(gsize limit_bytes)
{
	PfsLog *self = g_new0(PfsLog, 1);

	self->limit_bytes = limit_bytes;
	self->fd = -1;
	self->tail = g_string_new(NULL);
	self->watches = g_array_new(FALSE, FALSE, sizeof(Watch));
	return self;
}

void
pfs_log_free(PfsLog *self)
{
	if (self == NULL)
		return;
	if (self->fd >= 0)
		close(self->fd);
	g_string_free(self->tail, TRUE);
	g_array_unref(self->watches);
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

static int
open_spool(void)
{
	const char *directories[] = { g_getenv("XDG_RUNTIME_DIR"), "/var/tmp", "/tmp" };
	int fd = -1;

	for (guint i = 0; i < G_N_ELEMENTS(directories) && fd < 0; i++)
		if (directories[i] != NULL)
			fd = open(directories[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return fd;
}

static void
start_anew(PfsLog *self)
{
	self->start = self->spooled = pfs_log_get_end(self);
	g_string_truncate(self->tail, 0);
	if (self->fd >= 0 && ftruncate(self->fd, 0) != 0) {
		close(self->fd);
		self->fd = -1;
	}
}

static gboolean
write_all(int fd, const char *data, gsize length, guint64 offset)
{
	while (length > 0) {
		gssize written = pwrite(fd, data, length, (off_t)offset);

		if (written < 0 && errno == EINTR)
			continue;
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
		self->fd = open_spool();
	if (self->fd < 0 || !write_all(self->fd, self->tail->str, self->tail->len,
				       self->spooled - self->start)) {
		start_anew(self);
		return;
	}
	self->spooled += self->tail->len;
	g_string_truncate(self->tail, 0);
}

static void
keep_limits(PfsLog *self)
{
	guint64 size = pfs_log_get_end(self) - self->start;

	if ((self->holders == 0 && size >= self->limit_bytes) ||
	    size >= (guint64)self->limit_bytes * HARD_LIMIT_FACTOR)
		start_anew(self);
}

void
pfs_log_append(PfsLog *self, const char *line, gsize length, gint64 time_us)
{
	keep_limits(self);
	g_string_append_len(self->tail, line, (gssize)length);
	g_string_append_c(self->tail, '\n');
	self->mtime_us = MAX(time_us, self->mtime_us + 1);
	self->grown = TRUE;
	if (self->tail->len >= TAIL_BYTES)
		spool(self);
}

void
pfs_log_flush(PfsLog *self)
{
	g_autoptr(GArray) watches = NULL;

	if (!self->grown)
		return;
	self->grown = FALSE;
	watches = g_array_copy(self->watches);
	for (guint i = 0; i < watches->len; i++) {
		Watch *watch = &g_array_index(watches, Watch, i);

		watch->func(self, watch->user_data);
	}
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

guint
pfs_log_watch(PfsLog *self, PfsLogFunc func, gpointer user_data)
{
	Watch watch = { ++self->last_watch, func, user_data };

	g_array_append_val(self->watches, watch);
	return watch.id;
}

void
pfs_log_unwatch(PfsLog *self, guint id)
{
	for (guint i = 0; i < self->watches->len; i++) {
		if (g_array_index(self->watches, Watch, i).id == id) {
			g_array_remove_index(self->watches, i);
			return;
		}
	}
}
