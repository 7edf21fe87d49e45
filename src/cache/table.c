/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <yajl/yajl_gen.h>

#include <particlefs/hash.h>

#include "table-private.h"

/* A record's head, and what the tables and the file name of one take; they have its ID four times
 * more. */
#define RECORD_COST(record) (sizeof(PfsRecord) + 160 + (record)->length + 4UL * (record)->id_length)

static gsize all_bytes;
static gsize limit_bytes = PFS_TABLES_BYTES_MAX;

static void
charge(PfsTable *self, gsize bytes)
{
	self->bytes += bytes;
	all_bytes += bytes;
}

static void
uncharge(PfsTable *self, gsize bytes)
{
	self->bytes -= bytes;
	all_bytes -= bytes;
}

static guint
shared_text_hash(gconstpointer data)
{
	const PfsSharedText *text = data;

	return pfs_bytes_hash(text->text, text->length);
}

static gboolean
shared_text_equal(gconstpointer a, gconstpointer b)
{
	const PfsSharedText *one = a;
	const PfsSharedText *other = b;

	return one->length == other->length && memcmp(one->text, other->text, one->length) == 0;
}

static void
key_clear(gpointer data)
{
	g_free(((PfsKey *)data)->name);
}

PfsTable *
pfs_table_new(const char *id_key)
{
	PfsTable *self = g_new0(PfsTable, 1);

	self->id_key = g_strdup(id_key);
	self->records = g_ptr_array_new();
	self->by_id = g_hash_table_new(pfs_text_hash, g_str_equal);
	self->keys = g_array_new(FALSE, FALSE, sizeof(PfsKey));
	g_array_set_clear_func(self->keys, key_clear);
	self->key_index = g_hash_table_new(pfs_text_hash, g_str_equal);
	self->unused_keys = g_array_new(FALSE, FALSE, sizeof(guint));
	self->texts = g_hash_table_new(shared_text_hash, shared_text_equal);
	return self;
}

void
pfs_table_free(PfsTable *self)
{
	GHashTableIter iter;
	gpointer text;

	if (self == NULL)
		return;
	uncharge(self, self->bytes);
	for (guint i = 0; i < self->records->len; i++)
		g_free(g_ptr_array_index(self->records, i));
	g_hash_table_iter_init(&iter, self->texts);
	while (g_hash_table_iter_next(&iter, &text, NULL))
		g_free(text);
	g_hash_table_unref(self->texts);
	g_hash_table_unref(self->by_id);
	g_hash_table_unref(self->key_index);
	g_array_unref(self->unused_keys);
	g_array_unref(self->keys);
	g_ptr_array_unref(self->records);
	g_free(self->id_key);
	g_free(self->spread_key);
	g_free(self);
}

static void
compact(PfsTable *self)
{
	guint kept = 0;

	for (guint i = 0; i < self->records->len; i++) {
		PfsRecord *record = g_ptr_array_index(self->records, i);

		if (record == NULL)
			continue;
		record->index = kept;
		g_ptr_array_index(self->records, kept++) = record;
	}
	g_ptr_array_set_size(self->records, (gint)kept);
	self->has_holes = FALSE;
}

guint
pfs_table_get_size(PfsTable *self)
{
	return g_hash_table_size(self->by_id);
}

PfsRecord *
pfs_table_get_nth(PfsTable *self, guint index)
{
	if (self->has_holes)
		compact(self);
	return index < self->records->len ? g_ptr_array_index(self->records, index) : NULL;
}

PfsRecord *
pfs_table_find(PfsTable *self, const char *id)
{
	return g_hash_table_lookup(self->by_id, id);
}

/* Texts. */

static PfsSharedText *
find_text(PfsTable *self, const char *text, gsize length, PfsSharedText **out_new)
{
	PfsSharedText *wanted = g_malloc(sizeof(PfsSharedText) + length + 1);
	PfsSharedText *found;

	wanted->ref_count = 1;
	wanted->length = (guint)length;
	memcpy(wanted->text, text, length);
	wanted->text[length] = '\0';
	found = g_hash_table_lookup(self->texts, wanted);
	if (found != NULL)
		g_free(wanted);
	*out_new = found == NULL ? wanted : NULL;
	return found;
}

/* Whether sharing pays for this key: the first values are tried, then what they have shown counts.
 */
static gboolean
is_worth_sharing(PfsKey *key, PfsValueKind kind, gsize length)
{
	if (kind != PFS_VALUE_STRING && kind != PFS_VALUE_JSON)
		return FALSE;
	return length >= sizeof(gpointer) && (key->tries < 64 || key->hits * 2 > key->tries);
}

static PfsSharedText *
share_text(PfsTable *self, PfsKey *key, const char *text, gsize length)
{
	PfsSharedText *new_text;
	PfsSharedText *found = find_text(self, text, length, &new_text);

	key->tries++;
	if (found != NULL) {
		key->hits++;
		found->ref_count++;
		return found;
	}
	g_hash_table_add(self->texts, new_text);
	charge(self, sizeof(*new_text) + new_text->length);
	return new_text;
}

static void
unshare_text(PfsTable *self, PfsSharedText *text)
{
	if (--text->ref_count > 0)
		return;
	uncharge(self, sizeof(*text) + text->length);
	g_hash_table_remove(self->texts, text);
	g_free(text);
}

/* Keys. */

/* With its name, twice its place in a table that grows by half. */
#define KEY_COST(name) (2 * sizeof(PfsKey) + 64 + strlen(name))

static PfsKey *
get_key(PfsTable *self, guint index)
{
	return &g_array_index(self->keys, PfsKey, index);
}

/* PFS_NO_KEY where there are too many. @name: (transfer full) */
static guint
add_key(PfsTable *self, char *name)
{
	PfsKey key = { .name = name };
	guint index = self->keys->len;

	if (self->unused_keys->len > 0) {
		index = g_array_index(self->unused_keys, guint, self->unused_keys->len - 1);
		g_array_set_size(self->unused_keys, self->unused_keys->len - 1);
		*get_key(self, index) = key;
	} else if (index < PFS_TABLE_KEYS_MAX) {
		g_array_append_val(self->keys, key);
	} else {
		g_free(name);
		return PFS_NO_KEY;
	}
	charge(self, KEY_COST(name));
	g_hash_table_insert(self->key_index, name, GUINT_TO_POINTER(index + 1));
	return index;
}

static void
hold_key(PfsTable *self, guint index)
{
	if (index != PFS_NO_KEY)
		get_key(self, index)->pairs++;
}

static void
release_key(PfsTable *self, guint index)
{
	PfsKey *key = index != PFS_NO_KEY ? get_key(self, index) : NULL;

	if (key == NULL || --key->pairs > 0)
		return;
	uncharge(self, KEY_COST(key->name));
	g_hash_table_remove(self->key_index, key->name);
	g_clear_pointer(&key->name, g_free);
	g_array_append_val(self->unused_keys, index);
}

/* Pairs. */

#define SHARED_BIT 0x80
#define ID_BIT 0x40
#define KIND_MASK 0x3f

static void
append_varint(GByteArray *bytes, guint number)
{
	guint8 byte;

	while (number >= 0x80) {
		byte = (guint8)(number | 0x80);
		g_byte_array_append(bytes, &byte, 1);
		number >>= 7;
	}
	byte = (guint8)number;
	g_byte_array_append(bytes, &byte, 1);
}

static guint
read_varint(const char **at)
{
	guint number = 0;
	guint shift = 0;
	guint8 byte;

	do {
		byte = (guint8) * (*at)++;
		number |= (guint)(byte & 0x7f) << shift;
		shift += 7;
	} while ((byte & 0x80) != 0);
	return number;
}

typedef struct {
	guint key;
	guint8 kind; /* with its bits */
	PfsSharedText *shared;
	PfsValue value;
} Pair;

static gboolean
has_text(guint8 kind)
{
	PfsValueKind plain = kind & KIND_MASK;

	return plain == PFS_VALUE_NUMBER || plain == PFS_VALUE_STRING || plain == PFS_VALUE_JSON;
}

static const char *
first_pair(PfsRecord *record)
{
	return record->bytes + record->id_length + 1;
}

/* FALSE behind the last. */
static gboolean
read_pair(PfsRecord *record, const char **at, Pair *pair)
{
	if (*at >= record->bytes + record->length)
		return FALSE;
	pair->key = read_varint(at);
	pair->kind = (guint8) * (*at)++;
	pair->shared = NULL;
	pair->value = (PfsValue){ .kind = pair->kind & KIND_MASK };
	if ((pair->kind & ID_BIT) != 0) {
		pair->value.text = record->bytes;
		pair->value.length = record->id_length;
	} else if ((pair->kind & SHARED_BIT) != 0) {
		memcpy(&pair->shared, *at, sizeof(pair->shared));
		*at += sizeof(pair->shared);
		pair->value.text = pair->shared->text;
		pair->value.length = pair->shared->length;
	} else if (has_text(pair->kind)) {
		pair->value.length = read_varint(at);
		pair->value.text = *at;
		*at += pair->value.length + 1;
	}
	return TRUE;
}

static void
free_record(PfsTable *self, PfsRecord *record)
{
	const char *at = first_pair(record);
	Pair pair;

	while (read_pair(record, &at, &pair)) {
		if (pair.shared != NULL)
			unshare_text(self, pair.shared);
		release_key(self, pair.key);
	}
	g_free(record);
}

/* One that is in the table. */
static void
forget_record(PfsTable *self, PfsRecord *record)
{
	uncharge(self, RECORD_COST(record));
	free_record(self, record);
}

gboolean
pfs_table_remove(PfsTable *self, const char *id)
{
	PfsRecord *record = pfs_table_find(self, id);

	if (record == NULL)
		return FALSE;
	g_hash_table_remove(self->by_id, record->bytes);
	g_ptr_array_index(self->records, record->index) = NULL;
	self->has_holes = TRUE;
	forget_record(self, record);
	return TRUE;
}

/* The packer. */

void
pfs_packer_init(PfsPacker *self, PfsTable *table)
{
	*self = (PfsPacker){
		.table = table,
		.pairs = g_byte_array_new(),
		.id = g_string_new(NULL),
		.key = PFS_NO_KEY,
		.asked_us = G_MAXINT64,
	};
}

static void
drop_pairs(PfsPacker *self)
{
	PfsRecord *record = g_malloc0(sizeof(PfsRecord) + 1 + self->pairs->len);

	record->length = 1 + self->pairs->len;
	memcpy(record->bytes + 1, self->pairs->data, self->pairs->len);
	free_record(self->table, record);
	g_byte_array_set_size(self->pairs, 0);
}

void
pfs_packer_clear(PfsPacker *self)
{
	if (self->pairs->len > 0)
		drop_pairs(self);
	release_key(self->table, self->key);
	g_byte_array_unref(self->pairs);
	g_string_free(self->id, TRUE);
}

void
pfs_packer_begin(PfsPacker *self)
{
	if (self->pairs->len > 0)
		drop_pairs(self);
	g_string_truncate(self->id, 0);
	self->has_id = FALSE;
	self->id_kind_at = 0;
	self->n_pairs = 0;
}

/* It is held: its value may come after others have gone. */
static void
take_key(PfsPacker *self, guint index)
{
	hold_key(self->table, index);
	release_key(self->table, self->key);
	self->key = index;
}

static gboolean
is_key(PfsTable *self, guint index, const char *name, gsize length)
{
	const char *known = index < self->keys->len ? get_key(self, index)->name : NULL;

	return known != NULL && strlen(known) == length && memcmp(known, name, length) == 0;
}

static guint
need_key(PfsTable *self, const char *name, gsize length)
{
	g_autofree char *text = g_strndup(name, length);
	guint known = GPOINTER_TO_UINT(g_hash_table_lookup(self->key_index, text));

	return known > 0 ? known - 1 : add_key(self, g_steal_pointer(&text));
}

/* Most records have their keys in the same order, and a list's records come one after the other. */
void
pfs_packer_set_key(PfsPacker *self, const char *name, gsize length)
{
	guint before = self->key;
	guint next = before != PFS_NO_KEY ? get_key(self->table, before)->next : PFS_NO_KEY;

	if (length > PFS_KEY_BYTES_MAX) {
		take_key(self, PFS_NO_KEY);
		return;
	}
	if (!is_key(self->table, next, name, length))
		next = need_key(self->table, name, length);
	if (before != PFS_NO_KEY)
		get_key(self->table, before)->next = next;
	take_key(self, next);
	self->too_large = self->too_large || self->key == PFS_NO_KEY;
}

static void
append_key(PfsPacker *self)
{
	hold_key(self->table, self->key);
	append_varint(self->pairs, self->key);
}

static void
add_text(PfsPacker *self, PfsKey *key, PfsValueKind kind, const char *text, gsize length)
{
	static const guint8 nul = 0;
	guint8 byte = (guint8)kind;
	PfsSharedText *shared;

	if (is_worth_sharing(key, kind, length)) {
		byte |= SHARED_BIT;
		shared = share_text(self->table, key, text, length);
		g_byte_array_append(self->pairs, &byte, 1);
		g_byte_array_append(self->pairs, (const guint8 *)&shared, sizeof(shared));
		return;
	}
	g_byte_array_append(self->pairs, &byte, 1);
	append_varint(self->pairs, (guint)length);
	g_byte_array_append(self->pairs, (const guint8 *)text, (guint)length);
	g_byte_array_append(self->pairs, &nul, 1);
}

/* The ID stands in the record's head, so that there is one pair for it, of the kind that came last.
 */
static void
add_id(PfsPacker *self, guint8 kind, const char *text, gsize length)
{
	kind |= ID_BIT;
	if (self->id_kind_at > 0) {
		self->pairs->data[self->id_kind_at] = kind;
	} else {
		append_key(self);
		self->id_kind_at = self->pairs->len;
		g_byte_array_append(self->pairs, &kind, 1);
	}
	g_string_truncate(self->id, 0);
	g_string_append_len(self->id, text, (gssize)length);
	self->has_id = length > 0;
}

void
pfs_packer_add(PfsPacker *self, PfsValueKind kind, const char *text, gsize length)
{
	guint8 byte = (guint8)kind;
	PfsKey *key;

	self->too_large = self->too_large || ++self->n_pairs > PFS_RECORD_PAIRS_MAX ||
			  self->pairs->len + length > PFS_RECORD_BYTES_MAX;
	if (self->too_large || self->key == PFS_NO_KEY)
		return;
	key = get_key(self->table, self->key);
	if (has_text(byte) && kind != PFS_VALUE_JSON && length <= PFS_ID_BYTES_MAX &&
	    /* What has a text has one. NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
	    memchr(text, '\0', length) == NULL && strcmp(key->name, self->table->id_key) == 0) {
		add_id(self, byte, text, length);
		return;
	}
	append_key(self);
	if (has_text(byte)) {
		add_text(self, key, kind, text, length);
	} else {
		g_byte_array_append(self->pairs, &byte, 1);
	}
}

static void
place(PfsTable *self, PfsRecord *record)
{
	PfsRecord *old = pfs_table_find(self, record->bytes);

	if (old == NULL) {
		if (self->has_holes)
			compact(self);
		record->index = self->records->len;
		g_ptr_array_add(self->records, record);
	} else {
		record->index = old->index;
		record->user_data = old->user_data;
		record->generation = old->generation;
		record->settled = old->settled;
		record->updated_us = old->updated_us;
		record->changed_us = old->changed_us;
		g_ptr_array_index(self->records, record->index) = record;
		g_hash_table_remove(self->by_id, old->bytes);
		forget_record(self, old);
	}
	charge(self, RECORD_COST(record));
	g_hash_table_insert(self->by_id, record->bytes, record);
}

PfsRecord *
pfs_packer_commit(PfsPacker *self)
{
	PfsRecord *known = self->has_id ? pfs_table_find(self->table, self->id->str) : NULL;
	PfsRecord *record;
	gsize head = self->id->len + 1;

	if (!self->has_id || (known != NULL && known->changed_us > self->asked_us)) {
		pfs_packer_begin(self);
		return known;
	}
	record = g_malloc0(sizeof(PfsRecord) + head + self->pairs->len);
	record->id_length = (guint16)self->id->len;
	record->length = (guint)(head + self->pairs->len);
	memcpy(record->bytes, self->id->str, head);
	memcpy(record->bytes + head, self->pairs->data, self->pairs->len);
	g_byte_array_set_size(self->pairs, 0);
	place(self->table, record);
	return record;
}

PfsRecord *
pfs_table_set_value(PfsTable *self, PfsRecord *record, const char *key, PfsValueKind kind,
		    const char *text)
{
	const char *at = first_pair(record);
	gboolean set = FALSE;
	PfsPacker packer;
	Pair pair;

	pfs_packer_init(&packer, self);
	while (read_pair(record, &at, &pair)) {
		const char *name = get_key(self, pair.key)->name;

		take_key(&packer, pair.key);
		if (strcmp(name, key) != 0) {
			pfs_packer_add(&packer, pair.value.kind, pair.value.text,
				       pair.value.length);
		} else if (!set) {
			pfs_packer_add(&packer, kind, text, text != NULL ? strlen(text) : 0);
			set = TRUE;
		}
	}
	if (!set) {
		pfs_packer_set_key(&packer, key, strlen(key));
		pfs_packer_add(&packer, kind, text, text != NULL ? strlen(text) : 0);
	}
	record = pfs_packer_commit(&packer);
	pfs_packer_clear(&packer);
	return record;
}

/* Reading. */

gboolean
pfs_record_next_pair(PfsRecord *self, PfsTable *table, gsize *at, const char **out_key,
		     PfsValue *out_value)
{
	const char *next = first_pair(self) + *at;
	Pair pair;

	if (!read_pair(self, &next, &pair))
		return FALSE;
	*at = (gsize)(next - first_pair(self));
	*out_key = get_key(table, pair.key)->name;
	*out_value = pair.value;
	return TRUE;
}

/* Where the cloud gave a key twice, the last one counts. */
PfsValue
pfs_record_get(PfsRecord *self, PfsTable *table, const char *key)
{
	guint wanted = GPOINTER_TO_UINT(g_hash_table_lookup(table->key_index, key));
	const char *at = first_pair(self);
	PfsValue value = { .kind = PFS_VALUE_NONE };
	Pair pair;

	while (wanted > 0 && read_pair(self, &at, &pair))
		if (pair.key == wanted - 1)
			value = pair.value;
	return value;
}

static void
append_value(yajl_gen gen, const PfsValue *value)
{
	switch (value->kind) {
	case PFS_VALUE_NULL:
	case PFS_VALUE_NONE:
		yajl_gen_null(gen);
		break;
	case PFS_VALUE_FALSE:
	case PFS_VALUE_TRUE:
		yajl_gen_bool(gen, value->kind == PFS_VALUE_TRUE);
		break;
	case PFS_VALUE_STRING:
		yajl_gen_string(gen, (const unsigned char *)value->text, value->length);
		break;
	case PFS_VALUE_NUMBER:
	case PFS_VALUE_JSON:
		/* JSON text stands as it is; yajl writes numbers so. */
		yajl_gen_number(gen, value->text, value->length);
		break;
	}
}

void
pfs_record_to_json_without(PfsRecord *self, PfsTable *table, const char *without, GString *out)
{
	yajl_gen gen = yajl_gen_alloc(NULL);
	const char *at = first_pair(self);
	const unsigned char *text;
	size_t length;
	Pair pair;

	yajl_gen_map_open(gen);
	while (read_pair(self, &at, &pair)) {
		const char *key = get_key(table, pair.key)->name;

		if (g_strcmp0(key, without) == 0)
			continue;
		yajl_gen_string(gen, (const unsigned char *)key, strlen(key));
		append_value(gen, &pair.value);
	}
	yajl_gen_map_close(gen);
	if (yajl_gen_get_buf(gen, &text, &length) == yajl_gen_status_ok)
		g_string_append_len(out, (const char *)text, (gssize)length);
	yajl_gen_free(gen);
}

void
pfs_record_to_json(PfsRecord *self, PfsTable *table, GString *out)
{
	pfs_record_to_json_without(self, table, NULL, out);
}

const char *
pfs_record_get_id(PfsRecord *self, PfsTable *table)
{
	return self->bytes;
}

gint64
pfs_record_get_updated_us(PfsRecord *self)
{
	return self->updated_us;
}

void
pfs_record_set_updated_us(PfsRecord *self, gint64 updated_us)
{
	self->updated_us = updated_us;
}

void
pfs_record_note_change(PfsRecord *self)
{
	self->changed_us = g_get_monotonic_time();
}

gint64
pfs_record_get_changed_us(PfsRecord *self)
{
	return self->changed_us;
}

guint
pfs_record_get_generation(PfsRecord *self)
{
	return self->generation;
}

void
pfs_record_set_generation(PfsRecord *self, guint generation)
{
	self->generation = generation;
}

gboolean
pfs_record_is_settled(PfsRecord *self)
{
	return self->settled;
}

void
pfs_record_set_settled(PfsRecord *self, gboolean settled)
{
	self->settled = settled;
}

gint64
pfs_record_get_time_us(PfsRecord *self)
{
	return self->time_us;
}

void
pfs_record_set_time_us(PfsRecord *self, gint64 time_us)
{
	self->time_us = time_us;
}

gpointer
pfs_record_get_user_data(PfsRecord *self)
{
	return self->user_data;
}

void
pfs_record_set_user_data(PfsRecord *self, gpointer user_data)
{
	self->user_data = user_data;
}

gsize
pfs_table_get_bytes(PfsTable *self)
{
	return self->bytes;
}

gboolean
pfs_table_is_full(PfsTable *self)
{
	return self->bytes > PFS_TABLE_BYTES_MAX || all_bytes > limit_bytes / 2 * 3;
}

gboolean
pfs_tables_are_many(void)
{
	return all_bytes > limit_bytes;
}

void
pfs_tables_set_limit(gsize bytes)
{
	limit_bytes = bytes;
}

gboolean
pfs_table_is_crowded(PfsTable *self)
{
	return pfs_table_is_full(self) ||
	       g_hash_table_size(self->key_index) > PFS_TABLE_KEYS_MAX / 2;
}

void
pfs_table_set_spread(PfsTable *self, const char *key)
{
	g_free(self->spread_key);
	self->spread_key = g_strdup(key);
}
