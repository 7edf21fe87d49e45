/* SPDX-License-Identifier: Apache-2.0 */
#include "node.h"

/* All devices of the scope, and its own events: one connection for all that shows them. */
const PfsFeedRow pfs_event_feed = {
	.function = "getEventStream",
	.arguments = "{\"deviceId\": \"mine\"}",
	.device = "deviceId",
	.name = "name",
};

/* clang-format off */
const PfsNode pfs_topic_nodes[] = {
	{ "{name}", PFS_LOG, PFS_FROM_FEED, .feed = &pfs_event_feed, .view = PFS_FEED_DATA,
	  .flags = PFS_NODE_EMPTY, .write = ACT("publishEvent", "data"),
	  .help = "data of events of this name, a line each; write it: publish" },
	{ NULL },
};

/* An organization's events are for reading. */
const PfsNode pfs_read_topic_nodes[] = {
	{ "{name}", PFS_LOG, PFS_FROM_FEED, .feed = &pfs_event_feed, .view = PFS_FEED_DATA,
	  .help = "data of events of this name, a line each" },
	{ NULL },
};

/* The public stream, which the cloud gives by the beginning of names only: a connection each. */
static const PfsFeedRow public_feed = { .function = "getEventStream", .arguments = "{}" };

const PfsNode pfs_public_nodes[] = {
	{ "{name}", PFS_LOG, PFS_FROM_FEED, .feed = &public_feed, .flags = PFS_NODE_UNLISTED,
	  .help = "public events whose names begin so, a line of JSON each" },
	{ NULL },
};
/* clang-format on */
