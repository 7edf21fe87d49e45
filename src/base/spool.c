/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>

#include <particlefs/owner.h>
#include <particlefs/spool.h>

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
	return fd;
}
