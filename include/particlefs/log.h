/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

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
 * PfsLogFunc:
 * @log: a log that has grown, or started anew
 * @user_data: as given
 */
typedef void (*PfsLogFunc)(PfsLog *log, gpointer user_data);

/**
 * pfs_log_new:
 * @limit_bytes: a log at this size starts anew as soon as nobody has it open; at ten times this
 *   size it does so in any case
 *
 * Returns: (transfer full): an empty log; its file is made at the first line
 */
PfsLog *pfs_log_new(gsize limit_bytes) G_GNUC_WARN_UNUSED_RESULT;
void pfs_log_free(PfsLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsLog, pfs_log_free)

/**
 * pfs_log_append:
 * @self: a log
 * @line: a line, without its newline; a newline inside must not be there
 * @length: bytes in @line
 * @time_us: wall clock, µs since the epoch; becomes the log's mtime
 *
 * Lines are gathered in memory and written by pfs_log_flush() or when 64 KiB are there; readers see
 * them at once in any case. A file that can't be written (disk full) makes the log start anew.
 */
void pfs_log_append(PfsLog *self, const char *line, gsize length, gint64 time_us);

/** pfs_log_flush: tells the watchers, once for all lines that came since; call after each batch */
void pfs_log_flush(PfsLog *self);

guint64 pfs_log_get_start(PfsLog *self);
guint64 pfs_log_get_end(PfsLog *self);
gint64 pfs_log_get_mtime_us(PfsLog *self);

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

/** pfs_log_hold: somebody has the log open; pfs_log_release: no longer */
void pfs_log_hold(PfsLog *self);
void pfs_log_release(PfsLog *self);
guint pfs_log_get_holders(PfsLog *self);

/**
 * pfs_log_watch:
 * @self: a log
 * @func: runs after each flush that has added lines
 * @user_data: for @func
 *
 * Returns: an ID for pfs_log_unwatch()
 */
guint pfs_log_watch(PfsLog *self, PfsLogFunc func, gpointer user_data);
void pfs_log_unwatch(PfsLog *self, guint id);

G_END_DECLS
