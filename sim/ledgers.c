/* SPDX-License-Identifier: Apache-2.0 */
/* Ledgers: definitions, instances, and the versions that writing leaves behind. */
#include "families.h"
#include "fleet.h"
#include "people.h"
#include "store.h"

#include <string.h>

static json_t *
rows_of(SimRequest *request)
{
	return sim_rows(request->sim, "ledgers", request->scope);
}

static json_t *
ledger_of(SimRequest *request)
{
	return sim_request_row(request, rows_of(request), "name", "name", "Ledger");
}

static void
reply_ledger(SimRequest *request, guint status, const json_t *row)
{
	if (row)
		sim_reply(request, status,
			  json_pack("{s:o}", "ledger", sim_row_without(row, "instances")));
}

/* "ledger" is what the SDK sends, "definition" what some tables of the documents say. */
static json_t *
wanted_ledger(SimRequest *request)
{
	json_t *wanted = sim_request_field(request, "ledger");

	return wanted ? wanted : sim_request_field(request, "definition");
}

static void
list_ledgers(SimRequest *request)
{
	const char *scope = sim_request_query(request, "scope");
	gboolean archived = g_strcmp0(sim_request_query(request, "archived"), "true") == 0;
	json_t *list = json_array();
	json_t *row;
	size_t i;

	json_array_foreach(rows_of(request), i,
			   row) if ((!scope || g_strcmp0(sim_row_text(row, "scope"), scope) == 0) &&
				    archived == (sim_row_text(row, "archived_at") != NULL))
	    json_array_append_new(list, sim_row_without(row, "instances"));
	sim_reply_page(request, "ledgers", list);
}

static const char *const scopes[] = { "Owner", "Product", "Device", NULL };
static const char *const directions[] = { "Upstream", "Downstream", NULL };
static const char *const set_modes[] = { "Replace", "Merge", NULL };

static gboolean
is_one_of(const char *word, const char *const *words)
{
	return word && g_strv_contains(words, word);
}

static json_t *
ledger_new(const char *name, const char *scope, const char *direction, const char *description)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:n, s:[]}", "scope", scope, "name", name,
			 "description", description ? description : "", "direction", direction,
			 "created_at", sim_json_now(), "updated_at", sim_json_now(), "archived_at",
			 "instances");
}

static void
create_ledger(SimRequest *request)
{
	json_t *wanted = wanted_ledger(request);
	const char *name = sim_row_text(wanted, "name");
	const char *scope = sim_row_text(wanted, "scope");
	const char *direction = sim_row_text(wanted, "direction");
	json_t *row;

	if (!name || !*name || strlen(name) > 128 ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(name)) {
		sim_fail(request, 400, "name: lowercase letters, digits and -");
	} else if (!is_one_of(scope, scopes) || !is_one_of(direction, directions)) {
		sim_fail(request, 400,
			 "scope: Owner, Product or Device; direction: Upstream or "
			 "Downstream");
	} else if (strcmp(direction, "Upstream") == 0 && strcmp(scope, "Device") != 0) {
		sim_fail(request, 400, "Upstream ledgers are of scope Device");
	} else if (sim_row_find(rows_of(request), "name", name)) {
		sim_fail(request, 409, "A ledger of this name already exists");
	} else {
		row =
		    sim_row_add(rows_of(request), ledger_new(name, scope, direction,
							     sim_row_text(wanted, "description")));
		reply_ledger(request, 201, row);
	}
}

static void
get_ledger(SimRequest *request)
{
	reply_ledger(request, 200, ledger_of(request));
}

static void
update_ledger(SimRequest *request)
{
	json_t *row = ledger_of(request);
	json_t *wanted = wanted_ledger(request);
	const char *direction = sim_row_text(wanted, "direction");

	if (!row)
		return;
	if (direction && strcmp(direction, "Upstream") == 0 &&
	    strcmp(sim_row_text(row, "scope"), "Device") != 0) {
		sim_fail(request, 400, "Upstream ledgers are of scope Device");
		return;
	}
	if (!json_is_object(wanted) || (direction && !is_one_of(direction, directions))) {
		sim_fail(request, 400, "ledger: description or direction");
		return;
	}
	if (sim_row_text(wanted, "description"))
		sim_row_set_text(row, "description", sim_row_text(wanted, "description"));
	if (direction)
		sim_row_set_text(row, "direction", direction);
	json_object_set_new(row, "updated_at", sim_json_now());
	reply_ledger(request, 201, row);
}

static void
archive_ledger(SimRequest *request)
{
	json_t *row = ledger_of(request);

	if (!row)
		return;
	json_object_set_new(row, "archived_at", sim_json_now());
	sim_reply_empty(request, 204);
}

/* An instance is {value, versions: [oldest, …, current]}. */
static json_t *
find_instance(json_t *ledger, const char *value)
{
	return sim_row_find(json_object_get(ledger, "instances"), "value", value);
}

static json_t *
current_of(const json_t *instance)
{
	json_t *versions = json_object_get(instance, "versions");

	return json_array_get(versions, json_array_size(versions) - 1);
}

static json_t *
instance_of(SimRequest *request)
{
	return sim_request_row(request, json_object_get(ledger_of(request), "instances"), "value",
			       "value", "Ledger instance");
}

static void
list_instances(SimRequest *request)
{
	json_t *ledger = ledger_of(request);
	json_t *list;
	json_t *instance;
	size_t i;

	if (!ledger)
		return;
	list = json_array();
	json_array_foreach(json_object_get(ledger, "instances"), i, instance)
	    json_array_append(list, current_of(instance));
	sim_reply_page(request, "instances", list);
}

static void
get_instance(SimRequest *request)
{
	json_t *instance = instance_of(request);

	if (instance)
		sim_reply(request, 200, json_pack("{s:O}", "instance", current_of(instance)));
}

static gboolean
value_exists(SimRequest *request, const json_t *ledger, const char *value)
{
	const char *scope = sim_row_text(ledger, "scope");
	SimDevice *device = sim_fleet_find(request->sim, value);

	if (strcmp(scope, "Device") == 0 &&
	    (!device || (device->owner != request->user && !device->product)))
		return sim_fail_not_found(request, "Device"), FALSE;
	if (strcmp(scope, "Product") == 0 && !sim_product_find(request->sim, value))
		return sim_fail_not_found(request, "Product"), FALSE;
	return TRUE;
}

static json_t *
add_version(SimRequest *request, json_t *ledger, json_t *instance, const char *value, json_t *data)
{
	json_t *now = sim_json_now();
	json_t *old = current_of(instance);
	SimDevice *device = sim_fleet_find(request->sim, value);
	g_autofree char *text = json_dumps(data, JSON_COMPACT);
	json_t *version = json_pack(
	    "{s:O, s:{s:O, s:s}, s:i, s:O, s:O, s:O}", "name", json_object_get(ledger, "name"),
	    "scope", "type", json_object_get(ledger, "scope"), "value", value, "size_bytes",
	    (int)strlen(text), "data", data, "created_at",
	    old ? json_object_get(old, "created_at") : now, "updated_at", now);

	if (device && device->name)
		sim_row_set_text(json_object_get(version, "scope"), "name", device->name);
	if (old)
		json_object_set(old, "replaced_at", now);
	json_array_append_new(json_object_get(instance, "versions"), version);
	json_decref(now);
	return version;
}

static json_t *
merged(const json_t *old, json_t *data)
{
	json_t *result = old ? json_deep_copy(json_object_get(old, "data")) : json_object();

	json_object_update(result, data);
	return result;
}

static void
put_instance(SimRequest *request)
{
	json_t *ledger = ledger_of(request);
	const char *value = sim_request_param(request, "value");
	const char *mode = sim_request_query(request, "set_mode");
	json_t *data = json_object_get(sim_request_field(request, "instance"), "data");
	g_autofree char *text = NULL;
	json_t *instance;
	json_t *version;

	if (!data)
		data = sim_request_field(request, "data");
	if (!ledger || !value_exists(request, ledger, value))
		return;
	text = data ? json_dumps(data, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	if (!json_is_object(data) || strlen(text) > 16384) {
		sim_fail(request, 400, "data: an object of at most 16384 bytes is required");
		return;
	}
	if (mode && !is_one_of(mode, set_modes)) {
		sim_fail(request, 400, "set_mode: Replace or Merge");
		return;
	}
	if (strcmp(sim_row_text(ledger, "direction"), "Upstream") == 0) {
		sim_fail(request, 400, "An Upstream ledger is written by the device only");
		return;
	}
	instance = find_instance(ledger, value);
	if (!instance)
		instance = sim_row_add(json_object_get(ledger, "instances"),
				       json_pack("{s:s, s:[]}", "value", value, "versions"));
	data =
	    g_strcmp0(mode, "Merge") == 0 ? merged(current_of(instance), data) : json_incref(data);
	version = add_version(request, ledger, instance, value, data);
	json_decref(data);
	sim_reply(request, 201, json_pack("{s:O}", "instance", version));
}

static void
delete_instance(SimRequest *request)
{
	json_t *instance = instance_of(request);

	if (instance)
		sim_reply_removed(request, json_object_get(ledger_of(request), "instances"),
				  instance);
}

#define VERSIONS_A_PAGE 25

static void
list_versions(SimRequest *request)
{
	json_t *instance = instance_of(request);
	const char *before = sim_request_query(request, "replaced_before");
	const char *after = sim_request_query(request, "replaced_after");
	gboolean more = FALSE;
	json_t *versions;
	json_t *list;
	size_t n;

	if (!instance)
		return;
	list = json_array();
	versions = json_object_get(instance, "versions");
	n = json_array_size(versions);
	while (n-- > 0 && !more) {
		json_t *version = json_array_get(versions, n);
		gint64 at = sim_time_parse(sim_row_text(version, "replaced_at"));

		if ((before && (at < 0 || at >= sim_time_parse(before))) ||
		    (after && at >= 0 && at <= sim_time_parse(after)))
			continue;
		more = json_array_size(list) == VERSIONS_A_PAGE;
		if (!more)
			json_array_append(list, version);
	}
	sim_reply(request, 200,
		  json_pack("{s:o, s:{s:b}}", "versions", list, "meta", "has_more", more));
}

static void
get_version(SimRequest *request)
{
	json_t *version =
	    sim_request_row(request, json_object_get(instance_of(request), "versions"),
			    "replaced_at", "version", "Ledger instance version");

	if (version)
		sim_reply(request, 200, json_pack("{s:O}", "instance", version));
}

void
sim_ledgers_seed(Sim *sim)
{
	SimUser *ada = g_ptr_array_index(sim->users, 0);
	SimOrg *org = g_ptr_array_index(sim->orgs, 0);
	g_autofree char *own = sim_user_scope(ada);
	g_autofree char *shared = sim_org_scope(org);
	SimRequest request = { .sim = sim };
	json_t *row =
	    sim_row_add(sim_rows(sim, "ledgers", own),
			ledger_new("thresholds", "Device", "Downstream", "When to water"));
	json_t *instance =
	    sim_row_add(json_object_get(row, "instances"),
			json_pack("{s:s, s:[]}", "value", "e00fce6810caffee00000001", "versions"));
	json_t *data = json_pack("{s:i, s:i}", "max", 8, "min", 2);

	add_version(&request, row, instance, "e00fce6810caffee00000001", data);
	json_decref(data);
	sim_row_add(sim_rows(sim, "ledgers", own),
		    ledger_new("readings", "Device", "Upstream", "What devices report"));
	sim_row_add(sim_rows(sim, "ledgers", shared),
		    ledger_new("policy", "Owner", "Downstream", "For all of Acme"));
}

#define ALL (SIM_OWN | SIM_ORG | SIM_PRODUCT)
#define I "/ledgers/:name/instances"

/* clang-format off */
const SimRoute sim_ledgers_routes[] = {
	{ "GET",    ALL, "/ledgers",             list_ledgers,    "ledger.definitions:list" },
	{ "POST",   ALL, "/ledgers",             create_ledger,   "ledger.definitions:create" },
	{ "GET",    ALL, "/ledgers/:name",       get_ledger,      "ledger.definitions:get" },
	{ "PUT",    ALL, "/ledgers/:name",       update_ledger,   "ledger.definitions:update" },
	{ "DELETE", ALL, "/ledgers/:name",       archive_ledger,  "ledger.definitions:archive" },
	{ "GET",    ALL, I,                      list_instances,  "ledger.instances:list" },
	{ "GET",    ALL, I "/:value",            get_instance,    "ledger.instances:get" },
	{ "PUT",    ALL, I "/:value",            put_instance,    "ledger.instances:set" },
	{ "DELETE", ALL, I "/:value",            delete_instance, "ledger.instances:remove" },
	{ "GET",    ALL, I "/:value/versions",   list_versions,   "ledger.instances.versions:list" },
	{ "GET",    ALL, I "/:value/versions/:version", get_version, "ledger.instances.versions:get" },
	{ NULL },
};
/* clang-format on */
