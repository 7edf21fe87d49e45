/* SPDX-License-Identifier: Apache-2.0 */
/* Search, fleet health, service agreements and usage. */
#include "families.h"
#include "fleet.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FOUND 10

static gboolean
device_in_scope(SimRequest *request, const SimDevice *device)
{
	if (request->org)
		return device->product && device->product->org == request->org;
	return device->owner == request->user;
}

static gboolean
search_devices(SimRequest *request, const char *text, json_t *results)
{
	int n = 0;

	for (guint i = 0; i < request->sim->devices->len; i++) {
		SimDevice *device = g_ptr_array_index(request->sim->devices, i);
		const char *org = request->org ? request->org->slug : NULL;

		if (!device_in_scope(request, device) ||
		    !(sim_text_has(device->id, text) || sim_text_has(device->name, text)))
			continue;
		if (n++ == MAX_FOUND)
			return TRUE;
		json_array_append_new(
		    results,
		    json_pack("{s:s, s:s?, s:s?, s:{s:s, s:s?, s:i, s:s?}}", "type", "device",
			      "org", org, "orgName", request->org ? request->org->name : NULL,
			      "device", "id", device->id, "name", device->name, "product_id",
			      sim_device_product_id(device), "product_name",
			      device->product ? device->product->name : NULL));
	}
	return FALSE;
}

static gboolean
search_products(SimRequest *request, const char *text, json_t *results)
{
	int n = 0;

	for (guint i = 0; i < request->sim->products->len; i++) {
		SimProduct *product = g_ptr_array_index(request->sim->products, i);

		if ((request->org ? product->org != request->org
				  : product->owner != request->user) ||
		    !(sim_text_has(product->name, text) || sim_text_has(product->slug, text)))
			continue;
		if (n++ == MAX_FOUND)
			return TRUE;
		json_array_append_new(results, json_pack("{s:s, s:n, s:n, s:{s:i, s:s, s:s}}",
							 "type", "product", "org", "orgName",
							 "product", "id", product->id, "name",
							 product->name, "slug", product->slug));
	}
	return FALSE;
}

static gboolean
search_sims(SimRequest *request, const char *text, json_t *results)
{
	int n = 0;

	for (guint i = 0; i < request->sim->devices->len; i++) {
		SimDevice *device = g_ptr_array_index(request->sim->devices, i);
		g_autofree char *iccid = sim_device_iccid(device);

		if (!iccid || !device_in_scope(request, device) || !sim_text_has(iccid, text))
			continue;
		if (n++ == MAX_FOUND)
			return TRUE;
		json_array_append_new(results, json_pack("{s:s, s:n, s:n, s:{s:s, s:s}}", "type",
							 "sim", "org", "orgName", "sim", "iccid",
							 iccid, "device_id", device->id));
	}
	return FALSE;
}

static void
search(SimRequest *request)
{
	static const struct {
		const char *type;
		gboolean (*search)(SimRequest *request, const char *text, json_t *results);
	} kinds[] = {
		{ "device", search_devices },
		{ "product", search_products },
		{ "sim", search_sims },
	};
	const char *text = sim_request_query(request, "text");
	const char *type = sim_request_query(request, "type");
	json_t *results;
	gboolean more = FALSE;

	if (!text || !*text) {
		sim_fail(request, 400, "text is required");
		return;
	}
	results = json_array();
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (!type || strcmp(type, kinds[i].type) == 0)
			more = kinds[i].search(request, text, results) || more;
	sim_reply(request, 200,
		  json_pack("{s:b, s:o, s:b}", "ok", 1, "results", results, "hasMore", more));
}

static json_t *
metric_row(SimRequest *request, const char *metric, const char *time, guint64 dice, int online)
{
	/* What is zero is left out. */
	if (strcmp(metric, "online") == 0)
		return online ? json_pack("{s:s, s:i}", "time", time, "count", online)
			      : json_pack("{s:s}", "time", time);
	if (strcmp(metric, "events") == 0)
		return json_pack("{s:s, s:i}", "time", time, "received",
				 online * 10 + (int)(dice % 20));
	return json_pack("{s:s, s:i, s:i}", "time", time, "success", 1 + (int)(dice % 20),
			 "failure", 1 + (int)(dice % 3));
}

/* Of the product's devices, those that the query chooses and that are online. */
static int
count_online(SimRequest *request)
{
	g_autoptr(GPtrArray) all = sim_fleet_list(request->sim, NULL, request->product);
	const char *version = sim_request_query(request, "product_fw");
	const char *device_os = sim_request_query(request, "device_os_version");
	const char *group = sim_request_query(request, "device_group");
	int n = 0;

	for (guint i = 0; i < all->len; i++) {
		const SimDevice *device = all->pdata[i];
		const SimPlatform *platform = sim_platform_find(device->platform_id);

		n += device->online &&
		     (!version || sim_parse_int(version) == device->firmware_version) &&
		     (!device_os || strcmp(device_os, platform->device_os) == 0) &&
		     (!group || sim_device_in_group(device, group));
	}
	return n;
}

static void
get_metric(SimRequest *request)
{
	static const char *const names[] = { "online",	  "events",    "integration",
					     "functions", "variables", NULL };
	const char *metric = sim_request_param(request, "metric");
	const char *start = sim_request_query(request, "start_date");
	const char *end = sim_request_query(request, "end_date");
	int bucket = sim_request_query_int(request, "bucket_size", 900, 86400 * 30);
	gint64 to = end ? sim_time_parse(end) : g_get_real_time();
	gint64 from = start ? sim_time_parse(start) : to - 86400 * (gint64)G_USEC_PER_SEC;
	gint64 step = bucket * (gint64)G_USEC_PER_SEC;
	json_t *rows;
	int online;

	if (!g_strv_contains(names, metric)) {
		sim_fail_not_found(request, "Metric");
		return;
	}
	if (from < 0 || to < 0 || bucket <= 15) {
		sim_fail(request, 400, "start_date, end_date or bucket_size is not valid");
		return;
	}
	rows = json_array();
	online = count_online(request);
	for (gint64 at = from - from % step; at <= to && json_array_size(rows) < 3000; at += step) {
		g_autofree char *time = sim_time_text(at);

		json_array_append_new(rows, metric_row(request, metric, time,
						       sim_hash(g_str_hash(metric), (guint64)at),
						       online));
	}
	sim_reply(request, 200, json_pack("{s:o}", metric, rows));
}

static void
list_agreements(SimRequest *request)
{
	g_autoptr(GPtrArray) own = sim_fleet_list(request->sim, request->user, NULL);
	const char *owner = request->org ? request->org->id : request->user->id;
	int n = (int)own->len;

	sim_reply(request, 200,
		  json_pack("{s:[{s:s, s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:n, "
			    "s:{s:b, s:{s:{s:i, s:i, s:f, s:i}, s:{}, s:{}, s:{}}}, "
			    "s:{s:{}, s:{}, s:{}, s:{}, s:{}}}}]}",
			    "data", "id", "1234", "type", "service_agreement", "attributes",
			    "owner_id", owner, "owner_type",
			    request->org ? "organization" : "individual", "name", "Sandbox",
			    "agreement_type", "developer", "duration", "monthly", "state", "active",
			    "starts_on", "2025-01-01", "ends_on", "current_usage_summary",
			    "device_limit_reached", 0, "connectivity", "all", "owned_devices", n,
			    "billable_devices", n, "device_data", 12.5, "device_messages", 4100,
			    "wifi", "cellular", "asset_tracker", "pricing_terms", "rates", "device",
			    "messaging", "device_data", "support"));
}

static void
create_report(SimRequest *request)
{
	const char *type = sim_request_text(request, "report_type");
	const char *start = sim_request_text(request, "date_period_start");
	const char *end = sim_request_text(request, "date_period_end");
	json_t *rows = sim_rows(request->sim, "usage_reports", request->scope);
	g_autofree char *id = g_strdup_printf("%d", 77 + (int)json_array_size(rows));
	json_t *row;

	if (!start || !end ||
	    (g_strcmp0(type, "devices") != 0 && g_strcmp0(type, "products") != 0)) {
		sim_fail(request, 400,
			 "report_type, date_period_start and date_period_end are required");
		return;
	}
	row = json_pack(
	    "{s:s, s:s, s:{s:s, s:i, s:s, s:s, s:o, s:n, s:s, s:{s:[], s:[], s:[]}, s:n}}", "id",
	    id, "type", "usage_report", "attributes", "state", "pending", "service_agreement_id",
	    sim_parse_int(sim_request_param(request, "id")), "date_period_start", start,
	    "date_period_end", end, "created_at", sim_json_now(), "expires_at", "report_type", type,
	    "report_params", "devices", "products", "recipient_list", "download_url");
	sim_row_add(rows, row);
	sim_reply(request, 202, json_pack("{s:O}", "data", row));
}

/* A report is ready when it is asked for. */
static void
get_report(SimRequest *request)
{
	json_t *row =
	    sim_request_row(request, sim_rows(request->sim, "usage_reports", request->scope), "id",
			    "id", "Usage report");

	if (!row)
		return;
	sim_row_set_text(json_object_get(row, "attributes"), "state", "available");
	sim_reply(request, 200, json_pack("{s:O}", "data", row));
}

static void
list_notifications(SimRequest *request)
{
	g_autofree char *id = sim_random_uuid(request->sim);

	sim_reply(request, 200,
		  json_pack("{s:[{s:s, s:s, s:{s:s, s:s, s:s, s:s, s:s, s:s, s:{}}}]}", "data",
			    "id", id, "type", "notification", "attributes", "state", "completed",
			    "event_name", "developer:usage_activity:automatic_unpause",
			    "created_at", "2025-03-14 00:01:00 -0800", "updated_at",
			    "2025-03-14 00:01:00 -0800", "resource_id",
			    sim_request_param(request, "id"), "resource_type", "ServiceAgreement",
			    "details"));
}

static void
pricing_impact(SimRequest *request)
{
	if (!sim_request_query(request, "action"))
		sim_fail(request, 400, "action is required");
	else
		sim_reply(request, 200,
			  json_pack("{s:b, s:b, s:b, s:n, s:s, s:b}", "allowed", 1, "chargeable", 0,
				    "cc_on_file", 0, "cc_last4", "plan_slug", "free",
				    "plan_upgrade_needed", 0));
}

static void
list_orders(SimRequest *request)
{
	sim_reply(request, 200, json_pack("{s:[]}", "orders"));
}

/* clang-format off */
const SimRoute sim_reports_routes[] = {
	{ "GET",  SIM_OWN,     "/user/search",                             search,             "search:get" },
	{ "GET",  SIM_ORG,     "/search",                                  search,             "search:get" },
	{ "GET",  SIM_PRODUCT, "/metrics/:metric",                         get_metric,         "metrics:get" },
	{ "GET",  SIM_OWN,     "/user/service_agreements",                 list_agreements },
	{ "GET",  SIM_ORG,     "/service_agreements",                      list_agreements },
	{ "POST", SIM_OWN,     "/user/service_agreements/:id/usage_reports", create_report },
	{ "POST", SIM_ORG,     "/service_agreements/:id/usage_reports",    create_report },
	{ "GET",  SIM_OWN,     "/user/usage_reports/:id",                  get_report },
	{ "GET",  SIM_ORG,     "/usage_reports/:id",                       get_report },
	{ "GET",  SIM_OWN,     "/user/service_agreements/:id/notifications", list_notifications, "service_agreements.notifications:list" },
	{ "GET",  SIM_ORG,     "/service_agreements/:id/notifications",    list_notifications, "service_agreements.notifications:list" },
	{ "GET",  SIM_OWN,     "/pricing-impact",                          pricing_impact },
	{ "GET",  SIM_PRODUCT, "/device_orders",                           list_orders },
	{ NULL },
};
/* clang-format on */
