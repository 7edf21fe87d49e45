/* SPDX-License-Identifier: Apache-2.0 */
/* One device: its record as the cloud writes it, and how its fields are set. */
#include "families.h"
#include "fleet.h"

#include "events.h"
#include "store.h"

#include <string.h>

gboolean
sim_device_is_cellular(const SimDevice *device)
{
	return sim_platform_find(device->platform_id)->cellular;
}

gboolean
sim_device_answers(const SimDevice *device)
{
	return device->online && !device->silent;
}

/* A device that is online is heard at its keep-alive; each has its own phase. */
gint64
sim_device_last_heard(const SimDevice *device)
{
	gint64 now = g_get_real_time();
	gint64 period = 25 * G_USEC_PER_SEC;
	gint64 phase = (gint64)(sim_hash(device->index, 3) % (guint64)period);
	gint64 heard = now - (now + phase) % period;

	return device->online ? MAX(heard, device->last_handshake_us) : device->last_heard_us;
}

static void
mixed_text(guint64 dice, char *out, int length)
{
	static const char alphabet[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

	for (int i = 0; i < length; i++, dice /= 32)
		out[i] = alphabet[dice % 32];
	out[length] = '\0';
}

char *
sim_device_serial(const SimDevice *device)
{
	char tail[12];

	mixed_text(sim_hash(g_str_hash(device->id), 11), tail, 11);
	return g_strconcat(sim_platform_find(device->platform_id)->serial_prefix, tail, NULL);
}

char *
sim_device_mobile_secret(const SimDevice *device)
{
	char secret[16];

	mixed_text(sim_hash(g_str_hash(device->id), 12), secret, 12);
	mixed_text(sim_hash(g_str_hash(device->id), 13), secret + 12, 3);
	return g_strdup(secret);
}

char *
sim_device_iccid(const SimDevice *device)
{
	if (!sim_device_is_cellular(device))
		return NULL;
	return g_strdup_printf("89340765000%08u", 10000000u + device->index);
}

char *
sim_device_imei(const SimDevice *device)
{
	if (!sim_device_is_cellular(device))
		return NULL;
	return g_strdup_printf("3527095%08u", 10000000u + device->index * 7);
}

gboolean
sim_device_in_group(const SimDevice *device, const char *group)
{
	return device->groups && g_strv_contains((const char *const *)device->groups, group);
}

int
sim_device_product_id(const SimDevice *device)
{
	return device->product ? device->product->id : device->platform_id;
}

static void
put_text(GString *out, const char *key, const char *value)
{
	g_string_append_printf(out, ",\"%s\":", key);
	if (value)
		sim_json_escape(out, value);
	else
		g_string_append(out, "null");
}

static void
put_take(GString *out, const char *key, char *value)
{
	put_text(out, key, value);
	g_free(value);
}

static void
put_flag(GString *out, const char *key, gboolean value)
{
	g_string_append_printf(out, ",\"%s\":%s", key, value ? "true" : "false");
}

static void
put_number(GString *out, const char *key, int value)
{
	g_string_append_printf(out, ",\"%s\":%d", key, value);
}

static void
put_time(GString *out, const char *key, gint64 time_us)
{
	if (time_us > 0)
		put_take(out, key, sim_time_text(time_us));
	else
		put_text(out, key, NULL);
}

static const char *
json_type_name(const json_t *value)
{
	if (json_is_integer(value))
		return "int32";
	if (json_is_real(value))
		return "double";
	return json_is_boolean(value) ? "bool" : "string";
}

static void
put_variables(GString *out, const SimDevice *device)
{
	const SimVariable *variable = device->profile ? device->profile->variables : NULL;
	const char *comma = "";
	const char *key;
	json_t *value;

	g_string_append(out, ",\"variables\":{");
	for (int i = 0; variable && i < 6 && variable[i].name; i++, comma = ",")
		g_string_append_printf(out, "%s\"%s\":\"%s\"", comma, variable[i].name,
				       sim_variable_type(&variable[i]));
	json_object_foreach(device->values, key, value)
	{
		gboolean known = *key == '+';

		for (int i = 0; variable && !known && i < 6 && variable[i].name; i++)
			known = strcmp(variable[i].name, key) == 0;
		if (known)
			continue;
		g_string_append(out, comma);
		sim_json_escape(out, key);
		g_string_append_printf(out, ":\"%s\"", json_type_name(value));
		comma = ",";
	}
	g_string_append_c(out, '}');
}

static void
put_functions(GString *out, const SimDevice *device)
{
	const SimFunction *function = device->profile ? device->profile->functions : NULL;

	g_string_append(out, ",\"functions\":");
	if (device->functions) {
		g_autofree char *text = json_dumps(device->functions, JSON_COMPACT);

		g_string_append(out, text);
		return;
	}
	g_string_append_c(out, '[');
	for (int i = 0; function && i < 5 && function[i].name; i++)
		g_string_append_printf(out, "%s\"%s\"", i ? "," : "", function[i].name);
	g_string_append_c(out, ']');
}

static void
put_groups(GString *out, const SimDevice *device)
{
	g_string_append(out, ",\"groups\":[");
	for (int i = 0; device->groups && device->groups[i]; i++) {
		g_string_append(out, i ? "," : "");
		sim_json_escape(out, device->groups[i]);
	}
	g_string_append_c(out, ']');
}

static void
put_hardware(GString *out, const SimDevice *device)
{
	const SimPlatform *platform = sim_platform_find(device->platform_id);
	guint64 dice = sim_hash(device->index, 21);

	put_flag(out, "cellular", platform->cellular);
	put_take(out, "serial_number", sim_device_serial(device));
	put_take(out, "mobile_secret", sim_device_mobile_secret(device));
	if (platform->cellular) {
		put_take(out, "iccid", sim_device_iccid(device));
		put_take(out, "last_iccid", sim_device_iccid(device));
		put_take(out, "imei", sim_device_imei(device));
	} else {
		put_take(out, "mac_wifi",
			 g_strdup_printf("94:94:4a:%02x:%02x:%02x", (guint)dice & 255,
					 (guint)(dice >> 8) & 255, (guint)(dice >> 16) & 255));
	}
	put_text(out, "system_firmware_version", platform->device_os);
	put_text(out, "current_build_target", platform->device_os);
	put_text(out, "pinned_build_target", platform->device_os);
	put_text(out, "default_build_target", platform->device_os);
}

static void
put_product(GString *out, Sim *sim, const SimDevice *device, SimView view)
{
	if (!device->product)
		return;
	put_number(out, "firmware_product_id", device->product->id);
	put_number(out, "firmware_version", device->firmware_version);
	if (device->desired_version >= 0)
		put_number(out, "desired_firmware_version", device->desired_version);
	else
		put_text(out, "desired_firmware_version", NULL);
	put_groups(out, device);
	if (view == SIM_VIEW_FULL)
		return;
	put_number(out, "targeted_firmware_release_version", sim_release_find(sim, device));
	put_flag(out, "development", device->development);
	put_flag(out, "quarantined", device->quarantined);
	put_flag(out, "denied", device->denied);
	if (device->owner)
		put_text(out, device->owner->customer ? "customer_id" : "user_id",
			 device->owner->id);
}

static void
put_extra(Sim *self, const SimDevice *device, GString *out)
{
	json_t *network = device->network
			      ? sim_row_find(sim_rows(self, "networks", ""), "id", device->network)
			      : NULL;
	const char *key;
	json_t *value;

	if (network) {
		g_string_append(out, ",\"network\":{\"id\":");
		sim_json_escape(out, device->network);
		put_text(out, "name", sim_row_text(network, "name"));
		g_string_append_printf(out, ",\"role\":{\"gateway\":%s,\"state\":\"confirmed\"}}",
				       device->gateway ? "true" : "false");
	}
	json_object_foreach(device->extra, key, value)
	{
		g_autofree char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

		g_string_append_c(out, ',');
		sim_json_escape(out, key);
		g_string_append_c(out, ':');
		g_string_append(out, text);
	}
}

/*
 * sim_device_write:
 *
 * Appends the record to @out. Written by hand, not through a JSON tree: a list
 * of 100,000 of them is made piece by piece while it is sent.
 */
void
sim_device_write(Sim *self, const SimDevice *device, SimView view, GString *out)
{
	g_string_append_printf(out, "{\"id\":\"%s\"", device->id);
	put_text(out, "name", device->name);
	put_text(out, "owner", device->owner ? device->owner->username : NULL);
	put_take(out, "last_ip_address",
		 device->last_handshake_us
		     ? g_strdup_printf("%u.%u.%u.%u", device->ip >> 24, (device->ip >> 16) & 255,
				       (device->ip >> 8) & 255, device->ip & 255)
		     : NULL);
	put_time(out, "last_heard", sim_device_last_heard(device));
	put_time(out, "last_handshake_at", device->last_handshake_us);
	put_number(out, "product_id", sim_device_product_id(device));
	put_flag(out, "online", device->online);
	put_flag(out, "connected", device->online);
	put_number(out, "platform_id", device->platform_id);
	put_text(out, "notes", device->notes);
	if (view != SIM_VIEW_PRODUCT_ROW) {
		put_functions(out, device);
		put_variables(out, device);
	}
	put_flag(out, "firmware_updates_enabled", TRUE);
	put_flag(out, "firmware_updates_forced", device->updates_forced);
	put_text(out, "status", "normal");
	put_text(out, "last_app", NULL);
	put_hardware(out, device);
	put_product(out, self, device, view);
	g_string_append_printf(out, ",\"device_protection\":{\"status\":\"%s\"}",
			       !device->has_protection ? "disabled"
			       : device->service_mode  ? "service_mode"
						       : "active");
	put_extra(self, device, out);
	g_string_append_c(out, '}');
}

json_t *
sim_device_json(Sim *self, const SimDevice *device, SimView view)
{
	GString *text = g_string_new(NULL);
	json_t *result;

	sim_device_write(self, device, view, text);
	result = json_loads(text->str, 0, NULL);
	g_string_free(text, TRUE);
	return result;
}

/* The cloud tells it on the streams, with what a device reports when it connects. */
void
sim_device_set_online(Sim *self, SimDevice *device, gboolean online)
{
	gboolean was = device->online;

	if (was && !online)
		device->last_heard_us = sim_device_last_heard(device);
	device->online = online != FALSE;
	if (online && !was) {
		device->last_handshake_us = g_get_real_time();
		sim_fleet_changed(self);
	}
	if (was == device->online)
		return;
	sim_event_device(self, device, "spark/status", online ? "online" : "offline");
	if (!online)
		return;
	sim_event_device(self, device, "spark/device/last_reset", "power_down");
	sim_event_device(self, device, "particle/device/updates/enabled", "true");
	sim_event_device(self, device, "particle/device/updates/forced",
			 device->updates_forced ? "true" : "false");
	sim_config_reach(self, device);
	sim_release_reach(self, device);
}

static gboolean
take_text(char **slot, json_t *value)
{
	if (!json_is_string(value) && !json_is_null(value))
		return FALSE;
	g_free(*slot);
	*slot = g_strdup(json_string_value(value));
	return TRUE;
}

static gboolean
set_values(SimDevice *device, json_t *value)
{
	if (!json_is_object(value))
		return FALSE;
	if (!device->values)
		device->values = json_object();
	return json_object_update(device->values, value) == 0;
}

static gboolean
set_times(SimDevice *device, const char *key, json_t *value)
{
	gint64 time_us = json_is_null(value) ? 0 : sim_time_parse(json_string_value(value));

	if (time_us < 0)
		return FALSE;
	if (strcmp(key, "last_heard") == 0)
		device->last_heard_us = time_us;
	else
		device->last_handshake_us = time_us;
	return TRUE;
}

static gboolean
set_flag_field(Sim *self, SimDevice *device, const char *key, gboolean on)
{
	if (strcmp(key, "online") == 0 || strcmp(key, "connected") == 0)
		sim_device_set_online(self, device, on);
	else if (strcmp(key, "silent") == 0)
		device->silent = on;
	else if (strcmp(key, "quarantined") == 0)
		device->quarantined = on;
	else if (strcmp(key, "development") == 0)
		device->development = on;
	else if (strcmp(key, "denied") == 0)
		device->denied = on;
	else if (strcmp(key, "firmware_updates_forced") == 0)
		device->updates_forced = on;
	else if (strcmp(key, "protected") == 0)
		device->has_protection = on;
	else
		return FALSE;
	return TRUE;
}

/*
 * sim_device_set_field:
 *
 * Sets any field of the record, for the control interface; one that the record
 * does not have is laid over it as it is.
 */
gboolean
sim_device_set_field(Sim *self, SimDevice *device, const char *key, json_t *value)
{
	if (json_is_boolean(value) && set_flag_field(self, device, key, json_is_true(value)))
		return TRUE;
	if (strcmp(key, "name") == 0)
		return take_text(&device->name, value);
	if (strcmp(key, "notes") == 0)
		return take_text(&device->notes, value);
	if (strcmp(key, "variables") == 0)
		return set_values(device, value);
	if (strcmp(key, "last_heard") == 0 || strcmp(key, "last_handshake_at") == 0)
		return set_times(device, key, value);
	if (strcmp(key, "latency_ms") == 0)
		return device->latency_ms = (int)json_integer_value(value), TRUE;
	if (strcmp(key, "firmware_version") == 0)
		return device->firmware_version = (guint16)json_integer_value(value), TRUE;
	if (strcmp(key, "functions") == 0) {
		json_decref(device->functions);
		device->functions = json_is_array(value) ? json_incref(value) : NULL;
		return TRUE;
	}
	if (strcmp(key, "id") == 0 || strcmp(key, "owner") == 0)
		return FALSE;
	if (!device->extra)
		device->extra = json_object();
	return json_object_set(device->extra, key, value) == 0;
}
