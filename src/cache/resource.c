/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single flight. A resource that is asked for while it is being fetched gains a waiter, not a
 * second transfer. Waiters are woken when the transfer has ended and ask again; the transfer is
 * dropped when the last of them goes away, unless somebody holds it.
 */
#include <errno.h>

#include <particlefs/resource.h>

/* A failure is remembered for so long, lest a loop in a shell hammers the cloud. */
#define FAILURE_MEMORY_US (1 * G_USEC_PER_SEC)

PfsCacheStats pfs_cache_stats;

static PfsResourceFailureFunc failure_func;
static gpointer failure_user_data;

void
pfs_resource_set_failure_func(PfsResourceFailureFunc func, gpointer user_data)
{
	failure_func = func;
	failure_user_data = user_data;
}

void
pfs_access_init(PfsAccess *self, gboolean bypass)
{
	*self = (PfsAccess){ .start_us = g_get_monotonic_time(), .bypass = bypass };
}

void
pfs_access_clear(PfsAccess *self)
{
	g_clear_error(&self->error);
	self->waiting_for = NULL;
}

PfsOutcome
pfs_access_fail(PfsAccess *self, int code, const char *format, ...)
{
	va_list arguments;

	g_clear_error(&self->error);
	va_start(arguments, format);
	self->error = g_error_new_valist(PFS_ERROR, code, format, arguments);
	va_end(arguments);
	return PFS_FAILED;
}

const PfsResourceClass pfs_wakeup_class = { .free = NULL };

void
pfs_resource_init(PfsResource *self, const PfsResourceClass *klass)
{
	*self = (PfsResource){ .klass = klass, .ref_count = 1 };
}

PfsResource *
pfs_resource_ref(PfsResource *self)
{
	self->ref_count++;
	return self;
}

void
pfs_resource_drop(PfsResource *self)
{
	self->busy = FALSE;
	self->klass->stop(self);
}

/* Where nobody is interested in the transfer. */
static void
stop(PfsResource *self)
{
	if (self->busy && self->waiters == NULL && self->holders == 0)
		pfs_resource_drop(self);
}

void
pfs_resource_unref(PfsResource *self)
{
	if (--self->ref_count > 0)
		return;
	g_assert(self->waiters == NULL);
	stop(self);
	g_clear_error(&self->error);
	g_free(self->describe);
	if (self->klass->free != NULL)
		self->klass->free(self);
}

/*
 * Each waiter is taken off the list before it is woken: it may ask again, and wait again, or free
 * itself and cancel others meanwhile. Those who begin to wait during the round wait for the next
 * transfer, which is why the round has a list of its own.
 */
void
pfs_resource_wake(PfsResource *self)
{
	PfsWaiter round = { 0 };

	round.next = self->waiters;
	if (round.next != NULL)
		round.next->previous = &round;
	self->waiters = NULL;
	while (round.next != NULL) {
		PfsWaiter *waiter = round.next;

		round.next = waiter->next;
		if (round.next != NULL)
			round.next->previous = &round;
		waiter->resource = NULL;
		waiter->next = waiter->previous = NULL;
		waiter->wake(waiter);
		pfs_resource_unref(self); /* the waiter's */
	}
}

static void
take_failure(PfsResource *self, GError *error)
{
	g_clear_error(&self->error);
	self->error = error;
	self->failed_us = g_get_monotonic_time();
	if (failure_func != NULL)
		failure_func(self, error, failure_user_data);
}

void
pfs_resource_finish(PfsResource *self, const GError *error)
{
	self->busy = FALSE;
	pfs_resource_ref(self);
	if (error != NULL) {
		take_failure(self, g_error_copy(error));
	} else {
		g_clear_error(&self->error);
		self->fetched_us = self->outdated ? self->begun_us : g_get_monotonic_time();
		self->fetched_wall_us = g_get_real_time();
	}
	pfs_resource_wake(self);
	pfs_resource_unref(self);
}

void
pfs_resource_hold(PfsResource *self)
{
	self->holders++;
	pfs_resource_ref(self);
}

void
pfs_resource_release(PfsResource *self)
{
	self->holders--;
	stop(self);
	pfs_resource_unref(self);
}

gboolean
pfs_error_is_outage(const GError *error)
{
	switch (error->code) {
	case EHOSTUNREACH:
	case ETIMEDOUT:
	case EREMOTEIO:
	case EBUSY:
	case EBADMSG: /* cut short, or by somebody else: the login page of a network */
		return TRUE;
	default:
		return FALSE;
	}
}

static PfsOutcome
get_after_failure(PfsResource *self, PfsAccess *access, gint64 now_us, gint64 ttl_us,
		  gint64 stale_us)
{
	if (!access->bypass && self->fetched_us > 0 && pfs_error_is_outage(self->error) &&
	    now_us < self->fetched_us + ttl_us + stale_us) {
		pfs_cache_stats.stale++;
		return PFS_READY;
	}
	g_clear_error(&access->error);
	access->error = g_error_copy(self->error);
	return PFS_FAILED;
}

gint64
pfs_resource_get_valid_us(const PfsResource *self, gint64 ttl_us)
{
	return self->outdated ? 0 : self->fetched_us + ttl_us - g_get_monotonic_time();
}

PfsOutcome
pfs_resource_get(PfsResource *self, PfsAccess *access, gint64 ttl_us, gint64 stale_us)
{
	gint64 now_us = g_get_monotonic_time();
	GError *error = NULL;

	if (self->fetched_us > 0 &&
	    (self->fetched_us >= access->start_us ||
	     (!access->bypass && pfs_resource_get_valid_us(self, ttl_us) > 0))) {
		pfs_cache_stats.hits++;
		return PFS_READY;
	}
	if (self->error != NULL &&
	    (self->failed_us >= access->start_us || now_us - self->failed_us < FAILURE_MEMORY_US))
		return get_after_failure(self, access, now_us, ttl_us, stale_us);
	if (self->busy) {
		pfs_cache_stats.joined++;
	} else {
		pfs_cache_stats.misses++;
		self->begun_us = now_us;
		self->outdated = FALSE;
		self->busy = self->klass->start(self, &error);
		if (!self->busy) {
			take_failure(self, error);
			return get_after_failure(self, access, now_us, ttl_us, 0);
		}
	}
	access->waiting_for = self;
	return PFS_PENDING;
}

void
pfs_resource_expire(PfsResource *self)
{
	self->fetched_us = 0;
	self->outdated = self->busy;
	g_clear_error(&self->error);
}

void
pfs_resource_wait(PfsResource *self, PfsWaiter *waiter)
{
	g_assert(waiter->resource == NULL);
	waiter->resource = self;
	waiter->previous = NULL;
	waiter->next = self->waiters;
	if (waiter->next != NULL)
		waiter->next->previous = waiter;
	self->waiters = waiter;
	pfs_resource_ref(self);
}

void
pfs_waiter_cancel(PfsWaiter *self)
{
	PfsResource *resource = self->resource;

	if (self->next != NULL)
		self->next->previous = self->previous;
	if (self->previous != NULL)
		self->previous->next = self->next;
	else if (resource != NULL)
		resource->waiters = self->next;
	self->next = self->previous = NULL;
	self->resource = NULL;
	if (resource == NULL)
		return;
	stop(resource);
	pfs_resource_unref(resource);
}
