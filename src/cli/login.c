/* SPDX-License-Identifier: Apache-2.0 */
/* particlefs login: the one place where a password is typed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <particlefs/error.h>

#include "common.h"
#include "prompt.h"

#define NAME "login"
#define OTP_TRIES 3

typedef struct {
	char *user;
	char *client_id;
	char *client_secret_file;
} Options;

static void
options_clear(Options *self)
{
	g_free(self->user);
	g_free(self->client_id);
	g_free(self->client_secret_file);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* jansson keeps its own copy of a text: that one is wiped where it lies. */
static void
wipe(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (json_is_string(value))
		explicit_bzero((char *)json_string_value(value), json_string_length(value));
}

static gboolean
add_secret(json_t *arguments, const char *key, const char *question, GError **error)
{
	char *secret = pfs_prompt(question, TRUE, error);

	if (!secret)
		return FALSE;
	json_object_set_new(arguments, key, json_string(secret));
	pfs_secret_free(secret);
	return TRUE;
}

static gboolean
add_client(json_t *arguments, const Options *options, GError **error)
{
	g_autoptr(GError) read_error = NULL;
	char *secret = NULL;

	if (!options->client_id)
		return TRUE;
	json_object_set_new(arguments, "clientId", json_string(options->client_id));
	if (!options->client_secret_file)
		return add_secret(arguments, "clientSecret", "Client secret: ", error);
	if (!g_file_get_contents(options->client_secret_file, &secret, NULL, &read_error)) {
		g_set_error(error, PFS_ERROR, EINVAL, "%s", read_error->message);
		return FALSE;
	}
	json_object_set_new(arguments, "clientSecret", json_string(g_strchomp(secret)));
	pfs_secret_free(secret);
	return TRUE;
}

/* Login's refusal says that a second factor is needed, and gives a token for the next step. */
static char *
take_mfa_token(PfsClient *client)
{
	g_autoptr(json_t) answer = NULL;
	const char *reason;

	if (!client->failure_body)
		return NULL;
	answer = json_loadb(g_bytes_get_data(client->failure_body, NULL),
			    g_bytes_get_size(client->failure_body), 0, NULL);
	reason = json_string_value(json_object_get(answer, "error"));
	if (g_strcmp0(reason, "mfa_required") != 0)
		return NULL;
	return g_strdup(json_string_value(json_object_get(answer, "mfa_token")));
}

static json_t *
send_otp(PfsClient *client, const Options *options, const char *mfa_token, GError **error)
{
	for (guint try = 1; TRUE; try++) {
		g_autoptr(json_t) arguments = json_pack("{s:s}", "mfaToken", mfa_token);
		g_autoptr(GError) local = NULL;
		json_t *answer;

		if (!add_client(arguments, options, error) ||
		    !add_secret(arguments, "otp", "One-time code: ", error))
			return NULL;
		answer = pfs_client_call_json(client, "sendOtp", arguments, &local);
		wipe(arguments, "otp");
		wipe(arguments, "clientSecret");
		if (answer)
			return answer;
		/* a mistyped code is worth another try, a dead network is not */
		if (try == OTP_TRIES || pfs_error_get_http_status(local) == 0) {
			g_propagate_error(error, g_steal_pointer(&local));
			return NULL;
		}
		fprintf(stderr, "particlefs login: %s\n", local->message);
	}
}

static json_t *
login_user(PfsClient *client, Options *options, GError **error)
{
	g_autoptr(json_t) arguments = json_object();
	g_autoptr(GError) local = NULL;
	g_autofree char *mfa_token = NULL;
	json_t *answer;

	if (!options->user && !(options->user = pfs_prompt("Email address: ", FALSE, error)))
		return NULL;
	json_object_set_new(arguments, "username", json_string(options->user));
	if (!add_client(arguments, options, error) ||
	    !add_secret(arguments, "password", "Password: ", error))
		return NULL;
	answer = pfs_client_call_json(client, "login", arguments, &local);
	wipe(arguments, "password");
	wipe(arguments, "clientSecret");
	if (answer)
		return answer;
	mfa_token = take_mfa_token(client);
	if (mfa_token)
		return send_otp(client, options, mfa_token, error);
	g_propagate_error(error, g_steal_pointer(&local));
	return NULL;
}

static json_t *
login_client(PfsClient *client, const Options *options, GError **error)
{
	g_autoptr(json_t) arguments = json_object();
	json_t *answer;

	if (!add_client(arguments, options, error))
		return NULL;
	answer = pfs_client_call_json(client, "loginAsClientOwner", arguments, error);
	wipe(arguments, "clientSecret");
	return answer;
}

static void
tell(const Options *options, const json_t *answer)
{
	json_int_t days = json_integer_value(json_object_get(answer, "expires_in")) / 86400;

	printf("Logged in as %s.", options->user ? options->user : options->client_id);
	if (days > 0)
		printf(" The token is good for %" JSON_INTEGER_FORMAT " days.", days);
	putchar('\n');
}

static int
keep(const Options *options, json_t *answer)
{
	g_autoptr(GError) error = NULL;
	const char *token = json_string_value(json_object_get(answer, "access_token"));
	gboolean stored;

	if (!token || !*token) {
		g_set_error_literal(&error, PFS_ERROR, EBADMSG, "the answer has no access token");
		return pfs_cli_fail(NAME, error);
	}
	stored = pfs_token_store(token, &error);
	wipe(answer, "access_token");
	wipe(answer, "refresh_token");
	if (!stored)
		return pfs_cli_fail(NAME, error);
	tell(options, answer);
	return PFS_EXIT_OK;
}

static int
login(Options *options, const PfsCliOptions *shared)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PfsClient) client = pfs_client_new(shared, pfs_token_new_anonymous(), &error);
	g_autoptr(json_t) answer = NULL;

	if (!client)
		return pfs_cli_fail(NAME, error);
	answer = options->client_id && !options->user ? login_client(client, options, &error)
						      : login_user(client, options, &error);
	return answer ? keep(options, answer) : pfs_cli_fail(NAME, error);
}

int
pfs_cli_login(int argc, char **argv)
{
	g_auto(Options) own = { 0 };
	g_auto(PfsCliOptions) options = { 0 };
	const GOptionEntry entries[] = {
		{ "user", 'u', 0, G_OPTION_ARG_STRING, &own.user, "E-mail address of the account",
		  "USER" },
		{ "client-id", 0, 0, G_OPTION_ARG_STRING, &own.client_id,
		  "OAuth client to log in with; without USER, as its owner", "ID" },
		{ "client-secret-file", 0, 0, G_OPTION_ARG_FILENAME, &own.client_secret_file,
		  "File with the client's secret; it is asked for else", "FILE" },
		{ NULL },
	};
	const PfsCliCommand command = {
		.name = NAME,
		.summary =
		    "Asks for password and one-time code, and keeps the access token that it\n"
		    "gets for them in a file that only you can read.",
		.entries = entries,
		.own_token = TRUE,
	};
	int exit_code;

	if (!pfs_cli_parse(&command, &options, &argc, &argv, &exit_code))
		return exit_code;
	if (argc > 1)
		return pfs_cli_usage_error(NAME, "'%s' is one word too many", argv[1]);
	if (own.client_secret_file && !own.client_id)
		return pfs_cli_usage_error(NAME, "--client-secret-file needs --client-id");
	return login(&own, &options);
}
