/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include <particlefs/api.h>
#include <particlefs/token.h>

#include "cli.h"

G_BEGIN_DECLS

#define PFS_CLI_DEFAULT_API "https://api.particle.io"

/**
 * PfsCliOptions:
 * @api: (nullable): base URL of the cloud; NULL for the default
 * @token_file: (nullable): file with the access token
 * @profile: (nullable): profile of the official CLI
 * @ca_file: (nullable): certificates to trust
 *
 * Options that all subcommands share.
 */
typedef struct {
	char *api;
	char *token_file;
	char *profile;
	char *ca_file;
} PfsCliOptions;

void pfs_cli_options_clear(PfsCliOptions *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PfsCliOptions, pfs_cli_options_clear)

/**
 * PfsCliCommand:
 * @name: the subcommand
 * @operands: (nullable): what stands behind the options, for the help text
 * @summary: what the subcommand does
 * @entries: (nullable): its own options
 * @own_token: it is about the token of the own store: the options that name another make no sense
 * @help: (nullable): may answer `--help` by what stands on the command line; %FALSE for the plain
 *   help text
 *
 * What the command line of a subcommand looks like.
 */
typedef struct {
	const char *name;
	const char *operands;
	const char *summary;
	const GOptionEntry *entries;
	gboolean own_token;
	gboolean (*help)(int argc, char **argv);
} PfsCliCommand;

/**
 * pfs_cli_parse:
 * @command: the subcommand
 * @options: (nullable): the shared options are set here; %NULL where they make no sense
 * @argc: as in main(); what was parsed is removed
 * @argv: as in main()
 * @out_exit: set where the subcommand is to end here
 *
 * Parses the command line; `--help` and errors are answered.
 *
 * Returns: %TRUE to go on
 */
gboolean pfs_cli_parse(const PfsCliCommand *command, PfsCliOptions *options, int *argc,
		       char ***argv, int *out_exit);

/**
 * pfs_cli_usage_error:
 * @name: the subcommand
 * @format: what is wrong
 *
 * Returns: %PFS_EXIT_USAGE, after it was told on stderr
 */
int pfs_cli_usage_error(const char *name, const char *format, ...) G_GNUC_PRINTF(2, 3);

/**
 * pfs_cli_fail:
 * @name: the subcommand
 * @error: what went wrong
 *
 * Returns: %PFS_EXIT_FAILED, after errno's name, message and hint were told on stderr
 */
int pfs_cli_fail(const char *name, const GError *error);

/**
 * pfs_cli_find_program:
 * @places: paths, of which those that are relative begin where this program lies; ended by %NULL
 *
 * Returns: (transfer full) (nullable): the first that can be run
 */
char *pfs_cli_find_program(const char *const *places);

/** pfs_cli_find_schema_checker: (transfer full) (nullable): particlefs-check-schema */
char *pfs_cli_find_schema_checker(void);

/* Of getUserInfo's answer, for people. */
char *pfs_cli_dup_username(const json_t *user);

/* Of getTokenInfo's answer, for people. */
char *pfs_cli_dup_expiry(const json_t *info);

/**
 * PfsClient:
 * @token: where the token comes from
 * @failure_body: (nullable): the last failed answer as the cloud sent it
 * @refused: whether the last call failed before anything was sent
 *
 * What a subcommand needs to speak with the cloud and wait for the answer.
 */
typedef struct {
	PfsToken *token;
	PfsHttp *http;
	PfsApi *api;
	GBytes *failure_body;
	gboolean refused;
} PfsClient;

/**
 * pfs_client_new:
 * @options: shared options
 * @token: (transfer full): where the token comes from
 * @error: return location
 *
 * Returns: (transfer full): a client
 */
PfsClient *pfs_client_new(const PfsCliOptions *options, PfsToken *token, GError **error);
void pfs_client_free(PfsClient *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsClient, pfs_client_free)

/**
 * pfs_client_call:
 * @self: a client
 * @endpoint: what to call
 * @arguments: as for pfs_endpoint_build()
 * @files: (nullable): as for pfs_endpoint_build()
 * @error: return location
 *
 * Calls and waits.
 *
 * Returns: (transfer full): the answer
 */
GBytes *pfs_client_call(PfsClient *self, const PfsEndpoint *endpoint, const json_t *arguments,
			GHashTable *files, GError **error);

/**
 * pfs_client_call_json:
 *
 * Calls and waits for JSON; an empty answer is an empty object.
 *
 * Returns: (transfer full): the answer
 */
json_t *pfs_client_call_json(PfsClient *self, const char *function, const json_t *arguments,
			     GError **error);

/**
 * pfs_client_follow:
 * @self: a client
 * @endpoint: what to call
 * @arguments: as for pfs_endpoint_build()
 * @data: gets the answer as it comes
 * @user_data: for @data
 * @error: return location
 *
 * Follows an endless answer, until SIGINT or SIGTERM.
 *
 * Returns: %TRUE when a signal ended it
 */
gboolean pfs_client_follow(PfsClient *self, const PfsEndpoint *endpoint, const json_t *arguments,
			   PfsHttpDataFunc data, gpointer user_data, GError **error);

G_END_DECLS
