/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells ThreadSanitizer what GLib's locks, thread pools and idle sources order: they are futexes in
 * a library that is not instrumented, so that whatever one thread hands to another looks like a
 * race. Nothing is suppressed: what happens beside a lock or a pool's queue is still reported.
 */
#include <dlfcn.h>

#include <glib.h>

/* Symbols of the program go before those of GLib, which are the next. */
#define CALL_REAL(name, ...) (((__typeof__(&name))dlsym(RTLD_NEXT, #name))(__VA_ARGS__))

void __tsan_acquire(void *address);
void __tsan_release(void *address);

typedef struct {
	GFunc func;
	gpointer user_data;
} Task;

static char tasks; /* stands for the end of every task */

static void
task_cb(gpointer data, gpointer user_data)
{
	Task *task = user_data;

	__tsan_acquire(data);
	__tsan_acquire(task);
	task->func(data, task->user_data);
	__tsan_release(&tasks);
}

/* A task lives as long as the program: pools are few. */
GThreadPool *
g_thread_pool_new(GFunc func, gpointer user_data, gint max_threads, gboolean exclusive,
		  GError **error)
{
	static GSList *kept;
	Task *task = g_new0(Task, 1);

	kept = g_slist_prepend(kept, task);
	task->func = func;
	task->user_data = user_data;
	__tsan_release(task);
	return CALL_REAL(g_thread_pool_new, task_cb, task, max_threads, exclusive, error);
}

gboolean
g_thread_pool_push(GThreadPool *pool, gpointer data, GError **error)
{
	__tsan_release(data);
	return CALL_REAL(g_thread_pool_push, pool, data, error);
}

void
g_thread_pool_free(GThreadPool *pool, gboolean immediate, gboolean wait)
{
	CALL_REAL(g_thread_pool_free, pool, immediate, wait);
	if (wait)
		__tsan_acquire(&tasks);
}

void
g_mutex_lock(GMutex *mutex)
{
	CALL_REAL(g_mutex_lock, mutex);
	__tsan_acquire(mutex);
}

void
g_mutex_unlock(GMutex *mutex)
{
	__tsan_release(mutex);
	CALL_REAL(g_mutex_unlock, mutex);
}

void
g_cond_wait(GCond *cond, GMutex *mutex)
{
	__tsan_release(mutex);
	CALL_REAL(g_cond_wait, cond, mutex);
	__tsan_acquire(mutex);
}

typedef struct {
	GSourceFunc func;
	gpointer user_data;
	GDestroyNotify notify;
} Idle;

static GMutex idles; /* held while one is added, with all that GLib allocates for that */

static gboolean
idle_cb(gpointer data)
{
	Idle *idle = data;

	g_mutex_lock(&idles);
	g_mutex_unlock(&idles);
	return idle->func(idle->user_data);
}

static void
idle_free(gpointer data)
{
	Idle *idle = data;

	if (idle->notify != NULL)
		idle->notify(idle->user_data);
	g_free(idle);
}

guint
g_idle_add_full(gint priority, GSourceFunc func, gpointer user_data, GDestroyNotify notify)
{
	Idle *idle = g_new0(Idle, 1);
	guint id;

	g_mutex_lock(&idles);
	idle->func = func;
	idle->user_data = user_data;
	idle->notify = notify;
	id = CALL_REAL(g_idle_add_full, priority, idle_cb, idle, idle_free);
	g_mutex_unlock(&idles);
	return id;
}
