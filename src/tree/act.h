/* SPDX-License-Identifier: Apache-2.0 */
/* What the files act*.c share: an act from its beginning to its result. */
#pragma once

#include "fanout.h"
#include "node.h"
#include "schema.h"

struct _PfsAction {
	PfsTree *tree;
	PfsEntry *entry;
	const PfsActRow *row;
	PfsAct act;
	char *text;
	gsize length;
	int fd; /* what is uploaded, until the call has it; -1: none */
	gint64 size;
	char *document; /* what is sent of a document, once it was checked */
	PfsSchemaCheck *check;
	PfsApiCall *call;
	PfsDraft *draft; /* something is made of it */
	GBytes *answer;	 /* of the first of two calls */
	PfsFeed *feed;	 /* held: its events tell how it goes on */
	PfsFanout *fanout;
	PfsAccess access; /* to the list of those that are called, or to @feed */
	PfsWaiter waiter;
	guint idle_source; /* what needs no call ends there */
	guint begin_source;
	PfsActionFunc done;
	gpointer user_data;
};

void pfs_action_free(PfsAction *self);

/* The ends of an act: an answer (or none) of the cloud; a refusal of ours; nothing to ask for. */
void pfs_action_done_cb(GBytes *body, const GError *error, gpointer user_data);
void pfs_action_fail(PfsAction *self, const GError *error);
gboolean pfs_action_idle_cb(gpointer user_data);

/* act-call.c: one call, with what was written as its arguments */
const char *pfs_act_row_get_parameter(const PfsActRow *self, const char *text, gsize length);
gboolean pfs_action_begin_call(PfsAction *self, const char *text, gsize length, GError **error);
/* The same, once it is known what the path binds. */
void pfs_action_begin_bound(PfsAction *self);
gboolean pfs_action_begin_document(PfsAction *self, GError **error);
gboolean pfs_action_begin_upload(PfsAction *self, GError **error);

/* act-draft.c: something is made of files that a user has put together */
gboolean pfs_action_begin_draft(PfsAction *self, gsize length, GError **error);

/* act-fleet.c: a call of many devices */
gboolean pfs_action_begin_fleet(PfsAction *self, GError **error);
void pfs_action_stop_fleet(PfsAction *self);

/* act-effects.c: what is another after an act */
void pfs_action_note_effects(PfsAction *self);
