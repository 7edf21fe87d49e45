/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is known of a try that did not succeed. */
typedef struct {
	gboolean idempotent;   /* GET or HEAD */
	long http_status;      /* 0: no answer */
	gboolean unreachable;  /* no answer since the connection failed or broke */
	gint64 retry_after_us; /* as the answer asked; -1: it did not */
	guint tries;	       /* made so far */
	guint retries_max;
	gint64 wait_max_us; /* who is asked to wait longer gets the answer at once */
} PfsRetryCase;

/* How long to wait before the next try, in µs; -1: there is none, the outcome stands.
 * @random is from 0 to 1: full jitter. */
gint64 pfs_retry_wait_us(const PfsRetryCase *self, double random);

/* Whether a Retry-After with that status is for all of its kind, and not for the one request: there
 * were too many, or the cloud is down. */
gboolean pfs_retry_is_for_all(long http_status);

/* Reads a Retry-After header (RFC 9110, 10.2.3): seconds or an HTTP date; -1 when it is neither. */
gint64 pfs_retry_after_us(const char *value, gint64 now_secs);

G_END_DECLS
