/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that the kernel has to forget. It takes the directory's lock for that, alone; a look-up
 * there shares the lock until it is answered. Where one waits for the cloud the notification would
 * wait for it, and all who come to the directory would wait for the notification, where no signal
 * reaches them. So:
 *
 * - names are told when no request of ours waits in their directory, and kept until then;
 * - a look-up that has come in between, and begins to wait, is answered ESTALE: the kernel lets go
 * of the lock, and asks once more, for which no user sees anything. But it does so once alone: who
 * has come again stays;
 * - where nobody can make way, what waits until all is told is answered before it is.
 *
 * What acts in a directory has its lock for itself: the kernel has everybody wait for the end of a
 * mkdir.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <particlefs/hash.h>

#include "private.h"

/* What waits at the second look does so for a lock that one of our requests holds. */
#define LOOK_MS 10
/* Who was asked to come again has done so after that, most times. */
#define PAUSE_MS 100

typedef struct {
	PfsSession *session;
	guint64 number; /* in their order; what continues another one has its number */
	guint64 nodeid;
	GHashTable *names;
	pid_t thread;	   /* that tells them */
	gint abandoned;	   /* atomic: no further name */
	gboolean seen;	   /* it was waiting at a look */
	gboolean made_way; /* who waited there comes again, which takes a pause */
} Telling;

static GHashTable *
names_new(void)
{
	return g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free, NULL);
}

static void
telling_free(Telling *self)
{
	g_hash_table_unref(self->names);
	g_free(self);
}

static void
keep_rest(PfsHistory *history, GHashTable *names)
{
	GHashTableIter iter;
	gpointer name;

	g_hash_table_iter_init(&iter, names);
	while (g_hash_table_iter_next(&iter, &name, NULL)) {
		g_hash_table_iter_steal(&iter);
		g_hash_table_add(history->names, name);
	}
}

/* Whatever waits until names are told waits no more. */
static void
let_go(PfsSession *self)
{
	self->let_go = self->last_telling;
	pfs_notifier_let_go(self);
	pfs_resource_wake(&self->told);
}

gboolean
pfs_forget_has_come_again(PfsRequest *request)
{
	PfsHistory *history = pfs_inode_get(request->session, request->nodeid)->history;

	return history != NULL &&
	       pfs_mark_take(history->sent_away, fuse_req_ctx(request->req)->pid, request->name);
}

static gboolean
locks(const PfsRequest *request, guint64 nodeid)
{
	return request->locks[0] == nodeid || request->locks[1] == nodeid;
}

static gboolean
all_may_repeat(PfsSession *self, guint64 nodeid)
{
	for (GList *link = self->requests.head; link != NULL; link = link->next) {
		const PfsRequest *request = link->data;

		if (!request->may_repeat && locks(request, nodeid))
			return FALSE;
	}
	return TRUE;
}

/*
 * Whoever waits in the directory comes again, behind what is told. FALSE where that is of no use:
 * one that can't come again has locked the directory, or a request that the kernel has not sent
 * yet, as it waits for the lock of another one.
 */
static gboolean
make_way(PfsSession *self, Telling *telling)
{
	PfsInode *parent = pfs_inode_get(self, telling->nodeid);
	GList *next;

	if (telling->made_way || parent == NULL || parent->history->locked == 0 ||
	    !all_may_repeat(self, telling->nodeid))
		return FALSE;
	telling->made_way = TRUE;
	g_atomic_int_set(&telling->abandoned, TRUE);
	for (GList *link = self->requests.head; link != NULL; link = next) {
		PfsRequest *request = link->data;

		next = link->next;
		if (!locks(request, telling->nodeid))
			continue;
		pfs_mark_add(&parent->history->sent_away, fuse_req_ctx(request->req)->pid,
			     request->name);
		pfs_request_fail(request, ESTALE);
	}
	return TRUE;
}

/* In the kernel; a thread that is only not given a processor goes on by itself. */
static gboolean
waits_for_lock(const Telling *telling)
{
	g_autofree char *path = g_strdup_printf("/proc/self/task/%d/stat", (int)telling->thread);
	g_autofree char *stat = NULL;
	const char *state;

	if (!g_file_get_contents(path, &stat, NULL, NULL))
		return TRUE;
	state = strrchr(stat, ')');
	return state == NULL || g_str_has_prefix(state, ") D");
}

static gboolean
look_cb(gpointer user_data)
{
	PfsSession *self = user_data;
	Telling *telling = g_atomic_pointer_get(&self->told_now);

	/* It is freed by this thread alone. */
	if (telling != NULL && waits_for_lock(telling)) {
		if (telling->seen && !make_way(self, telling))
			let_go(self);
		telling->seen = TRUE;
	}
	if (self->tellings.length > 0)
		return G_SOURCE_CONTINUE;
	self->look_source = 0;
	return G_SOURCE_REMOVE;
}

/* NULL: there is none. */
static GList *
find_older(PfsSession *self, guint64 number)
{
	GList *link = self->tellings.tail;

	while (link != NULL && ((Telling *)link->data)->number > number)
		link = link->prev;
	return link;
}

/* Tells what there is to tell, if nobody waits in the directory. */
static void
begin_telling(PfsSession *self, PfsInode *parent, guint64 number)
{
	PfsHistory *history = parent->history;
	Telling *telling;

	if (history == NULL || history->names == NULL || g_hash_table_size(history->names) == 0 ||
	    history->telling != NULL || history->locked > 0 || self->ending)
		return;
	telling = g_new0(Telling, 1);
	telling->session = self;
	telling->number = number;
	telling->nodeid = parent->nodeid;
	telling->names = g_steal_pointer(&history->names);
	history->names = names_new();
	history->telling = telling;
	/* From the end: most are the newest. */
	g_queue_insert_after(&self->tellings, find_older(self, number), telling);
	if (self->look_source == 0)
		self->look_source = g_timeout_add(LOOK_MS, look_cb, self);
	g_thread_pool_push(self->teller, telling, NULL);
}

static gboolean
told_cb(gpointer user_data)
{
	Telling *telling = user_data;
	PfsSession *self = telling->session;
	PfsInode *parent = pfs_inode_get(self, telling->nodeid);

	if (telling->made_way) {
		telling->made_way = FALSE;
		g_timeout_add(PAUSE_MS, told_cb, telling);
		return G_SOURCE_REMOVE;
	}
	g_queue_remove(&self->tellings, telling);
	if (parent != NULL) {
		parent->history->telling = NULL;
		keep_rest(parent->history, telling->names);
		/* What has come meanwhile is waited for as well. */
		begin_telling(self, parent, telling->number);
	}
	if (self->tellings.length == 0)
		let_go(self);
	else
		pfs_resource_wake(&self->told);
	telling_free(telling);
	return G_SOURCE_REMOVE;
}

static void
tell_cb(gpointer data, gpointer user_data)
{
	PfsSession *self = user_data;
	Telling *telling = data;
	GHashTableIter iter;
	gpointer name;

	telling->thread = gettid();
	g_atomic_pointer_set(&self->told_now, telling);
	g_hash_table_iter_init(&iter, telling->names);
	while (!g_atomic_int_get(&telling->abandoned) &&
	       g_hash_table_iter_next(&iter, &name, NULL)) {
		fuse_lowlevel_notify_inval_entry(self->fuse, telling->nodeid, name, strlen(name));
		g_hash_table_iter_remove(&iter);
	}
	g_atomic_pointer_set(&self->told_now, NULL);
	g_idle_add_full(G_PRIORITY_HIGH, told_cb, telling, NULL);
}

void
pfs_forget_let(PfsSession *self, PfsInode *parent)
{
	begin_telling(self, parent, ++self->last_telling);
}

void
pfs_forget_hold(PfsSession *self, PfsInode *parent)
{
	Telling *telling = parent->history->telling;

	if (telling != NULL && telling != g_atomic_pointer_get(&self->told_now))
		g_atomic_int_set(&telling->abandoned, TRUE);
}

void
pfs_forget_name(PfsSession *self, PfsInode *parent, const char *name)
{
	PfsHistory *history = pfs_inode_need_history(parent);

	if (history->names == NULL)
		history->names = names_new();
	g_hash_table_add(history->names, g_strdup(name));
	pfs_forget_let(self, parent);
}

void
pfs_forget_not(PfsInode *parent, const char *name)
{
	if (parent != NULL && parent->history != NULL && parent->history->names != NULL)
		g_hash_table_remove(parent->history->names, name);
}

/* What is told there goes on when the request is answered, and the rest after that. */
static gboolean
is_told_where_locked(PfsRequest *request)
{
	const Telling *telling = g_atomic_pointer_get(&request->session->told_now);

	return telling != NULL && locks(request, telling->nodeid);
}

gboolean
pfs_forget_is_waiting(PfsRequest *request)
{
	PfsSession *self = request->session;
	const Telling *oldest = g_queue_peek_head(&self->tellings);

	if (request->tellings == 0)
		request->tellings = self->last_telling;
	if (oldest == NULL || oldest->number > request->tellings ||
	    request->tellings <= self->let_go || is_told_where_locked(request))
		return FALSE;
	request->access.waiting_for = &self->told;
	return pfs_request_is_waiting(request, PFS_PENDING);
}

static void
run_then(PfsRequest *request)
{
	if (!pfs_forget_is_waiting(request))
		request->then(request);
}

void
pfs_forget_then(PfsRequest *request, void (*then)(PfsRequest *request))
{
	request->run = run_then;
	request->then = then;
	/* Who were told by a signal that it may not have acted would do it again. */
	if (request->session->tellings.length > 0)
		pfs_request_ignore_interrupts(request);
	run_then(request);
}

static void
reply_done(PfsRequest *request)
{
	pfs_request_fail(request, 0);
}

void
pfs_reply_acted(PfsRequest *request)
{
	pfs_forget_then(request, reply_done);
}

void
pfs_forget_init(PfsSession *self)
{
	pfs_resource_init(&self->told, &pfs_wakeup_class);
	self->teller = g_thread_pool_new(tell_cb, self, 1, TRUE, NULL);
}

/* The kernel is served until the last name is told, or that could wait for a request that none
 * answers. */
void
pfs_forget_end(PfsSession *self)
{
	self->ending = TRUE;
	while (self->tellings.length > 0) {
		let_go(self);
		pfs_requests_end(self);
		g_main_context_iteration(self->context, TRUE);
	}
	g_clear_handle_id(&self->look_source, g_source_remove);
	g_thread_pool_free(self->teller, FALSE, TRUE);
	pfs_resource_unref(&self->told);
}
