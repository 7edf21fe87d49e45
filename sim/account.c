/* SPDX-License-Identifier: Apache-2.0 */
/* The user behind the token, and how one comes to be. */
#include "families.h"
#include "fleet.h"
#include "people.h"
#include "store.h"

#include <string.h>

static void
get_user(SimRequest *request)
{
	SimUser *user = request->user;
	g_autoptr(GPtrArray) own = sim_fleet_list(request->sim, user, NULL);
	int cellular = 0;

	for (guint i = 0; i < own->len; i++)
		cellular += sim_device_is_cellular(own->pdata[i]);
	sim_reply(
	    request, 200,
	    json_pack("{s:s, s:s, s:[], s:i, s:[], s:{s:s, s:s, s:b, s:s?}, s:{s:b}, s:b, s:b, "
		      "s:i, s:i}",
		      "username", user->username, "id", user->id, "subscription_ids", "tos", 1,
		      "memberships", "account_info", "first_name", user->first_name, "last_name",
		      user->last_name, "business_account", user->business_account, "company_name",
		      user->company_name, "mfa", "enabled", user->mfa, "scim_provisioned", 0,
		      "no_password", 0, "wifi_device_count", (int)own->len - cellular,
		      "cellular_device_count", cellular));
}

static void
set_text(char **slot, const json_t *object, const char *key)
{
	const char *text = sim_row_text(object, key);

	if (!text)
		return;
	g_free(*slot);
	*slot = g_strdup(text);
}

static void
set_account_info(SimUser *user, json_t *info)
{
	set_text(&user->first_name, info, "first_name");
	set_text(&user->last_name, info, "last_name");
	set_text(&user->company_name, info, "company_name");
	if (json_object_get(info, "business_account"))
		user->business_account = json_is_true(json_object_get(info, "business_account"));
}

static gboolean
password_fits(SimRequest *request, const char *field)
{
	if (g_strcmp0(sim_request_text(request, field), request->user->password) == 0)
		return TRUE;
	return sim_fail(request, 400, "Current password is incorrect"), FALSE;
}

static void
reply_message(SimRequest *request, const char *message)
{
	sim_reply(request, 200, json_pack("{s:b, s:s}", "ok", 1, "message", message));
}

static void
update_user(SimRequest *request)
{
	SimUser *user = request->user;
	const char *username = sim_request_text(request, "username");
	const char *password = sim_request_text(request, "password");
	json_t *info = sim_request_field(request, "account_info");

	if (!username && !password && !json_is_object(info)) {
		sim_fail(request, 400, "Nothing to change");
		return;
	}
	if ((username || password) && !password_fits(request, "current_password"))
		return;
	if (username && (!strchr(username, '@') || sim_user_find(request->sim, username))) {
		sim_fail(request, 400, "username: an e-mail address that is not taken");
		return;
	}
	if (password && strlen(password) < 1) {
		sim_fail(request, 400, "password: must not be empty");
		return;
	}
	set_text(&user->username, request->body, "username");
	set_text(&user->password, request->body, "password");
	set_account_info(user, info);
	if (sim_request_flag(request, "invalidate_tokens"))
		sim_tokens_revoke(request->sim, user, NULL);
	reply_message(request, username	  ? "User's username updated."
			       : password ? "User's password updated."
					  : "User's account info updated.");
}

static void
delete_user(SimRequest *request)
{
	if (!password_fits(request, "password"))
		return;
	sim_user_remove(request->sim, request->user);
	reply_message(request, "User's account has been deleted.");
}

static void
create_user(SimRequest *request)
{
	const char *username = sim_request_text(request, "username");
	const char *password = sim_request_text(request, "password");
	SimUser *user;

	if (!username || !strchr(username, '@') || !password || !*password) {
		sim_fail(request, 400, "username and password are required");
		return;
	}
	if (sim_user_find(request->sim, username)) {
		sim_fail(request, 400, "username already in use");
		return;
	}
	user = sim_user_new(request->sim, username, password);
	set_account_info(user, sim_request_field(request, "account_info"));
	sim_reply_ok(request);
}

/* The token of the mail that creating the user would have sent: any text. */
static void
verify_user(SimRequest *request)
{
	const char *token = sim_request_text(request, "token");

	if (token && *token)
		sim_reply_ok(request);
	else
		sim_fail(request, 400, "token is required");
}

static void
reset_password(SimRequest *request)
{
	if (!sim_request_text(request, "username"))
		sim_fail(request, 400, "username is required");
	else
		reply_message(request, "Password reset email sent.");
}

/* What it takes is not documented: it is the link of a mail that nobody has sent. */
static void
set_new_password(SimRequest *request)
{
	if (json_object_size(request->body))
		sim_reply_ok(request);
	else
		sim_fail(request, 400, "token and password are required");
}

static void
identify(SimRequest *request)
{
	sim_reply(
	    request, 200,
	    json_pack("{s:s, s:s}", "id", request->user->id, "email", request->user->username));
}

static void
mfa_begin(SimRequest *request)
{
	SimUser *user = request->user;
	g_autofree char *tail = NULL;
	g_autofree char *name = NULL;
	g_autofree char *url = NULL;

	if (user->mfa) {
		sim_fail(request, 400, "Multifactor authentication is already enabled");
		return;
	}
	tail = sim_random_hex(request->sim, 40);
	name = g_uri_escape_string(user->username, NULL, FALSE);
	url = g_strdup_printf("otpauth://totp/Particle:%s?secret=JBSWY3DPEHPK3PXP&issuer=Particle",
			      name);
	g_free(user->pending_otp);
	user->pending_otp = g_strconcat("eyJhbGciOiJIUzI1NiJ9.", tail, NULL);
	sim_reply(request, 200,
		  json_pack("{s:s, s:s, s:s}", "mfa_token", user->pending_otp, "qr_url", url,
			    "secret", "JBSWY3DPEHPK3PXP"));
}

static void
mfa_confirm(SimRequest *request)
{
	SimUser *user = request->user;
	SimToken *token = request->token;

	if (!user->pending_otp ||
	    g_strcmp0(user->pending_otp, sim_request_text(request, "mfa_token")) != 0 ||
	    g_strcmp0(sim_request_text(request, "otp"), SIM_OTP) != 0) {
		sim_fail_oauth(request, 400, "invalid_grant", "One-time code is invalid");
		return;
	}
	g_clear_pointer(&user->pending_otp, g_free);
	user->mfa = TRUE;
	if (sim_request_flag(request, "invalidate_tokens")) {
		sim_tokens_revoke(request->sim, user, NULL);
		token = sim_token_new(request->sim, user, "user", 7776000);
	}
	sim_reply(request, 200, json_pack("{s:b, s:[s]}", "enrolled", 1, "tokens", token->text));
}

static void
mfa_disable(SimRequest *request)
{
	if (!password_fits(request, "current_password"))
		return;
	request->user->mfa = FALSE;
	sim_reply_ok(request);
}

#define OPEN(limit) NULL, SIM_NEEDS_NOTHING, limit

/* clang-format off */
const SimRoute sim_account_routes[] = {
	{ "GET",    SIM_OWN, "/user",                get_user },
	{ "PUT",    SIM_OWN, "/user",                update_user },
	{ "DELETE", SIM_OWN, "/user",                delete_user, NULL, SIM_NEEDS_TOKEN, "users" },
	{ "POST",   SIM_OWN, "/users",               create_user,    OPEN("users") },
	{ "POST",   SIM_OWN, "/user/verify",         verify_user,    OPEN(NULL) },
	{ "POST",   SIM_OWN, "/user/password-reset", reset_password, OPEN("password-reset") },
	{ "PUT",    SIM_OWN, "/user/password-reset", set_new_password, OPEN("password-reset") },
	{ "GET",    SIM_OWN, "/user/identify",       identify },
	{ "GET",    SIM_OWN, "/user/mfa-enable",     mfa_begin },
	{ "POST",   SIM_OWN, "/user/mfa-enable",     mfa_confirm },
	{ "PUT",    SIM_OWN, "/user/mfa-disable",    mfa_disable },
	{ NULL },
};
/* clang-format on */
