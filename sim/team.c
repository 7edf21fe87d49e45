/* SPDX-License-Identifier: Apache-2.0 */
/* Who works on a product or in an organization, and a product's customers. */
#include "families.h"
#include "fleet.h"
#include "people.h"
#include "store.h"

#include <string.h>

static json_t *
team_rows(SimRequest *request)
{
	json_t *rows = sim_rows(request->sim, "team", request->scope);
	SimUser *owner = request->product ? request->product->owner : request->org->owner;

	if (!json_array_size(rows)) /* the owner is always there */
		sim_row_add(rows, json_pack("{s:s, s:s, s:b, s:b, s:b, s:{s:s, s:s}}", "_id",
					    owner->id, "username", owner->username, "no_mfa",
					    !owner->mfa, "scim_provisioned", 0, "no_password", 0,
					    "role", "id", "r1", "name", "Administrator"));
	return rows;
}

static void
list_team(SimRequest *request)
{
	sim_reply(request, 200, json_pack("{s:b, s:O}", "ok", 1, "team", team_rows(request)));
}

static gboolean
role_ok(SimRequest *request, const char *role)
{
	static const char *const roles[] = { "Administrator", "Developer", "View-only", "Support",
					     NULL };

	if (!role || g_strv_contains(roles, role))
		return TRUE;
	return sim_fail(request, 400, "role: %s is not known", role), FALSE;
}

static void
create_robot(SimRequest *request, const char *name)
{
	json_t *scopes = sim_request_field(request, "scopes");
	g_autofree char *hash = sim_random_hex(request->sim, 6);
	g_autofree char *slug =
	    g_strcanon(g_ascii_strdown(name, -1), "abcdefghijklmnopqrstuvwxyz0123456789", '-');
	g_autofree char *username = g_strdup_printf("%s+%s@api.particle.io", slug, hash);
	SimUser *robot;
	SimToken *token;
	json_t *row;

	if (!json_is_array(scopes) || !json_array_size(scopes)) {
		sim_fail(request, 400, "scopes: a list is required");
		return;
	}
	robot = sim_user_new(request->sim, username, "");
	robot->robot = TRUE;
	robot->product = request->product;
	robot->org = request->org;
	token = sim_token_new(request->sim, robot, "user", 0);
	token->scopes = json_deep_copy(scopes);
	row = json_pack("{s:s, s:s, s:s, s:O, s:b}", "_id", robot->id, "username", username,
			"friendly_name", name, "scopes", scopes, "is_programmatic", 1);
	if (request->product)
		json_object_set_new(row, "product_id", json_integer(request->product->id));
	sim_row_add(team_rows(request), row);
	sim_reply(request, 200,
		  json_pack("{s:b, s:{s:s, s:b, s:[{s:s}]}}", "ok", 1, "created", "username",
			    username, "is_programmatic", 1, "tokens", "token", token->text));
}

static void
invite(SimRequest *request)
{
	const char *username = sim_request_text(request, "username");
	const char *role = sim_request_text(request, "role");
	const char *robot = sim_request_text(request, "friendly_name");
	SimUser *user = sim_user_find(request->sim, username);
	g_autofree char *id = NULL;

	if (robot && *robot) {
		create_robot(request, robot);
		return;
	}
	if (!username || !strchr(username, '@')) {
		sim_fail(request, 400, "username: an e-mail address is required");
		return;
	}
	if (!role_ok(request, role))
		return;
	if (sim_row_find(team_rows(request), "username", username)) {
		sim_fail(request, 400, "%s is in the team already", username);
		return;
	}
	id = user ? g_strdup(user->id) : sim_random_hex(request->sim, 24);
	sim_row_add(team_rows(request),
		    json_pack("{s:s, s:s, s:b, s:b, s:b, s:{s:s, s:s}}", "_id", id, "username",
			      username, "no_mfa", 1, "scim_provisioned", 0, "no_password", 0,
			      "role", "id", "r2", "name", role ? role : "Developer"));
	sim_reply(request, 200,
		  json_pack("{s:b, s:{s:s}}", "ok", 1, "invited", "username", username));
}

static json_t *
member_of(SimRequest *request)
{
	return sim_request_row(request, team_rows(request), "username", "username", "Team member");
}

static void
update_member(SimRequest *request)
{
	json_t *row = member_of(request);
	const char *role = sim_request_text(request, "role");
	json_t *scopes = sim_request_field(request, "scopes");
	SimUser *user = row ? sim_user_find(request->sim, sim_row_text(row, "username")) : NULL;

	if (!row || !role_ok(request, role))
		return;
	if (role)
		json_object_set_new(row, "role", json_pack("{s:s, s:s}", "id", "r2", "name", role));
	if (sim_request_text(request, "friendly_name"))
		sim_row_set_text(row, "friendly_name", sim_request_text(request, "friendly_name"));
	if (json_is_array(scopes) && user && user->robot) {
		json_object_set(row, "scopes", scopes);
		sim_tokens_limit(request->sim, user, scopes);
	}
	sim_reply_ok(request);
}

static void
remove_member(SimRequest *request)
{
	json_t *row = member_of(request);
	SimUser *user;

	if (!row)
		return;
	user = sim_user_find(request->sim, sim_row_text(row, "username"));
	if (row == json_array_get(team_rows(request), 0)) {
		sim_fail(request, 400, "The owner can't be removed from the team");
		return;
	}
	if (user && user->robot)
		sim_user_remove(request->sim, user);
	sim_row_remove(team_rows(request), row);
	sim_reply_ok(request);
}

static void
renew_token(SimRequest *request)
{
	json_t *row = member_of(request);
	SimUser *user = row ? sim_user_find(request->sim, sim_row_text(row, "username")) : NULL;
	SimToken *token;

	if (!row)
		return;
	if (!user || !user->robot) {
		sim_fail(request, 400, "Not an API user");
		return;
	}
	sim_tokens_revoke(request->sim, user, NULL);
	token = sim_token_new(request->sim, user, "user", 0);
	token->scopes = json_deep_copy(json_object_get(row, "scopes"));
	sim_reply(request, 200,
		  json_pack("{s:b, s:{s:s, s:[{s:s}]}}", "ok", 1, "updated", "username",
			    user->username, "tokens", "token", token->text));
}

static void
reply_scim(SimRequest *request, json_t *row)
{
	sim_reply(request, 200,
		  json_pack("{s:[s], s:O, s:O, s:b}", "schemas",
			    "urn:ietf:params:scim:schemas:core:2.0:User", "id",
			    json_object_get(row, "_id"), "userName",
			    json_object_get(row, "username"), "active",
			    !json_is_false(json_object_get(row, "active"))));
}

static json_t *
scim_user_of(SimRequest *request)
{
	return sim_request_row(request, team_rows(request), "_id", "user", "User");
}

static void
get_scim_user(SimRequest *request)
{
	json_t *row = scim_user_of(request);

	if (row)
		reply_scim(request, row);
}

/* Of what SCIM can change, the simulator has whether the user is active. */
static void
patch_scim_user(SimRequest *request)
{
	json_t *row = scim_user_of(request);
	json_t *operations = sim_request_field(request, "Operations");
	json_t *operation;
	size_t i;

	if (!row)
		return;
	if (!json_array_size(operations)) {
		sim_fail(request, 400, "Operations are required");
		return;
	}
	json_array_foreach(operations, i, operation)
	{
		json_t *value = json_object_get(operation, "value");
		gboolean whole = g_strcmp0(sim_row_text(operation, "path"), "active") != 0;
		json_t *active = whole ? json_object_get(value, "active") : value;

		if (active)
			json_object_set(row, "active", active);
	}
	reply_scim(request, row);
}

static void
create_customer(SimRequest *request)
{
	const char *email = sim_request_text(request, "email");
	const char *password = sim_request_text(request, "password");
	gboolean no_password = sim_request_flag(request, "no_password");
	g_autofree char *scope = NULL;
	g_autofree char *client = sim_auth_client(request, &scope);
	SimUser *user;

	if (!client)
		return;
	if (!email || !strchr(email, '@') || (!no_password && (!password || !*password))) {
		sim_fail_oauth(request, 400, "invalid_request", "email and password are required");
		return;
	}
	if (sim_customer_find(request->sim, request->product, email)) {
		sim_fail_oauth(request, 400, "customer_exists", "Customer already exists");
		return;
	}
	user = sim_user_new(request->sim, email, password ? password : "");
	user->customer = TRUE;
	user->product = request->product;
	sim_reply_token(request, 201, sim_token_new(request->sim, user, client, 7776000));
}

static json_t *
device_summary(const SimDevice *device)
{
	return json_pack("{s:s, s:i, s:i, s:b}", "id", device->id, "product_id",
			 sim_device_product_id(device), "firmware_version",
			 device->firmware_version, "online", device->online);
}

static json_t *
customer_json(Sim *sim, SimUser *customer)
{
	g_autoptr(GPtrArray) own = sim_fleet_list(sim, customer, NULL);
	json_t *ids = json_array();

	for (guint i = 0; i < own->len; i++)
		json_array_append_new(ids, json_string(((SimDevice *)own->pdata[i])->id));
	return json_pack("{s:s, s:s, s:s, s:o}", "id", customer->id, "full_name",
			 customer->first_name, "username", customer->username, "devices", ids);
}

/* With the devices of those on the page. */
static void
list_customers(SimRequest *request)
{
	json_t *customers = json_array();
	json_t *devices = json_array();
	json_t *customer;
	json_t *id;
	size_t i;
	size_t k;
	int pages = 1;

	for (guint u = 0; u < request->sim->users->len; u++) {
		SimUser *user = g_ptr_array_index(request->sim->users, u);

		if (user->customer && user->product == request->product && user->username)
			json_array_append_new(customers, customer_json(request->sim, user));
	}
	customers = sim_request_page(request, customers, 25, 1000, &pages);
	json_array_foreach(customers, i, customer)
	    json_array_foreach(json_object_get(customer, "devices"), k, id) json_array_append_new(
		devices, device_summary(sim_fleet_find(request->sim, json_string_value(id))));
	sim_reply(request, 200,
		  json_pack("{s:o, s:o, s:{s:i}}", "customers", customers, "devices", devices,
			    "meta", "total_pages", pages));
}

static SimUser *
customer_of(SimRequest *request)
{
	SimUser *user =
	    sim_customer_find(request->sim, request->product, sim_request_param(request, "email"));

	if (!user)
		sim_fail_not_found(request, "Customer");
	return user;
}

static void
update_customer(SimRequest *request)
{
	SimUser *user = customer_of(request);
	const char *password = sim_request_text(request, "password");

	if (!user)
		return;
	if (!password || !*password) {
		sim_fail(request, 400, "password is required");
		return;
	}
	g_free(user->password);
	user->password = g_strdup(password);
	sim_reply_ok(request);
}

static void
delete_customer(SimRequest *request)
{
	SimUser *user = customer_of(request);

	if (!user)
		return;
	sim_user_remove(request->sim, user);
	sim_reply_ok(request);
}

/* Every fifth device of the product is hers. */
static void
give_devices(Sim *sim, SimUser *customer)
{
	int n = 0;

	for (guint i = 0; i < sim->devices->len; i++) {
		SimDevice *device = g_ptr_array_index(sim->devices, i);

		if (device->product == customer->product && n++ % 5 == 1 && !device->quarantined)
			device->owner = customer;
	}
}

void
sim_team_seed(Sim *sim)
{
	for (guint i = 0; i < sim->products->len; i++) {
		SimUser *jane = sim_user_new(sim, "jane@example.com", SIM_PASSWORD);

		jane->customer = TRUE;
		jane->product = g_ptr_array_index(sim->products, i);
		g_free(jane->first_name);
		jane->first_name = g_strdup("Jane Roe");
		give_devices(sim, jane);
	}
}

#define TEAM (SIM_PRODUCT | SIM_ORG)

/* clang-format off */
const SimRoute sim_team_routes[] = {
	{ "GET",    TEAM, "/team",                 list_team,     "teams.users:list" },
	{ "POST",   TEAM, "/team",                 invite,        "teams.users:invite" },
	{ "POST",   TEAM, "/team/:username",       update_member, "teams.users:update" },
	{ "PUT",    TEAM, "/team/:username",       update_member, "teams.users:update" },
	{ "DELETE", TEAM, "/team/:username",       remove_member, "teams.users:remove" },
	{ "PUT",    TEAM, "/team/:username/token", renew_token,   "teams.users:update" },
	{ "POST",   TEAM, "/team/:username/token", renew_token,   "teams.users:update" },
	{ "GET",    SIM_ORG, "/team/provision/Users/:user", get_scim_user,   "teams.users:list" },
	{ "PATCH",  SIM_ORG, "/team/provision/Users/:user", patch_scim_user, "teams.users:update" },
	{ "POST",   SIM_PRODUCT, "/customers",        create_customer, NULL, SIM_NEEDS_NOTHING },
	{ "GET",    SIM_PRODUCT, "/customers",        list_customers,  "customers:list" },
	{ "PUT",    SIM_PRODUCT, "/customers/:email", update_customer, "customers:update" },
	{ "DELETE", SIM_PRODUCT, "/customers/:email", delete_customer, "customers:remove" },
	{ NULL },
};
/* clang-format on */
