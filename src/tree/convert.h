/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What files show that the cloud says otherwise; each a column of a row. NULL with EBADMSG. */

/* {"logs": […]} as text: time, level and what was logged, a line an entry. */
GBytes *pfs_convert_logs(GBytes *answer, GError **error);

/* A list of access tokens, each cut to its first 6 characters. */
GBytes *pfs_convert_tokens(GBytes *answer, GError **error);

/* What can be built, by platform: {"boron": {"6.3.0": {…}, …}, …}. */
GBytes *pfs_convert_targets(GBytes *answer, GError **error);

/* A number, or {"version": …, "flash": …}, as parameters of a lock. NULL with EINVAL. */
char *pfs_translate_version(const char *text, GError **error);

/* A switch, as a read shows it again: on or off. NULL with EINVAL. */
char *pfs_translate_switch(const char *text, GError **error);

/* An integration's record, which is all that it is, as parameters of an edit; those as they are. */
char *pfs_translate_integration(const char *text, GError **error);

/* Lines as a JSON array; JSON as it is. */
char *pfs_translate_lines(const char *text, GError **error);

/* What a compiler said: {"errors": […]} as it is; else "sizeInfo", "stdout" or "output". */
GBytes *pfs_convert_compiler_log(GBytes *answer, GError **error);

/* Lines `KEY=value` and `-KEY` as operations on environment variables; JSON as it is. NULL with
 * EINVAL. */
char *pfs_translate_env(const char *text, GError **error);

G_END_DECLS
