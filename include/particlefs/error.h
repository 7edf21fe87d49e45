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
 * pfs_error_set_retry_us:
 * @error: an error of %PFS_ERROR
 * @retry_us: monotonic time before which the same would only fail again, unsent
 */
void pfs_error_set_retry_us(GError *error, gint64 retry_us);

/**
 * pfs_error_get_retry_us:
 * @error: an error of any domain
 *
 * Returns: what pfs_error_set_retry_us() has set; 0 where nothing is known
 */
gint64 pfs_error_get_retry_us(const GError *error);

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

G_END_DECLS
