/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include <particlefs/api.h>

G_BEGIN_DECLS

/**
 * PfsOutcome:
 * @PFS_READY: it is there
 * @PFS_PENDING: a transfer is under way: wait for #PfsAccess.waiting_for, then ask again
 * @PFS_FAILED: #PfsAccess.error says why
 *
 * What a question to the tree gives. Nothing below ever calls back with a result: who has to wait
 * is woken and asks again, and finds it in the cache. So there is one code path for what is cached
 * and for what is not, and a transfer is shared by all who ask meanwhile.
 */
typedef enum {
	PFS_READY,
	PFS_PENDING,
	PFS_FAILED,
} PfsOutcome;

typedef struct _PfsResource PfsResource;
typedef struct _PfsWaiter PfsWaiter;

/**
 * PfsAccess:
 * @start_us: monotonic time at which the caller's operation began. What was fetched since then is
 *   true for the caller, whatever its time to live
 * @bypass: accept only what was fetched since @start_us (O_DIRECT)
 * @waiting_for: (transfer none): set with %PFS_PENDING
 * @error: (transfer full): set with %PFS_FAILED
 *
 * One operation's view of the cache. The same access is used for every try of the operation.
 */
typedef struct {
	gint64 start_us;
	gboolean bypass;
	PfsResource *waiting_for;
	GError *error;
} PfsAccess;

/**
 * pfs_access_init:
 * @self: (out caller-allocates): an access
 * @bypass: see #PfsAccess
 *
 * Begins an operation now.
 */
void pfs_access_init(PfsAccess *self, gboolean bypass);

/**
 * pfs_access_clear:
 * @self: an access
 *
 * Frees its error.
 */
void pfs_access_clear(PfsAccess *self);

/**
 * pfs_access_fail:
 * @self: an access; an error that it has is replaced
 * @code: an errno
 * @format: as for printf()
 *
 * Returns: %PFS_FAILED
 */
PfsOutcome pfs_access_fail(PfsAccess *self, int code, const char *format, ...) G_GNUC_PRINTF(3, 4);

/**
 * PfsResourceClass:
 * @start: (nullable): begins the transfer, or fails; its end is told by pfs_resource_finish(),
 * never from inside this. NULL where pfs_resource_get() is never asked
 * @stop: (nullable): drops the transfer
 * @free: (nullable): frees the resource; NULL for one that is a part of something else
 *
 * What a kind of resource does.
 */
typedef struct {
	gboolean (*start)(PfsResource *resource, GError **error);
	void (*stop)(PfsResource *resource);
	void (*free)(PfsResource *resource);
} PfsResourceClass;

/** pfs_wakeup_class: for something that is only waited for, a part of what lets it happen */
extern const PfsResourceClass pfs_wakeup_class;

/**
 * PfsResource:
 * @klass: what it does
 * @ref_count: owners
 * @begun_us: monotonic time when the last transfer began
 * @outdated: it was expired since: what comes is good for who waited already, and for nobody else
 * @fetched_us: monotonic time of the last success, 0 for never
 * @fetched_wall_us: the same on the wall clock
 * @failed_us: monotonic time of the last failure
 * @error: (nullable): the last failure, NULL after a success
 * @busy: a transfer is under way
 * @waiters: first of those who wait
 * @holders: how many will ask again, though they do not wait now
 * @describe: (nullable): text for the log of errors: which file asked first
 *
 * Something of the cloud that is fetched once for all who ask: state of a single flight. Embedded
 * as the first member of what is fetched.
 */
struct _PfsResource {
	const PfsResourceClass *klass;
	guint ref_count;
	gint64 begun_us;
	gboolean outdated;
	gint64 fetched_us;
	gint64 fetched_wall_us;
	gint64 failed_us;
	GError *error;
	gboolean busy;
	PfsWaiter *waiters;
	guint holders;
	char *describe;
};

/**
 * PfsWaiter:
 * @wake: runs once when the resource's transfer has ended, well or badly
 * @user_data: for @wake
 *
 * Somebody who waits; lives in the caller's memory. The rest is private.
 */
struct _PfsWaiter {
	void (*wake)(PfsWaiter *waiter);
	gpointer user_data;
	PfsResource *resource;
	PfsWaiter *next;
	PfsWaiter *previous;
};

/**
 * pfs_resource_init:
 * @self: (out caller-allocates): a resource, with one owner
 * @klass: what it does; static
 */
void pfs_resource_init(PfsResource *self, const PfsResourceClass *klass);

/**
 * pfs_resource_ref:
 * @self: a resource
 *
 * Returns: (transfer full): the same
 */
PfsResource *pfs_resource_ref(PfsResource *self);

/**
 * pfs_resource_unref:
 * @self: a resource
 *
 * Without an owner it drops its transfer, and is freed. Who waits is an owner.
 */
void pfs_resource_unref(PfsResource *self);

/**
 * pfs_resource_get:
 * @self: a resource
 * @access: the operation
 * @ttl_us: how long an answer is fresh
 * @stale_us: how much longer it may be served while the cloud can't be reached; 0 for never
 *
 * Asks for a resource: fresh, remembered as failed (a second at most), or a transfer that is
 * started, or joined.
 *
 * Returns: the outcome
 */
PfsOutcome pfs_resource_get(PfsResource *self, PfsAccess *access, gint64 ttl_us, gint64 stale_us);

/**
 * pfs_resource_get_valid_us:
 * @self: a resource
 * @ttl_us: how long an answer is fresh
 *
 * Returns: how much longer what was fetched is fresh; not above 0: it is not
 */
gint64 pfs_resource_get_valid_us(const PfsResource *self, gint64 ttl_us);

/**
 * pfs_resource_expire:
 * @self: a resource
 *
 * What was fetched, or is on its way, is no longer fresh, and a failure is forgotten.
 */
void pfs_resource_expire(PfsResource *self);

/**
 * pfs_resource_drop:
 * @self: a resource whose transfer is under way
 *
 * Drops the transfer, though somebody may hold it: who asks next begins another one. Who waits is
 * to be told by pfs_resource_finish().
 */
void pfs_resource_drop(PfsResource *self);

/**
 * pfs_resource_wait:
 * @self: a resource that was pending
 * @waiter: who waits
 */
void pfs_resource_wait(PfsResource *self, PfsWaiter *waiter);

/**
 * pfs_resource_finish:
 * @self: a resource whose transfer has ended
 * @error: (nullable): why it failed; copied
 *
 * Notes the outcome, and wakes all who wait.
 */
void pfs_resource_finish(PfsResource *self, const GError *error);

/**
 * pfs_resource_hold:
 * @self: a resource
 *
 * For who takes bit by bit what arrives, and waits only now and then: the transfer is not dropped
 * until pfs_resource_release(). A holder is an owner.
 */
void pfs_resource_hold(PfsResource *self);

/**
 * pfs_resource_release:
 * @self: a resource that the caller holds
 *
 * When nobody else waits for it or holds it, the transfer is dropped.
 */
void pfs_resource_release(PfsResource *self);

/**
 * pfs_resource_wake:
 * @self: a resource
 *
 * Wakes all who wait. A resource that has a transfer does so by itself; this is for one that is
 * only waited for: a log that grows, a stream that opens.
 */
void pfs_resource_wake(PfsResource *self);

/**
 * pfs_waiter_cancel:
 * @self: a waiter, waiting or not
 *
 * Stops waiting. When nobody else waits for the resource or holds it, the transfer is dropped.
 */
void pfs_waiter_cancel(PfsWaiter *self);

/**
 * PfsResourceFailureFunc:
 * @resource: what could not be fetched
 * @error: why
 * @user_data: as given
 */
typedef void (*PfsResourceFailureFunc)(PfsResource *resource, const GError *error,
				       gpointer user_data);

/**
 * pfs_resource_set_failure_func:
 * @func: (nullable): the one observer of all failures, for the log of errors
 * @user_data: for @func
 */
void pfs_resource_set_failure_func(PfsResourceFailureFunc func, gpointer user_data);

/**
 * PfsCacheStats:
 * @hits: questions answered from memory
 * @misses: questions that began a transfer
 * @joined: questions that joined one
 * @stale: questions answered with something past its time, as the cloud was out of reach
 */
typedef struct {
	guint64 hits;
	guint64 misses;
	guint64 joined;
	guint64 stale;
} PfsCacheStats;

/** pfs_cache_stats: the process's counters */
extern PfsCacheStats pfs_cache_stats;

/**
 * pfs_error_is_outage:
 * @error: why a resource was not fetched
 *
 * Returns: whether it is trouble on the way to the cloud or in it, not an answer about the resource
 */
gboolean pfs_error_is_outage(const GError *error);

G_END_DECLS
