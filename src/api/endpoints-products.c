/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint-table.h"

/* clang-format off */
#define SCHEMA "application/schema+json"
#define USERNAME_PATH { "username", NULL, PATH, STRING, REQUIRED, "the member's e-mail address" }
#define GROUP { "group", NULL, PATH, STRING, REQUIRED, "name of the group" }
#define GROUP_LOOKS                                                                                \
	{ "description", NULL, BODY, STRING, 0, "what the group is for" },                         \
	{ "color", NULL, BODY, STRING, 0, "its colour, #rrggbb" }
#define DATE_RANGE \
	{ "dateRange", "date_range", QUERY, STRING, 0, \
	  "from,to in ISO 8601; without it the last known place" }
#define RECTANGLE                                                                                  \
	{ "rectBl", "rect_bl", QUERY, STRING, 0, "lat,lon of the bottom left corner" },            \
	{ "rectTr", "rect_tr", QUERY, STRING, 0, "lat,lon of the top right corner" }

const PfsEndpoint pfs_endpoints_products[] = {
	{ "listProducts", "GET", { { OWN | ORG, "/products" } },
	  .help = "Lists products" },
	{ "getProduct", "GET", { { PRODUCT, "" } },
	  .help = "Reads a product's record" },
	{ "listTeamMembers", "GET", { { PRODUCT | ORG, "/team" } },
	  .help = "Lists the team" },
	{ "inviteTeamMember", "POST", { { PRODUCT | ORG, "/team" } },
	  .help = "Invites somebody to the team",
	  PARAMETERS(
		{ "username", NULL, BODY, STRING, REQUIRED, "e-mail address" },
		{ "role", NULL, BODY, STRING, 0,
		  "Administrator, Developer, View-only, Support, or a role of one's own" }) },
	{ "updateTeamMember", "POST", { { PRODUCT | ORG, "/team/{username}" } },
	  .help = "Changes a member's role",
	  .flags = EXTRA,
	  PARAMETERS(
		USERNAME_PATH,
		{ "role", NULL, BODY, STRING, REQUIRED,
		  "Administrator, Developer, View-only, Support, or a role of one's own" }) },
	{ "removeTeamMember", "DELETE", { { PRODUCT | ORG, "/team/{username}" } },
	  .help = "Removes a member from the team",
	  PARAMETERS(USERNAME_PATH) },
	{ "listCustomers", "GET", { { PRODUCT, "/customers" } },
	  .help = "Lists a product's customers",
	  .flags = EXTRA,
	  PARAMETERS(PAGE, { "perPage", NULL, QUERY, INTEGER, 0, "customers a page" }) },
	{ "deleteCustomer", "DELETE", { { PRODUCT, "/customers/{email}" } },
	  .help = "Deletes a product's customer",
	  .flags = EXTRA,
	  PARAMETERS(
		{ "email", NULL, PATH, STRING, REQUIRED, "the customer's e-mail address" }) },
	{ "listOrganizations", "GET", { { OWN, "/orgs" } },
	  .help = "Lists organizations",
	  .flags = EXTRA },
	{ "getOrganization", "GET", { { ORG, "" } },
	  .help = "Reads an organization's record",
	  .flags = EXTRA },
	{ "listGroups", "GET", { { PRODUCT, "/groups" } },
	  .help = "Lists device groups",
	  .flags = EXTRA,
	  PARAMETERS(
		{ "name", NULL, QUERY, STRING, 0, "only names that contain this" }) },
	{ "getGroup", "GET", { { PRODUCT, "/groups/{group}" } },
	  .help = "Reads a device group",
	  .flags = EXTRA,
	  PARAMETERS(GROUP) },
	{ "createGroup", "POST", { { PRODUCT, "/groups" } },
	  .help = "Makes a device group",
	  .flags = EXTRA,
	  PARAMETERS(
		{ "name", NULL, BODY, STRING, REQUIRED, "lower-case letters, digits, - and _" },
		GROUP_LOOKS) },
	{ "updateGroup", "PUT", { { PRODUCT, "/groups/{group}" } },
	  .help = "Changes a device group",
	  .flags = EXTRA,
	  PARAMETERS(
		GROUP,
		{ "name", NULL, BODY, STRING, 0, "the new name" },
		GROUP_LOOKS) },
	{ "deleteGroup", "DELETE", { { PRODUCT, "/groups/{group}" } },
	  .help = "Deletes a device group",
	  .flags = EXTRA,
	  PARAMETERS(GROUP) },
	{ "setDeviceGroups", "PUT", { { PRODUCT, "/devices/{deviceId}" } },
	  .help = "Says which groups a device is in",
	  .flags = EXTRA,
	  PARAMETERS(
		DEVICE_ID,
		{ "groups", NULL, BODY, LIST, REQUIRED, "all its groups" }) },
	{ "listQuarantinedDevices", "GET", { { PRODUCT, "/devices" } },
	  .help = "Lists devices that wait to be let into a product",
	  .flags = EXTRA,
	  PARAMETERS(
		{ NULL, "quarantined", QUERY, BOOLEAN, .value = "true" },
		PAGE, PER_PAGE) },
	{ "denyDevice", "DELETE", { { PRODUCT, "/devices/{deviceId}" } },
	  .help = "Keeps a quarantined device out of a product",
	  .flags = EXTRA,
	  PARAMETERS(
		DEVICE_ID,
		{ NULL, "deny", BODY, BOOLEAN, .value = "true" }) },
	{ "getProductConfiguration", "GET", { { PRODUCT, "/config" } },
	  .help = "Reads the configuration of a product's devices" },
	{ "getProductConfigurationSchema", "GET", { { PRODUCT, "/config" } },
	  .help = "Reads the JSON schema of that configuration",
	  .accept = SCHEMA },
	{ "getProductDeviceConfiguration", "GET", { { PRODUCT, "/config/{deviceId}" } },
	  .help = "Reads the configuration of a device",
	  PARAMETERS(DEVICE_ID) },
	{ "getProductDeviceConfigurationSchema", "GET", { { PRODUCT, "/config/{deviceId}" } },
	  .help = "Reads the JSON schema of a device's configuration",
	  .accept = SCHEMA,
	  PARAMETERS(DEVICE_ID) },
	{ "setProductConfiguration", "PUT", { { PRODUCT, "/config" } },
	  .help = "Sets the configuration of a product's devices",
	  PARAMETERS(
		{ "config", NULL, SPREAD, OBJECT, REQUIRED, "the whole configuration" }) },
	{ "setProductDeviceConfiguration", "PUT", { { PRODUCT, "/config/{deviceId}" } },
	  .help = "Sets the configuration of a device",
	  PARAMETERS(
		DEVICE_ID,
		{ "config", NULL, SPREAD, OBJECT, REQUIRED, "the whole configuration" }) },
	{ "getProductLocations", "GET", { { PRODUCT, "/locations" } },
	  .help = "Tells where devices are, or were",
	  PARAMETERS(
		DATE_RANGE, RECTANGLE,
		{ "deviceId", "device_id", QUERY, STRING, 0, "only IDs that begin with this" },
		{ "deviceName", "device_name", QUERY, STRING, 0,
		  "only names that begin with this" },
		{ "groups", NULL, QUERY, LIST, 0, "only devices in these groups" },
		PAGE, PER_PAGE) },
	{ "getProductDeviceLocations", "GET", { { PRODUCT, "/locations/{deviceId}" } },
	  .help = "Tells where a device is, or was",
	  PARAMETERS(DEVICE_ID, DATE_RANGE, RECTANGLE) },
	{ NULL },
};
