/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <particlefs/record.h>
#include <particlefs/resource.h>
#include <particlefs/tree.h>

G_BEGIN_DECLS

typedef struct _PfsCollection PfsCollection;

/* How the records of a kind are fetched and named: a row beside the node tables. */
typedef struct {
	const PfsNode *directory; /* rows beside the records: their names are taken */
	const char *list;	  /* SDK function that lists */
	const char *items;	  /* key of the array in the answer; NULL: a bare array */
	/* SDK parameter for the records in a page, or for the last ID of a page, behind which the
	 * next one goes on; both NULL: one answer has all. */
	const char *page_size;
	const char *before;
	const char *spread;    /* key whose members are the record's own */
	const char *get;       /* SDK function that gets one; NULL: there is only the list */
	const char *wrapper;   /* key that may hold the one */
	const char *parameter; /* SDK parameter that names one */
	const char *id_key;
	const char *name_key;
	const char *suffix;   /* of the file names; NULL: none */
	const char *time_key; /* when it was heard of last: the mtime; NULL: none */
	/* Keys that are false while it can't answer, which explains a time-out; and the event whose
	 * data says so, by one of these words. */
	const char *const *presence_keys;
	const char *presence_event;
	const char *present;
	const char *absent;
	/* The event whose data says how something with it goes on: `started`, `success`, `failed`.
	 */
	const char *progress_event;
	/* Looks like an ID, or a name that @get takes: worth asking for when not listed. */
	gboolean (*is_id)(const char *text);
	gboolean direct; /* a look-up asks for the one, never for the list */
	/* SDK parameter of @list that gives those whose name contains a text; and arguments, a JSON
	 * object, that put them in the order of their names. */
	const char *search;
	const char *search_with;
	PfsTtl ttl; /* of a record */
} PfsCollectionRow;

#define PFS_PAGE_RECORDS 100

/* A page of a list that was asked for. */
typedef struct {
	PfsCollection *collection;
	guint number;
	PfsApiCall *call;
	GBytes *body; /* has come, but not those before it */
} PfsPage;

/* The records of one kind in one scope, with the file names under which they stand. */
struct _PfsCollection {
	PfsResource resource; /* the list */
	const PfsCollectionRow *row;
	PfsApi *api;
	json_t *arguments;
	PfsTable *table;
	GHashTable *names;    /* file name -> ID: see naming.c */
	GHashTable *shared;   /* file name that several want -> set of their IDs, see naming.c */
	GHashTable *climbers; /* ID -> who has not the first of its names */
	/* The load under way, see load.c. */
	PfsApiCall *call;
	PfsTableReader *reader;
	GPtrArray *pages; /* of PfsPage, those that have not been read */
	gint64 page_us;	  /* when the last one came */
	guint next_page;  /* to ask for */
	guint read_pages;
	guint total_pages;  /* 0: not known */
	guint empty_pages;  /* that brought nothing new, in a row */
	guint wanted_pages; /* as far as somebody is interested */
	GPtrArray *order;   /* IDs, as they came */
	guint generation;
	GStrv reserved;	   /* names that the directory has itself */
	GPtrArray *places; /* entries of the directories and files that show it */
	gboolean whole;	   /* the list was there once: names may have been denied */
	/* A name came, which is there for what it is, or went. */
	void (*changed)(PfsCollection *self, const char *id, const char *name, gboolean came);
	/* There is more in it than before. */
	void (*grown)(PfsCollection *self);
	gpointer user_data;
};

PfsCollection *pfs_collection_new(const PfsCollectionRow *row, PfsApi *api, json_t *arguments);

/* A directory or file that shows the records; the same place once, whatever the entry. */
void pfs_collection_add_place(PfsCollection *self, PfsEntry *place);

/* Whether the list comes in pages. */
gboolean pfs_collection_has_pages(PfsCollection *self);

/* The whole list; or as much of it as makes @count records, in `order`. */
PfsOutcome pfs_collection_get(PfsCollection *self, PfsAccess *access, gint64 ttl_us,
			      gint64 stale_us);
PfsOutcome pfs_collection_get_some(PfsCollection *self, PfsAccess *access, gint64 ttl_us,
				   gint64 stale_us, guint count);

/* load.c */
extern const PfsResourceClass pfs_collection_class;
void pfs_collection_take_record(PfsCollection *self, PfsRecord *record, gint64 asked_us);
void pfs_collection_end_load(PfsCollection *self);
/* Forgets what is known of it, in silence: no name has gone. It is fetched again when it is asked
 * for. */
void pfs_collection_empty(PfsCollection *self);
/* What was not taken, for @error, may have found no room: then there is some the next time. */
void pfs_collection_keep_limits(PfsCollection *self, const GError *error);
void pfs_collection_note_growth(PfsCollection *self);
void pfs_collection_init_table(PfsCollection *self);
void pfs_collection_free(PfsResource *resource);

/* naming.c */
void pfs_collection_init_names(PfsCollection *self);
void pfs_collection_clear_names(PfsCollection *self);

/* Names a record, again after its name has changed: whether it has. */
gboolean pfs_collection_name_record(PfsCollection *self, PfsRecord *record);

/* Whether the record that has this name, or ID, is the only one that can have it. A name that came
 * with a record alone, or with a part of the list, may be that of others, too. */
gboolean pfs_collection_is_settled(PfsCollection *self, PfsRecord *record, const char *name);

/* The cloud was asked who has the name, and no other has come. */
void pfs_collection_settle(PfsCollection *self, const char *name);

/* Whether several that are known want it. */
gboolean pfs_collection_is_shared(PfsCollection *self, const char *name);

void pfs_collection_remove(PfsCollection *self, const char *id);

/* The record of an ID, escaped as a file name; NULL when it is not known. */
PfsRecord *pfs_collection_find_id(PfsCollection *self, const char *name);

/* The record of a file name or an ID; NULL when it is not known. */
PfsRecord *pfs_collection_find(PfsCollection *self, const char *name);

/* Its file name, borrowed. */
const char *pfs_collection_get_name(PfsCollection *self, PfsRecord *record);

/* Puts one record that came by itself. */
PfsRecord *pfs_collection_put(PfsCollection *self, const char *text, gsize length, gint64 asked_us,
			      GError **error);

/* Puts records of a list that is not the whole; @out_total_pages: of how many pages it is one, -1
 * where it does not say. */
gboolean pfs_collection_put_list(PfsCollection *self, GBytes *body, gint64 asked_us,
				 gint64 *out_total_pages, GError **error);

G_END_DECLS
