/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A token bucket: @size requests, refilled evenly over @period_us. */
typedef struct {
	guint size; /* 0: no limit */
	gint64 period_us;
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
