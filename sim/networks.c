/* SPDX-License-Identifier: Apache-2.0 */
/* Mesh networks: rows in one store; each device knows the network it is in. */
#include "families.h"
#include "fleet.h"
#include "store.h"

#include <string.h>

static json_t *
rows_of(Sim *sim)
{
	return sim_rows(sim, "networks", "");
}

static json_t *
view(Sim *sim, const json_t *row)
{
	json_t *copy = json_deep_copy(row);
	int devices = 0;
	int gateways = 0;

	for (guint i = 0; i < sim->devices->len; i++) {
		SimDevice *device = g_ptr_array_index(sim->devices, i);

		if (g_strcmp0(device->network, sim_row_text(row, "id")) != 0)
			continue;
		devices++;
		gateways += device->gateway;
	}
	json_object_del(copy, "owner");
	json_object_set_new(copy, "device_count", json_integer(devices));
	json_object_set_new(copy, "gateway_count", json_integer(gateways));
	return copy;
}

static json_t *
network_of(SimRequest *request)
{
	const char *name = sim_request_param(request, "network");
	json_t *row = sim_row_find(rows_of(request->sim), "id", name);

	if (!row)
		row = sim_row_find(rows_of(request->sim), "name", name);
	if (row && g_strcmp0(sim_row_text(row, "owner"), request->user->id) == 0)
		return row;
	sim_fail_not_found(request, "Network");
	return NULL;
}

static SimDevice *
device_of(SimRequest *request)
{
	const char *id = sim_request_text(request, "device_id");
	SimDevice *device;

	if (!id)
		id = sim_request_text(request, "deviceID");
	device = id ? sim_fleet_find_own(request->sim, request->user, id) : NULL;
	if (!device)
		sim_fail_list(request, id ? 404 : 400,
			      id ? "device does not exist" : "device_id is required");
	return device;
}

static void
list_networks(SimRequest *request)
{
	json_t *list = json_array();
	json_t *row;
	size_t i;

	json_array_foreach(rows_of(request->sim), i,
			   row) if (g_strcmp0(sim_row_text(row, "owner"), request->user->id) == 0)
	    json_array_append_new(list, view(request->sim, row));
	sim_reply(request, 200, sim_request_page(request, list, 25, 100, NULL));
}

static void
create_network(SimRequest *request)
{
	const char *name = sim_request_text(request, "name");
	const char *type = sim_request_text(request, "type");
	g_autofree char *id = NULL;
	g_autofree char *pan = NULL;
	g_autofree char *xpan = NULL;
	SimDevice *device;
	json_t *row;

	if (!name || !*name) {
		sim_fail_list(request, 400, "name is required");
		return;
	}
	device = device_of(request);
	if (!device)
		return;
	id = sim_random_hex(request->sim, 24);
	pan = sim_random_hex(request->sim, 4);
	xpan = sim_random_hex(request->sim, 16);
	row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:n, s:s, s:o, s:s}", "id", id, "name",
			name, "type",
			type				 ? type
			: sim_device_is_cellular(device) ? "micro_cellular"
							 : "micro_wifi",
			"pan_id", pan, "xpan_id", xpan, "channel", 11, "notes", "state",
			"confirmed", "last_heard", sim_json_now(), "owner", request->user->id);
	sim_row_add(rows_of(request->sim), row);
	g_free(device->network);
	device->network = g_strdup(id);
	device->gateway = TRUE;
	sim_reply(request, 200,
		  json_pack("{s:b, s:o}", "ok", 1, "network", view(request->sim, row)));
}

static void
get_network(SimRequest *request)
{
	json_t *row = network_of(request);

	if (row)
		sim_reply(request, 200, view(request->sim, row));
}

static void
leave(SimDevice *device)
{
	g_clear_pointer(&device->network, g_free);
	device->gateway = FALSE;
}

static void
remove_network(SimRequest *request)
{
	json_t *row = network_of(request);

	if (!row)
		return;
	for (guint i = 0; i < request->sim->devices->len; i++) {
		SimDevice *device = g_ptr_array_index(request->sim->devices, i);

		if (g_strcmp0(device->network, sim_row_text(row, "id")) == 0)
			leave(device);
	}
	sim_row_remove(rows_of(request->sim), row);
	sim_reply_ok(request);
}

static void
update_network(SimRequest *request)
{
	static const char *const actions[] = { "add-device", "remove-device", "gateway-enable",
					       "gateway-disable", NULL };
	json_t *row = network_of(request);
	const char *action = sim_request_text(request, "action");
	const char *id = sim_row_text(row, "id");
	SimDevice *device;

	if (!row)
		return;
	if (!action || !g_strv_contains(actions, action)) {
		sim_fail_list(request, 400, "action is not known");
		return;
	}
	device = device_of(request);
	if (!device)
		return;
	if (strcmp(action, "add-device") == 0) {
		g_free(device->network);
		device->network = g_strdup(id);
	} else if (g_strcmp0(device->network, id) != 0) {
		sim_fail_list(request, 400, "device is not in this network");
		return;
	} else if (strcmp(action, "remove-device") == 0) {
		leave(device);
	} else {
		device->gateway = strcmp(action, "gateway-enable") == 0;
	}
	sim_reply_ok(request);
}

static void
list_members(SimRequest *request)
{
	json_t *row = network_of(request);
	const char *role = sim_request_query(request, "role");
	json_t *list;

	if (!row)
		return;
	list = json_array();
	for (guint i = 0; i < request->sim->devices->len; i++) {
		SimDevice *device = g_ptr_array_index(request->sim->devices, i);

		if (g_strcmp0(device->network, sim_row_text(row, "id")) != 0 ||
		    (role && (strcmp(role, "gateway") == 0) != device->gateway))
			continue;
		json_array_append_new(list, sim_device_json(request->sim, device, SIM_VIEW_FULL));
	}
	sim_reply(request, 200, sim_request_page(request, list, 25, 100, NULL));
}

static void
leave_network(SimRequest *request)
{
	if (!request->device->network) {
		sim_fail_list(request, 404, "device is not in a network");
		return;
	}
	leave(request->device);
	sim_reply_ok(request);
}

/* clang-format off */
const SimRoute sim_networks_routes[] = {
	{ "GET",    SIM_OWN, "/networks",                  list_networks },
	{ "POST",   SIM_OWN, "/networks",                  create_network },
	{ "GET",    SIM_OWN, "/networks/:network",         get_network },
	{ "PUT",    SIM_OWN, "/networks/:network",         update_network },
	{ "DELETE", SIM_OWN, "/networks/:network",         remove_network },
	{ "GET",    SIM_OWN, "/networks/:network/devices", list_members },
	{ "DELETE", SIM_OWN, "/devices/:device/network",   leave_network },
	{ NULL },
};
/* clang-format on */
