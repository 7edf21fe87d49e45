/* SPDX-License-Identifier: Apache-2.0 */
/* Own devices: listing, claiming, and the PUT whose body decides what it does. */
#include "events.h"
#include "families.h"
#include "fleet.h"
#include "people.h"
#include "server.h"
#include "store.h"

#include <string.h>

#define PIECE_DEVICES 64
#define WHOLE_LIST 500

typedef struct {
	Sim *sim;
	GPtrArray *list;
	guint next;
} Listing;

static void
listing_free(gpointer data)
{
	Listing *self = data;

	g_ptr_array_unref(self->list);
	g_free(self);
}

static gboolean
listing_piece(gpointer data, GString *out)
{
	Listing *self = data;
	guint end = MIN(self->next + PIECE_DEVICES, self->list->len);

	if (!self->next)
		g_string_append_c(out, '[');
	for (; self->next < end; self->next++) {
		if (self->next)
			g_string_append_c(out, ',');
		sim_device_write(self->sim, g_ptr_array_index(self->list, self->next),
				 SIM_VIEW_FULL, out);
	}
	if (end == self->list->len)
		g_string_append_c(out, ']');
	return end < self->list->len;
}

static void
list_devices(SimRequest *request)
{
	Listing *listing = g_new0(Listing, 1);
	GString *out;

	listing->sim = request->sim;
	listing->list = sim_fleet_list(request->sim, request->user, NULL);
	if (listing->list->len > WHOLE_LIST) {
		sim_server_produce(request, listing_piece, listing, listing_free);
		return;
	}
	out = g_string_new(NULL);
	while (listing_piece(listing, out))
		;
	listing_free(listing);
	sim_reply_text(request, NULL, g_string_free(out, FALSE));
}

static void
get_device(SimRequest *request)
{
	GString *out = g_string_new(NULL);

	sim_device_write(request->sim, request->device,
			 request->product ? SIM_VIEW_PRODUCT : SIM_VIEW_FULL, out);
	sim_reply_text(request, NULL, g_string_free(out, FALSE));
}

static void
claim(SimRequest *request, const char *id)
{
	SimDevice *device = sim_fleet_find(request->sim, id);

	if (!device) {
		sim_fail_list(request, 404, "device does not exist");
		return;
	}
	if (device->owner && device->owner != request->user) {
		g_autofree char *transfer = sim_random_hex(request->sim, 24);

		if (sim_request_flag(request, "request_transfer"))
			sim_reply(request, 200, json_pack("{s:s}", "transfer_id", transfer));
		else
			sim_fail_list(request, 403, "That belongs to someone else.");
		return;
	}
	if (!device->online && !device->owner) {
		sim_reply(
		    request, 404,
		    json_pack("{s:b, s:[[s, i]]}", "ok", 0, "errors", "Core isn't online", 404));
		return;
	}
	device->owner = request->user;
	sim_reply(request, 200,
		  json_pack("{s:b, s:s, s:s, s:b, s:s, s:b}", "ok", 1, "user_id", request->user->id,
			    "id", device->id, "connected", device->online, "deviceID", device->id,
			    "claimed", 1));
}

/* For platforms whose devices have no ID of their own: the cloud makes one. */
static void
provision(SimRequest *request)
{
	int product_id = -1;
	g_autofree char *text = NULL;
	g_autofree char *tail = sim_random_hex(request->sim, 16);
	g_autofree char *id = NULL;
	const SimPlatform *platform;
	SimProduct *product;
	SimDevice *device;
	json_t *body;

	sim_request_number(request, "product_id", &product_id);
	text = g_strdup_printf("%d", product_id);
	product = sim_product_find(request->sim, text);
	platform = sim_platform_find(product ? product->platform_id : product_id);
	if (!platform) {
		sim_fail_product(request);
		return;
	}
	id = g_strconcat(platform->id_prefix, tail, NULL);
	device = sim_fleet_add(request->sim, id, platform->id, NULL);
	device->owner = request->user;
	device->product = product;
	device->last_handshake_us = device->last_heard_us = 0;
	body = sim_device_json(request->sim, device, SIM_VIEW_FULL);
	json_object_set_new(body, "device_id", json_string(device->id));
	sim_reply(request, 200, body);
}

static void
claim_or_provision(SimRequest *request)
{
	const char *id = sim_request_text(request, "id");

	if (id && *id)
		claim(request, id);
	else if (sim_request_field(request, "product_id"))
		provision(request);
	else
		sim_fail_list(request, 400, "arg.deviceID is empty");
}

static void
unclaim(SimRequest *request)
{
	sim_event_device(request->sim, request->device, "spark/device/unclaimed", "true");
	request->device->owner = NULL;
	sim_reply_ok(request);
}

/* What a PUT has done so far; each job adds its part to the answer. */
typedef struct {
	SimRequest *request;
	SimDevice *device;
	json_t *answer;
	gboolean answered; /* a job failed and answered */
	gboolean dated;
} Update;

static void
update_name(Update *self, json_t *value)
{
	g_autofree char *name = g_strdup(json_string_value(value));

	if (name)
		g_strstrip(name);
	if (!name || !*name || g_utf8_strlen(name, -1) > 64 || strchr(name, '/')) {
		sim_fail(self->request, 400, "name: 1 to 64 characters, without a slash");
		self->answered = TRUE;
		return;
	}
	g_free(self->device->name);
	self->device->name = g_steal_pointer(&name);
	json_object_set_new(self->answer, "name", json_string(self->device->name));
	sim_event_device(self->request->sim, self->device, "spark/device/name", self->device->name);
	self->dated = TRUE;
}

static void
update_notes(Update *self, json_t *value)
{
	const char *notes = json_string_value(value);

	if ((!notes && !json_is_null(value)) || (notes && g_utf8_strlen(notes, -1) > 10000)) {
		sim_fail(self->request, 400, "notes: a string of at most 10000 characters");
		self->answered = TRUE;
		return;
	}
	g_free(self->device->notes);
	self->device->notes = g_strdup(notes);
	json_object_set(self->answer, "notes", value);
	self->dated = TRUE;
}

static void
update_signal(Update *self, json_t *value)
{
	const char *text = json_string_value(value);
	gboolean on =
	    g_strcmp0(text, "1") == 0 || (json_is_integer(value) && json_integer_value(value) == 1);
	gboolean off =
	    g_strcmp0(text, "0") == 0 || (json_is_integer(value) && json_integer_value(value) == 0);

	if (!on && !off) {
		sim_fail_list(self->request, 400, "Wrong signal value");
	} else if (!sim_request_reaches(self->request)) {
		sim_reply(self->request, 500,
			  json_pack("{s:b, s:i, s:[{s:s}]}", "ok", 0, "code", 500, "errors",
				    "error", "Timed out, didn't hear back from device service"));
	} else {
		self->device->signaling = on;
		json_object_set_new(self->answer, "connected", json_true());
		json_object_set_new(self->answer, "signaling", json_boolean(on));
		sim_event_device(self->request->sim, self->device, "spark/device/signal",
				 on ? "on" : "off");
		return;
	}
	self->answered = TRUE;
}

static void
update_product_id(Update *self, json_t *value)
{
	int id = -1;
	g_autofree char *text = NULL;
	SimProduct *product;

	sim_request_number(self->request, "product_id", &id);
	text = g_strdup_printf("%d", id);
	product = sim_product_find(self->request->sim, text);
	if (!product && id != self->device->platform_id) {
		sim_fail_product(self->request);
		self->answered = TRUE;
		return;
	}
	if (product && product->platform_id != self->device->platform_id) {
		sim_fail(self->request, 400, "The product is of another platform than the device");
		self->answered = TRUE;
		return;
	}
	self->device->product = product;
	json_object_set_new(self->answer, "product_id", json_integer(id));
	self->dated = TRUE;
}

static void
update_forced(Update *self, json_t *value)
{
	self->device->updates_forced = sim_request_flag(self->request, "firmware_updates_forced");
	json_object_set_new(self->answer, "firmware_updates_forced",
			    json_boolean(self->device->updates_forced));
	sim_event_device(self->request->sim, self->device, "particle/device/updates/forced",
			 self->device->updates_forced ? "true" : "false");
}

static void
update_development(Update *self, json_t *value)
{
	self->device->development = sim_request_flag(self->request, "development");
	json_object_set_new(self->answer, "development", json_boolean(self->device->development));
	self->dated = TRUE;
}

static void
update_desired(Update *self, json_t *value)
{
	int version = -1;
	json_t *rows = sim_rows(self->request->sim, "firmware", self->request->scope);
	gboolean known = json_is_null(value);
	json_t *row;
	size_t i;

	if (!known && sim_request_number(self->request, "desired_firmware_version", &version))
		json_array_foreach(rows, i, row) if (json_integer_value(json_object_get(
							 row, "version")) == version) known = TRUE;
	if (!known) {
		sim_fail(self->request, 400, "Firmware version not found for this product");
		self->answered = TRUE;
		return;
	}
	self->device->desired_version = version;
	json_object_set_new(self->answer, "desired_firmware_version",
			    version < 0 ? json_null() : json_integer(version));
	self->dated = TRUE;
	if (version > 0 && sim_request_flag(self->request, "flash") &&
	    sim_device_answers(self->device))
		sim_flash_start(self->request->sim, self->device, version);
}

static void
update_groups(Update *self, json_t *value)
{
	json_t *rows = sim_rows(self->request->sim, "groups", self->request->scope);
	GPtrArray *groups;
	json_t *item;
	size_t i;

	if (!json_is_array(value)) {
		sim_fail(self->request, 400, "groups: a list of names");
		self->answered = TRUE;
		return;
	}
	groups = g_ptr_array_new();
	json_array_foreach(value, i, item)
	{
		const char *name = json_string_value(item);

		if (!name)
			continue;
		g_ptr_array_add(groups, g_strdup(name));
		if (!sim_row_find(rows, "name", name))
			sim_row_add(rows, json_pack("{s:s, s:s, s:s}", "name", name, "description",
						    "", "color", "#00aeef"));
	}
	g_ptr_array_add(groups, NULL);
	g_strfreev(self->device->groups);
	self->device->groups = (char **)g_ptr_array_free(groups, FALSE);
	json_object_set(self->answer, "groups", value);
	self->dated = TRUE;
}

static void
update_app(Update *self, json_t *value)
{
	if (g_strcmp0(json_string_value(value), "tinker") != 0) {
		sim_fail(self->request, 400, "Unknown app");
		self->answered = TRUE;
	} else if (!sim_request_reaches(self->request)) {
		sim_fail_flash_timeout(self->request);
		self->answered = TRUE;
	} else {
		self->device->profile = sim_profile_find("tinker");
		sim_flash_start(self->request->sim, self->device, 0);
		json_object_set_new(self->answer, "ok", json_true());
		json_object_set_new(self->answer, "message", json_string("Update started"));
		json_object_set_new(self->answer, "status", json_string("Update started"));
	}
}

/* clang-format off */
static const struct {
	const char *key;
	gboolean product_only;
	void (*update)(Update *self, json_t *value);
} jobs[] = {
	{ "name",                     FALSE, update_name },
	{ "notes",                    FALSE, update_notes },
	{ "product_id",               FALSE, update_product_id },
	{ "firmware_updates_forced",  FALSE, update_forced },
	{ "app",                      FALSE, update_app },
	{ "development",              TRUE,  update_development },
	{ "desired_firmware_version", TRUE,  update_desired },
	{ "groups",                   TRUE,  update_groups },
	{ "signal",                   FALSE, update_signal }, /* last: it may fail after the others are done */
};
/* clang-format on */

static void
update_device(SimRequest *request)
{
	Update update = { request, request->device, NULL, FALSE, FALSE };
	gboolean any = FALSE;

	if (sim_request_n_files(request)) {
		sim_flash_request(request);
		return;
	}
	update.answer = json_pack("{s:s}", "id", request->device->id);
	for (guint i = 0; i < G_N_ELEMENTS(jobs) && !update.answered; i++) {
		json_t *value = sim_request_field(request, jobs[i].key);

		if (!value || (jobs[i].product_only && !request->product))
			continue;
		any = TRUE;
		jobs[i].update(&update, value);
	}
	if (update.dated)
		json_object_set_new(update.answer, "updated_at", sim_json_now());
	if (update.answered) {
		json_decref(update.answer);
	} else if (!any) {
		json_decref(update.answer);
		sim_fail_oauth(request, 400, "invalid_request", "Nothing to do");
	} else {
		sim_reply(request, 200, update.answer);
	}
}

static void
ping(SimRequest *request)
{
	gboolean online = sim_device_answers(request->device);

	request->delay_ms += request->device->latency_ms;
	sim_reply(request, 200, json_pack("{s:b, s:b}", "online", online, "ok", 1));
}

static void
unprotect(SimRequest *request)
{
	SimDevice *device = request->device;
	const char *action = sim_request_text(request, "action");
	g_autofree char *hex = sim_random_hex(request->sim, 44);

	if (g_strcmp0(action, "prepare") == 0 && !device->has_protection) {
		sim_reply_ok(request);
	} else if (g_strcmp0(action, "prepare") == 0) {
		sim_reply(request, 200, json_pack("{s:b, s:s}", "ok", 1, "server_nonce", hex));
	} else if (g_strcmp0(action, "confirm") != 0) {
		sim_fail(request, 400, "action: prepare or confirm");
	} else if (!sim_request_text(request, "server_nonce") ||
		   !sim_request_text(request, "device_nonce") ||
		   !sim_request_text(request, "device_signature") ||
		   !sim_request_text(request, "device_public_key_fingerprint")) {
		sim_fail(request, 400, "Device public key was not found");
	} else {
		device->service_mode = TRUE;
		sim_reply(request, 200,
			  json_pack("{s:s, s:s}", "server_signature", hex,
				    "server_public_key_fingerprint", hex + 12));
	}
}

/* Cellular devices have a backup. */
static void
backup_files(SimRequest *request)
{
	g_autofree char *text = NULL;
	g_autoptr(GBytes) bytes = NULL;

	if (!sim_device_is_cellular(request->device)) {
		sim_fail_not_found(request, "Manufacturing backup");
		return;
	}
	text = g_strdup_printf("PK\003\004 backup of %s\n", request->device->id);
	bytes = g_bytes_new(text, strlen(text));
	sim_reply_bytes(request, "application/octet-stream", bytes);
}

static void
claim_code(SimRequest *request)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	g_autoptr(GPtrArray) own = sim_fleet_list(request->sim, request->user, NULL);
	json_t *ids = json_array();
	char code[64] = "";

	for (int i = 0; i < 63; i++)
		code[i] = alphabet[sim_random_below(request->sim, 64)];
	for (guint i = 0; i < own->len; i++)
		json_array_append_new(ids, json_string(((SimDevice *)own->pdata[i])->id));
	sim_reply(request, 200, json_pack("{s:s, s:o}", "claim_code", code, "device_ids", ids));
}

static void
send_public_key(SimRequest *request)
{
	const char *key = sim_request_text(request, "publicKey");
	const char *algorithm = sim_request_text(request, "algorithm");

	if (!key || !strstr(key, "BEGIN PUBLIC KEY"))
		sim_fail(request, 400, "publicKey: PEM text is required");
	else if (algorithm && strcmp(algorithm, "rsa") != 0 && strcmp(algorithm, "ecc") != 0)
		sim_fail(request, 400, "algorithm: rsa or ecc");
	else
		sim_reply_ok(request);
}

static void
serial_number(SimRequest *request)
{
	const char *serial = sim_request_param(request, "serial");
	const char *secret = sim_request_query(request, "mobile_secret");
	SimDevice *device = sim_fleet_find_serial(request->sim, serial);
	g_autofree char *iccid = device ? sim_device_iccid(device) : NULL;
	json_t *answer;

	if (!device) {
		sim_fail(request, 404, "Serial number not found");
		return;
	}
	answer =
	    json_pack("{s:b, s:s, s:s, s:s, s:i}", "ok", 1, "deviceID", device->id, "device_id",
		      device->id, "serial_number", serial, "platform_id", device->platform_id);
	if (iccid)
		json_object_set_new(answer, "iccid", json_string(iccid));
	if (secret)
		json_object_set_new(answer, "mobile_secret", json_string(secret));
	sim_reply(request, 200, answer);
}

#define BOTH (SIM_OWN | SIM_PRODUCT)

/* clang-format off */
const SimRoute sim_devices_routes[] = {
	{ "GET",    SIM_OWN,        "/devices",                      list_devices,       "devices:list" },
	{ "POST",   SIM_OWN,        "/devices",                      claim_or_provision, "devices:claim" },
	{ "GET",    BOTH,           "/devices/:device",              get_device,         "devices:get" },
	{ "PUT",    BOTH,           "/devices/:device",              update_device,      "devices:update" },
	{ "DELETE", SIM_OWN,        "/devices/:device",              unclaim,            "devices:release" },
	{ "PUT",    BOTH,           "/devices/:device/ping",         ping,               "devices:ping" },
	{ "PUT",    BOTH | SIM_ORG, "/devices/:device/unprotect",    unprotect,          "devices:update" },
	{ "PUT",    SIM_OWN,        "/devices/:device/backup_files", backup_files,       "devices:get" },
	{ "POST",   BOTH,           "/device_claims",                claim_code,         "devices:claim" },
	{ "POST",   SIM_OWN,        "/provisioning/:device",         send_public_key,    "devices:update" },
	{ "GET",    SIM_OWN,        "/serial_numbers/:serial",       serial_number,      "devices:get", SIM_NEEDS_TOKEN, "serial" },
	{ NULL },
};
/* clang-format on */
