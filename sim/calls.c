/* SPDX-License-Identifier: Apache-2.0 */
/* Variables and functions: what goes to the device, and may not come back. */
#include "events.h"
#include "families.h"
#include "fleet.h"

#include <string.h>

static gboolean
answers(SimRequest *request)
{
	request->delay_ms += request->device->latency_ms;
	return sim_request_reaches(request);
}

static json_t *
core_info(const SimDevice *device)
{
	g_autofree char *handshake = sim_time_text(device->last_handshake_us);
	g_autofree char *heard = sim_time_text(sim_device_last_heard(device));

	return json_pack("{s:s?, s:s, s:b, s:s, s:s, s:s, s:i}", "name", device->name, "deviceID",
			 device->id, "connected", device->online, "last_handshake_at", handshake,
			 "last_heard", heard, "last_app", "", "product_id",
			 sim_device_product_id(device));
}

static gboolean
is_raw(SimRequest *request)
{
	return g_strcmp0(sim_request_query(request, "format"), "raw") == 0 ||
	       g_strcmp0(sim_request_text(request, "format"), "raw") == 0;
}

static char *
bare_text(const json_t *value)
{
	return json_is_string(value) ? g_strdup(json_string_value(value))
				     : json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(10));
}

/* An unknown variable is known to be unknown without asking the device. */
static void
get_variable(SimRequest *request)
{
	const char *name = sim_request_param(request, "variable");
	json_t *value = sim_device_variable(request->sim, request->device, name);

	if (!value) {
		sim_fail(request, 404, "Variable not found");
	} else if (!answers(request)) {
		json_decref(value);
		sim_reply(request, 408, json_pack("{s:s}", "error", "Timed out."));
	} else if (is_raw(request)) {
		sim_reply_text(request, "text/plain; charset=utf-8", bare_text(value));
		json_decref(value);
	} else {
		sim_reply(request, 200,
			  json_pack("{s:s, s:s, s:o, s:o}", "cmd", "VarReturn", "name", name,
				    "result", value, "coreInfo", core_info(request->device)));
	}
}

static char *
argument_of(SimRequest *request)
{
	static const char *const names[] = { "args", "arg", "params" };

	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		json_t *value = sim_request_field(request, names[i]);

		if (json_is_string(value))
			return g_strdup(json_string_value(value));
		if (value && !json_is_null(value))
			return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	}
	return g_strdup("");
}

static void
call_function(SimRequest *request)
{
	const char *name = sim_request_param(request, "function");
	SimDevice *device = request->device;
	g_autofree char *argument = argument_of(request);
	g_autofree char *event = NULL;
	int result;

	if (!sim_device_has_function(device, name)) {
		sim_fail(request, 404, "Function %s not found", name);
		return;
	}
	if (strlen(argument) > 1024) {
		sim_fail_oauth(request, 400, "invalid_request", "The argument is over 1024 bytes");
		return;
	}
	if (!answers(request)) {
		sim_fail(request, 400, "Timed out.");
		return;
	}
	result = sim_device_call(request->sim, device, name, argument);
	event = g_strconcat("call/", name, NULL);
	sim_event_device(request->sim, device, event, argument);
	if (is_raw(request))
		sim_reply_text(request, "text/plain; charset=utf-8", g_strdup_printf("%d", result));
	else
		sim_reply(request, 200,
			  json_pack("{s:s, s:s?, s:n, s:b, s:i}", "id", device->id, "name",
				    device->name, "last_app", "connected", 1, "return_value",
				    result));
}

/* clang-format off */
const SimRoute sim_calls_routes[] = {
	{ "GET",  SIM_OWN | SIM_PRODUCT, "/devices/:device/:variable", get_variable,  "devices.variable:get" },
	{ "POST", SIM_OWN | SIM_PRODUCT, "/devices/:device/:function", call_function, "devices.function:call" },
	{ NULL },
};
/* clang-format on */
