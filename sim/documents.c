/* SPDX-License-Identifier: Apache-2.0 */
/* What the CLI keeps for devices that run Linux: rows of {id, data} by device and document. */
#include "families.h"
#include "store.h"

#include <string.h>

static json_t *
document_of(SimRequest *request)
{
	json_t *rows = sim_rows(request->sim, "documents", request->device->id);
	const char *name = sim_request_param(request, "doc");
	json_t *row = sim_row_find(rows, "id", name);

	if (!row)
		row = sim_row_add(rows, json_pack("{s:s, s:{s:{s:{s:{s:{}}}}}}", "id", name, "data",
						  "features", "applications", "desiredProperties",
						  "apps"));
	return row;
}

static void
reply_document(SimRequest *request, json_t *row)
{
	sim_reply(request, 200, json_pack("{s:O}", "data", json_object_get(row, "data")));
}

static void
get_document(SimRequest *request)
{
	reply_document(request, document_of(request));
}

/* Returns: (transfer none): the object at @path, made where it is not there; NULL: @path is none */
static json_t *
walk(json_t *object, json_t *path)
{
	json_t *part;
	size_t i;

	json_array_foreach(path, i, part)
	{
		const char *name = json_string_value(part);
		json_t *child = name ? json_object_get(object, name) : NULL;

		if (!name || (child && !json_is_object(child)))
			return NULL;
		if (!child) {
			child = json_object();
			json_object_set_new(object, name, child);
		}
		object = child;
	}
	return object;
}

static void
patch_document(SimRequest *request)
{
	json_t *row = document_of(request);
	const char *key = sim_request_text(request, "key");
	json_t *path = sim_request_field(request, "path");
	json_t *value = sim_request_field(request, "value");
	json_t *place;

	if (g_strcmp0(sim_request_text(request, "action"), "upsert") != 0 || !key || !value ||
	    !json_is_array(path)) {
		sim_fail(request, 400, "action upsert, path, key and value are required");
		return;
	}
	place = walk(json_object_get(row, "data"), path);
	if (!place) {
		sim_fail(request, 400, "path: names of objects");
		return;
	}
	json_object_set(place, key, value);
	reply_document(request, row);
}

static void
set_target_profile(SimRequest *request)
{
	const char *country = sim_request_text(request, "country");

	if (country && strlen(country) == 2)
		sim_reply_ok(request);
	else
		sim_fail(request, 400, "country: two letters");
}

#define P SIM_PRODUCT

/* clang-format off */
const SimRoute sim_documents_routes[] = {
	{ "GET",   P, "/devices/:device/docs/:doc",      get_document,       "devices:get" },
	{ "PATCH", P, "/devices/:device/docs/:doc",      patch_document,     "devices:update" },
	{ "PUT",   P, "/devices/:device/target_profile", set_target_profile, "devices:update" },
	{ NULL },
};
/* clang-format on */
