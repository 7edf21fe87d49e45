/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges that wait: for the budget, for a Retry-After, for a backoff, for others of their lane
 * to end.
 *
 * Where many wait, every other turn is for those for whom least was sent of late, so that a loop,
 * or fifty, keep nobody waiting who asks for little. A shell makes each loop, and each command that
 * is typed, a process group: that is who has turns. The turns between are for whoever has waited
 * longest.
 *
 * What the cloud refuses for its number, with a Retry-After, is held for all that ask for the same
 * route. Some routes have limits of their own beside that of all, of up to an hour, and an answer
 * does not tell which it was: so a route is all that is held. Where it was the limit of all, each
 * other route finds out by one request.
 */
#include "queue.h"

#include <sys/resource.h>
#include <unistd.h>

#include "private.h"

/* Of the cloud's 100 in 5 minutes and 100 at once, which are for all programs at one address. */
#define STREAM_OPENINGS 100
#define STREAM_PERIOD_SECS 300
#define STREAMS_MAX 90
#define LANE_MAX 128
/* Who is asked to wait longer is told so. */
#define HOLD_WAIT_MAX_US (60 * G_USEC_PER_SEC)
#define FEWEST 2
/* Most have ended long ago. */
#define GROUPS_MAX 4096

/* Half of the descriptors are for them, which spools leave free, so that none fails for the lack of
 * one. */
static guint
get_connections_max(void)
{
	struct rlimit limit;
	guint wanted = PFS_N_LANES * LANE_MAX;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return wanted;
	return (guint)MIN(limit.rlim_cur / 2, wanted);
}

void
pfs_queue_init(PfsQueue *self, const PfsHttpOptions *options, guint timeout_ms, gint64 now_us)
{
	guint share;

	self->connections_max = get_connections_max();
	/* A fourth is for those that are kept for later. */
	share = CLAMP(self->connections_max / (PFS_N_LANES + 1), FEWEST, LANE_MAX);
	for (guint i = 0; i < PFS_N_LANES; i++)
		self->lanes[i].running_max = share;
	self->lanes[PFS_LANE_STREAM].running_max = MIN(share, STREAMS_MAX);
	pfs_budget_init(&self->budget, options->budget_requests, options->budget_secs, now_us);
	pfs_budget_init(&self->lanes[PFS_LANE_PLAIN].budget, 0, 0, now_us);
	pfs_budget_init(&self->lanes[PFS_LANE_DEVICE].budget, options->dataops,
			options->dataops_secs, now_us);
	pfs_budget_init(&self->lanes[PFS_LANE_STREAM].budget,
			options->budget_requests > 0 ? STREAM_OPENINGS : 0, STREAM_PERIOD_SECS,
			now_us);
	self->hold_wait_max_us = MIN(HOLD_WAIT_MAX_US, (gint64)timeout_ms * 1000);
	self->holds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	self->turns = g_hash_table_new(NULL, NULL);
}

void
pfs_queue_clear(PfsQueue *self)
{
	g_hash_table_unref(self->holds);
	g_hash_table_unref(self->turns);
}

PfsLane *
pfs_queue_get_lane(PfsQueue *self, PfsHttpExchange *exchange)
{
	if (exchange->request->stream)
		return &self->lanes[PFS_LANE_STREAM];
	return &self->lanes[exchange->request->calls_device ? PFS_LANE_DEVICE : PFS_LANE_PLAIN];
}

static const char *
get_kind(PfsHttpExchange *exchange)
{
	const PfsHttpRequest *request = exchange->request;

	return request->route != NULL ? request->route : request->target;
}

void
pfs_queue_hold(PfsQueue *self, PfsHttpExchange *exchange, const PfsHold *hold)
{
	g_hash_table_insert(self->holds, g_strdup(get_kind(exchange)),
			    g_memdup2(hold, sizeof(*hold)));
}

const PfsHold *
pfs_queue_find_hold(PfsQueue *self, PfsHttpExchange *exchange, gint64 now_us)
{
	const char *kind = get_kind(exchange);
	const PfsHold *hold = g_hash_table_lookup(self->holds, kind);

	if (hold == NULL || hold->until_us > now_us)
		return hold;
	g_hash_table_remove(self->holds, kind);
	return NULL;
}

gint64
pfs_queue_get_patience_us(PfsQueue *self, PfsHttpExchange *exchange, gint64 now_us)
{
	return MIN(self->hold_wait_max_us, exchange->give_up_us - now_us);
}

static guint
get_turn(PfsQueue *self, PfsHttpExchange *exchange)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(self->turns, GINT_TO_POINTER(exchange->group)));
}

static gint64
get_budget_wait_us(PfsQueue *self, PfsLane *lane, gint64 now_us)
{
	return MAX(pfs_budget_wait_us(&self->budget, now_us),
		   pfs_budget_wait_us(&lane->budget, now_us));
}

/* How long until it may be sent; G_MAXINT64: until another has ended. */
static gint64
get_wait_us(PfsQueue *self, PfsHttpExchange *exchange, gint64 now_us)
{
	PfsLane *lane = pfs_queue_get_lane(self, exchange);
	const PfsHold *hold = pfs_queue_find_hold(self, exchange, now_us);

	if (exchange->not_before_us > now_us)
		return exchange->not_before_us - now_us;
	if (exchange->early != NULL)
		return 0;
	if (hold != NULL)
		return hold->until_us - now_us;
	if (lane->running >= lane->running_max)
		return G_MAXINT64;
	return get_budget_wait_us(self, lane, now_us);
}

static gboolean
is_hopeless(PfsQueue *self, PfsHttpExchange *exchange, gint64 now_us)
{
	const PfsHold *hold = pfs_queue_find_hold(self, exchange, now_us);

	return hold != NULL && exchange->early == NULL &&
	       hold->until_us - now_us > pfs_queue_get_patience_us(self, exchange, now_us);
}

static gboolean
is_whole(PfsBudget *budget, gint64 now_us)
{
	return pfs_budget_get_left(budget, now_us) >= budget->size;
}

/* Turns are forgotten once all the budget is there again: of what is asked, and of all else. In a
 * mount that is always busy they are once there are many. */
static void
forget_turns(PfsQueue *self, gint64 now_us)
{
	if (g_hash_table_size(self->turns) >= GROUPS_MAX)
		g_hash_table_remove_all(self->turns);
	for (guint i = 0; i < PFS_N_LANES; i++)
		if (!is_whole(&self->lanes[i].budget, now_us))
			return;
	if (is_whole(&self->budget, now_us))
		g_hash_table_remove_all(self->turns);
}

static void
take(PfsQueue *self, PfsHttpExchange *exchange, gint64 now_us)
{
	PfsLane *lane = pfs_queue_get_lane(self, exchange);

	if (exchange->early != NULL)
		return;
	forget_turns(self, now_us);
	if (exchange->group == 0 && exchange->caller > 0)
		exchange->group = getpgid(exchange->caller);
	if (self->budget.size > 0 || lane->budget.size > 0)
		g_hash_table_insert(self->turns, GINT_TO_POINTER(exchange->group),
				    GUINT_TO_POINTER(get_turn(self, exchange) + 1));
	pfs_budget_take(&self->budget, now_us);
	pfs_budget_take(&lane->budget, now_us);
}

gboolean
pfs_queue_skip(PfsQueue *self, PfsHttpExchange *exchange, gint64 now_us)
{
	if (self->waiting.length > 0 || exchange->early != NULL ||
	    get_wait_us(self, exchange, now_us) > 0)
		return FALSE;
	take(self, exchange, now_us);
	return TRUE;
}

gboolean
pfs_queue_repeat(PfsQueue *self, PfsHttpExchange *exchange, gint64 now_us)
{
	if (pfs_queue_find_hold(self, exchange, now_us) != NULL ||
	    get_budget_wait_us(self, pfs_queue_get_lane(self, exchange), now_us) > 0)
		return FALSE;
	take(self, exchange, now_us);
	return TRUE;
}

void
pfs_queue_push(PfsQueue *self, PfsHttpExchange *exchange, gint64 not_before_us)
{
	exchange->not_before_us = not_before_us;
	exchange->waits = TRUE;
	if (exchange->group == 0 && exchange->caller > 0)
		exchange->group = getpgid(exchange->caller);
	g_queue_push_tail_link(&self->waiting, &exchange->waiting_link);
}

void
pfs_queue_remove(PfsQueue *self, PfsHttpExchange *exchange)
{
	if (!exchange->waits)
		return;
	exchange->waits = FALSE;
	g_queue_unlink(&self->waiting, &exchange->waiting_link);
}

static PfsHttpExchange *
choose(PfsQueue *self, gint64 now_us, gint64 *out_next_us)
{
	PfsHttpExchange *chosen = NULL;

	*out_next_us = G_MAXINT64;
	for (GList *link = self->waiting.head; link != NULL; link = link->next) {
		PfsHttpExchange *exchange = link->data;
		gint64 wait_us = get_wait_us(self, exchange, now_us);
		gint64 left_us = MAX(exchange->give_up_us - now_us, 0);

		/* A wait that was asked for is not given up; it is no longer than that. */
		if (is_hopeless(self, exchange, now_us))
			wait_us = 0;
		else if (exchange->not_before_us <= now_us)
			wait_us = MIN(wait_us, left_us);
		if (wait_us > 0)
			*out_next_us = MIN(*out_next_us, now_us + wait_us);
		else if (chosen == NULL || get_turn(self, exchange) < get_turn(self, chosen))
			chosen = exchange;
		if (chosen != NULL && (self->by_age || get_turn(self, chosen) == 0))
			break;
	}
	return chosen;
}

PfsHttpExchange *
pfs_queue_pop(PfsQueue *self, gint64 now_us, gboolean *out_expired, gint64 *out_next_us)
{
	PfsHttpExchange *chosen = choose(self, now_us, out_next_us);

	if (chosen == NULL)
		return NULL;
	*out_expired = get_wait_us(self, chosen, now_us) > 0;
	if (!*out_expired) {
		take(self, chosen, now_us);
		self->by_age = !self->by_age;
	}
	pfs_queue_remove(self, chosen);
	return chosen;
}
