/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks are integrations of type Webhook: two sets of paths, one store. */
#include "families.h"
#include "fleet.h"
#include "people.h"
#include "store.h"

#include <string.h>

static json_t *
rows_of(SimRequest *request)
{
	return sim_rows(request->sim, "integrations", request->scope);
}

static gboolean
is_webhook(const json_t *row)
{
	return g_strcmp0(sim_row_text(row, "integration_type"), "Webhook") == 0;
}

static gboolean
path_is_webhooks(SimRequest *request)
{
	return strstr(request->route->path, "/webhooks") != NULL;
}

/* deviceID, deviceId and deviceid are the same; only one is kept. */
static void
unify_device(json_t *row)
{
	static const char *const spellings[] = { "deviceId", "deviceid", "device_id" };

	for (guint i = 0; i < G_N_ELEMENTS(spellings); i++) {
		json_t *value = json_object_get(row, spellings[i]);

		if (!value)
			continue;
		json_object_set(row, "deviceID", value);
		json_object_del(row, spellings[i]);
	}
}

static gboolean
check_settings(SimRequest *request, const json_t *row)
{
	static const char *const methods[] = { "GET", "POST", "PUT", "DELETE", NULL };
	const char *method = sim_row_text(row, "requestType");
	const char *url = sim_row_text(row, "url");

	if (!sim_row_text(row, "integration_type"))
		return sim_fail(request, 400, "integration_type: a name is required"), FALSE;
	if (!sim_row_text(row, "event") || !*sim_row_text(row, "event"))
		return sim_fail(request, 400, "event is required"), FALSE;
	if (is_webhook(row) && (!url || (!g_str_has_prefix(url, "http") && !strstr(url, "{{"))))
		return sim_fail(request, 400, "url: an address is required"), FALSE;
	if (method && !g_strv_contains(methods, method))
		return sim_fail(request, 400, "requestType: GET, POST, PUT or DELETE"), FALSE;
	return TRUE;
}

/* Returns: (transfer full): a row of the body's settings; or NULL, answered */
static json_t *
row_from_body(SimRequest *request, const char *type)
{
	json_t *row = request->body ? json_deep_copy(request->body) : json_object();

	json_object_del(row, "access_token");
	if (!json_object_get(row, "integration_type"))
		sim_row_set_text(row, "integration_type", type);
	if (is_webhook(row) && !json_object_get(row, "requestType"))
		sim_row_set_text(row, "requestType", "POST");
	if (!json_object_get(row, "disabled"))
		json_object_set_new(row, "disabled", json_false());
	unify_device(row);
	if (check_settings(request, row))
		return row;
	json_decref(row);
	return NULL;
}

/* Its own address, where the target's is made of other settings. */
static void
note_address(json_t *row)
{
	g_autofree char *url =
	    g_strconcat("https://api.particle.io/v1/integrations/", sim_row_text(row, "id"), NULL);

	if (strcmp(sim_row_text(row, "integration_type"), "AzureIotHub") == 0)
		sim_row_set_text(row, "integrationUrl", url);
}

static void
create_hook(SimRequest *request)
{
	g_autofree char *id = NULL;
	g_autofree char *url = NULL;
	json_t *row = row_from_body(request, "Webhook");
	json_t *answer;

	if (!row)
		return;
	id = sim_random_hex(request->sim, 24);
	url = g_strconcat("https://api.particle.io/v1/webhooks/", id, NULL);
	sim_row_set_text(row, "id", id);
	note_address(row);
	json_object_set_new(row, "created_at", sim_json_now());
	if (request->product)
		json_object_set_new(row, "product_id", json_integer(request->product->id));
	sim_row_add(rows_of(request), row);
	answer =
	    json_pack("{s:b, s:s, s:s, s:O, s:s, s:b, s:b, s:s}", "ok", 1, "id", id, "event",
		      sim_row_text(row, "event"), "created_at", json_object_get(row, "created_at"),
		      "integration_type", sim_row_text(row, "integration_type"), "noDefaults",
		      json_is_true(json_object_get(row, "noDefaults")), "rejectUnauthorized",
		      !json_is_false(json_object_get(row, "rejectUnauthorized")), "hookUrl", url);
	sim_row_set_text(answer, "name", sim_row_text(row, "name"));
	sim_row_set_text(answer, "url", sim_row_text(row, "url"));
	if (json_object_get(row, "integrationUrl"))
		json_object_set(answer, "integrationUrl", json_object_get(row, "integrationUrl"));
	sim_reply(request, 201, answer);
}

static json_t *
public_row(const json_t *row)
{
	json_t *copy = json_deep_copy(row);

	if (!json_object_get(copy, "name"))
		json_object_set_new(copy, "name", json_null());
	return copy;
}

static void
list_hooks(SimRequest *request)
{
	json_t *list = json_array();
	json_t *row;
	size_t i;

	json_array_foreach(rows_of(request), i,
			   row) if (is_webhook(row) || !path_is_webhooks(request))
	    json_array_append_new(list, public_row(row));
	sim_reply(request, 200, list);
}

static json_t *
hook_of(SimRequest *request)
{
	json_t *row = sim_row_find(rows_of(request), "id", sim_request_param(request, "id"));

	if (!row || (path_is_webhooks(request) && !is_webhook(row))) {
		sim_fail_not_found(request, path_is_webhooks(request) ? "Webhook" : "Integration");
		return NULL;
	}
	return row;
}

static void
get_hook(SimRequest *request)
{
	json_t *row = hook_of(request);

	if (!row)
		return;
	row = public_row(row);
	json_object_set_new(row, "logs", json_array());
	json_object_set_new(row, "errors", json_array());
	json_object_set_new(row, "counters", json_array());
	sim_reply(request, 200,
		  json_pack("{s:o}", path_is_webhooks(request) ? "webhook" : "integration", row));
}

/* The body replaces the whole configuration: fields left out are lost. */
static void
edit_hook(SimRequest *request)
{
	json_t *old = hook_of(request);
	json_t *row;

	if (!old)
		return;
	row = row_from_body(request, sim_row_text(old, "integration_type"));
	if (!row)
		return;
	json_object_set(row, "id", json_object_get(old, "id"));
	note_address(row);
	json_object_set(row, "created_at", json_object_get(old, "created_at"));
	if (request->product)
		json_object_set_new(row, "product_id", json_integer(request->product->id));
	json_object_clear(old);
	json_object_update_new(old, row);
	sim_reply(request, 200, json_pack("{s:o}", "integration", public_row(old)));
}

static void
delete_hook(SimRequest *request)
{
	sim_reply_removed(request, rows_of(request), hook_of(request));
}

static void
test_hook(SimRequest *request)
{
	if (hook_of(request))
		sim_reply(request, 200,
			  json_pack("{s:b, s:s, s:n}", "pass", 1, "data", "OK", "error"));
}

void
sim_hooks_seed(Sim *sim)
{
	SimUser *ada = g_ptr_array_index(sim->users, 0);
	g_autofree char *scope = sim_user_scope(ada);
	json_t *rows = sim_rows(sim, "integrations", scope);

	sim_row_add(rows, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "id",
				    "5b0e1f2a3c4d5e6f70819203", "event", "soil", "name", "to-db",
				    "created_at", "2025-03-14T09:26:53.589Z", "integration_type",
				    "Webhook", "url", "https://example.com/h", "requestType",
				    "POST", "disabled", 0));
	sim_row_add(rows,
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "id",
			      "5b0e1f2a3c4d5e6f70819204", "event", "temp", "name", "to-pubsub",
			      "created_at", "2025-03-15T10:00:00.000Z", "integration_type",
			      "GoogleCloudPubSub", "topic", "projects/x/topics/y", "disabled", 0));
}

#define ALL (SIM_OWN | SIM_PRODUCT | SIM_ORG)
#define TWO (SIM_OWN | SIM_PRODUCT)

/* clang-format off */
const SimRoute sim_hooks_routes[] = {
	{ "POST",   TWO, "/webhooks",              create_hook, "integrations:create" },
	{ "GET",    TWO, "/webhooks",              list_hooks,  "integrations:list" },
	{ "GET",    TWO, "/webhooks/:id",          get_hook,    "integrations:get" },
	{ "DELETE", TWO, "/webhooks/:id",          delete_hook, "integrations:remove" },
	{ "POST",   ALL, "/integrations",          create_hook, "integrations:create" },
	{ "GET",    ALL, "/integrations",          list_hooks,  "integrations:list" },
	{ "GET",    ALL, "/integrations/:id",      get_hook,    "integrations:get" },
	{ "PUT",    ALL, "/integrations/:id",      edit_hook,   "integrations:update" },
	{ "DELETE", ALL, "/integrations/:id",      delete_hook, "integrations:remove" },
	{ "POST",   ALL, "/integrations/:id/test", test_hook,   "integrations:test" },
	{ NULL },
};
/* clang-format on */
