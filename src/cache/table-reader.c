/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list, or one object, as a stream of values. The state is a depth and where in it the
 * records stand: nothing recurses, and no value but the record's own is kept.
 */
#include <errno.h>
#include <string.h>

#include <particlefs/error.h>
#include <particlefs/json-stream.h>

#include "table-private.h"

#define META_MAX 16

typedef enum {
	READ_LIST,    /* a bare array of records */
	READ_WRAPPED, /* an object that holds the array */
	READ_ONE,     /* one record */
	READ_INNER,   /* an object that holds the record, or an array of it */
} Shape;

struct _PfsTableReader {
	Shape shape;
	char *items_key;
	PfsTableRowFunc row;
	gpointer user_data;
	PfsPacker packer;
	PfsJsonStream *stream;
	guint depth;	   /* containers open that are no values of a record */
	guint items_depth; /* depth inside the array, 0: not in it */
	gboolean in_record;
	gboolean spread_next; /* the next value is the object whose members are the record's */
	gboolean in_spread;
	gboolean items_next; /* the next value is the array */
	gboolean items_seen;
	gboolean in_meta;
	char *meta_key;
	GHashTable *meta; /* key -> text */
	guint rows;
	gsize silent_bytes; /* since the last value: one that does not end is kept by the parser */
};

static gboolean
is_meta_kind(PfsValueKind kind)
{
	return kind == PFS_VALUE_NUMBER || kind == PFS_VALUE_TRUE || kind == PFS_VALUE_FALSE;
}

static void
put_meta(PfsTableReader *self, PfsValueKind kind, const char *text, size_t length)
{
	char *number = kind == PFS_VALUE_NUMBER ? g_strndup(text, length)
						: g_strdup(kind == PFS_VALUE_TRUE ? "1" : "0");

	g_hash_table_insert(self->meta, g_steal_pointer(&self->meta_key), number);
}

/* Values outside of records are passed over. */
static gboolean
value_cb(gpointer user_data, PfsValueKind kind, const char *text, gsize length)
{
	PfsTableReader *self = user_data;

	self->silent_bytes = 0;
	if (self->in_record)
		pfs_packer_add(&self->packer, kind, text, length);
	else if (self->in_meta && self->meta_key != NULL && is_meta_kind(kind) &&
		 g_hash_table_size(self->meta) < META_MAX)
		put_meta(self, kind, text, length);
	else if (self->items_next || self->depth == 0)
		return FALSE; /* the array is something else */
	return !self->packer.too_large;
}

static gboolean
begins_record(PfsTableReader *self)
{
	if (self->shape == READ_ONE)
		return self->depth == 0;
	if (self->shape == READ_INNER && self->items_next)
		return self->rows == 0;
	if (self->shape == READ_INNER && self->rows > 0)
		return FALSE;
	return self->items_depth > 0 && self->depth == self->items_depth;
}

static PfsJsonChoice
begin_in_record(PfsTableReader *self, gboolean array)
{
	if (!self->spread_next || array)
		return PFS_JSON_TAKE;
	self->spread_next = FALSE;
	self->in_spread = TRUE;
	self->depth++;
	return PFS_JSON_ENTER;
}

static PfsJsonChoice
begin_cb(gpointer user_data, gboolean array)
{
	PfsTableReader *self = user_data;

	if (self->in_record)
		return begin_in_record(self, array);
	if (begins_record(self) && !array) {
		self->in_record = TRUE;
		pfs_packer_begin(&self->packer);
	} else if (self->depth == 0 && array != (self->shape == READ_LIST)) {
		return PFS_JSON_REFUSE;
	} else if (array && ((self->shape == READ_LIST && self->depth == 0) || self->items_next)) {
		self->items_depth = self->depth + 1;
		self->items_seen = TRUE;
	} else if (self->items_next && self->shape != READ_INNER) {
		return PFS_JSON_REFUSE;
	}
	self->items_next = FALSE;
	self->depth++;
	return PFS_JSON_ENTER;
}

static gboolean
is_single(PfsTableReader *self)
{
	return self->shape == READ_ONE || self->shape == READ_INNER;
}

static gboolean
put_record(PfsTableReader *self)
{
	PfsRecord *record = pfs_packer_commit(&self->packer);

	if (record != NULL && self->row != NULL)
		self->row(record, self->user_data);
	return !pfs_table_is_full(self->packer.table);
}

/* A single one is put when the text has proved to be JSON up to its end. */
static gboolean
end_record(PfsTableReader *self)
{
	self->in_record = FALSE;
	if (self->packer.has_id)
		self->rows++;
	return is_single(self) || put_record(self);
}

static gboolean
end_cb(gpointer user_data, gboolean array)
{
	PfsTableReader *self = user_data;

	self->depth--;
	if (self->in_spread)
		self->in_spread = FALSE;
	else if (self->in_record)
		return end_record(self);
	else if (array && self->items_depth == self->depth + 1)
		self->items_depth = 0;
	else if (self->depth == 1)
		self->in_meta = FALSE;
	return TRUE;
}

static gboolean
key_is(const char *key, const char *text, gsize length)
{
	return key != NULL && strlen(key) == length && memcmp(key, text, length) == 0;
}

static gboolean
key_cb(gpointer user_data, const char *text, gsize length)
{
	PfsTableReader *self = user_data;

	self->silent_bytes = 0;
	if (self->in_record) {
		self->spread_next =
		    !self->in_spread && key_is(self->packer.table->spread_key, text, length);
		pfs_packer_set_key(&self->packer, text, length);
		return !self->packer.too_large;
	}
	if (self->depth == 1) {
		self->items_next = key_is(self->items_key, text, length);
		self->in_meta = key_is("meta", text, length);
	} else if (self->depth == 2 && self->in_meta) {
		g_free(self->meta_key);
		self->meta_key = g_strndup(text, length);
	}
	return TRUE;
}

static const PfsJsonHandler handler = {
	.value = value_cb,
	.key = key_cb,
	.begin = begin_cb,
	.end = end_cb,
};

static PfsTableReader *
reader_new(PfsTable *table, Shape shape, const char *items_key, gint64 asked_us)
{
	PfsTableReader *self = g_new0(PfsTableReader, 1);

	self->shape = shape;
	self->items_key = g_strdup(items_key);
	pfs_packer_init(&self->packer, table);
	self->packer.asked_us = asked_us;
	self->stream = pfs_json_stream_new(&handler, self);
	self->meta = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return self;
}

PfsTableReader *
pfs_table_reader_new(PfsTable *table, const char *items_key, gint64 asked_us, PfsTableRowFunc row,
		     gpointer user_data)
{
	PfsTableReader *self =
	    reader_new(table, items_key != NULL ? READ_WRAPPED : READ_LIST, items_key, asked_us);

	self->row = row;
	self->user_data = user_data;
	return self;
}

void
pfs_table_reader_free(PfsTableReader *self)
{
	if (self == NULL)
		return;
	pfs_json_stream_free(self->stream);
	pfs_packer_clear(&self->packer);
	g_hash_table_unref(self->meta);
	g_free(self->meta_key);
	g_free(self->items_key);
	g_free(self);
}

static gboolean
fail(PfsTableReader *self, GError **error)
{
	gboolean too_large = self->packer.too_large || pfs_table_is_full(self->packer.table);

	g_set_error(error, PFS_ERROR, EBADMSG, "%s",
		    too_large ? "the answer is too large"
			      : "the answer is not the list that the API promises");
	return FALSE;
}

gboolean
pfs_table_reader_feed(PfsTableReader *self, const char *data, gsize length, GError **error)
{
	self->silent_bytes += length;
	if (!pfs_json_stream_feed(self->stream, data, length))
		return fail(self, error);
	if (self->silent_bytes <= PFS_RECORD_BYTES_MAX)
		return TRUE;
	self->packer.too_large = TRUE;
	return fail(self, error);
}

gboolean
pfs_table_reader_finish(PfsTableReader *self, GError **error)
{
	if (!pfs_json_stream_finish(self->stream) || (!is_single(self) && !self->items_seen))
		return fail(self, error);
	if (is_single(self) && self->rows > 0 && !put_record(self))
		return fail(self, error);
	return TRUE;
}

gint64
pfs_table_reader_get_meta(PfsTableReader *self, const char *key)
{
	const char *text = g_hash_table_lookup(self->meta, key);
	gint64 number;

	if (text == NULL || !g_ascii_string_to_signed(text, 10, 0, G_MAXINT64, &number, NULL))
		return -1;
	return number;
}

guint
pfs_table_reader_get_rows(PfsTableReader *self)
{
	return self->rows;
}

/* One record. */

typedef struct {
	PfsRecord *record;
} One;

static void
one_cb(PfsRecord *record, gpointer user_data)
{
	((One *)user_data)->record = record;
}

static gboolean
read_one(PfsTable *table, Shape shape, const char *text, gsize length, const char *wrapper,
	 gint64 asked_us, One *one, GError **error)
{
	g_autoptr(PfsTableReader) reader = reader_new(table, shape, wrapper, asked_us);

	reader->row = one_cb;
	reader->user_data = one;
	return pfs_table_reader_feed(reader, text, length, error) &&
	       pfs_table_reader_finish(reader, error);
}

PfsRecord *
pfs_table_put_json(PfsTable *self, const char *text, gsize length, const char *wrapper,
		   gint64 asked_us, GError **error)
{
	One one = { NULL };

	if (!read_one(self, READ_ONE, text, length, NULL, asked_us, &one, error))
		return NULL;
	if (one.record == NULL && wrapper != NULL &&
	    !read_one(self, READ_INNER, text, length, wrapper, asked_us, &one, error))
		return NULL;
	if (one.record == NULL)
		g_set_error(error, PFS_ERROR, EBADMSG,
			    "the answer is not the record that the API promises");
	return one.record;
}
