/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are asked something: scripts here; and the checker of schemas, by its answers. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include <particlefs/helper.h>

#include "../../src/schema/status.h"

#define LONG_MS 60000

typedef struct {
	GMainLoop *loop;
	int exit_status;
	char *said;
} Outcome;

static void
done_cb(int exit_status, const char *said, gpointer user_data)
{
	Outcome *outcome = user_data;

	outcome->exit_status = exit_status;
	outcome->said = g_strdup(said);
	g_main_loop_quit(outcome->loop);
}

static void
outcome_clear(Outcome *self)
{
	g_main_loop_unref(self->loop);
	g_free(self->said);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

static Outcome
ask(const char *path, const char *input, gsize length, guint timeout_ms)
{
	g_autoptr(GBytes) bytes = g_bytes_new(input, length);
	g_autoptr(GError) error = NULL;
	Outcome outcome = { .loop = g_main_loop_new(NULL, FALSE) };

	g_assert_nonnull(pfs_helper_run(path, bytes, timeout_ms, done_cb, &outcome, &error));
	g_assert_no_error(error);
	g_assert_null(outcome.said);
	g_main_loop_run(outcome.loop);
	return outcome;
}

/* A script in a folder of its own, removed with remove_script(). */
static char *
make_script(const char *text)
{
	g_autofree char *directory = g_dir_make_tmp(NULL, NULL);
	g_autofree char *whole = g_strconcat("#!/bin/sh\n", text, "\n", NULL);
	char *path = g_build_filename(directory, "script", NULL);

	g_assert_true(g_file_set_contents(path, whole, -1, NULL));
	g_assert_cmpint(g_chmod(path, 0700), ==, 0);
	return path;
}

static void
remove_script(char *path)
{
	g_autofree char *directory = g_path_get_dirname(path);

	g_remove(path);
	g_rmdir(directory);
	g_free(path);
}

static void
test_answer(void)
{
	char *script = make_script("tr a-z A-Z; exit 7");
	g_auto(Outcome) outcome = ask(script, "hello\n", 6, LONG_MS);

	g_assert_cmpint(outcome.exit_status, ==, 7);
	g_assert_cmpstr(outcome.said, ==, "HELLO\n");
	remove_script(script);
}

/* Whatever the caller has. */
static void
test_nothing_inherited(void)
{
	char *script =
	    make_script("echo \"secret $SECRET\"; [ -e /proc/$$/fd/77 ] && echo open; pwd");
	g_auto(Outcome) outcome = { 0 };

	g_setenv("SECRET", "token", TRUE);
	g_assert_cmpint(dup2(STDERR_FILENO, 77), ==, 77);
	outcome = ask(script, "", 0, LONG_MS);
	close(77);
	g_unsetenv("SECRET");
	g_assert_cmpint(outcome.exit_status, ==, 0);
	g_assert_cmpstr(outcome.said, ==, "secret \n/\n");
	remove_script(script);
}

static void
test_bad_text(void)
{
	char *script = make_script("printf 'a\\377b'; echo unheard >&2");
	g_auto(Outcome) outcome = ask(script, "", 0, LONG_MS);

	g_assert_cmpstr(outcome.said, ==,
			"a\xef\xbf\xbd"
			"b");
	remove_script(script);
}

static void
test_late(void)
{
	char *script = make_script("exec sleep 1000");
	g_auto(Outcome) outcome = ask(script, "", 0, 20);

	g_assert_cmpint(outcome.exit_status, ==, -1);
	remove_script(script);
}

static void
test_died(void)
{
	char *script = make_script("kill -SEGV $$");
	g_auto(Outcome) outcome = ask(script, "", 0, LONG_MS);

	g_assert_cmpint(outcome.exit_status, ==, -1);
	remove_script(script);
}

static void
test_missing(void)
{
	g_autoptr(GBytes) bytes = g_bytes_new_static("", 0);
	g_autoptr(GError) error = NULL;

	g_assert_null(pfs_helper_run("/does/not/exist", bytes, LONG_MS, done_cb, NULL, &error));
	g_assert_error(error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);
}

static gboolean
is_gone_cb(gpointer user_data)
{
	Outcome *outcome = user_data;

	if (g_file_test(outcome->said, G_FILE_TEST_EXISTS))
		return G_SOURCE_CONTINUE;
	g_main_loop_quit(outcome->loop);
	return G_SOURCE_REMOVE;
}

/* Killed, and waited for. */
static void
test_cancel(void)
{
	char *script = make_script("echo $$ >\"$0.pid\"; exec sleep 1000");
	g_autofree char *pid_file = g_strconcat(script, ".pid", NULL);
	g_autofree char *pid = NULL;
	g_autoptr(GBytes) bytes = g_bytes_new_static("", 0);
	g_auto(Outcome) outcome = { .loop = g_main_loop_new(NULL, FALSE) };
	PfsHelper *helper = pfs_helper_run(script, bytes, LONG_MS, done_cb, &outcome, NULL);

	while (!g_file_get_contents(pid_file, &pid, NULL, NULL) || strchr(pid, '\n') == NULL) {
		g_clear_pointer(&pid, g_free);
		g_usleep(1000);
	}
	pfs_helper_cancel(helper);
	outcome.said = g_strdup_printf("/proc/%s", g_strchomp(pid));
	g_timeout_add(1, is_gone_cb, &outcome);
	g_main_loop_run(outcome.loop);
	g_remove(pid_file);
	remove_script(script);
}

#define DRAFT(draft, rest)                                                                         \
	"{\"$schema\":\"http://json-schema.org/draft-" draft "/schema#\"," rest "}"
#define NESTED                                                                                     \
	"{\"properties\":{\"a/b\":{\"items\":{\"properties\":{\"c~\":{\"type\":\"string\"}}}}}}"

/* clang-format off */
static const struct {
	const char *schema;
	const char *document;
	int status;
	const char *said;
} checks[] = {
	{ "{}", "{}", PFS_SCHEMA_MATCHES, "" },
	{ "true", "[]", PFS_SCHEMA_MATCHES, "" },
	{ "{\"type\":\"object\"}", " []", PFS_SCHEMA_DIFFERS, "line 1, column 2: Value type" },
	{ "{\"type\":\"integer\"}", "5.0", PFS_SCHEMA_MATCHES, "" },
	{ "{\"type\":\"integer\"}", "5.5", PFS_SCHEMA_DIFFERS, "line 1, column 1: " },
	{ "{\"enum\":[5.0]}", "5", PFS_SCHEMA_MATCHES, "" },
	{ "{\"required\":[\"a\"]}", "\n\n {\"b\":1}", PFS_SCHEMA_DIFFERS,
	  "line 3, column 2: Missing required property 'a'." },
	{ NESTED, "{\"a/b\":[{\"c~\":\"x\"}]}", PFS_SCHEMA_MATCHES, "" },
	{ NESTED, "{\"z\":[[],{}],\"ö\":\"ü\",\"a/b\":[{}, {\"c~\"  : 1}]}", PFS_SCHEMA_DIFFERS,
	  "line 1, column 42, /a~1b/1/c~0: Value type" },
	{ NESTED, "{\"a/b\":[\n{\"c~\":\n\t[]}]}", PFS_SCHEMA_DIFFERS, "line 3, column 2, /a~1b/0/c~0: " },
	/* What a later draft has, and what an earlier one meant by the same word. */
	{ DRAFT("06", "\"const\":1"), "2", PFS_SCHEMA_DIFFERS, "line 1, column 1: " },
	{ DRAFT("07", "\"if\":{\"type\":\"number\"},\"then\":{\"minimum\":3}"), "2", PFS_SCHEMA_DIFFERS, "line 1" },
	{ DRAFT("04", "\"minimum\":3,\"exclusiveMinimum\":true"), "3", PFS_SCHEMA_DIFFERS, "line 1" },
	{ DRAFT("07", "\"minimum\":3,\"exclusiveMinimum\":true"), "3", PFS_SCHEMA_UNCHECKED, "" },
	{ "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"}", "1", PFS_SCHEMA_UNCHECKED, "" },
	{ "{\"$schema\":5}", "1", PFS_SCHEMA_UNCHECKED, "" },
	{ "{\"$id\":\"https://particle.io/x.json\",\"definitions\":{\"n\":{\"type\":\"number\"}},"
	  "\"properties\":{\"a\":{\"$ref\":\"#/definitions/n\"}}}", "{\"a\":\"\"}", PFS_SCHEMA_DIFFERS,
	  "line 1, column 6, /a: " },
	{ "{\"$ref\":\"http://127.0.0.1:9/\"}", "1", PFS_SCHEMA_UNCHECKED, "Fetching of remote" },
	{ "{\"$ref\":\"file:///etc/passwd\"}", "1", PFS_SCHEMA_UNCHECKED, "Fetching of remote" },
	{ "{\"pattern\":\"^.{2}$\"}", "\"ab\"", PFS_SCHEMA_MATCHES, "" },
	{ "{\"pattern\":\"^.{2}$\"}", "\"abc\"", PFS_SCHEMA_DIFFERS, "line 1" },
	{ "{\"pattern\":\"^.{2}$\"}", "\"\303\244\303\244\"", PFS_SCHEMA_UNCHECKED, "it has patterns" },
	{ "{\"p\\u0061ttern\":\"^.{2}$\"}", "\"\303\244\303\244\"", PFS_SCHEMA_UNCHECKED, "it has patterns" },
	{ "{\"maxLength\":2}", "\"\303\244\303\244\"", PFS_SCHEMA_MATCHES, "" },
	{ "{\"pattern\":\"(\"}", "\"a\"", PFS_SCHEMA_UNCHECKED, "" },
	{ "{", "1", PFS_SCHEMA_UNCHECKED, "the schema is no JSON" },
	{ "{}", "{", PFS_SCHEMA_UNCHECKED, "the document is no JSON" },
	{ "\377", "1", PFS_SCHEMA_UNCHECKED, "the schema is no JSON" },
	{ "{\"type\":7}", "1", PFS_SCHEMA_UNCHECKED, "" },
};
/* clang-format on */

static const char *checker;

static void
test_checks(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(checks); i++) {
		g_autoptr(GString) input = g_string_new(checks[i].schema);
		g_auto(Outcome) outcome = { 0 };

		g_string_append_c(input, '\0');
		g_string_append(input, checks[i].document);
		outcome = ask(checker, input->str, input->len, LONG_MS);
		g_test_message("row %u: %s", i, outcome.said);
		g_assert_cmpint(outcome.exit_status, ==, checks[i].status);
		g_assert_cmpuint(strlen(outcome.said), >=, strlen(checks[i].said));
		if (checks[i].status != PFS_SCHEMA_MATCHES)
			outcome.said[strlen(checks[i].said)] = '\0';
		g_assert_cmpstr(outcome.said, ==, checks[i].said);
	}
}

static void
test_checker_without_document(void)
{
	g_auto(Outcome) outcome = ask(checker, "{}", 2, LONG_MS);

	g_assert_cmpint(outcome.exit_status, ==, PFS_SCHEMA_UNCHECKED);
}

/* A reason is as long as a line in a log may be. */
static void
test_checker_long_reason(void)
{
	g_autofree char *key = g_strnfill(100000, 'k');
	g_autoptr(GString) input = g_string_new("{\"properties\":{}}");
	g_auto(Outcome) outcome = { 0 };

	g_string_printf(input, "{\"required\":[\"%s\"]}%c{}", key, '\0');
	outcome = ask(checker, input->str, input->len, LONG_MS);
	g_assert_cmpint(outcome.exit_status, ==, PFS_SCHEMA_DIFFERS);
	g_assert_cmpuint(strlen(outcome.said), ==, 1024);
}

static const char *confined;

static const struct {
	const char *act;
	int exit_status; /* -1: killed */
	const char *said;
} acts[] = {
	{ "memory", 0, "done" }, { "open", -1, "" },	{ "socket", -1, "" },
	{ "program", -1, "" },	 { "process", -1, "" },
};

static void
test_confined(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(acts); i++) {
		g_auto(Outcome) outcome = ask(confined, acts[i].act, strlen(acts[i].act), LONG_MS);

		g_test_message("%s", acts[i].act);
		g_assert_cmpint(outcome.exit_status, ==, acts[i].exit_status);
		g_assert_cmpstr(outcome.said, ==, acts[i].said);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	checker = g_getenv("SCHEMA_CHECKER");
	g_test_add_func("/helper/answer", test_answer);
	g_test_add_func("/helper/nothing-inherited", test_nothing_inherited);
	g_test_add_func("/helper/bad-text", test_bad_text);
	g_test_add_func("/helper/late", test_late);
	g_test_add_func("/helper/died", test_died);
	g_test_add_func("/helper/missing", test_missing);
	g_test_add_func("/helper/cancel", test_cancel);
	if (checker == NULL)
		return g_test_run();
	g_test_add_func("/schema/checks", test_checks);
	g_test_add_func("/schema/without-document", test_checker_without_document);
	g_test_add_func("/schema/long-reason", test_checker_long_reason);
	confined = g_getenv("CONFINED");
	if (confined != NULL)
		g_test_add_func("/schema/confined", test_confined);
	return g_test_run();
}
