/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

/* How often the caller of an interrupted request is looked at: the kernel tells of the first signal
 * alone, and that need not be the one that ends it. */
#define LOOK_INTERVAL_MS 100

/* How long a process that ends waits for what it has written. */
#define PATIENCE_MS 5000

void
pfs_note_failure(PfsSession *self, PfsEntry *entry, int code, const char *words)
{
	g_autoptr(GError) error = g_error_new_literal(PFS_ERROR, code, words);

	pfs_tree_note_failure(self->tree, entry, error);
}

void
pfs_note_change(PfsSession *self)
{
	self->changed_us = g_get_monotonic_time();
}

static void
wake_cb(PfsWaiter *waiter)
{
	PfsRequest *self = waiter->user_data;

	/* Its caller may have been answered meanwhile. */
	pfs_tree_set_caller(self->session->tree,
			    self->req != NULL ? fuse_req_ctx(self->req)->pid : 0);
	self->run(self);
}

static guint64
get_mask(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line != NULL ? g_ascii_strtoull(line + strlen(name), NULL, 16) : 0;
}

/* Whoever catches one of these wants an end as well, maybe an orderly one. */
static const int always_ending[] = { SIGKILL, SIGINT, SIGTERM, SIGQUIT, SIGHUP };

/* Those that end nobody, caught or not. */
static const int never_ending[] = { SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP,
				    SIGTTIN, SIGTTOU, SIGURG,  SIGWINCH };

static guint64
make_mask(const int *signals, guint count)
{
	guint64 mask = 0;

	for (guint i = 0; i < count; i++)
		mask |= (guint64)1 << (signals[i] - 1);
	return mask;
}

/*
 * Not every signal is a cancel: after SIGALRM or SIGTSTP a program would send the same write again,
 * and a function would run twice. The caller's pending signals tell. The kernel makes most of those
 * that end it a SIGKILL, but not those that dump core, nor those of who is traced.
 */
static gboolean
is_ending(pid_t pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)pid);
	g_autofree char *status = NULL;
	guint64 pending;
	guint64 spared;

	/* A caller that has gone, or can't be seen, waits for no answer. */
	if (!g_file_get_contents(path, &status, NULL, NULL))
		return TRUE;
	pending = get_mask(status, "\nSigPnd:") | get_mask(status, "\nShdPnd:");
	pending &= ~get_mask(status, "\nSigBlk:");
	spared = get_mask(status, "\nSigCgt:") | get_mask(status, "\nSigIgn:") |
		 make_mask(never_ending, G_N_ELEMENTS(never_ending));
	spared &= ~make_mask(always_ending, G_N_ELEMENTS(always_ending));
	return (pending & ~spared) != 0;
}

/* Fields of /proc/PID/stat behind the command's parenthesis. */
#define FLAGS_FIELD 6
#define EXIT_CODE_FIELD 49 /* as wait(2) says */

/* Of the kernel's sched.h. */
#define FLAG_EXITING 4
#define FLAG_SIGNALED 0x400 /* another thread's exit(2) is a signal, too */

static char *
dup_caller_status(fuse_req_t req)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)fuse_req_ctx(req)->pid);
	char *status = NULL;

	return g_file_get_contents(path, &status, NULL, NULL) ? status : NULL;
}

/* NULL: it can't be seen from here. */
static GStrv
dup_caller_stat(fuse_req_t req)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/stat", (int)fuse_req_ctx(req)->pid);
	g_autofree char *text = NULL;
	g_auto(GStrv) fields = NULL;
	const char *rest;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	rest = strrchr(text, ')');
	if (rest == NULL)
		return NULL;
	fields = g_strsplit(rest + 2, " ", -1);
	return g_strv_length(fields) > EXIT_CODE_FIELD ? g_steal_pointer(&fields) : NULL;
}

/* What of its exit is 0 for all others is told to who may see its root. */
static gboolean
tells_exit_code(fuse_req_t req)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/root", (int)fuse_req_ctx(req)->pid);
	char target[1];

	return readlink(path, target, sizeof(target)) >= 0 || errno != EACCES;
}

/* A process that a signal ends closes its files like any other: what it wrote is not whole. */
PfsEnding
pfs_caller_get_ending(fuse_req_t req)
{
	g_autofree char *status = dup_caller_status(req);
	g_auto(GStrv) fields = NULL;
	guint64 flags;
	gboolean killed;

	/* Who ends has no memory any more. Of one that runs another program, which closes files as
	 * well, the kernel tells the rest only when it has: this answer would wait for itself. */
	if (status != NULL && strstr(status, "\nVmSize:") != NULL)
		return PFS_ENDING_NOT;
	fields = dup_caller_stat(req);
	if (fields == NULL)
		return PFS_ENDING_UNSEEN;
	flags = g_ascii_strtoull(fields[FLAGS_FIELD], NULL, 10);
	if ((flags & FLAG_EXITING) == 0)
		return PFS_ENDING_NOT;
	killed = tells_exit_code(req)
		     ? (g_ascii_strtoull(fields[EXIT_CODE_FIELD], NULL, 10) & 0x7f) != 0
		     : (flags & FLAG_SIGNALED) != 0;
	return killed ? PFS_ENDING_KILLED : PFS_ENDING_EXIT;
}

/* The process, not its thread that asks; 0: it can't be seen from here. */
pid_t
pfs_caller_get_process(fuse_req_t req)
{
	g_autofree char *status = dup_caller_status(req);
	const char *line = status != NULL ? strstr(status, "\nTgid:") : NULL;

	return line != NULL ? (pid_t)g_ascii_strtoll(line + strlen("\nTgid:"), NULL, 10) : 0;
}

static gboolean
lose_patience_cb(gpointer user_data)
{
	PfsRequest *self = user_data;

	self->patience_source = 0;
	g_clear_handle_id(&self->interrupt_source, g_source_remove);
	fuse_reply_err(g_steal_pointer(&self->req), 0);
	return G_SOURCE_REMOVE;
}

/* A process that ends with its file open closes it where no signal reaches it, and asks for no
 * result. */
void
pfs_request_end_with_caller(PfsRequest *self)
{
	if (pfs_caller_get_ending(self->req) == PFS_ENDING_EXIT)
		self->patience_source = g_timeout_add(PATIENCE_MS, lose_patience_cb, self);
}

/* What acts may have acted: whoever catches the signal, and repeats the call, must not do so
 * unknowing. */
static void
end_interrupted(PfsRequest *self)
{
	if (self->acts)
		pfs_note_interrupted(self);
	if (self->action != NULL && self->written != NULL)
		pfs_handle_note_interruption(self->handle, g_steal_pointer(&self->written),
					     self->offset);
	pfs_request_fail(self, EINTR);
}

static gboolean
look_cb(gpointer user_data)
{
	PfsRequest *self = user_data;

	if (!is_ending(fuse_req_ctx(self->req)->pid))
		return G_SOURCE_CONTINUE;
	self->interrupt_source = 0;
	end_interrupted(self);
	return G_SOURCE_REMOVE;
}

static gboolean
look_first_cb(gpointer user_data)
{
	PfsRequest *self = user_data;

	self->interrupt_source = g_timeout_add(LOOK_INTERVAL_MS, look_cb, self);
	if (is_ending(fuse_req_ctx(self->req)->pid))
		end_interrupted(self);
	return G_SOURCE_REMOVE;
}

/* May run inside fuse_req_interrupt_func() itself, with the request locked: so only note it. */
static void
interrupt_cb(fuse_req_t req, void *data)
{
	PfsRequest *self = data;

	if (self->interrupt_source == 0)
		self->interrupt_source =
		    g_idle_add_full(G_PRIORITY_HIGH, look_first_cb, self, NULL);
}

/* Of the directories that the kernel has locked until this is answered. */
static void
count_locks(PfsRequest *self, int change)
{
	for (guint i = 0; i < G_N_ELEMENTS(self->locks); i++) {
		PfsInode *inode = pfs_inode_get(self->session, self->locks[i]);

		if (inode == NULL)
			continue;
		pfs_inode_need_history(inode)->locked += (guint)change;
		if (change > 0)
			pfs_forget_hold(self->session, inode);
		else
			pfs_forget_let(self->session, inode);
	}
}

/*
 * Most operations are answered in their first run, so that the interrupt function is registered
 * only when one begins to wait.
 */
static void
begin_waiting(PfsRequest *self)
{
	if (self->link.data != NULL)
		return;
	self->link.data = self;
	count_locks(self, 1);
	g_queue_push_tail_link(&self->session->requests, &self->link);
	fuse_req_interrupt_func(self->req, interrupt_cb, self);
}

PfsRequest *
pfs_request_new(fuse_req_t req, fuse_ino_t nodeid, const char *name,
		const struct fuse_file_info *file, void (*run)(PfsRequest *request))
{
	PfsSession *session = fuse_req_userdata(req);
	PfsInode *inode = pfs_inode_get(session, nodeid);
	PfsRequest *self = g_new0(PfsRequest, 1);

	pfs_tree_set_caller(session->tree, fuse_req_ctx(req)->pid);
	self->session = session;
	self->req = req;
	self->run = run;
	self->nodeid = nodeid;
	self->entry = pfs_entry_ref(inode->entry);
	self->name = g_strdup(name);
	if (file != NULL)
		self->file = *file;
	self->waiter.wake = wake_cb;
	self->waiter.user_data = self;
	pfs_access_init(&self->access, FALSE);
	return self;
}

/* TRUE when the request is not to go on now: it waits, or it was answered with an error. */
gboolean
pfs_request_is_waiting(PfsRequest *self, PfsOutcome outcome)
{
	switch (outcome) {
	case PFS_READY:
		return FALSE;
	case PFS_PENDING:
		begin_waiting(self);
		pfs_resource_wait(self->access.waiting_for, &self->waiter);
		return TRUE;
	case PFS_FAILED:
		pfs_request_fail(self, pfs_error_get_errno(self->access.error));
		return TRUE;
	}
	g_assert_not_reached();
}

typedef struct {
	PfsRequest *request;
	void (*done)(PfsRequest *request, GBytes *result);
} Acting;

static void
acted_cb(GBytes *result, const GError *error, gpointer user_data)
{
	g_autofree Acting *acting = user_data;
	PfsRequest *self = acting->request;

	self->action = NULL;
	pfs_note_change(self->session);
	if (error != NULL)
		pfs_request_fail(self, pfs_error_get_errno(error));
	else
		acting->done(self, result);
}

static Acting *
acting_new(PfsRequest *self, void (*done)(PfsRequest *request, GBytes *result))
{
	Acting *acting = g_new0(Acting, 1);

	acting->request = self;
	acting->done = done;
	return acting;
}

/* The action runs, or it has failed. */
static void
wait_for_action(PfsRequest *self, Acting *acting, PfsAction *action, const GError *error)
{
	self->action = action;
	if (action != NULL) {
		begin_waiting(self);
		return;
	}
	g_free(acting);
	pfs_request_fail(self, pfs_error_get_errno(error));
}

void
pfs_request_act(PfsRequest *self, PfsEntry *entry, PfsAct act, const char *text, gsize length,
		void (*done)(PfsRequest *request, GBytes *result))
{
	Acting *acting = acting_new(self, done);
	g_autoptr(GError) error = NULL;
	PfsAction *action =
	    pfs_tree_act(self->session->tree, entry, act, text, length, acted_cb, acting, &error);

	wait_for_action(self, acting, action, error);
}

void
pfs_request_upload(PfsRequest *self, PfsEntry *entry, int fd, gint64 size,
		   void (*done)(PfsRequest *request, GBytes *result))
{
	Acting *acting = acting_new(self, done);
	g_autoptr(GError) error = NULL;
	PfsAction *action =
	    pfs_tree_upload(self->session->tree, entry, fd, size, acted_cb, acting, &error);

	wait_for_action(self, acting, action, error);
}

/* Its outcome is decided, and it is answered soon. */
void
pfs_request_ignore_interrupts(PfsRequest *self)
{
	begin_waiting(self);
	g_clear_handle_id(&self->interrupt_source, g_source_remove);
	if (self->req != NULL)
		fuse_req_interrupt_func(self->req, NULL, NULL);
}

/* Whoever syncs or closes after that is told so too; it may repeat what a signal has ended. */
static void
note_unsent(PfsRequest *self, int code)
{
	if (self->closes && self->req != NULL && code != 0)
		self->handle->unsent = code == EINTR ? ECANCELED : code;
}

void
pfs_request_fail(PfsRequest *self, int code)
{
	note_unsent(self, code);
	if (self->written != NULL)
		pfs_handle_drop_lines(self->handle);
	if (self->req != NULL)
		fuse_reply_err(self->req, code);
	pfs_request_free(self);
}

/* After the answer. */
void
pfs_request_free(PfsRequest *self)
{
	pfs_waiter_cancel(&self->waiter);
	if (self->action != NULL) {
		g_free(pfs_action_cancel(self->action));
		pfs_note_change(self->session);
	}
	g_clear_handle_id(&self->interrupt_source, g_source_remove);
	g_clear_handle_id(&self->patience_source, g_source_remove);
	if (self->link.data != NULL) {
		g_queue_unlink(&self->session->requests, &self->link);
		count_locks(self, -1);
	}
	if (self->pending != NULL)
		pfs_wipe_string(self->pending);
	g_clear_pointer(&self->written, g_bytes_unref);
	pfs_access_clear(&self->access);
	pfs_entry_unref(self->entry);
	g_free(self->name);
	g_free(self);
}

void
pfs_requests_end(PfsSession *self)
{
	while (self->requests.head != NULL)
		/* It leaves the queue. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
		pfs_request_fail(self->requests.head->data, EINTR);
}
