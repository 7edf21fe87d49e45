/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * pfs_prompt:
 * @question: what to ask, with its blank behind
 * @secret: whether the answer is not to be seen; it is to be freed by pfs_secret_free() then
 * @error: return location
 *
 * Asks on the controlling terminal, whatever stdin and stdout are.
 *
 * Returns: (transfer full): the answer, without its newline
 */
char *pfs_prompt(const char *question, gboolean secret, GError **error);

G_END_DECLS
