/* SPDX-License-Identifier: Apache-2.0 */
#include "families.h"

/* clang-format off */
#define FAMILIES(F, S) \
	F(auth) F(account) F(devices) F(calls) F(events) F(diagnostics) F(products)    \
	S(firmware) S(team) F(sims) S(hooks) F(clients) S(libraries) S(config) S(logic) \
	S(ledgers) F(env) F(networks) F(targets) F(reports) F(documents) \
	F(control)

#define DECLARE(name)      extern const SimRoute sim_##name##_routes[];
#define ROW(name)          { #name, sim_##name##_routes, NULL },
#define ROW_SEED(name)     { #name, sim_##name##_routes, sim_##name##_seed },

FAMILIES(DECLARE, DECLARE)

const SimFamily sim_families[] = {
	FAMILIES(ROW, ROW_SEED)
	{ NULL },
};
/* clang-format on */
