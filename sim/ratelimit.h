/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "request.h"

/* Requests counted by source address in windows of time, as the cloud does. */
SimLimits *sim_limits_new(const char *spec, GError **error);
void sim_limits_free(SimLimits *self);
void sim_limits_reset(SimLimits *self);
gboolean sim_limits_take(SimLimits *self, const char *name, const char *window_name,
			 SoupServerMessage *message, int *out_retry_secs);
void sim_limits_note_login(SimLimits *self, SoupServerMessage *message, gboolean failed);
gboolean sim_limits_allow_login(SimLimits *self, SoupServerMessage *message, int *out_retry_secs);
gboolean sim_limits_enabled(SimLimits *self);
void sim_fail_limit(SimRequest *request, int retry_secs);
