/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint-table.h"

/* clang-format off */
#define FUNCTION_ID { "logicFunctionId", NULL, PATH, STRING, REQUIRED, "ID of the function" }
#define RUN_ID { "logicRunId", NULL, PATH, STRING, REQUIRED, "ID of the run" }

#define FUNCTION(required)                                                                         \
	{ "logicFunction", "logic_function", BODY, OBJECT, REQUIRED, "the function" },             \
	{ "logicFunction.name", "name", MEMBER, STRING, required, "its name" },                    \
	{ "logicFunction.source", "source", MEMBER, CODE, required, "its JavaScript" },            \
	{ "logicFunction.description", "description", MEMBER, STRING, 0, "what it does" },         \
	{ "logicFunction.enabled", "enabled", MEMBER, BOOLEAN, 0, "whether it runs" },             \
	{ "logicFunction.template_slug", "template_slug", MEMBER, STRING, NULLABLE,                \
	  "the template it was made from" },                                                       \
	{ "logicFunction.logic_triggers", "logic_triggers", MEMBER, ARRAY, 0,                      \
	  "all its triggers: {type, cron} or {type, product_id, event}" },                         \
	{ "logicFunction.api_username", "api_username", MEMBER, STRING, 0, "run as this API user" }

const PfsEndpoint pfs_endpoints_logic[] = {
	{ "executeLogic", "POST", { { OWN | ORG, "/logic/execute" } },
	  .help = "Runs JavaScript once, without saving it",
	  PARAMETERS(
		{ "logic", NULL, SPREAD, OBJECT, REQUIRED, "what to run" },
		{ "logic.source", "source", MEMBER, CODE, REQUIRED, "the JavaScript" },
		{ "logic.event", "event", MEMBER, OBJECT, 0,
		  "event_name, event_data, device_id, product_id" },
		{ "logic.api_username", "api_username", MEMBER, STRING, 0,
		  "run as this API user" }) },
	{ "createLogicFunction", "POST", { { OWN | ORG, "/logic/functions" } },
	  .help = "Makes a function",
	  PARAMETERS(FUNCTION(REQUIRED)) },
	{ "getLogicFunction", "GET", { { OWN | ORG, "/logic/functions/{logicFunctionId}" } },
	  .help = "Reads a function",
	  PARAMETERS(FUNCTION_ID) },
	{ "updateLogicFunction", "PUT", { { OWN | ORG, "/logic/functions/{logicFunctionId}" } },
	  .help = "Changes a function",
	  PARAMETERS(FUNCTION_ID, FUNCTION(0)) },
	{ "deleteLogicFunction", "DELETE", { { OWN | ORG, "/logic/functions/{logicFunctionId}" } },
	  .help = "Deletes a function",
	  PARAMETERS(FUNCTION_ID) },
	{ "listLogicFunctions", "GET", { { OWN | ORG, "/logic/functions" } },
	  .help = "Lists functions",
	  PARAMETERS(
		{ "todayStats", "today_stats", QUERY, BOOLEAN, 0, "how they ran today as well" }) },
	{ "listLogicRuns", "GET", { { OWN | ORG, "/logic/functions/{logicFunctionId}/runs" } },
	  .help = "Lists a function's last runs",
	  PARAMETERS(FUNCTION_ID) },
	{ "getLogicRun", "GET",
	  { { OWN | ORG, "/logic/functions/{logicFunctionId}/runs/{logicRunId}" } },
	  .help = "Reads a run",
	  PARAMETERS(FUNCTION_ID, RUN_ID) },
	{ "getLogicRunLogs", "GET",
	  { { OWN | ORG, "/logic/functions/{logicFunctionId}/runs/{logicRunId}/logs" } },
	  .help = "Reads a run's log",
	  PARAMETERS(FUNCTION_ID, RUN_ID) },
	{ NULL },
};
