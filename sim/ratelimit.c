/* SPDX-License-Identifier: Apache-2.0 */
#include "ratelimit.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#define MAX_FAILED_LOGINS 10
#define BLOCKED_SECS 1800

/* clang-format off */
static const struct {
	const char *name;
	int requests;
	int secs;
} named_limits[] = {
	{ "oauth",          100, 300 },
	{ "tokens",         100, 300 },
	{ "users",          100, 300 },
	{ "password-reset", 100, 300 },
	{ "streams",        100, 300 },
	{ "serial",          50, 3600 },
};
/* clang-format on */

struct _SimLimits {
	int requests; /* 0: no limits at all */
	int secs;
	GHashTable *windows; /* "name address" -> Window */
};

typedef struct {
	gint64 since_us;
	int count;
} Window;

/* @spec: "REQUESTS/SECONDS", or "0" for none; NULL: the cloud's */
SimLimits *
sim_limits_new(const char *spec, GError **error)
{
	SimLimits *self = g_new0(SimLimits, 1);
	char rest = 0;

	self->requests = 10000;
	self->secs = 300;
	self->windows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	if (spec && strcmp(spec, "0") == 0) {
		self->requests = 0;
		/* One out of range is not what was meant, and that shows.
		 * NOLINTNEXTLINE(cert-err34-c) */
	} else if (spec && (sscanf(spec, "%d/%d%c", &self->requests, &self->secs, &rest) != 2 ||
			    self->requests < 1 || self->secs < 1)) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "rate limit \"%s\" is not REQUESTS/SECONDS or 0", spec);
		g_clear_pointer(&self, sim_limits_free);
	}
	return self;
}

void
sim_limits_free(SimLimits *self)
{
	g_hash_table_unref(self->windows);
	g_free(self);
}

void
sim_limits_reset(SimLimits *self)
{
	g_hash_table_remove_all(self->windows);
}

gboolean
sim_limits_enabled(SimLimits *self)
{
	return self->requests > 0;
}

static Window *
window_of(SimLimits *self, const char *name, SoupServerMessage *message)
{
	const char *host = soup_server_message_get_remote_host(message);
	g_autofree char *key = g_strdup_printf("%s %s", name, host ? host : "");
	Window *window = g_hash_table_lookup(self->windows, key);

	if (!window) {
		window = g_new0(Window, 1);
		g_hash_table_insert(self->windows, g_steal_pointer(&key), window);
	}
	return window;
}

static int
left_of(const Window *window, int secs)
{
	return secs - (int)((g_get_monotonic_time() - window->since_us) / G_USEC_PER_SEC);
}

void
sim_limits_note_login(SimLimits *self, SoupServerMessage *message, gboolean failed)
{
	Window *window = window_of(self, "failed logins", message);

	window->count = failed ? window->count + 1 : 0;
	window->since_us = g_get_monotonic_time();
}

/* After too many that failed, one after the other, no password is looked at for a while. */
gboolean
sim_limits_allow_login(SimLimits *self, SoupServerMessage *message, int *out_retry_secs)
{
	Window *window = window_of(self, "failed logins", message);

	*out_retry_secs = left_of(window, BLOCKED_SECS);
	if (window->count >= MAX_FAILED_LOGINS && *out_retry_secs <= 0)
		window->count = 0;
	return !sim_limits_enabled(self) || window->count < MAX_FAILED_LOGINS;
}

/* @name: of the limit; @window_name: of what is counted, since many routes may have one limit each
 */
gboolean
sim_limits_take(SimLimits *self, const char *name, const char *window_name,
		SoupServerMessage *message, int *out_retry_secs)
{
	Window *window;
	gint64 now = g_get_monotonic_time();
	int requests = self->requests;
	int secs = self->secs;

	if (!sim_limits_enabled(self))
		return TRUE;
	for (guint i = 0; i < G_N_ELEMENTS(named_limits); i++) {
		if (strcmp(named_limits[i].name, name) == 0) {
			requests = named_limits[i].requests;
			secs = named_limits[i].secs;
		}
	}
	window = window_of(self, window_name, message);
	if (!window->count || now - window->since_us >= (gint64)secs * G_USEC_PER_SEC) {
		window->since_us = now;
		window->count = 0;
	}
	*out_retry_secs = left_of(window, secs);
	return window->count < requests && ++window->count;
}

void
sim_fail_limit(SimRequest *request, int retry_secs)
{
	g_autofree char *text = g_strdup_printf("%d", retry_secs);

	soup_message_headers_replace(request->headers, "Retry-After", text);
	sim_fail_oauth(request, 429, "too_many_requests", "Too many requests, slow down");
}
