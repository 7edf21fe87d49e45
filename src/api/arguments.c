/* SPDX-License-Identifier: Apache-2.0 */
/* Turns what a user wrote into arguments. */
#include "endpoint-row.h"

#include <errno.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include <particlefs/error.h>
#include <particlefs/wipe.h>

static const char *
last_step(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot + 1 : name;
}

static gboolean
equals_snake(const char *name, const char *key)
{
	g_autofree char *snake = pfs_name_to_snake(name);

	return g_str_equal(snake, key);
}

/* The ways to spell a parameter's name, best first: a worse one never hides a better. */
static gboolean
spells(const PfsParameter *parameter, const char *key, guint way)
{
	switch (way) {
	case 0:
		return g_str_equal(parameter->name, key);
	case 1:
		return equals_snake(parameter->name, key);
	case 2:
		return parameter->wire && g_str_equal(parameter->wire, key);
	default: /* `method` for hook.method */
		return g_str_equal(last_step(parameter->name), key) ||
		       equals_snake(last_step(parameter->name), key);
	}
}

/* A key as the user spelt it -> the SDK's (dotted) name; NULL for an unknown one. */
static char *
resolve_key(const PfsEndpoint *self, const char *key)
{
	if (pfs_endpoint_has_scope_argument(self, key) || pfs_endpoint_has_members(self, key))
		return g_strdup(key);
	for (guint way = 0; way < 4; way++) {
		PFS_FOREACH_PARAMETER(self, p)
		{
			if (p->name && spells(p, key, way))
				return g_strdup(p->name);
		}
	}
	return NULL;
}

static json_t *
parse_boolean(const char *text)
{
	static const char *const yes[] = { "true", "on", "1", "yes", NULL };
	static const char *const no[] = { "false", "off", "0", "no", NULL };
	g_autofree char *word = g_ascii_strdown(text, -1);

	g_strstrip(word);
	if (g_strv_contains(yes, word))
		return json_true();
	return g_strv_contains(no, word) ? json_false() : NULL;
}

static json_t *
parse_integer(const char *text)
{
	g_autofree char *word = g_strstrip(g_strdup(text));
	gint64 value;

	if (!g_ascii_string_to_signed(word, 10, G_MININT64, G_MAXINT64, &value, NULL))
		return NULL;
	return json_integer(value);
}

static json_t *
parse_number(const char *text)
{
	g_autofree char *word = g_strstrip(g_strdup(text));
	json_t *value = json_loads(word, JSON_DECODE_ANY, NULL);

	if (json_is_number(value))
		return value;
	json_decref(value);
	return NULL;
}

/* A JSON array, or words with commas or line ends between them. */
static json_t *
parse_list(const char *text)
{
	g_autofree char *word = g_strstrip(g_strdup(text));
	g_auto(GStrv) items = NULL;
	json_t *list;

	if (*word == '[')
		return json_loads(word, 0, NULL);
	list = json_array();
	items = g_strsplit_set(word, ",\n", -1);
	for (char **item = items; *item; item++) {
		if (*g_strstrip(*item))
			json_array_append_new(list, json_string(*item));
	}
	return list;
}

/* What can't be meant as text must be whole JSON; any other text is a string. */
static json_t *
parse_json(const char *text)
{
	json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	g_autofree char *word = g_strstrip(g_strdup(text));

	if (value || (*word && strchr("{[\"", *word)))
		return value;
	return json_string(text);
}

static json_t *
parse_structure(const char *text)
{
	return json_loads(text, JSON_REJECT_DUPLICATES, NULL);
}

static json_t *
parse_word(PfsType type, const char *text)
{
	switch (type) {
	case PFS_TYPE_INTEGER:
		return parse_integer(text);
	case PFS_TYPE_NUMBER:
		return parse_number(text);
	case PFS_TYPE_BOOLEAN:
	case PFS_TYPE_BIT:
	case PFS_TYPE_IF_TRUE:
	case PFS_TYPE_UNLESS_TRUE:
		return parse_boolean(text);
	case PFS_TYPE_LIST:
	case PFS_TYPE_COMMA_LIST:
		return parse_list(text);
	case PFS_TYPE_JSON:
		return parse_json(text);
	case PFS_TYPE_OBJECT:
	case PFS_TYPE_ARRAY:
		return parse_structure(text);
	case PFS_TYPE_FILES: /* the name of one, or an object of several */
		return *text == '{' ? parse_structure(text) : json_string(text);
	case PFS_TYPE_STRING:
	case PFS_TYPE_CODE:
	case PFS_TYPE_FILE:
	case PFS_TYPE_STAMP:
		return json_string(text);
	}
	return NULL;
}

json_t *
pfs_arguments_parse_value(const PfsEndpoint *self, const char *name, const char *text,
			  GError **error)
{
	const PfsParameter *parameter = pfs_endpoint_find_parameter(self, name);
	PfsType type = parameter				     ? parameter->type
		       : pfs_endpoint_has_scope_argument(self, name) ? PFS_TYPE_STRING
								     : PFS_TYPE_OBJECT;
	json_t *value;

	if (parameter && (parameter->flags & PFS_PARAMETER_NULLABLE) && g_str_equal(text, "null"))
		return json_null();
	value = parse_word(type, text);
	if (!value)
		g_set_error(error, PFS_ERROR, EINVAL, "%s: is not a valid %s", name,
			    pfs_type_get_name(type));
	return value;
}

/* Puts @value (consumed) at a dotted name. */
static gboolean
set_nested(json_t *arguments, const char *name, json_t *value, GError **error)
{
	g_auto(GStrv) steps = g_strsplit(name, ".", -1);
	g_autoptr(json_t) owned = value;
	json_t *holder = arguments;
	char **step = steps;

	for (; step[1]; step++) {
		if (!json_object_get(holder, *step))
			json_object_set_new(holder, *step, json_object());
		holder = json_object_get(holder, *step);
		if (!json_is_object(holder))
			return pfs_arguments_refuse(error, EINVAL, name,
						    "does not go together with a whole object");
	}
	if (json_object_get(holder, *step))
		return pfs_arguments_refuse(error, EINVAL, name, "is given twice");
	json_object_set(holder, *step, owned);
	return TRUE;
}

/* The name of a member in its object, which may be spelt in any of the ways too. */
static char *
resolve_member(const PfsEndpoint *self, const char *name, const char *key)
{
	g_autofree char *full = g_strdup_printf("%s.%s", name, key);
	g_autofree char *known = resolve_key(self, full);

	if (!known)
		known = resolve_key(self, key);
	if (!known || !g_str_has_prefix(known, name) || known[strlen(name)] != '.')
		return g_strdup(key);
	return g_strdup(known + strlen(name) + 1);
}

static json_t *
resolve_members(const PfsEndpoint *self, const char *name, json_t *value, GError **error)
{
	g_autoptr(json_t) resolved = json_object();
	const char *key;
	json_t *member;

	if (!json_is_object(value) || !pfs_endpoint_has_members(self, name))
		return json_incref(value);
	json_object_foreach(value, key, member)
	{
		g_autofree char *known = resolve_member(self, name, key);

		if (json_object_get(resolved, known)) {
			pfs_arguments_refuse(error, EINVAL, known, "is given twice");
			return NULL;
		}
		json_object_set(resolved, known, member);
	}
	return g_steal_pointer(&resolved);
}

/* Puts @value (consumed; NULL: an error is set) where it belongs. */
static gboolean
add_value(const PfsEndpoint *self, json_t *arguments, const char *name, json_t *value,
	  GError **error)
{
	g_autoptr(json_t) owned = value;
	json_t *resolved = owned ? resolve_members(self, name, owned, error) : NULL;

	return resolved && set_nested(arguments, name, resolved, error);
}

/* A password that was written in the wrong form must not get into a log. */
static gboolean
takes_secret(const PfsEndpoint *self)
{
	PFS_FOREACH_PARAMETER(self, p)
	{
		if (p->flags & PFS_PARAMETER_SECRET)
			return TRUE;
	}
	return FALSE;
}

static const char *
get_shown_word(const PfsEndpoint *self, const char *word)
{
	return takes_secret(self) ? "a word" : word;
}

static gboolean
add_argument(const PfsEndpoint *self, json_t *arguments, const json_t *bound, const char *key,
	     const char *text, json_t *value, GError **error)
{
	g_autofree char *name = resolve_key(self, key);

	if (!name)
		return pfs_arguments_refuse(error, EINVAL, text ? get_shown_word(self, key) : key,
					    "is not a parameter");
	if (pfs_arguments_is_bound(bound, name))
		return pfs_arguments_refuse(error, EINVAL, key, "is given by the path already");
	return add_value(
	    self, arguments, name,
	    text ? pfs_arguments_parse_value(self, name, text, error) : json_incref(value), error);
}

static gboolean
parse_object(const PfsEndpoint *self, json_t *arguments, const json_t *bound, const char *text,
	     GError **error)
{
	g_autoptr(json_t) object = pfs_json_parse(text, error);
	const char *key;
	json_t *value;

	if (!object)
		return FALSE;
	json_object_foreach(object, key, value)
	{
		if (!add_argument(self, arguments, bound, key, NULL, value, error))
			return FALSE;
	}
	return TRUE;
}

/* Words without quotes where they stand, in the text: what GLib makes copies of is not wiped. */
static GStrv
split_plain(char *text)
{
	GPtrArray *words = g_ptr_array_new();

	for (char *at = strtok_r(text, " \t\r\n", &text); at != NULL;
	     at = strtok_r(NULL, " \t\r\n", &text))
		g_ptr_array_add(words, at);
	g_ptr_array_add(words, NULL);
	return (GStrv)g_ptr_array_free(words, FALSE);
}

static gboolean
add_words(const PfsEndpoint *self, json_t *arguments, const json_t *bound, GStrv words,
	  GError **error)
{
	for (char **word = words; *word; word++) {
		char *equal = strchr(*word, '=');

		if (!equal || equal == *word)
			return pfs_arguments_refuse(error, EINVAL, get_shown_word(self, *word),
						    "is not of the form key=value");
		*equal = '\0';
		if (!add_argument(self, arguments, bound, *word, equal + 1, NULL, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean
parse_words(const PfsEndpoint *self, json_t *arguments, const json_t *bound, char *text,
	    GError **error)
{
	g_autoptr(GError) shell_error = NULL;
	g_auto(GStrv) words = NULL;

	if (!strpbrk(text, "'\"\\#")) {
		g_autofree GStrv plain = split_plain(text);

		return add_words(self, arguments, bound, plain, error);
	}
	if (!g_shell_parse_argv(text, NULL, &words, &shell_error)) {
		g_set_error(error, PFS_ERROR, EINVAL, "%s",
			    takes_secret(self) ? "a quote does not end" : shell_error->message);
		return FALSE;
	}
	return add_words(self, arguments, bound, words, error);
}

/* An empty line gives no value to a parameter that can do without. */
static gboolean
parse_bare(const PfsEndpoint *self, json_t *arguments, const char *name, const char *text,
	   GError **error)
{
	const PfsParameter *parameter = pfs_endpoint_find_parameter(self, name);

	if (!parameter)
		return pfs_arguments_refuse(error, EINVAL, name, "is not a parameter");
	if (!*text && !(parameter->flags & PFS_PARAMETER_REQUIRED))
		return TRUE;
	return add_value(self, arguments, name, pfs_arguments_parse_value(self, name, text, error),
			 error);
}

static gboolean
check_utf8(const char *text, gsize length, GError **error)
{
	if (g_utf8_validate_len(text, length, NULL))
		return TRUE;
	g_set_error_literal(error, PFS_ERROR, EINVAL, "the text is not valid UTF-8");
	return FALSE;
}

json_t *
pfs_arguments_parse(const PfsEndpoint *self, const json_t *bound, const char *parameter,
		    const char *text, gsize length, GError **error)
{
	g_autoptr(json_t) arguments = json_object();
	g_autoptr(json_t) checked = NULL;
	PFS_AUTO_WIPE char *copy = NULL;
	char *start;
	gboolean parsed;

	if (!check_utf8(text, length, error))
		return NULL;
	copy = g_strndup(text, length);
	start = copy + strspn(copy, " \t\r\n");
	if (parameter)
		parsed = parse_bare(self, arguments, parameter, copy, error);
	else if (*start == '{')
		parsed = parse_object(self, arguments, bound, start, error);
	else
		parsed = !*start || parse_words(self, arguments, bound, start, error);
	if (!parsed)
		return NULL;
	if (bound)
		json_object_update_missing(arguments, (json_t *)bound);
	checked = pfs_arguments_check(self, arguments, error);
	return checked ? g_steal_pointer(&arguments) : NULL;
}

json_t *
pfs_arguments_parse_words(const PfsEndpoint *self, char **words, GError **error)
{
	g_autoptr(json_t) arguments = json_object();
	g_autoptr(json_t) checked = NULL;

	for (char **word = words; *word; word++)
		if (!check_utf8(*word, strlen(*word), error))
			return NULL;
	if (!add_words(self, arguments, NULL, words, error))
		return NULL;
	checked = pfs_arguments_check(self, arguments, error);
	return checked ? g_steal_pointer(&arguments) : NULL;
}

/* What is not JSON ends where that shows: more of it would not mend it. */
gssize
pfs_arguments_find_end(const char *text, gsize length)
{
	yajl_handle handle;
	gboolean ok;
	gssize end;
	gsize i = 0;

	while (i < length && g_ascii_isspace(text[i]))
		i++;
	if (i == length || text[i] != '{')
		return 0;
	handle = yajl_alloc(NULL, NULL, NULL);
	yajl_config(handle, yajl_allow_trailing_garbage, 1);
	ok = yajl_parse(handle, (const unsigned char *)text, length) == yajl_status_ok;
	end = (gssize)yajl_get_bytes_consumed(handle);
	if (ok && yajl_complete_parse(handle) != yajl_status_ok)
		end = -1;
	yajl_free(handle);
	return end;
}
