/* SPDX-License-Identifier: Apache-2.0 */
#include "common.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <particlefs/error.h>
#include <particlefs/text.h>

#define SCHEMA_CHECKER "particlefs-check-schema"

void
pfs_cli_options_clear(PfsCliOptions *self)
{
	g_clear_pointer(&self->api, g_free);
	g_clear_pointer(&self->token_file, g_free);
	g_clear_pointer(&self->profile, g_free);
	g_clear_pointer(&self->ca_file, g_free);
}

static GOptionGroup *
new_group(PfsCliOptions *options, gboolean own_token)
{
	const GOptionEntry entries[] = {
		{ "api", 0, 0, G_OPTION_ARG_STRING, &options->api,
		  "Address of the cloud [" PFS_CLI_DEFAULT_API "]", "URL" },
		{ "cafile", 0, 0, G_OPTION_ARG_FILENAME, &options->ca_file,
		  "Certificates to trust in place of the system's", "FILE" },
		{ NULL },
	};
	const GOptionEntry token_entries[] = {
		{ "token-file", 0, 0, G_OPTION_ARG_FILENAME, &options->token_file,
		  "File with the access token", "FILE" },
		{ "profile", 0, 0, G_OPTION_ARG_STRING, &options->profile,
		  "Profile of the official CLI whose token to use", "NAME" },
		{ NULL },
	};
	GOptionGroup *group = g_option_group_new(
	    "cloud", "The cloud:", "Show options that say which cloud", NULL, NULL);

	g_option_group_add_entries(group, entries);
	if (!own_token)
		g_option_group_add_entries(group, token_entries);
	return group;
}

int
pfs_cli_usage_error(const char *name, const char *format, ...)
{
	g_autofree char *message = NULL;
	va_list args;

	va_start(args, format);
	message = g_strdup_vprintf(format, args);
	va_end(args);
	fprintf(stderr, "particlefs %s: %s\n", name, message);
	fprintf(stderr, "Try 'particlefs %s --help'.\n", name);
	return PFS_EXIT_USAGE;
}

gboolean
pfs_cli_parse(const PfsCliCommand *command, PfsCliOptions *options, int *argc, char ***argv,
	      int *out_exit)
{
	g_autofree char *program = g_strdup_printf("particlefs %s", command->name);
	g_autoptr(GOptionContext) context = g_option_context_new(command->operands);
	g_autoptr(GError) error = NULL;
	gboolean help = FALSE;
	const GOptionEntry entries[] = {
		{ "help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this text", NULL },
		{ NULL },
	};

	g_set_prgname(program); /* for the help text */
	g_option_context_set_summary(context, command->summary);
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_add_main_entries(context, entries, NULL);
	if (command->entries)
		g_option_context_add_main_entries(context, command->entries, NULL);
	if (options)
		g_option_context_add_group(context, new_group(options, command->own_token));
	if (!g_option_context_parse(context, argc, argv, &error)) {
		*out_exit = pfs_cli_usage_error(command->name, "%s", error->message);
		return FALSE;
	}
	if (help && !(command->help && command->help(*argc, *argv))) {
		g_autofree char *text = g_option_context_get_help(context, FALSE, NULL);

		fputs(text, stdout);
	}
	*out_exit = PFS_EXIT_OK;
	return !help;
}

/* ENOENT rather than its sentence: it is what scripts look for and what the mount replies. */
static const char *
errno_name(int code)
{
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 32)
	const char *name = strerrorname_np(code);

	if (name)
		return name;
#endif
	return g_strerror(code);
}

int
pfs_cli_fail(const char *name, const GError *error)
{
	int code = pfs_error_get_errno(error);
	const char *hint = pfs_errno_get_hint(code);

	fprintf(stderr, "particlefs %s: %s: %s\n", name, errno_name(code), error->message);
	if (*hint && !strstr(error->message, hint))
		fprintf(stderr, "hint: %s\n", hint);
	return PFS_EXIT_FAILED;
}

char *
pfs_cli_find_program(const char *const *places)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *directory = self ? g_path_get_dirname(self) : NULL;

	for (; directory && *places; places++) {
		char *path = g_canonicalize_filename(*places, directory);

		if (g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
			return path;
		g_free(path);
	}
	return NULL;
}

/* In a build's tree, or where it is installed. */
char *
pfs_cli_find_schema_checker(void)
{
	static const char *const places[] = {
		"schema/" SCHEMA_CHECKER,
		PFS_LIBEXECDIR "/" SCHEMA_CHECKER,
		NULL,
	};

	return pfs_cli_find_program(places);
}

char *
pfs_cli_dup_username(const json_t *user)
{
	const char *name = json_string_value(json_object_get(user, "username"));

	return pfs_text_printable(name ? name : "unknown", -1);
}

char *
pfs_cli_dup_expiry(const json_t *info)
{
	const json_t *expiry = json_object_get(info, "expires_at");

	if (json_is_string(expiry))
		return pfs_text_printable(json_string_value(expiry), -1);
	return g_strdup(json_is_null(expiry) ? "never" : "unknown");
}

PfsClient *
pfs_client_new(const PfsCliOptions *options, PfsToken *token, GError **error)
{
	g_autoptr(PfsClient) self = g_new0(PfsClient, 1);
	const PfsHttpOptions http_options = {
		.base_url = options->api ? options->api : PFS_CLI_DEFAULT_API,
		.ca_file = options->ca_file,
		.retries = 3,
	};

	self->token = token;
	self->http = pfs_http_new(&http_options, token, error);
	if (!self->http)
		/* g_autoptr frees it. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		return NULL;
	self->api = pfs_api_new(self->http);
	return g_steal_pointer(&self);
}

void
pfs_client_free(PfsClient *self)
{
	if (!self)
		return;
	g_clear_pointer(&self->api, pfs_api_free);
	g_clear_pointer(&self->http, pfs_http_free);
	g_clear_pointer(&self->token, pfs_token_free);
	g_clear_pointer(&self->failure_body, g_bytes_unref);
	g_free(self);
}

/* One call that is waited for. */
typedef struct {
	PfsClient *client;
	GMainLoop *loop;
	PfsHttpDataFunc data;
	gpointer data_user_data;
	GBytes *body;
	GError *error;
	gboolean interrupted;
} Wait;

static void
done_cb(GBytes *body, const GError *error, gpointer user_data)
{
	Wait *wait = user_data;
	GBytes *raw = pfs_api_peek_failure_body(wait->client->api);

	if (error)
		wait->error = g_error_copy(error);
	else
		wait->body = g_bytes_ref(body);
	if (raw)
		wait->client->failure_body = g_bytes_ref(raw);
	g_main_loop_quit(wait->loop);
}

static gboolean
data_cb(const char *data, gsize length, gpointer user_data)
{
	Wait *wait = user_data;

	return wait->data(data, length, wait->data_user_data);
}

static gboolean
signal_cb(gpointer user_data)
{
	Wait *wait = user_data;

	wait->interrupted = TRUE;
	g_main_loop_quit(wait->loop);
	return G_SOURCE_CONTINUE;
}

static gboolean
run(Wait *wait, const PfsEndpoint *endpoint, const json_t *arguments, GHashTable *files,
    GError **error)
{
	PfsClient *self = wait->client;
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	PfsApiCall *call;

	g_clear_pointer(&self->failure_body, g_bytes_unref);
	wait->loop = loop;
	call = pfs_api_call(self->api, endpoint, arguments, files, wait->data ? data_cb : NULL,
			    done_cb, wait, error);
	self->refused = call == NULL;
	if (!call)
		return FALSE;
	g_main_loop_run(loop);
	if (wait->interrupted) {
		pfs_api_cancel(call);
		return TRUE;
	}
	if (!wait->error)
		return TRUE;
	g_propagate_error(error, wait->error);
	return FALSE;
}

GBytes *
pfs_client_call(PfsClient *self, const PfsEndpoint *endpoint, const json_t *arguments,
		GHashTable *files, GError **error)
{
	Wait wait = { .client = self };

	return run(&wait, endpoint, arguments, files, error) ? wait.body : NULL;
}

json_t *
pfs_client_call_json(PfsClient *self, const char *function, const json_t *arguments, GError **error)
{
	g_autoptr(GBytes) body =
	    pfs_client_call(self, pfs_endpoint_find(function), arguments, NULL, error);
	json_t *answer;

	if (!body)
		return NULL;
	if (g_bytes_get_size(body) == 0)
		return json_object();
	answer = pfs_json_load(g_bytes_get_data(body, NULL), g_bytes_get_size(body));
	if (!answer)
		g_set_error_literal(error, PFS_ERROR, EBADMSG, "the answer is not JSON");
	return answer;
}

gboolean
pfs_client_follow(PfsClient *self, const PfsEndpoint *endpoint, const json_t *arguments,
		  PfsHttpDataFunc data, gpointer user_data, GError **error)
{
	Wait wait = { .client = self, .data = data, .data_user_data = user_data };
	guint interrupt = g_unix_signal_add(SIGINT, signal_cb, &wait);
	guint terminate = g_unix_signal_add(SIGTERM, signal_cb, &wait);
	gboolean ended = run(&wait, endpoint, arguments, NULL, error);

	g_source_remove(interrupt);
	g_source_remove(terminate);
	g_clear_pointer(&wait.body, g_bytes_unref);
	if (ended && !wait.interrupted) {
		g_set_error_literal(error, PFS_ERROR, EHOSTUNREACH, "the cloud ended the stream");
		return FALSE;
	}
	return ended;
}
