/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint-table.h"

/* clang-format off */
#define NETWORK_ID { "networkId", NULL, PATH, STRING, REQUIRED, "ID of the network, or its name" }
#define NETWORK_DEVICE { "deviceId", "device_id", BODY, STRING, REQUIRED, "ID of the device" }

/* Mesh networks: the cloud has retired them. */
const PfsEndpoint pfs_endpoints_networks[] = {
	{ "createMeshNetwork", "POST", { { OWN, "/networks" } },
	  .help = "Makes a mesh network",
	  .flags = OLD,
	  PARAMETERS(
		{ "name", NULL, BODY, STRING, REQUIRED, "its name" },
		{ "deviceId", "device_id", BODY, STRING, REQUIRED, "ID of its gateway" },
		{ "iccid", NULL, BODY, STRING, 0, "ICCID of the gateway's SIM card" }) },
	{ "removeMeshNetwork", "DELETE", { { OWN, "/networks/{networkId}" } },
	  .help = "Removes a mesh network",
	  .flags = OLD,
	  PARAMETERS(NETWORK_ID) },
	{ "listMeshNetworks", "GET", { { OWN, "/networks" } },
	  .help = "Lists mesh networks",
	  .flags = OLD,
	  PARAMETERS(PAGE, PER_PAGE) },
	{ "getMeshNetwork", "GET", { { OWN, "/networks/{networkId}" } },
	  .help = "Reads a mesh network's record",
	  .flags = OLD,
	  PARAMETERS(NETWORK_ID) },
	{ "updateMeshNetwork", "PUT", { { OWN, "/networks/{networkId}" } },
	  .help = "Adds or removes a device, or makes it a gateway",
	  .flags = OLD,
	  PARAMETERS(
		NETWORK_ID,
		{ "action", NULL, BODY, STRING, REQUIRED, "what to do",
		  VALUES("add-device", "remove-device", "gateway-enable", "gateway-disable") },
		NETWORK_DEVICE) },
	{ "addMeshNetworkDevice", "PUT", { { OWN, "/networks/{networkId}" } },
	  .help = "Adds a device to a mesh network",
	  .flags = OLD,
	  PARAMETERS(
		NETWORK_ID,
		{ NULL, "action", BODY, STRING, .value = "add-device" },
		NETWORK_DEVICE) },
	{ "removeMeshNetworkDevice", "PUT",
	  { { OWN, "/networks/{networkId}" },
	    { OWN, "/devices/{deviceId}/network", .method = "DELETE" } },
	  .help = "Removes a device from a mesh network, or from whichever it is in",
	  .flags = OLD,
	  PARAMETERS(
		{ "networkId", NULL, PATH, STRING, 0, "ID of the network, or its name" },
		{ NULL, "action", BODY, STRING, .value = "remove-device", .with = "networkId" },
		{ "deviceId", "device_id", BODY, STRING, REQUIRED, "ID of the device",
		  .with = "networkId" },
		{ "deviceId", NULL, PATH, STRING, REQUIRED, .unless = "networkId" }) },
	{ "listMeshNetworkDevices", "GET", { { OWN, "/networks/{networkId}/devices" } },
	  .help = "Lists the devices of a mesh network",
	  .flags = OLD,
	  PARAMETERS(
		NETWORK_ID,
		{ "role", NULL, QUERY, STRING, 0, "only devices of this role",
		  VALUES("gateway", "node") },
		PAGE, PER_PAGE) },
	{ NULL },
};
