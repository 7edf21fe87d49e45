/* SPDX-License-Identifier: Apache-2.0 */
/* particlefs logout: ends what login began, and no other token. */
#include <errno.h>
#include <stdio.h>

#include <particlefs/error.h>

#include "common.h"

#define NAME "logout"

static gboolean
revoke_token(const PfsCliOptions *options, PfsToken *token, GError **error)
{
	g_autoptr(PfsClient) client = pfs_client_new(options, token, error);
	g_autoptr(json_t) arguments = json_object();
	g_autoptr(GError) local = NULL;
	g_autoptr(json_t) answer = NULL;

	if (!client)
		return FALSE;
	answer = pfs_client_call_json(client, "deleteCurrentAccessToken", arguments, &local);
	/* one that is not valid any more needs no revoking */
	if (answer || g_error_matches(local, PFS_ERROR, EKEYEXPIRED))
		return TRUE;
	g_propagate_error(error, g_steal_pointer(&local));
	return FALSE;
}

/* Only the own store: a token of the official CLI or of a service is not ours to revoke. */
static int
logout(const PfsCliOptions *options, gboolean force)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) forget_error = NULL;
	PfsToken *token = pfs_token_find_own(&error);
	gboolean logged_in = !g_error_matches(error, PFS_ERROR, ENOKEY);

	if (!logged_in)
		g_clear_error(&error);
	else if (token)
		revoke_token(options, token, &error);
	/* it may be valid, and once its file is gone nobody can revoke it any more */
	if (error && !force) {
		g_prefix_error(&error, "the token is kept, as it was not revoked and may be good "
				       "still; --force deletes it all the same: ");
		return pfs_cli_fail(NAME, error);
	}
	if (!pfs_token_forget(&forget_error))
		return pfs_cli_fail(NAME, forget_error);
	if (error)
		printf("Logged out here; the token was not revoked: %s\n", error->message);
	else
		puts(logged_in ? "Logged out." : "Nobody was logged in.");
	return PFS_EXIT_OK;
}

int
pfs_cli_logout(int argc, char **argv)
{
	gboolean force = FALSE;
	const GOptionEntry entries[] = {
		{ "force", 0, 0, G_OPTION_ARG_NONE, &force,
		  "Delete the token even where it can't be revoked", NULL },
		{ NULL },
	};
	const PfsCliCommand command = {
		.name = NAME,
		.summary =
		    "Revokes the access token that 'particlefs login' keeps, and deletes it.\n"
		    "One that can't be revoked now is kept: it is good, and may be revoked later.",
		.entries = entries,
		.own_token = TRUE,
	};
	g_auto(PfsCliOptions) options = { 0 };
	int exit_code;

	if (!pfs_cli_parse(&command, &options, &argc, &argv, &exit_code))
		return exit_code;
	if (argc > 1)
		return pfs_cli_usage_error(NAME, "'%s' is one word too many", argv[1]);
	return logout(&options, force);
}
