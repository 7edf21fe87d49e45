/* SPDX-License-Identifier: Apache-2.0 */
/* Environment variables: of the account, an organization, a product or a device. */
#include "convert.h"
#include "node.h"

/* clang-format off */
static const PfsNode vars_nodes[] = {
	{ "{key}", PFS_ATTRIBUTE, PFS_FROM_ITEMS, .read = "listEnvVars", .pick = "latest.own",
	  .answer = "value", .flags = PFS_NODE_NEW | PFS_NODE_EMPTY, .ttl = PFS_TTL_CONFIG,
	  .write = ACT("setEnvVar", "value"), .help = "a variable; a new file makes one" },
	{ "{inherited}", PFS_ATTRIBUTE, PFS_FROM_ITEMS, .read = "listEnvVars",
	  .pick = "latest.inherited", .answer = "value", .ttl = PFS_TTL_CONFIG,
	  .help = "an inherited variable" },
	{ NULL },
};

const PfsNode pfs_env_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "listEnvVars", .ttl = PFS_TTL_CONFIG,
	  .help = "all variables, own and inherited" },
	{ "rendered.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "renderEnvVars",
	  .ttl = PFS_TTL_CONFIG, .help = "as a device would see them" },
	{ "vars", PFS_DIRECTORY, PFS_FROM_NOTHING, vars_nodes, .help = "the variables" },
	{ "unset", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("deleteEnvVar", "key"),
	  .help = "the name of a variable to delete" },
	{ "apply", PFS_DOCUMENT, PFS_FROM_NOTHING, .flags = PFS_NODE_TEXT,
	  .write = ACT("updateEnvVars", "ops", .translate = pfs_translate_env),
	  .help = "lines KEY=value and -KEY, or the ops as a JSON array of {op: Set, key, value} and "
		  "{op: Unset, key}: one request" },
	{ "rollout", PFS_ATTRIBUTE, PFS_FROM_ANSWER, .read = "reviewEnvVarsRollout",
	  .ttl = PFS_TTL_CONFIG, .write = ACT("startEnvVarsRollout", "when"),
	  .help = "what a rollout would change; write Immediate or Connect: start it" },
	{ NULL },
};
/* clang-format on */
