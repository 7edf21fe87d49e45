/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "convert.h"
#include "node.h"

static gboolean
is_uuid(const char *text)
{
	return strlen(text) == 36 && strspn(text, "0123456789abcdefABCDEF-") == 36;
}

/* clang-format off */
static const PfsNode runs_nodes[];

static const PfsCollectionRow run_collection = {
	.directory = runs_nodes,
	.list = "listLogicRuns",
	.items = "logic_runs",
	.get = "getLogicRun",
	.wrapper = "logic_run",
	.parameter = "logicRunId",
	.id_key = "id",
	.name_key = "id",
	.time_key = "started_at",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode run_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record" },
	{ "log", PFS_ATTRIBUTE, PFS_FROM_ANSWER, .read = "getLogicRunLogs",
	  .convert = pfs_convert_logs, .ttl = PFS_TTL_CONFIG, .help = "its log, a line an entry" },
	{ NULL },
};

static const PfsNode runs_nodes[] = {
	{ "{logicRunId}", PFS_DIRECTORY, PFS_FROM_RECORDS, run_nodes, .collection = &run_collection,
	  .help = "a run" },
	{ NULL },
};

static const PfsNode functions_nodes[];

static const PfsCollectionRow function_collection = {
	.directory = functions_nodes,
	.list = "listLogicFunctions",
	.items = "logic_functions",
	.get = "getLogicFunction",
	.wrapper = "logic_function",
	.parameter = "logicFunctionId",
	.id_key = "id",
	.name_key = "name",
	.time_key = "updated_at",
	.is_id = is_uuid,
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode logic_function_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record" },
	{ "name", PFS_ATTRIBUTE, PFS_FROM_RECORD,
	  .write = ACT("updateLogicFunction", "logicFunction.name", .sets = "name"), .help = "its name" },
	{ "description", PFS_ATTRIBUTE, PFS_FROM_RECORD,
	  .write = ACT("updateLogicFunction", "logicFunction.description", .sets = "description"),
	  .help = "what it does" },
	{ "enabled", PFS_ATTRIBUTE, PFS_FROM_RECORD,
	  .write = ACT("updateLogicFunction", "logicFunction.enabled"), .help = "whether it runs" },
	{ "code.js", PFS_DOCUMENT, PFS_FROM_RECORD, .pick = "source.code", .flags = PFS_NODE_TEXT,
	  .write = ACT("updateLogicFunction", "logicFunction.source"), .help = "its JavaScript" },
	{ "triggers.json", PFS_DOCUMENT, PFS_FROM_RECORD, .pick = "logic_triggers",
	  .write = ACT("updateLogicFunction", "logicFunction.logic_triggers"), .help = "what starts it" },
	{ "runs", PFS_DIRECTORY, PFS_FROM_NOTHING, runs_nodes, .help = "its last runs" },
	{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_SCALARS, .shown = "id, version, created_at, …",
	  .help = "one value of the record" },
	{ NULL },
};

static const PfsNode functions_nodes[] = {
	{ "new", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("createLogicFunction", .lists = TRUE),
	  .help = "make a function" },
	{ "{logicFunctionId}", PFS_DIRECTORY, PFS_FROM_RECORDS, logic_function_nodes,
	  .collection = &function_collection, .remove = ACT("deleteLogicFunction", .lists = TRUE),
	  .help = "a function; rmdir deletes it" },
	{ NULL },
};

const PfsNode pfs_logic_nodes[] = {
	{ "functions", PFS_DIRECTORY, PFS_FROM_NOTHING, functions_nodes, .help = "functions in the cloud" },
	{ "execute", PFS_VERB, PFS_FROM_NOTHING,
	  .write = ACT("executeLogic", "logic.source", .objects = TRUE),
	  .help = "run JavaScript once; read: its result and logs" },
	{ NULL },
};
/* clang-format on */
