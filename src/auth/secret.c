/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <particlefs/token.h>

#include "secret.h"

void
pfs_secret_init(PfsSecret *self)
{
	self->size = (gsize)sysconf(_SC_PAGESIZE);
	self->text =
	    mmap(NULL, self->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (self->text == MAP_FAILED)
		g_error("no memory for a page");
	/* Both may be refused by a limit; the token works all the same. */
	(void)mlock(self->text, self->size);
	(void)madvise(self->text, self->size, MADV_DONTDUMP);
}

void
pfs_secret_clear(PfsSecret *self)
{
	explicit_bzero(self->text, self->size);
	munmap(self->text, self->size);
	self->text = NULL;
}

gboolean
pfs_secret_set(PfsSecret *self, const char *text, gsize length)
{
	if (length >= self->size)
		return FALSE;
	explicit_bzero(self->text, self->size);
	memcpy(self->text, text, length);
	return TRUE;
}

void
pfs_secret_free(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	g_free(secret);
}
