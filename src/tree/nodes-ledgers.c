/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

/* clang-format off */
static const PfsNode instance_versions_nodes[];

static const PfsCollectionRow instance_version_collection = {
	.directory = instance_versions_nodes,
	.list = "listLedgerInstanceVersions",
	.items = "versions",
	.before = "replacedBefore",
	.parameter = "version",
	.id_key = "replaced_at", /* the current one has none, and is no earlier version */
	.name_key = "replaced_at",
	.suffix = ".json",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode instance_versions_nodes[] = {
	{ "{version}", PFS_DOCUMENT, PFS_FROM_RECORDS, .collection = &instance_version_collection,
	  .read = "getLedgerInstanceVersion", .ttl = PFS_TTL_STATIC, .shown = "TIME.json",
	  .help = "the instance as it was" },
	{ NULL },
};

static const PfsNode instances_nodes[];

static const PfsCollectionRow instance_collection = {
	.directory = instances_nodes,
	.list = "listLedgerInstances",
	.items = "instances",
	.page_size = "perPage",
	.spread = "scope",
	.get = "getLedgerInstance",
	.wrapper = "instance",
	.parameter = "scopeValue",
	.id_key = "value",
	.name_key = "value",
	.time_key = "updated_at",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode instance_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record" },
	{ "data.json", PFS_DOCUMENT, PFS_FROM_RECORD, .pick = "data",
	  .write = ACT("setLedgerInstance", "instance.data", .lists = TRUE),
	  .help = "the data; write: replaces it" },
	{ "merge", PFS_VERB, PFS_FROM_NOTHING, .bind = "{\"setMode\": \"Merge\"}",
	  .write = ACT("setLedgerInstance", "instance.data", .lists = TRUE),
	  .help = "a JSON object to merge into the data" },
	{ "versions", PFS_DIRECTORY, PFS_FROM_NOTHING, instance_versions_nodes,
	  .help = "earlier versions" },
	{ NULL },
};

static const PfsNode instances_nodes[] = {
	{ "{scopeValue}", PFS_DIRECTORY, PFS_FROM_RECORDS, instance_nodes,
	  .collection = &instance_collection, .remove = ACT("deleteLedgerInstance", .lists = TRUE),
	  .help = "an instance, by its device, product or owner; rmdir deletes it" },
	{ NULL },
};

static const PfsCollectionRow ledger_collection = {
	.directory = pfs_ledgers_nodes,
	.list = "listLedgers",
	.items = "ledgers",
	.page_size = "perPage",
	.get = "getLedger",
	.wrapper = "ledger",
	.parameter = "ledgerName",
	.id_key = "name",
	.name_key = "name",
	.time_key = "updated_at",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode ledger_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .write = ACT("updateLedger", .lists = TRUE),
	  .help = "the definition; write: changes it" },
	{ "description", PFS_ATTRIBUTE, PFS_FROM_RECORD,
	  .write = ACT("updateLedger", "ledger.description", .sets = "description"),
	  .help = "what it is for" },
	{ "instances", PFS_DIRECTORY, PFS_FROM_NOTHING, instances_nodes, .help = "its instances" },
	{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_SCALARS, .shown = "scope, direction, …",
	  .help = "one value of the definition" },
	{ NULL },
};

const PfsNode pfs_ledgers_nodes[] = {
	{ "new", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("createLedger", .lists = TRUE),
	  .help = "make a ledger" },
	{ "query", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("listLedgers"), .help = "filter and page" },
	{ "{ledgerName}", PFS_DIRECTORY, PFS_FROM_RECORDS, ledger_nodes,
	  .collection = &ledger_collection, .remove = ACT("archiveLedger", .lists = TRUE),
	  .help = "a ledger; rmdir archives it" },
	{ NULL },
};
/* clang-format on */
