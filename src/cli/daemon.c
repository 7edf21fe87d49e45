/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static int ready_fd = -1;

/* A byte says that all is well; an end without one, that the child has ended and said why. */
static int
wait_for_child(int fd, pid_t child)
{
	int status = 0;
	gssize length;
	char byte;

	do
		length = read(fd, &byte, 1);
	while (length < 0 && errno == EINTR);
	if (length == 1)
		return 0;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1;
}

/* What a shell has open, a lock for example, is not for the daemon to hold. */
static void
close_inherited(void)
{
#ifdef SYS_close_range
	(void)syscall(SYS_close_range, STDERR_FILENO + 1U, ~0U, 0U);
#endif
}

void
pfs_daemon_keep_files(void)
{
#ifdef SYS_close_range
	(void)syscall(SYS_close_range, STDERR_FILENO + 1U, ~0U, CLOSE_RANGE_CLOEXEC);
#endif
}

void
pfs_daemon_fork(void)
{
	int fds[2];
	pid_t child;

	close_inherited();
	if (pipe2(fds, O_CLOEXEC) != 0 || (child = fork()) < 0) {
		g_printerr("particlefs: can't go to the background: %s\n", g_strerror(errno));
		exit(1);
	}
	if (child > 0) {
		close(fds[1]);
		_exit(wait_for_child(fds[0], child));
	}
	close(fds[0]);
	ready_fd = fds[1];
	setsid();
}

gboolean
pfs_daemon_ready(void)
{
	int null_fd;

	if (ready_fd < 0)
		return FALSE;
	if (chdir("/") != 0)
		g_printerr("particlefs: /: %s\n", g_strerror(errno));
	null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; null_fd >= 0 && fd <= 2; fd++)
		dup2(null_fd, fd);
	if (null_fd > 2)
		close(null_fd);
	if (write(ready_fd, "", 1) != 1)
		exit(1); /* the parent has gone */
	close(ready_fd);
	ready_fd = -1;
	return TRUE;
}

/* What sd_notify(3) promises to stay so: libsystemd alone would take 0.9 MB. */
void
pfs_daemon_tell_systemd(const char *state)
{
	const char *path = g_getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	gsize length = path != NULL ? strlen(path) : 0;
	int fd;

	if (length < 2 || length >= sizeof(address.sun_path) || strchr("/@", path[0]) == NULL)
		return;
	memcpy(address.sun_path, path, length);
	if (path[0] == '@')
		address.sun_path[0] = '\0'; /* the abstract name space */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
		   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) < 0)
		g_warning("%s: %s", path, g_strerror(errno));
	close(fd);
}
