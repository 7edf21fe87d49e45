/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries: rows of {name, owner, visibility, versions: [attributes]}; JSON:API answers. */
#include "families.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

static void
fail_library(SimRequest *request, guint status, const char *text)
{
	sim_reply(request, status, json_pack("{s:[{s:s}]}", "errors", "message", text));
}

static json_t *
attributes_new(const char *name, const char *version, const char *sentence, const char *category,
	       int installs)
{
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[s,s,s], s:{}, "
			 "s:b, s:b, s:n}",
			 "name", name, "version", version, "installs", installs, "license", "MIT",
			 "author", "A. Author", "maintainer", "M. Person", "sentence", sentence,
			 "paragraph", sentence, "category", category, "url",
			 "https://example.com/r", "repository", "https://example.com/r.git",
			 "architectures", "photon", "argon", "boron", "dependencies", "official",
			 installs > 1000, "verified", 1, "build");
}

static json_t *
last_version(const json_t *row)
{
	json_t *versions = json_object_get(row, "versions");

	return json_array_get(versions, json_array_size(versions) - 1);
}

static gboolean
is_mine(SimRequest *request, const json_t *row)
{
	return g_strcmp0(sim_row_text(row, "owner"), request->user->id) == 0;
}

static gboolean
is_public(const json_t *row)
{
	return g_strcmp0(sim_row_text(row, "visibility"), "public") == 0;
}

static char *
base_of(SimRequest *request)
{
	const char *host = soup_message_headers_get_one(
	    soup_server_message_get_request_headers(request->message), "Host");

	return g_strdup_printf("%s://%s",
			       soup_server_is_https(request->sim->server) ? "https" : "http",
			       host ? host : "api.particle.io");
}

static json_t *
resource(SimRequest *request, const json_t *row, const json_t *attributes)
{
	const char *name = sim_row_text(row, "name");
	g_autofree char *base = base_of(request);
	g_autofree char *link = g_strdup_printf("%s/libraries/%s/%s-%s.tar.gz", base, name, name,
						sim_row_text(attributes, "version"));
	json_t *copy = json_deep_copy(attributes);

	sim_row_set_text(copy, "visibility", sim_row_text(row, "visibility"));
	json_object_set_new(copy, "mine", json_boolean(is_mine(request, row)));
	return json_pack("{s:s, s:s, s:{s:s}, s:o}", "type", "libraries", "id", name, "links",
			 "download", link, "attributes", copy);
}

static gboolean
in_scope(SimRequest *request, const json_t *row, const char *scope)
{
	if (strcmp(scope, "official") == 0)
		return json_is_true(json_object_get(last_version(row), "official"));
	if (strcmp(scope, "public") == 0)
		return is_public(row);
	if (strcmp(scope, "mine") == 0)
		return is_mine(request, row);
	if (strcmp(scope, "private") == 0)
		return !is_public(row);
	return strcmp(scope, "all") == 0;
}

static gboolean
any_word(const char *words, const json_t *row, SimRequest *request,
	 gboolean (*test)(SimRequest *request, const json_t *row, const char *word))
{
	g_auto(GStrv) list = words && *words ? g_strsplit(words, ",", -1) : NULL;

	for (char **word = list; word && *word; word++)
		if (test(request, row, *word))
			return TRUE;
	return FALSE;
}

static gboolean
has_architecture(SimRequest *request, const json_t *row, const char *word)
{
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(last_version(row), "architectures"), i,
			   item) if (g_strcmp0(json_string_value(item), word) == 0) return TRUE;
	return FALSE;
}

static gboolean
row_matches(SimRequest *request, const json_t *row)
{
	const char *architectures = sim_request_query(request, "architectures");
	const char *category = sim_request_query(request, "category");
	const char *scope = sim_request_query(request, "scope");

	if (!is_public(row) && !is_mine(request, row))
		return FALSE;
	return sim_text_has(sim_row_text(row, "name"), sim_request_query(request, "filter")) &&
	       (!architectures || any_word(architectures, row, request, has_architecture)) &&
	       (!category ||
		g_strcmp0(sim_row_text(last_version(row), "category"), category) == 0) &&
	       (!scope || in_scope(request, row, scope)) &&
	       !any_word(sim_request_query(request, "excludeScopes"), row, request, in_scope);
}

/* What libraries are sorted by, but for their names. */
static json_int_t
rank_of(const json_t *row, const char *sort)
{
	const char *key = strcmp(sort, "popularity") == 0 ? "installs" : sort;
	json_t *value = json_object_get(row, key);

	if (!value)
		value = json_object_get(last_version(row), key);
	return json_is_true(value) ? 1 : json_integer_value(value);
}

static int
compare_rows(gconstpointer a, gconstpointer b, gpointer data)
{
	const char *sort = data;
	const json_t *x = *(json_t *const *)a;
	const json_t *y = *(json_t *const *)b;
	gboolean down = *sort == '-';
	json_int_t first = rank_of(x, sort + down);
	json_int_t second = rank_of(y, sort + down);
	int order = (first > second) - (first < second);

	if (!order)
		order = strcmp(sim_row_text(x, "name"), sim_row_text(y, "name"));
	return down ? -order : order;
}

static void
reply_page(SimRequest *request, json_t *list)
{
	list = sim_rows_page(list, sim_request_query_int(request, "page", 1, 100000),
			     sim_request_query_int(request, "limit", 10, 100), NULL);
	sim_reply(request, 200, json_pack("{s:o}", "data", list));
}

static void
list_libraries(SimRequest *request)
{
	const char *sort = sim_request_query(request, "sort");
	g_autoptr(GPtrArray) found = g_ptr_array_new();
	json_t *list = json_array();
	json_t *row;
	size_t i;

	json_array_foreach(sim_rows(request->sim, "libraries", ""), i,
			   row) if (row_matches(request, row)) g_ptr_array_add(found, row);
	g_ptr_array_sort_with_data(found, compare_rows, (gpointer)(sort && *sort ? sort : "name"));
	for (guint k = 0; k < found->len; k++)
		json_array_append_new(
		    list, resource(request, found->pdata[k], last_version(found->pdata[k])));
	reply_page(request, list);
}

static json_t *
library_of(SimRequest *request)
{
	json_t *row = sim_row_find(sim_rows(request->sim, "libraries", ""), "name",
				   sim_request_param(request, "name"));

	if (row && (is_public(row) || is_mine(request, row)))
		return row;
	fail_library(request, 404, "Library not found");
	return NULL;
}

static void
get_library(SimRequest *request)
{
	json_t *row = library_of(request);
	const char *version = sim_request_query(request, "version");
	json_t *attributes;

	if (!row)
		return;
	attributes = version ? sim_row_find(json_object_get(row, "versions"), "version", version)
			     : last_version(row);
	if (attributes)
		sim_reply(request, 200,
			  json_pack("{s:o}", "data", resource(request, row, attributes)));
	else
		fail_library(request, 404, "Library version not found");
}

static void
list_versions(SimRequest *request)
{
	json_t *row = library_of(request);
	json_t *list;
	size_t n;

	if (!row)
		return;
	list = json_array();
	n = json_array_size(json_object_get(row, "versions"));
	while (n-- > 0) /* newest first */
		json_array_append_new(
		    list,
		    resource(request, row, json_array_get(json_object_get(row, "versions"), n)));
	reply_page(request, list);
}

/* @day: that it was made on, counted from today */
static json_t *
add_library(Sim *sim, const char *name, const char *owner, const char *visibility, int day)
{
	json_int_t at = g_get_real_time() / G_USEC_PER_SEC + day * 86400;

	return sim_row_add(sim_rows(sim, "libraries", ""),
			   json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:[]}", "name", name, "owner",
				     owner, "visibility", visibility, "created", at, "updated", at,
				     "published", at, "versions"));
}

static void
note_time(json_t *row, const char *what)
{
	json_object_set_new(row, what, json_integer(g_get_real_time() / G_USEC_PER_SEC));
}

/*
 * The archive is not unpacked: the name comes from the path (or is the
 * user's first upload), the version counts up with each upload.
 */
static void
contribute(SimRequest *request)
{
	const char *filename = NULL;
	GBytes *archive = sim_request_file(request, 0, &filename);
	const char *wanted = sim_request_param(request, "name");
	g_autofree char *name = NULL;
	g_autofree char *version = NULL;
	g_autofree char *key = NULL;
	json_t *row;

	if (!archive || !g_bytes_get_size(archive)) {
		fail_library(request, 400, "An archive is required");
		return;
	}
	name = wanted ? g_strdup(wanted) : g_strdup_printf("library-%08x", g_bytes_hash(archive));
	row = sim_row_find(sim_rows(request->sim, "libraries", ""), "name", name);
	if (row && !is_mine(request, row)) {
		fail_library(request, 403, "This library belongs to someone else");
		return;
	}
	if (!row)
		row = add_library(request->sim, name, request->user->id, "private", 0);
	version = g_strdup_printf("1.0.%d", (int)json_array_size(json_object_get(row, "versions")));
	json_array_append_new(json_object_get(row, "versions"),
			      attributes_new(name, version, "Uploaded", "Other", 0));
	note_time(row, "updated");
	key = g_strdup_printf("library %s %s", name, version);
	sim_blob_put(request->sim, key, archive);
	sim_reply(request, 201,
		  json_pack("{s:o}", "data", resource(request, row, last_version(row))));
}

static gboolean
check_mine(SimRequest *request, const json_t *row)
{
	if (row && !is_mine(request, row))
		fail_library(request, 403, "This library belongs to someone else");
	return row && is_mine(request, row);
}

static void
publish_library(SimRequest *request)
{
	json_t *row = library_of(request);

	if (!check_mine(request, row))
		return;
	if (g_strcmp0(sim_request_text(request, "visibility"), "public") != 0) {
		fail_library(request, 400, "visibility: public");
		return;
	}
	sim_row_set_text(row, "visibility", "public");
	note_time(row, "published");
	sim_reply(request, 200,
		  json_pack("{s:o}", "data", resource(request, row, last_version(row))));
}

static void
delete_library(SimRequest *request)
{
	json_t *row = library_of(request);

	if (!check_mine(request, row))
		return;
	if (is_public(row) && !sim_request_text(request, "force")) {
		fail_library(request, 400, "A public library is deleted with a force token only");
		return;
	}
	sim_row_remove(sim_rows(request->sim, "libraries", ""), row);
	sim_reply_empty(request, 204);
}

/* Returns: (transfer full): the version in NAME-VERSION.tar.gz; or NULL */
static char *
version_in_filename(const char *file, const char *name)
{
	gsize before = strlen(name) + 1;
	gsize length = strlen(file);

	if (!g_str_has_prefix(file, name) || file[before - 1] != '-' ||
	    !g_str_has_suffix(file, ".tar.gz") || length <= before + strlen(".tar.gz"))
		return NULL;
	return g_strndup(file + before, length - before - strlen(".tar.gz"));
}

static void
download(SimRequest *request)
{
	const char *name = sim_request_param(request, "name");
	const char *file = sim_request_param(request, "file");
	g_autofree char *version = version_in_filename(file, name);
	g_autofree char *key = NULL;
	g_autofree char *text = NULL;
	g_autoptr(GBytes) bytes = NULL;

	if (!version || !sim_row_find(sim_rows(request->sim, "libraries", ""), "name", name)) {
		sim_fail_not_found(request, "File");
		return;
	}
	key = g_strdup_printf("library %s %s", name, version);
	if (sim_blob_get(request->sim, key)) {
		sim_reply_bytes(request, "application/octet-stream",
				sim_blob_get(request->sim, key));
		return;
	}
	text = g_strdup_printf("\x1f\x8b archive of %s %s\n", name, version);
	bytes = g_bytes_new(text, strlen(text));
	sim_reply_bytes(request, "application/octet-stream", bytes);
}

void
sim_libraries_seed(Sim *sim)
{
	/* clang-format off */
	static const struct {
		const char *name;
		const char *sentence;
		const char *category;
		int installs;
		int versions;
	} libraries[] = {
		{ "neopixel", "An implementation of Adafruit's NeoPixel", "Display", 31000, 5 },
		{ "neopatterns", "Patterns for LED strips", "Display", 800, 2 },
		{ "OneWire", "One wire temperature sensors", "Sensors", 12000, 3 },
		{ "Adafruit_DHT", "DHT humidity sensors", "Sensors", 15000, 2 },
		{ "MQTT", "MQTT for Photon and others", "Communication", 22000, 4 },
		{ "HttpClient", "A simple HTTP client", "Communication", 17000, 1 },
		{ "blynk", "Build a phone app in five minutes", "Communication", 9000, 2 },
		{ "ThingSpeak", "Write to ThingSpeak channels", "Communication", 7000, 1 },
		{ "AssetTracker", "The Electron asset tracker", "Sensors", 5000, 1 },
		{ "InternetButton", "The Internet Button shield", "Device Control", 6000, 1 },
		{ "LiquidCrystal", "Character displays", "Display", 3000, 1 },
		{ "SparkTime", "Network time", "Timing", 2500, 1 },
		{ "FastLED", "LED animation", "Display", 14000, 2 },
		{ "JsonParserGeneratorRK", "JSON for devices", "Data Processing", 4000, 1 },
	};
	/* clang-format on */

	for (guint i = 0; i < G_N_ELEMENTS(libraries); i++) {
		json_t *row = add_library(sim, libraries[i].name, "", "public",
					  -(int)(G_N_ELEMENTS(libraries) - i));

		for (int v = 0; v < libraries[i].versions; v++) {
			g_autofree char *version = g_strdup_printf("1.0.%d", v);

			json_array_append_new(
			    json_object_get(row, "versions"),
			    attributes_new(libraries[i].name, version, libraries[i].sentence,
					   libraries[i].category, libraries[i].installs));
		}
	}
}

/* clang-format off */
const SimRoute sim_libraries_routes[] = {
	{ "GET",    SIM_OWN,  "/libraries",                list_libraries },
	{ "POST",   SIM_OWN,  "/libraries",                contribute },
	{ "GET",    SIM_OWN,  "/libraries/:name",          get_library },
	{ "POST",   SIM_OWN,  "/libraries/:name",          contribute },
	{ "PATCH",  SIM_OWN,  "/libraries/:name",          publish_library },
	{ "DELETE", SIM_OWN,  "/libraries/:name",          delete_library },
	{ "GET",    SIM_OWN,  "/libraries/:name/versions", list_versions },
	{ "GET",    SIM_ROOT, "/libraries/:name/:file",    download, NULL, SIM_NEEDS_NOTHING },
	{ NULL },
};
/* clang-format on */
