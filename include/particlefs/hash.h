/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * pfs_text_hash:
 * @text: a text, NUL-terminated
 *
 * As g_str_hash(), for tables whose keys others choose: the cloud, or whoever names something in
 * it. Nobody outside of this process knows which texts have the same hash: a hundred thousand of
 * those would make a table a list.
 *
 * Returns: the hash
 */
guint pfs_text_hash(gconstpointer text);

/**
 * pfs_bytes_hash:
 * @data: (array length=length): any bytes
 * @length: their number
 *
 * Returns: their hash, as pfs_text_hash() has it
 */
guint pfs_bytes_hash(const char *data, gsize length);

/**
 * pfs_bytes_digest:
 * @data: (array length=length): any bytes
 * @length: their number
 *
 * Tells whether two contents are the same of which one is no longer there: who does not know the
 * process's key makes two that have the same digest by one chance in 2^64.
 *
 * Returns: their digest
 */
guint64 pfs_bytes_digest(const char *data, gsize length);

G_END_DECLS
