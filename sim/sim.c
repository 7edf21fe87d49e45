/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"

#include "answers.h"
#include "events.h"
#include "faults.h"
#include "fleet.h"
#include "journal.h"
#include "ratelimit.h"
#include "people.h"
#include "router.h"
#include "store.h"

/* splitmix64: small, good enough, and the same everywhere */
guint64
sim_hash(guint64 a, guint64 b)
{
	guint64 z = a + 0x9e3779b97f4a7c15u * (b + 1);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

guint64
sim_random(Sim *self)
{
	self->random += 0x9e3779b97f4a7c15u;
	return sim_hash(self->random, 0);
}

int
sim_parse_int(const char *text)
{
	return (int)CLAMP(g_ascii_strtoll(text, NULL, 10), G_MININT, G_MAXINT);
}

int
sim_random_below(Sim *self, int limit)
{
	return (int)(sim_random(self) % (guint64)limit);
}

char *
sim_random_hex(Sim *self, int digits)
{
	GString *out = g_string_sized_new(digits + 16);

	while ((int)out->len < digits)
		g_string_append_printf(out, "%016" G_GINT64_MODIFIER "x", sim_random(self));
	g_string_truncate(out, digits);
	return g_string_free(out, FALSE);
}

char *
sim_random_uuid(Sim *self)
{
	guint64 a = sim_random(self);
	guint64 b = sim_random(self);

	return g_strdup_printf("%08x-%04x-4%03x-%04x-%012" G_GINT64_MODIFIER "x", (guint)(a >> 32),
			       (guint)(a >> 16) & 0xffff, (guint)a & 0xfff,
			       0x8000 | ((guint)(b >> 48) & 0x3fff), b & 0xffffffffffffu);
}

/* Seconds since the start: the clock of everything that moves by itself. */
gint64
sim_tick(Sim *self)
{
	return (g_get_real_time() - self->started_us) / G_USEC_PER_SEC;
}

static char *
time_text(gint64 wall_us, const char *format, int fraction)
{
	g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(wall_us / G_USEC_PER_SEC);
	g_autofree char *head = g_date_time_format(time, format);
	int micros = (int)(wall_us % G_USEC_PER_SEC);

	if (fraction == 3)
		return g_strdup_printf("%s.%03dZ", head, micros / 1000);
	if (fraction == 6)
		return g_strdup_printf("%s.%06dZ", head, micros);
	return g_strdup_printf("%sZ", head);
}

char *
sim_time_text(gint64 wall_us)
{
	return time_text(wall_us, "%Y-%m-%dT%H:%M:%S", 3);
}

char *
sim_time_text_us(gint64 wall_us)
{
	return time_text(wall_us, "%Y-%m-%dT%H:%M:%S", 6);
}

char *
sim_time_text_secs(gint64 wall_us)
{
	return time_text(wall_us, "%Y-%m-%dT%H:%M:%S", 0);
}

char *
sim_now_text(void)
{
	return sim_time_text(g_get_real_time());
}

json_t *
sim_json_now(void)
{
	g_autofree char *text = sim_now_text();

	return json_string(text);
}

/* Returns: microseconds of the wall clock, or -1 when @text is no ISO 8601 time. */
gint64
sim_time_parse(const char *text)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autoptr(GDateTime) time = text ? g_date_time_new_from_iso8601(text, utc) : NULL;

	if (!time && text && strlen(text) == 10) {
		g_autofree char *day = g_strconcat(text, "T00:00:00Z", NULL);

		time = g_date_time_new_from_iso8601(day, utc);
	}
	if (!time)
		return -1;
	return g_date_time_to_unix(time) * G_USEC_PER_SEC + g_date_time_get_microsecond(time);
}

void
sim_json_escape(GString *out, const char *text)
{
	g_string_append_c(out, '"');
	for (const char *at = text; *at; at++) {
		guchar c = (guchar)*at;

		if (c == '"' || c == '\\')
			g_string_append_c(out, '\\'), g_string_append_c(out, c);
		else if (c == '\n')
			g_string_append(out, "\\n");
		else if (c < 0x20)
			g_string_append_printf(out, "\\u%04x", c);
		else
			g_string_append_c(out, c);
	}
	g_string_append_c(out, '"');
}

Sim *
sim_new(const SimOptions *options, GError **error)
{
	g_autoptr(Sim) self = g_new0(Sim, 1);

	self->options = *options;
	self->started_us = g_get_real_time();
	self->random = sim_hash((guint64)options->seed, 0x51);
	self->loop = g_main_loop_new(NULL, FALSE);
	sim_people_init(self);
	sim_store_init(self);
	self->journal = sim_journal_new();
	self->hub = sim_hub_new(self);
	self->limits = sim_limits_new(options->rate_limit, error);
	if (!self->limits)
		return NULL;
	self->faults = sim_faults_new();
	sim_answers_init(self);
	for (char **spec = options->faults; spec && *spec; spec++)
		if (!sim_faults_add(self->faults, *spec, error))
			return NULL;
	sim_fleet_init(self);
	sim_router_seed(self);
	return g_steal_pointer(&self);
}

void
sim_free(Sim *self)
{
	g_clear_handle_id(&self->ticker, g_source_remove);
	g_clear_object(&self->server);
	g_clear_pointer(&self->hub, sim_hub_free);
	g_clear_pointer(&self->faults, sim_faults_free);
	g_clear_pointer(&self->answers, g_ptr_array_unref);
	g_clear_pointer(&self->journal, sim_journal_free);
	g_clear_pointer(&self->limits, sim_limits_free);
	sim_fleet_clear(self);
	sim_store_clear(self);
	sim_people_clear(self);
	g_clear_pointer(&self->loop, g_main_loop_unref);
	g_clear_pointer(&self->access_log, fclose);
	g_free(self);
}
