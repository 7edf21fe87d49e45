/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "faults.h"
#include "request.h"

/* Appends the next piece to @out; returns FALSE when that was the last. */
typedef gboolean (*SimProducer)(gpointer data, GString *out);

gboolean sim_server_start(Sim *sim, GError **error);
void sim_server_answer(SimRequest *request);
void sim_server_produce(SimRequest *request, SimProducer producer, gpointer data,
			GDestroyNotify destroy);
void sim_server_begin_stream(SimRequest *request);
void sim_server_hang_up(SoupServerMessage *message, gboolean reset);
const SimFaultPlan *sim_server_plan(SimRequest *request);
