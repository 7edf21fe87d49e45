/* SPDX-License-Identifier: Apache-2.0 */
#include "router.h"

#include "families.h"
#include "fleet.h"
#include "ratelimit.h"
#include "people.h"

#include <string.h>

/* clang-format off */
static const struct {
	SimScopes scope;
	const char *prefix;
} scopes[] = {
	{ SIM_OWN,         "/v1" },
	{ SIM_PRODUCT,     "/v1/products/:product" },
	{ SIM_ORG,         "/v1/orgs/:org" },
	{ SIM_ORG_PRODUCT, "/v1/orgs/:org/products/:product" },
	{ SIM_ROOT,        "" },
};
/* clang-format on */

/*
 * Routes by their number of parts, so that a request is compared with a few
 * dozen of them. Those of exact words come before those of placeholders.
 */
typedef struct {
	const SimRoute *route;
	char **parts;
	int n_words;
} Pattern;

#define MAX_PARTS 12
static GPtrArray *patterns[MAX_PARTS];

static int
compare_patterns(gconstpointer a, gconstpointer b)
{
	const Pattern *x = *(Pattern *const *)a;
	const Pattern *y = *(Pattern *const *)b;

	/* The first part in which one has a word and the other a placeholder decides. */
	for (int i = 0; x->parts[i] && y->parts[i]; i++) {
		gboolean x_any = x->parts[i][0] == ':';
		gboolean y_any = y->parts[i][0] == ':';

		if (x_any != y_any)
			return x_any ? 1 : -1;
	}
	return 0;
}

static void
add_pattern(const SimRoute *route, const char *prefix)
{
	Pattern *pattern = g_new0(Pattern, 1);
	g_autofree char *path = g_strconcat(prefix, route->path, NULL);
	guint n;

	pattern->route = route;
	pattern->parts = g_strsplit(path + 1, "/", -1);
	n = g_strv_length(pattern->parts);
	g_assert(n < MAX_PARTS);
	if (!patterns[n])
		patterns[n] = g_ptr_array_new();
	g_ptr_array_add(patterns[n], pattern);
}

static void
build_patterns(void)
{
	for (const SimFamily *family = sim_families; family->name; family++)
		for (const SimRoute *route = family->routes; route->method; route++)
			for (guint i = 0; i < G_N_ELEMENTS(scopes); i++)
				if (route->scopes & scopes[i].scope)
					add_pattern(route, scopes[i].prefix);
	for (int i = 0; i < MAX_PARTS; i++)
		if (patterns[i])
			g_ptr_array_sort(patterns[i], compare_patterns);
}

void
sim_router_seed(Sim *sim)
{
	build_patterns();
	for (const SimFamily *family = sim_families; family->name; family++)
		if (family->seed)
			family->seed(sim);
}

static gboolean
pattern_matches(const Pattern *pattern, char **parts)
{
	for (int i = 0; parts[i]; i++) {
		if (pattern->parts[i][0] == ':' ? !*parts[i]
						: strcmp(pattern->parts[i], parts[i]) != 0)
			return FALSE;
	}
	return TRUE;
}

static void
take_params(SimRequest *request, const Pattern *pattern, char **parts)
{
	int n = 0;

	for (int i = 0; parts[i]; i++) {
		char *value;

		if (pattern->parts[i][0] != ':' || n == SIM_MAX_PARAMS)
			continue;
		value = g_uri_unescape_string(parts[i], NULL);
		if (!value || !g_utf8_validate(value, -1, NULL)) {
			g_free(value);
			value = g_strdup("");
		}
		request->params[n].name = pattern->parts[i] + 1;
		request->params[n++].value = value;
	}
}

/* Returns: which part of the path is a stream's "events", 0 for none: other things may be named so
 */
guint
sim_router_stream_part(char **parts)
{
	static const char *const holders[] = { "devices", "products", "orgs", NULL };

	for (guint i = 1; parts[0] && parts[i]; i++)
		if (strcmp(parts[i], "events") == 0 &&
		    (i == 1 || strcmp(parts[i - 1], "devices") == 0 ||
		     g_strv_contains(holders, parts[i - 2])))
			return i;
	return 0;
}

/* A prefix of an event's name may hold bare slashes: everything behind events/ is it. */
static char **
split_path(const char *path)
{
	char **parts = g_strsplit(path + 1, "/", -1);
	guint n = g_strv_length(parts);
	guint stream;

	if (n > 1 && !*parts[n - 1]) { /* a trailing slash is tolerated */
		g_clear_pointer(&parts[n - 1], g_free);
		n--;
	}
	stream = sim_router_stream_part(parts);
	if (stream && stream + 2 < n) {
		char *rest = g_strjoinv("%2F", parts + stream + 1);

		for (guint k = stream + 1; k < n; k++)
			g_clear_pointer(&parts[k], g_free);
		parts[stream + 1] = rest;
	}
	return parts;
}

static gboolean
find_route(SimRequest *request)
{
	g_auto(GStrv) parts = split_path(request->path);
	guint n = g_strv_length(parts);

	for (guint i = 0; n < MAX_PARTS && patterns[n] && i < patterns[n]->len; i++) {
		const Pattern *pattern = g_ptr_array_index(patterns[n], i);

		if (!pattern_matches(pattern, parts))
			continue;
		request->path_known = TRUE;
		if (strcmp(pattern->route->method, request->method) != 0)
			continue;
		request->route = pattern->route;
		take_params(request, pattern, parts);
		return TRUE;
	}
	return FALSE;
}

static const char *
request_token(SimRequest *request)
{
	const char *header = soup_message_headers_get_one(
	    soup_server_message_get_request_headers(request->message), "Authorization");

	if (header && g_ascii_strncasecmp(header, "Bearer ", 7) == 0)
		return header + 7;
	if (sim_request_query(request, "access_token"))
		return sim_request_query(request, "access_token");
	return sim_request_text(request, "access_token");
}

static gboolean
has_right(SimToken *token, const char *right)
{
	json_t *item;
	size_t i;

	if (!token->scopes)
		return TRUE;
	json_array_foreach(token->scopes, i,
			   item) if (right &&
				     (g_strcmp0(json_string_value(item), right) == 0 ||
				      g_strcmp0(json_string_value(item), "*:*") == 0)) return TRUE;
	return FALSE;
}

static gboolean
check_token(SimRequest *request)
{
	const char *text = request_token(request);
	SimToken *token = text ? sim_token_find(request->sim, text) : NULL;

	if (!text || !*text) {
		sim_fail_oauth(request, 400, "invalid_request", "The access token was not found");
	} else if (!token) {
		sim_fail_oauth(request, 401, "invalid_token",
			       "The access token provided is invalid.");
	} else if (sim_token_is_expired(token)) {
		sim_fail_oauth(request, 401, "invalid_token",
			       "The access token provided has expired.");
	} else if (!has_right(token, request->route->right)) {
		sim_fail_oauth(request, 400, "unauthorized",
			       "API users are not allowed to call this endpoint");
	} else {
		request->token = token;
		request->user = token->user;
	}
	return request->user != NULL;
}

static gboolean
check_org(SimRequest *request)
{
	const char *name = sim_request_param(request, "org");

	if (!name)
		return TRUE;
	request->org = sim_org_find(request->sim, name);
	if (!request->org)
		return sim_fail_not_found(request, "Organization"), FALSE;
	if (!sim_org_allows(request->org, request->user))
		return sim_fail_oauth(request, 403, "access_denied",
				      "You do not have access to this organization"),
		       FALSE;
	return TRUE;
}

/* An end user may use the product's devices that are its own, and change nothing of the product. */
static gboolean
customer_may(const SimRoute *route)
{
	static const char *const rights[] = {
		"devices:list",		"devices:get",		 "devices:ping", "devices:claim",
		"devices.variable:get", "devices.function:call", NULL,
	};

	return (route->right && g_strv_contains(rights, route->right)) ||
	       g_str_has_prefix(route->path, "/devices/:device/events");
}

static gboolean
product_allows(SimProduct *product, SimUser *user, const SimRoute *route)
{
	return product->owner == user ||
	       (user->product == product && (user->robot || customer_may(route))) ||
	       (product->org && sim_org_allows(product->org, user));
}

static gboolean
check_product(SimRequest *request)
{
	const char *name = sim_request_param(request, "product");

	if (!name)
		return TRUE;
	request->product = sim_product_find(request->sim, name);
	if (!request->product || (request->org && request->product->org != request->org))
		return sim_fail_product(request), FALSE;
	if (request->user && !product_allows(request->product, request->user, request->route)) {
		sim_reply(request, 403,
			  json_pack("{s:s, s:s}", "error", "Permission denied", "info",
				    "You do not have access to this product"));
		return FALSE;
	}
	return TRUE;
}

static gboolean
check_device(SimRequest *request)
{
	const char *name = sim_request_param(request, "device");
	Sim *sim = request->sim;

	if (!name)
		return TRUE;
	if (request->product) {
		request->device = sim_fleet_find_in_product(request->product, sim, name);
		if (request->device && request->user && request->user->customer &&
		    request->device->owner != request->user)
			request->device = NULL;
		if (!request->device)
			sim_fail(request, 404, "Device not found for this product");
	} else if (request->org) {
		request->device = sim_fleet_find(sim, name);
		if (request->device &&
		    (!request->device->product || request->device->product->org != request->org))
			request->device = NULL;
		if (!request->device)
			sim_fail(request, 404, "Device not found for this organization");
	} else {
		request->device = sim_fleet_find_own(sim, request->user, name);
		if (!request->device)
			sim_fail_device(request);
	}
	return request->device != NULL;
}

static gboolean
check_loopback(SimRequest *request)
{
	GSocketAddress *address = soup_server_message_get_remote_address(request->message);

	if (address && G_IS_INET_SOCKET_ADDRESS(address) &&
	    g_inet_address_get_is_loopback(
		g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address))))
		return TRUE;
	return sim_fail(request, 403, "Only from this machine"), FALSE;
}

static gboolean
check_access(SimRequest *request)
{
	SimNeed need = request->route->need;

	if (need == SIM_NEEDS_LOOPBACK)
		return check_loopback(request);
	if (need == SIM_NEEDS_TOKEN && !check_token(request))
		return FALSE;
	if (!check_org(request) || !check_product(request))
		return FALSE;
	if (request->product)
		request->scope = g_strdup(request->product->scope);
	else if (request->org)
		request->scope = sim_org_scope(request->org);
	else if (request->user)
		request->scope = sim_user_scope(request->user);
	return TRUE;
}

/* Each route has a window of its own, with and without a prefix of events. */
static gboolean
take_limit(SimRequest *request, int *out_retry_secs)
{
	const SimRoute *route = request->route;
	const char *prefix = strstr(route->path, "/:prefix");
	gsize length = prefix ? (gsize)(prefix - route->path) : strlen(route->path);
	g_autofree char *window = g_strdup_printf(
	    "%s %s %s %.*s", route->method, sim_request_param(request, "org") ? "org" : "",
	    sim_request_param(request, "product") ? "product" : "", (int)length, route->path);

	return !route->limit || sim_limits_take(request->sim->limits, route->limit, window,
						request->message, out_retry_secs);
}

/* Counts the request, whatever becomes of it. FALSE when it was one too many, and is answered. */
gboolean
sim_router_admit(SimRequest *request)
{
	int retry_secs;

	if ((g_str_has_prefix(request->path, "/_sim") ||
	     sim_limits_take(request->sim->limits, "", "", request->message, &retry_secs)) &&
	    (!find_route(request) || take_limit(request, &retry_secs)))
		return TRUE;
	sim_fail_limit(request, retry_secs);
	return FALSE;
}

/* The order is the cloud's: limits (they were before), path, token, scope, body, device. */
void
sim_router_dispatch(SimRequest *request)
{
	if (!request->route) {
		sim_fail(request, request->path_known ? 405 : 404, "%s %s",
			 request->path_known ? "Method not allowed:" : "Not found:", request->path);
		return;
	}
	if (!check_access(request))
		return;
	if (request->bad_body) {
		sim_fail_oauth(request, 400, "invalid_request", "The body could not be parsed");
		return;
	}
	if (!check_device(request))
		return;
	request->route->handler(request);
	if (strcmp(request->method, "GET") != 0)
		sim_fleet_changed(request->sim);
}
