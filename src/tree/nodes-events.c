/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

/* All devices of the account, and its own events: one connection for all that shows them. */
const PfsFeedRow pfs_own_feed = {
	.function = "getEventStream",
	.arguments = "{\"deviceId\": \"mine\"}",
	.device = "deviceId",
	.name = "name",
};

/* clang-format off */
const PfsNode pfs_topic_nodes[] = {
	{ "{name}", PFS_LOG, PFS_FROM_FEED, .feed = &pfs_own_feed, .view = PFS_FEED_DATA,
	  .flags = PFS_NODE_EMPTY, .write = { "publishEvent", "data" },
	  .help = "data of events of this name, a line each; write it: publish" },
	{ NULL },
};
/* clang-format on */
