/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that a FUSE daemon can do: everything is made up, one thread reads a request and
 * answers it. What the mount does is measured against it.
 *
 *   devices/NNNNN/variables/cached   read through the page cache
 *   devices/NNNNN/variables/direct   each read asks the daemon (direct_io)
 *   devices/NNNNN/variables/renewed  as direct, and each use of the name asks too
 */
#include "bench.h"

#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_SECS 3600.0
#define NAME_BYTES 32
#define CACHED_BYTES 6

/* What is where is in the number: of devices 8 each, from 16 on. */
enum { INO_DEVICES = 2, INO_FIRST = 16, INO_EACH = 8 };
enum { DEVICE, VARIABLES, CACHED, DIRECT, RENEWED, N_WHATS };

static const char *const names[N_WHATS] = { NULL, "variables", "cached", "direct", "renewed" };
static guint n_devices = 10;
static char content[65536];
static size_t direct_bytes;

static guint
get_device(fuse_ino_t ino)
{
	return (guint)((ino - INO_FIRST) / INO_EACH);
}

static guint
get_what(fuse_ino_t ino)
{
	return ino < INO_FIRST ? DEVICE : (guint)((ino - INO_FIRST) % INO_EACH);
}

static fuse_ino_t
get_ino(guint device, guint what)
{
	return INO_FIRST + (fuse_ino_t)device * INO_EACH + what;
}

static size_t
get_size(fuse_ino_t ino)
{
	return get_what(ino) == DIRECT ? direct_bytes : CACHED_BYTES;
}

static struct fuse_entry_param
describe(fuse_ino_t ino)
{
	gboolean directory = get_what(ino) < CACHED;
	double timeout = get_what(ino) == RENEWED ? 0 : TIMEOUT_SECS;

	return (struct fuse_entry_param){
		.ino = ino,
		.attr = { .st_ino = ino,
			  .st_mode = directory ? S_IFDIR | 0755 : S_IFREG | 0444,
			  .st_nlink = directory ? 2 : 1,
			  .st_size = directory ? 0 : (off_t)get_size(ino) },
		.attr_timeout = timeout,
		.entry_timeout = timeout,
	};
}

/* The entry at @index of a directory; 0 at its end. */
static fuse_ino_t
get_child(fuse_ino_t parent, guint index, char name[NAME_BYTES])
{
	guint first = get_what(parent) == DEVICE ? VARIABLES : CACHED;
	guint end = get_what(parent) == DEVICE ? VARIABLES + 1 : N_WHATS;

	if (parent == FUSE_ROOT_ID) {
		g_strlcpy(name, "devices", NAME_BYTES);
		return index == 0 ? INO_DEVICES : 0;
	}
	if (parent == INO_DEVICES) {
		g_snprintf(name, NAME_BYTES, "%05u", index);
		return index < n_devices ? get_ino(index, DEVICE) : 0;
	}
	if (first + index >= end)
		return 0;
	g_strlcpy(name, names[first + index], NAME_BYTES);
	return get_ino(get_device(parent), first + index);
}

static fuse_ino_t
find(fuse_ino_t parent, const char *wanted)
{
	guint index = parent == INO_DEVICES ? (guint)strtoul(wanted, NULL, 10) : 0;
	char name[NAME_BYTES];
	fuse_ino_t ino;

	while ((ino = get_child(parent, index++, name)) != 0)
		if (strcmp(name, wanted) == 0)
			return ino;
		else if (parent == INO_DEVICES)
			break;
	return 0;
}

static void
op_init(void *user_data, struct fuse_conn_info *connection)
{
	connection->want |= connection->capable & FUSE_CAP_READDIRPLUS;
	connection->want &= ~(unsigned int)FUSE_CAP_READDIRPLUS_AUTO;
}

static void
op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	fuse_ino_t ino = find(parent, name);
	struct fuse_entry_param param = describe(ino);

	if (ino == 0)
		fuse_reply_err(req, ENOENT);
	else
		fuse_reply_entry(req, &param);
}

static void
op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file)
{
	struct fuse_entry_param param = describe(ino);

	fuse_reply_attr(req, &param.attr, param.attr_timeout);
}

static void
op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
	       struct fuse_file_info *file)
{
	g_autofree char *buffer = g_malloc(size);
	char name[NAME_BYTES];
	size_t used = 0;
	fuse_ino_t child;

	while ((child = get_child(ino, (guint)offset, name)) != 0) {
		struct fuse_entry_param param = describe(child);
		size_t added =
		    fuse_add_direntry_plus(req, buffer + used, size - used, name, &param, ++offset);

		if (added > size - used)
			break;
		used += added;
	}
	fuse_reply_buf(req, buffer, used);
}

static void
op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *file)
{
	file->keep_cache = get_what(ino) == CACHED;
	file->direct_io = get_what(ino) != CACHED;
	fuse_reply_open(req, file);
}

static void
op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *file)
{
	size_t length = get_size(ino);

	if ((size_t)offset >= length)
		fuse_reply_buf(req, NULL, 0);
	else
		fuse_reply_buf(req, content + offset, MIN(size, length - (size_t)offset));
}

/* What is missing is answered with ENOSYS, which the kernel remembers: xattr, flush, access. */
static const struct fuse_lowlevel_ops operations = {
	.init = op_init,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.readdirplus = op_readdirplus,
	.open = op_open,
	.read = op_read,
};

int
main(int argc, char **argv)
{
	char *arguments[] = { argv[0], "-o", "fsname=bench-floor", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(3, arguments);
	struct fuse_session *session;

	if (argc != 4)
		bench_die("usage: bench-floor DEVICES BYTES-OF-DIRECT MOUNTPOINT");
	n_devices = (guint)strtoul(argv[1], NULL, 10);
	direct_bytes = CLAMP(strtoul(argv[2], NULL, 10), 1, sizeof(content));
	memset(content, '0', sizeof(content));
	session = fuse_session_new(&args, &operations, sizeof(operations), NULL);
	if (session == NULL || fuse_session_mount(session, argv[3]) != 0)
		bench_die("can't mount at %s", argv[3]);
	fuse_set_signal_handlers(session);
	fuse_session_loop(session);
	fuse_session_unmount(session);
	fuse_session_destroy(session);
	return 0;
}
