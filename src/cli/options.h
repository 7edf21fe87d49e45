/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <particlefs/session.h>

#include "common.h"

G_BEGIN_DECLS

/* What `-o` says, with the defaults where it says nothing. */
typedef struct {
	PfsCliOptions cli;
	PfsTreeOptions tree;
	guint stale_secs;
	guint timeout_secs;
	guint retries;
	guint budget[2]; /* so many requests, in so many seconds */
	guint dataops[2];
	guint linger_secs;
	guint64 event_buffer_bytes;
	gboolean events;
	GLogLevelFlags log_level; /* the least urgent that is told */
	guint uid;
	guint gid;
	guint umask;
	GString *kernel; /* for the kernel, separated by commas */
} PfsMountOptions;

void pfs_mount_options_init(PfsMountOptions *self);
void pfs_mount_options_clear(PfsMountOptions *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PfsMountOptions, pfs_mount_options_clear)

/* Reads one list of options, as it stands behind `-o`: a comma in a value is written `\,`. */
gboolean pfs_mount_options_parse(PfsMountOptions *self, const char *list, GError **error);

/* Lines for --help, made from the table. */
char *pfs_mount_options_dup_help(void);

G_END_DECLS
