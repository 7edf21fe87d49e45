/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <particlefs/tree.h>

#include "answer.h"
#include "collection.h"
#include "draft.h"

G_BEGIN_DECLS

/*
 * The shape of the node tables. A row is a file or a directory of the tree; adding one is adding a
 * row. The mechanisms (lookup.c, list.c, read.c, act.c) know no row by name.
 */

/* Where a row's entries, or its content, come from. */
typedef enum {
	PFS_FROM_NOTHING, /* a plain directory of static rows; a verb's content is its last result
			   */
	PFS_FROM_ANSWER,  /* the answer of @read, or what @pick finds in it */
	PFS_FROM_RECORD,  /* value @pick (default: the file's name) of the record above */
	PFS_FROM_RECORDS, /* a record of @collection each; a document: made of all of them */
	PFS_FROM_MEMBERS, /* keys of the object, or items of the array, @pick of the record above */
	PFS_FROM_SCALARS, /* every other scalar (or array of scalars) of the record above */
	PFS_FROM_RESOLVED, /* what @read has resolved so far: for links whose names no call lists */
	PFS_FROM_ITEMS,	   /* keys of the object @pick in the answer of @read */
	PFS_FROM_ANY,	   /* any name there is: it resolves, and stands in no listing */
	PFS_FROM_NEW,	   /* what is made here: its result stays, unlisted */
	PFS_FROM_PROGRESS, /* what goes on with the record above, as events tell */
	PFS_FROM_FLEET, /* a call for each record of @collection that has it as member of @pick */
	PFS_FROM_FEED,	/* the event stream of the scope; a pattern: event names seen in it */
	PFS_FROM_DRAFT, /* what lives in the mount alone; of a file beside it: a value kept there */
	PFS_FROM_LOCAL, /* the daemon itself: @make_text, or the log of errors */
} PfsSource;

typedef enum {
	PFS_NODE_UNLISTED = 1 << 0, /* resolves by name, stands in no listing */
	PFS_NODE_SECRET = 1 << 1,   /* the result goes only to the handle that wrote; mode 0600 */
	PFS_NODE_EMPTY = 1 << 2,    /* an empty line is an empty value */
	PFS_NODE_REMEMBER = 1 << 3, /* reads give what was last written here, else @pick */
	PFS_NODE_TEXT = 1 << 4,	    /* a document that is no JSON */
	PFS_NODE_WHOLE = 1 << 6,    /* a document that is sent whole, whatever of it is new */
	PFS_NODE_LISTED_EMPTY = 1 << 8, /* there, though the list's record may not have it */
	PFS_NODE_NEW = 1 << 5, /* a pattern: a file may be made, and is there once it is written */
	PFS_NODE_WAITS = 1 << 7,    /* a read waits until what goes on has ended */
	PFS_NODE_NEEDED = 1 << 9,   /* a draft is nothing without it */
	PFS_NODE_LASTING = 1 << 10, /* nothing that acts around it changes what it reads */
} PfsNodeFlags;

/* What is made of a draft's files, and where beside them it stands then. */
typedef struct {
	const char *folder; /* beside the verb: its files are sent */
	const char *text;   /* the parameter that takes the line; NULL: an empty line is wanted */
	const char *log;    /* has what the answer says to a person, NULL: the verb itself, */
	PfsConvertFunc convert; /* made by this */
	const char *answer;	/* has the answer; NULL: nothing but the verb */
	const char *get; /* SDK function that gets what was made, NULL: nothing is to be got, */
	const char *parameter; /* by this parameter, */
	const char *from;      /* which stands there in the answer */
	const char *product;   /* has what was made */
} PfsDraftRow;

/* What an act calls, and what it changes. */
typedef struct _PfsActRow PfsActRow;
struct _PfsActRow {
	const char *function; /* SDK function; NULL: @run */
	const char
	    *parameter;	    /* the one that takes the bare value; NULL: JSON or key=value words */
	const char *result; /* what a read then gives: a path in the answer; NULL: all of it */
	const char *bound;  /* a parameter that has what the path binds to @bound_as */
	const char *bound_as;
	/* Key of the record above that has the written value from now on; as JSON, where it is
	 * translated. */
	const char *sets;
	gboolean lists;			 /* the directory's list is another one afterwards */
	const PfsCollectionRow *changes; /* as are the records of this one */
	gboolean by_name;		 /* @parameter takes several files, by their names */
	const char *filename;		 /* of an upload that has no name of its own */
	gboolean begins;   /* something that goes on, and whose end an event of @feed tells */
	gboolean fleet;	   /* a call for each record; a failure of one is one of all */
	gboolean objects;  /* a JSON object is taken too, where @parameter takes a bare value */
	const char *until; /* a bare value of several lines ends with the one that begins so */
	/* What the daemon does itself; what is wrong with the text is an error. */
	gboolean (*run)(PfsTree *tree, PfsEntry *entry, const char *text, GError **error);
	const PfsDraftRow *draft; /* @parameter takes the files of the draft around it */
	gboolean ends;		  /* the draft around it is the cloud's from now on */
	char *(*translate)(const char *text, GError **error); /* what is written, into the value */
	PfsConvertFunc convert;				      /* the answer, into the result */
	/* Words that call something else; ended by a row without one. */
	const PfsActRow *choices;
	const char *word;
};

/* Most rows of the tree have no act, or one: rows that held five took half a megabyte. */
#define ACT(...) (&(const PfsActRow){ __VA_ARGS__ })

/* What is asked of the token. */
typedef struct {
	const char *function; /* SDK function */
	const char *expires;  /* when it expires: a path in the answer */
} PfsTokenRow;

/* The event stream of a scope. */
typedef struct {
	const char *function;  /* SDK function that follows it */
	const char *arguments; /* JSON object: what makes it the account's, in no other scope */
	const char *device;    /* its parameter for one device: bound by the path, it filters */
	const char *name;      /* its parameter for a name, which filters too */
} PfsFeedRow;

struct _PfsNode {
	const char *name; /* or `{parameter}`: any name, bound to that SDK parameter */
	PfsKind kind;
	PfsSource source;
	const PfsNode *children; /* of a directory; ended by a row without a name */
	const PfsCollectionRow *collection;
	const PfsFeedRow *feed;
	PfsFeedView view; /* of a log of @feed */
	const char *read;
	const char *pick;
	/* JSON object: constant arguments for all calls here and below; null: what stands above is
	 * none. */
	const char *bind;
	const char *const *map; /* texts by number, empty where there is none: shown instead */
	const char *null_text;	/* shown for null; NULL: nothing */
	const char *unmapped;	/* stands before a number that has no text there */
	const char *key;	/* only records whose value is @equals, or has it as an item */
	const char *equals;	/* NULL: what the directory is bound to */
	const char *suffix;	/* of a pattern's file names */
	const char
	    *binds;	/* of a draft's pattern: the parameter, which others have as their name */
	gboolean by_id; /* an entry has the record's ID as its name */
	gboolean (*accepts)(const char *text); /* a name that is worth asking for, or may be made */
	const char *argument; /* of @read: the value at @argument_from of the record above */
	const char *argument_from;
	const char
	    *answer; /* of a member or an item that is read: path in the answer, or below it */
	PfsConvertFunc convert; /* what the file shows of the answer */
	const char *schema; /* of a document: the file beside it that says what may be written */
	const char *target; /* of a link: path from the link to the collection's directory */
	PfsTtl ttl;
	guint flags;
	const PfsActRow *write; /* NULL: no such act */
	const PfsActRow *make;
	const PfsActRow *remove;
	const PfsActRow *rename;
	const PfsActRow *move;
	const PfsNode
	    *move_into; /* rows of the directory, beside its own, that @move brings it to */
	char *(*make_text)(PfsTree *tree, PfsEntry *entry);
	GBytes *(*make_document)(PfsCollection *collection); /* of all its records */
	const char *help;
	const char *shown; /* in the manual, in place of a pattern that stands for several names */
};

/* Rows of `/`. */
extern const PfsNode pfs_root_nodes[];
extern const PfsNode pfs_root_node;
extern const PfsNode pfs_product_root_node;
extern const PfsNode pfs_devices_nodes[];
extern const PfsNode pfs_mount_nodes[];
extern const PfsNode pfs_topic_nodes[];
extern const PfsNode pfs_read_topic_nodes[];
extern const PfsNode pfs_public_nodes[];
extern const PfsFeedRow pfs_event_feed;
extern const PfsTokenRow pfs_token_row;
extern const char *const pfs_platform_names[];

/* Rows of directories that stand in several scopes, or in a family's own file. */
extern const PfsNode pfs_account_nodes[];
extern const PfsNode pfs_group_all_nodes[];
extern const PfsNode pfs_own_all_nodes[];
extern const PfsNode pfs_product_all_nodes[];
extern const PfsNode pfs_clients_nodes[];
extern const PfsNode pfs_env_nodes[];
extern const PfsNode pfs_firmware_nodes[];
extern const PfsNode pfs_source_nodes[];
extern const PfsNode pfs_integrations_nodes[];
extern const PfsNode pfs_ledgers_nodes[];
extern const PfsNode pfs_libraries_nodes[];
extern const PfsNode pfs_logic_nodes[];
extern const PfsNode pfs_networks_nodes[];
extern const PfsNode pfs_orgs_nodes[];
extern const PfsNode pfs_product_devices_nodes[];
extern const PfsNode pfs_product_sims_nodes[];
extern const PfsNode pfs_products_nodes[];
extern const PfsNode pfs_quarantine_nodes[];
extern const PfsNode pfs_sims_nodes[];
extern const PfsNode pfs_webhooks_nodes[];
extern const PfsCollectionRow pfs_product_device_collection;
extern const PfsCollectionRow pfs_device_collection;

/* Looks like the ID of a device, or of a binary: worth asking for. */
gboolean pfs_is_object_id(const char *text);

/* One allocation, with its name and value: each device that the kernel knows has one. */
struct _PfsEntry {
	guint ref_count;
	guint is_root : 1; /* of the mount: its path is `/`, whatever stands above */
	guint named : 31;  /* how often anything had been renamed when @answer was kept */
	const PfsNode *node;
	PfsEntry *parent;
	char *name;
	char *value;		   /* what a pattern is bound to; NULL for a static row */
	PfsCollection *collection; /* of the records below it, once somebody has asked */
	PfsDraft *draft;	   /* that it is; NULL: it is the cloud's */
	PfsAnswer *answer;	   /* that it shows, once somebody has asked */
	char bytes[];
};

PfsEntry *pfs_entry_new(const PfsNode *node, PfsEntry *parent, const char *name, const char *value);
gboolean pfs_node_binds(const PfsNode *node, const char *parameter);
gboolean pfs_entry_is_root(PfsEntry *self);
/* Its path in what that binds: one and the same by a record's name and by its ID. */
char *pfs_entry_dup_key(PfsEntry *self);
gboolean pfs_node_is_pattern(const PfsNode *node);
/* Where what the file shows stands in the answer. */
const char *pfs_node_get_answer_path(const PfsNode *node);

/* A name or a text, in the parameter's type; one that it can't be is the cloud's to refuse. */
void pfs_arguments_bind_text(json_t *arguments, const PfsEndpoint *endpoint, const char *name,
			     const char *text);

/* The arguments that the path binds, as far as @endpoint takes them. */
json_t *pfs_entry_dup_arguments(PfsEntry *self, const PfsEndpoint *endpoint);

/* The answer that was kept: to find it by its arguments takes longer than all else of an opening.
 * NULL where it is another one by now. */
PfsAnswer *pfs_entry_peek_answer(PfsEntry *self);
void pfs_entry_keep_answer(PfsEntry *self, PfsAnswer *answer);

/* What a file without a value shows until it is called: lines that begin with `#`. */
char *pfs_tree_dup_usage(PfsTree *self, PfsEntry *entry);

/* The nearest entry at or above that is a record of a collection; NULL without one. */
PfsEntry *pfs_entry_get_record_entry(PfsEntry *self);

/* The tree's parts, for the files of this layer. */
struct _PfsTree {
	PfsApi *api;
	PfsHub *hub;
	PfsToken *token;
	PfsTreeOptions options;
	PfsEntry *root;
	GHashTable *collections; /* arguments -> PfsCollection */
	GHashTable *answers;	 /* function and arguments -> PfsAnswer */
	GHashTable *results;	 /* an entry's key -> GBytes: what verbs gave */
	GHashTable *resolved;	 /* path of a directory -> GHashTable of name -> value */
	GHashTable *fleets;	 /* path -> Fleet */
	GHashTable *progress;	 /* ID of a record -> PfsProgress */
	GHashTable *drafts; /* inode number of a directory -> PfsDraft, the folder of those in it */
	PfsDraftSpace draft_space;
	PfsLogQuota errors_quota;
	PfsLog *errors;
	PfsAnswer *token_info;
	PfsWaiter token_waiter;
	guint token_source;
	char *token_expires; /* ISO 8601; NULL: never, or not known */
	PfsChangeFunc change_func;
	gpointer change_user_data;
	PfsKernelFunc kernel_func;
	gpointer kernel_user_data;
	gint64 started_us;
	gint64 started_wall_us;
};

mode_t pfs_node_get_mode(const PfsNode *node);
/* Whether a read gives what a write has got. */
gboolean pfs_node_has_result(const PfsNode *node);
json_t *pfs_act_row_dup_bound(PfsTree *tree, const PfsActRow *self, PfsEntry *entry);
/* The records of @row as @place, a directory or a file, shows them; of the entry of a record. */
PfsCollection *pfs_tree_get_collection(PfsTree *self, PfsEntry *place, const PfsCollectionRow *row);
PfsCollection *pfs_tree_get_collection_of(PfsTree *self, PfsEntry *record_entry);
/* The same records, of a place that does not show them. */
PfsCollection *pfs_tree_find_collection(PfsTree *self, PfsEntry *place,
					const PfsCollectionRow *row);
PfsRecord *pfs_tree_find_record(PfsTree *self, PfsEntry *entry, PfsCollection **out_collection);
PfsOutcome pfs_tree_get_record(PfsTree *self, PfsEntry *entry, PfsAccess *access, const char *key,
			       PfsCollection **out_collection, PfsRecord **out_record);
PfsAnswer *pfs_tree_find_answer(PfsTree *self, const char *function, json_t *arguments);
PfsAnswer *pfs_tree_get_answer(PfsTree *self, PfsEntry *entry, const char *function,
			       json_t *arguments, PfsCollection *collection);

/* That of the entry's own call, with what its path binds. */
PfsAnswer *pfs_tree_get_own_answer(PfsTree *self, PfsEntry *entry);
PfsAnswer *pfs_tree_get_answer_for(PfsTree *self, PfsEntry *entry, const char *function,
				   json_t *arguments, PfsAnswerFunc take, gpointer user_data);
void pfs_tree_log_failure(PfsTree *self, const char *path, const char *what, const GError *error);

/* change.c */
void pfs_tree_changed(PfsTree *self, PfsEntry *entry, const char *below);
void pfs_tree_name_changed(PfsCollection *collection, const char *id, const char *name,
			   gboolean came);
void pfs_tree_key_changed(PfsCollection *collection, PfsRecord *record, const char *key);
void pfs_tree_expire_answers(PfsTree *self, const char *path);
/* What was asked of records by @parameter, whatever the path, and tables that have them: after they
 * acted. */
void pfs_tree_expire_asked(PfsTree *self, const char *parameter, GHashTable *ids);
void pfs_tree_expire_path(PfsTree *self, const char *path);
void pfs_collection_expire(PfsCollection *self);
void pfs_tree_take_event(PfsFeed *feed, const PfsEvent *event, gpointer user_data);

/* expiry.c */
void pfs_tree_unwatch_token(PfsTree *self);
const char *pfs_tree_get_token_state(PfsTree *self, const PfsHttpStats *http);

/* progress.c */
typedef struct _PfsProgress PfsProgress;
void pfs_progress_free(gpointer data);
/* The feed that will tell of it, held. */
PfsFeed *pfs_tree_prepare_progress(PfsTree *self, PfsEntry *entry);
void pfs_tree_begin_progress(PfsTree *self, PfsEntry *entry, PfsFeed *feed);
void pfs_tree_take_progress(PfsTree *self, PfsFeed *feed, const PfsEvent *event);
PfsOutcome pfs_tree_read_progress(PfsTree *self, PfsEntry *entry, PfsAccess *access,
				  GBytes **out_content);

/* document.c: whether what is written, a JSON object, is compared with what is known: its keys are
 * parameters, of which those are sent that it changes. */
gboolean pfs_node_sends_changes(const PfsNode *node);

/* What of the text is to be sent; NULL with EINVAL. */
json_t *pfs_tree_dup_changes(PfsTree *self, PfsEntry *entry, const char *text, GError **error);

/* draft-place.c: where drafts stand. The rows for what lies in a directory; those of the first
 * folder are for all below it. */
const PfsNode *pfs_entry_get_rows(PfsEntry *directory);
PfsDraft *pfs_tree_peek_folder(PfsTree *self, PfsEntry *directory);
PfsDraft *pfs_tree_get_folder(PfsTree *self, PfsEntry *directory);
PfsEntry *pfs_entry_new_draft(const PfsNode *node, PfsEntry *parent, PfsDraft *draft);
gboolean pfs_draft_row_is_there(const PfsNode *node, PfsDraft *folder);
PfsOutcome pfs_tree_lookup_draft(PfsTree *self, const PfsNode *node, PfsEntry *parent,
				 const char *name, PfsAccess *access, PfsEntry **out_entry);
GBytes *pfs_tree_dup_draft_content(PfsTree *self, PfsEntry *entry);
void pfs_tree_stat_draft(PfsTree *self, PfsEntry *entry, PfsStat *out_stat);

/* draft-send.c. What was written beside the files of @around, as far as @endpoint takes it. */
void pfs_tree_bind_kept(PfsTree *self, PfsEntry *around, const PfsEndpoint *endpoint,
			json_t *arguments);
/* The parts by their paths, which @out_names maps to themselves; NULL with EINVAL. */
GHashTable *pfs_tree_dup_files(PfsTree *self, PfsEntry *around, const char *folder,
			       json_t **out_names, GError **error);
gboolean pfs_tree_check_draft(PfsTree *self, PfsEntry *around, GError **error);
/* What the answer says to a person; where it says nothing, what was wrong with the call. */
GBytes *pfs_draft_dup_log(PfsApi *api, const PfsDraftRow *row, GBytes *answer, const GError *error);
json_t *pfs_draft_dup_next_arguments(const PfsDraftRow *row, GBytes *answer, GError **error);

/* What an attribute row runs to keep its text with the draft. */
gboolean pfs_draft_keep(PfsTree *tree, PfsEntry *entry, const char *text, GError **error);

/* feed.c: the scope's stream, and what the path filters. */
typedef struct {
	PfsFeed *feed;
	json_t *arguments; /* hold the filter's texts */
	PfsFeedFilter filter;
} PfsFeedPlace;

void pfs_tree_find_feed(PfsTree *self, PfsEntry *entry, PfsFeedPlace *out_place);
/* Without a feed where nobody has opened one of its logs yet. */
void pfs_tree_peek_feed(PfsTree *self, PfsEntry *entry, PfsFeedPlace *out_place);
void pfs_feed_place_clear(PfsFeedPlace *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PfsFeedPlace, pfs_feed_place_clear)

/* The log of an entry, where there is one already. */
PfsLog *pfs_tree_peek_log(PfsTree *self, PfsEntry *entry);

/* Makes a time-out EHOSTDOWN where the record above is known to be absent. */
void pfs_tree_explain(PfsTree *self, PfsEntry *entry, GError *error);

/* The text, ended by a newline unless it is empty. */
GBytes *pfs_bytes_dup_line(GBytes *text);

/* records.c: documents that are made of all records; NULL: it would be too large. */
GBytes *pfs_records_to_csv(PfsCollection *collection);
GBytes *pfs_records_to_json(PfsCollection *collection);
GBytes *pfs_records_to_geojson(PfsCollection *collection);

/* NULL: it would be too large */
GBytes *pfs_csv_from_table(PfsTable *table);
void pfs_csv_append(GString *csv, const char *text, gsize length);

/* fleet.c */
PfsOutcome pfs_tree_read_fleet(PfsTree *self, PfsEntry *entry, PfsAccess *access,
			       GBytes **out_content);
/* Tables that have a row of one of these. */
void pfs_tree_expire_fleets(PfsTree *self, GHashTable *ids);

/* The object or array whose members have files, null where it is none; NULL with EBADMSG where it
 * has more than anybody may look up one by one. (transfer full) (nullable) */
json_t *pfs_value_load_members(const PfsValue *value, GError **error);

/* Whether an object has the key, or an array the item. */
gboolean pfs_value_has_member(const PfsValue *value, const char *name);

/* The value of the record that the row shows, with @pick's rest as a path into it. */
const char *pfs_node_get_key(const PfsNode *node, const char *bound, gsize *out_length);

/* The object of which the row's names are the keys. */
PfsOutcome pfs_tree_get_items(PfsTree *self, const PfsNode *node, PfsEntry *directory,
			      PfsAccess *access, json_t **out_items);

/* Whether a record is one of those that the row is for. */
gboolean pfs_node_shows(const PfsNode *node, PfsEntry *directory, PfsCollection *collection,
			PfsRecord *record);

/* Whether a value of a record has a file of its own: a scalar, or an array. */
gboolean pfs_value_is_attribute(const PfsValue *value);

/* The number of a text of a row's map, which may be the number itself; NULL for neither. */
char *pfs_map_dup_number(const char *const *map, const char *text);

/* Content of a record's attribute; empty where the record has no such key. */
GBytes *pfs_value_to_content(const PfsNode *node, const PfsValue *value);

G_END_DECLS
