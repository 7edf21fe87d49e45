/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * pfs_wipe_init:
 *
 * From now on all memory of libcurl and jansson is wiped when it is freed. To be called once,
 * before any other thread runs.
 */
void pfs_wipe_init(void);

/**
 * pfs_wipe_free:
 * @data: (transfer full) (nullable): memory of malloc() or g_malloc(); wiped, and freed
 */
void pfs_wipe_free(void *data);

/**
 * pfs_wipe_string:
 * @text: (transfer full): a string, whose memory is wiped and freed
 */
void pfs_wipe_string(GString *text);

/**
 * pfs_wipe_bytes_new:
 * @data: (array length=length): copied
 * @length: in bytes
 *
 * Returns: (transfer full): bytes that are wiped with their last reference
 */
GBytes *pfs_wipe_bytes_new(const char *data, gsize length) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_wipe_bytes_new_take:
 * @data: (transfer full) (array length=length): memory of malloc() or g_malloc()
 * @length: in bytes
 *
 * Returns: (transfer full): bytes that are wiped with their last reference
 */
GBytes *pfs_wipe_bytes_new_take(char *data, gsize length) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_wipe_stack:
 *
 * Wipes what functions that have returned have left on the stack.
 */
void pfs_wipe_stack(void);

static inline void
pfs_wipe_cleanup(gpointer variable)
{
	pfs_wipe_free(*(gpointer *)variable);
}

/** PFS_AUTO_WIPE: as g_autofree, for a text that may hold a secret */
#define PFS_AUTO_WIPE __attribute__((cleanup(pfs_wipe_cleanup)))

G_END_DECLS
