/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

/* clang-format off */
#define SIM_COLLECTION(nodes) \
	.directory = nodes, .list = "listSIMs", .items = "sims", \
	.get = "getSIM", .wrapper = "sim", .parameter = "iccid", .id_key = "iccid", \
	.name_key = "iccid", .ttl = PFS_TTL_CONFIG

static const PfsCollectionRow sim_collection = { SIM_COLLECTION(pfs_sims_nodes) };

/* The account's list has no pages. */
static const PfsCollectionRow product_sim_collection = {
	SIM_COLLECTION(pfs_product_sims_nodes), .page_size = "perPage",
};

/* A product activates several, of which this is one. */
#define SIM_NODES(...) \
	{ \
		{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record" }, \
		{ "data-usage.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "getSIMDataUsage", \
		  .ttl = PFS_TTL_CONFIG, .help = "this billing period, by day" }, \
		{ "mb_limit", PFS_ATTRIBUTE, PFS_FROM_RECORD, .flags = PFS_NODE_LISTED_EMPTY, \
		  .write = ACT("updateSIM", "mbLimit", .sets = "mb_limit"), .help = "the limit in MB" }, \
		{ "activate", PFS_VERB, PFS_FROM_NOTHING, .help = "activate it", __VA_ARGS__ }, \
		{ "deactivate", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("deactivateSIM", .lists = TRUE), \
		  .help = "deactivate it" }, \
		{ "reactivate", PFS_VERB, PFS_FROM_NOTHING, .flags = PFS_NODE_EMPTY, \
		  .write = ACT("reactivateSIM", "mbLimit", .lists = TRUE), .help = "activate it again; MB: a new limit" }, \
		{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_SCALARS, .shown = "status, carrier, device_id, …", \
		  .help = "one value of the record" }, \
		{ NULL }, \
	}

static const PfsNode sim_nodes[] = SIM_NODES(.write = ACT("activateSIM", .lists = TRUE));
static const PfsNode product_sim_nodes[] = SIM_NODES(
	.bind = "{\"iccid\": null}",
	.write = ACT("activateSIM", .bound = "iccids", .bound_as = "iccid", .lists = TRUE));

#define SIM_ROW(row, nodes) \
	{ "{iccid}", PFS_DIRECTORY, PFS_FROM_RECORDS, nodes, .collection = row, \
	  .remove = ACT("removeSIM", .lists = TRUE), .help = "a SIM card; rmdir releases it" }

const PfsNode pfs_sims_nodes[] = {
	{ "check", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("checkSIM", "iccid", "status"),
	  .help = "the status of an ICCID" },
	{ "activate", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("activateSIM", .lists = TRUE),
	  .help = "activate one: iccid, country, promo_code" },
	SIM_ROW(&sim_collection, sim_nodes),
	{ NULL },
};

const PfsNode pfs_product_sims_nodes[] = {
	{ "data-usage.json", PFS_DOCUMENT, PFS_FROM_ANSWER, .read = "getFleetDataUsage",
	  .ttl = PFS_TTL_CONFIG, .help = "the fleet's usage, by day" },
	{ "query", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("listSIMs"), .help = "search and page" },
	{ "activate", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("activateSIM", .lists = TRUE),
	  .help = "activate several: iccids, country" },
	SIM_ROW(&product_sim_collection, product_sim_nodes),
	{ NULL },
};
/* clang-format on */
