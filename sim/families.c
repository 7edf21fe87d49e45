/* SPDX-License-Identifier: Apache-2.0 */
#include "families.h"

/* clang-format off */
#define FAMILIES(F, S) \
	F(auth) F(devices) F(calls) F(events) F(flash) F(diagnostics) F(control)

#define DECLARE(name)      extern const SimRoute sim_##name##_routes[];
#define DECLARE_SEED(name) DECLARE(name) void sim_##name##_seed(Sim *sim);
#define ROW(name)          { #name, sim_##name##_routes, NULL },
#define ROW_SEED(name)     { #name, sim_##name##_routes, sim_##name##_seed },

FAMILIES(DECLARE, DECLARE_SEED)

const SimFamily sim_families[] = {
	FAMILIES(ROW, ROW_SEED)
	{ NULL },
};
/* clang-format on */
