/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks arguments against a row before anything is sent: what is unknown, missing, of the wrong
 * type, not allowed or too long is refused by name.
 */
#include "endpoint-row.h"

#include <errno.h>
#include <string.h>

#include <particlefs/error.h>

/* jansson reads 2,048, but each value that it has read may be put into another. */
#define LEVELS_MAX 1024

json_t *
pfs_arguments_get(const json_t *arguments, const char *name)
{
	const json_t *value = arguments;
	g_auto(GStrv) steps = NULL;

	if (!strchr(name, '.'))
		return json_object_get(arguments, name);
	steps = g_strsplit(name, ".", -1);
	for (char **step = steps; *step && value; step++)
		value = json_object_get(value, *step);
	return (json_t *)value;
}

gboolean
pfs_parameter_applies(const PfsParameter *parameter, const json_t *arguments)
{
	if (parameter->with && !pfs_arguments_get(arguments, parameter->with))
		return FALSE;
	if (parameter->unless && pfs_arguments_get(arguments, parameter->unless))
		return FALSE;
	return TRUE;
}

gboolean
pfs_arguments_is_bound(const json_t *bound, const char *name)
{
	g_autofree char *top = g_strndup(name, strcspn(name, "."));

	return bound && json_object_get(bound, top);
}

gboolean
pfs_arguments_refuse(GError **error, int code, const char *name, const char *what)
{
	g_set_error(error, PFS_ERROR, code, "%s: %s", name, what);
	return FALSE;
}

static gboolean
is_list_of_strings(const json_t *value)
{
	gsize i;
	json_t *item;

	if (!json_is_array(value))
		return FALSE;
	json_array_foreach((json_t *)value, i, item)
	{
		if (!json_is_string(item))
			return FALSE;
	}
	return TRUE;
}

static gboolean
is_object_of_strings(const json_t *value)
{
	const char *key;
	json_t *item;

	if (!json_is_object(value) || json_object_size(value) == 0)
		return FALSE;
	json_object_foreach((json_t *)value, key, item)
	{
		if (!json_is_string(item))
			return FALSE;
	}
	return TRUE;
}

static gboolean
has_type(const PfsParameter *parameter, const json_t *value)
{
	switch (parameter->type) {
	case PFS_TYPE_STRING:
	case PFS_TYPE_STAMP:
		/* in a path a number is as good as its text: `"version": 3` */
		return json_is_string(value) ||
		       (parameter->place == PFS_PLACE_PATH && json_is_integer(value));
	case PFS_TYPE_INTEGER:
		return json_is_integer(value);
	case PFS_TYPE_NUMBER:
		return json_is_number(value);
	case PFS_TYPE_BOOLEAN:
	case PFS_TYPE_BIT:
	case PFS_TYPE_IF_TRUE:
	case PFS_TYPE_UNLESS_TRUE:
		return json_is_boolean(value);
	case PFS_TYPE_LIST:
	case PFS_TYPE_COMMA_LIST:
		return is_list_of_strings(value);
	case PFS_TYPE_JSON:
		return TRUE;
	case PFS_TYPE_OBJECT:
		return json_is_object(value);
	case PFS_TYPE_ARRAY:
		return json_is_array(value);
	case PFS_TYPE_CODE:
		return json_is_string(value) || json_is_object(value);
	case PFS_TYPE_FILE:
		return json_is_string(value);
	case PFS_TYPE_FILES:
		return is_object_of_strings(value) || json_is_string(value);
	}
	return FALSE;
}

static gboolean
check_allowed(const PfsParameter *parameter, const json_t *value, GError **error)
{
	g_autofree char *allowed = NULL;

	if (!parameter->values || !json_is_string(value) ||
	    g_strv_contains(parameter->values, json_string_value(value)))
		return TRUE;
	allowed = g_strjoinv(", ", (char **)parameter->values);
	g_set_error(error, PFS_ERROR, EINVAL, "%s: must be one of %s", parameter->name, allowed);
	return FALSE;
}

/* A part of a path that is empty or climbs would name another endpoint: DELETE of a whole list. */
static gboolean
check_path_part(const PfsParameter *parameter, const json_t *value, GError **error)
{
	const char *text = json_string_value(value);

	if (parameter->place != PFS_PLACE_PATH || !text)
		return TRUE;
	if (!*text)
		return pfs_arguments_refuse(error, EINVAL, parameter->name, "must not be empty");
	if (g_str_equal(text, ".") || g_str_equal(text, ".."))
		return pfs_arguments_refuse(error, EINVAL, parameter->name, "must not be a dot");
	if ((parameter->flags & PFS_PARAMETER_RAW) && *text != '/' &&
	    !g_str_has_prefix(text, "https://") && !g_str_has_prefix(text, "http://"))
		return pfs_arguments_refuse(error, EINVAL, parameter->name,
					    "must be a URL, or begin with /");
	return TRUE;
}

static gboolean
check_value(const PfsParameter *parameter, const json_t *value, GError **error)
{
	if (json_is_null(value) && (parameter->flags & PFS_PARAMETER_NULLABLE))
		return TRUE;
	if (!has_type(parameter, value)) {
		g_set_error(error, PFS_ERROR, EINVAL, "%s: must be %s %s", parameter->name,
			    strchr("aeio", pfs_type_get_name(parameter->type)[0]) ? "an" : "a",
			    pfs_type_get_name(parameter->type));
		return FALSE;
	}
	if (parameter->max_bytes && json_string_length(value) > parameter->max_bytes) {
		g_set_error(error, PFS_ERROR, EMSGSIZE,
			    "%s: has %" G_GSIZE_FORMAT " bytes, the cloud takes %u",
			    parameter->name, json_string_length(value), parameter->max_bytes);
		return FALSE;
	}
	return check_allowed(parameter, value, error) && check_path_part(parameter, value, error);
}

static gboolean
check_scope_value(const char *name, const json_t *value, GError **error)
{
	const char *text = json_string_value(value);

	if (json_is_integer(value))
		return TRUE;
	if (!text || !*text || g_str_equal(text, ".") || g_str_equal(text, ".."))
		return pfs_arguments_refuse(error, EINVAL, name, "must be an ID or a slug");
	return TRUE;
}

/* Members of an argument that is itself no parameter (`hook`) are all known; of one that is sent
 * whole, the cloud may know more than the table. */
static gboolean
check_known_members(const PfsEndpoint *self, const char *name, const json_t *value, GError **error)
{
	const char *key;
	json_t *member;

	if (pfs_endpoint_find_parameter(self, name))
		return TRUE;
	if (!json_is_object(value))
		return pfs_arguments_refuse(error, EINVAL, name, "must be a JSON object");
	json_object_foreach((json_t *)value, key, member)
	{
		g_autofree char *full = g_strdup_printf("%s.%s", name, key);

		if (!pfs_endpoint_find_parameter(self, full))
			return pfs_arguments_refuse(error, EINVAL, full, "is not a parameter");
	}
	return TRUE;
}

static gboolean
check_known(const PfsEndpoint *self, const json_t *arguments, GError **error)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)arguments, key, value)
	{
		if (!pfs_endpoint_has_parameter(self, key) || strchr(key, '.'))
			return pfs_arguments_refuse(error, EINVAL, key, "is not a parameter");
		if (pfs_endpoint_has_scope_argument(self, key)
			? !check_scope_value(key, value, error)
			: !check_known_members(self, key, value, error))
			return FALSE;
	}
	return TRUE;
}

/* Whether any entry of that name has a place with these arguments: one may stand twice. */
static gboolean
name_applies(const PfsEndpoint *self, const char *name, const json_t *arguments)
{
	PFS_FOREACH_PARAMETER(self, p)
	{
		if (p->name && g_str_equal(p->name, name) && pfs_parameter_applies(p, arguments))
			return TRUE;
	}
	return FALSE;
}

static gboolean
check_place(const PfsEndpoint *self, const PfsParameter *parameter, const json_t *arguments,
	    GError **error)
{
	if (name_applies(self, parameter->name, arguments))
		return TRUE;
	if (parameter->with && !pfs_arguments_get(arguments, parameter->with))
		g_set_error(error, PFS_ERROR, EINVAL, "%s: goes only together with %s",
			    parameter->name, parameter->with);
	else
		g_set_error(error, PFS_ERROR, EINVAL, "%s: does not go together with %s",
			    parameter->name, parameter->unless);
	return FALSE;
}

/* A member is needed only where its object is there: that is required, or not, by itself. */
static gboolean
is_needed(const PfsParameter *parameter, const json_t *arguments)
{
	const char *dot = strrchr(parameter->name, '.');
	g_autofree char *parent = NULL;

	if (!(parameter->flags & PFS_PARAMETER_REQUIRED) ||
	    !pfs_parameter_applies(parameter, arguments))
		return FALSE;
	if (!dot)
		return TRUE;
	parent = g_strndup(parameter->name, dot - parameter->name);
	return pfs_arguments_get(arguments, parent) != NULL;
}

static gboolean
check_one_of(const PfsEndpoint *self, const json_t *arguments, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);
	guint given = 0;

	PFS_FOREACH_PARAMETER(self, p)
	{
		if (!(p->flags & PFS_PARAMETER_ONE_OF))
			continue;
		g_string_append_printf(names, "%s%s", names->len ? ", " : "", p->name);
		given += json_object_get(arguments, p->name) != NULL;
	}
	if (names->len && given != 1) {
		g_set_error(error, PFS_ERROR, EINVAL, "exactly one of %s is needed", names->str);
		return FALSE;
	}
	return TRUE;
}

/* Source as plain text becomes the object that the cloud wants. */
static void
wrap_code(const PfsParameter *parameter, json_t *arguments, const json_t *value)
{
	const char *dot = strrchr(parameter->name, '.');
	g_autofree char *parent = dot ? g_strndup(parameter->name, dot - parameter->name) : NULL;
	json_t *holder = parent ? pfs_arguments_get(arguments, parent) : arguments;

	json_object_set_new(holder, dot ? dot + 1 : parameter->name,
			    json_pack("{s:s, s:O}", "type", "JavaScript", "code", value));
}

static gboolean
is_deeper(const json_t *value, guint levels)
{
	const char *key;
	json_t *item;
	gsize i;

	if (levels == 0)
		return json_is_object(value) || json_is_array(value);
	json_object_foreach((json_t *)value, key, item)
	{
		if (is_deeper(item, levels - 1))
			return TRUE;
	}
	json_array_foreach((json_t *)value, i, item)
	{
		if (is_deeper(item, levels - 1))
			return TRUE;
	}
	return FALSE;
}

json_t *
pfs_arguments_check(const PfsEndpoint *self, const json_t *arguments, GError **error)
{
	g_autoptr(json_t) checked = arguments ? json_deep_copy(arguments) : json_object();

	if (!json_is_object(checked)) {
		g_set_error_literal(error, PFS_ERROR, EINVAL, "the arguments must be an object");
		return NULL;
	}
	if (is_deeper(checked, LEVELS_MAX)) {
		g_set_error(error, PFS_ERROR, EINVAL, "the arguments have over %d levels",
			    LEVELS_MAX);
		return NULL;
	}
	if (!check_known(self, checked, error))
		return NULL;
	PFS_FOREACH_PARAMETER(self, p)
	{
		json_t *value = p->name ? pfs_arguments_get(checked, p->name) : NULL;

		if (!value) {
			if (p->name && is_needed(p, checked)) {
				pfs_arguments_refuse(error, EINVAL, p->name, "is missing");
				return NULL;
			}
			continue;
		}
		if (!check_place(self, p, checked, error))
			return NULL;
		if (!pfs_parameter_applies(p, checked))
			continue;
		if (!check_value(p, value, error))
			return NULL;
		if (p->type == PFS_TYPE_CODE && json_is_string(value))
			wrap_code(p, checked, value);
	}
	if (!check_one_of(self, checked, error))
		return NULL;
	return g_steal_pointer(&checked);
}
