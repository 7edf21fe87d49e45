/* SPDX-License-Identifier: Apache-2.0 */
/* What the table says of an endpoint, for people and for programs. */
#include "endpoint-row.h"

#include <string.h>

/* Whether @p is the entry of its name that stands for it in a list. */
static gboolean
is_listed(const PfsEndpoint *self, const PfsParameter *p)
{
	return p->name && pfs_endpoint_find_parameter(self, p->name) == p;
}

static void
append_limit(GString *out, const char *what, const char *value)
{
	g_string_append_printf(out, "%s%s%s", out->len ? "; " : "", what, value);
}

/* The path has chosen the scope: what it binds is given, and no other scope can be asked for. */
static gboolean
is_settled(const PfsEndpoint *self, const json_t *bound, const char *name)
{
	return bound &&
	       (pfs_arguments_is_bound(bound, name) || pfs_endpoint_has_scope_argument(self, name));
}

/* What else there is to know of a value, in parentheses behind its help. */
static void
append_limits(GString *out, const PfsEndpoint *self, const json_t *bound, const PfsParameter *p)
{
	g_autoptr(GString) limits = g_string_new(NULL);

	if (p->values) {
		g_autofree char *values = g_strjoinv(", ", (char **)p->values);

		append_limit(limits, "one of: ", values);
	}
	if (p->max_bytes) {
		g_autofree char *bytes = g_strdup_printf("%u bytes", p->max_bytes);

		append_limit(limits, "at most ", bytes);
	}
	if (p->value && *p->value)
		append_limit(limits, "default: ", p->value);
	if (p->with && !is_settled(self, bound, p->with))
		append_limit(limits, "only with ", p->with);
	if (p->unless && !is_settled(self, bound, p->unless))
		append_limit(limits, "not with ", p->unless);
	if (limits->len)
		g_string_append_printf(out, " (%s)", limits->str);
}

static const char *
describe_need(const PfsEndpoint *self, const PfsParameter *p)
{
	if (pfs_endpoint_has_members(self, p->name))
		return "whole, or by its members";
	if (p->flags & PFS_PARAMETER_REQUIRED)
		return "required";
	return p->flags & PFS_PARAMETER_ONE_OF ? "one of these is required" : "optional";
}

static void
append_parameter(GString *out, const PfsEndpoint *self, const json_t *bound, const PfsParameter *p)
{
	g_autofree char *snake = pfs_name_to_snake(p->name);

	g_string_append_printf(out, "#   %-24s %s, %s: %s", snake, pfs_type_get_name(p->type),
			       describe_need(self, p), p->help);
	append_limits(out, self, bound, p);
	g_string_append_c(out, '\n');
}

/* The arguments that choose the scope, where no path does. */
static void
append_scopes(GString *out, const PfsEndpoint *self)
{
	gboolean optional = pfs_endpoint_choose_scope(self, NULL) != NULL;

	for (const PfsScopeArgument *a = pfs_scope_arguments; a->name; a++) {
		if (pfs_endpoint_has_scope_argument(self, a->name))
			g_string_append_printf(out, "#   %-24s string, %s: %s\n", a->name,
					       optional ? "optional" : "required", a->help);
	}
}

static gboolean
is_offered(const PfsEndpoint *self, const json_t *bound, const PfsParameter *p)
{
	if (!is_listed(self, p) || pfs_arguments_is_bound(bound, p->name))
		return FALSE;
	if (p->with && is_settled(self, bound, p->with) && !pfs_arguments_is_bound(bound, p->with))
		return FALSE;
	return !p->unless || !pfs_arguments_is_bound(bound, p->unless);
}

static void
append_parameters(GString *out, const PfsEndpoint *self, const json_t *bound, gboolean bare)
{
	g_autoptr(GString) lines = g_string_new(NULL);

	if (!bound)
		append_scopes(lines, self);
	PFS_FOREACH_PARAMETER(self, p)
	{
		if (is_offered(self, bound, p))
			append_parameter(lines, self, bound, p);
	}
	if (lines->len == 0)
		g_string_append(out, "# An empty line: there are no parameters.\n");
	else
		g_string_append_printf(
		    out, "%s\n%s",
		    bare ? "# Or one JSON object:"
			 : "# One JSON object, or key=value words, quoted as a shell would:",
		    lines->str);
}

char *
pfs_endpoint_dup_usage(const PfsEndpoint *self, const json_t *bound, const char *parameter,
		       gboolean objects)
{
	GString *out = g_string_new(NULL);
	const PfsParameter *bare = parameter ? pfs_endpoint_find_parameter(self, parameter) : NULL;

	g_string_append_printf(out, "# %s: %s\n", self->function, self->help);
	if (bare) {
		g_string_append(out, "# The bare value of:\n");
		append_parameter(out, self, bound, bare);
	}
	if (!bare || objects)
		append_parameters(out, self, bound, bare != NULL);
	return g_string_free(out, FALSE);
}

static const char *
place_name(PfsPlace place)
{
	switch (place) {
	case PFS_PLACE_PATH:
		return "path";
	case PFS_PLACE_QUERY:
		return "query";
	case PFS_PLACE_BODY:
	case PFS_PLACE_SPREAD:
	case PFS_PLACE_MEMBER:
		return "body";
	case PFS_PLACE_BASIC_USER:
	case PFS_PLACE_BASIC_PASSWORD:
		return "authorization";
	case PFS_PLACE_NOWHERE:
		return "nowhere";
	}
	return "nowhere";
}

static json_t *
describe_parameter(const PfsParameter *p)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:b, s:b}", "name", p->name, "wire",
				   pfs_parameter_get_wire(p), "in", place_name(p->place), "type",
				   pfs_type_get_name(p->type), "required",
				   (p->flags & PFS_PARAMETER_REQUIRED) != 0, "secret",
				   (p->flags & PFS_PARAMETER_SECRET) != 0);

	if (p->values) {
		json_t *values = json_array();

		for (const char *const *value = p->values; *value; value++)
			json_array_append_new(values, json_string(*value));
		json_object_set_new(object, "values", values);
	}
	if (p->max_bytes)
		json_object_set_new(object, "max_bytes", json_integer(p->max_bytes));
	if (p->value)
		json_object_set_new(object, "default", json_string(p->value));
	if (p->with)
		json_object_set_new(object, "with", json_string(p->with));
	if (p->unless)
		json_object_set_new(object, "unless", json_string(p->unless));
	if (p->help)
		json_object_set_new(object, "help", json_string(p->help));
	return object;
}

static json_t *
describe_paths(const PfsEndpoint *self)
{
	json_t *paths = json_array();

	for (const PfsPath *path = self->paths; path->template; path++) {
		for (const PfsScopeRow *scope = pfs_scopes; scope->name; scope++) {
			if (!(path->scopes & scope->scope))
				continue;
			json_array_append_new(
			    paths, json_pack("{s:s, s:s, s:s+}", "scope", scope->name, "method",
					     path->method ? path->method : self->method, "path",
					     scope->prefix, path->template));
		}
	}
	return paths;
}

static const char *
describe_sdk(const PfsEndpoint *self)
{
	if (self->flags & PFS_ENDPOINT_EXTRA)
		return NULL;
	return self->flags & PFS_ENDPOINT_OLD ? "9.4.1" : "12.0.3";
}

json_t *
pfs_endpoint_describe(const PfsEndpoint *self)
{
	static const char *const answers[] = {
		[PFS_ANSWER_JSON] = "json",
		[PFS_ANSWER_BINARY] = "binary",
		[PFS_ANSWER_STREAM] = "stream",
		[PFS_ANSWER_STATUS] = "status",
	};
	json_t *parameters = json_array();

	PFS_FOREACH_PARAMETER(self, p)
	{
		if (is_listed(self, p))
			json_array_append_new(parameters, describe_parameter(p));
	}
	return json_pack("{s:s, s:s?, s:s, s:s, s:o, s:b, s:s, s:b, s:o}", "function",
			 self->function, "sdk", describe_sdk(self), "help", self->help, "method",
			 self->method, "paths", describe_paths(self), "token",
			 self->auth == PFS_AUTH_BEARER, "answer", answers[self->answer],
			 "calls_device", pfs_endpoint_calls_device(self), "parameters", parameters);
}
