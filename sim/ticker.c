/* SPDX-License-Identifier: Apache-2.0 */
/* What devices do by themselves: publish at --event-rate, come and go at --churn. */
#include "events.h"
#include "fleet.h"

#include <string.h>

typedef struct {
	Sim *sim;
	double events_owed;
	double churn_owed;
	gint64 last_us;
} Ticker;

/* One that belongs to somebody and is online, found from a random place on. */
static SimDevice *
pick_device(Sim *sim, gboolean online)
{
	guint n = sim->devices->len;
	guint at = (guint)sim_random_below(sim, (int)n);

	for (guint i = 0; i < MIN(n, 200); i++) {
		SimDevice *device = g_ptr_array_index(sim->devices, (at + i) % n);

		if ((device->owner || device->product) && (!online || device->online))
			return device;
	}
	return NULL;
}

static void
publish_one(Ticker *self)
{
	SimDevice *device = pick_device(self->sim, TRUE);
	char data[48];

	if (!device || !device->profile)
		return;
	if (!device->profile->variables[0].name) {
		sim_event_device(self->sim, device, device->profile->event, "pressed");
		return;
	}
	sim_device_reading(self->sim, device, data, sizeof(data));
	sim_event_device(self->sim, device, device->profile->event, data);
}

static gboolean
tick_cb(gpointer data)
{
	Ticker *self = data;
	gint64 now = g_get_monotonic_time();
	double secs = (double)(now - self->last_us) / G_USEC_PER_SEC;

	self->last_us = now;
	self->events_owed += self->sim->options.event_rate * secs;
	self->churn_owed += self->sim->options.churn * secs;
	/* After a pause (a stopped process) do not make up for all of it. */
	self->events_owed = MIN(self->events_owed, self->sim->options.event_rate + 1);
	while (self->events_owed >= 1) {
		self->events_owed--;
		publish_one(self);
	}
	while (self->churn_owed >= 1) {
		SimDevice *device = pick_device(self->sim, FALSE);

		self->churn_owed--;
		/* The demo devices stay as they are: examples name them. */
		if (device && device->index > 10)
			sim_device_set_online(self->sim, device, !device->online);
	}
	return G_SOURCE_CONTINUE;
}

void
sim_ticker_start(Sim *sim)
{
	Ticker *ticker;

	if (sim->options.event_rate <= 0 && sim->options.churn <= 0)
		return;
	ticker = g_new0(Ticker, 1);
	ticker->sim = sim;
	ticker->last_us = g_get_monotonic_time();
	sim->ticker = g_timeout_add_full(
	    G_PRIORITY_DEFAULT, sim->options.event_rate >= 100 ? 5 : 20, tick_cb, ticker, g_free);
}
