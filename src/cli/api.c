/* SPDX-License-Identifier: Apache-2.0 */
/* particlefs api: one function of the SDK from the command line. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <particlefs/error.h>
#include <particlefs/sse.h>
#include <particlefs/text.h>
#include <particlefs/wipe.h>

#include "common.h"

#define NAME "api"
#define MAX_EVENT_BYTES (1024 * 1024)

/* What stands on the command line, taken apart. */
typedef struct {
	const PfsEndpoint *endpoint;
	json_t *description; /* the endpoint's */
	GPtrArray *words;    /* key=value; one may be a secret */
	json_t *several;     /* key -> {"relative/path": entry}, for parameters of several files */
	GHashTable *files;   /* entry -> PfsHttpPart */
} Request;

static void
request_clear(Request *self)
{
	json_decref(self->description);
	json_decref(self->several);
	g_clear_pointer(&self->words, g_ptr_array_unref);
	g_clear_pointer(&self->files, g_hash_table_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Request, request_clear)

static void
request_init(Request *self, const PfsEndpoint *endpoint)
{
	self->endpoint = endpoint;
	self->description = pfs_endpoint_describe(endpoint);
	self->several = json_object();
	self->words = g_ptr_array_new_with_free_func(pfs_wipe_free);
	self->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, pfs_http_part_free);
}

static const char *
get_answer_kind(const Request *self)
{
	return json_string_value(json_object_get(self->description, "answer"));
}

/* The type of the parameter that is called @key; "string" for one that the row will refuse. */
static const char *
get_type(const Request *self, const char *key)
{
	gsize i;
	json_t *parameter;

	json_array_foreach(json_object_get(self->description, "parameters"), i, parameter)
	{
		const char *name = json_string_value(json_object_get(parameter, "name"));
		const char *wire = json_string_value(json_object_get(parameter, "wire"));

		if (g_str_equal(key, name) || g_str_equal(key, wire))
			return json_string_value(json_object_get(parameter, "type"));
	}
	return "string";
}

static void
add_word(Request *self, const char *key, const char *value)
{
	g_ptr_array_add(self->words, g_strconcat(key, "=", value, NULL));
}

static gboolean
set_system_error(GError **error, const char *path)
{
	int code = errno;

	g_set_error(error, PFS_ERROR, code, "%s: %s", path, g_strerror(code));
	return FALSE;
}

/* The file's name in the request: as written, but never from the root or through a parent. */
static char *
make_entry(const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path, "/", -1);

	if (g_path_is_absolute(path) || g_strv_contains((const char *const *)parts, ".."))
		return g_path_get_basename(path);
	while (g_str_has_prefix(path, "./"))
		path += 2;
	return g_strdup(path);
}

static PfsHttpPart *
open_part(const char *path, GError **error)
{
	PfsHttpPart *part;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		set_system_error(error, path);
		return NULL;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		g_set_error(error, PFS_ERROR, EINVAL, "%s: is not a regular file", path);
		return NULL;
	}
	part = g_new0(PfsHttpPart, 1);
	part->fd = fd;
	part->fd_size = st.st_size;
	return part;
}

static gboolean
add_file(Request *self, const char *key, const char *path, gboolean several, GError **error)
{
	g_autofree char *entry = make_entry(path);
	PfsHttpPart *part = open_part(path, error);

	if (!part)
		return FALSE;
	if (!g_hash_table_insert(self->files, g_strdup(entry), part)) {
		g_set_error(error, PFS_ERROR, EINVAL,
			    "%s: '%s' is given twice; a path below here keeps its folders", key,
			    entry);
		return FALSE;
	}
	if (several) {
		if (!json_object_get(self->several, key))
			json_object_set_new(self->several, key, json_object());
		json_object_set_new(json_object_get(self->several, key), entry, json_string(entry));
	} else {
		add_word(self, key, entry);
	}
	return TRUE;
}

static gboolean
add_from_file(Request *self, const char *key, const char *path, GError **error)
{
	const char *type = get_type(self, key);
	PFS_AUTO_WIPE char *text = NULL;
	gsize length;

	if (g_str_equal(type, "file") || g_str_equal(type, "files"))
		return add_file(self, key, path, g_str_equal(type, "files"), error);
	if (!g_file_get_contents(path, &text, &length, NULL))
		return set_system_error(error, path);
	if (strlen(text) != length) {
		g_set_error(error, PFS_ERROR, EINVAL, "%s: %s is not text", key, path);
		return FALSE;
	}
	if (g_str_has_suffix(text, "\n"))
		text[length - 1] = '\0';
	add_word(self, key, text);
	return TRUE;
}

static gboolean
add_from_stdin(Request *self, const char *key, GError **error)
{
	char *line = NULL;
	size_t size = 0;

	setbuf(stdin, NULL);
	if (getline(&line, &size, stdin) < 0) {
		free(line);
		g_set_error(error, PFS_ERROR, EINVAL, "%s: nothing to read on stdin", key);
		return FALSE;
	}
	line[strcspn(line, "\n")] = '\0';
	add_word(self, key, line);
	pfs_wipe_free(line);
	return TRUE;
}

static gboolean
add_operand(Request *self, const char *operand, GError **error)
{
	const char *equal = strchr(operand, '=');
	g_autofree char *key = NULL;

	if (!equal || equal == operand) {
		g_set_error(error, PFS_ERROR, EINVAL, "'%s' is not of the form key=value", operand);
		return FALSE;
	}
	key = g_strndup(operand, equal - operand);
	if (equal[1] == '@')
		return add_from_file(self, key, equal + 2, error);
	if (g_str_equal(equal + 1, "-"))
		return add_from_stdin(self, key, error);
	add_word(self, key, equal + 1);
	return TRUE;
}

static json_t *
parse_operands(Request *self, char **operands, GError **error)
{
	const char *key;
	json_t *files;
	json_t *arguments;

	/* a JSON object, whole, is as good as words */
	if (operands[0] && operands[0][0] == '{' && !operands[1])
		return pfs_arguments_parse(self->endpoint, NULL, NULL, operands[0],
					   strlen(operands[0]), error);
	for (char **operand = operands; *operand; operand++) {
		if (!add_operand(self, *operand, error))
			return NULL;
	}
	json_object_foreach(self->several, key, files)
	{
		char *text = json_dumps(files, JSON_COMPACT);

		add_word(self, key, text);
		free(text);
	}
	g_ptr_array_add(self->words, NULL);
	arguments = pfs_arguments_parse_words(self->endpoint, (char **)self->words->pdata, error);
	g_clear_pointer(&self->words, g_ptr_array_unref);
	return arguments;
}

/* Whatever the bytes are: what is no UTF-8 is shown as that. */
static json_t *
text_new(const char *text, gsize length)
{
	g_autofree char *repaired = pfs_text_repair(text, &length);

	return json_stringn(repaired ? repaired : text, length);
}

static void
event_cb(const char *name, gsize name_length, const char *data, gsize data_length,
	 gpointer user_data)
{
	g_autoptr(json_t) event = json_object();
	g_autoptr(json_t) fields = pfs_json_load(data, data_length);

	json_object_set_new(event, "name", text_new(name, name_length));
	if (json_is_object(fields))
		json_object_update_missing(event, fields);
	else
		json_object_set_new(event, "data", text_new(data, data_length));
	json_dumpf(event, stdout, JSON_COMPACT | (isatty(STDOUT_FILENO) ? JSON_ENSURE_ASCII : 0));
	putchar('\n');
}

static gboolean
stream_cb(const char *data, gsize length, gpointer user_data)
{
	if (data)
		pfs_sse_feed(user_data, data, length);
	else
		pfs_sse_reset(user_data);
	return fflush(stdout) == 0;
}

static gboolean
print_stream(PfsClient *client, const Request *self, const json_t *arguments, GError **error)
{
	g_autoptr(PfsSse) sse = pfs_sse_new(MAX_EVENT_BYTES, event_cb, NULL);

	if (pfs_client_follow(client, self->endpoint, arguments, stream_cb, sse, error))
		return TRUE;
	if (!ferror(stdout))
		return FALSE;
	/* that is told of any command, when it ends */
	g_clear_error(error);
	return TRUE;
}

static gboolean
print_json(const char *data, gsize length, GError **error)
{
	g_autoptr(json_t) parsed = NULL;
	g_autofree char *escaped = NULL;

	if (length == 0) {
		puts("{}");
		return TRUE;
	}
	parsed = json_loadb(data, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (!parsed)
		parsed = pfs_json_load(data, length);
	if (!parsed) {
		g_set_error_literal(error, PFS_ERROR, EBADMSG, "the answer is not JSON");
		return FALSE;
	}
	if (isatty(STDOUT_FILENO)) {
		escaped = pfs_text_escape_json(data, length);
		data = escaped;
		length = strlen(escaped);
	}
	fwrite(data, 1, length, stdout);
	if (data[length - 1] != '\n')
		putchar('\n');
	return TRUE;
}

static gboolean
print_answer(PfsClient *client, const Request *self, const json_t *arguments, GError **error)
{
	g_autoptr(GBytes) body =
	    pfs_client_call(client, self->endpoint, arguments, self->files, error);
	const char *data;
	gsize length;

	if (!body)
		return FALSE;
	data = g_bytes_get_data(body, &length);
	if (!g_str_equal(get_answer_kind(self), "binary"))
		return print_json(data, length, error);
	fwrite(data, 1, length, stdout);
	return TRUE;
}

/* Endpoints that no token is needed for work without one. */
static PfsToken *
find_token(const Request *self, const PfsCliOptions *options, GError **error)
{
	if (!json_is_true(json_object_get(self->description, "token")))
		return pfs_token_new_anonymous();
	return pfs_token_find(options->token_file, options->profile, error);
}

static int
call(Request *self, const PfsCliOptions *options, char **operands)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(json_t) arguments = parse_operands(self, operands, &error);
	g_autofree char *name =
	    g_strdup_printf(NAME " %s", pfs_endpoint_get_function(self->endpoint));
	g_autoptr(PfsClient) client = NULL;
	PfsToken *token;
	gboolean printed;

	if (!arguments)
		return pfs_cli_usage_error(name, "%s", error->message);
	if (g_str_equal(get_answer_kind(self), "binary") && isatty(STDOUT_FILENO))
		return pfs_cli_usage_error(name, "the answer is binary: redirect it to a file");
	token = find_token(self, options, &error);
	if (!token)
		return pfs_cli_fail(name, error);
	client = pfs_client_new(options, token, &error);
	if (!client)
		return pfs_cli_fail(name, error);
	printed = g_str_equal(get_answer_kind(self), "stream")
		      ? print_stream(client, self, arguments, &error)
		      : print_answer(client, self, arguments, &error);
	if (printed)
		return PFS_EXIT_OK;
	return client->refused ? pfs_cli_usage_error(name, "%s", error->message)
			       : pfs_cli_fail(name, error);
}

static void
list_functions(void)
{
	const PfsEndpoint *endpoint;

	for (guint i = 0; (endpoint = pfs_endpoint_get_nth(i)); i++) {
		g_autoptr(json_t) description = pfs_endpoint_describe(endpoint);

		printf("%-36s %s\n", pfs_endpoint_get_function(endpoint),
		       json_string_value(json_object_get(description, "help")));
	}
}

static const PfsEndpoint *
find_function(const char *name)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find(name);

	if (endpoint)
		return endpoint;
	for (guint i = 0; (endpoint = pfs_endpoint_get_nth(i)); i++) {
		if (g_ascii_strcasecmp(pfs_endpoint_get_function(endpoint), name) == 0)
			return endpoint;
	}
	return NULL;
}

static void
print_paths(const PfsEndpoint *endpoint)
{
	g_autoptr(json_t) description = pfs_endpoint_describe(endpoint);
	gsize i;
	json_t *path;

	puts("\nIt sends:");
	json_array_foreach(json_object_get(description, "paths"), i, path)
	    printf("  %s %s\n", json_string_value(json_object_get(path, "method")),
		   json_string_value(json_object_get(path, "path")));
}

/* The usage that a verb of the tree shows, without its comment marks. */
static gboolean
help_function(int argc, char **argv)
{
	const PfsEndpoint *endpoint = argc > 1 ? find_function(argv[1]) : NULL;
	g_autofree char *usage = NULL;
	g_auto(GStrv) lines = NULL;

	if (!endpoint)
		return FALSE;
	printf("Usage:\n  particlefs api %s [KEY=VALUE]… [KEY=@FILE]… [KEY=-]\n\n",
	       pfs_endpoint_get_function(endpoint));
	usage = pfs_endpoint_dup_usage(endpoint, NULL, NULL, FALSE);
	lines = g_strsplit(usage, "\n", -1);
	for (char **line = lines; **line; line++)
		puts(*line + strlen("# "));
	print_paths(endpoint);
	return TRUE;
}

int
pfs_cli_api(int argc, char **argv)
{
	const PfsCliCommand command = {
		.name = NAME,
		.operands = "[FUNCTION [KEY=VALUE]… [KEY=@FILE]… [KEY=-]]",
		.summary =
		    "Calls one function of the cloud's SDK and prints the answer.\n"
		    "Without FUNCTION it lists them; FUNCTION --help tells its parameters.\n"
		    "@FILE takes a value, or a file to upload, from FILE; - takes a value from\n"
		    "a line of stdin, where nobody sees it: neither the shell's history nor ps.",
		.help = help_function,
	};
	g_auto(PfsCliOptions) options = { 0 };
	g_auto(Request) request = { 0 };
	const PfsEndpoint *endpoint;
	int exit_code;

	if (!pfs_cli_parse(&command, &options, &argc, &argv, &exit_code))
		return exit_code;
	if (argc < 2) {
		list_functions();
		return PFS_EXIT_OK;
	}
	endpoint = find_function(argv[1]);
	if (!endpoint)
		return pfs_cli_usage_error(NAME, "there is no function '%s'", argv[1]);
	request_init(&request, endpoint);
	return call(&request, &options, argv + 2);
}
