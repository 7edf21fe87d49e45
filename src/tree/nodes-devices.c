/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "convert.h"
#include "node.h"

/* A shell that looks for `devices/<any>/id` is not to spend a call: the cloud gives 50 an hour. */
static gboolean
is_serial_number(const char *text)
{
	return strlen(text) >= 8 && strpbrk(text, "0123456789") != NULL &&
	       strspn(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-") ==
		   strlen(text);
}

gboolean
pfs_is_object_id(const char *text)
{
	return strlen(text) == 24 && strspn(text, "0123456789abcdef") == 24;
}

static const char *const presence_keys[] = { "online", "connected", NULL };

#define DEVICE_EVENTS                                                                              \
	.presence_keys = presence_keys, .presence_event = "spark/status", .present = "online",     \
	.absent = "offline", .progress_event = "spark/flash/status"

const PfsCollectionRow pfs_device_collection = {
	.directory = pfs_devices_nodes,
	.list = "listDevices",
	.get = "getDevice",
	.parameter = "deviceId",
	.id_key = "id",
	.name_key = "name",
	.time_key = "last_heard",
	DEVICE_EVENTS,
	.is_id = pfs_is_object_id,
	.ttl = PFS_TTL_DEVICE,
};

/* Names of the platforms by number (API reference, "Platform IDs"). */
const char *const pfs_platform_names[] = {
	"core", "",	     "",      "gcc",   "",	"",	 "photon",  "",	     "p1",
	"",	"electron",  "esp32", "argon", "boron", "xenon", "esomx",   "",	     "",
	"",	"",	     "",      "",      "asom",	"bsom",	 "xsom",    "b5som", "tracker",
	"",	"trackerm",  "",      "",      "raspi", "p2",	 "",	    "",	     "msom",
	"",	"electron2", "sulu",  "",      "",	"",	 "tachyon", "linux", NULL,
};

/* clang-format off */
static const PfsNode variable_nodes[] = {
	{ "{name}", PFS_ATTRIBUTE, PFS_FROM_MEMBERS, .read = "getVariable", .pick = "variables",
	  .ttl = PFS_TTL_VARIABLE, .answer = "result", .help = "the variable's value, asked of the device" },
	{ NULL },
};

static const PfsNode function_nodes[] = {
	{ "{name}", PFS_VERB, PFS_FROM_MEMBERS, .pick = "functions", .flags = PFS_NODE_EMPTY,
	  .write = ACT("callFunction", "argument", "return_value"),
	  .help = "write the argument, read the return value" },
	{ NULL },
};

static const PfsNode diagnostics_nodes[] = {
	{ "last.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "getDiagnostics",
	  .ttl = PFS_TTL_DEVICE, .help = "the last vitals" },
	{ "history.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "listDiagnostics",
	  .ttl = PFS_TTL_DEVICE, .help = "earlier vitals" },
	{ "refresh", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("refreshDiagnostics"),
	  .help = "ask the device for its vitals" },
	{ NULL },
};

static const PfsDraftRow flash_sources = {
	.folder = "source",
	.text = "targetVersion",
	.convert = pfs_convert_compiler_log,
};

static const PfsNode device_firmware_nodes[] = {
	{ "flash", PFS_UPLOAD, PFS_FROM_NOTHING, .feed = &pfs_event_feed,
	  .write = ACT("flashDevice", "files", .by_name = TRUE, .filename = "firmware.bin", .begins = TRUE),
	  .help = "copy a binary here: it is flashed at close" },
	{ "target", PFS_ATTRIBUTE, PFS_FROM_DRAFT, .pick = "latest",
	  .write = ACT(.run = pfs_draft_keep, .parameter = "targetVersion"),
	  .help = "the Device OS version that sources are compiled for, or latest" },
	{ "source", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_source_nodes,
	  .help = "files to compile; they live in the mount alone" },
	{ "flash-source", PFS_VERB, PFS_FROM_NOTHING, .feed = &pfs_event_feed,
	  .write = ACT("flashDevice", "files", .draft = &flash_sources, .begins = TRUE),
	  .help = "write an empty line, or a target version: source/ is compiled and flashed; "
		  "read: the answer, or what the compiler said" },
	{ "app", PFS_VERB, PFS_FROM_NOTHING, .feed = &pfs_event_feed,
	  .write = ACT("flashTinker", "app", .begins = TRUE), .help = "flash an application that the cloud knows: tinker" },
	{ "status", PFS_ATTRIBUTE, PFS_FROM_PROGRESS,
	  .help = "idle; or started, success or failed, when, and what" },
	{ "wait", PFS_ATTRIBUTE, PFS_FROM_PROGRESS, .flags = PFS_NODE_WAITS | PFS_NODE_UNLISTED,
	  .help = "as status, once the flash has ended; an error where it failed" },
	{ "{file}", PFS_UPLOAD, PFS_FROM_NEW, .flags = PFS_NODE_NEW, .feed = &pfs_event_feed,
	  .write = ACT("flashDevice", "files", .by_name = TRUE, .begins = TRUE),
	  .help = "any new file: a binary is flashed at close, a source is compiled" },
	{ NULL },
};

/* What every device has, in whichever scope. */
#define DEVICE_ROWS \
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .write = ACT("updateDevice", .lists = TRUE), \
	  .help = "the whole record; write: several attributes in one request" }, \
	{ "name", PFS_ATTRIBUTE, PFS_FROM_RECORD, \
	  .write = ACT("renameDevice", "name", .sets = "name"), .help = "name; write: rename" }, \
	{ "notes", PFS_ATTRIBUTE, PFS_FROM_RECORD, \
	  .flags = PFS_NODE_EMPTY, \
	  .write = ACT("setDeviceNotes", "notes", .sets = "notes"), .help = "notes, maybe several lines" }, \
	{ "platform", PFS_ATTRIBUTE, PFS_FROM_RECORD, .pick = "platform_id", .map = pfs_platform_names, \
	  .unmapped = "platform ", \
	  .help = "name of the platform" }, \
	{ "product_id", PFS_ATTRIBUTE, PFS_FROM_RECORD, .write = ACT("changeProduct", "productId"), \
	  .help = "product; write: moves the device to it" }, \
	{ "signal", PFS_ATTRIBUTE, PFS_FROM_NOTHING, .pick = "unknown\n", \
	  .flags = PFS_NODE_REMEMBER, .write = ACT("signalDevice", "signal", .translate = pfs_translate_switch), \
	  .help = "the rainbow on the LED: on, off" }, \
	{ "variables", PFS_DIRECTORY, PFS_FROM_NOTHING, variable_nodes, .help = "the variables" }, \
	{ "functions", PFS_DIRECTORY, PFS_FROM_NOTHING, function_nodes, .help = "the functions" }, \
	{ "events", PFS_LOG, PFS_FROM_FEED, .feed = &pfs_event_feed, .write = ACT("publishEvent"), \
	  .help = "the device's events, a line of JSON each" }, \
	{ "events.live", PFS_LIVE, PFS_FROM_FEED, .feed = &pfs_event_feed, \
	  .flags = PFS_NODE_UNLISTED, .help = "the events from now on; a read waits for the next" }, \
	{ "topics", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_topic_nodes, \
	  .help = "the data of the device's events, by name" }, \
	{ "firmware", PFS_DIRECTORY, PFS_FROM_NOTHING, device_firmware_nodes, \
	  .help = "flash it by cp, and follow that" }, \
	{ "diagnostics", PFS_DIRECTORY, PFS_FROM_NOTHING, diagnostics_nodes, \
	  .help = "the device's vitals" }, \
	{ "ping", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("pingDevice"), \
	  .help = "ask whether the device answers" }, \
	{ "public-key", PFS_VERB, PFS_FROM_NOTHING, \
	  .write = ACT("sendPublicKey", "key", .objects = TRUE, .until = "-----END"), \
	  .help = "tell the cloud the device's key: PEM text, or an object" }, \
	{ "manufacturing-backup", PFS_VERB, PFS_FROM_NOTHING, \
	  .write = ACT("downloadManufacturingBackup"), \
	  .help = "ask for the archive that was made in the factory; read it then" }, \
	{ "unprotect", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("unprotectDevice"), \
	  .help = "turn device protection off, in two steps" }, \
	{ "leave-network", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("removeMeshNetworkDevice"), \
	  .help = "take it out of its mesh network" }, \
	{ "env", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_env_nodes, \
	  .bind = "{\"product\": null, \"org\": null}", .help = "the device's environment" }

#define DEVICE_ATTRIBUTES \
	{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_SCALARS, \
	  .shown = "id, online, connected, platform_id, status, last_heard, …", \
	  .help = "one value of the record" }

static const PfsNode device_nodes[] = {
	DEVICE_ROWS,
	DEVICE_ATTRIBUTES,
	{ NULL },
};

static const PfsNode by_id_nodes[] = {
	{ "{deviceId}", PFS_LINK, PFS_FROM_RECORDS, .collection = &pfs_device_collection,
	  .target = "..", .by_id = TRUE, .help = "the device of this ID" },
	{ NULL },
};

static const PfsNode by_serial_nodes[] = {
	{ "{serialNumber}", PFS_LINK, PFS_FROM_RESOLVED, .collection = &pfs_device_collection,
	  .read = "lookupSerialNumber", .accepts = is_serial_number, .pick = "device_id|deviceID", .target = "..",
	  .ttl = PFS_TTL_STATIC, .help = "the device of this serial number" },
	{ NULL },
};

#define STATUS_NODES(value)                                                                        \
	{                                                                                          \
		{ "{deviceId}", PFS_LINK, PFS_FROM_RECORDS,                                        \
		  .collection = &pfs_device_collection, .target = "../..", .key = "online",        \
		  .equals = value, .help = "a device" },                                           \
		{ NULL },                                                                          \
	}

static const PfsNode online_nodes[] = STATUS_NODES("true");
static const PfsNode offline_nodes[] = STATUS_NODES("false");

static const PfsNode by_status_nodes[] = {
	{ "online", PFS_DIRECTORY, PFS_FROM_NOTHING, online_nodes, .help = "devices online" },
	{ "offline", PFS_DIRECTORY, PFS_FROM_NOTHING, offline_nodes, .help = "devices offline" },
	{ NULL },
};

const PfsNode pfs_devices_nodes[] = {
	{ "claim", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("claimDevice", "deviceId", .lists = TRUE, .objects = TRUE),
	  .help = "claim a device" },
	{ "claim-code", PFS_VERB, PFS_FROM_NOTHING,
	  .write = ACT("getClaimCode", NULL, "claim_code"), .help = "make a claim code" },
	{ "all", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_own_all_nodes, .flags = PFS_NODE_UNLISTED,
	  .help = "all devices at once" },
	{ "by-id", PFS_DIRECTORY, PFS_FROM_NOTHING, by_id_nodes, .help = "devices by ID" },
	{ "by-serial", PFS_DIRECTORY, PFS_FROM_NOTHING, by_serial_nodes,
	  .help = "devices by serial number, once looked up" },
	{ "by-status", PFS_DIRECTORY, PFS_FROM_NOTHING, by_status_nodes,
	  .help = "devices by presence" },
	{ "{deviceId}", PFS_DIRECTORY, PFS_FROM_RECORDS, device_nodes,
	  .collection = &pfs_device_collection,
	  .remove = ACT("removeDevice", .lists = TRUE),
	  .rename = ACT("renameDevice", "name", .sets = "name"),
	  .help = "a device; rmdir unclaims, mv renames" },
	{ NULL },
};

/* A product's. */

static const PfsActRow desired_version_choices[] = {
	{ "unlockDeviceProductFirmware", .word = "none" },
	{ NULL },
};

static const PfsNode location_nodes[] = {
	{ "query", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("getProductDeviceLocations"),
	  .help = "where the device was: date_range, rect_bl, rect_tr" },
	{ NULL },
};

static const PfsNode product_device_nodes[] = {
	DEVICE_ROWS,
	{ "development", PFS_ATTRIBUTE, PFS_FROM_RECORD,
	  .write = ACT("markAsDevelopmentDevice", "development"),
	  .help = "whether it is a development device" },
	{ "desired_firmware_version", PFS_ATTRIBUTE, PFS_FROM_RECORD,
	  .write = ACT("lockDeviceProductFirmware", "desiredFirmwareVersion", .objects = TRUE,
		     .translate = pfs_translate_version,
		     .choices = desired_version_choices),
	  .null_text = "none",
	  .help = "the version it is locked to; none unlocks" },
	{ "groups", PFS_ATTRIBUTE, PFS_FROM_RECORD, .flags = PFS_NODE_EMPTY,
	  .write = ACT("setDeviceGroups", "groups", .sets = "groups",
		     .translate = pfs_translate_lines),
	  .help = "its groups, one a line; write: the new list" },
	{ "unclaim", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("removeDeviceOwner"),
	  .help = "take the device from its owner" },
	{ "config.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "getProductDeviceConfiguration",
	  .pick = "configuration.current|configuration", .ttl = PFS_TTL_CONFIG,
	  .write = ACT("setProductDeviceConfiguration", "config"), .schema = "config.schema.json",
	  .help = "its configuration; what does not match its schema is not sent" },
	{ "config.schema.json", PFS_DOCUMENT, PFS_FROM_ANSWER,
	  .read = "getProductDeviceConfigurationSchema", .ttl = PFS_TTL_CONFIG,
	  .flags = PFS_NODE_LASTING,
	  .help = "the JSON schema of its configuration" },
	{ "location.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "getProductDeviceLocations",
	  .ttl = PFS_TTL_DEVICE, .help = "where it was last" },
	{ "location", PFS_DIRECTORY, PFS_FROM_NOTHING, location_nodes, .help = "where it was" },
	DEVICE_ATTRIBUTES,
	{ NULL },
};

const PfsCollectionRow pfs_product_device_collection = {
	.directory = pfs_product_devices_nodes,
	.list = "listDevices",
	.items = "devices",
	.page_size = "perPage",
	.get = "getDevice",
	.parameter = "deviceId",
	.id_key = "id",
	.name_key = "name",
	.time_key = "last_heard",
	DEVICE_EVENTS,
	.is_id = pfs_is_object_id,
	.direct = TRUE,
	.search = "deviceName",
	.search_with = "{\"sortAttr\": \"deviceName\", \"sortDir\": \"asc\"}",
	.ttl = PFS_TTL_DEVICE,
};

const PfsNode pfs_product_devices_nodes[] = {
	{ "import", PFS_UPLOAD, PFS_FROM_NOTHING,
	  .write = ACT("addDeviceToProduct", "file", .filename = "devices.csv", .lists = TRUE),
	  .help = "copy a list of device IDs here, one a line; read: the cloud's report" },
	{ "provision", PFS_VERB, PFS_FROM_NOTHING,
	  .write = ACT("provisionDevice", NULL, "device_id|id", .bound = "productId",
		     .bound_as = "product", .lists = TRUE),
	  .help = "make a new device ID" },
	{ "query", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("listDevices"),
	  .help = "search, sort and page" },
	{ "{deviceId}", PFS_DIRECTORY, PFS_FROM_RECORDS, product_device_nodes,
	  .collection = &pfs_product_device_collection,
	  .remove = ACT("removeDevice", .lists = TRUE),
	  .rename = ACT("renameDevice", "name", .sets = "name"),
	  .help = "a device; rmdir removes it from the product, mv renames" },
	{ NULL },
};

static const PfsCollectionRow quarantine_collection = {
	.directory = pfs_quarantine_nodes,
	.list = "listQuarantinedDevices",
	.items = "devices",
	.page_size = "perPage",
	.parameter = "deviceId",
	.id_key = "id",
	.name_key = "id",
	.time_key = "last_heard",
	.ttl = PFS_TTL_LIST,
};

static const PfsNode quarantined_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record" },
	DEVICE_ATTRIBUTES,
	{ NULL },
};

const PfsNode pfs_quarantine_nodes[] = {
	{ "{deviceId}", PFS_DIRECTORY, PFS_FROM_RECORDS, quarantined_nodes,
	  .collection = &quarantine_collection, .remove = ACT("denyDevice", .lists = TRUE),
	  .move = ACT("addDeviceToProduct", .lists = TRUE), .move_into = pfs_product_devices_nodes,
	  .help = "a device that waits to be let in; mv to devices/ lets it in, rmdir denies it" },
	{ NULL },
};
/* clang-format on */
