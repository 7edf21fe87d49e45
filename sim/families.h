/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "router.h"

/* The families of routes (families.c lists them), and what one offers to another. */
extern const SimFamily sim_families[];

/* Seeds: the first rows of a family, by scope. */
void sim_config_seed(Sim *sim);
void sim_firmware_seed(Sim *sim);
void sim_hooks_seed(Sim *sim);
void sim_ledgers_seed(Sim *sim);
void sim_libraries_seed(Sim *sim);
void sim_logic_seed(Sim *sim);
void sim_team_seed(Sim *sim);

char *sim_auth_client(SimRequest *request, char **out_scope);
void sim_reply_token(SimRequest *request, guint status, SimToken *token);

/* @version: of the product's firmware that will run then; 0: leave it */
void sim_flash_start(Sim *sim, SimDevice *device, int version);
void sim_flash_request(SimRequest *request);
void sim_fail_flash_timeout(SimRequest *request);

/* Compiles the request's files: NULL when fine, else the compiler's words. */
char *sim_compile(SimRequest *request);
GBytes *sim_compile_output(SimRequest *request, int platform_id);

/* Answers, and returns FALSE, when a binary is for another platform than @platform_id. */
gboolean sim_check_platform(SimRequest *request, GBytes *binary, int platform_id);

/* The version that a device is to run, 0 for none; and the update that brings it there. */
gboolean sim_release_has_group(Sim *sim, const SimDevice *device);
int sim_release_find(Sim *sim, const SimDevice *device);
void sim_release_reach(Sim *sim, SimDevice *device);
/* A device that connects takes the configuration that waits for it. */
void sim_config_reach(Sim *sim, SimDevice *device);

gboolean sim_is_source(const char *filename);
