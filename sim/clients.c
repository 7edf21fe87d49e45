/* SPDX-License-Identifier: Apache-2.0 */
/* OAuth clients and secrets: small rows whose secret part is shown once, or never. */
#include "families.h"
#include "store.h"

#include <string.h>

static void
list_clients(SimRequest *request)
{
	json_t *list = json_array();
	json_t *row;
	size_t i;

	json_array_foreach(sim_rows(request->sim, "clients", request->scope), i, row)
	    json_array_append_new(list, sim_row_without(row, "secret"));
	sim_reply(request, 200, json_pack("{s:b, s:o}", "ok", 1, "clients", list));
}

static void
create_client(SimRequest *request)
{
	const char *name = sim_request_text(request, "name");
	const char *type = sim_request_text(request, "type");
	const char *uri = sim_request_text(request, "redirect_uri");
	gboolean web = g_strcmp0(type, "web") == 0;
	g_autofree char *secret = NULL;
	g_autofree char *slug = NULL;
	g_autofree char *id = NULL;
	json_t *row;

	if (!name || !*name || (!web && g_strcmp0(type, "installed") != 0)) {
		sim_fail(request, 400, "name and type (installed or web) are required");
		return;
	}
	if (web && !uri) {
		sim_fail(request, 400, "redirect_uri is required for type web");
		return;
	}
	secret = sim_random_hex(request->sim, 40);
	slug = g_strcanon(g_ascii_strdown(name, -1), "abcdefghijklmnopqrstuvwxyz0123456789", '-');
	id = g_strdup_printf("%s-%d", slug, 1000 + sim_random_below(request->sim, 9000));
	row = json_pack("{s:s, s:s, s:s, s:s}", "name", name, "type", type, "id", id, "secret",
			secret);
	if (uri)
		sim_row_set_text(row, "redirect_uri", uri);
	if (sim_request_field(request, "scope"))
		json_object_set(row, "scope", sim_request_field(request, "scope"));
	if (request->product)
		json_object_set_new(row, "product_id", json_integer(request->product->id));
	sim_row_add(sim_rows(request->sim, "clients", request->scope), row);
	sim_reply(request, 200, json_pack("{s:b, s:O}", "ok", 1, "client", row));
}

static json_t *
client_of(SimRequest *request)
{
	return sim_request_row(request, sim_rows(request->sim, "clients", request->scope), "id",
			       "client", "Client");
}

static void
update_client(SimRequest *request)
{
	json_t *row = client_of(request);
	const char *name = sim_request_text(request, "name");
	json_t *scope = sim_request_field(request, "scope");

	if (!row)
		return;
	if (!name && !scope) {
		sim_fail(request, 400, "name or scope is required");
		return;
	}
	if (name)
		sim_row_set_text(row, "name", name);
	if (g_strcmp0(json_string_value(scope), "none") == 0)
		json_object_del(row, "scope");
	else if (scope)
		json_object_set(row, "scope", scope);
	sim_reply(request, 200,
		  json_pack("{s:b, s:o}", "ok", 1, "client", sim_row_without(row, "secret")));
}

static void
delete_client(SimRequest *request)
{
	sim_reply_removed(request, sim_rows(request->sim, "clients", request->scope),
			  client_of(request));
}

static void
list_secrets(SimRequest *request)
{
	json_t *list = json_array();
	json_t *row;
	size_t i;

	json_array_foreach(sim_rows(request->sim, "secrets", request->scope), i, row)
	    json_array_append_new(list, sim_row_without(row, "value"));
	sim_reply(request, 200, json_pack("{s:o}", "secrets", list));
}

static gboolean
is_secret_name(const char *name)
{
	return name && *name && !g_ascii_isdigit(*name) && strlen(name) <= 128 &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(name);
}

static json_t *
add_secret(SimRequest *request, const char *name, const char *value)
{
	const char *user = request->user->username;
	json_t *row = json_pack("{s:s, s:s, s:o, s:o, s:s, s:s, s:n, s:[], s:[]}", "name", name,
				"value", value, "created_at", sim_json_now(), "updated_at",
				sim_json_now(), "created_by", user, "updated_by", user,
				"last_accessed_at", "integrations", "logic_functions");

	return sim_row_add(sim_rows(request->sim, "secrets", request->scope), row);
}

static void
reply_secret(SimRequest *request, guint status, json_t *row)
{
	sim_reply(request, status, json_pack("{s:o}", "secret", sim_row_without(row, "value")));
}

static void
create_secret(SimRequest *request)
{
	json_t *wanted = sim_request_field(request, "secret");
	const char *name = sim_row_text(wanted, "name");
	const char *value = sim_row_text(wanted, "value");

	if (!is_secret_name(name) || !value)
		sim_fail(request, 400, "Failed to create secret: name and value are required");
	else if (sim_row_find(sim_rows(request->sim, "secrets", request->scope), "name", name))
		sim_fail(request, 400, "Failed to create secret: Name already in use");
	else
		reply_secret(request, 201, add_secret(request, name, value));
}

static json_t *
find_secret(SimRequest *request)
{
	return sim_row_find(sim_rows(request->sim, "secrets", request->scope), "name",
			    sim_request_param(request, "name"));
}

static void
get_secret(SimRequest *request)
{
	json_t *row = find_secret(request);

	if (row)
		reply_secret(request, 200, row);
	else
		sim_fail(request, 404, "not found");
}

static void
put_secret(SimRequest *request)
{
	const char *name = sim_request_param(request, "name");
	const char *value = sim_row_text(sim_request_field(request, "secret"), "value");
	json_t *row = find_secret(request);

	if (!value || !is_secret_name(name)) {
		sim_fail(request, 400, "Failed to update secret: value is required");
		return;
	}
	if (!row)
		row = add_secret(request, name, value);
	sim_row_set_text(row, "value", value);
	sim_row_set_text(row, "updated_by", request->user->username);
	json_object_set_new(row, "updated_at", sim_json_now());
	reply_secret(request, 200, row);
}

/* In use: a hook whose settings name the secret as {{{NAME}}}. */
static gboolean
is_in_use(SimRequest *request, const char *name)
{
	g_autofree char *text =
	    json_dumps(sim_rows(request->sim, "integrations", request->scope), JSON_COMPACT);
	g_autofree char *mention = g_strdup_printf("{{{%s}}}", name);

	return strstr(text, mention) != NULL;
}

static void
delete_secret(SimRequest *request)
{
	json_t *row = find_secret(request);

	if (!row) {
		sim_fail(request, 404, "not found");
	} else if (is_in_use(request, sim_row_text(row, "name"))) {
		sim_fail(request, 400,
			 "This secret cannot be deleted as it is being used by "
			 "integrations or Logic Functions.");
	} else {
		sim_row_remove(sim_rows(request->sim, "secrets", request->scope), row);
		sim_reply_empty(request, 204);
	}
}

#define PAIR (SIM_OWN | SIM_PRODUCT)
#define WIDE (SIM_OWN | SIM_ORG)

/* clang-format off */
const SimRoute sim_clients_routes[] = {
	{ "GET",    PAIR, "/clients",         list_clients,  "clients:list" },
	{ "POST",   PAIR, "/clients",         create_client, "clients:create" },
	{ "PUT",    PAIR, "/clients/:client", update_client, "clients:update" },
	{ "DELETE", PAIR, "/clients/:client", delete_client, "clients:remove" },
	{ "GET",    WIDE, "/secrets",         list_secrets,  "secrets:list" },
	{ "POST",   WIDE, "/secrets",         create_secret, "secrets:create" },
	{ "GET",    WIDE, "/secrets/:name",   get_secret,    "secrets:get" },
	{ "PUT",    WIDE, "/secrets/:name",   put_secret,    "secrets:update" },
	{ "DELETE", WIDE, "/secrets/:name",   delete_secret, "secrets:remove" },
	{ NULL },
};
/* clang-format on */
