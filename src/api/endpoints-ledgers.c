/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint-table.h"

/* clang-format off */
#define LEDGER_NAME { "ledgerName", NULL, PATH, STRING, REQUIRED, "name of the ledger" }
#define SCOPE_VALUE                                                                                \
	{ "scopeValue", NULL, PATH, STRING, REQUIRED, "ID of the device, product or owner" }

#define LEDGER(required)                                                                           \
	{ "ledger", NULL, BODY, OBJECT, REQUIRED, "the definition" },                              \
	{ "ledger.name", "name", MEMBER, STRING, required, "its name" },                           \
	{ "ledger.scope", "scope", MEMBER, STRING, required, "what has an instance of it",         \
	  VALUES("Owner", "Product", "Device") },                                                  \
	{ "ledger.direction", "direction", MEMBER, STRING, required,                               \
	  "from devices to the cloud, or back", VALUES("Upstream", "Downstream") },                \
	{ "ledger.description", "description", MEMBER, STRING, NULLABLE, "what it is for" }

const PfsEndpoint pfs_endpoints_ledgers[] = {
	{ "createLedger", "POST", { { OWN | ORG, "/ledgers" } },
	  .help = "Makes a ledger",
	  PARAMETERS(LEDGER(REQUIRED)) },
	{ "getLedger", "GET", { { OWN | ORG, "/ledgers/{ledgerName}" } },
	  .help = "Reads a ledger's definition",
	  PARAMETERS(LEDGER_NAME) },
	{ "updateLedger", "PUT", { { OWN | ORG, "/ledgers/{ledgerName}" } },
	  .help = "Changes a ledger's definition",
	  PARAMETERS(LEDGER_NAME, LEDGER(0)) },
	{ "archiveLedger", "DELETE", { { OWN | ORG, "/ledgers/{ledgerName}" } },
	  .help = "Archives a ledger",
	  PARAMETERS(LEDGER_NAME) },
	{ "listLedgers", "GET", { { OWN | ORG, "/ledgers" } },
	  .help = "Lists ledgers",
	  PARAMETERS(
		{ "scope", NULL, QUERY, STRING, 0, "only of this scope",
		  VALUES("Owner", "Product", "Device") },
		PAGE, PER_PAGE,
		{ "archived", NULL, QUERY, BOOLEAN, 0, "the archived ones" }) },
	{ "getLedgerInstance", "GET",
	  { { OWN | ORG, "/ledgers/{ledgerName}/instances/{scopeValue}" } },
	  .help = "Reads an instance and its data",
	  PARAMETERS(LEDGER_NAME, SCOPE_VALUE) },
	{ "setLedgerInstance", "PUT",
	  { { OWN | ORG, "/ledgers/{ledgerName}/instances/{scopeValue}" } },
	  .help = "Replaces an instance's data, or merges into it",
	  PARAMETERS(
		LEDGER_NAME, SCOPE_VALUE,
		{ "instance", NULL, BODY, OBJECT, REQUIRED, "the instance" },
		{ "instance.data", "data", MEMBER, OBJECT, REQUIRED, "its data" },
		{ "setMode", "set_mode", QUERY, STRING, 0, "how", VALUES("Replace", "Merge") }) },
	{ "deleteLedgerInstance", "DELETE",
	  { { OWN | ORG, "/ledgers/{ledgerName}/instances/{scopeValue}" } },
	  .help = "Deletes an instance",
	  PARAMETERS(LEDGER_NAME, SCOPE_VALUE) },
	{ "listLedgerInstances", "GET", { { OWN | ORG, "/ledgers/{ledgerName}/instances" } },
	  .help = "Lists a ledger's instances",
	  PARAMETERS(LEDGER_NAME, PAGE, PER_PAGE) },
	{ "listLedgerInstanceVersions", "GET",
	  { { OWN | ORG, "/ledgers/{ledgerName}/instances/{scopeValue}/versions" } },
	  .help = "Lists earlier versions of an instance",
	  PARAMETERS(
		LEDGER_NAME, SCOPE_VALUE,
		{ "replacedBefore", "replaced_before", QUERY, STRING, 0,
		  "replaced before then, ISO 8601" },
		{ "replacedAfter", "replaced_after", QUERY, STRING, 0,
		  "replaced after then, ISO 8601" }) },
	{ "getLedgerInstanceVersion", "GET",
	  { { OWN | ORG, "/ledgers/{ledgerName}/instances/{scopeValue}/versions/{version}" } },
	  .help = "Reads an earlier version of an instance",
	  PARAMETERS(
		LEDGER_NAME, SCOPE_VALUE,
		{ "version", NULL, PATH, STRING, REQUIRED,
		  "when it was replaced, as the list has it" }) },
	{ NULL },
};
