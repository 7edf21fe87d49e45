/* SPDX-License-Identifier: Apache-2.0 */
#include "convert.h"
#include "node.h"

const PfsTokenRow pfs_token_row = { .function = "getTokenInfo", .expires = "expires_at" };

/* clang-format off */
static const PfsNode mfa_nodes[] = {
	{ "enable", PFS_VERB, PFS_FROM_NOTHING, .flags = PFS_NODE_SECRET, .write = ACT("enableMfa"),
	  .help = "begin: the secret and its QR address, for who wrote" },
	{ "confirm", PFS_VERB, PFS_FROM_NOTHING, .flags = PFS_NODE_SECRET, .write = ACT("confirmMfa"),
	  .help = "switch it on: mfa_token and otp; the tokens are for who wrote" },
	{ "disable", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("disableMfa"),
	  .help = "switch it off: current_password" },
	{ NULL },
};

static const PfsActRow revoke_choices[] = {
	{ "deleteCurrentAccessToken", .word = "current" },
	{ "deleteActiveAccessTokens", .word = "all" },
	{ NULL },
};

static const PfsNode tokens_nodes[] = {
	{ "list", PFS_VERB, PFS_FROM_NOTHING,
	  .write = ACT("listAccessTokens", .convert = pfs_convert_tokens),
	  .help = "the tokens, cut to 6 characters: username, password, otp" },
	{ "revoke", PFS_VERB, PFS_FROM_NOTHING,
	  .write = ACT("deleteAccessToken", "token", .objects = TRUE, .choices = revoke_choices),
	  .help = "current, all, or a token" },
	{ NULL },
};

const PfsNode pfs_account_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "getUserInfo", .ttl = PFS_TTL_CONFIG,
	  .write = ACT("setUserInfo"), .help = "the record; write: account_info" },
	{ "identity.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "trackingIdentity",
	  .bind = "{\"full\": true}", .ttl = PFS_TTL_CONFIG, .help = "the user's ID and address" },
	{ "tracking-id.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "trackingIdentity",
	  .bind = "{\"full\": false}", .ttl = PFS_TTL_CONFIG, .help = "the user's ID alone" },
	{ "token.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "getTokenInfo",
	  .ttl = PFS_TTL_CONFIG, .help = "expiry, client and scopes of the token" },
	{ "change-username", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("changeUsername"),
	  .help = "current_password, username, invalidate_tokens" },
	{ "change-password", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("changeUserPassword"),
	  .help = "current_password, password, invalidate_tokens" },
	{ "create", PFS_VERB, PFS_FROM_NOTHING, .flags = PFS_NODE_SECRET, .write = ACT("createUser"),
	  .help = "make an account" },
	{ "verify", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("verifyUser", "token"),
	  .help = "confirm an account by the token from the mail" },
	{ "reset-password", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("resetPassword", "username"),
	  .help = "send a mail to set a new password" },
	{ "delete", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("deleteUser"),
	  .help = "delete the account: password" },
	{ "mfa", PFS_DIRECTORY, PFS_FROM_NOTHING, mfa_nodes, .help = "the second factor" },
	{ "tokens", PFS_DIRECTORY, PFS_FROM_NOTHING, tokens_nodes, .help = "the access tokens" },
	{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_ITEMS, .read = "getUserInfo", .ttl = PFS_TTL_CONFIG,
	  .shown = "username, id, …", .help = "one value of the record" },
	{ NULL },
};
/* clang-format on */
