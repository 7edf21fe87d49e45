/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware over the air: what a device does, told as events, and the PUT that starts it. */
#include "binary.h"
#include "events.h"
#include "families.h"
#include "fleet.h"

#include <string.h>

/* clang-format off */
static const struct {
	int after_ms;
	const char *name;
	const char *data;
} steps[] = {
	{  20, "spark/flash/status", "started " },
	{   0, "spark/flash/status", "success " }, /* after the time of --flash-time */
	{  50, "spark/status", "offline" },
	{ 200, "spark/status", "online" },
	{   5, "spark/device/last_reset", "update" },
	{   5, "particle/device/updates/forced", "false" },
	{   5, "spark/device/app-hash", NULL },
	{   5, "particle/device/updates/pending", "false" },
	{   5, "particle/device/updates/enabled", "true" },
};
/* clang-format on */

typedef struct {
	Sim *sim;
	SimDevice *device;
	guint step;
	int version;
	gboolean fails;
	char *hash;
} Flash;

static void
flash_free(Flash *self)
{
	self->device->flashing = FALSE;
	/* Another version may have been released meanwhile. */
	if (self->version && !self->fails)
		sim_release_reach(self->sim, self->device);
	g_free(self->hash);
	g_free(self);
}

static gboolean
step_cb(gpointer data)
{
	Flash *self = data;
	const char *name = steps[self->step].name;
	const char *text = steps[self->step].data;

	if (self->fails && self->step == 1) {
		sim_event_device(self->sim, self->device, name, "failed ");
		flash_free(self);
		return G_SOURCE_REMOVE;
	}
	if (strcmp(name, "spark/status") == 0)
		self->device->online = strcmp(text, "online") == 0;
	if (strcmp(name, "spark/status") == 0 && self->device->online) {
		self->device->last_handshake_us = g_get_real_time();
		sim_fleet_changed(self->sim);
		sim_config_reach(self->sim, self->device);
		if (self->version)
			self->device->firmware_version = (guint16)self->version;
	}
	if (strcmp(name, "particle/device/updates/forced") == 0)
		self->device->updates_forced = FALSE;
	self->device->last_heard_us = g_get_real_time();
	sim_event_device(self->sim, self->device, name, text ? text : self->hash);
	if (++self->step < G_N_ELEMENTS(steps))
		g_timeout_add((guint)(self->step == 1 ? self->sim->options.flash_ms
						      : steps[self->step].after_ms),
			      step_cb, self);
	else
		flash_free(self);
	return G_SOURCE_REMOVE;
}

static void
flash_begin(Sim *sim, SimDevice *device, int version, gboolean fails)
{
	Flash *self = g_new0(Flash, 1);

	self->sim = sim;
	self->device = device;
	self->version = version;
	self->fails = fails;
	self->hash = sim_random_hex(sim, 64);
	device->flashing = TRUE;
	g_timeout_add((guint)steps[0].after_ms, step_cb, self);
}

void
sim_flash_start(Sim *sim, SimDevice *device, int version)
{
	flash_begin(sim, device, version, FALSE);
}

void
sim_fail_flash_timeout(SimRequest *request)
{
	sim_reply(
	    request, 500,
	    json_pack("{s:b, s:i, s:[s]}", "ok", 0, "code", 500, "errors", "Request Timed Out"));
}

static gboolean
has_source(SimRequest *request)
{
	const char *filename = NULL;

	for (guint i = 0; i < sim_request_n_files(request); i++)
		if (sim_request_file(request, i, &filename) && sim_is_source(filename))
			return TRUE;
	return FALSE;
}

gboolean
sim_check_platform(SimRequest *request, GBytes *binary, int platform_id)
{
	int found = platform_id;

	sim_binary_read(binary, &found);
	if (found == platform_id)
		return TRUE;
	sim_fail(request, 400, "Incorrect platform id (expected %d, parsed %d)", platform_id,
		 found);
	return FALSE;
}

/* What has no header is passed on as it came: which of these the cloud refuses is not documented.
 */
static gboolean
is_refused_by_device(GBytes *binary)
{
	int platform_id;

	return sim_binary_read(binary, &platform_id) == SIM_BINARY_BROKEN;
}

/* A multipart PUT: sources are compiled first, a binary goes as it is. */
void
sim_flash_request(SimRequest *request)
{
	SimDevice *device = request->device;
	gboolean source = has_source(request);
	GBytes *binary = source ? NULL : sim_request_file(request, 0, NULL);
	g_autofree char *errors = source ? sim_compile(request) : NULL;

	if (errors) {
		sim_reply(request, 200,
			  json_pack("{s:b, s:s, s:s, s:[s]}", "ok", 0, "output",
				    "Compiler encountered an error", "stdout", "", "errors",
				    errors));
		return;
	}
	if (binary && !g_bytes_get_size(binary)) {
		sim_fail(request, 400, "The file is empty");
		return;
	}
	if (binary && !sim_check_platform(request, binary, device->platform_id))
		return;
	if (!sim_request_reaches(request)) {
		sim_fail_flash_timeout(request);
		return;
	}
	flash_begin(request->sim, device, 0, binary && is_refused_by_device(binary));
	if (source)
		sim_reply(request, 200,
			  json_pack("{s:b, s:s}", "ok", 1, "message", "Update started"));
	else
		sim_reply(request, 200,
			  json_pack("{s:s, s:s}", "id", device->id, "status", "Update started"));
}
