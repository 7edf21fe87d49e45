/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint-table.h"

/* clang-format off */

/* The SDK's own client, which everybody may use. */
#define CLIENT                                                                                     \
	{ "clientId", "client_id", BODY, STRING, 0, "ID of an OAuth client", \
	  .value = "particle-api" }, \
	{ "clientSecret", "client_secret", BODY, STRING, SECRET, "its secret", \
	  .value = "particle-api" }
#define PASSWORD { "password", NULL, BODY, STRING, REQUIRED | SECRET, "the password" }
#define CURRENT_PASSWORD                                                                           \
	{ "currentPassword", "current_password", BODY, STRING, REQUIRED | SECRET, \
	  "the present password" }
#define INVALIDATE                                                                                 \
	{ "invalidateTokens", "invalidate_tokens", BODY, IF_TRUE, 0, "end all tokens as well" }

const PfsEndpoint pfs_endpoints_account[] = {
	{ "login", "POST", { { ROOT, "/oauth/token" } },
	  .help = "Makes an access token from user name and password",
	  .body = PFS_BODY_FORM, .auth = PFS_AUTH_NONE,
	  PARAMETERS(
		{ "username", NULL, BODY, STRING, REQUIRED, "e-mail address of the account" },
		PASSWORD,
		{ NULL, "grant_type", BODY, STRING, .value = "password" },
		CLIENT,
		{ "tokenDuration", "expires_in", BODY, INTEGER, 0,
		  "life of the token in seconds, 0 for ever",
		  .value = "7776000" }) },
	{ "sendOtp", "POST", { { ROOT, "/oauth/token" } },
	  .help = "Makes an access token where login wanted a second factor",
	  .body = PFS_BODY_FORM, .auth = PFS_AUTH_NONE,
	  PARAMETERS(
		{ NULL, "grant_type", BODY, STRING, .value = "urn:custom:mfa-otp" },
		{ "mfaToken", "mfa_token", BODY, STRING, REQUIRED | SECRET,
		  "token that login's error gave" },
		{ "otp", NULL, BODY, STRING, REQUIRED | SECRET, "the one-time code" },
		CLIENT) },
	{ "loginAsClientOwner", "POST", { { ROOT, "/oauth/token" } },
	  .help = "Makes an access token from an OAuth client's ID and secret",
	  .body = PFS_BODY_FORM, .auth = PFS_AUTH_NONE,
	  PARAMETERS(
		{ NULL, "grant_type", BODY, STRING, .value = "client_credentials" },
		CLIENT,
		{ "scope", NULL, BODY, STRING, 0,
		  "customer=ADDRESS: a token for that customer" }) },
	{ "enableMfa", "GET", { { OWN, "/user/mfa-enable" } },
	  .help = "Begins to switch on the second factor" },
	{ "confirmMfa", "POST", { { OWN, "/user/mfa-enable" } },
	  .help = "Switches on the second factor",
	  PARAMETERS(
		{ "mfaToken", "mfa_token", BODY, STRING, REQUIRED | SECRET,
		  "token that enableMfa gave" },
		{ "otp", NULL, BODY, STRING, REQUIRED | SECRET, "the one-time code" },
		INVALIDATE) },
	{ "disableMfa", "PUT", { { OWN, "/user/mfa-disable" } },
	  .help = "Switches off the second factor",
	  PARAMETERS(CURRENT_PASSWORD) },
	{ "createCustomer", "POST", { { PRODUCT, "/customers" } },
	  .help = "Makes a customer of a product",
	  .body = PFS_BODY_FORM, .auth = PFS_AUTH_NONE,
	  PARAMETERS(
		{ "email", NULL, BODY, STRING, REQUIRED, "the customer's e-mail address" },
		PASSWORD,
		{ NULL, "grant_type", BODY, STRING, .value = "client_credentials" },
		CLIENT) },
	{ "createUser", "POST", { { OWN, "/users" } },
	  .help = "Makes an account",
	  .auth = PFS_AUTH_NONE,
	  PARAMETERS(
		{ "username", NULL, BODY, STRING, REQUIRED, "e-mail address" },
		PASSWORD,
		{ "accountInfo", "account_info", BODY, OBJECT, 0, "name, company and so on" },
		{ "utm", NULL, BODY, OBJECT, 0, "the campaign that led here" }) },
	{ "verifyUser", "POST", { { OWN, "/user/verify" } },
	  .help = "Confirms a new account by the token from the mail",
	  .auth = PFS_AUTH_NONE, .flags = OLD,
	  PARAMETERS(
		{ "token", NULL, BODY, STRING, REQUIRED | SECRET, "token from the mail" }) },
	{ "resetPassword", "POST", { { OWN, "/user/password-reset" } },
	  .help = "Sends a mail that lets the user set a new password",
	  .auth = PFS_AUTH_NONE,
	  PARAMETERS(
		{ "username", NULL, BODY, STRING, REQUIRED, "e-mail address of the account" }) },
	{ "deleteAccessToken", "DELETE", { { OWN, "/access_tokens/{token}" } },
	  .help = "Revokes an access token",
	  .auth = PFS_AUTH_NONE,
	  PARAMETERS(
		{ "token", NULL, PATH, STRING, REQUIRED | SECRET, "the token" },
		{ "username", NULL, BASIC_USER, STRING, 0,
		  "e-mail address, as SDKs before 11 send it" },
		{ "password", NULL, BASIC_PASSWORD, STRING, SECRET, "the password, likewise",
		  .with = "username" },
		{ "token", "access_token", BODY, STRING, SECRET, .with = "username" }) },
	{ "deleteCurrentAccessToken", "DELETE", { { OWN, "/access_tokens/current" } },
	  .help = "Revokes the access token in use" },
	{ "deleteActiveAccessTokens", "DELETE", { { OWN, "/access_tokens" } },
	  .help = "Revokes all access tokens of the user" },
	{ "deleteUser", "DELETE", { { OWN, "/user" } },
	  .help = "Deletes the account",
	  PARAMETERS(PASSWORD) },
	{ "listAccessTokens", "GET", { { OWN, "/access_tokens" } },
	  .help = "Lists the user's access tokens",
	  .auth = PFS_AUTH_NONE, .flags = OLD,
	  PARAMETERS(
		{ "username", NULL, BASIC_USER, STRING, REQUIRED, "e-mail address of the account" },
		{ "password", NULL, BASIC_PASSWORD, STRING, REQUIRED | SECRET, "the password" },
		{ "otp", NULL, QUERY, STRING, SECRET,
		  "the one-time code, with a second factor" }) },
	{ "getTokenInfo", "GET", { { OWN, "/access_tokens/current" } },
	  .help = "Tells expiry, client and scopes of the token in use",
	  .flags = EXTRA },
	{ "trackingIdentity", "GET", { { OWN, "/user/identify" } },
	  .help = "Tells the user's ID",
	  PARAMETERS(
		{ "full", "tracking", QUERY, UNLESS_TRUE, 0, "the address too",
		  .value = "false" }) },
	{ "getUserInfo", "GET", { { OWN, "/user" } },
	  .help = "Reads the account's record" },
	{ "setUserInfo", "PUT", { { OWN, "/user" } },
	  .help = "Changes name, company and so on",
	  PARAMETERS(
		{ "accountInfo", "account_info", BODY, OBJECT, REQUIRED,
		  "name, company and so on" }) },
	{ "changeUsername", "PUT", { { OWN, "/user" } },
	  .help = "Changes the account's e-mail address",
	  PARAMETERS(
		{ "username", NULL, BODY, STRING, REQUIRED, "the new address" },
		CURRENT_PASSWORD,
		INVALIDATE) },
	{ "changeUserPassword", "PUT", { { OWN, "/user" } },
	  .help = "Changes the password",
	  PARAMETERS(
		{ "password", NULL, BODY, STRING, REQUIRED | SECRET, "the new password" },
		CURRENT_PASSWORD,
		INVALIDATE) },
	{ NULL },
};
