/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint-table.h"

/* clang-format off */

/* The cloud compiles for a minute or two. */

#define TARGET_VERSION                                                                             \
	{ "targetVersion", "build_target_version", BODY, STRING, 0, \
	  "Device OS version, the latest if not given" }, \
	{ NULL, "latest", BODY, STRING, .value = "true", .unless = "targetVersion" }
#define VERSION { "version", NULL, PATH, INTEGER, REQUIRED, "version of the product's firmware" }

const PfsEndpoint pfs_endpoints_firmware[] = {
	{ "flashDevice", "PUT", { { OWN | PRODUCT, "/devices/{deviceId}" } },
	  .help = "Flashes a binary, or sources that the cloud compiles",
	  .flags = WAITS_DEVICE | SLOW,
	  PARAMETERS(
		DEVICE_ID,
		{ "files", "file", BODY, FILES, REQUIRED, "the files by their relative paths" },
		TARGET_VERSION) },
	{ "flashTinker", "PUT", { { OWN, "/devices/{deviceId}" } },
	  .help = "Flashes an application that the cloud knows",
	  .flags = OLD | WAITS_DEVICE,
	  PARAMETERS(
		DEVICE_ID,
		{ "app", NULL, BODY, STRING, 0, "its name", .value = "tinker" }) },
	{ "compileCode", "POST", { { OWN, "/binaries" } },
	  .help = "Compiles sources",
	  .flags = SLOW,
	  PARAMETERS(
		{ "files", "file", BODY, FILES, REQUIRED, "the files by their relative paths" },
		{ "platformId", "platform_id", BODY, INTEGER, 0, "number of the platform" },
		{ "productId", "product_id", BODY, INTEGER, 0, "ID of the product it is for" },
		TARGET_VERSION) },
	{ "downloadFirmwareBinary", "GET", { { OWN, "/binaries/{binaryId}" } },
	  .help = "Downloads a compiled binary",
	  .answer = PFS_ANSWER_BINARY,
	  PARAMETERS(
		{ "binaryId", NULL, PATH, STRING, REQUIRED, "ID that compileCode gave" }) },
	{ "listBuildTargets", "GET", { { OWN, "/build_targets" } },
	  .help = "Lists Device OS versions that the cloud compiles for",
	  PARAMETERS(
		{ "onlyFeatured", "featured", QUERY, IF_TRUE, 0, "only recommended ones" }) },
	{ "listDeviceOsVersions", "GET", { { OWN, "/device-os/versions" } },
	  .help = "Lists Device OS versions",
	  PARAMETERS(
		{ "platformId", "platform_id", QUERY, INTEGER, 0, "only for this platform" },
		{ "internalVersion", "internal_version", QUERY, INTEGER, 0,
		  "only this module version" },
		PAGE, PER_PAGE) },
	{ "getDeviceOsVersion", "GET", { { OWN, "/device-os/versions/{version}" } },
	  .help = "Reads a Device OS version and its modules",
	  PARAMETERS(
		{ "version", NULL, PATH, STRING, REQUIRED, "the version, its number, or latest" },
		{ "platformId", "platform_id", QUERY, INTEGER, 0, "for this platform" }) },
	{ "downloadFile", "GET", { { ROOT, "{uri}" } },
	  .help = "Downloads a file that an answer linked to",
	  .auth = PFS_AUTH_NONE, .answer = PFS_ANSWER_BINARY,
	  PARAMETERS(
		{ "uri", NULL, PATH, STRING, REQUIRED | RAW, "the link" }) },
	{ "listProductFirmware", "GET", { { PRODUCT, "/firmware" } },
	  .help = "Lists versions of a product's firmware" },
	{ "uploadProductFirmware", "POST", { { PRODUCT, "/firmware" } },
	  .help = "Uploads a version of a product's firmware",
	  .flags = SLOW,
	  PARAMETERS(
		{ "file", NULL, BODY, FILE_, REQUIRED, "the binary", .filename = "firmware.bin" },
		{ "version", NULL, BODY, INTEGER, REQUIRED, "its version" },
		{ "title", NULL, BODY, STRING, REQUIRED, "a short title" },
		{ "description", NULL, BODY, STRING, 0, "what is new" }) },
	{ "getProductFirmware", "GET", { { PRODUCT, "/firmware/{version}" } },
	  .help = "Reads a version of a product's firmware",
	  PARAMETERS(VERSION) },
	{ "updateProductFirmware", "PUT", { { PRODUCT, "/firmware/{version}" } },
	  .help = "Changes title and description of a version",
	  PARAMETERS(
		VERSION,
		{ "title", NULL, BODY, STRING, 0, "a short title" },
		{ "description", NULL, BODY, STRING, 0, "what is new" }) },
	{ "downloadProductFirmware", "GET", { { PRODUCT, "/firmware/{version}/binary" } },
	  .help = "Downloads a version of a product's firmware",
	  .answer = PFS_ANSWER_BINARY,
	  PARAMETERS(VERSION) },
	{ "releaseProductFirmware", "PUT", { { PRODUCT, "/firmware/release" } },
	  .help = "Releases a version to the fleet, or to groups of it",
	  PARAMETERS(
		{ "version", NULL, BODY, INTEGER, REQUIRED, "the version" },
		{ "product_default", NULL, BODY, BOOLEAN, 0, "to the whole product" },
		{ "groups", NULL, BODY, LIST, 0, "to these groups" },
		{ "intelligent", NULL, BODY, BOOLEAN, 0, "as soon as each device can take it" }) },
	{ "deleteProductFirmware", "DELETE", { { PRODUCT, "/firmware/{version}" } },
	  .help = "Deletes a version that was never released",
	  .flags = EXTRA,
	  PARAMETERS(VERSION) },
	{ NULL },
};
