/* SPDX-License-Identifier: Apache-2.0 */
/* Product firmware: versions, their binaries, releases; and device groups. */
#include "binary.h"
#include "events.h"
#include "families.h"
#include "fleet.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

static int
devices_running(SimRequest *request, int version)
{
	g_autoptr(GPtrArray) all = sim_fleet_list(request->sim, NULL, request->product);
	int n = 0;

	for (guint i = 0; i < all->len; i++)
		n += ((SimDevice *)all->pdata[i])->firmware_version == version;
	return n;
}

static json_t *
find_version(SimRequest *request, int version)
{
	json_t *row;
	size_t i;

	json_array_foreach(sim_rows(request->sim, "firmware", request->scope), i,
			   row) if (json_integer_value(json_object_get(row, "version")) ==
				    version) return row;
	return NULL;
}

/* Returns: (transfer none): the row the path names; or NULL, answered */
static json_t *
row_of(SimRequest *request)
{
	json_t *row = find_version(request, sim_parse_int(sim_request_param(request, "version")));

	if (!row)
		sim_fail_not_found(request, "Firmware version");
	return row;
}

static json_t *
view(SimRequest *request, json_t *row)
{
	json_t *copy = sim_row_without(row, "released");
	int version = (int)json_integer_value(json_object_get(row, "version"));

	json_object_set_new(copy, "device_count", json_integer(devices_running(request, version)));
	return copy;
}

static json_t *
add_version(Sim *sim, SimProduct *product, int version, const char *title, const char *description,
	    const char *username, GBytes *binary)
{
	g_autofree char *id = sim_random_hex(sim, 24);
	g_autofree char *now = sim_now_text();
	json_t *row = json_pack(
	    "{s:s, s:i, s:s, s:s, s:s, s:I, s:b, s:b, s:[], s:b, s:b, s:s, s:s, s:s, s:i, s:{s:s}}",
	    "_id", id, "version", version, "title", title, "description", description, "name",
	    "firmware.bin", "size", (json_int_t)g_bytes_get_size(binary), "product_default", 0,
	    "current", 0, "groups", "mandatory", 0, "intelligent", 0, "uploaded_on", now,
	    "uploaded_at", now, "updated_at", now, "product_id", product->id, "uploaded_by",
	    "username", username);

	sim_blob_put(sim, id, binary);
	return sim_row_add(sim_rows(sim, "firmware", product->scope), row);
}

static void
list_firmware(SimRequest *request)
{
	json_t *list = json_array();
	json_t *row;
	size_t i;

	json_array_foreach(sim_rows(request->sim, "firmware", request->scope), i, row)
	    json_array_append_new(list, view(request, row));
	sim_reply(request, 200, list);
}

static void
get_firmware(SimRequest *request)
{
	json_t *row = row_of(request);

	if (row)
		sim_reply(request, 200, view(request, row));
}

static void
get_binary(SimRequest *request)
{
	json_t *row = row_of(request);

	if (row)
		sim_reply_bytes(request, "application/octet-stream",
				sim_blob_get(request->sim, sim_row_text(row, "_id")));
}

static void
upload_firmware(SimRequest *request)
{
	GBytes *binary = sim_request_file(request, 0, NULL);
	const char *title = sim_request_text(request, "title");
	const char *description = sim_request_text(request, "description");
	g_autofree char *data = NULL;
	int version = 0;
	json_t *row;

	if (!binary || !g_bytes_get_size(binary)) {
		sim_fail(request, 400, "A binary file is required");
		return;
	}
	if (!sim_request_number(request, "version", &version) || version < 1 || version > 65535) {
		sim_fail(request, 400, "version: a number from 1 to 65535 is required");
		return;
	}
	if (find_version(request, version)) {
		sim_fail(request, 400, "Firmware version %d already exists", version);
		return;
	}
	if (!sim_check_platform(request, binary, request->product->platform_id))
		return;
	row = add_version(request->sim, request->product, version, title ? title : "",
			  description ? description : "", request->user->username, binary);
	if (sim_request_flag(request, "mandatory"))
		json_object_set_new(row, "mandatory", json_true());
	data = g_strdup_printf("{\"version\":\"%d\"}", version);
	sim_event_api(request->sim, request->user, request->product, "particle/firmware/create",
		      data, 60);
	sim_reply(request, 201, view(request, row));
}

static void
update_firmware(SimRequest *request)
{
	json_t *row = row_of(request);

	if (!row)
		return;
	if (!sim_request_text(request, "title") && !sim_request_text(request, "description")) {
		sim_fail(request, 400, "title or description is required");
		return;
	}
	for (int i = 0; i < 2; i++) {
		const char *key = i ? "description" : "title";

		if (sim_request_text(request, key))
			sim_row_set_text(row, key, sim_request_text(request, key));
	}
	json_object_set_new(row, "updated_at", sim_json_now());
	sim_reply(request, 200, view(request, row));
}

static void
make_default(SimRequest *request, json_t *row)
{
	json_t *each;
	size_t i;

	json_array_foreach(sim_rows(request->sim, "firmware", request->scope), i, each)
	{
		json_object_set_new(each, "product_default", json_boolean(each == row));
		json_object_set_new(each, "current", json_boolean(each == row));
	}
}

/* @name NULL: takes it away */
static void
rename_in_row(json_t *row, const char *old, const char *name)
{
	json_t *groups = json_object_get(row, "groups");

	for (size_t i = json_array_size(groups); i-- > 0;) {
		if (g_strcmp0(json_string_value(json_array_get(groups, i)), old) != 0)
			continue;
		if (name)
			json_array_set_new(groups, i, json_string(name));
		else
			json_array_remove(groups, i);
	}
}

/* A group runs one version: the others lose it. */
static void
release_to_groups(SimRequest *request, json_t *row, json_t *groups)
{
	json_t *group;
	json_t *each;
	size_t i;
	size_t k;

	json_array_foreach(groups, i, group)
	    json_array_foreach(sim_rows(request->sim, "firmware", request->scope), k, each)
		rename_in_row(each, json_string_value(group), NULL);
	json_object_set_new(row, "groups", json_deep_copy(groups));
}

/* The others get it when they connect. */
static void
reach_at_once(SimRequest *request)
{
	g_autoptr(GPtrArray) all = sim_fleet_list(request->sim, NULL, request->product);

	for (guint i = 0; i < all->len; i++)
		sim_release_reach(request->sim, all->pdata[i]);
}

static void
release_firmware(SimRequest *request)
{
	int version = 0;
	json_t *groups = sim_request_field(request, "groups");
	gboolean by_default;
	json_t *row;
	g_autofree char *data = NULL;

	sim_request_number(request, "version", &version);
	row = find_version(request, version);
	if (!row) {
		sim_fail_not_found(request, "Firmware version");
		return;
	}
	/* Old versions of the SDK send the version alone: it becomes the default. */
	by_default = !sim_request_field(request, "product_default") && !groups;
	if (!by_default && !sim_request_flag(request, "product_default") &&
	    !json_is_array(groups)) {
		sim_fail(request, 400, "product_default or groups is required");
		return;
	}
	if (!devices_running(request, version)) {
		sim_fail(request, 400, "Version %d must run on at least one device first", version);
		return;
	}
	if (by_default || sim_request_flag(request, "product_default"))
		make_default(request, row);
	if (json_is_array(groups))
		release_to_groups(request, row, groups);
	json_object_set_new(row, "intelligent",
			    json_boolean(sim_request_flag(request, "intelligent")));
	json_object_set_new(row, "released", json_true());
	if (sim_request_flag(request, "intelligent"))
		reach_at_once(request);
	data =
	    g_strdup_printf("{\"immediate\":%s,\"version\":%d}",
			    sim_request_flag(request, "intelligent") ? "true" : "false", version);
	sim_event_api(request->sim, request->user, request->product, "particle/firmware/release",
		      data, 60);
	sim_reply(request, 200, view(request, row));
}

static void
delete_firmware(SimRequest *request)
{
	json_t *row = row_of(request);

	if (!row)
		return;
	if (json_is_true(json_object_get(row, "released"))) {
		sim_fail(request, 400, "A released version can't be deleted");
		return;
	}
	sim_reply_removed(request, sim_rows(request->sim, "firmware", request->scope), row);
}

/* Does releasing it to the groups of the query, or as the default, change what the device runs? */
static gboolean
is_affected(SimRequest *request, const SimDevice *device, int version)
{
	const char *groups = sim_request_query(request, "groups");
	const char *by_default = sim_request_query(request, "product_default");
	g_auto(GStrv) names = groups && *groups ? g_strsplit(groups, ",", -1) : NULL;
	gboolean all = g_strcmp0(by_default, "true") == 0 || (!by_default && !groups);

	if (device->firmware_version == version || device->desired_version >= 0 ||
	    device->development || device->quarantined)
		return FALSE;
	for (char **name = names; name && *name; name++)
		if (sim_device_in_group(device, *name))
			return TRUE;
	return all && !sim_release_has_group(request->sim, device);
}

static void
impact(SimRequest *request)
{
	const char *text = sim_request_query(request, "firmware_version");
	g_autoptr(GPtrArray) all = sim_fleet_list(request->sim, NULL, request->product);
	g_autofree int *counts = g_new0(int, G_MAXUINT16 + 1);
	json_t *versions = json_array();
	int total = 0;

	for (guint i = 0; i < all->len; i++) {
		const SimDevice *device = all->pdata[i];

		if (!is_affected(request, device, text ? sim_parse_int(text) : 0))
			continue;
		counts[device->firmware_version]++;
		total++;
	}
	for (int version = 0; version <= G_MAXUINT16; version++)
		if (counts[version])
			json_array_append_new(versions, json_pack("{s:i, s:i}", "version", version,
								  "total", counts[version]));
	sim_reply(request, 200,
		  json_pack("{s:{s:{s:i, s:o}}}", "devices", "firmware_update", "total", total,
			    "by_version", versions));
}

static json_t *
view_group(SimRequest *request, json_t *group)
{
	json_t *copy = json_deep_copy(group);
	json_t *row;
	json_t *name;
	size_t i;
	size_t k;

	json_array_foreach(sim_rows(request->sim, "firmware", request->scope), i, row)
	    json_array_foreach(json_object_get(row, "groups"), k,
			       name) if (json_equal(name, json_object_get(group, "name")))
		json_object_set(copy, "fw_version", json_object_get(row, "version"));
	return copy;
}

static void
list_groups(SimRequest *request)
{
	json_t *list = json_array();
	json_t *row;
	size_t i;

	json_array_foreach(
	    sim_rows(request->sim, "groups", request->scope), i,
	    row) if (sim_text_has(sim_row_text(row, "name"), sim_request_query(request, "name")))
	    json_array_append_new(list, view_group(request, row));
	sim_reply(request, 200, json_pack("{s:o}", "groups", list));
}

static json_t *
group_of(SimRequest *request)
{
	return sim_request_row(request, sim_rows(request->sim, "groups", request->scope), "name",
			       "group", "Group");
}

static void
reply_group(SimRequest *request, guint status, json_t *row)
{
	g_autoptr(GPtrArray) all = sim_fleet_list(request->sim, NULL, request->product);
	json_t *copy = view_group(request, row);
	int n = 0;

	for (guint i = 0; i < all->len; i++)
		n += sim_device_in_group(all->pdata[i], sim_row_text(row, "name"));
	json_object_set_new(copy, "device_count", json_integer(n));
	sim_reply(request, status, json_pack("{s:o}", "group", copy));
}

static void
get_group(SimRequest *request)
{
	json_t *row = group_of(request);

	if (row)
		reply_group(request, 200, row);
}

static gboolean
group_name_ok(SimRequest *request, const char *name)
{
	if (!name || !*name ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != strlen(name))
		return sim_fail(request, 400, "name: lowercase letters, digits, - and _"), FALSE;
	if (sim_row_find(sim_rows(request->sim, "groups", request->scope), "name", name))
		return sim_fail(request, 400, "A group of this name already exists"), FALSE;
	return TRUE;
}

static void
create_group(SimRequest *request)
{
	const char *name = sim_request_text(request, "name");
	const char *description = sim_request_text(request, "description");
	const char *color = sim_request_text(request, "color");

	if (!group_name_ok(request, name))
		return;
	reply_group(request, 201,
		    sim_row_add(sim_rows(request->sim, "groups", request->scope),
				json_pack("{s:s, s:s, s:s}", "name", name, "description",
					  description ? description : "", "color",
					  color ? color : "#00aeef")));
}

static void
rename_in_device(SimDevice *device, const char *old, const char *name)
{
	char **to = device->groups;

	for (char **from = device->groups; from && *from; from++) {
		if (strcmp(*from, old) == 0) {
			g_free(*from);
			*from = g_strdup(name);
		}
		if (*from)
			*to++ = *from;
	}
	if (to)
		*to = NULL;
}

/* Wherever the group is named. @name NULL: it goes */
static void
rename_group(SimRequest *request, const char *old, const char *name)
{
	g_autoptr(GPtrArray) all = sim_fleet_list(request->sim, NULL, request->product);
	json_t *row;
	size_t i;

	for (guint k = 0; k < all->len; k++)
		rename_in_device(all->pdata[k], old, name);
	json_array_foreach(sim_rows(request->sim, "firmware", request->scope), i, row)
	    rename_in_row(row, old, name);
}

static void
update_group(SimRequest *request)
{
	json_t *row = group_of(request);
	const char *name = sim_request_text(request, "name");

	if (!row)
		return;
	if (name && strcmp(name, sim_row_text(row, "name")) != 0) {
		if (!group_name_ok(request, name))
			return;
		rename_group(request, sim_row_text(row, "name"), name);
		sim_row_set_text(row, "name", name);
	}
	if (sim_request_text(request, "color"))
		sim_row_set_text(row, "color", sim_request_text(request, "color"));
	if (sim_request_text(request, "description"))
		sim_row_set_text(row, "description", sim_request_text(request, "description"));
	reply_group(request, 200, row);
}

static void
delete_group(SimRequest *request)
{
	json_t *row = group_of(request);

	if (row)
		rename_group(request, sim_row_text(row, "name"), NULL);
	sim_reply_removed(request, sim_rows(request->sim, "groups", request->scope), row);
}

void
sim_firmware_seed(Sim *sim)
{
	static const char *const titles[] = { "Winter", "First release", "Spring" };

	for (guint i = 0; i < sim->products->len; i++) {
		SimProduct *product = g_ptr_array_index(sim->products, i);
		json_t *groups = sim_rows(sim, "groups", product->scope);

		for (int version = 1; version <= 3; version++) {
			g_autoptr(GBytes) binary = sim_binary_new(
			    product->platform_id, sim_hash((guint64)product->id, (guint64)version));
			json_t *row = add_version(sim, product, version, titles[version % 3],
						  "less noise", product->owner->username, binary);

			json_object_set_new(row, "released", json_boolean(version < 3));
			json_object_set_new(row, "product_default", json_boolean(version == 2));
			json_object_set_new(row, "current", json_boolean(version == 2));
		}
		sim_row_add(groups, json_pack("{s:s, s:s, s:s}", "name", "alpha", "description",
					      "First to get it", "color", "#ed1c24"));
		sim_row_add(groups, json_pack("{s:s, s:s, s:s}", "name", "beta", "description",
					      "Testers", "color", "#00aeef"));
	}
}

#define P SIM_PRODUCT

/* clang-format off */
const SimRoute sim_firmware_routes[] = {
	{ "GET",    P, "/firmware",                 list_firmware,    "firmware:list" },
	{ "POST",   P, "/firmware",                 upload_firmware,  "firmware:create" },
	{ "PUT",    P, "/firmware/release",         release_firmware, "firmware:release" },
	{ "GET",    P, "/firmware/:version",        get_firmware,     "firmware:get" },
	{ "PUT",    P, "/firmware/:version",        update_firmware,  "firmware:update" },
	{ "DELETE", P, "/firmware/:version",        delete_firmware,  "firmware:remove" },
	{ "GET",    P, "/firmware/:version/binary", get_binary,       "firmware:get" },
	{ "GET",    P, "/impact",                   impact,           "firmware:get" },
	{ "GET",    P, "/groups",                   list_groups,      "groups:list" },
	{ "POST",   P, "/groups",                   create_group,     "groups:create" },
	{ "GET",    P, "/groups/:group",            get_group,        "groups:get" },
	{ "PUT",    P, "/groups/:group",            update_group,     "groups:update" },
	{ "DELETE", P, "/groups/:group",            delete_group,     "groups:remove" },
	{ NULL },
};
/* clang-format on */
