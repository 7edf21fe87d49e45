/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * No more requests than a number in any period of a length, whenever it begins: half of them at
 * once, the others one by one.
 */
typedef struct {
	guint size; /* at once; 0: no limit */
	double interval_us;
	double left;
	gint64 at_us;
} PfsBudget;

void pfs_budget_init(PfsBudget *self, guint size, guint period_secs, gint64 now_us);

/* Takes one; FALSE when none is left. */
gboolean pfs_budget_take(PfsBudget *self, gint64 now_us);

/* How long until one is left, in µs. */
gint64 pfs_budget_wait_us(PfsBudget *self, gint64 now_us);

guint pfs_budget_get_left(PfsBudget *self, gint64 now_us);

G_END_DECLS
