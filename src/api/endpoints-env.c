/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint-table.h"

/* clang-format off */
#define SHARED (OWN | PRODUCT | ORG)

/* A device's variables have no product in their path, also where the device is a product's. */
#define ENV(below) { { OWN, "/env/{deviceId}" below }, { SHARED, "/env" below } }
#define WHOSE                                                                                      \
	{ "deviceId", NULL, PATH, STRING, 0, "those of this device", .unless = "product" },        \
	{ "sandbox", NULL, NOWHERE, BOOLEAN, 0, "the account's own, also without this",            \
	  .unless = "deviceId" }
#define KEY { "key", NULL, PATH, STRING, REQUIRED, "name of the variable", .max_bytes = 128 }

const PfsEndpoint pfs_endpoints_env[] = {
	{ "listEnvVars", "GET", ENV(""),
	  .help = "Lists environment variables",
	  PARAMETERS(WHOSE) },
	{ "updateEnvVars", "PATCH", ENV(""),
	  .help = "Changes several environment variables in one request",
	  PARAMETERS(
		WHOSE,
		{ "ops", NULL, BODY, ARRAY, REQUIRED,
		  "{op: Set, key, value} and {op: Unset, key}" }) },
	{ "setEnvVar", "PUT", ENV("/{key}"),
	  .help = "Sets an environment variable",
	  PARAMETERS(
		WHOSE, KEY,
		{ "value", NULL, BODY, STRING, REQUIRED, "its value" }) },
	{ "deleteEnvVar", "DELETE", ENV("/{key}"),
	  .help = "Deletes an environment variable",
	  PARAMETERS(WHOSE, KEY) },
	{ "renderEnvVars", "GET", ENV("/render"),
	  .help = "Tells what a device would see",
	  PARAMETERS(WHOSE) },
	{ "reviewEnvVarsRollout", "GET", ENV("/rollout"),
	  .help = "Tells what a rollout would change",
	  PARAMETERS(WHOSE) },
	{ "startEnvVarsRollout", "POST", ENV("/rollout"),
	  .help = "Rolls changes out to devices",
	  PARAMETERS(
		WHOSE,
		{ "when", NULL, BODY, STRING, REQUIRED, "now, or at each device's next connection",
		  VALUES("Immediate", "Connect") }) },
	{ NULL },
};
