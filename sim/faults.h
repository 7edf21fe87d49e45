/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "sim.h"

typedef enum {
	SIM_FAULT_LATENCY,
	SIM_FAULT_JITTER,
	SIM_FAULT_REFUSE,
	SIM_FAULT_STALL,
	SIM_FAULT_STATUS,
	SIM_FAULT_RETRY_AFTER,
	SIM_FAULT_EXPIRED,
	SIM_FAULT_RESET,
	SIM_FAULT_CUT,
	SIM_FAULT_LENGTH,
	SIM_FAULT_NOT_JSON,
	SIM_FAULT_HTML,
	SIM_FAULT_EMPTY,
	SIM_FAULT_ENDLESS,
	SIM_FAULT_SLOW,
	SIM_FAULT_REDIRECT,
	SIM_FAULT_INTERIM,
	SIM_FAULT_HEADERS,
	SIM_FAULT_GARBAGE,
	SIM_FAULT_BOMB,
	SIM_FAULT_STREAM,
	SIM_N_FAULTS
} SimFaultKind;

/* What happens to one request: the values of all faults that match it; NULL = not. */
typedef struct {
	const char *value[SIM_N_FAULTS];
} SimFaultPlan;

SimFaults *sim_faults_new(void);
void sim_faults_free(SimFaults *self);
const char *sim_faults_add(SimFaults *self, const char *spec, GError **error);
gboolean sim_faults_remove(SimFaults *self, const char *name);
void sim_faults_clear(SimFaults *self);
json_t *sim_faults_list(SimFaults *self);
gboolean sim_faults_is_stream(const char *method, const char *path);
void sim_faults_plan(SimFaults *self, const char *method, const char *path, SimFaultPlan *out_plan);
char *sim_faults_help(void);
