/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <particlefs/record.h>
#include <particlefs/resource.h>
#include <particlefs/tree.h>

G_BEGIN_DECLS

/* How the records of a kind are fetched and named: a row beside the node tables. */
typedef struct {
	const char *name;	 /* for status and errors */
	const PfsNode *directory; /* rows beside the records: their names are taken */
	const char *list;	 /* SDK function that lists */
	const char *items;	 /* key of the array in the answer; NULL: a bare array */
	const char *get;	 /* SDK function that gets one */
	const char *wrapper;	 /* key that may hold the one */
	const char *parameter;	 /* SDK parameter that names one */
	const char *id_key;
	const char *name_key;
	const char *time_key;	 /* when it was heard of last: the mtime; NULL: none */
	/* Keys that are false while it can't answer, which explains a time-out; and the event whose
	 * data says so: `online` or `offline`. */
	const char *const *presence_keys;
	const char *presence_event;
	gboolean (*is_id)(const char *text); /* looks like an ID: worth asking for when not listed */
} PfsCollectionRow;

/* The records of one kind in one scope, with the file names under which they stand. */
typedef struct _PfsCollection PfsCollection;
struct _PfsCollection {
	PfsResource resource; /* the list */
	const PfsCollectionRow *row;
	PfsApi *api;
	json_t *arguments;
	PfsTable *table;
	GHashTable *names; /* file name -> ID; owns both */
	PfsTableReader *reader;
	guint generation;
	GStrv reserved;	     /* names that the directory has itself */
	GPtrArray *places;   /* entries of the directories and files that show it */
	gboolean whole;	     /* the list was there once: names may have been denied */
	/* A name came, or went. */
	void (*changed)(PfsCollection *self, const char *id, const char *name);
	gpointer user_data;
};

PfsCollection *pfs_collection_new(const PfsCollectionRow *row, PfsApi *api, json_t *arguments);

/* A directory or file that shows the records; the same place once, whatever the entry. */
void pfs_collection_add_place(PfsCollection *self, PfsEntry *place);

/* The record of a file name or an ID; NULL when it is not known. */
PfsRecord *pfs_collection_find(PfsCollection *self, const char *name);

/* Its file name, borrowed. */
const char *pfs_collection_get_name(PfsCollection *self, PfsRecord *record);

/* Puts one record that came by itself. */
PfsRecord *pfs_collection_put(PfsCollection *self, const char *text, gsize length, GError **error);

/* Names a record again after its name has changed. */
void pfs_collection_rename(PfsCollection *self, PfsRecord *record);

void pfs_collection_remove(PfsCollection *self, const char *id);

G_END_DECLS
