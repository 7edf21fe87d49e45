/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "request.h"

json_t *sim_script_run(SimRequest *request, const char *code);
gboolean sim_script_is_valid(const char *code);
