/* SPDX-License-Identifier: Apache-2.0 */
/* Mesh networks: the cloud has retired them, the SDK has them still. */
#include "node.h"

/* clang-format off */
static const PfsNode network_devices_nodes[];

static const PfsCollectionRow network_device_collection = {
	.directory = network_devices_nodes,
	.list = "listMeshNetworkDevices",
	.page_size = "perPage",
	.parameter = "deviceId",
	.id_key = "id",
	.name_key = "name",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode network_devices_nodes[] = {
	{ "query", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("listMeshNetworkDevices"),
	  .help = "by role, and page" },
	{ "{deviceId}", PFS_LINK, PFS_FROM_RECORDS, .collection = &network_device_collection,
	  .target = "../../../devices", .help = "a device of the network" },
	{ NULL },
};

static const PfsCollectionRow network_collection = {
	.directory = pfs_networks_nodes,
	.list = "listMeshNetworks",
	.page_size = "perPage",
	.get = "getMeshNetwork",
	.wrapper = "network",
	.parameter = "networkId",
	.id_key = "id",
	.name_key = "name",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode network_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record" },
	{ "devices", PFS_DIRECTORY, PFS_FROM_NOTHING, network_devices_nodes, .help = "its devices" },
	{ "add-device", PFS_VERB, PFS_FROM_NOTHING,
	  .write = ACT("addMeshNetworkDevice", "deviceId", .lists = TRUE), .help = "add a device, by its ID" },
	{ "remove-device", PFS_VERB, PFS_FROM_NOTHING,
	  .write = ACT("removeMeshNetworkDevice", "deviceId", .lists = TRUE),
	  .help = "remove a device, by its ID" },
	{ "update", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("updateMeshNetwork", .lists = TRUE),
	  .help = "action and device_id" },
	{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_SCALARS, .shown = "id, name, type, …",
	  .help = "one value of the record" },
	{ NULL },
};

const PfsNode pfs_networks_nodes[] = {
	{ "new", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("createMeshNetwork", .lists = TRUE),
	  .help = "make a network" },
	{ "{networkId}", PFS_DIRECTORY, PFS_FROM_RECORDS, network_nodes,
	  .collection = &network_collection, .remove = ACT("removeMeshNetwork", .lists = TRUE),
	  .help = "a network; rmdir removes it" },
	{ NULL },
};
/* clang-format on */
