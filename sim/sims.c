/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIM cards. Every cellular device has one, derived from it, and whose that is; what differs from
 * that (a status, a limit, a release, a new holder) stands in a row made at the first change.
 */
#include "families.h"
#include "fleet.h"
#include "store.h"

#include <string.h>

static json_t *
changes_of(Sim *sim, const char *iccid, gboolean make)
{
	json_t *rows = sim_rows(sim, "sims", "");
	json_t *row = sim_row_find(rows, "iccid", iccid);

	if (!row && make)
		row = sim_row_add(rows, json_pack("{s:s}", "iccid", iccid));
	return row;
}

static gboolean
is_released(Sim *sim, const char *iccid)
{
	return json_is_true(json_object_get(changes_of(sim, iccid, FALSE), "released"));
}

static gboolean
is_active(Sim *sim, const char *iccid)
{
	const char *status = sim_row_text(changes_of(sim, iccid, FALSE), "status");

	return !status || strcmp(status, "active") == 0;
}

/* Whoever claims such a card has it. */
static gboolean
is_free(Sim *sim, const SimDevice *device, const char *iccid)
{
	return is_released(sim, iccid) || (!device->owner && !device->product &&
					   !sim_row_text(changes_of(sim, iccid, FALSE), "holder"));
}

/* Is it a card of the scope that the request is for? */
static gboolean
is_held(SimRequest *request, const SimDevice *device, const char *iccid)
{
	const char *holder = sim_row_text(changes_of(request->sim, iccid, FALSE), "holder");

	if (is_released(request->sim, iccid))
		return FALSE;
	if (holder)
		return strcmp(holder, request->scope) == 0;
	return request->product ? device->product == request->product
				: device->owner == request->user;
}

static json_t *
sim_json(Sim *sim, const SimDevice *device)
{
	g_autofree char *iccid = sim_device_iccid(device);
	const char *holder = sim_row_text(changes_of(sim, iccid, FALSE), "holder");
	SimUser *owner = device->owner	   ? device->owner
			 : device->product ? device->product->owner
					   : NULL;
	json_t *row = json_pack(
	    "{s:s, s:s, s:s, s:s?, s:s, s:i, s:i, s:i, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
	    "_id", iccid, "iccid", iccid, "status", "active", "user_id", owner ? owner->id : NULL,
	    "base_country_code", "US", "base_monthly_rate", 299, "overage_monthly_rate", 99,
	    "activations_count", 1, "deactivations_count", 0, "first_activated_on",
	    "2024-01-02T03:04:05.678Z", "last_activated_on", "2024-01-02T03:04:05.678Z",
	    "activated_on", "2024-01-02T03:04:05.678Z", "last_activated_via", "user_setup",
	    "last_status_change_action", "activate", "last_status_change_action_error", "no",
	    "stripe_plan_slug", "ElectronPlan");

	json_object_update_new(
	    row, json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s, s:s?}", "msisdn", "882360001234567",
			   "updated_at", "2025-03-01T00:00:00.000Z", "carrier", "telefonica",
			   "last_device_id", device->id, "last_device_name", device->name,
			   "device_id", device->id, "device_name", device->name));
	if (device->product)
		json_object_set_new(row, "product_id", json_integer(device->product->id));
	if (g_str_has_prefix(holder ? holder : "", "user:"))
		sim_row_set_text(row, "user_id", holder + strlen("user:"));
	json_object_update(row, changes_of(sim, iccid, FALSE));
	json_object_del(row, "holder");
	return row;
}

static void
append_held(SimRequest *request, json_t *list, const SimDevice *device)
{
	g_autofree char *iccid = sim_device_iccid(device);

	if (iccid && is_held(request, device, iccid) &&
	    sim_text_has(iccid, sim_request_query(request, "iccid")) &&
	    sim_text_has(device->id, sim_request_query(request, "deviceId")) &&
	    sim_text_has(device->name, sim_request_query(request, "deviceName")))
		json_array_append_new(list, sim_json(request->sim, device));
}

/* The cards that the scope holds: of its devices, and those that it got by themselves. */
static json_t *
list_of(SimRequest *request)
{
	g_autoptr(GPtrArray) all = sim_fleet_list(request->sim, request->user, request->product);
	json_t *list = json_array();
	json_t *row;
	size_t i;

	for (guint k = 0; k < all->len; k++)
		append_held(request, list, all->pdata[k]);
	json_array_foreach(sim_rows(request->sim, "sims", ""), i, row)
	{
		SimDevice *device =
		    sim_row_text(row, "holder")
			? sim_fleet_find_iccid(request->sim, sim_row_text(row, "iccid"))
			: NULL;

		if (device && !g_ptr_array_find(all, device, NULL))
			append_held(request, list, device);
	}
	return list;
}

static void
list_sims(SimRequest *request)
{
	json_t *list = list_of(request);
	int pages = 1;

	if (!request->product) {
		sim_reply(request, 200, json_pack("{s:o}", "sims", list));
		return;
	}
	list = sim_request_page(request, list, 25, 1000, &pages);
	sim_reply(request, 200,
		  json_pack("{s:o, s:{s:i}}", "sims", list, "meta", "total_pages", pages));
}

/* Returns: (transfer none): the device with the card of the path; or NULL, answered */
static SimDevice *
card_of(SimRequest *request)
{
	const char *iccid = sim_request_param(request, "iccid");
	SimDevice *device = sim_fleet_find_iccid(request->sim, iccid);

	if (!device || is_released(request->sim, iccid))
		return sim_fail_not_found(request, "SIM"), NULL;
	if (!is_held(request, device, iccid))
		return sim_reply(request, 403,
				 json_pack("{s:s, s:s}", "error", "Permission Denied", "info",
					   "This SIM is not yours")),
		       NULL;
	return device;
}

static void
get_sim(SimRequest *request)
{
	SimDevice *device = card_of(request);
	json_t *row;

	if (!device)
		return;
	row = sim_json(request->sim, device);
	json_object_set_new(row, "owner", json_string(request->user->username));
	sim_reply(request, 200, json_pack("{s:o}", "sim", row));
}

/* A HEAD: 204 may be activated, 205 is active already, 403, 404. */
static void
check_sim(SimRequest *request)
{
	const char *iccid = sim_request_param(request, "iccid");
	SimDevice *device = sim_fleet_find_iccid(request->sim, iccid);

	if (!device)
		sim_reply_empty(request, 404);
	else if (is_free(request->sim, device, iccid))
		sim_reply_empty(request, 204);
	else if (!is_held(request, device, iccid) &&
		 !(device->product && device->product->owner == request->user))
		sim_reply_empty(request, 403);
	else
		sim_reply_empty(request, is_active(request->sim, iccid) ? 205 : 204);
}

static json_t *
usage_by_day(const char *seed, double *out_total)
{
	json_t *days = json_array();
	g_autoptr(GDateTime) now = g_date_time_new_now_utc();
	int today = g_date_time_get_day_of_month(now);
	double sum = 0;

	for (int day = 1; day <= today; day++) {
		g_autofree char *date = g_strdup_printf("%04d-%02d-%02d", g_date_time_get_year(now),
							g_date_time_get_month(now), day);
		double used = (double)(sim_hash(g_str_hash(seed), (guint64)day) % 50) / 100;

		sum += used;
		json_array_append_new(days, json_pack("{s:s, s:f, s:f}", "date", date, "mbs_used",
						      used, "mbs_used_cumulative", sum));
	}
	*out_total = sum;
	return days;
}

static void
data_usage(SimRequest *request)
{
	SimDevice *device = card_of(request);
	const char *iccid = sim_request_param(request, "iccid");
	json_t *limit;
	json_t *days;
	double used;

	if (!device)
		return;
	limit = json_object_get(changes_of(request->sim, iccid, FALSE), "mb_limit");
	days = usage_by_day(iccid, &used);
	sim_reply(request, 200,
		  json_pack("{s:s, s:o, s:o, s:f}", "iccid", iccid, "usage_by_day", days, "quota",
			    limit ? json_incref(limit) : json_integer(3), "used", used));
}

static void
fleet_usage(SimRequest *request)
{
	json_t *list = list_of(request);
	json_t *row;
	size_t i;
	int n = 0;
	double used;
	json_t *days = usage_by_day(request->scope, &used);

	json_array_foreach(list, i, row) n += strcmp(sim_row_text(row, "status"), "active") == 0;
	json_decref(list);
	sim_reply(request, 200,
		  json_pack("{s:f, s:i, s:o}", "total_mbs_used", used, "total_active_sim_cards", n,
			    "usage_by_day", days));
}

static void
set_status(SimRequest *request, const char *iccid, const char *status, const char *action)
{
	json_t *changes = changes_of(request->sim, iccid, TRUE);
	gboolean active = strcmp(status, "active") == 0;
	const char *counter = active ? "activations_count" : "deactivations_count";
	json_t *count = json_object_get(changes, counter);

	if (active != is_active(request->sim, iccid)) {
		json_object_set_new(changes, counter,
				    json_integer((count ? json_integer_value(count) : active) + 1));
		if (active)
			json_object_set_new(changes, "last_activated_on", sim_json_now());
	}
	sim_row_set_text(changes, "status", status);
	sim_row_set_text(changes, "last_status_change_action", action);
	json_object_set_new(changes, "updated_at", sim_json_now());
}

static void
take_card(SimRequest *request, const char *iccid)
{
	json_t *changes = changes_of(request->sim, iccid, TRUE);

	sim_row_set_text(changes, "holder", request->scope);
	json_object_del(changes, "released");
}

static void
update_sim(SimRequest *request)
{
	const char *iccid = sim_request_param(request, "iccid");
	const char *action = sim_request_text(request, "action");
	gboolean activate = g_strcmp0(action, "activate") == 0;
	gboolean limited = sim_request_field(request, "mb_limit") != NULL;
	int mb_limit = 0;
	SimDevice *device = sim_fleet_find_iccid(request->sim, iccid);

	if (activate && !request->product && device && is_free(request->sim, device, iccid))
		take_card(request, iccid);
	if (!card_of(request))
		return;
	if (limited && (!sim_request_number(request, "mb_limit", &mb_limit) || mb_limit < 1)) {
		sim_fail(request, 400, "mb_limit: a number above 0");
		return;
	}
	if (activate && !request->product)
		set_status(request, iccid, "active", "activate");
	else if (g_strcmp0(action, "reactivate") == 0)
		set_status(request, iccid, "active", "reactivate");
	else if (g_strcmp0(action, "deactivate") == 0)
		set_status(request, iccid, "deactivated", "deactivate");
	else if (action || !limited) {
		sim_fail(request, 400, "action: activate, deactivate or reactivate");
		return;
	}
	if (limited)
		json_object_set_new(changes_of(request->sim, iccid, TRUE), "mb_limit",
				    json_integer(mb_limit));
	sim_reply_ok(request);
}

/* A card that is free, or of the user's own, comes with its device where that may come. */
static void
import_card(SimRequest *request, const char *iccid)
{
	SimProduct *product = request->product;
	SimDevice *device = iccid ? sim_fleet_find_iccid(request->sim, iccid) : NULL;
	gboolean own =
	    device && !device->product && (!device->owner || device->owner == request->user);

	if (!device ||
	    !(own || is_free(request->sim, device, iccid) || is_held(request, device, iccid)))
		return;
	if (own && device->platform_id == product->platform_id)
		device->product = product;
	if (!is_held(request, device, iccid))
		take_card(request, iccid);
	set_status(request, iccid, "active", "activate");
}

/* It is queued: what can't be imported is told by a mail. */
static void
import_sims(SimRequest *request)
{
	g_autoptr(GPtrArray) words = sim_request_file_words(request);
	json_t *list = sim_request_field(request, "sims");
	json_t *item;
	size_t i;

	if (!json_array_size(list) && !words->len) {
		sim_fail(request, 400, "sims: a list of ICCIDs is required");
		return;
	}
	json_array_foreach(list, i, item) import_card(request, json_string_value(item));
	for (guint k = 0; k < words->len; k++)
		import_card(request, words->pdata[k]);
	sim_reply_ok(request);
}

static void
release_sim(SimRequest *request)
{
	const char *iccid = sim_request_param(request, "iccid");

	if (!card_of(request))
		return;
	set_status(request, iccid, "deactivated", "deactivate");
	json_object_set_new(changes_of(request->sim, iccid, TRUE), "released", json_true());
	json_object_del(changes_of(request->sim, iccid, FALSE), "holder");
	sim_reply_empty(request, 204);
}

static void
sim_status(SimRequest *request)
{
	SimDevice *device = card_of(request);
	g_autofree char *now = sim_now_text();
	g_autofree char *later = sim_time_text(g_get_real_time() + 60 * G_USEC_PER_SEC);
	g_autofree char *task = NULL;

	if (!device)
		return;
	task = sim_random_uuid(request->sim);
	sim_reply(request, 202,
		  json_pack("{s:b, s:{s:s, s:s, s:s, s:s, s:s, s:s}, s:{s:b, s:b, s:b}}", "ok", 1,
			    "meta", "created_at", now, "expires_at", later, "check_again_after",
			    now, "state", "complete", "method", "async", "task_id", task,
			    "sim_status", "connected", device->online, "gsm_connection",
			    device->online, "data_connection", device->online));
}

#define BOTH (SIM_OWN | SIM_PRODUCT)

/* clang-format off */
const SimRoute sim_sims_routes[] = {
	{ "GET",    BOTH,        "/sims",                   list_sims,   "sims:list" },
	{ "POST",   SIM_PRODUCT, "/sims",                   import_sims, "sims:import" },
	{ "GET",    SIM_PRODUCT, "/sims/data_usage",        fleet_usage, "sims.usage:get" },
	{ "HEAD",   SIM_OWN,     "/sims/:iccid",            check_sim,   "sims:get" },
	{ "GET",    BOTH,        "/sims/:iccid",            get_sim,     "sims:get" },
	{ "PUT",    BOTH,        "/sims/:iccid",            update_sim,  "sims:update" },
	{ "DELETE", BOTH,        "/sims/:iccid",            release_sim, "sims:remove" },
	{ "GET",    BOTH,        "/sims/:iccid/data_usage", data_usage,  "sims.usage:get" },
	{ "GET",    BOTH,        "/sims/:iccid/status",     sim_status,  "sims:get" },
	{ NULL },
};
/* clang-format on */
