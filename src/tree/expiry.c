/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token's life: asked for when the mount begins and once a day, told in the status, and in the
 * log of errors a week before its end.
 */
#include <errno.h>
#include <string.h>

#include "answer.h"
#include "node.h"

#define ASK_INTERVAL_SECS (24 * 60 * 60)
#define WARN_USEC (G_GINT64_CONSTANT(7) * 24 * 60 * 60 * G_USEC_PER_SEC)

static gint64
parse_time_us(const char *text)
{
	g_autoptr(GDateTime) time = g_date_time_new_from_iso8601(text, NULL);

	return time != NULL ? g_date_time_to_unix(time) * G_USEC_PER_SEC : 0;
}

static void
warn(PfsTree *self, gint64 expires_us)
{
	g_autoptr(GError) error = NULL;

	if (expires_us == 0 || expires_us - g_get_real_time() > WARN_USEC)
		return;
	error = g_error_new(PFS_ERROR, EKEYEXPIRED, "the token expires at %s", self->token_expires);
	pfs_tree_log_failure(self, "/", "token", error);
}

static void
answered_cb(PfsWaiter *waiter)
{
	PfsTree *self = waiter->user_data;
	PfsAnswer *answer = self->token_info;
	g_autoptr(GBytes) expires = NULL;

	if (answer->resource.error != NULL || answer->body == NULL)
		return;
	expires = pfs_answer_pick(answer, pfs_token_row.expires, NULL);
	g_free(self->token_expires);
	self->token_expires = NULL;
	if (expires != NULL && g_bytes_get_size(expires) > 0)
		self->token_expires =
		    g_strndup(g_bytes_get_data(expires, NULL), g_bytes_get_size(expires));
	if (self->token_expires != NULL)
		warn(self, parse_time_us(self->token_expires));
}

static gboolean
ask_cb(gpointer user_data)
{
	PfsTree *self = user_data;
	PfsAccess access;

	pfs_access_init(&access, TRUE);
	if (self->token_waiter.resource == NULL &&
	    pfs_resource_get(&self->token_info->resource, &access, 0, 0) == PFS_PENDING)
		pfs_resource_wait(access.waiting_for, &self->token_waiter);
	pfs_access_clear(&access);
	return G_SOURCE_CONTINUE;
}

void
pfs_tree_watch_token(PfsTree *self)
{
	g_autoptr(json_t) none = json_object();

	self->token_info =
	    pfs_answer_new(self->api, pfs_endpoint_find(pfs_token_row.function), none, NULL, NULL);
	self->token_info->resource.describe = g_strdup("/");
	self->token_waiter.wake = answered_cb;
	self->token_waiter.user_data = self;
	self->token_source = g_timeout_add_seconds(ASK_INTERVAL_SECS, ask_cb, self);
	ask_cb(self);
}

void
pfs_tree_unwatch_token(PfsTree *self)
{
	if (self->token_info == NULL)
		return;
	g_source_remove(self->token_source);
	pfs_waiter_cancel(&self->token_waiter);
	pfs_resource_unref(&self->token_info->resource);
	g_free(self->token_expires);
}

/* Of what is known without asking. */
const char *
pfs_tree_get_token_state(PfsTree *self, const PfsHttpStats *http)
{
	gint64 expires_us = self->token_expires != NULL ? parse_time_us(self->token_expires) : 0;

	if (pfs_token_peek(self->token) == NULL)
		return "none";
	if (http->last_status == 401)
		return "refused";
	if (expires_us > 0 && expires_us < g_get_real_time())
		return "expired";
	return http->last_contact_us > 0 ? "accepted" : "unknown";
}
