/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

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
