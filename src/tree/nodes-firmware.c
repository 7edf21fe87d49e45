/* SPDX-License-Identifier: Apache-2.0 */
/* What devices can be compiled for, and run on. */
#include "convert.h"
#include "node.h"

/* clang-format off */
static const PfsNode device_os_nodes[];

static const PfsCollectionRow device_os_collection = {
	.name = "Device OS versions",
	.directory = device_os_nodes,
	.list = "listDeviceOsVersions",
	.page_size = "perPage",
	.parameter = "version",
	.id_key = "version",
	.name_key = "version",
	.ttl = PFS_TTL_STATIC,
};

static const PfsNode device_os_version_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "getDeviceOsVersion",
	  .ttl = PFS_TTL_STATIC, .help = "the version" },
	{ NULL },
};

static const PfsNode platform_versions_nodes[];

static const PfsCollectionRow platform_version_collection = {
	.name = "Device OS versions of a platform",
	.directory = platform_versions_nodes,
	.list = "listDeviceOsVersions",
	.page_size = "perPage",
	.parameter = "version",
	.id_key = "version",
	.name_key = "version",
	.ttl = PFS_TTL_STATIC,
};

static const PfsNode platform_versions_nodes[] = {
	{ "{version}", PFS_DIRECTORY, PFS_FROM_RECORDS, device_os_version_nodes,
	  .collection = &platform_version_collection, .help = "a version for the platform" },
	{ NULL },
};

static const PfsNode by_platform_nodes[] = {
	{ "{platformId}", PFS_DIRECTORY, PFS_FROM_ANY, platform_versions_nodes,
	  .help = "versions for a platform, by its number" },
	{ NULL },
};

static const PfsNode device_os_nodes[] = {
	{ "by-platform", PFS_DIRECTORY, PFS_FROM_NOTHING, by_platform_nodes,
	  .help = "by-platform/NUMBER: versions for a platform" },
	{ "{version}", PFS_DIRECTORY, PFS_FROM_RECORDS, device_os_version_nodes,
	  .collection = &device_os_collection, .help = "a version of Device OS" },
	{ NULL },
};

static const PfsNode target_nodes[] = {
	{ "{version}", PFS_DOCUMENT, PFS_FROM_ITEMS, .read = "listBuildTargets",
	  .convert = pfs_convert_targets, .ttl = PFS_TTL_STATIC,
	  .help = "a version that can be built for the platform" },
	{ NULL },
};

static const PfsNode targets_nodes[] = {
	{ "{platform}", PFS_DIRECTORY, PFS_FROM_ITEMS, target_nodes, .read = "listBuildTargets",
	  .convert = pfs_convert_targets, .ttl = PFS_TTL_STATIC, .help = "a platform" },
	{ NULL },
};

const PfsNode pfs_firmware_nodes[] = {
	{ "targets.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "listBuildTargets",
	  .ttl = PFS_TTL_STATIC, .help = "what the compiler can build for" },
	{ "targets", PFS_DIRECTORY, PFS_FROM_NOTHING, targets_nodes, .help = "the same, by platform" },
	{ "device-os", PFS_DIRECTORY, PFS_FROM_NOTHING, device_os_nodes, .help = "Device OS versions" },
	{ NULL },
};
/* clang-format on */
