/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the request that a row and its arguments mean. */
#include "endpoint-row.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <particlefs/error.h>
#include <particlefs/wipe.h>

typedef struct {
	const PfsEndpoint *row;
	json_t *arguments;
	GHashTable *files;
	const PfsScopeRow *scope;
	const PfsPath *path;
	PfsHttpRequest *request;
	GString *query;
	GString *shown_query; /* as @query, without secrets */
	json_t *body;
	gboolean has_body;
	gboolean has_files;
	guint n_files;
	GPtrArray *secrets;
} PfsBuild;

/* As JavaScript's encodeURIComponent() does: it leaves these alone beside RFC 3986's unreserved. */
static void
append_encoded(GString *out, const char *text)
{
	PFS_AUTO_WIPE char *encoded = g_uri_escape_string(text, "!'()*", FALSE);

	g_string_append(out, encoded);
}

static char *
scalar_to_text(const json_t *value)
{
	if (json_is_string(value))
		return g_strdup(json_string_value(value));
	return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
}

static void
append_pair(GString *out, const char *key, const char *text)
{
	if (out->len)
		g_string_append_c(out, '&');
	append_encoded(out, key);
	g_string_append_c(out, '=');
	append_encoded(out, text);
}

/* Arrays are written as qs does: groups[0]=a&groups[1]=b. */
static void
append_value(GString *out, const char *key, const json_t *value)
{
	gsize i;
	json_t *item;

	if (!json_is_array(value)) {
		PFS_AUTO_WIPE char *text = scalar_to_text(value);

		append_pair(out, key, text);
		return;
	}
	json_array_foreach((json_t *)value, i, item)
	{
		g_autofree char *indexed = g_strdup_printf("%s[%" G_GSIZE_FORMAT "]", key, i);
		g_autofree char *text = scalar_to_text(item);

		append_pair(out, indexed, text);
	}
}

static json_t *
join_list(const json_t *list)
{
	g_autoptr(GString) joined = g_string_new(NULL);
	gsize i;
	json_t *item;

	json_array_foreach((json_t *)list, i, item)
	    g_string_append_printf(joined, "%s%s", i ? "," : "", json_string_value(item));
	return json_string(joined->str);
}

/* The value of a constant, or of what was not given. */
static json_t *
get_default(const PfsParameter *parameter)
{
	if (!parameter->value)
		return NULL;
	if (parameter->type == PFS_TYPE_STAMP)
		return json_sprintf("%s%" G_GINT64_FORMAT, parameter->value,
				    g_get_real_time() / 1000);
	if (parameter->type == PFS_TYPE_STRING)
		return json_string(parameter->value);
	return json_loads(parameter->value, JSON_DECODE_ANY, NULL);
}

/* The value in the form that the wire wants; NULL where nothing is to be sent. */
static json_t *
get_wire_value(const PfsParameter *parameter, const json_t *arguments)
{
	json_t *given = parameter->name ? pfs_arguments_get(arguments, parameter->name) : NULL;
	g_autoptr(json_t) value = given ? json_incref(given) : get_default(parameter);

	if (!value || json_is_null(value))
		return g_steal_pointer(&value);
	if (parameter->type == PFS_TYPE_BIT)
		return json_string(json_is_true(value) ? "1" : "0");
	if (parameter->type == PFS_TYPE_IF_TRUE)
		return json_is_true(value) ? json_true() : NULL;
	if (parameter->type == PFS_TYPE_UNLESS_TRUE)
		return json_is_true(value) ? NULL : json_integer(1);
	if (parameter->type == PFS_TYPE_COMMA_LIST)
		return join_list(value);
	return g_steal_pointer(&value);
}

static gboolean
path_names(const PfsPath *path, const char *name)
{
	g_autofree char *placeholder = g_strdup_printf("{%s}", name);
	gsize length = strlen(name);

	return strstr(path->template, placeholder) ||
	       (path->when && g_str_has_prefix(path->when, name) && path->when[length] == '=');
}

static gboolean
path_fits(const PfsPath *path, const PfsEndpoint *row, const json_t *arguments)
{
	if (path->when) {
		const char *equal = strchr(path->when, '=');
		g_autofree char *name = g_strndup(path->when, equal - path->when);
		const char *value = json_string_value(json_object_get(arguments, name));

		if (!value || g_ascii_strcasecmp(value, equal + 1) != 0)
			return FALSE;
	}
	PFS_FOREACH_PARAMETER(row, p)
	{
		if (p->name && p->place == PFS_PLACE_PATH && path_names(path, p->name) &&
		    !json_object_get(arguments, p->name))
			return FALSE;
	}
	return TRUE;
}

/* No scope fits: one of its arguments is missing, or there is one too many. */
static void
refuse_scope(const PfsEndpoint *row, const json_t *arguments, GError **error)
{
	g_autoptr(GString) missing = g_string_new(NULL);

	for (const PfsScopeArgument *a = pfs_scope_arguments; a->name; a++) {
		if (pfs_endpoint_has_scope_argument(row, a->name) &&
		    !json_object_get(arguments, a->name))
			g_string_append_printf(missing, "%s%s", missing->len ? " or " : "",
					       a->name);
	}
	if (missing->len)
		pfs_arguments_refuse(error, EINVAL, missing->str, "is missing");
	else
		pfs_arguments_refuse(error, EINVAL, row->function, "takes only one scope");
}

static gboolean
choose_path(PfsBuild *build, GError **error)
{
	build->scope = pfs_endpoint_choose_scope(build->row, build->arguments);
	if (!build->scope) {
		refuse_scope(build->row, build->arguments, error);
		return FALSE;
	}
	for (const PfsPath *path = build->row->paths; path->template && !build->path; path++) {
		if ((path->scopes & build->scope->scope) &&
		    path_fits(path, build->row, build->arguments))
			build->path = path;
	}
	if (!build->path)
		return pfs_arguments_refuse(error, EINVAL, build->row->function,
					    "not in this combination");
	PFS_FOREACH_PARAMETER(build->row, p)
	{
		if (p->name && p->place == PFS_PLACE_PATH &&
		    json_object_get(build->arguments, p->name) &&
		    pfs_parameter_applies(p, build->arguments) && !path_names(build->path, p->name))
			return pfs_arguments_refuse(error, EINVAL, p->name,
						    "does not go together with the others");
	}
	return TRUE;
}

static void
append_argument(PfsBuild *build, const char *name, GString *out, GString *shown)
{
	const PfsParameter *parameter = pfs_endpoint_find_parameter(build->row, name);
	json_t *value = json_object_get(build->arguments, name);
	PFS_AUTO_WIPE char *text = scalar_to_text(value);
	guint flags = parameter ? parameter->flags : 0;

	if (flags & PFS_PARAMETER_RAW) {
		/* the query of a signed link is as good as a password */
		g_string_append(out, text);
		g_string_append_len(shown, text, strcspn(text, "?"));
		if (strchr(text, '?'))
			g_string_append(shown, "?…");
		return;
	}
	append_encoded(out, text);
	if (flags & PFS_PARAMETER_SECRET)
		g_string_append(shown, "…");
	else
		append_encoded(shown, text);
}

static void
append_template(PfsBuild *build, const char *template, GString *out, GString *shown)
{
	while (*template) {
		gsize plain = strcspn(template, "{");
		const char *open = template + plain;
		gsize length;

		g_string_append_len(out, template, plain);
		g_string_append_len(shown, template, plain);
		if (!*open)
			return;
		length = strcspn(open, "}");
		{
			g_autofree char *name = g_strndup(open + 1, length - 1);

			append_argument(build, name, out, shown);
		}
		template = open + length + 1;
	}
}

static gboolean
add_part(PfsBuild *build, const char *wire, const char *filename, const char *entry, GError **error)
{
	PfsHttpPart *part = build->files ? g_hash_table_lookup(build->files, entry) : NULL;
	g_autofree char *numbered = NULL;
	int fd = -1;

	if (!part) {
		g_set_error(error, PFS_ERROR, EINVAL, "%s: has no content", filename);
		return FALSE;
	}
	/* The request owns its descriptor; the caller keeps the one it gave. */
	if (!part->bytes && (fd = fcntl(part->fd, F_DUPFD_CLOEXEC, 0)) < 0) {
		g_set_error(error, PFS_ERROR, errno, "%s: %s", filename, g_strerror(errno));
		return FALSE;
	}
	build->has_files = TRUE;
	if (build->n_files++)
		numbered = g_strdup_printf("%s%u", wire, build->n_files);
	pfs_http_request_add_part(build->request, numbered ? numbered : wire, filename, part->bytes,
				  fd, part->fd_size);
	return TRUE;
}

static gboolean
add_files(PfsBuild *build, const PfsParameter *parameter, const json_t *value, GError **error)
{
	const char *wire = pfs_parameter_get_wire(parameter);
	const char *path;
	json_t *entry;

	if (json_is_string(value)) {
		const char *name = json_string_value(value);

		return add_part(build, wire, parameter->filename ? parameter->filename : name, name,
				error);
	}
	json_object_foreach((json_t *)value, path, entry)
	{
		if (!add_part(build, wire, path, json_string_value(entry), error))
			return FALSE;
	}
	return TRUE;
}

static void
note_secrets(PfsBuild *build, const json_t *value)
{
	const char *key;
	json_t *item;

	if (json_is_string(value) && json_string_length(value) > 0)
		g_ptr_array_add(build->secrets, g_strdup(json_string_value(value)));
	json_object_foreach((json_t *)value, key, item) note_secrets(build, item);
}

static gboolean
place_value(PfsBuild *build, const PfsParameter *p, json_t *value, GError **error)
{
	const char *wire = pfs_parameter_get_wire(p);

	switch (p->place) {
	case PFS_PLACE_QUERY:
		append_value(build->query, wire, value);
		if (p->flags & PFS_PARAMETER_SECRET)
			append_pair(build->shown_query, wire, "…");
		else
			append_value(build->shown_query, wire, value);
		return TRUE;
	case PFS_PLACE_BODY:
		if (p->type == PFS_TYPE_FILE || p->type == PFS_TYPE_FILES)
			return add_files(build, p, value, error);
		json_object_set(build->body, wire, value);
		return TRUE;
	case PFS_PLACE_SPREAD:
		json_object_update(build->body, value);
		return TRUE;
	case PFS_PLACE_BASIC_USER:
		build->request->auth = PFS_HTTP_AUTH_BASIC;
		build->request->basic_user = g_strdup(json_string_value(value));
		return TRUE;
	case PFS_PLACE_BASIC_PASSWORD:
		build->request->basic_password = g_strdup(json_string_value(value));
		return TRUE;
	case PFS_PLACE_PATH:
	case PFS_PLACE_MEMBER:
	case PFS_PLACE_NOWHERE:
		return TRUE;
	}
	return TRUE;
}

static gboolean
place_parameters(PfsBuild *build, GError **error)
{
	PFS_FOREACH_PARAMETER(build->row, p)
	{
		g_autoptr(json_t) value = NULL;
		json_t *given = p->name ? pfs_arguments_get(build->arguments, p->name) : NULL;

		if (!pfs_parameter_applies(p, build->arguments))
			continue;
		if (given && (p->flags & PFS_PARAMETER_SECRET))
			note_secrets(build, given);
		/* The SDK sends `{}` where a body is possible and nothing was given for it. */
		if (p->place == PFS_PLACE_BODY || p->place == PFS_PLACE_SPREAD)
			build->has_body = TRUE;
		value = get_wire_value(p, build->arguments);
		if (value && !place_value(build, p, value, error))
			return FALSE;
	}
	return TRUE;
}

static void
finish_multipart(PfsBuild *build)
{
	const char *key;
	json_t *value;

	json_object_foreach(build->body, key, value)
	{
		char *text = scalar_to_text(value);
		g_autoptr(GBytes) bytes = pfs_wipe_bytes_new_take(text, strlen(text));

		pfs_http_request_add_part(build->request, key, NULL, bytes, -1, 0);
	}
}

static void
finish_form(PfsBuild *build)
{
	GString *form = g_string_new(NULL);
	gsize length;
	const char *key;
	json_t *value;

	json_object_foreach(build->body, key, value) append_value(form, key, value);
	build->request->content_type = g_strdup("application/x-www-form-urlencoded");
	length = form->len;
	build->request->body = pfs_wipe_bytes_new_take(g_string_free(form, FALSE), length);
}

static void
finish_json(PfsBuild *build)
{
	char *text = json_dumps(build->body, JSON_COMPACT);

	build->request->content_type =
	    g_strdup(build->row->content_type ? build->row->content_type : "application/json");
	build->request->body = pfs_wipe_bytes_new_take(text, strlen(text));
}

static void
finish_body(PfsBuild *build)
{
	if (!build->has_body)
		return;
	if (build->has_files)
		finish_multipart(build);
	else if (build->row->body == PFS_BODY_FORM)
		finish_form(build);
	else
		finish_json(build);
}

static char *
make_target(PfsBuild *build, char **out_shown)
{
	g_autoptr(GString) target = g_string_new(NULL);
	g_autoptr(GString) shown = g_string_new(NULL);

	append_template(build, build->scope->prefix, target, shown);
	append_template(build, build->path->template, target, shown);
	if (build->query->len) {
		g_string_append_printf(target, "?%s", build->query->str);
		g_string_append_printf(shown, "?%s", build->shown_query->str);
	}
	if (out_shown)
		*out_shown = g_string_free(g_steal_pointer(&shown), FALSE);
	return g_string_free(g_steal_pointer(&target), FALSE);
}

static PfsHttpRequest *
new_request(const PfsEndpoint *row, const PfsPath *path)
{
	PfsHttpRequest *request =
	    pfs_http_request_new(path->method ? path->method : row->method, "");

	request->auth = row->auth == PFS_AUTH_BEARER ? PFS_HTTP_AUTH_BEARER : PFS_HTTP_AUTH_NONE;
	request->accept = g_strdup(row->accept);
	request->stream = row->answer == PFS_ANSWER_STREAM;
	request->file = row->answer == PFS_ANSWER_BINARY;
	request->slow = (row->flags & PFS_ENDPOINT_SLOW) != 0;
	return request;
}

static gboolean
build_request(PfsBuild *build, char **out_shown, GError **error)
{
	if (!choose_path(build, error))
		return FALSE;
	g_assert(build->path != NULL);
	build->request = new_request(build->row, build->path);
	if (!place_parameters(build, error))
		return FALSE;
	finish_body(build);
	g_free(build->request->target);
	build->request->target = make_target(build, out_shown);
	build->request->route = g_strconcat(build->request->method, " ", build->scope->prefix,
					    build->path->template, NULL);
	return TRUE;
}

PfsHttpRequest *
pfs_endpoint_build_full(const PfsEndpoint *self, const json_t *arguments, GHashTable *files,
			char **out_shown, GPtrArray **out_secrets, GError **error)
{
	g_autoptr(json_t) checked = pfs_arguments_check(self, arguments, error);
	g_autoptr(json_t) body = json_object();
	g_autoptr(GString) query = g_string_new(NULL);
	g_autoptr(GString) shown_query = g_string_new(NULL);
	g_autoptr(GPtrArray) secrets =
	    g_ptr_array_new_with_free_func((GDestroyNotify)pfs_secret_free);
	PfsBuild build = {
		.row = self,
		.arguments = checked,
		.files = files,
		.query = query,
		.shown_query = shown_query,
		.body = body,
		.secrets = secrets,
	};

	if (!checked)
		return NULL;
	if (!build_request(&build, out_shown, error)) {
		g_clear_pointer(&build.request, pfs_http_request_free);
		return NULL;
	}
	if (out_secrets)
		*out_secrets = g_steal_pointer(&secrets);
	return build.request;
}

PfsHttpRequest *
pfs_endpoint_build(const PfsEndpoint *self, const json_t *arguments, GHashTable *files,
		   GError **error)
{
	g_return_val_if_fail(self, NULL);

	return pfs_endpoint_build_full(self, arguments, files, NULL, NULL, error);
}
