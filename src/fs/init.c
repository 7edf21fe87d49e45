/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first request, in which kernel and libfuse agree on what both can. libfuse before 3.16
 * takes the wish for look-ups side by side (FUSE_CAP_PARALLEL_DIROPS) and does not tell the kernel:
 * then one that waits for the cloud has all others in its directory wait for a lock, where no
 * signal reaches them. So the answer is taken from libfuse, completed, and given to the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <string.h>
#include <unistd.h>

#include "private.h"

typedef struct {
	struct fuse_out_header header;
	struct fuse_init_out init;
} Answer;

static gboolean
process_into(PfsSession *self, int fd, Answer *out_answer, gssize *out_length)
{
	int device = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	int fds[2];

	if (device < 0)
		return FALSE;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) {
		close(device);
		return FALSE;
	}
	dup3(fds[1], fd, O_CLOEXEC);
	fuse_session_process_buf(self->fuse, &self->buffer);
	dup3(device, fd, O_CLOEXEC);
	*out_length = read(fds[0], out_answer, sizeof(*out_answer));
	close(fds[0]);
	close(fds[1]);
	close(device);
	return TRUE;
}

void
pfs_session_process_init(PfsSession *self)
{
	int fd = fuse_session_fd(self->fuse);
	const struct fuse_in_header *request = self->buffer.mem;
	const struct fuse_init_in *offer = (const void *)(request + 1);
	Answer answer = { 0 };
	gssize length = 0;

	if (request->opcode != FUSE_INIT || !process_into(self, fd, &answer, &length)) {
		fuse_session_process_buf(self->fuse, &self->buffer);
		return;
	}
	if (answer.header.error == 0)
		answer.init.flags |= offer->flags & FUSE_PARALLEL_DIROPS;
	if (length <= 0 || write(fd, &answer, (gsize)length) != length)
		g_warning("can't answer the kernel: %s", g_strerror(errno));
}
