/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "router.h"

/* The families of routes (families.c lists them), and what one offers to another. */
extern const SimFamily sim_families[];

char *sim_auth_client(SimRequest *request, char **out_scope);
void sim_reply_token(SimRequest *request, guint status, SimToken *token);

/* @version: of the product's firmware that will run then; 0: leave it */
void sim_flash_start(Sim *sim, SimDevice *device, int version);
void sim_flash_request(SimRequest *request);
void sim_fail_flash_timeout(SimRequest *request);

/* Compiles the request's files: NULL when fine, else the compiler's words. */
char *sim_compile(SimRequest *request);
GBytes *sim_compile_output(SimRequest *request);
gboolean sim_is_source(const char *filename);
