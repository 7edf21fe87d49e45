/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens: how they are got, listed and ended. */
#include "families.h"
#include "fleet.h"
#include "people.h"
#include "ratelimit.h"
#include "store.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_LIFE_SECS 7776000

/* Clients that everybody may use; those users made stand in the store. */
static const char *const public_clients[] = { "particle", "particle-api", "particle-cli", NULL };

static gboolean
basic_pair(SimRequest *request, char **out_name, char **out_secret)
{
	const char *header = soup_message_headers_get_one(
	    soup_server_message_get_request_headers(request->message), "Authorization");
	g_autofree guchar *plain = NULL;
	g_autofree char *pair = NULL;
	gsize length;
	char *colon;

	if (!header || g_ascii_strncasecmp(header, "Basic ", 6) != 0)
		return FALSE;
	plain = g_base64_decode(header + 6, &length);
	pair = g_strndup((char *)plain, length);
	colon = strchr(pair, ':');
	if (!colon)
		return FALSE;
	*out_name = g_strndup(pair, (gsize)(colon - pair));
	*out_secret = g_strdup(colon + 1);
	return TRUE;
}

/* Finds a client made by a user: its row and the scope it stands in. */
static json_t *
find_client(Sim *sim, const char *id, char **out_scope)
{
	GHashTableIter iter;
	gpointer key;
	gpointer value;

	g_hash_table_iter_init(&iter, sim->rows);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		json_t *row;

		if (!g_str_has_prefix(key, "clients "))
			continue;
		row = sim_row_find(value, "id", id);
		if (!row)
			continue;
		*out_scope = g_strdup((char *)key + strlen("clients "));
		return row;
	}
	return NULL;
}

/*
 * sim_auth_client:
 *
 * Checks the OAuth client of the request, from the form or from Basic.
 *
 * Returns: (transfer full): the client's ID; or NULL, answered
 */
char *
sim_auth_client(SimRequest *request, char **out_scope)
{
	g_autofree char *id = g_strdup(sim_request_text(request, "client_id"));
	g_autofree char *secret = g_strdup(sim_request_text(request, "client_secret"));
	json_t *row;

	if (!id && !basic_pair(request, &id, &secret)) {
		sim_fail_oauth(request, 400, "invalid_request",
			       "Missing client_id or client_secret parameter");
		return NULL;
	}
	if (g_strv_contains(public_clients, id) && g_strcmp0(id, secret) == 0)
		return g_steal_pointer(&id);
	row = find_client(request->sim, id, out_scope);
	if (row && g_strcmp0(sim_row_text(row, "secret"), secret) == 0)
		return g_steal_pointer(&id);
	sim_fail_oauth(request, 400, "invalid_client", "Client credentials are invalid");
	return NULL;
}

void
sim_reply_token(SimRequest *request, guint status, SimToken *token)
{
	gint64 left =
	    token->expires_us
		? (token->expires_us - g_get_real_time() + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC
		: 0;

	sim_reply(request, status,
		  json_pack("{s:s, s:s, s:I, s:s}", "token_type", "bearer", "access_token",
			    token->text, "expires_in", (json_int_t)left, "refresh_token",
			    token->refresh));
}

static gint64
wanted_life(SimRequest *request)
{
	const char *secs = sim_request_text(request, "expires_in");
	gint64 at_us = sim_time_parse(sim_request_text(request, "expires_at"));

	if (secs)
		return MAX(sim_parse_int(secs), 0);
	if (at_us > 0)
		return MAX((at_us - g_get_real_time()) / G_USEC_PER_SEC, 1);
	return DEFAULT_LIFE_SECS;
}

static void
reply_mfa_required(SimRequest *request, SimUser *user)
{
	g_autofree char *tail = sim_random_hex(request->sim, 48);
	g_autofree char *mfa_token = g_strconcat("eyJhbGciOiJIUzI1NiJ9.", tail, NULL);

	g_hash_table_insert(request->sim->mfa, g_strdup(mfa_token), user);
	sim_reply(request, 403,
		  json_pack("{s:s, s:s, s:s}", "error", "mfa_required", "error_description",
			    "Multifactor authentication required", "mfa_token", mfa_token));
}

/* @user NULL, or one whose account has been deleted: there is none to give it to */
static void
give_token(SimRequest *request, SimUser *user, const char *client)
{
	gboolean known = user && user->username;

	sim_limits_note_login(request->sim->limits, request->message, !known);
	if (known)
		sim_reply_token(request, 200,
				sim_token_new(request->sim, user, client, wanted_life(request)));
	else
		sim_fail_oauth(request, 400, "invalid_grant", "User credentials are invalid");
}

static void
grant_password(SimRequest *request, const char *client, const char *scope)
{
	SimUser *user = sim_user_find(request->sim, sim_request_text(request, "username"));

	if (!user || user->robot ||
	    g_strcmp0(user->password, sim_request_text(request, "password")) != 0)
		give_token(request, NULL, client);
	else if (user->mfa)
		reply_mfa_required(request, user);
	else
		give_token(request, user, client);
}

static void
grant_otp(SimRequest *request, const char *client, const char *scope)
{
	const char *mfa_token = sim_request_text(request, "mfa_token");
	SimUser *user = mfa_token ? g_hash_table_lookup(request->sim->mfa, mfa_token) : NULL;

	if (g_strcmp0(sim_request_text(request, "otp"), SIM_OTP) != 0)
		user = NULL;
	if (user)
		g_hash_table_remove(request->sim->mfa, mfa_token);
	give_token(request, user, client);
}

/* A product's client stands for the product's owner, or for one of its customers. */
static void
grant_client(SimRequest *request, const char *client, const char *scope)
{
	const char *wanted = sim_request_text(request, "scope");
	SimUser *user = g_ptr_array_index(request->sim->users, 0);
	SimProduct *product = NULL;

	if (scope && g_str_has_prefix(scope, "product:"))
		product = sim_product_find(request->sim, scope + strlen("product:"));
	else if (scope)
		for (guint i = 0; i < request->sim->users->len; i++) {
			SimUser *each = g_ptr_array_index(request->sim->users, i);

			if (g_str_has_suffix(scope, each->id))
				user = each;
		}
	if (product)
		user = product->owner;
	if (wanted && g_str_has_prefix(wanted, "customer="))
		user = product ? sim_customer_find(request->sim, product, wanted + 9) : NULL;
	give_token(request, user, client);
}

static void
grant_refresh(SimRequest *request, const char *client, const char *scope)
{
	const char *refresh = sim_request_text(request, "refresh_token");
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, request->sim->tokens);
	while (refresh && g_hash_table_iter_next(&iter, NULL, &value)) {
		SimToken *token = value;
		SimUser *user = token->user;

		if (strcmp(token->refresh, refresh) != 0)
			continue;
		g_hash_table_iter_remove(&iter);
		give_token(request, user, client);
		return;
	}
	sim_fail_oauth(request, 400, "invalid_grant", "Refresh token is invalid");
}

static void
get_token(SimRequest *request)
{
	static const struct {
		const char *name;
		void (*grant)(SimRequest *request, const char *client, const char *scope);
	} grants[] = {
		{ "password", grant_password },
		{ "urn:custom:mfa-otp", grant_otp },
		{ "client_credentials", grant_client },
		{ "refresh_token", grant_refresh },
	};
	const char *type = sim_request_text(request, "grant_type");
	g_autofree char *scope = NULL;
	g_autofree char *client = NULL;
	int retry_secs;

	if (!sim_limits_allow_login(request->sim->limits, request->message, &retry_secs)) {
		sim_fail_limit(request, retry_secs);
		return;
	}
	if (strcmp(request->type, "application/x-www-form-urlencoded") != 0) {
		sim_fail_oauth(
		    request, 400, "invalid_request",
		    "Method must be POST with application/x-www-form-urlencoded encoding");
		return;
	}
	client = sim_auth_client(request, &scope);
	if (!client)
		return;
	for (guint i = 0; i < G_N_ELEMENTS(grants); i++)
		if (g_strcmp0(type, grants[i].name) == 0) {
			grants[i].grant(request, client, scope);
			return;
		}
	sim_fail_oauth(request, 400, type ? "unsupported_grant_type" : "invalid_request",
		       "Invalid or missing grant_type parameter");
}

/* Returns: the user of a Basic header whose password fits; or NULL, answered */
static SimUser *
basic_user(SimRequest *request)
{
	g_autofree char *name = NULL;
	g_autofree char *password = NULL;
	SimUser *user;

	if (!basic_pair(request, &name, &password)) {
		sim_fail_oauth(request, 400, "invalid_request", "The access token was not found");
		return NULL;
	}
	user = sim_user_find(request->sim, name);
	if (!user)
		return sim_fail_list(request, 400, "Unknown user"), NULL;
	if (g_strcmp0(user->password, password) != 0)
		return sim_fail_list(request, 401, "Bad password"), NULL;
	return user;
}

static void
list_tokens(SimRequest *request)
{
	SimUser *user = basic_user(request);
	json_t *list;
	GHashTableIter iter;
	gpointer value;

	if (!user)
		return;
	if (user->mfa && g_strcmp0(sim_request_query(request, "otp"), SIM_OTP) != 0) {
		reply_mfa_required(request, user);
		return;
	}
	list = json_array();
	g_hash_table_iter_init(&iter, request->sim->tokens);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		SimToken *token = value;
		g_autofree char *expires = NULL;

		if (token->user != user)
			continue;
		expires = token->expires_us ? sim_time_text(token->expires_us) : NULL;
		json_array_append_new(list,
				      json_pack("{s:s, s:s?, s:s}", "token", token->text,
						"expires_at", expires, "client", token->client));
	}
	sim_reply(request, 200, list);
}

static void
current_token(SimRequest *request)
{
	SimToken *token = request->token;
	g_autofree char *expires = token->expires_us ? sim_time_text(token->expires_us) : NULL;
	json_t *orgs = json_array();

	for (guint i = 0; i < request->sim->orgs->len; i++) {
		SimOrg *org = g_ptr_array_index(request->sim->orgs, i);

		if (sim_org_allows(org, request->user))
			json_array_append_new(
			    orgs, json_pack("{s:s, s:s}", "id", org->id, "slug", org->slug));
	}
	sim_reply(request, 200,
		  json_pack("{s:s?, s:s, s:s, s:o, s:o}", "expires_at", expires, "client",
			    token->client, "client_id", token->client, "scopes",
			    token->scopes ? json_incref(token->scopes) : json_array(), "orgs",
			    orgs));
}

/* The token in the path is the proof: no other is asked for. */
static void
delete_token(SimRequest *request)
{
	if (g_hash_table_remove(request->sim->tokens, sim_request_param(request, "token")))
		sim_reply_ok(request);
	else
		sim_fail_list(request, 404, "Token not found");
}

static void
delete_current_token(SimRequest *request)
{
	g_hash_table_remove(request->sim->tokens, request->token->text);
	sim_reply_ok(request);
}

static void
delete_all_tokens(SimRequest *request)
{
	sim_tokens_revoke(request->sim, request->user, NULL);
	sim_reply_ok(request);
}

/* clang-format off */
const SimRoute sim_auth_routes[] = {
	{ "POST",   SIM_ROOT, "/oauth/token",           get_token,            NULL, SIM_NEEDS_NOTHING, "oauth" },
	{ "GET",    SIM_OWN,  "/access_tokens",         list_tokens,          NULL, SIM_NEEDS_NOTHING, "tokens" },
	{ "GET",    SIM_OWN,  "/access_tokens/current", current_token,        "*:*" },
	{ "DELETE", SIM_OWN,  "/access_tokens/current", delete_current_token, NULL },
	{ "DELETE", SIM_OWN,  "/access_tokens/:token",  delete_token,         NULL, SIM_NEEDS_NOTHING, "tokens" },
	{ "DELETE", SIM_OWN,  "/access_tokens",         delete_all_tokens,    NULL },
	{ NULL },
};
/* clang-format on */
