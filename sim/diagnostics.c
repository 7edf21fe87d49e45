/* SPDX-License-Identifier: Apache-2.0 */
/* Device vitals: the last, a history of 30 days, a refresh. */
#include "events.h"
#include "families.h"
#include "fleet.h"

#include <string.h>

#define HISTORY_STEP_US (6 * 3600 * (gint64)G_USEC_PER_SEC)
#define HISTORY_US (30 * 24 * 3600 * (gint64)G_USEC_PER_SEC)

static json_t *
signal_vitals(const SimDevice *device, guint64 dice)
{
	double strength = 40 + (double)(dice % 600) / 10;
	gboolean cellular = sim_device_is_cellular(device);

	return json_pack("{s:s, s:f, s:s, s:i, s:s, s:s, s:i, s:s}", "at",
			 cellular ? "LTE Cat-M1" : "Wi-Fi", "strength", strength, "strength_units",
			 "%", "strengthv", -50 - (int)(dice % 50), "strengthv_units", "dBm",
			 "strengthv_type", cellular ? "RSRP" : "RSSI", "quality",
			 50 + (int)(dice % 50), "quality_units", "%");
}

static json_t *
network_vitals(const SimDevice *device, guint64 dice)
{
	json_t *network =
	    json_pack("{s:o, s:{s:s, s:i, s:i, s:i, s:s}}", "signal", signal_vitals(device, dice),
		      "connection", "status", "connected", "error", 0, "disconnects",
		      (int)(dice % 4), "attempts", 1, "disconnect_reason", "none");

	if (sim_device_is_cellular(device))
		json_object_set_new(network, "cellular",
				    json_pack("{s:s, s:s, s:{s:i, s:s, s:i, s:i}}",
					      "radio_access_technology", "LTE", "operator", "AT&T",
					      "cell_global_identity", "mobile_country_code", 310,
					      "mobile_network_code", "410", "location_area_code",
					      12345, "cell_id", 67890000 + (int)(dice % 1000)));
	return network;
}

static json_t *
vitals(const SimDevice *device, guint64 dice)
{
	json_t *power = json_pack("{s:s}", "source", "USB host");

	if (sim_device_is_cellular(device))
		json_object_set_new(power, "battery",
				    json_pack("{s:f, s:s}", "charge",
					      60 + (double)(dice % 400) / 10, "state", "charged"));
	return json_pack(
	    "{s:o, s:{s:{s:s, s:i, s:i, s:i, s:s}, s:{s:i, s:i, s:i, s:i}, s:{s:i}}, s:o, "
	    "s:{s:i, s:{s:i, s:i}}}",
	    "network", network_vitals(device, dice), "cloud", "connection", "status", "connected",
	    "error", 0, "attempts", 1, "disconnects", (int)(dice % 3), "disconnect_reason", "none",
	    "coap", "transmit", 40, "retransmit", (int)(dice % 5), "unack", 0, "round_trip",
	    200 + (int)(dice % 400), "publish", "rate_limited", 0, "power", power, "system",
	    "uptime", 86400 + (int)(dice % 86400), "memory", "used", 70000 + (int)(dice % 9000),
	    "total", 162128);
}

static json_t *
record(const SimDevice *device, gint64 at_us)
{
	g_autofree char *time = sim_time_text(at_us);
	guint64 dice = sim_hash(device->index + 99, (guint64)(at_us / HISTORY_STEP_US));

	return json_pack("{s:s, s:s, s:{s:o, s:{s:{s:s}, s:{s:i, s:{s:i}}, s:{s:i}}}}",
			 "updated_at", time, "deviceID", device->id, "payload", "device",
			 vitals(device, dice), "service", "device", "status", "ok", "cloud",
			 "uptime", 86390, "publish", "sent", 1, "coap", "round_trip", 410);
}

static gint64
last_record_us(const SimDevice *device)
{
	gint64 heard = sim_device_last_heard(device);

	return heard - heard % HISTORY_STEP_US;
}

static void
get_last(SimRequest *request)
{
	if (!request->device->last_handshake_us) {
		sim_fail_not_found(request, "Diagnostics");
		return;
	}
	sim_reply(request, 200,
		  json_pack("{s:o}", "diagnostics",
			    record(request->device, last_record_us(request->device))));
}

static char *
csv_of(json_t *rows)
{
	GString *out = g_string_new("updated_at,device_id,signal_strength,round_trip,memory_used,"
				    "uptime\r\n");
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		double strength = 0;
		int trip = 0;
		int used = 0;
		int uptime = 0;
		const char *time = "";
		const char *id = "";

		json_unpack(row, "{s:s, s:s, s:{s:{s:{s:{s:f}}, s:{s:{s:i}}, s:{s:{s:i}, s:i}}}}",
			    "updated_at", &time, "deviceID", &id, "payload", "device", "network",
			    "signal", "strength", &strength, "cloud", "coap", "round_trip", &trip,
			    "system", "memory", "used", &used, "uptime", &uptime);
		g_string_append_printf(out, "%s,%s,%.1f,%d,%d,%d\r\n", time, id, strength, trip,
				       used, uptime);
	}
	return g_string_free(out, FALSE);
}

static gboolean
take_range(SimRequest *request, gint64 *out_from, gint64 *out_to)
{
	const char *start = sim_request_query(request, "start_date");
	const char *end = sim_request_query(request, "end_date");

	*out_to = end ? sim_time_parse(end) : g_get_real_time();
	*out_from = start ? sim_time_parse(start) : *out_to - HISTORY_US;
	if (*out_from >= 0 && *out_to >= 0)
		return TRUE;
	sim_reply(request, 400,
		  json_pack("{s:s, s:s}", "error", "bad_request", "description",
			    "start_date and end_date must be ISO8601 formatted"));
	return FALSE;
}

static void
get_history(SimRequest *request)
{
	const char *accept = soup_message_headers_get_one(
	    soup_server_message_get_request_headers(request->message), "Accept");
	gint64 oldest = g_get_real_time() - HISTORY_US;
	json_t *rows;
	gint64 from;
	gint64 to;

	if (!take_range(request, &from, &to))
		return;
	rows = json_array();
	for (gint64 at = last_record_us(request->device); at >= MAX(from, oldest);
	     at -= HISTORY_STEP_US)
		if (at <= to)
			json_array_append_new(rows, record(request->device, at));
	if (accept && strstr(accept, "text/csv")) {
		sim_reply_text(request, "text/csv; charset=utf-8", csv_of(rows));
		json_decref(rows);
		return;
	}
	sim_reply(request, 200, json_pack("{s:o}", "diagnostics", rows));
}

typedef struct {
	Sim *sim;
	SimDevice *device;
} Refresh;

static gboolean
refresh_cb(gpointer data)
{
	Refresh *self = data;
	json_t *now = vitals(self->device, (guint64)g_get_real_time() / G_USEC_PER_SEC);
	g_autofree char *text = json_dumps(now, JSON_COMPACT | JSON_REAL_PRECISION(5));

	json_decref(now);
	sim_event_device(self->sim, self->device, "spark/device/diagnostics/update", text);
	g_free(self);
	return G_SOURCE_REMOVE;
}

static void
refresh(SimRequest *request)
{
	Refresh *later;

	if (!sim_request_reaches(request)) {
		sim_reply(request, 408, json_pack("{s:s}", "error", "Timed out."));
		return;
	}
	later = g_new0(Refresh, 1);
	later->sim = request->sim;
	later->device = request->device;
	g_timeout_add(50, refresh_cb, later);
	sim_reply(request, 202, json_pack("{s:b}", "ok", 1));
}

static void
get_metadata(SimRequest *request)
{
	sim_reply(request, 200,
		  json_pack("{s:{s:{s:{s:i}}, s:{s:{s:i}}}}", "diagnostics_metadata", "device",
			    "signal_strength", "warning", 30, "service", "round_trip", "warning",
			    5000));
}

static void
get_summary(SimRequest *request)
{
	json_t *samples = json_array();
	gint64 from;
	gint64 to;
	g_autofree char *start = NULL;
	g_autofree char *end = NULL;

	if (!take_range(request, &from, &to)) {
		json_decref(samples);
		return;
	}
	start = sim_time_text(from);
	end = sim_time_text(to);
	for (gint64 at = to - to % (4 * HISTORY_STEP_US); at >= from; at -= 4 * HISTORY_STEP_US) {
		g_autofree char *time = sim_time_text(at);
		int level = 40 + (int)(sim_hash(request->device->index, (guint64)at) % 50);

		json_array_append_new(samples, json_pack("{s:s, s:{s:i, s:i, s:i}}", "timestamp",
							 time, "signalStrength", "max", level + 8,
							 "min", level - 8, "avg", level));
	}
	sim_reply(request, 200,
		  json_pack("{s:s, s:i, s:s, s:s, s:s, s:b, s:o}", "deviceID", request->device->id,
			    "memoryAvailable", 162128, "bucketSize", "1 day", "startDate", start,
			    "endDate", end, "hasBattery", sim_device_is_cellular(request->device),
			    "samples", samples));
}

#define BOTH (SIM_OWN | SIM_PRODUCT)

/* clang-format off */
const SimRoute sim_diagnostics_routes[] = {
	{ "POST", BOTH, "/diagnostics/:device/update",   refresh,      "devices.diagnostics:update" },
	{ "GET",  BOTH, "/diagnostics/:device/last",     get_last,     "devices.diagnostics:get" },
	{ "GET",  BOTH, "/diagnostics/:device/metadata", get_metadata, "devices.diagnostics:get" },
	{ "GET",  BOTH, "/diagnostics/:device/summary",  get_summary,  "devices.diagnostics:get" },
	{ "GET",  BOTH, "/diagnostics/:device",          get_history,  "devices.diagnostics:get" },
	{ NULL },
};
/* clang-format on */
