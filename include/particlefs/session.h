/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include <particlefs/tree.h>

G_BEGIN_DECLS

/**
 * PfsSession:
 *
 * A mounted tree: the FUSE session as a source on the GLib loop, its inodes and its open files.
 */
typedef struct _PfsSession PfsSession;

/**
 * PfsSessionOptions:
 * @uid: owner of all files
 * @gid: group of all files
 * @umask: permissions to take away
 * @mount_options: (nullable): options for the kernel, separated by commas
 * @debug: print each request
 * @ready: (nullable): runs once, when the kernel and the session have agreed
 * @ended: (nullable): runs once, when somebody has unmounted
 * @user_data: for @ready and @ended
 */
typedef struct {
	guint uid;
	guint gid;
	guint umask;
	const char *mount_options;
	gboolean debug;
	void (*ready)(gpointer user_data);
	void (*ended)(gpointer user_data);
	gpointer user_data;
} PfsSessionOptions;

/**
 * pfs_session_new:
 * @tree: what to mount; borrowed
 * @mountpoint: a directory
 * @options: see #PfsSessionOptions; copied
 * @error: return location
 *
 * Mounts. Requests are answered from the thread-default #GMainContext of this call.
 *
 * Returns: (transfer full): the session
 */
PfsSession *pfs_session_new(PfsTree *tree, const char *mountpoint, const PfsSessionOptions *options,
			    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_session_free:
 * @self: a session
 *
 * Answers what still waits with EINTR, unmounts, frees.
 */
void pfs_session_free(PfsSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsSession, pfs_session_free)

G_END_DECLS
