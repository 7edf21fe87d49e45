/* SPDX-License-Identifier: Apache-2.0 */
#include "retry.h"

#include <curl/curl.h>

#define FIRST_WAIT_US (500 * 1000)
#define LONGEST_WAIT_US (8 * G_USEC_PER_SEC)

static gboolean
is_limited(long http_status)
{
	return http_status == 429 || http_status == 529;
}

static gboolean
is_transient(long http_status)
{
	return http_status >= 500 && http_status <= 504 && http_status != 501;
}

/* What was refused for its number was not processed; anything else may have acted. */
static gboolean
may_repeat(const PfsRetryCase *self)
{
	if (is_limited(self->http_status))
		return TRUE;
	return self->idempotent && (self->unreachable || is_transient(self->http_status));
}

gint64
pfs_retry_wait_us(const PfsRetryCase *self, double random)
{
	gint64 wait_us;

	if (!may_repeat(self) || self->tries > self->retries_max)
		return -1;
	if (self->retry_after_us > self->wait_max_us)
		return -1;
	if (self->retry_after_us >= 0)
		return self->retry_after_us;
	wait_us = MIN((gint64)FIRST_WAIT_US << MIN(self->tries - 1, 8), LONGEST_WAIT_US);
	return (gint64)(random * (double)wait_us);
}

gboolean
pfs_retry_is_for_all(long http_status)
{
	return is_limited(http_status) || http_status == 503;
}

gint64
pfs_retry_after_us(const char *value, gint64 now_secs)
{
	guint64 secs;
	time_t date;

	if (g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT32, &secs, NULL))
		return (gint64)secs * G_USEC_PER_SEC;
	date = curl_getdate(value, NULL);
	if (date < 0)
		return -1;
	/* A year of ten digits is a date as well. */
	return CLAMP((gint64)date - now_secs, 0, G_MAXUINT32) * G_USEC_PER_SEC;
}
