/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint-row.h"

#include <string.h>

static const PfsEndpoint *const families[] = {
	pfs_endpoints_account,	    pfs_endpoints_devices,   pfs_endpoints_events,
	pfs_endpoints_firmware,	    pfs_endpoints_products,  pfs_endpoints_sims,
	pfs_endpoints_integrations, pfs_endpoints_libraries, pfs_endpoints_networks,
	pfs_endpoints_logic,	    pfs_endpoints_ledgers,   pfs_endpoints_env,
};

/* clang-format off */
const PfsScopeRow pfs_scopes[] = {
	{ PFS_SCOPE_ROOT,	 "own",		"" },
	{ PFS_SCOPE_OWN,	 "own",		"/v1" },
	{ PFS_SCOPE_PRODUCT,	 "product",	"/v1/products/{product}" },
	{ PFS_SCOPE_ORG,	 "org",		"/v1/orgs/{org}" },
	{ PFS_SCOPE_ORG_PRODUCT, "org+product",	"/v1/orgs/{org}/products/{product}" },
	{ 0 },
};

const PfsScopeArgument pfs_scope_arguments[] = {
	{ "product",	"ID or slug of the product" },
	{ "org",	"ID or slug of the organization" },
	{ NULL },
};
/* clang-format on */

const PfsEndpoint *
pfs_endpoint_get_nth(guint index)
{
	for (guint i = 0; i < G_N_ELEMENTS(families); i++) {
		for (const PfsEndpoint *row = families[i]; row->function; row++) {
			if (index-- == 0)
				return row;
		}
	}
	return NULL;
}

static GHashTable *
index_by_function(void)
{
	GHashTable *by_function = g_hash_table_new(g_str_hash, g_str_equal);
	const PfsEndpoint *row;

	for (guint i = 0; (row = pfs_endpoint_get_nth(i)); i++)
		g_hash_table_insert(by_function, (gpointer)row->function, (gpointer)row);
	return by_function;
}

const PfsEndpoint *
pfs_endpoint_find(const char *function)
{
	static GHashTable *by_function;

	g_return_val_if_fail(function, NULL);

	if (g_once_init_enter(&by_function))
		g_once_init_leave(&by_function, index_by_function());
	return g_hash_table_lookup(by_function, function);
}

const char *
pfs_endpoint_get_function(const PfsEndpoint *self)
{
	return self->function;
}

gboolean
pfs_endpoint_is_reading(const PfsEndpoint *self)
{
	return g_str_equal(self->method, "GET") || g_str_equal(self->method, "HEAD");
}

gboolean
pfs_endpoint_answers_json(const PfsEndpoint *self)
{
	return self->answer == PFS_ANSWER_JSON || self->answer == PFS_ANSWER_STATUS;
}

gboolean
pfs_endpoint_calls_device(const PfsEndpoint *self)
{
	return (self->flags & PFS_ENDPOINT_CALLS_DEVICE) != 0;
}

guint
pfs_endpoint_get_scopes(const PfsEndpoint *self)
{
	guint scopes = 0;

	for (const PfsPath *path = self->paths; path->template; path++)
		scopes |= path->scopes;
	return scopes;
}

const PfsParameter *
pfs_endpoint_find_parameter(const PfsEndpoint *self, const char *name)
{
	PFS_FOREACH_PARAMETER(self, p)
	{
		if (p->name && g_str_equal(p->name, name))
			return p;
	}
	return NULL;
}

gboolean
pfs_endpoint_has_members(const PfsEndpoint *self, const char *name)
{
	gsize length = strlen(name);

	PFS_FOREACH_PARAMETER(self, p)
	{
		if (p->name && g_str_has_prefix(p->name, name) && p->name[length] == '.')
			return TRUE;
	}
	return FALSE;
}

/* Without a copy, as each opening of a value asks it several times. */
static gboolean
scope_takes(const PfsScopeRow *scope, const char *name)
{
	gsize length = strlen(name);

	for (const char *at = strchr(scope->prefix, '{'); at; at = strchr(at + 1, '{')) {
		if (strcspn(at + 1, "}") == length && strncmp(at + 1, name, length) == 0)
			return TRUE;
	}
	return FALSE;
}

gboolean
pfs_endpoint_has_scope_argument(const PfsEndpoint *self, const char *name)
{
	guint scopes = pfs_endpoint_get_scopes(self);

	for (const PfsScopeRow *scope = pfs_scopes; scope->name; scope++) {
		if ((scopes & scope->scope) && scope_takes(scope, name))
			return TRUE;
	}
	return FALSE;
}

static gboolean
scope_fits(const PfsScopeRow *scope, const json_t *arguments)
{
	for (const PfsScopeArgument *a = pfs_scope_arguments; a->name; a++) {
		if (scope_takes(scope, a->name) != (json_object_get(arguments, a->name) != NULL))
			return FALSE;
	}
	return TRUE;
}

const PfsScopeRow *
pfs_endpoint_choose_scope(const PfsEndpoint *self, const json_t *arguments)
{
	guint scopes = pfs_endpoint_get_scopes(self);

	for (const PfsScopeRow *scope = pfs_scopes; scope->name; scope++) {
		if ((scopes & scope->scope) && scope_fits(scope, arguments))
			return scope;
	}
	return NULL;
}

gboolean
pfs_endpoint_has_parameter(const PfsEndpoint *self, const char *name)
{
	return pfs_endpoint_has_scope_argument(self, name) ||
	       pfs_endpoint_find_parameter(self, name) || pfs_endpoint_has_members(self, name);
}

const char *
pfs_parameter_get_wire(const PfsParameter *self)
{
	return self->wire ? self->wire : self->name;
}

const char *
pfs_type_get_name(PfsType type)
{
	static const char *const names[] = {
		[PFS_TYPE_STRING] = "string",	    [PFS_TYPE_INTEGER] = "integer",
		[PFS_TYPE_NUMBER] = "number",	    [PFS_TYPE_BOOLEAN] = "boolean",
		[PFS_TYPE_BIT] = "boolean",	    [PFS_TYPE_IF_TRUE] = "boolean",
		[PFS_TYPE_UNLESS_TRUE] = "boolean", [PFS_TYPE_LIST] = "list",
		[PFS_TYPE_COMMA_LIST] = "list",	    [PFS_TYPE_JSON] = "JSON",
		[PFS_TYPE_OBJECT] = "JSON object",  [PFS_TYPE_ARRAY] = "JSON array",
		[PFS_TYPE_CODE] = "source text",    [PFS_TYPE_FILE] = "file",
		[PFS_TYPE_FILES] = "files",	    [PFS_TYPE_STAMP] = "string",
	};

	return names[type];
}

char *
pfs_name_to_snake(const char *name)
{
	GString *snake = g_string_new(NULL);

	for (const char *c = name; *c; c++) {
		if (g_ascii_isupper(*c))
			g_string_append_c(snake, '_');
		g_string_append_c(snake, g_ascii_tolower(*c));
	}
	return g_string_free(snake, FALSE);
}

static gboolean
has_narrower(const json_t *arguments, const PfsScopeArgument *wide)
{
	for (const PfsScopeArgument *a = pfs_scope_arguments; a != wide; a++)
		if (json_object_get(arguments, a->name))
			return TRUE;
	return FALSE;
}

void
pfs_endpoint_narrow_scope(const PfsEndpoint *self, json_t *arguments)
{
	for (const PfsScopeArgument *a = pfs_scope_arguments; a->name; a++)
		if (has_narrower(arguments, a) && !pfs_endpoint_choose_scope(self, arguments))
			json_object_del(arguments, a->name);
}
