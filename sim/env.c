/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Environment variables. Each scope has a row {own, snapshot, …}: own is what
 * was set, snapshot what was rolled out last. A device sees its own over its
 * product's over its owner's.
 */
#include "families.h"
#include "fleet.h"
#include "people.h"
#include "store.h"

#include <string.h>

#define MAX_RENDERED 16384

static json_t *
env_row(Sim *sim, const char *scope)
{
	json_t *rows = sim_rows(sim, "env", scope);

	if (!json_array_size(rows))
		sim_row_add(rows, json_pack("{s:{}, s:n, s:n, s:n}", "own", "snapshot",
					    "updated_at", "updated_by"));
	return json_array_get(rows, 0);
}

static gboolean
is_device_id(const char *text)
{
	return strlen(text) == 24 && strspn(text, "0123456789abcdefABCDEF") == 24;
}

/* Whose variables the request means: the scope's, or those of the device in the path; or answers.
 */
static char *
scope_of(SimRequest *request)
{
	const char *id = sim_request_param(request, "id");
	SimDevice *device;

	if (!id)
		return g_strdup(request->scope);
	if (!is_device_id(id)) { /* a key, which has nothing below it */
		sim_fail_not_found(request, "Device");
		return NULL;
	}
	device = sim_fleet_find(request->sim, id);
	if (!device || (device->owner != request->user &&
			!(device->product && device->product->owner == request->user))) {
		sim_fail_device(request);
		return NULL;
	}
	request->device = device;
	return g_strconcat("device:", device->id, NULL);
}

static char *
owner_scope(Sim *sim, const SimDevice *device, const SimProduct *product)
{
	SimUser *owner = product ? product->owner : device->owner;

	if (product && product->org)
		return sim_org_scope(product->org);
	return owner ? sim_user_scope(owner) : NULL;
}

static void
inherit(json_t *out, json_t *own, const char *from)
{
	const char *key;
	json_t *value;

	json_object_foreach(own, key, value) json_object_set_new(
	    out, key,
	    json_pack("{s:s, s:O}", "from", from, "value", json_object_get(value, "value")));
}

/* Returns: (transfer full): what the scope gets from those above it */
static json_t *
inherited_of(SimRequest *request, const char *part)
{
	const SimProduct *product = request->device ? request->device->product : request->product;
	g_autofree char *owner = NULL;
	json_t *out = json_object();

	if (request->device || request->product)
		owner = owner_scope(request->sim, request->device, product);
	if (owner)
		inherit(out, json_object_get(env_row(request->sim, owner), part), "Owner");
	if (request->device && product)
		inherit(out, json_object_get(env_row(request->sim, product->scope), part),
			"Product");
	return out;
}

static json_t *
rendered_of(SimRequest *request, const char *scope, const char *part)
{
	json_t *inherited = inherited_of(request, part);
	json_t *out = json_object();
	const char *key;
	json_t *value;

	json_object_foreach(inherited, key, value)
	    json_object_set(out, key, json_object_get(value, "value"));
	json_decref(inherited);
	json_object_foreach(json_object_get(env_row(request->sim, scope), part), key, value)
	    json_object_set(out, key, json_object_get(value, "value"));
	return out;
}

static json_t *
env_json(SimRequest *request, const char *scope)
{
	json_t *row = env_row(request->sim, scope);
	json_t *snapshot = json_object_get(row, "snapshot");
	json_t *result = json_pack("{s:n, s:{s:o, s:o, s:n, s:O, s:n, s:O}}", "last_snapshot",
				   "latest", "own", json_deep_copy(json_object_get(row, "own")),
				   "inherited", inherited_of(request, "own"), "created_at",
				   "updated_at", json_object_get(row, "updated_at"), "created_by",
				   "updated_by", json_object_get(row, "updated_by"));

	if (json_is_object(snapshot))
		json_object_set_new(result, "last_snapshot",
				    json_pack("{s:o, s:o, s:O, s:O}", "own",
					      json_deep_copy(snapshot), "inherited",
					      inherited_of(request, "snapshot"), "rollout_at",
					      json_object_get(row, "rollout_at"), "rollout_by",
					      json_object_get(row, "rollout_by")));
	if (request->device)
		json_object_set_new(result, "on_device",
				    json_pack("{s:o, s:o}", "rendered",
					      rendered_of(request, scope, "snapshot"),
					      "last_reported_at", sim_json_now()));
	return result;
}

static gboolean
key_ok(SimRequest *request, const char *key, int op)
{
	g_autofree char *text = NULL;

	if (key && *key && !g_ascii_isdigit(*key) && strlen(key) <= 128 &&
	    strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(key))
		return TRUE;
	text = g_strdup_printf("Validation error: : Must only contain uppercase letters, numbers, "
			       "and underscores. Must not start with a number. at \"ops[%d].key\"",
			       op);
	sim_fail_oauth(request, 400, "invalid_request", text);
	return FALSE;
}

static gboolean
set_key(SimRequest *request, json_t *own, const char *key, json_t *value, int op)
{
	if (!key_ok(request, key, op))
		return FALSE;
	if (!json_is_string(value)) {
		sim_fail_oauth(request, 400, "invalid_request",
			       "Validation error: value must be a string");
		return FALSE;
	}
	json_object_set_new(own, key, json_pack("{s:O}", "value", value));
	return TRUE;
}

static void
list_env(SimRequest *request)
{
	g_autofree char *scope = scope_of(request);

	if (scope)
		sim_reply(request, 200, env_json(request, scope));
}

static void
keep(SimRequest *request, const char *scope, json_t *own)
{
	g_autofree char *text = json_dumps(own, JSON_COMPACT);
	json_t *row = env_row(request->sim, scope);

	if (strlen(text) > MAX_RENDERED) {
		sim_fail_oauth(request, 400, "invalid_request", "The variables are over 16 KB");
		return;
	}
	json_object_set(row, "own", own);
	json_object_set_new(row, "updated_at", sim_json_now());
	sim_row_set_text(row, "updated_by", request->user->username);
	sim_reply(request, 200, env_json(request, scope));
}

/* Changes are made to a copy: all of them, or none. */
static json_t *
copy_own(SimRequest *request, const char *scope)
{
	return json_deep_copy(json_object_get(env_row(request->sim, scope), "own"));
}

static void
change_env(SimRequest *request)
{
	g_autofree char *scope = scope_of(request);
	json_t *ops = sim_request_field(request, "ops");
	g_autoptr(json_t) own = NULL;
	json_t *op;
	size_t i;

	if (!scope)
		return;
	if (!json_array_size(ops)) {
		sim_fail_oauth(request, 400, "invalid_request",
			       "Validation error: ops are required");
		return;
	}
	own = copy_own(request, scope);
	json_array_foreach(ops, i, op)
	{
		const char *what = sim_row_text(op, "op");
		const char *key = sim_row_text(op, "key");

		if (g_strcmp0(what, "Set") == 0) {
			if (!set_key(request, own, key, json_object_get(op, "value"), (int)i))
				return;
		} else if (g_strcmp0(what, "Unset") == 0) {
			if (!key_ok(request, key, (int)i))
				return;
			json_object_del(own, key);
		} else {
			sim_fail_oauth(request, 400, "invalid_request",
				       "Validation error: op must be Set or Unset");
			return;
		}
	}
	keep(request, scope, own);
}

static void
set_one(SimRequest *request)
{
	g_autofree char *scope = scope_of(request);
	g_autoptr(json_t) own = scope ? copy_own(request, scope) : NULL;

	if (own && set_key(request, own, sim_request_param(request, "key"),
			   sim_request_field(request, "value"), 0))
		keep(request, scope, own);
}

static void
delete_one(SimRequest *request)
{
	g_autofree char *scope = scope_of(request);
	g_autoptr(json_t) own = scope ? copy_own(request, scope) : NULL;

	if (!own)
		return;
	if (json_object_del(own, sim_request_param(request, "key")) == 0)
		keep(request, scope, own);
	else
		sim_fail_not_found(request, "Environment variable");
}

static void
render(SimRequest *request)
{
	g_autofree char *scope = scope_of(request);
	json_t *row;
	json_t *at;
	json_t *by;

	if (!scope)
		return;
	row = env_row(request->sim, scope);
	at = json_object_get(row, "rollout_at");
	by = json_object_get(row, "rollout_by");
	sim_reply(request, 200,
		  json_pack("{s:o, s:O, s:o, s:o}", "env", rendered_of(request, scope, "own"),
			    "last_updated_at", json_object_get(row, "updated_at"), "rollout_at",
			    at ? json_incref(at) : json_null(), "rollout_by",
			    by ? json_incref(by) : json_null()));
}

/* What going from @before to @after means; both are key -> text. */
static json_t *
diff(json_t *before, json_t *after)
{
	json_t *changes = json_array();
	json_t *unchanged = json_object();
	const char *key;
	json_t *value;

	json_object_foreach(after, key, value)
	{
		json_t *old = json_object_get(before, key);

		if (!old)
			json_array_append_new(changes, json_pack("{s:s, s:s, s:O}", "op", "Added",
								 "key", key, "after", value));
		else if (json_equal(old, value))
			json_object_set(unchanged, key, value);
		else
			json_array_append_new(changes,
					      json_pack("{s:s, s:s, s:O, s:O}", "op", "Changed",
							"key", key, "before", old, "after", value));
	}
	json_object_foreach(before, key, value) if (!json_object_get(after, key))
	    json_array_append_new(changes, json_pack("{s:s, s:s, s:O}", "op", "Removed", "key", key,
						     "before", value));
	return json_pack("{s:o, s:o}", "changes", changes, "unchanged", unchanged);
}

static void
review(SimRequest *request)
{
	g_autofree char *scope = scope_of(request);
	g_autoptr(json_t) before = NULL;
	g_autoptr(json_t) after = NULL;
	json_t *answer;

	if (!scope)
		return;
	before = rendered_of(request, scope, "snapshot");
	after = rendered_of(request, scope, "own");
	answer = json_pack("{s:o}", "from_snapshot", diff(before, after));
	if (request->device)
		json_object_set_new(answer, "from_device", diff(before, after));
	sim_reply(request, 200, answer);
}

static void
roll_out(SimRequest *request)
{
	g_autofree char *scope = scope_of(request);
	const char *when = sim_request_text(request, "when");
	json_t *row;

	if (!scope)
		return;
	if (g_strcmp0(when, "Immediate") != 0 && g_strcmp0(when, "Connect") != 0) {
		sim_fail_oauth(request, 400, "invalid_request",
			       "Validation error: when must be Immediate or Connect");
		return;
	}
	row = env_row(request->sim, scope);
	json_object_set_new(row, "snapshot", json_deep_copy(json_object_get(row, "own")));
	json_object_set_new(row, "rollout_at", sim_json_now());
	sim_row_set_text(row, "rollout_by", request->user->username);
	sim_reply(request, 200, json_pack("{s:b}", "success", 1));
}

#define ALL (SIM_OWN | SIM_ORG | SIM_PRODUCT)

/* clang-format off */
const SimRoute sim_env_routes[] = {
	{ "GET",    ALL,     "/env",             list_env,   "env:get" },
	{ "PATCH",  ALL,     "/env",             change_env, "env:update" },
	{ "GET",    ALL,     "/env/render",      render,     "env:get" },
	{ "GET",    ALL,     "/env/rollout",     review,     "env:get" },
	{ "POST",   ALL,     "/env/rollout",     roll_out,   "env:update" },
	{ "GET",    SIM_OWN, "/env/:id",         list_env,   "env:get" },
	{ "PATCH",  SIM_OWN, "/env/:id",         change_env, "env:update" },
	{ "PUT",    ALL,     "/env/:key",        set_one,    "env:update" },
	{ "DELETE", ALL,     "/env/:key",        delete_one, "env:update" },
	{ "GET",    SIM_OWN, "/env/:id/render",  render,     "env:get" },
	{ "GET",    SIM_OWN, "/env/:id/rollout", review,     "env:get" },
	{ "POST",   SIM_OWN, "/env/:id/rollout", roll_out,   "env:update" },
	{ "PUT",    SIM_OWN, "/env/:id/:key",    set_one,    "env:update" },
	{ "DELETE", SIM_OWN, "/env/:id/:key",    delete_one, "env:update" },
	{ NULL },
};
/* clang-format on */
