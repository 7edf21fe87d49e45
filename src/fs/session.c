/* SPDX-License-Identifier: Apache-2.0 */
/* The FUSE session as a source: read until there is nothing. It may recurse, which spares the
 * wake-ups that GLib writes to its own loop around each dispatch. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <string.h>

#include <particlefs/error.h>

#include "private.h"

static void
op_init(void *user_data, struct fuse_conn_info *connection)
{
	connection->want |= connection->capable & FUSE_CAP_READDIRPLUS;
	connection->want &= ~(unsigned int)FUSE_CAP_READDIRPLUS_AUTO;
	/* Whether its pages are good is told when a file is opened: a time that has moved would
	 * have the kernel drop what it was just given. */
	connection->want &= ~(unsigned int)FUSE_CAP_AUTO_INVAL_DATA;
	connection->want |= connection->capable & FUSE_CAP_PARALLEL_DIROPS;
	/* Who opens to write anew needs no content to begin with. */
	connection->want |= connection->capable & FUSE_CAP_ATOMIC_O_TRUNC;
}

/* What exists in no cloud: devices and links. */
static void
refuse_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
	fuse_reply_err(req, EPERM);
}

static void
refuse_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, EPERM);
}

static void
refuse_link(fuse_req_t req, fuse_ino_t nodeid, fuse_ino_t parent, const char *name)
{
	fuse_reply_err(req, EPERM);
}

/* No xattr operation: ENOSYS, once, spares two requests for each entry of `ls -l`. */
static const struct fuse_lowlevel_ops operations = {
	.init = op_init,
	.lookup = pfs_op_lookup,
	.forget = pfs_op_forget,
	.forget_multi = pfs_op_forget_multi,
	.getattr = pfs_op_getattr,
	.setattr = pfs_op_setattr,
	.readlink = pfs_op_readlink,
	.access = pfs_op_access,
	.statfs = pfs_op_statfs,
	.mkdir = pfs_op_mkdir,
	.rmdir = pfs_op_rmdir,
	.rename = pfs_op_rename,
	.opendir = pfs_op_opendir,
	.readdir = pfs_op_readdir,
	.readdirplus = pfs_op_readdirplus,
	.releasedir = pfs_op_releasedir,
	.open = pfs_op_open,
	.read = pfs_op_read,
	.write = pfs_op_write,
	.flush = pfs_op_flush,
	.fsync = pfs_op_fsync,
	.poll = pfs_op_poll,
	.release = pfs_op_release,
	.create = pfs_op_create,
	.mknod = refuse_mknod,
	.unlink = pfs_op_unlink,
	.symlink = refuse_symlink,
	.link = refuse_link,
};

static gboolean
end(PfsSession *self)
{
	if (self->options.ended != NULL)
		self->options.ended(self->options.user_data);
	return G_SOURCE_REMOVE;
}

/* What was written may be a password, and would lie here until more is written. */
static void
wipe_written(PfsSession *self)
{
	const struct fuse_in_header *request = self->buffer.mem;

	if (request->opcode == FUSE_WRITE)
		explicit_bzero(self->buffer.mem, self->buffer.size);
}

static void
process(PfsSession *self)
{
	if (self->begun) {
		fuse_session_process_buf(self->fuse, &self->buffer);
		wipe_written(self);
		return;
	}
	self->begun = TRUE;
	pfs_session_process_init(self);
	if (self->options.ready != NULL)
		self->options.ready(self->options.user_data);
}

static gboolean
session_dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
	PfsSession *self = user_data;

	while (!fuse_session_exited(self->fuse)) {
		int length = fuse_session_receive_buf(self->fuse, &self->buffer);

		if (length == -EINTR)
			continue;
		if (length == -EAGAIN)
			return G_SOURCE_CONTINUE;
		if (length <= 0)
			return end(self);
		process(self);
	}
	return end(self);
}

static GSourceFuncs session_funcs = { .dispatch = session_dispatch };

static gboolean
nothing_cb(gpointer user_data)
{
	return G_SOURCE_CONTINUE;
}

static void
attach(PfsSession *self)
{
	int fd = fuse_session_fd(self->fuse);

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	self->source = g_source_new(&session_funcs, sizeof(GSource));
	self->tag = g_source_add_unix_fd(self->source, fd, G_IO_IN | G_IO_ERR | G_IO_HUP);
	g_source_set_callback(self->source, nothing_cb, self, NULL);
	g_source_set_can_recurse(self->source, TRUE);
	g_source_attach(self->source, self->context);
}

static void
change_cb(const char *path, PfsChange change, gpointer user_data)
{
	pfs_notifier_changed(user_data, path, change);
}

static void
count_cb(PfsKernelStats *out_stats, gpointer user_data)
{
	PfsSession *self = user_data;

	out_stats->inodes = g_hash_table_size(self->inodes);
	out_stats->handles = g_hash_table_size(self->handles);
	out_stats->waiting = self->requests.length;
}

static struct fuse_session *
fuse_new(PfsSession *self)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	g_autofree char *options = g_strconcat(
	    "fsname=particlefs,subtype=particlefs",
	    self->options.mount_options != NULL && *self->options.mount_options != '\0' ? "," : "",
	    self->options.mount_options, NULL);
	struct fuse_session *fuse;

	fuse_opt_add_arg(&args, "particlefs");
	fuse_opt_add_arg(&args, "-o");
	fuse_opt_add_arg(&args, options);
	if (self->options.debug)
		fuse_opt_add_arg(&args, "-d");
	fuse = fuse_session_new(&args, &operations, sizeof(operations), self);
	fuse_opt_free_args(&args);
	return fuse;
}

PfsSession *
pfs_session_new(PfsTree *tree, const char *mountpoint, const PfsSessionOptions *options,
		GError **error)
{
	PfsSession *self = g_new0(PfsSession, 1);

	self->tree = tree;
	self->options = *options;
	self->fuse = fuse_new(self);
	if (self->fuse == NULL || fuse_session_mount(self->fuse, mountpoint) != 0) {
		g_set_error(error, PFS_ERROR, EIO, "can't mount at %s", mountpoint);
		if (self->fuse != NULL)
			fuse_session_destroy(self->fuse);
		g_free(self);
		return NULL;
	}
	self->context = g_main_context_ref_thread_default();
	pfs_inodes_init(self);
	pfs_handles_init(self);
	pfs_directories_init(self);
	pfs_notifier_init(self);
	pfs_forget_init(self);
	pfs_tree_set_change_func(tree, change_cb, self);
	pfs_tree_set_kernel_func(tree, count_cb, self);
	attach(self);
	return self;
}

void
pfs_session_free(PfsSession *self)
{
	if (self == NULL)
		return;
	pfs_tree_set_change_func(self->tree, NULL, NULL);
	pfs_tree_set_kernel_func(self->tree, NULL, NULL);
	pfs_forget_end(self);
	pfs_requests_end(self);
	g_source_destroy(self->source);
	g_source_unref(self->source);
	/* Unmounting first wakes a notification that waits for the kernel. */
	fuse_session_unmount(self->fuse);
	pfs_notifier_free(self);
	pfs_handles_clear(self);
	pfs_directories_clear(self);
	fuse_session_destroy(self->fuse);
	pfs_inodes_clear(self);
	g_main_context_unref(self->context);
	free(self->buffer.mem);
	g_free(self);
}
