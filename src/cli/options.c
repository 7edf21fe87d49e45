/* SPDX-License-Identifier: Apache-2.0 */
/* Mount options: one table for the parser and for the help. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

typedef enum {
	TAKES_TEXT,
	TAKES_NUMBER,
	TAKES_OCTAL,
	TAKES_TTL,
	TAKES_BUDGET,
	TAKES_BYTES,
	TAKES_LEVEL,
	IS_FLAG,    /* without a value; so are the next two */
	FOR_KERNEL, /* handed on */
	IGNORED,    /* what fstab carries for others */
} OptionKind;

typedef struct {
	const char *name; /* a `*` at its end stands for anything */
	OptionKind kind;
	gsize offset;
	const char *value;
	const char *help;
	const char *kernel; /* what the kernel gets as well */
} Option;

#define TO(member) offsetof(PfsMountOptions, member)

/* clang-format off */
static const Option options[] = {
	{ "api", TAKES_TEXT, TO(cli.api), "URL", "address of the cloud" },
	{ "token_file", TAKES_TEXT, TO(cli.token_file), "FILE", "file with the access token" },
	{ "profile", TAKES_TEXT, TO(cli.profile), "NAME", "profile of the official CLI" },
	{ "product", TAKES_TEXT, TO(tree.product), "SLUG", "mount this product alone" },
	{ "cafile", TAKES_TEXT, TO(cli.ca_file), "FILE", "certificates to trust" },
	{ "ttl", TAKES_TTL, 0, "CLASS:SECS",
	  "time to live: variable 1, device 10, list 30, config 60, static 600; may repeat" },
	{ "stale", TAKES_NUMBER, TO(stale_secs), "SECS",
	  "serve values so long past their time while the cloud is out of reach (300)" },
	{ "budget", TAKES_BUDGET, TO(budget), "N/SECS", "requests in a time (10000/300)" },
	{ "dataops", TAKES_BUDGET, TO(dataops), "N/SECS",
	  "of these, what asks devices and is billed; default: any number" },
	{ "retries", TAKES_NUMBER, TO(retries), "N", "repeat what only reads so often (3)" },
	{ "timeout", TAKES_NUMBER, TO(timeout_secs), "SECS", "wait so long for an answer (60)" },
	{ "events", IS_FLAG, TO(events), NULL, "follow the events from the start" },
	{ "linger", TAKES_NUMBER, TO(linger_secs), "SECS",
	  "keep an event stream so long after its last reader (30)" },
	{ "event_buffer", TAKES_BYTES, TO(event_buffer_bytes), "BYTES",
	  "what the logs of a scope's events may hold: 64MiB" },
	{ "draft_limit", TAKES_BYTES, TO(tree.draft_limit_bytes), "BYTES",
	  "what the files to compile may hold, all drafts together: 64MiB" },
	{ "log", TAKES_LEVEL, TO(log_level), "LEVEL",
	  "what to tell on stderr or in the journal: error, warning (default), info, debug" },
	{ "uid", TAKES_NUMBER, TO(uid), "N", "owner of the files" },
	{ "gid", TAKES_NUMBER, TO(gid), "N", "group of the files" },
	{ "umask", TAKES_OCTAL, TO(umask), "OCTAL", "permissions to take away" },
	{ "ro", FOR_KERNEL, 0, NULL, "refuse whatever would act" },
	{ "rw", FOR_KERNEL, 0, NULL, NULL },
	{ "allow_other", FOR_KERNEL, 0, NULL, "let other users in, as modes say", "default_permissions" },
	{ "allow_root", FOR_KERNEL, 0, NULL, NULL },
	{ "default_permissions", FOR_KERNEL, 0, NULL, "let the kernel check permissions" },
	{ "noatime", FOR_KERNEL, 0, NULL, NULL },
	{ "nosuid", FOR_KERNEL, 0, NULL, NULL },
	{ "nodev", FOR_KERNEL, 0, NULL, NULL },
	{ "noexec", FOR_KERNEL, 0, NULL, NULL },
	{ "exec", FOR_KERNEL, 0, NULL, NULL },
	{ "dev", IGNORED, 0, NULL, NULL },
	{ "suid", IGNORED, 0, NULL, NULL },
	{ "async", IGNORED, 0, NULL, NULL },
	{ "atime", IGNORED, 0, NULL, NULL },
	{ "relatime", IGNORED, 0, NULL, NULL },
	{ "strictatime", IGNORED, 0, NULL, NULL },
	{ "lazytime", IGNORED, 0, NULL, NULL },
	{ "diratime", IGNORED, 0, NULL, NULL },
	{ "nodiratime", IGNORED, 0, NULL, NULL },
	{ "auto", IGNORED, 0, NULL, NULL },
	{ "noauto", IGNORED, 0, NULL, NULL },
	{ "user", IGNORED, 0, NULL, NULL },
	{ "users", IGNORED, 0, NULL, NULL },
	{ "nouser", IGNORED, 0, NULL, NULL },
	{ "owner", IGNORED, 0, NULL, NULL },
	{ "group", IGNORED, 0, NULL, NULL },
	{ "nofail", IGNORED, 0, NULL, NULL },
	{ "defaults", IGNORED, 0, NULL, NULL },
	{ "_netdev", IGNORED, 0, NULL, NULL },
	{ "x-*", IGNORED, 0, NULL, NULL },
};
/* clang-format on */

void
pfs_mount_options_init(PfsMountOptions *self)
{
	*self = (PfsMountOptions){
		.stale_secs = 300,
		.timeout_secs = 60,
		.retries = 3,
		.budget[0] = 10000,
		.budget[1] = 300,
		.linger_secs = 30,
		.event_buffer_bytes = 64 * 1024 * 1024,
		.log_level = G_LOG_LEVEL_WARNING,
		.uid = getuid(),
		.gid = getgid(),
		.kernel = g_string_new("auto_unmount"),
	};
	pfs_tree_options_init(&self->tree);
}

void
pfs_mount_options_clear(PfsMountOptions *self)
{
	pfs_cli_options_clear(&self->cli);
	g_free(self->tree.product);
	g_free(self->tree.schema_checker);
	if (self->kernel != NULL)
		g_string_free(self->kernel, TRUE);
}

static gboolean
is_named(const Option *option, const char *name)
{
	gsize length = strlen(option->name);

	if (option->name[length - 1] == '*')
		return strncmp(option->name, name, length - 1) == 0;
	return strcmp(option->name, name) == 0;
}

static const Option *
find_option(const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(options); i++)
		if (is_named(&options[i], name))
			return &options[i];
	return NULL;
}

static gboolean
fail(const char *name, const char *value, const char *wanted, GError **error)
{
	g_set_error(error, PFS_ERROR, EINVAL, "-o %s=%s: %s is wanted", name, value, wanted);
	return FALSE;
}

static gboolean
take_number(const Option *option, guint *target, const char *value, guint base, GError **error)
{
	guint64 number;

	if (!g_ascii_string_to_unsigned(value, base, 0, base == 8 ? 0777 : G_MAXINT32, &number,
					NULL))
		return fail(option->name, value, base == 8 ? "an octal number" : "a number", error);
	*target = (guint)number;
	return TRUE;
}

/* A number with K, M or G behind it, in powers of 1024; KiB, MiB and GiB are the same. */
static gboolean
take_bytes(const Option *option, guint64 *target, const char *value, GError **error)
{
	static const char units[] = "KMG";
	char *end = NULL;
	guint64 number = g_ascii_strtoull(value, &end, 10);
	const char *unit = *end != '\0' ? strchr(units, g_ascii_toupper(*end)) : NULL;
	guint shift = unit != NULL ? (guint)(unit - units + 1) * 10 : 0;

	if (unit != NULL)
		end++;
	if (unit != NULL && strcmp(end, "iB") == 0)
		end += 2;
	if (!g_ascii_isdigit(value[0]) || *end != '\0' || number == 0 ||
	    number > (guint64)G_MAXINT64 >> (shift + 4))
		return fail(option->name, value, "a number of bytes, as 64MiB", error);
	*target = number << shift;
	return TRUE;
}

static gboolean
take_level(const Option *option, GLogLevelFlags *target, const char *value, GError **error)
{
	static const struct {
		const char *name;
		GLogLevelFlags level;
	} levels[] = {
		{ "error", G_LOG_LEVEL_CRITICAL },
		{ "warning", G_LOG_LEVEL_WARNING },
		{ "info", G_LOG_LEVEL_INFO },
		{ "debug", G_LOG_LEVEL_DEBUG },
	};

	for (gsize i = 0; i < G_N_ELEMENTS(levels); i++) {
		if (strcmp(levels[i].name, value) != 0)
			continue;
		*target = levels[i].level;
		return TRUE;
	}
	return fail(option->name, value, "error, warning, info or debug", error);
}

static gboolean
take_ttl(PfsMountOptions *self, const Option *option, const char *value, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(value, ":", 2);
	char *end = NULL;
	double secs;

	for (guint i = 0; g_strv_length(parts) == 2 && i < PFS_N_TTL; i++) {
		if (strcmp(parts[0], pfs_ttl_names[i]) != 0)
			continue;
		secs = g_ascii_strtod(parts[1], &end);
		if (end == parts[1] || *end != '\0' || !(secs >= 0 && secs <= 86400 * 365))
			break;
		self->tree.ttl_us[i] = (gint64)(secs * G_USEC_PER_SEC);
		return TRUE;
	}
	return fail(option->name, value, "CLASS:SECONDS", error);
}

static gboolean
take_budget(const Option *option, guint *target, const char *value, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(value, "/", 2);

	if (g_strv_length(parts) != 2)
		return fail(option->name, value, "REQUESTS/SECONDS", error);
	return take_number(option, &target[0], parts[0], 10, error) &&
	       take_number(option, &target[1], parts[1], 10, error);
}

static gboolean
take_option(PfsMountOptions *self, const Option *option, const char *name, const char *value,
	    GError **error)
{
	char *target = (char *)self + option->offset;

	switch (option->kind) {
	case TAKES_TEXT:
		g_free(*(char **)(gpointer)target);
		*(char **)(gpointer)target = g_strdup(value);
		return TRUE;
	case TAKES_NUMBER:
		return take_number(option, (guint *)(gpointer)target, value, 10, error);
	case TAKES_OCTAL:
		return take_number(option, (guint *)(gpointer)target, value, 8, error);
	case TAKES_TTL:
		return take_ttl(self, option, value, error);
	case TAKES_BUDGET:
		return take_budget(option, (guint *)(gpointer)target, value, error);
	case TAKES_BYTES:
		return take_bytes(option, (guint64 *)(gpointer)target, value, error);
	case TAKES_LEVEL:
		return take_level(option, (GLogLevelFlags *)(gpointer)target, value, error);
	case IS_FLAG:
		*(gboolean *)(gpointer)target = TRUE;
		return TRUE;
	case FOR_KERNEL:
		g_string_append_printf(self->kernel, ",%s", name);
		if (option->kernel != NULL)
			g_string_append_printf(self->kernel, ",%s", option->kernel);
		return TRUE;
	case IGNORED:
		return TRUE;
	}
	g_assert_not_reached();
}

static gboolean
parse_one(PfsMountOptions *self, const char *text, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(text, "=", 2);
	const Option *option = find_option(parts[0]);
	gboolean wants_value = option != NULL && option->kind < IS_FLAG;

	if (option == NULL)
		g_set_error(error, PFS_ERROR, EINVAL, "there is no option '%s'", parts[0]);
	else if (wants_value && parts[1] == NULL)
		g_set_error(error, PFS_ERROR, EINVAL, "-o %s wants a value", parts[0]);
	else if (!wants_value && option->kind != IGNORED && parts[1] != NULL)
		g_set_error(error, PFS_ERROR, EINVAL, "-o %s takes no value", parts[0]);
	else
		return take_option(self, option, parts[0], parts[1], error);
	return FALSE;
}

/* The next option, up to a comma that no backslash escapes. */
static char *
take_word(const char **at)
{
	GString *word = g_string_new(NULL);

	for (; **at != '\0' && **at != ','; (*at)++) {
		if ((*at)[0] == '\\' && (*at)[1] != '\0')
			(*at)++;
		g_string_append_c(word, **at);
	}
	if (**at == ',')
		(*at)++;
	return g_string_free(word, FALSE);
}

gboolean
pfs_mount_options_parse(PfsMountOptions *self, const char *list, GError **error)
{
	while (*list != '\0') {
		g_autofree char *word = take_word(&list);

		if (*word != '\0' && !parse_one(self, word, error))
			return FALSE;
	}
	self->tree.stale_us = (gint64)self->stale_secs * G_USEC_PER_SEC;
	return TRUE;
}

char *
pfs_mount_options_dup_help(void)
{
	GString *help = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(options); i++) {
		g_autofree char *form = NULL;

		if (options[i].help == NULL)
			continue;
		form = options[i].value != NULL
			   ? g_strdup_printf("%s=%s", options[i].name, options[i].value)
			   : g_strdup(options[i].name);
		g_string_append_printf(help, "  %-22s %s\n", form, options[i].help);
	}
	return g_string_free(help, FALSE);
}
