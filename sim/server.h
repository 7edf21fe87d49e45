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
/* raw.c: answers that no library would send */
gboolean sim_raw_is_planned(const SimFaultPlan *plan);
void sim_raw_answer(SimRequest *request, const SimFaultPlan *plan);
void sim_raw_add_headers(SimRequest *request, const char *count);
void sim_raw_send(SoupServerMessage *message, const char *text);
void sim_raw_send_interim(SimRequest *request, const char *count);
gboolean sim_raw_endless_piece(gpointer data, GString *out);
gboolean sim_raw_bomb_piece(gpointer data, GString *out);

const SimFaultPlan *sim_server_plan(SimRequest *request);
