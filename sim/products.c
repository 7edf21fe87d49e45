/* SPDX-License-Identifier: Apache-2.0 */
/* Products, and the devices in them: lists by page, import, quarantine, groups of many. */
#include "families.h"
#include "fleet.h"
#include "people.h"
#include "store.h"

#include <string.h>

static json_t *
product_json(Sim *sim, const SimProduct *product, gboolean whole)
{
	json_t *row = json_pack("{s:i, s:i, s:s, s:s, s:s, s:i, s:O}", "id", product->id,
				"platform_id", product->platform_id, "name", product->name, "slug",
				product->slug, "description", product->description,
				"subscription_id", 4711, "settings", product->settings);
	json_t *groups = json_array();
	json_t *group;
	size_t i;

	json_array_foreach(sim_rows(sim, "groups", product->scope), i, group)
	    json_array_append(groups, json_object_get(group, "name"));
	json_object_set_new(row, "groups", groups);
	if (product->org) {
		json_object_set_new(row, "org", json_string(product->org->slug));
		json_object_set_new(row, "organization_id", json_string(product->org->id));
	} else {
		json_object_set_new(row, "user", json_string(product->owner->username));
	}
	if (whole)
		json_object_set_new(row, "device_protection", json_string("disabled"));
	return row;
}

static void
list_products(SimRequest *request)
{
	Sim *sim = request->sim;
	json_t *list = json_array();

	for (guint i = 0; i < sim->products->len; i++) {
		SimProduct *product = g_ptr_array_index(sim->products, i);

		if (request->org ? product->org == request->org
				 : product->owner == request->user ||
				       (request->user->robot && request->user->product == product))
			json_array_append_new(list, product_json(sim, product, FALSE));
	}
	sim_reply(request, 200, json_pack("{s:o}", "products", list));
}

static void
get_product(SimRequest *request)
{
	sim_reply(
	    request, 200,
	    json_pack("{s:o}", "product", product_json(request->sim, request->product, TRUE)));
}

static void
create_product(SimRequest *request)
{
	json_t *wanted = sim_request_field(request, "product");
	const char *name = sim_row_text(wanted, "name");
	int platform_id = (int)json_integer_value(json_object_get(wanted, "platform_id"));
	SimProduct *product;
	int id = 20000 + (int)request->sim->products->len;

	if (!name || !*name || !sim_platform_find(platform_id)) {
		sim_fail(request, 400, "product: name and platform_id are required");
		return;
	}
	product = sim_product_new(request->sim, id, platform_id, name, request->org);
	product->owner = request->user;
	if (sim_row_text(wanted, "description")) {
		g_free(product->description);
		product->description = g_strdup(sim_row_text(wanted, "description"));
	}
	if (json_is_object(json_object_get(wanted, "settings")))
		json_object_update(product->settings, json_object_get(wanted, "settings"));
	sim_reply(request, 200,
		  json_pack("{s:o}", "product", product_json(request->sim, product, TRUE)));
}

static gboolean
in_any_group(const SimDevice *device, const char *groups)
{
	g_auto(GStrv) names = groups && *groups ? g_strsplit(groups, ",", -1) : NULL;

	for (char **name = names; name && *name; name++)
		if (sim_device_in_group(device, *name))
			return TRUE;
	return names == NULL;
}

static gboolean
row_matches(SimRequest *request, const SimDevice *device)
{
	const char *wanted = sim_request_query(request, "serialNumber");
	g_autofree char *serial = wanted ? sim_device_serial(device) : NULL;
	gboolean quarantined = g_strcmp0(sim_request_query(request, "quarantined"), "true") == 0;

	return !device->denied && device->quarantined == quarantined &&
	       (!request->user->customer || device->owner == request->user) &&
	       sim_text_has(device->id, sim_request_query(request, "deviceId")) &&
	       sim_text_has(device->name, sim_request_query(request, "deviceName")) &&
	       sim_text_has(serial, wanted) &&
	       in_any_group(device, sim_request_query(request, "groups"));
}

static int
by_name(gconstpointer a, gconstpointer b)
{
	return g_strcmp0((*(SimDevice *const *)a)->name, (*(SimDevice *const *)b)->name);
}

static int
by_id(gconstpointer a, gconstpointer b)
{
	return strcmp((*(SimDevice *const *)a)->id, (*(SimDevice *const *)b)->id);
}

static int
by_version(gconstpointer a, gconstpointer b)
{
	return (int)(*(SimDevice *const *)a)->firmware_version -
	       (int)(*(SimDevice *const *)b)->firmware_version;
}

static void
reverse(GPtrArray *list)
{
	for (guint i = 0; i < list->len / 2; i++) {
		gpointer swap = list->pdata[i];

		list->pdata[i] = list->pdata[list->len - 1 - i];
		list->pdata[list->len - 1 - i] = swap;
	}
}

/* Last connection is the order of sim_fleet_list(), newest first unless asked for asc. */
static gboolean
sort_rows(SimRequest *request, GPtrArray *list)
{
	static const struct {
		const char *name;
		GCompareFunc compare;
	} orders[] = {
		{ "deviceName", by_name },
		{ "deviceId", by_id },
		{ "firmwareVersion", by_version },
		{ "lastConnection", NULL },
	};
	const char *attr = sim_request_query(request, "sortAttr");
	const char *dir = sim_request_query(request, "sortDir");
	gboolean desc =
	    dir ? strcmp(dir, "desc") == 0 : !attr || strcmp(attr, "lastConnection") == 0;

	for (guint i = 0; i < G_N_ELEMENTS(orders); i++) {
		if (strcmp(attr ? attr : "lastConnection", orders[i].name) != 0)
			continue;
		if (orders[i].compare)
			g_ptr_array_sort(list, orders[i].compare);
		if (orders[i].compare ? desc : !desc)
			reverse(list);
		return TRUE;
	}
	return sim_fail(request, 400, "sortAttr: %s is not known", attr), FALSE;
}

static json_t *
customers_of(GPtrArray *list, guint from, guint to)
{
	json_t *customers = json_array();

	for (guint i = from; i < to; i++) {
		SimDevice *device = list->pdata[i];

		if (device->owner && device->owner->customer &&
		    !sim_row_find(customers, "id", device->owner->id))
			json_array_append_new(customers,
					      json_pack("{s:s, s:s}", "id", device->owner->id,
							"username", device->owner->username));
	}
	return customers;
}

/* All that the parameters choose, but for the page. NULL: answered */
static GPtrArray *
choose_devices(SimRequest *request)
{
	static const char *const parameters[] = {
		"quarantined", "deviceId", "deviceName", "serialNumber",
		"groups",      "sortAttr", "sortDir",
	};
	g_autoptr(GString) question = g_string_new(request->product->scope);
	g_autoptr(GPtrArray) all = NULL;
	GPtrArray *list;

	for (guint i = 0; i < G_N_ELEMENTS(parameters); i++) {
		const char *value = sim_request_query(request, parameters[i]);

		g_string_append_printf(question, "&%s=%s", parameters[i], value ? value : "");
	}
	if (request->user->customer)
		g_string_append_printf(question, "&customer=%s", request->user->id);
	list = sim_fleet_recall(request->sim, question->str);
	if (list)
		return list;
	list = g_ptr_array_new();
	all = sim_fleet_list(request->sim, NULL, request->product);
	for (guint i = 0; i < all->len; i++)
		if (row_matches(request, all->pdata[i]))
			g_ptr_array_add(list, all->pdata[i]);
	if (!sort_rows(request, list)) {
		g_ptr_array_unref(list);
		return NULL;
	}
	sim_fleet_remember(request->sim, question->str, list);
	return list;
}

static void
list_devices(SimRequest *request)
{
	g_autoptr(GPtrArray) list = choose_devices(request);
	guint page = (guint)sim_request_query_int(request, "page", 1, 1000000);
	guint per_page = (guint)sim_request_per_page(request, 25, 1000);
	guint from;
	guint to;
	GString *out;
	g_autofree char *customers = NULL;
	json_t *rows;

	if (!list)
		return;
	from = MIN((page - 1) * per_page, list->len);
	to = MIN(from + per_page, list->len);
	out = g_string_new("{\"devices\":[");
	for (guint i = from; i < to; i++) {
		g_string_append(out, i > from ? "," : "");
		sim_device_write(request->sim, list->pdata[i], SIM_VIEW_PRODUCT_ROW, out);
	}
	rows = customers_of(list, from, to);
	customers = json_dumps(rows, JSON_COMPACT);
	json_decref(rows);
	g_string_append_printf(out, "],\"customers\":%s,\"meta\":{\"total_pages\":%u}}", customers,
			       (list->len + per_page - 1) / per_page);
	sim_reply_text(request, NULL, g_string_free(out, FALSE));
}

/* What became of the IDs of an import. */
typedef struct {
	json_t *updated;
	json_t *existing;
	json_t *nonmember;
	json_t *invalid;
	SimUser *claim;
} Import;

static SimDevice *
find_any(Sim *sim, const char *word)
{
	SimDevice *device = sim_fleet_find(sim, word);

	if (!device)
		device = sim_fleet_find_serial(sim, word);
	if (!device)
		device = sim_fleet_find_iccid(sim, word);
	if (!device)
		device = sim_fleet_find_imei(sim, word);
	return device;
}

static void
import_one(SimRequest *request, Import *import, const char *id)
{
	SimProduct *product = request->product;
	SimDevice *device = find_any(request->sim, id);
	json_t *list = import->updated;

	if (!device && strlen(id) == 24 && strspn(id, "0123456789abcdefABCDEF") == 24) {
		/* Not heard of yet: it may be bought and not switched on. */
		g_autofree char *lower = g_ascii_strdown(id, -1);

		device = sim_fleet_add(request->sim, lower, product->platform_id, NULL);
		device->last_handshake_us = device->last_heard_us = 0;
	}
	if (!device)
		list = import->invalid;
	else if (device->platform_id != product->platform_id ||
		 (device->owner && device->owner != request->user && !device->owner->customer))
		list = import->nonmember;
	else if (device->product == product && !device->quarantined && !device->denied)
		list = import->existing;
	json_array_append_new(list, json_string(device ? device->id : id));
	if (!device || list != import->updated)
		return;
	device->product = product;
	device->quarantined = device->denied = FALSE;
	if (import->claim)
		device->owner = import->claim;
}

static void
import_devices(SimRequest *request)
{
	const char *id = sim_request_text(request, "id");
	json_t *ids = sim_request_field(request, "ids");
	const char *claim = sim_request_text(request, "claim_user");
	Import import = { json_array(), json_array(), json_array(), json_array(), NULL };
	g_autoptr(GPtrArray) words = sim_request_file_words(request);
	json_t *item;
	size_t i;

	if (!claim)
		claim = sim_request_query(request, "claim_user");
	import.claim = claim ? sim_user_find(request->sim, claim) : NULL;
	if (id)
		import_one(request, &import, id);
	json_array_foreach(ids, i, item) if (json_is_string(item))
	    import_one(request, &import, json_string_value(item));
	for (guint f = 0; f < words->len; f++)
		if (g_ascii_strcasecmp(words->pdata[f], "id") != 0)
			import_one(request, &import, words->pdata[f]);
	if (!id && !ids && !sim_request_n_files(request)) {
		json_decref(import.updated), json_decref(import.existing);
		json_decref(import.nonmember), json_decref(import.invalid);
		sim_fail(request, 400, "id, ids or a file is required");
		return;
	}
	sim_reply(request, 200,
		  json_pack("{s:b, s:i, s:o, s:o, s:o, s:o, s:[]}", "ok", 1, "updated",
			    (int)json_array_size(import.updated), "updatedDeviceIds",
			    import.updated, "existingDeviceIds", import.existing,
			    "nonmemberDeviceIds", import.nonmember, "invalidDeviceIds",
			    import.invalid, "protectedDeviceIds"));
}

static void
remove_device(SimRequest *request)
{
	SimDevice *device = request->device;

	if (sim_request_flag(request, "deny")) {
		if (!device->quarantined) {
			sim_fail(request, 400, "Only a quarantined device can be denied");
			return;
		}
		device->denied = TRUE;
	} else {
		if (device->owner && device->owner->customer)
			device->owner = NULL;
		device->product = NULL;
		device->desired_version = -1;
		device->development = FALSE;
	}
	sim_reply_empty(request, 204);
}

static void
remove_owner(SimRequest *request)
{
	request->device->owner = NULL;
	sim_reply_ok(request);
}

static void
change_groups(SimDevice *device, json_t *add, json_t *remove)
{
	GPtrArray *groups = g_ptr_array_new();
	json_t *item;
	size_t i;

	for (char **group = device->groups; group && *group; group++) {
		gboolean stays = TRUE;

		json_array_foreach(remove, i, item) stays =
		    stays && g_strcmp0(json_string_value(item), *group) != 0;
		if (stays)
			g_ptr_array_add(groups, g_strdup(*group));
	}
	json_array_foreach(add, i, item) if (json_is_string(item) &&
					     !sim_device_in_group(device, json_string_value(item)))
	    g_ptr_array_add(groups, g_strdup(json_string_value(item)));
	g_ptr_array_add(groups, NULL);
	g_strfreev(device->groups);
	device->groups = (char **)g_ptr_array_free(groups, FALSE);
}

static void
update_many(SimRequest *request)
{
	json_t *metadata = sim_request_field(request, "metadata");
	json_t *item;
	size_t i;

	if (g_strcmp0(sim_request_text(request, "action"), "groups") != 0 ||
	    !json_is_array(sim_request_field(request, "devices"))) {
		sim_fail(request, 400, "action and devices are required");
		return;
	}
	json_array_foreach(sim_request_field(request, "devices"), i, item)
	{
		const char *id = json_string_value(item);
		SimDevice *device =
		    id ? sim_fleet_find_in_product(request->product, request->sim, id) : NULL;

		if (device)
			change_groups(device, json_object_get(metadata, "add"),
				      json_object_get(metadata, "remove"));
	}
	sim_reply_ok(request);
}

static void
registration_code(SimRequest *request)
{
	g_autofree char *code = sim_random_hex(request->sim, 32);

	sim_reply(request, 200, json_pack("{s:s}", "registration_code", code));
}

static void
list_orgs(SimRequest *request)
{
	json_t *list = json_array();

	for (guint i = 0; i < request->sim->orgs->len; i++) {
		SimOrg *org = g_ptr_array_index(request->sim->orgs, i);

		if (sim_org_allows(org, request->user))
			json_array_append_new(list,
					      json_pack("{s:s, s:s, s:s}", "id", org->id, "slug",
							org->slug, "name", org->name));
	}
	sim_reply(request, 200, json_pack("{s:o}", "organizations", list));
}

static void
get_org(SimRequest *request)
{
	SimOrg *org = request->org;

	sim_reply(request, 200,
		  json_pack("{s:{s:s, s:s, s:s}}", "organization", "id", org->id, "slug", org->slug,
			    "name", org->name));
}

/* clang-format off */
const SimRoute sim_products_routes[] = {
	{ "GET",    SIM_OWN | SIM_ORG, "/products",      list_products,  "products:list" },
	{ "GET",    SIM_OWN,     "/user/products",       list_products,  "products:list" },
	{ "POST",   SIM_OWN,     "/user/products",       create_product, "products:create" },
	{ "POST",   SIM_ORG,     "/products",            create_product, "products:create" },
	{ "GET",    SIM_PRODUCT | SIM_ORG_PRODUCT, "",   get_product,    "products:get" },
	{ "GET",    SIM_PRODUCT, "/devices",             list_devices,   "devices:list" },
	{ "POST",   SIM_PRODUCT, "/devices",             import_devices, "devices:import" },
	{ "PUT",    SIM_PRODUCT, "/devices",             update_many,    "devices:update" },
	{ "DELETE", SIM_PRODUCT, "/devices/:device",     remove_device,  "devices:remove" },
	{ "DELETE", SIM_PRODUCT, "/devices/:device/owner", remove_owner, "devices:release" },
	{ "POST",   SIM_PRODUCT, "/registration_code",   registration_code, "devices:update" },
	{ "GET",    SIM_OWN,     "/orgs",                list_orgs,      "orgs:list" },
	{ "GET",    SIM_ORG,     "",                     get_org,        "orgs:get" },
	{ NULL },
};
/* clang-format on */
