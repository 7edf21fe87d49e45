/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "node.h"

G_BEGIN_DECLS

/* One of many that are asked, or told, the same. */
typedef struct {
	char *id;
	char *name;
	GBytes *body;  /* the answer */
	GError *error; /* or why there is none */
} PfsMember;

/* A call for each of many records, so many side by side as are good for the cloud. */
typedef struct _PfsFanout PfsFanout;
typedef void (*PfsFanoutFunc)(PfsFanout *fanout, gpointer user_data);

/* @parameter is the endpoint's parameter that names a member. Members that have an error already
 * are not called. @done runs once, never from inside this. */
PfsFanout *pfs_fanout_new(PfsApi *api, const PfsEndpoint *endpoint, json_t *arguments,
			  const char *parameter, GPtrArray *members, PfsFanoutFunc done,
			  gpointer user_data);

/* Calls nobody any more, and runs no done function. Who has not answered has an error that says
 * whether it was called. */
void pfs_fanout_stop(PfsFanout *self);

/* Drops what is not answered, and runs no done function. */
void pfs_fanout_free(PfsFanout *self);

const GPtrArray *pfs_fanout_peek_members(PfsFanout *self);

/* How many were called so far. */
guint pfs_fanout_get_sent(PfsFanout *self);

/* fleet.c: the records that the entry is for, and the table of what they said. */
GPtrArray *pfs_tree_dup_members(PfsTree *tree, PfsEntry *entry);
GBytes *pfs_fanout_dup_csv(PfsFanout *fanout, const char *column, const char *path);

void pfs_member_free(gpointer data);
PfsMember *pfs_member_new(const char *id, const char *name);

G_END_DECLS
