/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include <particlefs/http.h>
#include <particlefs/json.h>

G_BEGIN_DECLS

/**
 * PfsEndpoint:
 *
 * A row of the endpoint table: one function of the official SDK (or a documented call that the SDK
 * lacks), its requests by scope, and where each parameter goes. See src/api/endpoints*.c.
 */
typedef struct _PfsEndpoint PfsEndpoint;

/**
 * pfs_endpoint_find:
 * @function: name of an SDK function, `getDevice`
 *
 * Returns: (transfer none) (nullable): the row
 */
const PfsEndpoint *pfs_endpoint_find(const char *function);

/**
 * pfs_endpoint_get_nth:
 * @index: from 0
 *
 * Returns: (transfer none) (nullable): the row; NULL behind the last
 */
const PfsEndpoint *pfs_endpoint_get_nth(guint index);

/**
 * pfs_endpoint_get_function:
 * @self: an endpoint
 *
 * Returns: (transfer none): the name of its SDK function
 */
const char *pfs_endpoint_get_function(const PfsEndpoint *self);

/**
 * pfs_endpoint_is_reading:
 * @self: an endpoint
 *
 * Returns: %TRUE when it sends GET or HEAD, so that it may be repeated, cached and shared
 */
gboolean pfs_endpoint_is_reading(const PfsEndpoint *self);

/**
 * pfs_endpoint_calls_device:
 * @self: an endpoint
 *
 * Returns: %TRUE when the cloud asks the device itself (the cloud bills such an operation)
 */
gboolean pfs_endpoint_calls_device(const PfsEndpoint *self);

/**
 * pfs_endpoint_answers_json:
 * @self: an endpoint
 *
 * Returns: %FALSE for a file or a stream; a status is told as JSON
 */
gboolean pfs_endpoint_answers_json(const PfsEndpoint *self);

/**
 * pfs_endpoint_build:
 * @self: an endpoint
 * @arguments: a JSON object; keys are the SDK's parameter names (camelCase). `product` or `org`
 *   among them chooses the scope where the row has several. A file parameter is a JSON string that
 *   names an entry of @files, or an object {"relative/path": "entry", …} for several.
 * @files: (nullable) (element-type utf8 PfsHttpPart): contents for file parameters
 * @error: return location: EINVAL for an unknown, missing or mistyped argument, EMSGSIZE over a
 *   documented limit
 *
 * Makes the request that the SDK would send.
 *
 * Returns: (transfer full): the request
 */
PfsHttpRequest *pfs_endpoint_build(const PfsEndpoint *self, const json_t *arguments,
				   GHashTable *files, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_arguments_parse:
 * @self: an endpoint
 * @bound: (nullable): a JSON object of arguments that are given already (by the path); these keys
 *   are neither needed nor allowed in @text
 * @parameter: (nullable): SDK name of the parameter that takes a bare value: the whole of @text is
 *   its value (for a JSON-typed one, parsed). NULL: a JSON object, or `key=value` words quoted as a
 *   shell would; keys in camelCase, snake_case or the wire's name
 * @text: what was written, without the newline; not NUL-terminated necessarily
 * @length: bytes in @text
 * @error: return location: EINVAL; nothing is to be sent then
 *
 * Turns what a user wrote into arguments, checked against the row: unknown, missing, mistyped or
 * not allowed values are errors whose message names the parameter.
 *
 * Returns: (transfer full): @bound and the parsed ones, merged
 */
json_t *pfs_arguments_parse(const PfsEndpoint *self, const json_t *bound, const char *parameter,
			    const char *text, gsize length,
			    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_arguments_parse_words:
 * @self: an endpoint
 * @words: (array zero-terminated=1): `key=value`, as a shell has taken them apart; written to
 * @error: return location: EINVAL; nothing is to be sent then
 *
 * As pfs_arguments_parse(), of words that leave no copies: one may hold a secret.
 *
 * Returns: (transfer full): the arguments
 */
json_t *pfs_arguments_parse_words(const PfsEndpoint *self, char **words,
				  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_arguments_parse_value:
 * @self: an endpoint
 * @name: SDK name of a parameter
 * @text: its value as text
 * @error: return location: EINVAL
 *
 * Returns: (transfer full): the value in the parameter's type
 */
json_t *pfs_arguments_parse_value(const PfsEndpoint *self, const char *name, const char *text,
				  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_endpoint_narrow_scope:
 * @self: an endpoint
 * @arguments: (inout): a JSON object
 *
 * Drops the argument of a wider scope where a narrower one is given, and the row has no request for
 * both: a product of an organization is a product.
 */
void pfs_endpoint_narrow_scope(const PfsEndpoint *self, json_t *arguments);

/**
 * pfs_arguments_find_end:
 * @text: what was written so far
 * @length: bytes in @text
 *
 * Returns: where the JSON object that @text begins with ends, or shows that it is none; 0 without
 * one; -1 while it is not closed yet
 */
gssize pfs_arguments_find_end(const char *text, gsize length);

/**
 * pfs_endpoint_dup_usage:
 * @self: an endpoint
 * @bound: (nullable): as in pfs_arguments_parse(); the scope is settled with it
 * @parameter: (nullable): as in pfs_arguments_parse()
 * @objects: a JSON object is taken too where @parameter takes the bare value
 *
 * Returns: (transfer full): lines that begin with `#`: what to write, each parameter with its type,
 *   whether it is required, its allowed values
 */
char *pfs_endpoint_dup_usage(const PfsEndpoint *self, const json_t *bound, const char *parameter,
			     gboolean objects) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_endpoint_has_parameter:
 * @self: an endpoint
 * @name: SDK name of a parameter
 *
 * Returns: whether the row takes it (`product` and `org` count where there is such a scope)
 */
gboolean pfs_endpoint_has_parameter(const PfsEndpoint *self, const char *name);

/**
 * pfs_endpoint_describe:
 * @self: an endpoint
 *
 * Returns: (transfer full): the row as JSON: function, method, paths by scope, parameters
 */
json_t *pfs_endpoint_describe(const PfsEndpoint *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
