/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration of products and their devices, by values and by schema; locations. */
#include "families.h"
#include "fleet.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA_TYPE "application/schema+json"

/* {id, values, pending, schema}: of a device, what it has beside the product's; of the product with
 * "" */
static json_t *
row_of(Sim *sim, const char *scope, const char *id, gboolean make)
{
	json_t *rows = sim_rows(sim, "config", scope);
	json_t *row = sim_row_find(rows, "id", id);

	if (!row && make)
		row = sim_row_add(rows, json_pack("{s:s}", "id", id));
	return row;
}

static json_t *
config_row(SimRequest *request, gboolean make)
{
	return row_of(request->sim, request->scope, request->device ? request->device->id : "",
		      make);
}

static void
update_part(json_t *row, const char *part, json_t *values)
{
	if (!json_object_get(row, part))
		json_object_set_new(row, part, json_object());
	json_object_update(json_object_get(row, part), values);
}

static gboolean
wants_schema(SimRequest *request)
{
	const char *accept = soup_message_headers_get_one(
	    soup_server_message_get_request_headers(request->message), "Accept");

	return accept && strstr(accept, SCHEMA_TYPE);
}

static json_t *
default_schema(SimRequest *request)
{
	json_t *location = json_pack(
	    "{s:s, s:s, s:{s:{s:s, s:i, s:i}, s:{s:s, s:i}, s:{s:s, s:i}, s:{s:s}}}", "type",
	    "object", "title", "Location", "properties", "radius", "type", "number", "minimum", 0,
	    "maximum", 1000000, "interval_min", "type", "integer", "minimum", 0, "interval_max",
	    "type", "integer", "minimum", 0, "min_publish", "type", "boolean");
	json_t *rgb =
	    json_pack("{s:s, s:{s:{s:s, s:[s,s,s]}, s:{s:s, s:i, s:i}}}", "type", "object",
		      "properties", "type", "type", "string", "enum", "off", "particle", "direct",
		      "brightness", "type", "integer", "minimum", 0, "maximum", 255);

	return json_pack(
	    "{s:s, s:s, s:s, s:s, s:{s:o, s:o}}", "$schema", "https://particle.io/draft-07/schema#",
	    "$id", "https://particle.io/asset-tracker.schema.json", "title", request->product->name,
	    "type", "object", "properties", "location", location, "rgb", rgb);
}

static json_t *
schema_of(SimRequest *request)
{
	json_t *schema = json_object_get(config_row(request, FALSE), "schema");
	json_t *product = row_of(request->sim, request->scope, "", FALSE);

	if (!schema)
		schema = json_object_get(product, "schema");
	return schema ? json_incref(schema) : default_schema(request);
}

/* What a device has: the product's values, and over them its own. */
static json_t *
current_of(json_t *product, json_t *own)
{
	json_t *values = json_deep_copy(json_object_get(product, "values"));

	if (!values)
		values = json_object();
	if (json_object_get(own, "values"))
		json_object_update_recursive(values, json_object_get(own, "values"));
	return values;
}

static void
get_config(SimRequest *request)
{
	json_t *row = config_row(request, FALSE);
	json_t *values = json_object_get(row, "values");
	json_t *pending = json_object_get(row, "pending");
	json_t *product = row_of(request->sim, request->scope, "", FALSE);

	if (wants_schema(request)) {
		sim_reply(request, 200, schema_of(request));
		return;
	}
	if (!request->device) {
		if (values)
			sim_reply(request, 200, json_pack("{s:O}", "configuration", values));
		else
			sim_reply(request, 404, json_object());
		return;
	}
	sim_reply(request, 200,
		  json_pack("{s:{s:o, s:o}}", "configuration", "current", current_of(product, row),
			    "pending", pending ? json_incref(pending) : json_object()));
}

static void
put_schema(SimRequest *request)
{
	const char *type = sim_row_text(request->body, "type");

	if (g_strcmp0(type, "object") != 0) {
		sim_reply(request, 422,
			  json_pack("{s:s, s:s, s:[{s:s, s:s, s:s, s:{}, s:s}]}", "message",
				    "Invalid Schema", "description", "The schema is not valid",
				    "violations", "keyword", "const", "dataPath", ".type",
				    "schemaPath", "#/properties/type/const", "params", "message",
				    "should be object"));
		return;
	}
	json_object_set(config_row(request, TRUE), "schema", request->body);
	sim_reply(request, 200, json_incref(request->body));
}

/* Values are checked against the schema as far as type, minimum and maximum go. */
static char *
rejected_sections(json_t *schema, json_t *values)
{
	GString *bad = g_string_new(NULL);
	const char *section;
	const char *key;
	json_t *fields;
	json_t *value;

	json_object_foreach(values, section, fields)
	{
		json_t *known = json_object_get(
		    json_object_get(json_object_get(schema, "properties"), section), "properties");

		json_object_foreach(fields, key, value)
		{
			json_t *rule = json_object_get(known, key);
			json_t *low = json_object_get(rule, "minimum");
			json_t *high = json_object_get(rule, "maximum");
			double number = json_number_value(value);
			const char *type = sim_row_text(rule, "type");
			gboolean numeric =
			    type && (strcmp(type, "number") == 0 || strcmp(type, "integer") == 0);

			if ((numeric && !json_is_number(value)) ||
			    (low && number < json_number_value(low)) ||
			    (high && number > json_number_value(high))) {
				g_string_append_printf(bad, "%s%s: -19", bad->len ? ", " : "",
						       section);
				break;
			}
		}
	}
	if (!bad->len)
		return g_string_free(bad, TRUE), NULL;
	return g_string_free(bad, FALSE);
}

void
sim_config_reach(Sim *sim, SimDevice *device)
{
	json_t *row =
	    device->product ? row_of(sim, device->product->scope, device->id, FALSE) : NULL;
	json_t *pending = json_object_get(row, "pending");

	if (!pending)
		return;
	update_part(row, "values", pending);
	json_object_del(row, "pending");
}

static void
put_device(SimRequest *request, SimDevice *device)
{
	update_part(row_of(request->sim, request->scope, device->id, TRUE), "pending",
		    request->body);
	if (sim_device_answers(device))
		sim_config_reach(request->sim, device);
}

/* Returns: FALSE, answered, where one is none of the product's */
static gboolean
put_devices(SimRequest *request, json_t *ids)
{
	g_autoptr(GPtrArray) devices = g_ptr_array_new();
	json_t *id;
	size_t i;

	json_array_foreach(ids, i, id)
	{
		const char *text = json_string_value(id);
		SimDevice *device =
		    text ? sim_fleet_find_in_product(request->product, request->sim, text) : NULL;

		if (!device)
			return sim_fail(request, 404, "Device not found for this product"), FALSE;
		g_ptr_array_add(devices, device);
	}
	for (guint k = 0; k < devices->len; k++)
		put_device(request, devices->pdata[k]);
	return TRUE;
}

static void
put_config(SimRequest *request)
{
	json_t *schema;
	g_autofree char *bad = NULL;
	g_autoptr(json_t) ids = NULL;

	if (strcmp(request->type, SCHEMA_TYPE) == 0) {
		put_schema(request);
		return;
	}
	if (!json_is_object(request->body)) {
		sim_fail_oauth(request, 400, "invalid_request", "An object is required");
		return;
	}
	ids = json_incref(sim_request_field(request, "deviceIds"));
	if (ids && !json_is_array(ids)) {
		sim_fail_oauth(request, 400, "invalid_request", "deviceIds: a list");
		return;
	}
	json_object_del(request->body, "deviceIds");
	schema = schema_of(request);
	bad = rejected_sections(schema, request->body);
	json_decref(schema);
	if (bad) {
		g_autofree char *text =
		    g_strdup_printf("Configuration updates failed for some sections: {%s}", bad);

		sim_fail_oauth(request, 400, "device_rejected_configuration", text);
		return;
	}
	if (request->device)
		put_device(request, request->device);
	else if (!ids)
		update_part(config_row(request, TRUE), "values", request->body);
	else if (!put_devices(request, ids))
		return;
	sim_reply(request,
		  json_object_get(config_row(request, FALSE), "pending") || !request->device ? 202
											     : 200,
		  json_object());
}

static void
delete_config(SimRequest *request)
{
	json_t *row = config_row(request, FALSE);

	if (row)
		json_object_del(row, "schema");
	sim_reply_empty(request, 204);
}

static void
place_of(const SimDevice *device, int step, double *out_lon, double *out_lat)
{
	guint64 dice = sim_hash(device->index, 77);

	*out_lon = -93.26 + (double)(dice % 1000) / 1000 + step * 0.002;
	*out_lat = 44.98 + (double)((dice >> 20) % 1000) / 1000 + step * 0.001;
}

static gboolean
in_rectangle(SimRequest *request, double lon, double lat)
{
	const char *low = sim_request_query(request, "rect_bl");
	const char *high = sim_request_query(request, "rect_tr");
	double lat1, lon1, lat2, lon2;

	/* A number out of range is infinite. NOLINTNEXTLINE(cert-err34-c) */
	if (!low || !high || sscanf(low, "%lf,%lf", &lat1, &lon1) != 2 ||
	    /* NOLINTNEXTLINE(cert-err34-c) */
	    sscanf(high, "%lf,%lf", &lat2, &lon2) != 2)
		return TRUE;
	return lat >= lat1 && lat <= lat2 && lon >= lon1 && lon <= lon2;
}

#define TRACK_POINTS 5
#define TRACK_STEP_US (600 * (gint64)G_USEC_PER_SEC)

/* Which places are asked for: those of a range of time, within a rectangle; or the last known. */
typedef struct {
	gboolean track;
	gint64 from_us;
	gint64 to_us;
} Range;

/* Of the points of a track, 1 to TRACK_POINTS: the last is where the device is. */
static gint64
time_of(const SimDevice *device, int point)
{
	return sim_device_last_heard(device) - (TRACK_POINTS - point) * TRACK_STEP_US;
}

static gboolean
has_point(SimRequest *request, const SimDevice *device, const Range *range, int point)
{
	gint64 at = time_of(device, point);
	double lon, lat;

	place_of(device, point, &lon, &lat);
	if (!range->track)
		return point == TRACK_POINTS && in_rectangle(request, lon, lat);
	return at >= range->from_us && at <= range->to_us && in_rectangle(request, lon, lat);
}

static json_t *
groups_of(const SimDevice *device)
{
	json_t *groups = json_array();

	for (char **group = device->groups; group && *group; group++)
		json_array_append_new(groups, json_string(*group));
	return groups;
}

static json_t *
location_json(SimRequest *request, const SimDevice *device, const Range *range)
{
	g_autofree char *last = sim_time_text_secs(sim_device_last_heard(device));
	json_t *places = json_array();
	json_t *times = json_array();
	json_t *place;

	for (int i = 1; i <= TRACK_POINTS; i++) {
		g_autofree char *time = sim_time_text_secs(time_of(device, i));
		double lon, lat;

		if (!has_point(request, device, range, i))
			continue;
		place_of(device, i, &lon, &lat);
		json_array_append_new(places, json_pack("[f, f]", lon, lat));
		json_array_append_new(times, json_string(time));
	}
	place = range->track ? json_incref(places) : json_incref(json_array_get(places, 0));
	json_decref(places);
	return json_pack("{s:s, s:i, s:s?, s:o, s:b, s:s, s:o, s:b, s:{s:s, s:o}}", "device_id",
			 device->id, "product_id", request->product->id, "device_name",
			 device->name, "groups", groups_of(device), "gps_lock", 1, "last_heard",
			 last, "timestamps", times, "online", device->online, "geometry", "type",
			 range->track ? "LineString" : "Point", "coordinates", place);
}

/* groups=a,b or groups[0]=a&groups[1]=b */
static gboolean
group_matches(SimRequest *request, const SimDevice *device)
{
	gboolean asked = FALSE;
	const char *key;
	json_t *value;

	json_object_foreach(request->query, key, value)
	{
		g_auto(GStrv) names = NULL;

		if (!g_str_has_prefix(key, "groups"))
			continue;
		asked = TRUE;
		names = g_strsplit(json_string_value(value), ",", -1);
		for (char **name = names; *name; name++)
			if (sim_device_in_group(device, *name))
				return TRUE;
	}
	return !asked;
}

static gboolean
location_matches(SimRequest *request, const SimDevice *device, const Range *range)
{
	const char *id = sim_request_query(request, "device_id");
	const char *name = sim_request_query(request, "device_name");
	gboolean any = FALSE;

	for (int i = 1; i <= TRACK_POINTS && !any; i++)
		any = has_point(request, device, range, i);
	return any && !device->quarantined && (!id || g_str_has_prefix(device->id, id)) &&
	       (!name || (device->name && g_str_has_prefix(device->name, name))) &&
	       group_matches(request, device);
}

/* The devices asked for, of a fleet that may be large. */
static GPtrArray *
find_located(SimRequest *request, const Range *range)
{
	g_autoptr(GPtrArray) all = sim_fleet_list(request->sim, NULL, request->product);
	GPtrArray *found = g_ptr_array_new();

	for (guint i = 0; i < all->len; i++)
		if (location_matches(request, all->pdata[i], range))
			g_ptr_array_add(found, all->pdata[i]);
	return found;
}

static json_t *
locations_of(SimRequest *request, const GPtrArray *devices, guint from, guint count,
	     const Range *range)
{
	json_t *list = json_array();

	for (guint i = from; i < devices->len && i - from < count; i++)
		json_array_append_new(list, location_json(request, devices->pdata[i], range));
	return list;
}

/* Returns: FALSE, answered, when there is a range that is none */
static gboolean
take_range(SimRequest *request, Range *range)
{
	const char *text = sim_request_query(request, "date_range");
	g_auto(GStrv) ends = text ? g_strsplit(text, ",", -1) : NULL;

	range->track = text != NULL;
	if (!text)
		return TRUE;
	range->from_us = ends[0] ? sim_time_parse(ends[0]) : -1;
	range->to_us = ends[0] && ends[1] ? sim_time_parse(ends[1]) : -1;
	if (range->from_us >= 0 && range->to_us >= 0)
		return TRUE;
	return sim_fail_oauth(request, 400, "invalid_request", "date_range: two ISO 8601 dates"),
	       FALSE;
}

static void
list_locations(SimRequest *request)
{
	guint page = (guint)sim_request_query_int(request, "page", 1, 100000);
	guint per_page = (guint)sim_request_per_page(request, 20, 100);
	g_autoptr(GPtrArray) found = NULL;
	Range range = { 0 };

	if (!take_range(request, &range))
		return;
	found = find_located(request, &range);
	sim_reply(request, 200,
		  json_pack("{s:o, s:{s:i, s:i, s:i, s:i}}", "locations",
			    locations_of(request, found, (page - 1) * per_page, per_page, &range),
			    "meta", "page", (int)page, "per_page", (int)per_page, "total_pages",
			    (int)((found->len + per_page - 1) / per_page), "devices_found",
			    (int)found->len));
}

static void
fleet_locations(SimRequest *request)
{
	Range range = { 0 };
	g_autoptr(GPtrArray) found = find_located(request, &range);

	sim_reply(
	    request, 200,
	    json_pack("{s:o}", "locations", locations_of(request, found, 0, found->len, &range)));
}

/* One device's are a track, of all times where there is no range. */
static void
device_location(SimRequest *request)
{
	Range range = { 0 };
	json_t *properties;
	json_t *row;

	if (!take_range(request, &range))
		return;
	if (!range.track)
		range = (Range){ TRUE, 0, G_MAXINT64 };
	row = location_json(request, request->device, &range);
	properties = json_array();
	for (size_t i = 0; i < json_array_size(json_object_get(row, "timestamps")); i++)
		json_array_append_new(properties,
				      json_pack("{s:f, s:f, s:f, s:i}", "hd", 120.5, "acc_h", 4.2,
						"speed", 0.3, "temp", 21 + (int)i));
	json_object_set_new(row, "properties", properties);
	sim_reply(request, 200, json_pack("{s:o, s:{}}", "location", row, "meta"));
}

void
sim_config_seed(Sim *sim)
{
	for (guint i = 0; i < sim->products->len; i++) {
		SimProduct *product = g_ptr_array_index(sim->products, i);

		sim_row_add(sim_rows(sim, "config", product->scope),
			    json_pack("{s:s, s:{s:{s:i, s:i, s:i, s:b}, s:{s:s, s:i}}}", "id", "",
				      "values", "location", "radius", 0, "interval_min", 900,
				      "interval_max", 3600, "min_publish", 0, "rgb", "type",
				      "particle", "brightness", 255));
	}
}

#define P SIM_PRODUCT

/* clang-format off */
const SimRoute sim_config_routes[] = {
	{ "GET",    P, "/config",            get_config,      "configuration:get" },
	{ "PUT",    P, "/config",            put_config,      "configuration:update" },
	{ "DELETE", P, "/config",            delete_config,   "configuration:update" },
	{ "GET",    P, "/config/:device",    get_config,      "configuration:get" },
	{ "PUT",    P, "/config/:device",    put_config,      "configuration:update" },
	{ "DELETE", P, "/config/:device",    delete_config,   "configuration:update" },
	{ "GET",    P, "/locations",         list_locations,  "locations:get" },
	{ "GET",    P, "/locations/:device", device_location, "locations:get" },
	{ "GET",    P, "/fleet_locations",   fleet_locations, "locations:get" },
	{ NULL },
};
/* clang-format on */
