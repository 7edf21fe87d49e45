/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "request.h"

/*
 * Routes are data. A row stands for the same path in up to four scopes:
 * /v1/…, /v1/products/:product/…, /v1/orgs/:org/… and
 * /v1/orgs/:org/products/:product/….  The router finds what :product, :org and
 * :device name, and refuses what the token may not touch, before the handler runs.
 */
typedef enum {
	SIM_OWN = 1 << 0,
	SIM_PRODUCT = 1 << 1,
	SIM_ORG = 1 << 2,
	SIM_ORG_PRODUCT = 1 << 3,
	SIM_ROOT = 1 << 4, /* the path as it stands, without /v1 */
} SimScopes;

typedef enum {
	SIM_NEEDS_TOKEN,
	SIM_NEEDS_NOTHING,
	SIM_NEEDS_LOOPBACK,
} SimNeed;

struct _SimRoute {
	const char *method;
	guint scopes;
	const char *path;
	SimHandler handler;
	const char *right; /* what an API user needs; NULL: closed to API users */
	SimNeed need;
	const char *limit; /* name of the rate limit it counts against, beside the global one */
};

typedef struct {
	const char *name;
	const SimRoute *routes; /* ended by a row without method */
	void (*seed)(Sim *sim); /* puts the first rows there; or NULL */
} SimFamily;

guint sim_router_stream_part(char **parts);
gboolean sim_router_admit(SimRequest *request);
void sim_router_dispatch(SimRequest *request);
void sim_router_seed(Sim *sim);
