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
	g_propagate_prefixed_error(error, g_steal_pointer(&local),
				   "the token is deleted here, but could not be revoked: ");
	return FALSE;
}

/* Only the own store: a token of the official CLI or of a service is not ours to revoke. */
static int
logout(const PfsCliOptions *options)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) forget_error = NULL;
	PfsToken *token = pfs_token_find_own(&error);
	gboolean logged_in = !g_error_matches(error, PFS_ERROR, ENOKEY);

	/* a file that can't be read may hold a token that is valid: it stays until it is revoked */
	if (!token && logged_in)
		return pfs_cli_fail(NAME, error);
	g_clear_error(&error);
	if (token)
		revoke_token(options, token, &error);
	if (!pfs_token_forget(&forget_error))
		return pfs_cli_fail(NAME, forget_error);
	if (error)
		return pfs_cli_fail(NAME, error);
	puts(logged_in ? "Logged out." : "Nobody was logged in.");
	return PFS_EXIT_OK;
}

int
pfs_cli_logout(int argc, char **argv)
{
	const PfsCliCommand command = {
		.name = NAME,
		.summary =
		    "Revokes the access token that 'particlefs login' keeps, and deletes it.",
		.own_token = TRUE,
	};
	g_auto(PfsCliOptions) options = { 0 };
	int exit_code;

	if (!pfs_cli_parse(&command, &options, &argc, &argv, &exit_code))
		return exit_code;
	if (argc > 1)
		return pfs_cli_usage_error(NAME, "'%s' is one word too many", argv[1]);
	return logout(&options);
}
