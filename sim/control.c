/* SPDX-License-Identifier: Apache-2.0 */
/* The control interface under /_sim: for tests, from this machine, without a token. */
#include "answers.h"
#include "events.h"
#include "families.h"
#include "faults.h"
#include "fleet.h"
#include "journal.h"
#include "ratelimit.h"
#include "people.h"

#include <string.h>

static void
get_requests(SimRequest *request)
{
	sim_reply_text(request, NULL, sim_journal_dump(request->sim->journal));
}

static void
clear_requests(SimRequest *request)
{
	sim_journal_clear(request->sim->journal);
	sim_reply_ok(request);
}

static void
get_faults(SimRequest *request)
{
	sim_reply(request, 200, sim_faults_list(request->sim->faults));
}

/* {"spec": "status=503,count=3"}, or the same words as members of the object. */
static char *
spec_of(SimRequest *request)
{
	GString *spec = g_string_new(NULL);
	const char *key;
	json_t *value;

	json_object_foreach(request->body, key, value)
	{
		g_autofree char *text = json_is_string(value) ? g_strdup(json_string_value(value))
							      : json_dumps(value, JSON_ENCODE_ANY);

		if (spec->len)
			g_string_append_c(spec, ',');
		if (strcmp(key, "spec") == 0)
			g_string_append(spec, text);
		else if (json_is_true(value))
			g_string_append(spec, key);
		else
			g_string_append_printf(spec, "%s=%s", key, text);
	}
	return g_string_free(spec, FALSE);
}

static void
add_fault(SimRequest *request)
{
	g_autofree char *spec = spec_of(request);
	g_autoptr(GError) error = NULL;
	const char *name = sim_faults_add(request->sim->faults, spec, &error);

	if (name)
		sim_reply(request, 201, json_pack("{s:b, s:s}", "ok", 1, "name", name));
	else
		sim_fail(request, 400, "%s", error->message);
}

static void
clear_faults(SimRequest *request)
{
	sim_faults_clear(request->sim->faults);
	sim_reply_ok(request);
}

static void
remove_fault(SimRequest *request)
{
	if (sim_faults_remove(request->sim->faults, sim_request_param(request, "name")))
		sim_reply_ok(request);
	else
		sim_fail_not_found(request, "Fault");
}

/* See answers.c. */
static void
add_answer(SimRequest *request)
{
	const char *wrong;

	if (sim_answers_add(request->sim, request->body, &wrong))
		sim_reply_ok(request);
	else
		sim_fail(request, 400, "%s", wrong);
}

static void
clear_answers(SimRequest *request)
{
	sim_answers_clear(request->sim);
	sim_reply_ok(request);
}

static SimDevice *
find_device(SimRequest *request)
{
	SimDevice *device = sim_fleet_find(request->sim, sim_request_param(request, "id"));

	for (guint i = 0; !device && i < request->sim->devices->len; i++) {
		SimDevice *each = g_ptr_array_index(request->sim->devices, i);

		if (g_strcmp0(each->name, sim_request_param(request, "id")) == 0)
			device = each;
	}
	if (!device)
		sim_fail_not_found(request, "Device");
	return device;
}

static void
get_device(SimRequest *request)
{
	SimDevice *device = find_device(request);

	if (device)
		sim_reply(request, 200, sim_device_json(request->sim, device, SIM_VIEW_PRODUCT));
}

static void
change_device(SimRequest *request)
{
	SimDevice *device = find_device(request);
	const char *key;
	json_t *value;

	if (!device)
		return;
	json_object_foreach(request->body, key, value)
	{
		if (!sim_device_set_field(request->sim, device, key, value)) {
			sim_fail(request, 400, "%s can't be set to that", key);
			return;
		}
	}
	sim_reply(request, 200, sim_device_json(request->sim, device, SIM_VIEW_PRODUCT));
}

static char *
decode(const char *base64, gsize *out_length)
{
	return (char *)g_base64_decode(base64 ? base64 : "", out_length);
}

/* {"name","data" or "data_base64","coreid"}; or {"raw" or "raw_base64"}: exact bytes. */
static void
send_event(SimRequest *request)
{
	const char *name = sim_request_text(request, "name");
	const char *coreid = sim_request_text(request, "coreid");
	const char *raw = sim_request_text(request, "raw");
	const char *raw_base64 = sim_request_text(request, "raw_base64");
	SimDevice *device = coreid ? sim_fleet_find(request->sim, coreid) : NULL;
	SimUser *user = g_ptr_array_index(request->sim->users, 0);
	g_autofree char *data = NULL;
	int count = 1;
	gsize length;

	if (raw || raw_base64) {
		g_autoptr(GBytes) bytes = NULL;

		data = raw ? g_strdup(raw) : decode(raw_base64, &length);
		bytes = g_bytes_new(data, raw ? strlen(raw) : length);
		sim_event_raw(request->sim, bytes);
		sim_reply_ok(request);
		return;
	}
	if (!name) {
		sim_fail(request, 400, "name is missing");
		return;
	}
	data = sim_request_text(request, "data_base64")
		   ? decode(sim_request_text(request, "data_base64"), &length)
		   : g_strdup(sim_request_text(request, "data"));
	sim_request_number(request, "count", &count);
	for (; count > 0; count--) {
		SimEvent event = { name,
				   data,
				   coreid ? coreid : "api",
				   60,
				   device,
				   device ? device->owner : user,
				   device ? device->product : NULL };

		sim_event_send(request->sim, &event);
	}
	sim_reply_ok(request);
}

static void
drop_streams(SimRequest *request)
{
	sim_hub_drop_streams(request->sim->hub);
	sim_reply_ok(request);
}

/* {"token","action":"expire"|"revoke"|"create", "username", "expires_in"} */
static void
change_token(SimRequest *request)
{
	const char *action = sim_request_text(request, "action");
	const char *text = sim_request_text(request, "token");
	SimToken *token = text ? sim_token_find(request->sim, text) : NULL;
	int life_secs = 0;

	if (g_strcmp0(action, "create") == 0) {
		const char *username = sim_request_text(request, "username");
		SimUser *user = sim_user_find(request->sim, username ? username : SIM_USER);

		sim_request_number(request, "expires_in", &life_secs);
		if (!user)
			sim_fail_not_found(request, "User");
		else
			sim_reply_token(
			    request, 201,
			    sim_token_new(request->sim, user, "particle-cli", life_secs));
	} else if (!token) {
		sim_fail_not_found(request, "Token");
	} else if (g_strcmp0(action, "expire") == 0) {
		token->expires_us = 1;
		sim_reply_ok(request);
	} else if (g_strcmp0(action, "restore") == 0) {
		token->expires_us = 0;
		sim_reply_ok(request);
	} else if (g_strcmp0(action, "revoke") == 0) {
		g_hash_table_remove(request->sim->tokens, text);
		sim_reply_ok(request);
	} else {
		sim_fail(request, 400, "action: create, expire, restore or revoke");
	}
}

static void
get_stats(SimRequest *request)
{
	Sim *sim = request->sim;

	sim_reply(request, 200,
		  json_pack("{s:I, s:i, s:i, s:I, s:i, s:i, s:I}", "requests",
			    (json_int_t)sim->requests, "streams", (int)sim_hub_n_streams(sim->hub),
			    "streams_opened", (int)sim->streams_opened, "events",
			    (json_int_t)sim_hub_n_events(sim->hub), "devices",
			    (int)sim->devices->len, "tokens", (int)g_hash_table_size(sim->tokens),
			    "uptime", (json_int_t)sim_tick(sim)));
}

static void
set_options(SimRequest *request)
{
	Sim *sim = request->sim;
	json_t *rate = sim_request_field(request, "event_rate");

	sim_request_number(request, "latency", &sim->options.latency_ms);
	sim_request_number(request, "device_timeout", &sim->options.device_timeout_ms);
	sim_request_number(request, "flash_time", &sim->options.flash_ms);
	if (json_is_number(rate)) {
		sim->options.event_rate = json_number_value(rate);
		g_clear_handle_id(&sim->ticker, g_source_remove);
		sim_ticker_start(sim);
	}
	sim_reply_ok(request);
}

static void
reset_limits(SimRequest *request)
{
	sim_limits_reset(request->sim->limits);
	sim_reply_ok(request);
}

#define LOCAL(method, path, handler)                                                               \
	{                                                                                          \
		method, SIM_ROOT, "/_sim" path, handler, NULL, SIM_NEEDS_LOOPBACK                  \
	}

/* clang-format off */
const SimRoute sim_control_routes[] = {
	LOCAL("GET",    "/requests",     get_requests),
	LOCAL("DELETE", "/requests",     clear_requests),
	LOCAL("GET",    "/faults",       get_faults),
	LOCAL("POST",   "/faults",       add_fault),
	LOCAL("DELETE", "/faults",       clear_faults),
	LOCAL("DELETE", "/faults/:name", remove_fault),
	LOCAL("POST",   "/answers",      add_answer),
	LOCAL("DELETE", "/answers",      clear_answers),
	LOCAL("GET",    "/devices/:id",  get_device),
	LOCAL("POST",   "/devices/:id",  change_device),
	LOCAL("POST",   "/events",       send_event),
	LOCAL("POST",   "/streams/drop", drop_streams),
	LOCAL("POST",   "/tokens",       change_token),
	LOCAL("POST",   "/options",      set_options),
	LOCAL("POST",   "/limits/reset", reset_limits),
	LOCAL("GET",    "/stats",        get_stats),
	{ NULL },
};
/* clang-format on */
