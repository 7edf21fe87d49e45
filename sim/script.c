/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a logic function's source as far as a simulator must: no JavaScript
 * engine, but the calls that can be seen from outside, in their order, with
 * literal arguments: console.log/info/warn/error, Particle.publish, throw.
 */
#include "script.h"

#include "events.h"

#include <string.h>

/* A quoted text at *@at, after blanks; or NULL. Moves behind it. */
static char *
take_literal(const char **at)
{
	const char *start = *at + strspn(*at, " \t\n,");
	char quote = *start;
	GString *out;

	if (quote != '"' && quote != '\'' && quote != '`')
		return NULL;
	out = g_string_new(NULL);
	for (start++; *start && *start != quote; start++) {
		if (*start == '\\' && start[1])
			start++;
		g_string_append_c(out, *start);
	}
	*at = *start ? start + 1 : start;
	return g_string_free(out, FALSE);
}

/* A text, a number, or a word of JSON; NULL: something that must be computed. */
static json_t *
take_value(const char **at)
{
	const char *start = *at + strspn(*at, " \t\n,");
	g_autofree char *text = take_literal(at);
	g_autofree char *bare = NULL;
	json_t *value;

	if (text)
		return json_string(text);
	bare = g_strndup(start, strcspn(start, " \t\n,);"));
	value = json_loads(bare, JSON_DECODE_ANY, NULL);
	if (value)
		*at = start + strlen(bare);
	return value;
}

static json_t *
log_line(const char *level, const char *args)
{
	json_t *list = json_array();
	json_t *value;

	while ((value = take_value(&args))) {
		json_array_append_new(list, value);
		if (args[strspn(args, " \t\n")] != ',')
			break;
	}
	return json_pack("{s:s, s:o, s:o}", "level", level, "timestamp", sim_json_now(), "args",
			 list);
}

static void
run_publish(SimRequest *request, const char *args)
{
	g_autofree char *name = take_literal(&args);
	g_autofree char *data = name ? take_literal(&args) : NULL;

	if (name && *name && strlen(name) <= 64 && !strpbrk(name, "\r\n"))
		sim_event_api(request->sim, request->user, NULL, name, data, 60);
}

/* Returns: the end of the comment that begins there; or @at, where none does */
static const char *
skip_comment(const char *at)
{
	const char *end = NULL;

	if (at[0] != '/' || (at[1] != '/' && at[1] != '*'))
		return at;
	end = at[1] == '/' ? strchr(at, '\n') : strstr(at + 2, "*/");
	return end ? end + (at[1] == '*' ? 2 : 0) : at + strlen(at);
}

/* Returns: (transfer full): @code without its comments */
static char *
without_comments(const char *code)
{
	GString *out = g_string_new(NULL);

	while (*code) {
		const char *start = code;

		code = skip_comment(code);
		if (code != start)
			continue;
		if (strchr("\"'`", *code))
			g_free(take_literal(&code));
		else
			code++;
		g_string_append_len(out, start, code - start);
	}
	return g_string_free(out, FALSE);
}

/* Brackets outside of quotes must match: a syntax error is noticed. */
static gboolean
brackets_match(const char *code)
{
	int depth = 0;

	for (; *code; code++) {
		if (strchr("({[", *code))
			depth++;
		else if (strchr(")}]", *code) && depth-- == 0)
			return FALSE;
		else if (strchr("\"'`", *code)) {
			g_free(take_literal(&code));
			code--;
		}
	}
	return depth == 0;
}

gboolean
sim_script_is_valid(const char *code)
{
	g_autofree char *bare = without_comments(code);

	return *code && brackets_match(bare);
}

static const char *
failure_of(const char *code)
{
	if (!sim_script_is_valid(code))
		return "SyntaxError: Unexpected end of input";
	if (!strstr(code, "export default"))
		return "Error: The source must export a default function";
	return NULL;
}

/* Returns: (transfer full): {"status", "logs", "err"} */
json_t *
sim_script_run(SimRequest *request, const char *source)
{
	/* clang-format off */
	static const struct {
		const char *call;
		const char *level; /* NULL: publishes */
	} calls[] = {
		{ "console.log(", "Info" },   { "console.info(", "Info" },
		{ "console.warn(", "Warning" }, { "console.error(", "Error" },
		{ "Particle.publish(", NULL },
	};
	/* clang-format on */
	g_autofree char *code = without_comments(source);
	json_t *logs = json_array();
	const char *failure = failure_of(source);

	for (const char *at = code; !failure && *at; at++) {
		for (guint i = 0; i < G_N_ELEMENTS(calls); i++) {
			if (!g_str_has_prefix(at, calls[i].call))
				continue;
			if (calls[i].level)
				json_array_append_new(
				    logs, log_line(calls[i].level, at + strlen(calls[i].call)));
			else
				run_publish(request, at + strlen(calls[i].call));
		}
		if (g_str_has_prefix(at, "throw "))
			failure = "Error: thrown by the function";
	}
	if (!failure)
		return json_pack("{s:s, s:o}", "status", "Success", "logs", logs);
	return json_pack("{s:s, s:o, s:s}", "status", "Exception", "logs", logs, "err", failure);
}
