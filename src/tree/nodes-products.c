/* SPDX-License-Identifier: Apache-2.0 */
/* Products, and organizations that have some. */
#include <string.h>

#include "convert.h"
#include "node.h"

static gboolean
is_number(const char *text)
{
	return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

static const PfsCollectionRow product_collection = {
	.directory = pfs_products_nodes,
	.list = "listProducts",
	.items = "products",
	.get = "getProduct",
	.wrapper = "product",
	.parameter = "product",
	.id_key = "id",
	.name_key = "slug",
	.is_id = is_number,
	.ttl = PFS_TTL_CONFIG,
};

/* clang-format off */
static const PfsNode firmware_version_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record" },
	{ "title", PFS_ATTRIBUTE, PFS_FROM_RECORD, .write = ACT("updateProductFirmware", "title", .sets = "title"),
	  .help = "its title" },
	{ "description", PFS_ATTRIBUTE, PFS_FROM_RECORD,
	  .write = ACT("updateProductFirmware", "description", .sets = "description"),
	  .help = "what is new in it" },
	{ "binary", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "downloadProductFirmware",
	  .flags = PFS_NODE_TEXT, .ttl = PFS_TTL_STATIC, .help = "the binary" },
	{ "release", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("releaseProductFirmware", .lists = TRUE),
	  .help = "release it: as the default, or to groups" },
	{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_SCALARS, .shown = "size, uploaded_on, product_default, …",
	  .help = "one value of the record" },
	{ NULL },
};

/* What a binary can have as its version. */
static gboolean
is_version(const char *text)
{
	return *text != '0' && is_number(text) && strlen(text) <= 5 &&
	       g_ascii_strtoull(text, NULL, 10) <= G_MAXUINT16;
}

static char *
make_title(PfsTree *tree, PfsEntry *entry)
{
	return g_strconcat("Version ", entry->value, NULL);
}

static const PfsNode draft_version_nodes[] = {
	{ "title", PFS_ATTRIBUTE, PFS_FROM_DRAFT, .flags = PFS_NODE_EMPTY, .make_text = make_title,
	  .write = ACT(.run = pfs_draft_keep, .parameter = "title"), .help = "the title it shall have" },
	{ "description", PFS_ATTRIBUTE, PFS_FROM_DRAFT, .flags = PFS_NODE_EMPTY,
	  .write = ACT(.run = pfs_draft_keep, .parameter = "description"),
	  .help = "what is new in it" },
	{ "binary", PFS_UPLOAD, PFS_FROM_NOTHING,
	  .write = ACT("uploadProductFirmware", "file", .filename = "firmware.bin", .lists = TRUE,
		     .ends = TRUE),
	  .help = "cp the binary here: at close the draft becomes a version" },
	{ NULL },
};

static const PfsNode product_firmware_nodes[];

static const PfsCollectionRow firmware_collection = {
	.directory = product_firmware_nodes,
	.list = "listProductFirmware",
	.get = "getProductFirmware",
	.parameter = "version",
	.id_key = "version",
	.name_key = "version",
	.time_key = "uploaded_on",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode product_firmware_nodes[] = {
	{ "{draft}", PFS_DIRECTORY, PFS_FROM_DRAFT, draft_version_nodes, .binds = "version",
	  .accepts = is_version, .help = "a version to be, from 1 to 65535; rmdir drops it" },
	{ "{version}", PFS_DIRECTORY, PFS_FROM_RECORDS, firmware_version_nodes,
	  .collection = &firmware_collection, .remove = ACT("deleteProductFirmware", .lists = TRUE),
	  .help = "a version; rmdir deletes one that was never released" },
	{ NULL },
};

static const PfsNode group_nodes[] = {
	{ "color", PFS_ATTRIBUTE, PFS_FROM_RECORD, .write = ACT("updateGroup", "color", .sets = "color"),
	  .help = "its colour, #rrggbb" },
	{ "description", PFS_ATTRIBUTE, PFS_FROM_RECORD,
	  .write = ACT("updateGroup", "description", .sets = "description"), .help = "what it is for" },
	{ "device_count", PFS_ATTRIBUTE, PFS_FROM_RECORD, .flags = PFS_NODE_LISTED_EMPTY, .help = "how many devices are in it" },
	{ "all", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_group_all_nodes, .flags = PFS_NODE_UNLISTED,
	  .help = "all devices of the group at once" },
	{ "{deviceId}", PFS_LINK, PFS_FROM_RECORDS, .collection = &pfs_product_device_collection,
	  .key = "groups", .target = "../../devices", .help = "a device of the group" },
	{ NULL },
};

static const PfsNode groups_nodes[];

static const PfsCollectionRow group_collection = {
	.directory = groups_nodes,
	.list = "listGroups",
	.items = "groups",
	.get = "getGroup",
	.wrapper = "group",
	.parameter = "group",
	.id_key = "name",
	.name_key = "name",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode groups_nodes[] = {
	{ "{group}", PFS_DIRECTORY, PFS_FROM_RECORDS, group_nodes, .collection = &group_collection,
	  .remove = ACT("deleteGroup", .lists = TRUE, .changes = &pfs_product_device_collection),
	  .rename = ACT("updateGroup", "name", .lists = TRUE, .changes = &pfs_product_device_collection),
	  .help = "a group; rmdir deletes it, mv renames it" },
	{ NULL },
};

static const PfsNode team_nodes[];

static const PfsCollectionRow team_collection = {
	.directory = team_nodes,
	.list = "listTeamMembers",
	.items = "team",
	.spread = "role",
	.parameter = "username",
	.id_key = "username",
	.name_key = "username",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode member_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record" },
	{ "role", PFS_ATTRIBUTE, PFS_FROM_RECORD, .pick = "name",
	  .write = ACT("updateTeamMember", "role", .lists = TRUE), .help = "the member's role" },
	{ NULL },
};

static const PfsNode team_nodes[] = {
	{ "{username}", PFS_DIRECTORY, PFS_FROM_RECORDS, member_nodes, .collection = &team_collection,
	  .remove = ACT("removeTeamMember", .lists = TRUE), .help = "a member; rmdir removes" },
	{ NULL },
};

static const PfsNode customers_nodes[];

static const PfsCollectionRow customer_collection = {
	.directory = customers_nodes,
	.list = "listCustomers",
	.items = "customers",
	.page_size = "perPage",
	.parameter = "email",
	.id_key = "username",
	.name_key = "username",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode customer_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record" },
	{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_SCALARS, .shown = "id, full_name, devices, …",
	  .help = "one value of the record" },
	{ NULL },
};

static const PfsNode customers_nodes[] = {
	{ "create", PFS_VERB, PFS_FROM_NOTHING, .flags = PFS_NODE_SECRET,
	  .write = ACT("createCustomer", .lists = TRUE),
	  .help = "make a customer; the answer, with its token, is for who wrote" },
	{ "{email}", PFS_DIRECTORY, PFS_FROM_RECORDS, customer_nodes,
	  .collection = &customer_collection, .remove = ACT("deleteCustomer", .lists = TRUE),
	  .help = "a customer; rmdir deletes" },
	{ NULL },
};

static const PfsNode locations_nodes[] = {
	{ "query", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("getProductLocations"),
	  .help = "where devices are, or were" },
	{ NULL },
};

static const PfsCollectionRow location_collection = {
	.directory = locations_nodes,
	.list = "getProductLocations",
	.items = "locations",
	.page_size = "perPage",
	.id_key = "device_id",
	.name_key = "device_id",
	.ttl = PFS_TTL_DEVICE,
};

#define PRODUCT_ROWS \
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record" }, \
	{ "devices", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_product_devices_nodes, \
	  .make = ACT("addDeviceToProduct", "deviceId", .lists = TRUE), \
	  .help = "the product's devices; mkdir ID adds one" }, \
	{ "devices.csv", PFS_DOCUMENT, PFS_FROM_RECORDS, .collection = &pfs_product_device_collection, \
	  .make_document = pfs_records_to_csv, .ttl = PFS_TTL_LIST, .help = "all of them and their attributes, RFC 4180" }, \
	{ "all", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_product_all_nodes, .flags = PFS_NODE_UNLISTED, \
	  .help = "all its devices at once" }, \
	{ "quarantine", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_quarantine_nodes, \
	  .help = "devices that wait to be let in" }, \
	{ "claim-code", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("getClaimCode", NULL, "claim_code"), \
	  .help = "make a claim code" }, \
	{ "firmware", PFS_DIRECTORY, PFS_FROM_NOTHING, product_firmware_nodes, \
	  .help = "the product's firmware versions; mkdir N drafts version N" }, \
	{ "groups", PFS_DIRECTORY, PFS_FROM_NOTHING, groups_nodes, \
	  .make = ACT("createGroup", "name", .lists = TRUE), .help = "groups of devices; mkdir makes one" }, \
	{ "team", PFS_DIRECTORY, PFS_FROM_NOTHING, team_nodes, \
	  .make = ACT("inviteTeamMember", "username", .lists = TRUE), .help = "the team; mkdir invites" }, \
	{ "customers", PFS_DIRECTORY, PFS_FROM_NOTHING, customers_nodes, .help = "the customers" }, \
	{ "sims", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_product_sims_nodes, .help = "the SIM cards" }, \
	{ "webhooks", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_webhooks_nodes, .help = "the webhooks" }, \
	{ "integrations", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_integrations_nodes, \
	  .help = "the integrations" }, \
	{ "clients", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_clients_nodes, .help = "the OAuth clients" }, \
	{ "config.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "getProductConfiguration", \
	  .pick = "configuration", .ttl = PFS_TTL_CONFIG, \
	  .write = ACT("setProductConfiguration", "config"), .schema = "config.schema.json", \
	  .help = "the devices' configuration; what does not match its schema is not sent" }, \
	{ "config.schema.json", PFS_DOCUMENT, PFS_FROM_ANSWER, \
	  .read = "getProductConfigurationSchema", .ttl = PFS_TTL_CONFIG, .flags = PFS_NODE_LASTING, \
	  .help = "the JSON schema of the configuration" }, \
	{ "locations.json", PFS_DOCUMENT, PFS_FROM_RECORDS, .collection = &location_collection, \
	  .make_document = pfs_records_to_json, .ttl = PFS_TTL_DEVICE, \
	  .help = "where the devices are" }, \
	{ "locations.geojson", PFS_DOCUMENT, PFS_FROM_RECORDS, .collection = &location_collection, \
	  .make_document = pfs_records_to_geojson, .ttl = PFS_TTL_DEVICE, \
	  .help = "the same for a map, RFC 7946" }, \
	{ "locations", PFS_DIRECTORY, PFS_FROM_NOTHING, locations_nodes, .help = "where they were" }, \
	{ "events", PFS_LOG, PFS_FROM_FEED, .feed = &pfs_event_feed, .write = ACT("publishEvent"), \
	  .help = "events of the product, a line of JSON each; write one: publish" }, \
	{ "events.live", PFS_LIVE, PFS_FROM_FEED, .feed = &pfs_event_feed, \
	  .flags = PFS_NODE_UNLISTED, .help = "the events from now on; a read waits for the next" }, \
	{ "topics", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_topic_nodes, \
	  .help = "the data of events, by name" }, \
	{ "env", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_env_nodes, .help = "the product's environment" }

#define PRODUCT_ATTRIBUTES \
	{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_SCALARS, .shown = "id, name, slug, description, …", \
	  .help = "one value of the record" }

static const PfsNode product_nodes[] = {
	PRODUCT_ROWS,
	PRODUCT_ATTRIBUTES,
	{ NULL },
};

/* A product as the root of a mount. */
static const PfsNode product_root_nodes[] = {
	PRODUCT_ROWS,
	{ ".particlefs", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_mount_nodes, .help = "the mount itself" },
	PRODUCT_ATTRIBUTES,
	{ NULL },
};

const PfsNode pfs_product_root_node = {
	"{product}", PFS_DIRECTORY, PFS_FROM_RECORDS, product_root_nodes,
	.collection = &product_collection,
};

const PfsNode pfs_products_nodes[] = {
	{ "{product}", PFS_DIRECTORY, PFS_FROM_RECORDS, product_nodes, .collection = &product_collection,
	  .help = "a product, by its slug" },
	{ NULL },
};

static const PfsCollectionRow organization_collection = {
	.directory = pfs_orgs_nodes,
	.list = "listOrganizations",
	.items = "organizations",
	.parameter = "org",
	.id_key = "slug",
	.name_key = "slug",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode organization_device_nodes[] = {
	{ "unprotect", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("unprotectDevice"),
	  .help = "turn device protection off, in two steps" },
	{ NULL },
};

static const PfsNode organization_devices_nodes[] = {
	{ "{deviceId}", PFS_DIRECTORY, PFS_FROM_ANY, organization_device_nodes,
	  .help = "a device of the organization, by its ID" },
	{ NULL },
};

static const PfsNode organization_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record" },
	{ "products", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_products_nodes, .help = "its products" },
	{ "devices", PFS_DIRECTORY, PFS_FROM_NOTHING, organization_devices_nodes,
	  .help = "its devices, by ID" },
	{ "integrations", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_integrations_nodes,
	  .help = "its integrations" },
	{ "team", PFS_DIRECTORY, PFS_FROM_NOTHING, team_nodes,
	  .make = ACT("inviteTeamMember", "username", .lists = TRUE), .help = "its team; mkdir invites" },
	{ "ledgers", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_ledgers_nodes, .help = "its ledgers" },
	{ "logic", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_logic_nodes, .help = "its logic" },
	{ "env", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_env_nodes, .help = "its environment" },
	{ "events", PFS_LOG, PFS_FROM_FEED, .feed = &pfs_event_feed,
	  .help = "its events, a line of JSON each" },
	{ "events.live", PFS_LIVE, PFS_FROM_FEED, .feed = &pfs_event_feed,
	  .flags = PFS_NODE_UNLISTED, .help = "the events from now on; a read waits for the next" },
	{ "topics", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_read_topic_nodes,
	  .help = "the data of events, by name" },
	{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_SCALARS, .shown = "id, name, slug",
	  .help = "one value of the record" },
	{ NULL },
};

const PfsNode pfs_orgs_nodes[] = {
	{ "{org}", PFS_DIRECTORY, PFS_FROM_RECORDS, organization_nodes,
	  .collection = &organization_collection, .help = "an organization, by its slug" },
	{ NULL },
};
/* clang-format on */
