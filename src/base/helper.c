/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input and output are files in memory: nothing has to be written piece by piece while the program
 * reads, and all that it has said is there when it has ended.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <particlefs/error.h>
#include <particlefs/helper.h>

#define SAID_BYTES_MAX 4096

struct _PfsHelper {
	GPid pid;
	int output_fd;
	guint timeout_source;
	gboolean late;
	PfsHelperFunc done; /* NULL: nobody asks any more */
	gpointer user_data;
};

static void
helper_free(PfsHelper *self)
{
	g_clear_handle_id(&self->timeout_source, g_source_remove);
	close(self->output_fd);
	g_free(self);
}

static char *
dup_said(PfsHelper *self)
{
	char said[SAID_BYTES_MAX];
	gssize length = pread(self->output_fd, said, sizeof(said), 0);

	return g_utf8_make_valid(said, MAX(length, 0));
}

static void
ended_cb(GPid pid, int wait_status, gpointer user_data)
{
	PfsHelper *self = user_data;
	g_autofree char *said = dup_said(self);
	int exit_status = WIFEXITED(wait_status) && !self->late ? WEXITSTATUS(wait_status) : -1;
	PfsHelperFunc done = self->done;
	gpointer done_data = self->user_data;

	g_spawn_close_pid(pid);
	helper_free(self);
	if (done != NULL)
		done(exit_status, said, done_data);
}

/* That it has ended is told as ever. */
static gboolean
late_cb(gpointer user_data)
{
	PfsHelper *self = user_data;

	self->timeout_source = 0;
	self->late = TRUE;
	kill(self->pid, SIGKILL);
	return G_SOURCE_REMOVE;
}

static gboolean
write_all(int fd, GBytes *bytes)
{
	gsize length;
	const char *data = g_bytes_get_data(bytes, &length);

	while (length > 0) {
		gssize written = write(fd, data, length);

		if (written < 0 && errno != EINTR)
			return FALSE;
		data += MAX(written, 0);
		length -= (gsize)MAX(written, 0);
	}
	return lseek(fd, 0, SEEK_SET) == 0;
}

static gboolean
spawn(const char *path, int input_fd, int output_fd, GPid *out_pid, GError **error)
{
	const char *argv[] = { path, NULL };
	const char *environment[] = { NULL };

	return g_spawn_async_with_pipes_and_fds(
	    "/", argv, environment, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
	    NULL, input_fd, output_fd, -1, NULL, NULL, 0, out_pid, NULL, NULL, NULL, error);
}

PfsHelper *
pfs_helper_run(const char *path, GBytes *input, guint timeout_ms, PfsHelperFunc done,
	       gpointer user_data, GError **error)
{
	PfsHelper *self = g_new0(PfsHelper, 1);
	int input_fd = memfd_create("input", MFD_CLOEXEC);
	gboolean ready;

	self->output_fd = memfd_create("output", MFD_CLOEXEC);
	self->done = done;
	self->user_data = user_data;
	ready = input_fd >= 0 && self->output_fd >= 0 && write_all(input_fd, input);
	if (!ready)
		g_set_error(error, PFS_ERROR, errno, "%s", g_strerror(errno));
	ready = ready && spawn(path, input_fd, self->output_fd, &self->pid, error);
	close(input_fd);
	if (!ready) {
		helper_free(self);
		return NULL;
	}
	g_child_watch_add(self->pid, ended_cb, self);
	self->timeout_source = g_timeout_add(timeout_ms, late_cb, self);
	return self;
}

/* Whoever was killed wants to be waited for: by the same watch, since another could be told first.
 */
void
pfs_helper_cancel(PfsHelper *self)
{
	self->done = NULL;
	g_clear_handle_id(&self->timeout_source, g_source_remove);
	kill(self->pid, SIGKILL);
}
