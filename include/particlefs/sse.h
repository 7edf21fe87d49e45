/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * PfsSse:
 *
 * Parser of a text/event-stream (HTML Living Standard, 9.2.6), fed with any cut of the bytes.
 * Comments, `id` and `retry` are passed over; a BOM, CR, LF and CRLF are understood.
 */
typedef struct _PfsSse PfsSse;

/**
 * PfsSseFunc:
 * @name: event name, `message` where the stream gave none; may hold any byte; NUL-terminated too
 * @name_length: bytes in @name
 * @data: data lines joined by newlines; may hold any byte; NUL-terminated too
 * @data_length: bytes in @data
 * @user_data: as given
 */
typedef void (*PfsSseFunc)(const char *name, gsize name_length, const char *data, gsize data_length,
			   gpointer user_data);

/**
 * pfs_sse_new:
 * @max_event_bytes: an event beyond this is dropped whole
 * @event: runs once for each event, from inside pfs_sse_feed()
 * @user_data: for @event
 *
 * Returns: (transfer full): the parser
 */
PfsSse *pfs_sse_new(gsize max_event_bytes, PfsSseFunc event,
		    gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_sse_free:
 * @self: (nullable): a parser
 */
void pfs_sse_free(PfsSse *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsSse, pfs_sse_free)

/**
 * pfs_sse_feed:
 * @self: a parser
 * @data: bytes of the stream, behind those that it was fed before
 * @length: their number
 */
void pfs_sse_feed(PfsSse *self, const char *data, gsize length);

/**
 * pfs_sse_reset:
 * @self: a parser
 *
 * Forgets an event that is not complete: for a new connection.
 */
void pfs_sse_reset(PfsSse *self);

/**
 * pfs_sse_get_dropped:
 * @self: a parser
 *
 * Returns: number of events that were larger than the limit
 */
guint64 pfs_sse_get_dropped(PfsSse *self);

G_END_DECLS
