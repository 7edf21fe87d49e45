/* SPDX-License-Identifier: Apache-2.0 */
/* particlefs whoami: whose token it is, where it comes from and how long it lasts. */
#include <stdio.h>

#include "common.h"

#define NAME "whoami"

static int
tell(PfsClient *client)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) none = json_object();
	g_autoptr(json_t) user = pfs_client_call_json(client, "getUserInfo", none, &error);
	g_autoptr(json_t) info = NULL;
	g_autofree char *name = NULL;
	g_autofree char *expiry = NULL;

	if (!user)
		return pfs_cli_fail(NAME, error);
	info = pfs_client_call_json(client, "getTokenInfo", none, &error);
	if (!info)
		return pfs_cli_fail(NAME, error);
	name = pfs_cli_dup_username(user);
	expiry = pfs_cli_dup_expiry(info);
	printf("user: %s\ntoken: %s\nexpires: %s\n", name, pfs_token_get_source(client->token),
	       expiry);
	return PFS_EXIT_OK;
}

int
pfs_cli_whoami(int argc, char **argv)
{
	const PfsCliCommand command = {
		.name = NAME,
		.summary =
		    "Tells whose access token is in use, where it comes from, and its expiry.",
	};
	g_auto(PfsCliOptions) options = { 0 };
	g_autoptr(PfsClient) client = NULL;
	g_autoptr(GError) error = NULL;
	PfsToken *token;
	int exit_code;

	if (!pfs_cli_parse(&command, &options, &argc, &argv, &exit_code))
		return exit_code;
	if (argc > 1)
		return pfs_cli_usage_error(NAME, "'%s' is one word too many", argv[1]);
	token = pfs_token_find(options.token_file, options.profile, &error);
	if (!token)
		return pfs_cli_fail(NAME, error);
	client = pfs_client_new(&options, token, &error);
	return client ? tell(client) : pfs_cli_fail(NAME, error);
}
