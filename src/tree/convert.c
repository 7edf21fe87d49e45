/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <particlefs/error.h>
#include <particlefs/json.h>
#include <particlefs/text.h>

#include "convert.h"

static gpointer
refuse(GError **error)
{
	g_set_error(error, PFS_ERROR, EBADMSG, "the answer is not the JSON that the API promises");
	return NULL;
}

static json_t *
parse(GBytes *answer, GError **error)
{
	gsize length;
	const char *text = g_bytes_get_data(answer, &length);
	json_t *root = pfs_json_load(text, length);

	if (!json_is_object(root) && !json_is_array(root)) {
		json_decref(root);
		return refuse(error);
	}
	return root;
}

static GBytes *
dup_line(const json_t *root)
{
	g_autofree char *text = json_dumps(root, JSON_COMPACT);
	char *line = g_strconcat(text, "\n", NULL);

	return g_bytes_new_take(line, strlen(line));
}

static void
append_word(GString *text, const char *word)
{
	g_autofree char *printable = pfs_text_printable(word != NULL ? word : "-", -1);

	g_string_append(text, printable);
}

static void
append_log(GString *text, const json_t *entry)
{
	const char *time = json_string_value(json_object_get(entry, "timestamp"));
	const char *level = json_string_value(json_object_get(entry, "level"));
	gsize index;
	json_t *argument;

	append_word(text, time);
	g_string_append_c(text, ' ');
	append_word(text, level);
	json_array_foreach(json_object_get(entry, "args"), index, argument)
	{
		g_autofree char *dumped = json_dumps(argument, JSON_COMPACT | JSON_ENCODE_ANY);
		g_autofree char *shown =
		    json_is_string(argument)
			? pfs_text_printable(json_string_value(argument),
					     (gssize)json_string_length(argument))
			: pfs_text_escape_json(dumped, strlen(dumped));

		g_string_append_printf(text, " %s", shown);
	}
	g_string_append_c(text, '\n');
}

GBytes *
pfs_convert_logs(GBytes *answer, GError **error)
{
	g_autoptr(json_t) root = parse(answer, error);
	json_t *logs = json_object_get(json_object_get(root, "logic_run_logs"), "logs");
	GString *text = g_string_new(NULL);
	gsize index;
	json_t *entry;

	if (root == NULL) {
		g_string_free(text, TRUE);
		return NULL;
	}
	json_array_foreach(logs != NULL ? logs : json_object_get(root, "logs"), index, entry)
	    append_log(text, entry);
	return g_string_free_to_bytes(text);
}

static char *
dup_start(const char *text, guint characters)
{
	return g_utf8_strlen(text, -1) > characters ? g_utf8_substring(text, 0, characters)
						    : g_strdup("");
}

GBytes *
pfs_convert_tokens(GBytes *answer, GError **error)
{
	static const guint shown = 6;
	g_autoptr(json_t) root = parse(answer, error);
	gsize index;
	json_t *entry;

	if (root == NULL)
		return NULL;
	/* In another shape the tokens might stand anywhere. */
	if (!json_is_array(root))
		return refuse(error);
	json_array_foreach(root, index, entry)
	{
		const char *token = json_string_value(json_object_get(entry, "token"));
		g_autofree char *cut = NULL;

		if (token == NULL)
			return refuse(error);
		cut = dup_start(token, shown);
		json_object_set_new(entry, "token", json_string(cut));
	}
	return dup_line(root);
}

static json_t *
make_operation(const char *line, GError **error)
{
	const char *equals = strchr(line, '=');
	g_autofree char *key = NULL;

	if (line[0] == '-')
		return json_pack("{s:s, s:s}", "op", "Unset", "key", line + 1);
	if (equals == NULL || equals == line) {
		g_set_error(error, PFS_ERROR, EINVAL, "'%s' is neither KEY=value nor -KEY", line);
		return NULL;
	}
	key = g_strndup(line, (gsize)(equals - line));
	return json_pack("{s:s, s:s, s:s}", "op", "Set", "key", key, "value", equals + 1);
}

char *
pfs_translate_env(const char *text, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(json_t) operations = json_array();

	if (text[0] == '[' || text[0] == '{')
		return g_strdup(text);
	for (guint i = 0; lines[i] != NULL; i++) {
		json_t *operation;

		if (*lines[i] == '\0' || *lines[i] == '#')
			continue;
		operation = make_operation(lines[i], error);
		if (operation == NULL)
			return NULL;
		json_array_append_new(operations, operation);
	}
	return json_dumps(operations, JSON_COMPACT);
}

static char *
dup_key(const json_t *number)
{
	return g_strdup_printf("%" JSON_INTEGER_FORMAT, json_integer_value(number));
}

/* Number -> name; of several names the first. */
static json_t *
dup_platform_names(json_t *platforms)
{
	json_t *names = json_object();
	const char *name;
	json_t *number;

	json_object_foreach(platforms, name, number)
	{
		g_autofree char *key = dup_key(number);

		if (json_object_get(names, key) == NULL)
			json_object_set_new(names, key, json_string(name));
	}
	return names;
}

static json_t *
dup_set(json_t *numbers)
{
	json_t *set = json_object();
	gsize index;
	json_t *number;

	json_array_foreach(numbers, index, number)
	{
		g_autofree char *key = dup_key(number);

		json_object_set_new(set, key, json_true());
	}
	return set;
}

static void
add_target(json_t *by_platform, json_t *names, json_t *target)
{
	const char *version = json_string_value(json_object_get(target, "version"));
	g_autoptr(json_t) prereleases = dup_set(json_object_get(target, "prereleases"));
	gsize index;
	json_t *number;

	json_array_foreach(json_object_get(target, "platforms"), index, number)
	{
		g_autofree char *key = dup_key(number);
		const char *name = json_string_value(json_object_get(names, key));
		json_t *versions = json_object_get(by_platform, name != NULL ? name : "");

		if (name == NULL || version == NULL)
			continue;
		if (versions == NULL) {
			versions = json_object();
			json_object_set_new(by_platform, name, versions);
		}
		json_object_set_new(versions, version,
				    json_pack("{s:O, s:b}", "platform_id", number, "prerelease",
					      json_object_get(prereleases, key) != NULL));
	}
}

GBytes *
pfs_convert_targets(GBytes *answer, GError **error)
{
	g_autoptr(json_t) root = parse(answer, error);
	g_autoptr(json_t) by_platform = json_object();
	g_autoptr(json_t) names = NULL;
	gsize index;
	json_t *target;

	if (root == NULL)
		return NULL;
	names = dup_platform_names(json_object_get(root, "platforms"));
	json_array_foreach(json_object_get(root, "targets"), index, target)
	    add_target(by_platform, names, target);
	return dup_line(by_platform);
}

char *
pfs_translate_version(const char *text, GError **error)
{
	g_autoptr(json_t) root = json_loads(text, 0, NULL);
	json_t *version = json_object_get(root, "version");

	if (version == NULL)
		return g_strdup(text);
	json_object_set(root, "desired_firmware_version", version);
	json_object_del(root, "version");
	return json_dumps(root, JSON_COMPACT);
}

/* Takes what stands under one of the names; NULL where it is nothing. */
static json_t *
steal_first(json_t *object, const char *const *names)
{
	json_t *found = NULL;

	for (; *names != NULL; names++) {
		json_t *value = json_object_get(object, *names);

		if (found == NULL && value != NULL && !json_is_null(value))
			found = json_incref(value);
		json_object_del(object, *names);
	}
	return found;
}

/* The cloud's own values can't be set, and null is none; all else is a setting. */
static void
keep_settings(json_t *record)
{
	static const char *const own[] = { "id",       "created_at", "updated_at", "product_id",
					   "org_id",   "hookUrl",    "logs",	   "errors",
					   "counters", NULL };
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(record, next, key,
				 value) if (json_is_null(value) || g_strv_contains(own, key))
	    json_object_del(record, key);
}

char *
pfs_translate_integration(const char *text, GError **error)
{
	static const char *const event_names[] = { "event", NULL };
	static const char *const device_names[] = { "deviceID", "deviceId", "deviceid", "device_id",
						    NULL };
	g_autoptr(json_t) record = json_loads(text, 0, NULL);
	g_autoptr(json_t) event = NULL;
	g_autoptr(json_t) device = NULL;
	g_autoptr(json_t) parameters = NULL;

	if (!json_is_object(record) || json_object_get(record, "settings") != NULL)
		return g_strdup(text);
	keep_settings(record);
	event = steal_first(record, event_names);
	device = steal_first(record, device_names);
	parameters = json_pack("{s:O*, s:O*}", "event", event, "device_id", device);
	if (json_object_size(record) > 0)
		json_object_set(parameters, "settings", record);
	return json_dumps(parameters, JSON_COMPACT);
}

char *
pfs_translate_switch(const char *text, GError **error)
{
	static const char *const words[] = { "off", "on" };

	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_ascii_strcasecmp(text, words[i]) == 0 ||
		    (text[0] == '0' + (char)i && text[1] == '\0'))
			return g_strdup(words[i]);
	g_set_error(error, PFS_ERROR, EINVAL, "on or off is wanted");
	return NULL;
}

char *
pfs_translate_lines(const char *text, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(json_t) array = json_array();

	if (text[0] == '[')
		return g_strdup(text);
	for (guint i = 0; lines[i] != NULL; i++)
		if (*lines[i] != '\0')
			json_array_append_new(array, json_string(lines[i]));
	return json_dumps(array, JSON_COMPACT);
}

static void
append_line(GString *text, const char *line)
{
	if (line == NULL || *line == '\0')
		return;
	g_string_append(text, line);
	if (text->str[text->len - 1] != '\n')
		g_string_append_c(text, '\n');
}

/* Its errors as they are; where there are none, how large it has become, or what else it says. */
GBytes *
pfs_convert_compiler_log(GBytes *answer, GError **error)
{
	static const char *const others[] = { "sizeInfo", "stdout", "output" };
	g_autoptr(json_t) root = parse(answer, error);
	GString *text;
	gsize index;
	json_t *item;

	if (root == NULL)
		return NULL;
	text = g_string_new(NULL);
	json_array_foreach(json_object_get(root, "errors"), index, item)
	    append_line(text, json_string_value(item));
	for (guint i = 0; i < G_N_ELEMENTS(others) && text->len == 0; i++)
		append_line(text, json_string_value(json_object_get(root, others[i])));
	return g_string_free_to_bytes(text);
}
