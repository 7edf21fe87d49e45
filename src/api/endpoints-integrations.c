/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint-table.h"

/* clang-format off */
#define INTEGRATION_ID { "integrationId", NULL, PATH, STRING, REQUIRED, "ID of the integration" }
#define CLIENT_ID { "clientId", NULL, PATH, STRING, REQUIRED, "ID of the client" }
#define SETTINGS                                                                                   \
	{ "deviceId", "deviceid", BODY, STRING, 0, "only for events of this device" },             \
	{ "settings", NULL, SPREAD, OBJECT, 0, \
	  "integration_type, url and what else the type takes" }

const PfsEndpoint pfs_endpoints_integrations[] = {
	{ "createWebhook", "POST", { { OWN | PRODUCT, "/webhooks" } },
	  .help = "Makes a webhook",
	  PARAMETERS(
		{ "event", NULL, BODY, STRING, REQUIRED, "events whose names begin with this" },
		{ "url", NULL, BODY, STRING, REQUIRED, "where to send them" },
		{ "device", "deviceId", BODY, STRING, 0, "only for events of this device" },
		{ "rejectUnauthorized", NULL, BODY, BOOLEAN, 0, "check the target's certificate" },
		{ "noDefaults", NULL, BODY, BOOLEAN, 0,
		  "leave out event, data, published_at and coreid" },
		{ "hook.method", "requestType", BODY, STRING, 0, "method of the request",
		  .value = "POST" },
		{ "hook.auth", "auth", BODY, OBJECT, SECRET,
		  "username and password for HTTP Basic" },
		{ "hook.headers", "headers", BODY, OBJECT, 0, "headers to add" },
		{ "hook.query", "query", BODY, OBJECT, 0, "query of the URL" },
		{ "hook.json", "json", BODY, JSON, 0, "body, as JSON" },
		{ "hook.form", "form", BODY, OBJECT, 0, "body, as a form" },
		{ "hook.body", "body", BODY, STRING, 0, "body, as text" },
		{ "hook.responseTemplate", "responseTemplate", BODY, STRING, 0,
		  "shape of the answer's event" },
		{ "hook.responseEvent", "responseTopic", BODY, STRING, 0,
		  "name of the answer's event" },
		{ "hook.errorResponseEvent", "errorResponseTopic", BODY, STRING, 0,
		  "name of an error's event" }) },
	{ "deleteWebhook", "DELETE", { { OWN | PRODUCT, "/webhooks/{hookId}" } },
	  .help = "Deletes a webhook",
	  PARAMETERS(
		{ "hookId", NULL, PATH, STRING, REQUIRED, "ID of the webhook" }) },
	{ "listWebhooks", "GET", { { OWN | PRODUCT, "/webhooks" } },
	  .help = "Lists webhooks" },
	{ "getWebhook", "GET", { { OWN | PRODUCT, "/webhooks/{hookId}" } },
	  .help = "Reads a webhook and its last exchanges",
	  .flags = EXTRA,
	  PARAMETERS(
		{ "hookId", NULL, PATH, STRING, REQUIRED, "ID of the webhook" }) },
	{ "createIntegration", "POST", { { OWN | PRODUCT | ORG, "/integrations" } },
	  .help = "Makes an integration",
	  PARAMETERS(
		{ "event", NULL, BODY, STRING, REQUIRED, "events whose names begin with this" },
		SETTINGS) },
	{ "editIntegration", "PUT", { { OWN | PRODUCT | ORG, "/integrations/{integrationId}" } },
	  .help = "Replaces an integration's settings",
	  PARAMETERS(
		INTEGRATION_ID,
		{ "event", NULL, BODY, STRING, 0, "events whose names begin with this" },
		SETTINGS) },
	{ "deleteIntegration", "DELETE",
	  { { OWN | PRODUCT | ORG, "/integrations/{integrationId}" } },
	  .help = "Deletes an integration",
	  PARAMETERS(INTEGRATION_ID) },
	{ "listIntegrations", "GET", { { OWN | PRODUCT | ORG, "/integrations" } },
	  .help = "Lists integrations" },
	{ "getIntegration", "GET", { { OWN | PRODUCT | ORG, "/integrations/{integrationId}" } },
	  .help = "Reads an integration and its last exchanges",
	  .flags = EXTRA,
	  PARAMETERS(INTEGRATION_ID) },
	{ "testIntegration", "POST",
	  { { OWN | PRODUCT | ORG, "/integrations/{integrationId}/test" } },
	  .help = "Sends a test event through an integration",
	  .flags = EXTRA,
	  PARAMETERS(
		INTEGRATION_ID,
		{ "data", NULL, BODY, STRING, 0, "the event's data" },
		{ "deviceId", "device_id", BODY, STRING, 0, "the event's device" }) },
	{ "listOAuthClients", "GET", { { OWN | PRODUCT, "/clients" } },
	  .help = "Lists OAuth clients" },
	{ "createOAuthClient", "POST", { { OWN | PRODUCT, "/clients" } },
	  .help = "Makes an OAuth client; the answer has its secret",
	  PARAMETERS(
		{ "name", NULL, BODY, STRING, REQUIRED, "its name" },
		{ "type", NULL, BODY, STRING, REQUIRED, "its type", VALUES("installed", "web") },
		{ "redirect_uri", NULL, BODY, STRING, 0, "where a browser goes after the login" },
		{ "scope", NULL, BODY, JSON, 0, "what its tokens may do" }) },
	{ "updateOAuthClient", "PUT", { { OWN | PRODUCT, "/clients/{clientId}" } },
	  .help = "Changes an OAuth client",
	  PARAMETERS(
		CLIENT_ID,
		{ "name", NULL, BODY, STRING, 0, "its name" },
		{ "scope", NULL, BODY, JSON, 0, "what its tokens may do" }) },
	{ "deleteOAuthClient", "DELETE", { { OWN | PRODUCT, "/clients/{clientId}" } },
	  .help = "Deletes an OAuth client",
	  PARAMETERS(CLIENT_ID) },
	{ NULL },
};
