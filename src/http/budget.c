/* SPDX-License-Identifier: Apache-2.0 */
#include "budget.h"

/* One request may take longer on its way than the next: what is sent in a time can arrive in less.
 */
#define SPARE 1.05

void
pfs_budget_init(PfsBudget *self, guint size, guint period_secs, gint64 now_us)
{
	guint rest;

	self->size = period_secs > 0 ? (size + 1) / 2 : 0;
	rest = MAX(size - self->size, 1);
	self->interval_us = (double)period_secs * G_USEC_PER_SEC * SPARE / rest;
	self->left = self->size;
	self->at_us = now_us;
}

static void
refill(PfsBudget *self, gint64 now_us)
{
	double gained = (double)(now_us - self->at_us) / self->interval_us;

	self->left = MIN(self->left + gained, (double)self->size);
	self->at_us = now_us;
}

gboolean
pfs_budget_take(PfsBudget *self, gint64 now_us)
{
	if (self->size == 0)
		return TRUE;
	refill(self, now_us);
	if (self->left < 1)
		return FALSE;
	self->left -= 1;
	return TRUE;
}

gint64
pfs_budget_wait_us(PfsBudget *self, gint64 now_us)
{
	if (self->size == 0)
		return 0;
	refill(self, now_us);
	if (self->left >= 1)
		return 0;
	return (gint64)((1 - self->left) * self->interval_us) + 1;
}

guint
pfs_budget_get_left(PfsBudget *self, gint64 now_us)
{
	if (self->size == 0)
		return G_MAXUINT;
	refill(self, now_us);
	return (guint)self->left;
}
