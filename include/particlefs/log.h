/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include <particlefs/resource.h>

G_BEGIN_DECLS

/**
 * PfsLog:
 *
 * A log of lines that grows, kept in an unlinked file. Every position is absolute and only grows;
 * a log that was full starts anew, so that its file begins at pfs_log_get_start(). A size never
 * ends inside a line.
 */
typedef struct _PfsLog PfsLog;

/**
 * PfsLogQuota:
 * @limit_bytes: what the logs together may hold
 * @used_bytes: what they hold
 *
 * Shared by logs that have one limit.
 */
typedef struct {
	guint64 limit_bytes;
	guint64 used_bytes;
} PfsLogQuota;

/**
 * PfsLogLostFunc:
 * @since_us: wall clock, µs since the epoch: when the first of the lines came that are lost
 * @reason: why
 * @user_data: as given
 *
 * Returns: (transfer full): a line that tells so
 */
typedef char *(*PfsLogLostFunc)(gint64 since_us, const char *reason, gpointer user_data);

/**
 * pfs_log_new:
 * @quota: limit: a log that nobody has open starts anew when it is reached; one that is open does
 * so when it alone holds ten times as much. Borrowed
 *
 * Returns: (transfer full): an empty log; its file is made when 64 KiB are there
 */
PfsLog *pfs_log_new(PfsLogQuota *quota) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_log_free:
 * @self: (nullable): a log for whose growth nobody waits
 *
 * Gives its bytes back to its quota.
 */
void pfs_log_free(PfsLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsLog, pfs_log_free)

/**
 * pfs_log_set_lost_func:
 * @self: a log
 * @func: (nullable): makes the line with which it begins when it starts anew while somebody has it
 * open
 * @user_data: for @func
 */
void pfs_log_set_lost_func(PfsLog *self, PfsLogLostFunc func, gpointer user_data);

/**
 * pfs_log_append:
 * @self: a log
 * @line: a line, without its newline; a newline inside must not be there
 * @length: bytes in @line
 *
 * Lines are gathered in memory and spooled 64 KiB at a time; readers see them at once in any case.
 * A file that can't be written (disk full) makes the log start anew.
 */
void pfs_log_append(PfsLog *self, const char *line, gsize length);

/**
 * pfs_log_flush:
 * @self: a log
 * @time_us: wall clock, µs since the epoch; becomes the log's mtime
 *
 * Wakes who waits for more, once for all lines that came since; to be called after each batch.
 */
void pfs_log_flush(PfsLog *self, gint64 time_us);

/**
 * pfs_log_get_start:
 * @self: a log
 *
 * Returns: absolute position of the first byte that is still there
 */
guint64 pfs_log_get_start(PfsLog *self);

/**
 * pfs_log_get_end:
 * @self: a log
 *
 * Returns: absolute position behind the last byte
 */
guint64 pfs_log_get_end(PfsLog *self);

/**
 * pfs_log_get_mtime_us:
 * @self: a log
 *
 * Returns: wall clock, µs since the epoch: the time of the last flush that had lines; 0 for none
 */
gint64 pfs_log_get_mtime_us(PfsLog *self);

/**
 * pfs_log_catch_up:
 * @self: a log
 * @position: up to where a reader has read; moved to where it reads on
 *
 * To a reader that had read all the line about lost ones is not told.
 *
 * Returns: whether lines are lost that the reader has not read
 */
gboolean pfs_log_catch_up(PfsLog *self, guint64 *position);

/**
 * pfs_log_read:
 * @self: a log
 * @position: absolute; positions before the start are read from the start on
 * @buffer: for the bytes
 * @size: room in @buffer
 *
 * Returns: bytes read, 0 at the end; -1 with errno on failure
 */
gssize pfs_log_read(PfsLog *self, guint64 position, char *buffer, gsize size);

/**
 * pfs_log_hold:
 * @self: a log
 *
 * Somebody has it open. To be given back by pfs_log_release().
 */
void pfs_log_hold(PfsLog *self);

/**
 * pfs_log_release:
 * @self: a log that was held
 */
void pfs_log_release(PfsLog *self);

/**
 * pfs_log_get_holders:
 * @self: a log
 *
 * Returns: how many have it open
 */
guint pfs_log_get_holders(PfsLog *self);

/**
 * pfs_log_get_growth:
 * @self: a log
 *
 * Returns: (transfer none): wakes who waits for it after each flush that has added lines
 */
PfsResource *pfs_log_get_growth(PfsLog *self);

G_END_DECLS
