/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint-table.h"

/* clang-format off */
#define ANYWHERE (OWN | PRODUCT | ORG | ORG_PRODUCT)

const PfsEndpoint pfs_endpoints_events[] = {
	{ "getEventStream", "GET",
	  { { ANYWHERE, "/devices/events/{name}", "deviceId=mine" },
	    { ANYWHERE, "/devices/events", "deviceId=mine" },
	    { ANYWHERE, "/devices/{deviceId}/events/{name}" },
	    { ANYWHERE, "/devices/{deviceId}/events" },
	    { ANYWHERE, "/events/{name}" },
	    { ANYWHERE, "/events" } },
	  .help = "Follows events as they happen",
	  .answer = PFS_ANSWER_STREAM,
	  PARAMETERS(
		{ "deviceId", NULL, PATH, STRING, 0,
		  "only of this device; `mine`: of all devices of the account" },
		{ "name", NULL, PATH, STRING, 0, "only names that begin with this" }) },
	{ "publishEvent", "POST", { { OWN, "/devices/events" }, { PRODUCT, "/events" } },
	  .help = "Publishes an event",
	  PARAMETERS(
		{ "name", NULL, BODY, STRING, REQUIRED, "name of the event", .max_bytes = 64 },
		{ "data", NULL, BODY, STRING, 0, "its data", .max_bytes = 16384 },
		{ "isPrivate", "private", BODY, BOOLEAN, 0,
		  "ignored today: all events are private" },
		{ "ttl", NULL, BODY, INTEGER, 0, "its life in seconds" },
		{ "asDeviceId", "as_device_id", BODY, STRING, 0, "publish in this device's name",
		  .with = "product" }) },
	{ NULL },
};
