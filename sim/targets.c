/* SPDX-License-Identifier: Apache-2.0 */
/* The compiler's endpoints, build targets and Device OS versions. */
#include "families.h"
#include "fleet.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
	const char *version;
	int internal;
	const char *date;
	gboolean featured;
	gboolean prerelease;
	int platforms[12]; /* ended by -1 */
} releases[] = {
	{ "6.3.0",      6300, "2025-03-04", TRUE,  FALSE, { 12, 13, 15, 23, 25, 26, 28, 32, 35, 37, -1 } },
	{ "6.2.0-rc.1", 6200, "2024-10-21", FALSE, TRUE,  { 12, 13, 23, 25, 26, 32, 35, -1 } },
	{ "5.9.0",      5900, "2024-07-30", TRUE,  FALSE, { 12, 13, 23, 25, 26, 32, 35, -1 } },
	{ "4.2.0",      4200, "2023-11-08", TRUE,  FALSE, { 12, 13, 15, 22, 23, 25, 26, 28, -1 } },
	{ "3.3.1",      3301, "2022-06-08", FALSE, FALSE, { 6, 8, 10, 12, 13, 23, 25, 26, -1 } },
	{ "2.3.1",      2301, "2023-01-18", TRUE,  FALSE, { 6, 8, 10, 12, 13, 22, 23, 25, -1 } },
	{ "1.5.2",      1520, "2020-05-06", FALSE, FALSE, { 6, 8, 10, 12, 13, 14, 24, -1 } },
	{ "1.4.4",      1404, "2019-11-14", FALSE, FALSE, { 0, 6, 8, 10, 12, 13, 14, -1 } },
};
/* clang-format on */

static gboolean
release_has(guint i, int platform_id)
{
	for (int k = 0; releases[i].platforms[k] >= 0; k++)
		if (releases[i].platforms[k] == platform_id)
			return TRUE;
	return FALSE;
}

static void
list_targets(SimRequest *request)
{
	gboolean featured = g_strcmp0(sim_request_query(request, "featured"), "true") == 0;
	json_t *targets = json_array();
	json_t *platforms = json_object();
	json_t *defaults = json_object();

	for (guint i = 0; i < G_N_ELEMENTS(releases); i++) {
		json_t *ids = json_array();

		for (int k = 0; releases[i].platforms[k] >= 0; k++)
			json_array_append_new(ids, json_integer(releases[i].platforms[k]));
		if (!featured || releases[i].featured)
			json_array_append_new(
			    targets,
			    json_pack("{s:O, s:o, s:s, s:s}", "platforms", ids, "prereleases",
				      releases[i].prerelease ? json_incref(ids) : json_array(),
				      "firmware_vendor", "Particle", "version",
				      releases[i].version));
		json_decref(ids);
	}
	for (const SimPlatform *platform = sim_platforms; platform->id >= 0; platform++) {
		char id[8];

		json_object_set_new(platforms, platform->title, json_integer(platform->id));
		g_snprintf(id, sizeof(id), "%d", platform->id);
		for (guint i = 0; i < G_N_ELEMENTS(releases); i++)
			if (!json_object_get(defaults, id) && !releases[i].prerelease &&
			    release_has(i, platform->id))
				json_object_set_new(defaults, id, json_string(releases[i].version));
	}
	sim_reply(request, 200,
		  json_pack("{s:o, s:o, s:o}", "targets", targets, "platforms", platforms,
			    "default_versions", defaults));
}

static json_t *
release_json(guint i, const SimPlatform *platform)
{
	static const char *const parts[] = { "bootloader", "system_part" };
	g_autofree char *base =
	    g_strdup_printf("/v1/firmware/device-os/v%s/%s", releases[i].version, platform->name);
	json_t *modules = json_array();

	for (guint k = 0; k < G_N_ELEMENTS(parts); k++) {
		g_autofree char *file =
		    g_strdup_printf("%s-%s@%s.bin", platform->name, k ? "system-part1" : parts[k],
				    releases[i].version);
		g_autofree char *crc = g_strdup_printf("%08x", g_str_hash(file));

		json_array_append_new(modules,
				      json_pack("{s:s, s:{s:s}, s:{s:s, s:s}}", "filename", file,
						"prefixInfo", "moduleFunction", parts[k], "crc",
						"storedCrc", crc, "actualCrc", crc));
	}
	return json_pack("{s:s, s:i, s:i, s:i, s:s, s:s, s:o}", "version", releases[i].version,
			 "internal_version", releases[i].internal, "module_version",
			 releases[i].internal, "platform_id", platform->id, "release_date",
			 releases[i].date, "base_url", base, "modules", modules);
}

static void
list_versions(SimRequest *request)
{
	const char *platform = sim_request_query(request, "platform_id");
	const char *internal = sim_request_query(request, "internal_version");
	json_t *list = json_array();

	for (guint i = 0; i < G_N_ELEMENTS(releases); i++)
		for (int k = 0; releases[i].platforms[k] >= 0; k++)
			if ((!platform || sim_parse_int(platform) == releases[i].platforms[k]) &&
			    (!internal || sim_parse_int(internal) == releases[i].internal))
				json_array_append_new(
				    list,
				    release_json(i, sim_platform_find(releases[i].platforms[k])));
	sim_reply(request, 200, sim_request_page(request, list, 25, 100, NULL));
}

static void
get_version(SimRequest *request)
{
	const char *version = sim_request_param(request, "version");
	const char *platform = sim_request_query(request, "platform_id");
	int platform_id = platform ? sim_parse_int(platform) : 13;

	for (guint i = 0; i < G_N_ELEMENTS(releases); i++) {
		if (!release_has(i, platform_id))
			continue;
		if (strcmp(version, releases[i].version) != 0 &&
		    sim_parse_int(version) != releases[i].internal &&
		    (strcmp(version, "latest") != 0 || releases[i].prerelease))
			continue;
		sim_reply(request, 200, release_json(i, sim_platform_find(platform_id)));
		return;
	}
	sim_fail_not_found(request, "Device OS version");
}

static const char *
target_for(SimRequest *request, int platform_id)
{
	const char *wanted = sim_request_text(request, "build_target_version");

	for (guint i = 0; i < G_N_ELEMENTS(releases); i++)
		if (release_has(i, platform_id) &&
		    (wanted ? strcmp(wanted, releases[i].version) == 0 : !releases[i].prerelease))
			return releases[i].version;
	return NULL;
}

static void
compile(SimRequest *request)
{
	int platform_id = -1;
	g_autofree char *errors = NULL;
	g_autofree char *id = NULL;
	g_autofree char *url = NULL;
	g_autofree char *expires = NULL;
	g_autofree char *size = NULL;
	g_autoptr(GBytes) binary = NULL;
	const char *target;

	if (!sim_request_n_files(request) ||
	    !sim_request_number(request, "platform_id", &platform_id) ||
	    !sim_platform_find(platform_id)) {
		sim_fail(request, 400, "Files and a platform_id are required");
		return;
	}
	target = target_for(request, platform_id);
	if (!target) {
		sim_fail(request, 400, "There is no such build target for this platform");
		return;
	}
	errors = sim_compile(request);
	if (errors) {
		sim_reply(request, 406,
			  json_pack("{s:b, s:s, s:s, s:[s], s:i}", "ok", 0, "output",
				    "Compiler encountered an error", "stdout", "", "errors", errors,
				    "code", 200));
		return;
	}
	binary = sim_compile_output(request, platform_id);
	id = sim_random_hex(request->sim, 24);
	sim_blob_put(request->sim, id, binary);
	url = g_strconcat("/v1/binaries/", id, NULL);
	expires = sim_time_text(g_get_real_time() + 24 * 3600 * (gint64)G_USEC_PER_SEC);
	size = g_strdup_printf("   text\t   data\t    bss\t    dec\t    hex\tfilename\n"
			       "   %d\t    116\t   1436\t   %d\t   %x\t%s.elf\n",
			       (int)g_bytes_get_size(binary), (int)g_bytes_get_size(binary) + 1552,
			       (guint)g_bytes_get_size(binary) + 1552,
			       sim_platform_find(platform_id)->name);
	sim_reply(request, 200,
		  json_pack("{s:b, s:s, s:s, s:s, s:s, s:s}", "ok", 1, "binary_id", id,
			    "binary_url", url, "build_target_version", target, "expires_at",
			    expires, "sizeInfo", size));
}

static void
get_binary(SimRequest *request)
{
	const char *id = sim_request_param(request, "id");
	GBytes *binary = strlen(id) == 24 ? sim_blob_get(request->sim, id) : NULL;

	if (binary)
		sim_reply_bytes(request, "application/octet-stream", binary);
	else
		sim_fail_not_found(request, "Binary");
}

/* A Device OS module: its name is all that is in it. */
static void
get_module(SimRequest *request)
{
	const char *file = sim_request_param(request, "file");
	g_autoptr(GBytes) bytes = g_bytes_new(file, strlen(file));

	sim_reply_bytes(request, "application/octet-stream", bytes);
}

/* clang-format off */
const SimRoute sim_targets_routes[] = {
	{ "POST", SIM_OWN, "/binaries",                    compile,       "binaries:create" },
	{ "GET",  SIM_OWN, "/binaries/:id",                get_binary,    "binaries:get" },
	{ "GET",  SIM_OWN, "/build_targets",               list_targets,  NULL, SIM_NEEDS_NOTHING },
	{ "GET",  SIM_OWN, "/device-os/versions",          list_versions, "device_os:list" },
	{ "GET",  SIM_OWN, "/device-os/versions/:version", get_version,   "device_os:get" },
	{ "GET",  SIM_OWN, "/firmware/device-os/:release/:platform/:file", get_module, NULL, SIM_NEEDS_NOTHING },
	{ NULL },
};
/* clang-format on */
