/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <particlefs/owner.h>
#include <particlefs/spool.h>

/* A process that may have very many has no table of them for the sake of the few that it has. */
#define FIRST_MAX 512
/* Of the lower half, what is open beside connections: the mount, the loop, what is read of /proc.
 */
#define OTHERS 20

static int
get_first(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return FIRST_MAX;
	return (int)MIN(limit.rlim_cur / 2 + OTHERS, FIRST_MAX);
}

/* However many spools there are, connections find a descriptor: all else gets the lowest. */
static int
move_up(int fd)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, get_first());
	int code = errno == EINVAL ? EMFILE : errno;

	close(fd);
	errno = code;
	return moved;
}

int
pfs_spool_open(void)
{
	/* Those that are on a disk first: the others are memory mostly. */
	const char *directories[] = { g_getenv("TMPDIR"), "/var/tmp", g_getenv("XDG_RUNTIME_DIR"),
				      "/tmp" };
	int fd = -1;

	for (guint i = 0; i < G_N_ELEMENTS(directories) && fd < 0; i++)
		if (directories[i] != NULL && pfs_owner_check_directory(directories[i], NULL))
			fd = open(directories[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return fd >= 0 ? move_up(fd) : -1;
}
