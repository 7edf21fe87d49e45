/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <particlefs/record.h>

G_BEGIN_DECLS

/*
 * What no honest cloud exceeds: a fleet of 100,000 devices takes 50 MB, a device has 50 values.
 * Looking for one value of a record goes through all of them.
 */
#define PFS_TABLE_BYTES_MAX (128 * 1024 * 1024)
/* All tables: beside these there is room for one more that is full. */
#define PFS_TABLES_BYTES_MAX (2 * PFS_TABLE_BYTES_MAX)
#define PFS_TABLE_KEYS_MAX 1024
/* Nobody could look for a longer one, nor for a value by a longer name: those are left out. */
#define PFS_ID_BYTES_MAX 255
#define PFS_KEY_BYTES_MAX 255
#define PFS_RECORD_PAIRS_MAX 1024
#define PFS_RECORD_BYTES_MAX (16 * 1024 * 1024)

/* A text that several records share. */
typedef struct {
	guint ref_count;
	guint length;
	char text[];
} PfsSharedText;

/* A key, and whether its values repeat enough to be shared. It goes with the last pair that has it:
 * what was a table of junk once has room for other keys. */
typedef struct {
	char *name; /* NULL: it has gone, and another may have its place */
	guint next; /* which came after it last */
	guint pairs;
	guint tries;
	guint hits;
} PfsKey;

struct _PfsTable {
	char *id_key;
	char *spread_key;   /* its members are the record's own */
	GPtrArray *records; /* NULL where one was removed, until compacted */
	gboolean has_holes;
	GHashTable *by_id;     /* text in the record -> record */
	GArray *keys;	       /* of PfsKey */
	GHashTable *key_index; /* name -> index + 1 */
	GArray *unused_keys;   /* indices of those that have gone */
	GHashTable *texts;     /* set of PfsSharedText */
	gsize bytes;	       /* that all these take */
};

/*
 * One allocation: this head, the ID with its NUL, then the pairs. A pair is the key's index and the
 * length as varints around a kind byte, and the text with its NUL; or, for a shared text, a
 * pointer.
 */
struct _PfsRecord {
	gint64 updated_us;
	gint64 changed_us;
	gint64 time_us;
	gpointer user_data;
	guint generation;
	guint index;
	guint16 id_length;
	guint settled : 1;
	guint length; /* of bytes */
	char bytes[];
};

#define PFS_NO_KEY G_MAXUINT

/* Collects the values of one object. */
typedef struct {
	PfsTable *table;
	GByteArray *pairs;
	GString *id;
	gboolean has_id;
	guint id_kind_at; /* where in the pairs its kind stands, 0: nowhere */
	guint key;	  /* of the value that comes next, or PFS_NO_KEY: it is left out */
	guint n_pairs;
	gboolean too_large; /* something was left out */
	gint64 asked_us;    /* what has been changed since is newer */
} PfsPacker;

void pfs_packer_init(PfsPacker *self, PfsTable *table);
void pfs_packer_clear(PfsPacker *self);
void pfs_packer_begin(PfsPacker *self);
void pfs_packer_set_key(PfsPacker *self, const char *name, gsize length);
void pfs_packer_add(PfsPacker *self, PfsValueKind kind, const char *text, gsize length);

/* Puts what was collected into the table; NULL when it has no ID. */
PfsRecord *pfs_packer_commit(PfsPacker *self);

G_END_DECLS
