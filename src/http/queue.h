/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <particlefs/http.h>

#include "budget.h"

G_BEGIN_DECLS

/* What waits for a device, or never ends, is not to keep what is answered at once from being sent.
 */
typedef enum {
	PFS_LANE_PLAIN,
	PFS_LANE_DEVICE,
	PFS_LANE_STREAM,
	PFS_N_LANES,
} PfsLaneNumber;

typedef struct {
	PfsBudget budget; /* beside that of all */
	guint running;
	guint running_max;
} PfsLane;

/* The cloud wants no more of a kind for a while. */
typedef struct {
	gint64 until_us;
	long status; /* that said so */
} PfsHold;

/* Exchanges that may not be sent yet, in the order in which they came. */
typedef struct {
	GQueue waiting;
	PfsBudget budget;
	PfsLane lanes[PFS_N_LANES];
	gint64 hold_wait_max_us;
	GHashTable *holds; /* what the cloud counts together -> PfsHold */
	GHashTable *turns; /* process group -> how much was sent for it */
	gboolean by_age;   /* the next is the one that has waited longest */
	guint connections_max;
} PfsQueue;

void pfs_queue_init(PfsQueue *self, const PfsHttpOptions *options, guint timeout_ms, gint64 now_us);
void pfs_queue_clear(PfsQueue *self);
PfsLane *pfs_queue_get_lane(PfsQueue *self, PfsHttpExchange *exchange);

/* Holds all that the cloud counts together with it. */
void pfs_queue_hold(PfsQueue *self, PfsHttpExchange *exchange, const PfsHold *hold);

/* NULL when it is not held, or no longer. */
const PfsHold *pfs_queue_find_hold(PfsQueue *self, PfsHttpExchange *exchange, gint64 now_us);

/* How long it may wait because the cloud has asked for that. */
gint64 pfs_queue_get_patience_us(PfsQueue *self, PfsHttpExchange *exchange, gint64 now_us);

/* Whether it may be sent at once; then it is counted as sent. */
gboolean pfs_queue_skip(PfsQueue *self, PfsHttpExchange *exchange, gint64 now_us);

/* Whether what is being sent may be sent once more; then that is counted, too. */
gboolean pfs_queue_repeat(PfsQueue *self, PfsHttpExchange *exchange, gint64 now_us);

void pfs_queue_push(PfsQueue *self, PfsHttpExchange *exchange, gint64 not_before_us);
void pfs_queue_remove(PfsQueue *self, PfsHttpExchange *exchange);

/*
 * Takes the next that may be sent, or that has waited too long, or would have to (@out_expired);
 * NULL when there is none before @out_next_us.
 */
PfsHttpExchange *pfs_queue_pop(PfsQueue *self, gint64 now_us, gboolean *out_expired,
			       gint64 *out_next_us);

G_END_DECLS
