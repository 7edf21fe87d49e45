/* SPDX-License-Identifier: Apache-2.0 */
/* What the cloud talks to: webhooks, other integrations, OAuth clients. */
#include "convert.h"
#include "node.h"

/* clang-format off */
static const PfsCollectionRow webhook_collection = {
	.directory = pfs_webhooks_nodes,
	.list = "listWebhooks",
	.get = "getWebhook",
	.wrapper = "webhook",
	.parameter = "hookId",
	.id_key = "id",
	.name_key = "id",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode webhook_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record" },
	{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_SCALARS, .shown = "event, url, name, disabled, …",
	  .help = "one value of the record" },
	{ NULL },
};

const PfsNode pfs_webhooks_nodes[] = {
	{ "new", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("createWebhook", .lists = TRUE),
	  .help = "make a webhook" },
	{ "{hookId}", PFS_DIRECTORY, PFS_FROM_RECORDS, webhook_nodes,
	  .collection = &webhook_collection, .remove = ACT("deleteWebhook", .lists = TRUE),
	  .help = "a webhook; rmdir deletes it" },
	{ NULL },
};

static const PfsCollectionRow integration_collection = {
	.directory = pfs_integrations_nodes,
	.list = "listIntegrations",
	.get = "getIntegration",
	.wrapper = "integration",
	.parameter = "integrationId",
	.id_key = "id",
	.name_key = "id",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode integration_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .flags = PFS_NODE_WHOLE,
	  .write = ACT("editIntegration", .lists = TRUE, .translate = pfs_translate_integration),
	  .help = "the whole record; write: it, changed, or event, settings, device_id" },
	{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_SCALARS, .shown = "event, integration_type, …",
	  .help = "one value of the record" },
	{ NULL },
};

const PfsNode pfs_integrations_nodes[] = {
	{ "new", PFS_VERB, PFS_FROM_NOTHING, .write = ACT("createIntegration", .lists = TRUE),
	  .help = "make an integration" },
	{ "{integrationId}", PFS_DIRECTORY, PFS_FROM_RECORDS, integration_nodes,
	  .collection = &integration_collection, .remove = ACT("deleteIntegration", .lists = TRUE),
	  .help = "an integration; rmdir deletes it" },
	{ NULL },
};

static const PfsCollectionRow client_collection = {
	.directory = pfs_clients_nodes,
	.list = "listOAuthClients",
	.items = "clients",
	.parameter = "clientId",
	.id_key = "id",
	.name_key = "id",
	.ttl = PFS_TTL_CONFIG,
};

static const PfsNode client_nodes[] = {
	{ "info.json", PFS_DOCUMENT, PFS_FROM_RECORD, .help = "the whole record, without the secret" },
	{ "name", PFS_ATTRIBUTE, PFS_FROM_RECORD, .write = ACT("updateOAuthClient", "name", .sets = "name"),
	  .help = "its name" },
	{ "scope", PFS_ATTRIBUTE, PFS_FROM_RECORD, .flags = PFS_NODE_LISTED_EMPTY,
	  .write = ACT("updateOAuthClient", "scope", .lists = TRUE), .help = "what its tokens may do" },
	{ "{attribute}", PFS_ATTRIBUTE, PFS_FROM_SCALARS, .shown = "id, type, …",
	  .help = "one value of the record" },
	{ NULL },
};

const PfsNode pfs_clients_nodes[] = {
	{ "new", PFS_VERB, PFS_FROM_NOTHING, .flags = PFS_NODE_SECRET,
	  .write = ACT("createOAuthClient", NULL, "client", .lists = TRUE),
	  .help = "make a client; its secret is for who wrote" },
	{ "{clientId}", PFS_DIRECTORY, PFS_FROM_RECORDS, client_nodes,
	  .collection = &client_collection, .remove = ACT("deleteOAuthClient", .lists = TRUE),
	  .help = "a client; rmdir deletes it" },
	{ NULL },
};
/* clang-format on */
