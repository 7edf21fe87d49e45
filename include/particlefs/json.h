/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <jansson.h>

G_BEGIN_DECLS

/* Lets g_autoptr() work on jansson's type. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

/**
 * pfs_json_load:
 * @text: what the cloud calls JSON
 * @length: bytes in @text
 *
 * Reads a document as a tree. What jansson can't hold does not lose the rest: half a surrogate pair
 * and bytes that are no UTF-8 become `?` or U+FFFD, a number out of range becomes the string of its
 * digits.
 *
 * Returns: (transfer full) (nullable): the tree; NULL for what is not JSON, or has over 500,000
 * values, which would take a hundred times their text
 */
json_t *pfs_json_load(const char *text, gsize length) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_json_parse:
 * @text: what a user calls JSON: an object or an array
 * @error: EINVAL, with the line and the column of what is wrong, and nothing of @text, in which
 *   passwords may stand
 *
 * Reads a document as a tree, and refuses what is not whole: a key that stands there twice, too.
 *
 * Returns: (transfer full) (nullable): the tree; NULL with @error
 */
json_t *pfs_json_parse(const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
