/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "node.h"

static char *
make_readme(PfsTree *tree, PfsEntry *entry)
{
	return g_strdup(
	    "This is your Particle cloud, as files.\n"
	    "\n"
	    "  devices/NAME/variables/   read one: the device is asked for it\n"
	    "  devices/NAME/functions/   write one: the device calls it; read: what it returned\n"
	    "  devices/NAME/…            one attribute a file, all of them in info.json\n"
	    "  devices/NAME/firmware/    copy a binary there: it is flashed\n"
	    "  devices.csv               all devices as a table\n"
	    "  events                    what happens, a line each; follow it with tail -f\n"
	    "  topics/NAME               the data of events of that name; write: publish\n"
	    "  firmware/builds/          the cloud's compiler; mkdir begins something to compile\n"
	    "  products/ orgs/           what belongs to these, as it stands here\n"
	    "  account/ sims/ …          the rest of the API\n"
	    "  .particlefs/errors        what went wrong, and what to do\n"
	    "\n"
	    "All of it, file by file: man particlefs-tree, or particlefs tree.\n"
	    "\n"
	    "Paste one:\n"
	    "\n"
	    "  ls devices\n"
	    "  ls devices/by-status/offline\n"
	    "  cat devices/greenhouse/variables/soil\n"
	    "  echo 30 > devices/greenhouse/functions/water\n"
	    "  tail -f events | jq -r .name\n");
}

static char *
make_version(PfsTree *tree, PfsEntry *entry)
{
	return g_strdup("particlefs " PFS_VERSION "\n");
}

static gsize
get_cached_bytes(PfsTree *tree)
{
	gsize bytes = 0;
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, tree->answers);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		bytes += pfs_answer_get_bytes(value);
	g_hash_table_iter_init(&iter, tree->collections);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		bytes += pfs_table_get_bytes(((PfsCollection *)value)->table);
	return bytes;
}

static json_t *
describe_left(guint left)
{
	return left == G_MAXUINT ? json_null() : json_integer(left);
}

static json_t *
describe_http(const PfsHttpStats *http)
{
	return json_pack(
	    "{s:b, s:I, s:I, s:I, s:I, s:i, s:i, s:o, s:o, s:o}", "reachable", http->reachable,
	    "requests", (json_int_t)http->requests, "retries", (json_int_t)http->retries,
	    "failures", (json_int_t)http->failures, "last_status", (json_int_t)http->last_status,
	    "in_flight", (int)http->in_flight, "queued", (int)http->queued, "budget_left",
	    describe_left(http->budget_left), "dataops_left", describe_left(http->dataops_left),
	    "streams_left", describe_left(http->streams_left));
}

static json_t *
describe_cache(PfsTree *tree)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "hits", (json_int_t)pfs_cache_stats.hits,
			 "misses", (json_int_t)pfs_cache_stats.misses, "joined",
			 (json_int_t)pfs_cache_stats.joined, "stale",
			 (json_int_t)pfs_cache_stats.stale, "bytes",
			 (json_int_t)get_cached_bytes(tree));
}

static json_t *
describe_kernel(PfsTree *tree)
{
	PfsKernelStats kernel = { 0 };

	if (tree->kernel_func != NULL)
		tree->kernel_func(&kernel, tree->kernel_user_data);
	return json_pack("{s:i, s:i, s:i}", "inodes", (int)kernel.inodes, "handles",
			 (int)kernel.handles, "waiting", (int)kernel.waiting);
}

static char *
make_status(PfsTree *tree, PfsEntry *entry)
{
	PfsHttpStats http;
	g_autoptr(json_t) status = NULL;
	g_autofree char *text = NULL;

	pfs_http_get_stats(pfs_api_get_http(tree->api), &http);
	status = describe_http(&http);
	json_object_set_new(status, "device_operations",
			    json_integer((json_int_t)pfs_api_get_device_operations(tree->api)));
	json_object_set_new(
	    status, "token",
	    json_pack("{s:s, s:s, s:s?}", "source", pfs_token_get_source(tree->token), "state",
		      pfs_tree_get_token_state(tree, &http), "expires_at", tree->token_expires));
	json_object_set_new(status, "cache", describe_cache(tree));
	json_object_set_new(status, "kernel", describe_kernel(tree));
	json_object_set_new(status, "events", pfs_hub_describe(tree->hub));
	json_object_set_new(
	    status, "uptime",
	    json_integer((g_get_monotonic_time() - tree->started_us) / G_USEC_PER_SEC));
	text = json_dumps(status, JSON_COMPACT);
	return g_strconcat(text, "\n", NULL);
}

/* A path as a user sees it, from the mountpoint on: with or without a slash at its ends. */
static gboolean
refresh(PfsTree *tree, PfsEntry *entry, const char *text, GError **error)
{
	g_autofree char *canonical = g_canonicalize_filename(text, "/");

	if (*text == '\0') {
		g_set_error(error, PFS_ERROR, EINVAL, "a path of the tree is wanted, or /");
		return FALSE;
	}
	pfs_tree_expire_path(tree, canonical);
	if (tree->change_func != NULL)
		tree->change_func(canonical, PFS_CHANGE_BELOW, tree->change_user_data);
	return TRUE;
}

/* clang-format off */
const PfsNode pfs_mount_nodes[] = {
	{ "status.json", PFS_DOCUMENT, PFS_FROM_LOCAL, .make_text = make_status,
	  .help = "the mount's state: reachability, requests, budget, cache" },
	{ "errors", PFS_LOG, PFS_FROM_LOCAL, .help = "the last failures, and what to do" },
	{ "refresh", PFS_VERB, PFS_FROM_NOTHING, .write = ACT(.run = refresh),
	  .help = "write a path of the tree, or /: what is cached below it is forgotten" },
	{ "version", PFS_ATTRIBUTE, PFS_FROM_LOCAL, .make_text = make_version,
	  .help = "version of the program" },
	{ NULL },
};

const PfsNode pfs_root_nodes[] = {
	{ "README", PFS_ATTRIBUTE, PFS_FROM_LOCAL, .make_text = make_readme,
	  .help = "a page of help" },
	{ "devices", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_devices_nodes,
	  .make = ACT("claimDevice", "deviceId", .lists = TRUE),
	  .help = "the account's devices; mkdir ID claims one" },
	{ "devices.csv", PFS_DOCUMENT, PFS_FROM_RECORDS, .collection = &pfs_device_collection,
	  .make_document = pfs_records_to_csv, .ttl = PFS_TTL_LIST, .help = "all devices and their attributes, RFC 4180" },
	{ "events", PFS_LOG, PFS_FROM_FEED, .feed = &pfs_event_feed, .write = ACT("publishEvent"),
	  .help = "events of all devices, a line of JSON each; write one: publish" },
	{ "events.live", PFS_LIVE, PFS_FROM_FEED, .feed = &pfs_event_feed,
	  .flags = PFS_NODE_UNLISTED, .help = "the events from now on; a read waits for the next" },
	{ "topics", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_topic_nodes,
	  .help = "the data of events, by name" },
	{ "events-public", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_public_nodes,
	  .help = "events-public/PREFIX: public events whose names begin so" },
	{ "account", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_account_nodes, .help = "your account" },
	{ "clients", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_clients_nodes, .help = "OAuth clients" },
	{ "env", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_env_nodes, .help = "environment variables" },
	{ "firmware", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_firmware_nodes,
	  .help = "the cloud's compiler, what it builds for, and Device OS versions" },
	{ "integrations", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_integrations_nodes,
	  .help = "integrations" },
	{ "ledgers", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_ledgers_nodes, .help = "ledgers" },
	{ "libraries", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_libraries_nodes, .help = "libraries" },
	{ "logic", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_logic_nodes, .help = "JavaScript in the cloud" },
	{ "networks", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_networks_nodes, .help = "mesh networks" },
	{ "orgs", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_orgs_nodes, .help = "organizations" },
	{ "products", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_products_nodes, .help = "products, by slug" },
	{ "sims", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_sims_nodes, .help = "SIM cards" },
	{ "webhooks", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_webhooks_nodes, .help = "webhooks" },
	{ ".particlefs", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_mount_nodes,
	  .help = "the mount itself" },
	{ NULL },
};

const PfsNode pfs_root_node = { "", PFS_DIRECTORY, PFS_FROM_NOTHING, pfs_root_nodes };
/* clang-format on */
