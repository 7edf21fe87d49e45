/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

#include <particlefs/json-stream.h>

G_BEGIN_DECLS

/**
 * PfsRecord:
 *
 * One JSON object of the cloud, packed: keys and repeating strings are interned in the #PfsTable
 * that holds it, a nested array or object is kept as (interned) JSON text. Some 250 bytes for a
 * device whose JSON text has 630.
 */
typedef struct _PfsRecord PfsRecord;

/**
 * PfsTable:
 *
 * Records of one kind, in the order the cloud gave them, found by ID. Fed with JSON text as it
 * arrives (yajl); no JSON tree is ever built of a list.
 */
typedef struct _PfsTable PfsTable;

/**
 * PfsValue:
 * @kind: what it is
 * @text: (nullable): for number, string and JSON; borrowed from the record's table
 * @length: bytes in @text
 */
typedef struct {
	PfsValueKind kind;
	const char *text;
	gsize length;
} PfsValue;

/**
 * pfs_table_new:
 * @id_key: the key whose value identifies a record: `id`
 *
 * Returns: (transfer full): an empty table
 */
PfsTable *pfs_table_new(const char *id_key) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_table_free:
 * @self: (nullable): a table
 *
 * Frees it with its records.
 */
void pfs_table_free(PfsTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsTable, pfs_table_free)

/**
 * pfs_table_get_size:
 * @self: a table
 *
 * Returns: number of its records
 */
guint pfs_table_get_size(PfsTable *self);

/**
 * pfs_table_set_spread:
 * @self: a table
 * @key: (nullable): key of a record whose members, where it is an object, are taken as the record's
 * own
 */
void pfs_table_set_spread(PfsTable *self, const char *key);

/**
 * pfs_table_get_bytes:
 * @self: a table
 *
 * Returns: bytes of memory that its records take, with the names of their values
 */
gsize pfs_table_get_bytes(PfsTable *self);

/**
 * pfs_table_is_full:
 * @self: a table
 *
 * Returns: whether it takes more than any honest list does (128 MiB), or all tables together half
 * as much again as their limit: no more is read then
 */
gboolean pfs_table_is_full(PfsTable *self);

/**
 * pfs_tables_are_many:
 *
 * Returns: whether all tables together take more than their limit (256 MiB): those that nobody uses
 * should be freed
 */
gboolean pfs_tables_are_many(void);

/**
 * pfs_tables_set_limit:
 * @bytes: what all tables together may take, for tests
 */
void pfs_tables_set_limit(gsize bytes);

/**
 * pfs_table_is_crowded:
 * @self: a table from which what was refused has gone
 *
 * Returns: whether that may have been refused for the sake of what is there: it is full, or its
 * records have values of more names than those of any honest list (512)
 */
gboolean pfs_table_is_crowded(PfsTable *self);

/**
 * pfs_table_get_nth:
 * @self: a table
 * @index: from 0, in the cloud's order
 *
 * Returns: (transfer none) (nullable): the record
 */
PfsRecord *pfs_table_get_nth(PfsTable *self, guint index);

/**
 * pfs_table_find:
 * @self: a table
 * @id: value of the ID key, as text
 *
 * Returns: (transfer none) (nullable): the record
 */
PfsRecord *pfs_table_find(PfsTable *self, const char *id);

/**
 * pfs_table_remove:
 * @self: a table
 * @id: value of the ID key
 *
 * Returns: whether there was such a record
 */
gboolean pfs_table_remove(PfsTable *self, const char *id);

/**
 * pfs_table_put_json:
 * @self: a table
 * @text: one JSON object, maybe wrapped: where it lacks the ID key and @wrapper is given, the
 * object (or first item of the array) below @wrapper is taken
 * @length: bytes in @text
 * @wrapper: (nullable): name of a key that may hold the record
 * @asked_us: monotonic µs: when @text was asked for
 * @error: return location: EBADMSG
 *
 * Puts or replaces one record; it keeps its place in the order. One that was changed since
 * @asked_us stays as it is, see pfs_record_note_change().
 *
 * Returns: (transfer none) (nullable): the record
 */
PfsRecord *pfs_table_put_json(PfsTable *self, const char *text, gsize length, const char *wrapper,
			      gint64 asked_us, GError **error);

/**
 * pfs_table_set_value:
 * @self: a table
 * @record: a record of it
 * @key: a key
 * @kind: kind of the value
 * @text: (nullable): its text
 *
 * Changes one value, for what an event tells.
 *
 * Returns: (transfer none): the record, which may have moved
 */
PfsRecord *pfs_table_set_value(PfsTable *self, PfsRecord *record, const char *key,
			       PfsValueKind kind, const char *text);

/**
 * pfs_record_get:
 * @self: a record
 * @table: its table
 * @key: a key
 *
 * Returns: the value, borrowed until the record changes; kind %PFS_VALUE_NONE without one
 */
PfsValue pfs_record_get(PfsRecord *self, PfsTable *table, const char *key);

/**
 * pfs_record_next_pair:
 * @self: a record
 * @table: its table
 * @at: where to go on: 0 for the first pair
 * @out_key: key of the pair, borrowed from the table: the same pointer in each record that has it
 * @out_value: its value
 *
 * Returns: %FALSE behind the last pair
 */
gboolean pfs_record_next_pair(PfsRecord *self, PfsTable *table, gsize *at, const char **out_key,
			      PfsValue *out_value);

/**
 * pfs_record_to_json:
 * @self: a record
 * @table: its table
 * @out: one line of JSON is appended, without a newline, the pairs in the cloud's order
 */
void pfs_record_to_json(PfsRecord *self, PfsTable *table, GString *out);

/**
 * pfs_record_to_json_without:
 * @self: a record
 * @table: its table
 * @without: (nullable): a key that is left out
 * @out: as pfs_record_to_json()
 */
void pfs_record_to_json_without(PfsRecord *self, PfsTable *table, const char *without,
				GString *out);

/**
 * pfs_record_get_id:
 * @self: a record
 * @table: its table
 *
 * Returns: (transfer none): its ID as NUL-terminated text, until the record changes
 */
const char *pfs_record_get_id(PfsRecord *self, PfsTable *table);

/**
 * pfs_record_get_updated_us:
 * @self: a record
 *
 * Returns: monotonic µs, as the owner has set it: when the record was last known true; 0 for never
 */
gint64 pfs_record_get_updated_us(PfsRecord *self);

/**
 * pfs_record_set_updated_us:
 * @self: a record
 * @updated_us: monotonic µs; it survives a replacement of the record's values
 */
void pfs_record_set_updated_us(PfsRecord *self, gint64 updated_us);

/**
 * pfs_record_note_change:
 * @self: a record
 *
 * Says that what is known of it now is newer than any answer that is still on its way.
 */
void pfs_record_note_change(PfsRecord *self);

/**
 * pfs_record_get_changed_us:
 * @self: a record
 *
 * Returns: monotonic µs of the last pfs_record_note_change(); 0 for never
 */
gint64 pfs_record_get_changed_us(PfsRecord *self);

/**
 * pfs_record_get_generation:
 * @self: a record
 *
 * Returns: a number that is free for the owner: which load has seen it
 */
guint pfs_record_get_generation(PfsRecord *self);

/**
 * pfs_record_set_generation:
 * @self: a record
 * @generation: any number; it survives a replacement of the record's values
 */
void pfs_record_set_generation(PfsRecord *self, guint generation);

/**
 * pfs_record_is_settled:
 * @self: a record
 *
 * Returns: what pfs_record_set_settled() was told last; %FALSE of a new one
 */
gboolean pfs_record_is_settled(PfsRecord *self);

/**
 * pfs_record_set_settled:
 * @self: a record
 * @settled: whether no other can have its name, as far as the cloud has said; it survives a
 *   replacement of the record's values
 */
void pfs_record_set_settled(PfsRecord *self, gboolean settled);

/**
 * pfs_record_get_time_us:
 * @self: a record
 *
 * Returns: a time that the owner has worked out of the values; 0 again when they are replaced
 */
gint64 pfs_record_get_time_us(PfsRecord *self);

/**
 * pfs_record_set_time_us:
 * @self: a record
 * @time_us: any time, not 0
 */
void pfs_record_set_time_us(PfsRecord *self, gint64 time_us);

/**
 * pfs_record_get_user_data:
 * @self: a record
 *
 * Returns: (transfer none) (nullable): a pointer for the owner: the name under which the tree shows
 * it
 */
gpointer pfs_record_get_user_data(PfsRecord *self);

/**
 * pfs_record_set_user_data:
 * @self: a record
 * @user_data: (nullable): borrowed; it survives a replacement of the record's values
 */
void pfs_record_set_user_data(PfsRecord *self, gpointer user_data);

/**
 * PfsTableReader:
 *
 * A streaming parse of one list answer into a table: a bare array, or an object that holds the
 * array under a key (other keys are passed over, except `meta`, whose numbers can be asked for).
 */
typedef struct _PfsTableReader PfsTableReader;

/**
 * PfsTableRowFunc:
 * @record: a record that was just put
 * @user_data: as given
 */
typedef void (*PfsTableRowFunc)(PfsRecord *record, gpointer user_data);

/**
 * pfs_table_reader_new:
 * @table: borrowed
 * @items_key: (nullable): key of the array; NULL for a bare array
 * @asked_us: as in pfs_table_put_json()
 * @row: (nullable): runs for each record, from inside pfs_table_reader_feed()
 * @user_data: for @row
 *
 * Rows that are null or lack the ID are passed over.
 *
 * Returns: (transfer full): the reader
 */
PfsTableReader *pfs_table_reader_new(PfsTable *table, const char *items_key, gint64 asked_us,
				     PfsTableRowFunc row,
				     gpointer user_data) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_table_reader_free:
 * @self: (nullable): a reader; its table stays
 */
void pfs_table_reader_free(PfsTableReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsTableReader, pfs_table_reader_free)

/**
 * pfs_table_reader_feed:
 * @self: a reader
 * @data: bytes of the answer
 * @length: their number
 * @error: return location: EBADMSG for what is not the promised JSON, or too deep (64)
 *
 * Returns: %TRUE to go on
 */
gboolean pfs_table_reader_feed(PfsTableReader *self, const char *data, gsize length,
			       GError **error);

/**
 * pfs_table_reader_finish:
 * @self: a reader
 * @error: return location: EBADMSG for a list that was cut short or had the wrong shape
 *
 * Returns: %TRUE when the whole list was read
 */
gboolean pfs_table_reader_finish(PfsTableReader *self, GError **error);

/**
 * pfs_table_reader_get_meta:
 * @self: a reader
 * @key: a key of the `meta` object: `total_pages`
 *
 * Returns: its number, for a boolean 1 or 0; -1 without one
 */
gint64 pfs_table_reader_get_meta(PfsTableReader *self, const char *key);

/**
 * pfs_table_reader_get_rows:
 * @self: a reader
 *
 * Returns: number of records that it has read
 */
guint pfs_table_reader_get_rows(PfsTableReader *self);

G_END_DECLS
