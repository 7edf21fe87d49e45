/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * PFS_JSON_DEPTH_MAX:
 *
 * How many containers may stand in each other; deeper JSON is refused. Nothing that is not an
 * attack needs more (RFC 8259, section 9 allows a limit).
 */
#define PFS_JSON_DEPTH_MAX 64

/**
 * PfsValueKind:
 * @PFS_VALUE_NONE: no such key
 * @PFS_VALUE_NULL: null
 * @PFS_VALUE_FALSE: false
 * @PFS_VALUE_TRUE: true
 * @PFS_VALUE_NUMBER: a number, as text that the cloud sent
 * @PFS_VALUE_STRING: a string, unescaped, valid UTF-8; may hold NUL
 * @PFS_VALUE_JSON: an array or object, as its text
 */
typedef enum {
	PFS_VALUE_NONE,
	PFS_VALUE_NULL,
	PFS_VALUE_FALSE,
	PFS_VALUE_TRUE,
	PFS_VALUE_NUMBER,
	PFS_VALUE_STRING,
	PFS_VALUE_JSON,
} PfsValueKind;

/**
 * PfsJsonStream:
 *
 * JSON that is told as it arrives (yajl). Nothing recurses, no tree is built, and a number stays
 * the text that it was.
 */
typedef struct _PfsJsonStream PfsJsonStream;

/**
 * PfsJsonChoice:
 * @PFS_JSON_REFUSE: it must not stand here: the text fails
 * @PFS_JSON_ENTER: its members are told, and its end
 * @PFS_JSON_TAKE: it is told as one value, of kind %PFS_VALUE_JSON, when it has ended
 *
 * What becomes of a container.
 */
typedef enum {
	PFS_JSON_REFUSE,
	PFS_JSON_ENTER,
	PFS_JSON_TAKE,
} PfsJsonChoice;

/**
 * PfsJsonHandler:
 * @value: a value; @text, valid UTF-8 of @length bytes, is %NULL for null, false and true
 * @key: the key of the member that comes next
 * @begin: a container begins
 * @end: one that was entered has ended
 *
 * Whom a text is told. Each gets the @user_data of pfs_json_stream_new(), and may return %FALSE to
 * have the text fail. Texts are borrowed until the function returns.
 */
typedef struct {
	gboolean (*value)(gpointer user_data, PfsValueKind kind, const char *text, gsize length);
	gboolean (*key)(gpointer user_data, const char *text, gsize length);
	PfsJsonChoice (*begin)(gpointer user_data, gboolean array);
	gboolean (*end)(gpointer user_data, gboolean array);
} PfsJsonHandler;

/**
 * pfs_json_stream_new:
 * @handler: (transfer none): lives as long as the stream
 * @user_data: for its functions
 *
 * Returns: (transfer full): a stream that has read nothing
 */
PfsJsonStream *pfs_json_stream_new(const PfsJsonHandler *handler,
				   gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_json_stream_free:
 * @self: (nullable): a stream
 *
 * Frees it.
 */
void pfs_json_stream_free(PfsJsonStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsJsonStream, pfs_json_stream_free)

/**
 * pfs_json_stream_feed:
 * @self: a stream
 * @text: what comes next of the JSON
 * @length: its bytes
 *
 * Tells the handler of all that has come whole.
 *
 * Returns: %FALSE when the text is no JSON, too deep, or the handler would not have it
 */
gboolean pfs_json_stream_feed(PfsJsonStream *self, const char *text, gsize length);

/**
 * pfs_json_stream_finish:
 * @self: a stream
 *
 * Says that the text has ended.
 *
 * Returns: %FALSE when it is not whole
 */
gboolean pfs_json_stream_finish(PfsJsonStream *self);

G_END_DECLS
