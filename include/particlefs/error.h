/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * PFS_ERROR:
 *
 * The one error domain of the project. The code *is* the errno that the file system replies, so
 * that `g_error_matches (error, PFS_ERROR, ENOENT)` is what a shell would see.
 */
#define PFS_ERROR (pfs_error_quark())

/**
 * pfs_error_quark:
 *
 * Returns: the quark of %PFS_ERROR
 */
GQuark pfs_error_quark(void);

/**
 * pfs_error_new_http:
 * @http_status: status of the answer, 100 to 599
 * @code: the errno that the answer means, see pfs_errno_from_http() for the plain case
 * @message: what happened, in the cloud's own words where it had any
 *
 * Makes an error that remembers the HTTP status it came from.
 *
 * Returns: (transfer full): the error
 */
GError *pfs_error_new_http(long http_status, int code,
			   const char *message) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_error_get_http_status:
 * @error: an error of any domain
 *
 * Returns: the HTTP status that @error came from, 0 when there was no answer
 */
long pfs_error_get_http_status(const GError *error);

/**
 * pfs_error_get_errno:
 * @error: an error of any domain
 *
 * Returns: the errno to reply for @error; EIO for a foreign domain that has no mapping
 */
int pfs_error_get_errno(const GError *error);

/**
 * pfs_errno_from_http:
 * @http_status: status of an answer
 *
 * Maps a status to an errno, where nothing more is known of the call (one table, error.c).
 *
 * Returns: an errno; 0 for 1xx to 3xx
 */
int pfs_errno_from_http(long http_status);

/**
 * pfs_errno_get_hint:
 * @code: an errno
 *
 * Returns: (transfer none): one sentence that says what a user can do about it, or an empty string
 */
const char *pfs_errno_get_hint(int code);

/**
 * pfs_text_printable:
 * @text: any bytes
 * @length: their number, or -1 when @text is NUL-terminated
 *
 * Makes text of the cloud safe for a terminal and a log of lines: control characters (ESC, newline
 * and C1 among them) become `\xNN`, what turns the direction of text `\uNNNN`, invalid UTF-8
 * U+FFFD.
 *
 * Returns: (transfer full): the text
 */
char *pfs_text_printable(const char *text, gssize length) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_text_escape_json:
 * @json: JSON
 * @length: its bytes
 *
 * The same JSON for a terminal: characters that control it are written as `\uNNNN`.
 *
 * Returns: (transfer full): the text
 */
char *pfs_text_escape_json(const char *json, gsize length) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_text_repair:
 * @text: any bytes
 * @length: (inout): their number
 *
 * Makes valid UTF-8 of bytes that should be: what is not becomes U+FFFD. NUL is left as it is.
 *
 * Returns: (transfer full) (nullable): the text; NULL where @text is valid already
 */
char *pfs_text_repair(const char *text, gsize *length) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_text_empty:
 * @text: a text that is used again and again
 *
 * Takes all out of it. Room over 256 KiB is given back: one large text would keep it for good.
 */
void pfs_text_empty(GString *text);

G_END_DECLS
