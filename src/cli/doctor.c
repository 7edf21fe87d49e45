/* SPDX-License-Identifier: Apache-2.0 */
/* particlefs doctor: what a mount needs, and what to do where it is missing. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curl/curl.h>

#include <particlefs/error.h>

#include "common.h"

#define NAME "doctor"
#define CLOUD_TIMEOUT_MS 10000
#define FUSE_CONF "/etc/fuse.conf"
#define SKEW_SECS_MAX 60

typedef enum {
	WELL,
	NOTED, /* in the way of some, not of a mount */
	ILL,
	UNTRIED,
} Finding;

typedef struct {
	PfsCliOptions options;
	PfsToken *token; /* NULL: none was found */
	gboolean reachable;
	gint64 date_secs; /* the cloud's clock; -1: not told */
	gint64 now_secs;  /* ours at that time */
} Patient;

static void
patient_clear(Patient *self)
{
	pfs_cli_options_clear(&self->options);
	g_clear_pointer(&self->token, pfs_token_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Patient, patient_clear)

static Finding
explain(GString *text, const GError *error)
{
	const char *hint = pfs_errno_get_hint(pfs_error_get_errno(error));

	g_string_append(text, error->message);
	if (*hint && !strstr(error->message, hint))
		g_string_append_printf(text, " — %s", hint);
	return ILL;
}

static Finding
check_device(Patient *self, GString *text)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	int code = errno;

	if (fd >= 0) {
		close(fd);
		g_string_append(text, "can be opened");
		return WELL;
	}
	g_string_append_printf(text, "%s; ", g_strerror(code));
	if (code == ENOENT || code == ENODEV || code == ENXIO)
		g_string_append(text,
				"as root: modprobe fuse; for a container: --device /dev/fuse");
	else if (code == EACCES)
		g_string_append(text, "as root: chmod 666 /dev/fuse");
	else
		g_string_append(text, "what confines this process has to allow it");
	return ILL;
}

/* It mounts for those who may not, and unmounts after a crash: for root everywhere, for others as
 * far as their libfuse can (3.14.0 leaves the mount). */
static Finding
check_helper(Patient *self, GString *text)
{
	g_autofree char *path = g_find_program_in_path("fusermount3");
	struct stat status;

	if (!path) {
		g_string_append(text, "not found; install the package fuse3");
		return ILL;
	}
	if (geteuid() != 0 &&
	    (stat(path, &status) != 0 || status.st_uid != 0 || !(status.st_mode & S_ISUID))) {
		g_string_append_printf(text, "%s does not run as root; as root: chmod u+s %s", path,
				       path);
		return ILL;
	}
	if (geteuid() != 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) {
		g_string_append_printf(text,
				       "%s may not run as root from here; a service needs "
				       "NoNewPrivileges=no, and must leave out what implies it",
				       path);
		return ILL;
	}
	g_string_append_printf(text, "%s runs as root", path);
	return WELL;
}

static gboolean
has_line(const char *text, const char *wanted)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++)
		if (strcmp(g_strstrip(*line), wanted) == 0)
			return TRUE;
	return FALSE;
}

static Finding
check_others(Patient *self, GString *text)
{
	g_autofree char *settings = NULL;

	if (geteuid() == 0 || (g_file_get_contents(FUSE_CONF, &settings, NULL, NULL) &&
			       has_line(settings, "user_allow_other"))) {
		g_string_append(text, "-o allow_other may let them in");
		return WELL;
	}
	g_string_append(text, "-o allow_other is not for you; as root: "
			      "echo user_allow_other >>" FUSE_CONF);
	return NOTED;
}

static Finding
check_schemas(Patient *self, GString *text)
{
	g_autofree char *path = pfs_cli_find_schema_checker();

	if (path) {
		g_string_append_printf(text, "%s checks what is written", path);
		return WELL;
	}
	g_string_append(text,
			"particlefs-check-schema is not installed: the cloud alone checks what is "
			"written");
	return NOTED;
}

static Finding
check_token(Patient *self, GString *text)
{
	g_autoptr(GError) error = NULL;

	self->token = pfs_token_find(self->options.token_file, self->options.profile, &error);
	if (!self->token)
		return explain(text, error);
	g_string_append_printf(text, "from %s", pfs_token_get_source(self->token));
	return WELL;
}

typedef struct {
	GMainLoop *loop;
	long status;
	gboolean json;
	gint64 date_secs;
	GError *error;
} Answer;

static void
answered_cb(const PfsHttpResponse *response, const GError *error, gpointer user_data)
{
	Answer *answer = user_data;

	if (response) {
		answer->status = response->status;
		if (response->date)
			answer->date_secs = curl_getdate(response->date, NULL);
		answer->json = g_strcmp0(response->content_type, "application/json") == 0;
	} else {
		answer->error = g_error_copy(error);
	}
	g_main_loop_quit(answer->loop);
}

/* Without a token: that the cloud then refuses is what shows that it is there. */
static gboolean
ask_cloud(PfsHttp *http, gint64 *out_date_secs, GError **error)
{
	g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
	Answer answer = { .loop = loop, .date_secs = -1 };

	pfs_http_send(http, pfs_http_request_new("GET", "/v1/user"), answered_cb, &answer);
	g_main_loop_run(loop);
	*out_date_secs = answer.date_secs;
	if (answer.error)
		g_propagate_error(error, answer.error);
	else if (answer.status >= 500 || answer.status == 429)
		g_set_error(error, PFS_ERROR, pfs_errno_from_http(answer.status), "HTTP %ld",
			    answer.status);
	else if (!answer.json || answer.status < 400)
		g_set_error_literal(error, PFS_ERROR, EBADMSG, "something else answers");
	else
		return TRUE;
	return FALSE;
}

static Finding
check_cloud(Patient *self, GString *text)
{
	const PfsHttpOptions options = {
		.base_url = self->options.api ? self->options.api : PFS_CLI_DEFAULT_API,
		.ca_file = self->options.ca_file,
		.timeout_ms = CLOUD_TIMEOUT_MS,
		.retries = 1,
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(PfsToken) nobody = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = pfs_http_new(&options, nobody, &error);

	if (!http || !ask_cloud(http, &self->date_secs, &error))
		return explain(text, error);
	self->reachable = TRUE;
	self->now_secs = g_get_real_time() / G_USEC_PER_SEC;
	g_string_append_printf(text, "%s answers", options.base_url);
	return WELL;
}

/* A wrong one makes certificates and tokens look invalid, and the times of files wrong. */
static Finding
check_clock(Patient *self, GString *text)
{
	gint64 skew_secs = self->now_secs - self->date_secs;

	if (!self->reachable || self->date_secs < 0) {
		g_string_append(text, "not tried");
		return UNTRIED;
	}
	if (ABS(skew_secs) <= SKEW_SECS_MAX) {
		g_string_append(text, "agrees with the cloud's");
		return WELL;
	}
	g_string_append_printf(text, "%" G_GINT64_FORMAT " s %s; as root: timedatectl set-ntp true",
			       ABS(skew_secs), skew_secs > 0 ? "fast" : "slow");
	return NOTED;
}

static Finding
check_access(Patient *self, GString *text)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(PfsClient) client = NULL;
	g_autoptr(json_t) none = json_object();
	g_autoptr(json_t) user = NULL;
	g_autoptr(json_t) info = NULL;
	g_autofree char *name = NULL;
	g_autofree char *expiry = NULL;

	if (!self->token || !self->reachable) {
		g_string_append(text, "not tried");
		return UNTRIED;
	}
	client = pfs_client_new(&self->options, g_steal_pointer(&self->token), &error);
	if (client)
		user = pfs_client_call_json(client, "getUserInfo", none, &error);
	if (user)
		info = pfs_client_call_json(client, "getTokenInfo", none, &error);
	if (!info)
		return explain(text, error);
	name = pfs_cli_dup_username(user);
	expiry = pfs_cli_dup_expiry(info);
	g_string_append_printf(text, "the token is %s's; expires: %s", name, expiry);
	return WELL;
}

static const struct {
	const char *name;
	Finding (*run)(Patient *self, GString *text);
} checks[] = {
	{ "/dev/fuse", check_device },	 { "fusermount3", check_helper },
	{ "other users", check_others }, { "schemas", check_schemas },
	{ "token", check_token },	 { "cloud", check_cloud },
	{ "clock", check_clock },	 { "access", check_access },
};

static int
examine(Patient *self)
{
	static const char *const words[] = {
		[WELL] = "ok", [NOTED] = "note", [ILL] = "FAIL", [UNTRIED] = "-"
	};
	int exit_code = PFS_EXIT_OK;

	for (guint i = 0; i < G_N_ELEMENTS(checks); i++) {
		g_autoptr(GString) text = g_string_new(NULL);
		Finding finding = checks[i].run(self, text);

		printf("%-4s  %-11s  %s\n", words[finding], checks[i].name, text->str);
		fflush(stdout); /* the next may take its time */
		if (finding == ILL)
			exit_code = PFS_EXIT_FAILED;
	}
	return exit_code;
}

int
pfs_cli_doctor(int argc, char **argv)
{
	const PfsCliCommand command = {
		.name = NAME,
		.summary = "Checks what a mount needs, and says what to do: a line for each check.",
	};
	g_auto(Patient) patient = { 0 };
	int exit_code;

	if (!pfs_cli_parse(&command, &patient.options, &argc, &argv, &exit_code))
		return exit_code;
	if (argc > 1)
		return pfs_cli_usage_error(NAME, "'%s' is one word too many", argv[1]);
	return examine(&patient);
}
