/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint-table.h"

/* clang-format off */
#define ICCID { "iccid", NULL, PATH, STRING, REQUIRED, "ICCID of the SIM card" }

const PfsEndpoint pfs_endpoints_sims[] = {
	{ "listSIMs", "GET", { { OWN | PRODUCT, "/sims" } },
	  .help = "Lists SIM cards",
	  PARAMETERS(
		{ "iccid", NULL, QUERY, STRING, 0, "only ICCIDs that contain this",
		  .with = "product" },
		{ "deviceId", NULL, QUERY, STRING, 0, "only of devices whose ID contains this",
		  .with = "product" },
		{ "deviceName", NULL, QUERY, STRING, 0,
		  "only of devices whose name contains this", .with = "product" },
		{ "page", NULL, QUERY, INTEGER, 0, "which page, from 1", .with = "product" },
		{ "perPage", "per_page", QUERY, INTEGER, 0, "cards a page", .with = "product" }) },
	{ "getSIM", "GET", { { OWN | PRODUCT, "/sims/{iccid}" } },
	  .help = "Reads a SIM card's record",
	  .flags = EXTRA,
	  PARAMETERS(ICCID) },
	{ "getSIMDataUsage", "GET", { { OWN | PRODUCT, "/sims/{iccid}/data_usage" } },
	  .help = "Tells a SIM card's usage in this billing period",
	  PARAMETERS(ICCID) },
	{ "getFleetDataUsage", "GET", { { PRODUCT, "/sims/data_usage" } },
	  .help = "Tells the usage of a product's SIM cards" },
	{ "checkSIM", "HEAD", { { OWN, "/sims/{iccid}" } },
	  .help = "Tells whether a SIM card can be activated",
	  .answer = PFS_ANSWER_STATUS,
	  .statuses = (const PfsStatusWord[]){
		{ 200, "inactive" }, { 204, "inactive" }, { 205, "active" }, { 0 } },
	  PARAMETERS(ICCID) },
	{ "activateSIM", "PUT",
	  { { OWN, "/sims/{iccid}" }, { PRODUCT, "/sims", .method = "POST" } },
	  .help = "Activates a SIM card; under a product several",
	  .flags = OLD,
	  PARAMETERS(
		{ "iccid", NULL, PATH, STRING, REQUIRED, "ICCID of the SIM card",
		  .unless = "product" },
		{ "iccids", "sims", BODY, LIST, REQUIRED, "ICCIDs of the SIM cards",
		  .with = "product" },
		{ "country", NULL, BODY, STRING, 0, "two-letter code of the country" },
		{ "promoCode", NULL, BODY, STRING, 0, "a promotion's code", .unless = "product" },
		{ NULL, "action", BODY, STRING, .value = "activate", .unless = "product" }) },
	{ "deactivateSIM", "PUT", { { OWN | PRODUCT, "/sims/{iccid}" } },
	  .help = "Deactivates a SIM card",
	  .flags = OLD,
	  PARAMETERS(ICCID, { NULL, "action", BODY, STRING, .value = "deactivate" }) },
	{ "reactivateSIM", "PUT", { { OWN | PRODUCT, "/sims/{iccid}" } },
	  .help = "Activates a SIM card that was deactivated",
	  .flags = OLD,
	  PARAMETERS(
		ICCID,
		{ "mbLimit", "mb_limit", BODY, INTEGER, 0, "new limit in MB" },
		{ NULL, "action", BODY, STRING, .value = "reactivate" }) },
	{ "updateSIM", "PUT", { { OWN | PRODUCT, "/sims/{iccid}" } },
	  .help = "Changes a SIM card's data limit",
	  .flags = OLD,
	  PARAMETERS(
		ICCID,
		{ "mbLimit", "mb_limit", BODY, INTEGER, REQUIRED, "new limit in MB" }) },
	{ "removeSIM", "DELETE", { { OWN | PRODUCT, "/sims/{iccid}" } },
	  .help = "Releases a SIM card",
	  PARAMETERS(ICCID) },
	{ NULL },
};
