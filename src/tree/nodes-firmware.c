/* SPDX-License-Identifier: Apache-2.0 */
/* What devices can be compiled for, and run on. */
#include <errno.h>

#include "convert.h"
#include "node.h"

/* clang-format off */
static const PfsNode device_os_nodes[];

static const PfsCollectionRow device_os_collection = {
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
	{ "{platformId}", PFS_DIRECTORY, PFS_FROM_ANY, platform_versions_nodes, .map = pfs_platform_names,
	  .help = "versions for a platform, by its name or number" },
	{ NULL },
};

static const PfsNode device_os_nodes[] = {
	{ "by-platform", PFS_DIRECTORY, PFS_FROM_NOTHING, by_platform_nodes,
	  .help = "by-platform/PLATFORM: versions for a platform" },
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

/* The number of a platform, whose name is as good. */
static char *
number_platform(const char *text, GError **error)
{
	char *number = pfs_map_dup_number(pfs_platform_names, text);

	if (number == NULL)
		g_set_error(error, PFS_ERROR, EINVAL, "there is no platform '%s'", text);
	return number;
}

static const PfsDraftRow compilation = {
	.folder = "source",
	.log = "log",
	.convert = pfs_convert_compiler_log,
	.answer = "info.json",
	.get = "downloadFirmwareBinary",
	.parameter = "binaryId",
	.from = "binary_id",
	.product = "firmware.bin",
};

/* A folder in the folder is like it. */
static const PfsNode folder_nodes[] = { { NULL } };

const PfsNode pfs_source_nodes[] = {
	{ "{file}", PFS_FILE, PFS_FROM_DRAFT, .help = "a file, as on any disk; unlink deletes it" },
	{ "{folder}", PFS_DIRECTORY, PFS_FROM_DRAFT, folder_nodes,
	  .help = "a folder, with more of both in it" },
	{ NULL },
};

static const PfsNode job_nodes[] = {
	{ "source", PFS_DIRECTORY, PFS_FROM_DRAFT, pfs_source_nodes,
	  .help = "the files to compile; they live in the mount alone" },
	{ "platform", PFS_ATTRIBUTE, PFS_FROM_DRAFT, .map = pfs_platform_names,
	  .unmapped = "platform ", .flags = PFS_NODE_NEEDED,
	  .write = ACT(.run = pfs_draft_keep, .parameter = "platformId", .translate = number_platform),
	  .help = "what to compile for: a platform's name or number" },
	{ "target", PFS_ATTRIBUTE, PFS_FROM_DRAFT, .pick = "latest",
	  .write = ACT(.run = pfs_draft_keep, .parameter = "targetVersion"),
	  .help = "a Device OS version, or latest" },
	{ "compile", PFS_VERB, PFS_FROM_NOTHING,
	  .write = ACT("compileCode", "files", .draft = &compilation),
	  .help = "write an empty line: the files are compiled" },
	{ "log", PFS_DOCUMENT, PFS_FROM_DRAFT, .flags = PFS_NODE_TEXT | PFS_NODE_LISTED_EMPTY,
	  .help = "what the compiler said, as gcc says it" },
	{ "info.json", PFS_DOCUMENT, PFS_FROM_DRAFT, .help = "the compiler's last good answer" },
	{ "firmware.bin", PFS_DOCUMENT, PFS_FROM_DRAFT, .flags = PFS_NODE_TEXT,
	  .help = "the last binary that was compiled; it stays as long as the job" },
	{ NULL },
};

static const PfsNode builds_nodes[] = {
	{ "{job}", PFS_DIRECTORY, PFS_FROM_DRAFT, job_nodes,
	  .help = "something to compile; rmdir drops it with all it has" },
	{ NULL },
};

static const PfsNode binaries_nodes[] = {
	{ "{binaryId}", PFS_DOCUMENT, PFS_FROM_RESOLVED, .read = "downloadFirmwareBinary",
	  .accepts = pfs_is_object_id, .flags = PFS_NODE_TEXT, .ttl = PFS_TTL_STATIC,
	  .help = "a binary that was compiled, while the cloud keeps it" },
	{ NULL },
};

const PfsNode pfs_firmware_nodes[] = {
	{ "binaries", PFS_DIRECTORY, PFS_FROM_NOTHING, binaries_nodes,
	  .help = "compiled binaries, by their ID" },
	{ "builds", PFS_DIRECTORY, PFS_FROM_NOTHING, builds_nodes,
	  .help = "the cloud's compiler; mkdir JOB begins something to compile" },
	{ "targets.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "listBuildTargets",
	  .ttl = PFS_TTL_STATIC, .help = "what the compiler can build for" },
	{ "targets", PFS_DIRECTORY, PFS_FROM_NOTHING, targets_nodes, .help = "the same, by platform" },
	{ "device-os", PFS_DIRECTORY, PFS_FROM_NOTHING, device_os_nodes, .help = "Device OS versions" },
	{ NULL },
};
/* clang-format on */
