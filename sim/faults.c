/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include "router.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const struct {
	const char *name;
	const char *words; /* values allowed, split by |; "" none, "#" a number, "*" any */
	const char *help;
} kinds[SIM_N_FAULTS] = {
	[SIM_FAULT_LATENCY]     = { "latency", "#", "answer that many milliseconds later" },
	[SIM_FAULT_JITTER]      = { "jitter", "#", "and up to that many more, by chance" },
	[SIM_FAULT_REFUSE]      = { "refuse", "", "close the connection at once, nothing is done" },
	[SIM_FAULT_STALL]       = { "stall", "", "take the request and never answer, nothing is done" },
	[SIM_FAULT_STATUS]      = { "status", "#", "answer with that status, nothing is done" },
	[SIM_FAULT_RETRY_AFTER] = { "retry_after", "#", "send Retry-After: SECONDS with it" },
	[SIM_FAULT_EXPIRED]     = { "expired", "", "answer 401: the token has expired" },
	[SIM_FAULT_RESET]       = { "reset", "before|middle|after",
				    "do it, then reset the connection before, in the middle of or after the answer" },
	[SIM_FAULT_CUT]         = { "cut", "", "end the connection after half of the body" },
	[SIM_FAULT_LENGTH]      = { "length", "", "promise 16 bytes more than there are, then end" },
	[SIM_FAULT_NOT_JSON]    = { "notjson", "", "send a body that is not JSON" },
	[SIM_FAULT_HTML]        = { "html", "", "send a proxy's HTML page (502 unless status= is given)" },
	[SIM_FAULT_EMPTY]       = { "empty", "", "send no body" },
	[SIM_FAULT_ENDLESS]     = { "endless", "", "send a body that never ends" },
	[SIM_FAULT_SLOW]        = { "slow", "#", "send that many bytes per second" },
	[SIM_FAULT_REDIRECT]    = { "redirect", "*", "answer 307 (or status=) and that Location, nothing is done" },
	[SIM_FAULT_INTERIM]     = { "interim", "#", "send that many answers 103 before the answer" },
	[SIM_FAULT_HEADERS]     = { "headers", "#", "send that many headers of 1 KiB with the answer" },
	[SIM_FAULT_GARBAGE]     = { "garbage", "", "send chunks whose lengths are no numbers" },
	[SIM_FAULT_BOMB]        = { "bomb", "", "send 1 MiB of gzip that unpacks to 1 GiB of spaces" },
	[SIM_FAULT_STREAM]      = { "stream", "drop|silent|duplicate|split|crlf|bom|comment|big|notjson",
				    "event streams: end soon, no bytes at all, each event twice, an event in two "
				    "packets, CRLF line ends, a byte order mark, comments between, an event of 1 MiB, "
				    "data that is not JSON" },
};
/* clang-format on */

typedef struct {
	char *name;
	char *spec;
	char *method;
	GPatternSpec *path;
	int count; /* left; -1: no end */
	int skip;  /* requests it lets through first */
	guint hits;
	char *value[SIM_N_FAULTS];
} Fault;

struct _SimFaults {
	GPtrArray *list;
	guint named;
};

static void
fault_free(gpointer data)
{
	Fault *fault = data;

	g_free(fault->name);
	g_free(fault->spec);
	g_free(fault->method);
	g_clear_pointer(&fault->path, g_pattern_spec_free);
	for (int i = 0; i < SIM_N_FAULTS; i++)
		g_free(fault->value[i]);
	g_free(fault);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fault, fault_free)

SimFaults *
sim_faults_new(void)
{
	SimFaults *self = g_new0(SimFaults, 1);

	self->list = g_ptr_array_new_with_free_func(fault_free);
	return self;
}

void
sim_faults_free(SimFaults *self)
{
	g_ptr_array_unref(self->list);
	g_free(self);
}

static gboolean
is_number(const char *text)
{
	return *text && strlen(text) < 9 && strspn(text, "0123456789") == strlen(text);
}

static gboolean
value_allowed(const char *words, const char *value)
{
	g_auto(GStrv) list = NULL;

	if (strcmp(words, "#") == 0)
		return is_number(value);
	if (strcmp(words, "*") == 0)
		return *value != '\0';
	if (!*words)
		return !*value;
	list = g_strsplit(words, "|", -1);
	return g_strv_contains((const char *const *)list, value);
}

static gboolean
set_word(Fault *fault, const char *key, const char *value, GError **error)
{
	for (int i = 0; i < SIM_N_FAULTS; i++) {
		if (strcmp(kinds[i].name, key) != 0)
			continue;
		if (!value_allowed(kinds[i].words, value))
			break;
		g_free(fault->value[i]);
		fault->value[i] = g_strdup(value);
		return TRUE;
	}
	if (strcmp(key, "name") == 0)
		return g_free(fault->name), fault->name = g_strdup(value), TRUE;
	if (strcmp(key, "method") == 0)
		return g_free(fault->method), fault->method = g_ascii_strup(value, -1), TRUE;
	if (strcmp(key, "path") == 0 && !fault->path)
		return fault->path = g_pattern_spec_new(value), TRUE;
	if (strcmp(key, "count") == 0 && is_number(value))
		return fault->count = sim_parse_int(value), TRUE;
	if (strcmp(key, "skip") == 0 && is_number(value))
		return fault->skip = sim_parse_int(value), TRUE;
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
		    "fault: \"%s%s%s\" is not known", key, *value ? "=" : "", value);
	return FALSE;
}

/* Returns: (transfer none): the fault's name; or NULL and @error */
const char *
sim_faults_add(SimFaults *self, const char *spec, GError **error)
{
	g_autoptr(Fault) fault = g_new0(Fault, 1);
	g_auto(GStrv) words = g_strsplit(spec, ",", -1);
	gboolean any = FALSE;

	fault->count = -1;
	fault->spec = g_strdup(spec);
	for (char **word = words; *word; word++) {
		char *equals = strchr(g_strstrip(*word), '=');

		if (equals)
			*equals = '\0';
		if (!set_word(fault, *word, equals ? equals + 1 : "", error))
			/* g_autoptr frees it. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
			return NULL;
	}
	for (int i = 0; i < SIM_N_FAULTS; i++)
		any = any || fault->value[i];
	if (!any) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
			    "fault \"%s\" does nothing", spec);
		return NULL;
	}
	if (!fault->name)
		fault->name = g_strdup_printf("fault%u", ++self->named);
	sim_faults_remove(self, fault->name);
	g_ptr_array_add(self->list, fault);
	return g_steal_pointer(&fault)->name;
}

gboolean
sim_faults_remove(SimFaults *self, const char *name)
{
	for (guint i = 0; i < self->list->len; i++) {
		Fault *fault = g_ptr_array_index(self->list, i);

		if (strcmp(fault->name, name) == 0)
			return g_ptr_array_remove_index(self->list, i), TRUE;
	}
	return FALSE;
}

void
sim_faults_clear(SimFaults *self)
{
	g_ptr_array_set_size(self->list, 0);
}

json_t *
sim_faults_list(SimFaults *self)
{
	json_t *list = json_array();

	for (guint i = 0; i < self->list->len; i++) {
		Fault *fault = g_ptr_array_index(self->list, i);

		json_array_append_new(
		    list, json_pack("{s:s, s:s, s:i, s:o}", "name", fault->name, "spec",
				    fault->spec, "hits", (int)fault->hits, "left",
				    fault->count < 0 ? json_null() : json_integer(fault->count)));
	}
	return list;
}

static gboolean
fault_takes(Fault *fault, const char *method, const char *path)
{
	if (fault->count == 0 || (fault->method && strcmp(fault->method, method) != 0))
		return FALSE;
	if (fault->path && !g_pattern_spec_match_string(fault->path, path))
		return FALSE;
	if (fault->skip > 0)
		return fault->skip--, FALSE;
	if (fault->count > 0)
		fault->count--;
	fault->hits++;
	return TRUE;
}

/* A fault of the streams is for paths of streams only, so that it is not spent on others. */
static gboolean
fault_is_for_streams(const Fault *fault)
{
	for (int i = 0; i < SIM_N_FAULTS; i++)
		if (i != SIM_FAULT_STREAM && fault->value[i])
			return FALSE;
	return TRUE;
}

gboolean
sim_faults_is_stream(const char *method, const char *path)
{
	g_auto(GStrv) parts = g_strsplit(path + 1, "/", -1);

	return strcmp(method, "GET") == 0 && sim_router_stream_part(parts) > 0;
}

void
sim_faults_plan(SimFaults *self, const char *method, const char *path, SimFaultPlan *out_plan)
{
	gboolean stream = sim_faults_is_stream(method, path);

	memset(out_plan, 0, sizeof(*out_plan));
	for (guint i = 0; i < self->list->len; i++) {
		Fault *fault = g_ptr_array_index(self->list, i);

		if ((fault_is_for_streams(fault) && !stream) || !fault_takes(fault, method, path))
			continue;
		for (int k = 0; k < SIM_N_FAULTS; k++)
			if (fault->value[k])
				out_plan->value[k] = g_intern_string(fault->value[k]);
	}
}

/* Returns: (transfer full): the table, for --help */
char *
sim_faults_help(void)
{
	GString *out = g_string_new(
	    "Faults: SPEC is words split by commas: one or more kinds, and which requests they "
	    "hit:\n"
	    "  path=GLOB, method=METHOD, count=N (how often), skip=N (not the first N), name=NAME\n"
	    "Kinds:\n");

	for (int i = 0; i < SIM_N_FAULTS; i++) {
		const char *words = kinds[i].words;
		g_autofree char *word = g_strconcat(kinds[i].name, *words ? "=" : "",
						    strcmp(words, "#") == 0   ? "N"
						    : strcmp(words, "*") == 0 ? "URL"
						    : *words		      ? "WORD"
									      : "",
						    NULL);

		g_string_append_printf(out, "  %-14s %s\n", word, kinds[i].help);
		if (strchr(words, '|'))
			g_string_append_printf(out, "  %-14s (%s)\n", "", words);
	}
	return g_string_free(out, FALSE);
}
