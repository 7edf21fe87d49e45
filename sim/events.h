/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "request.h"

/* An event on its way to the streams. Nothing is kept: there is no replay. */
typedef struct {
	const char *name;
	const char *data; /* NULL: published without */
	const char *coreid;
	int ttl;
	SimDevice *device;   /* that published it, or NULL */
	SimUser *user;	     /* whose devices' streams carry it, or NULL */
	SimProduct *product; /* whose streams carry it, or NULL */
} SimEvent;

SimHub *sim_hub_new(Sim *sim);
void sim_hub_free(SimHub *self);
guint sim_hub_n_streams(SimHub *self);
guint64 sim_hub_n_events(SimHub *self);
void sim_hub_drop_streams(SimHub *self);
void sim_event_send(Sim *sim, const SimEvent *event);
void sim_event_raw(Sim *sim, GBytes *bytes);
void sim_event_device(Sim *sim, SimDevice *device, const char *name, const char *data);
void sim_event_api(Sim *sim, SimUser *user, SimProduct *product, const char *name, const char *data,
		   int ttl);
void sim_ticker_start(Sim *sim);
