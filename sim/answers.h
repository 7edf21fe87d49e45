/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "request.h"

/* Answers that a test has written, in place of those that the cloud would give. */
void sim_answers_init(Sim *sim);
void sim_answers_clear(Sim *sim);
gboolean sim_answers_add(Sim *sim, const json_t *description, const char **out_wrong);

/* Whether there was one for this request, which is then answered. */
gboolean sim_answers_reply(SimRequest *request);
