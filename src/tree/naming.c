/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which file name each record has. A record has a ladder of names: its own, then that one marked
 * with the end of its ID, with the whole ID, and with digests. A name that two reach for is
 * neither's, and both go one rung up. So the names follow from the records alone, in whatever order
 * they came. The highest rungs nobody outside of this process knows: who knows all can name a
 * hundred thousand records as the rungs of one, which would climb past each of them, and down
 * again.
 *
 * A name that one has stands in `names`; one that several reach for stands in `shared`, with all of
 * them; a record that is not on its first rung stands in `climbers`. An ID is always its record's.
 */
#include <string.h>

#include "collection.h"

#include <particlefs/hash.h>
#include <particlefs/tree.h>

/* A longer ID would leave no room for the name. */
#define MARK_BYTES_MAX 64
#define SECRET_RUNG 4

typedef struct {
	char *wanted; /* the first rung */
	guint rung;
} Climber;

/* IDs of those that have lost their name to a second one; names that only one wants any more. */
typedef struct {
	GQueue up;
	GQueue down;
} Moves;

static void
climber_free(gpointer data)
{
	Climber *climber = data;

	g_free(climber->wanted);
	g_free(climber);
}

void
pfs_collection_init_names(PfsCollection *self)
{
	self->names = g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free, NULL);
	self->shared = g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free,
					     (GDestroyNotify)g_hash_table_unref);
	self->climbers = g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free, climber_free);
}

void
pfs_collection_clear_names(PfsCollection *self)
{
	g_hash_table_unref(self->names);
	g_hash_table_unref(self->shared);
	g_hash_table_unref(self->climbers);
}

static gboolean
is_reserved(PfsCollection *self, const char *name)
{
	return self->reserved != NULL && g_strv_contains((const char *const *)self->reserved, name);
}

/* The name by which an ID is its record's, whatever others are called; NULL: it is too long to be
 * told from its name. */
static char *
dup_own_name(PfsCollection *self, PfsRecord *record)
{
	g_autofree char *own = pfs_name_escape(pfs_record_get_id(record, self->table));

	return pfs_collection_find_id(self, own) == record ? g_steal_pointer(&own) : NULL;
}

/* What comes with the first list was denied to nobody, or but a moment ago. */
static void
announce(PfsCollection *self, PfsRecord *record, const char *name, gboolean came)
{
	if (self->changed != NULL && (self->whole || !came))
		self->changed(self, pfs_record_get_id(record, self->table), name, came);
}

/*
 * The name and the ID that it leads to are one block: there are as many as records. It is the
 * names' table's, and lives as long as the name stands, so the record can point to it.
 */
static void
give_name(PfsCollection *self, PfsRecord *record, const char *name)
{
	const char *id = pfs_record_get_id(record, self->table);
	gsize name_bytes = strlen(name) + 1;
	gsize id_bytes = strlen(id) + 1;
	char *block = g_malloc(name_bytes + id_bytes);

	memcpy(block, name, name_bytes);
	memcpy(block + name_bytes, id, id_bytes);
	pfs_record_set_user_data(record, block);
	g_hash_table_insert(self->names, block, block + name_bytes);
	announce(self, record, name, TRUE);
}

static void
drop_name(PfsCollection *self, PfsRecord *record)
{
	char *name = pfs_record_get_user_data(record);

	if (name == NULL)
		return;
	pfs_record_set_user_data(record, NULL);
	announce(self, record, name, FALSE);
	g_hash_table_remove(self->names, name);
}

static char *
dup_wanted_name(PfsCollection *self, PfsRecord *record)
{
	PfsValue value = pfs_record_get(record, self->table, self->row->name_key);
	const char *name = value.kind == PFS_VALUE_STRING && value.length > 0 && *value.text != '\0'
			       ? value.text
			       : pfs_record_get_id(record, self->table);
	g_autofree char *whole = g_strconcat(name, self->row->suffix, NULL);

	return pfs_name_escape(whole);
}

static guint
get_secret(void)
{
	static guint secret;

	while (secret == 0)
		secret = g_random_int();
	return secret;
}

/* What tells two of the same name apart. */
static char *
dup_mark(const char *id, guint rung)
{
	gsize length = strlen(id);
	const char *end = length > 6 ? id + length - 6 : id;
	g_autofree char *whole = pfs_name_escape(id);
	guint salt = rung < SECRET_RUNG ? rung : rung + get_secret();
	g_autofree char *salted = g_strdup_printf("%s %u", id, salt);

	if (rung == 1 && g_utf8_validate(end, -1, NULL))
		return pfs_name_escape(end);
	if (rung == 2 && strlen(whole) <= MARK_BYTES_MAX)
		return g_steal_pointer(&whole);
	return g_compute_checksum_for_string(G_CHECKSUM_MD5, salted, -1);
}

static char *
dup_rung(const char *wanted, const char *id, guint rung)
{
	g_autofree char *mark = rung > 0 ? dup_mark(id, rung) : NULL;

	return mark != NULL ? pfs_name_mark(wanted, mark) : g_strdup(wanted);
}

static void
set_climber(PfsCollection *self, const char *id, const char *wanted, guint rung)
{
	Climber *climber;

	if (rung == 0) {
		g_hash_table_remove(self->climbers, id);
		return;
	}
	climber = g_new(Climber, 1);
	*climber = (Climber){ g_strdup(wanted), rung };
	g_hash_table_replace(self->climbers, g_strdup(id), climber);
}

/* Takes its name from the one that has it. */
static void
displace(PfsCollection *self, const char *id, const char *name, Moves *moves)
{
	const Climber *climber = g_hash_table_lookup(self->climbers, id);

	g_queue_push_tail(&moves->up, g_strdup(id));
	set_climber(self, id, climber != NULL ? climber->wanted : name,
		    climber != NULL ? climber->rung + 1 : 1);
	drop_name(self, pfs_table_find(self->table, id));
}

static GHashTable *
share(PfsCollection *self, const char *name, const char *id)
{
	GHashTable *claimants = g_hash_table_lookup(self->shared, name);

	if (claimants == NULL) {
		claimants = g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free, NULL);
		g_hash_table_insert(self->shared, g_strdup(name), claimants);
	}
	g_hash_table_add(claimants, g_strdup(id));
	return claimants;
}

/* Whether the record gets the name; else it is one more that wants it. */
static gboolean
claim(PfsCollection *self, const char *name, PfsRecord *record, Moves *moves)
{
	PfsRecord *owner = pfs_collection_find_id(self, name);
	const char *id = pfs_record_get_id(record, self->table);
	const char *known = g_hash_table_lookup(self->names, name);
	g_autofree char *holder = known != NULL && strcmp(known, id) != 0 ? g_strdup(known) : NULL;

	if (holder == NULL && g_hash_table_lookup(self->shared, name) == NULL &&
	    (owner == NULL || owner == record))
		return TRUE;
	if (owner != NULL)
		share(self, name, pfs_record_get_id(owner, self->table));
	if (holder != NULL) {
		share(self, name, holder);
		if (owner == NULL || strcmp(holder, pfs_record_get_id(owner, self->table)) != 0)
			displace(self, holder, name, moves);
	}
	share(self, name, id);
	return owner == record;
}

static void
unclaim(PfsCollection *self, const char *name, const char *id, Moves *moves)
{
	GHashTable *claimants = g_hash_table_lookup(self->shared, name);

	if (claimants == NULL || !g_hash_table_remove(claimants, id))
		return;
	if (g_hash_table_size(claimants) == 1)
		g_queue_push_tail(&moves->down, g_strdup(name));
	else if (g_hash_table_size(claimants) == 0)
		g_hash_table_remove(self->shared, name);
}

/* From a rung of it on, up to a name that nobody else wants. */
static void
climb(PfsCollection *self, PfsRecord *record, const char *wanted, guint rung, Moves *moves)
{
	const char *id = pfs_record_get_id(record, self->table);

	for (;; rung++) {
		g_autofree char *name = dup_rung(wanted, id, rung);

		if (is_reserved(self, name) || !claim(self, name, record, moves))
			continue;
		set_climber(self, id, wanted, rung);
		give_name(self, record, name);
		return;
	}
}

/* Wants none of its names from that rung on. Its ID stays its own. */
static void
leave(PfsCollection *self, PfsRecord *record, guint rung, Moves *moves)
{
	const char *id = pfs_record_get_id(record, self->table);
	const Climber *climber = g_hash_table_lookup(self->climbers, id);

	for (; climber != NULL && rung < climber->rung; rung++) {
		g_autofree char *name = dup_rung(climber->wanted, id, rung);

		if (pfs_collection_find_id(self, name) != record)
			unclaim(self, name, id, moves);
	}
	drop_name(self, record);
}

/* The one that has lost its name goes on. */
static void
move_up(PfsCollection *self, const char *id, Moves *moves)
{
	PfsRecord *record = pfs_table_find(self->table, id);
	const Climber *climber = g_hash_table_lookup(self->climbers, id);
	g_autofree char *wanted = climber != NULL ? g_strdup(climber->wanted) : NULL;

	if (record != NULL && wanted != NULL)
		climb(self, record, wanted, climber->rung, moves);
}

static char *
dup_last(GHashTable *claimants)
{
	GHashTableIter iter;
	gpointer id = NULL;

	g_hash_table_iter_init(&iter, claimants);
	g_hash_table_iter_next(&iter, &id, NULL);
	return g_strdup(id);
}

/* The one that is alone in wanting the name has it. */
static void
move_down(PfsCollection *self, const char *name, Moves *moves)
{
	GHashTable *claimants = g_hash_table_lookup(self->shared, name);
	g_autofree char *id = NULL;
	g_autofree char *wanted = NULL;
	const Climber *climber;
	PfsRecord *record;

	if (claimants == NULL || g_hash_table_size(claimants) > 1)
		return;
	id = dup_last(claimants);
	g_hash_table_remove(self->shared, name);
	record = pfs_table_find(self->table, id);
	climber = g_hash_table_lookup(self->climbers, id);
	for (guint rung = 0; record != NULL && climber != NULL && rung < climber->rung; rung++) {
		g_autofree char *each = dup_rung(climber->wanted, id, rung);

		if (strcmp(each, name) != 0)
			continue;
		wanted = g_strdup(climber->wanted);
		leave(self, record, rung + 1, moves);
		climb(self, record, wanted, rung, moves);
		return;
	}
}

/* Those that somebody's coming or going has moved. */
static void
settle(PfsCollection *self, Moves *moves)
{
	char *next;

	do {
		next = g_queue_pop_head(&moves->up);
		if (next != NULL) {
			move_up(self, next, moves);
		} else {
			next = g_queue_pop_head(&moves->down);
			if (next != NULL)
				move_down(self, next, moves);
		}
		g_free(next);
	} while (!g_queue_is_empty(&moves->up) || !g_queue_is_empty(&moves->down));
}

gboolean
pfs_collection_name_record(PfsCollection *self, PfsRecord *record)
{
	const char *id = pfs_record_get_id(record, self->table);
	const char *current = pfs_record_get_user_data(record);
	const Climber *climber = g_hash_table_lookup(self->climbers, id);
	g_autofree char *wanted = dup_wanted_name(self, record);
	g_autofree char *own = NULL;
	Moves moves = { G_QUEUE_INIT, G_QUEUE_INIT };

	if (current != NULL && strcmp(climber != NULL ? climber->wanted : current, wanted) == 0)
		return FALSE;
	own = current == NULL ? dup_own_name(self, record) : NULL;
	if (own != NULL)
		claim(self, own, record, &moves);
	leave(self, record, 0, &moves);
	climb(self, record, wanted, 0, &moves);
	settle(self, &moves);
	return TRUE;
}

/* A marked name is its own: those that share the plain one are known. */
gboolean
pfs_collection_is_settled(PfsCollection *self, PfsRecord *record, const char *name)
{
	return self->row->search == NULL || pfs_record_is_settled(record) ||
	       pfs_collection_find_id(self, name) == record ||
	       g_hash_table_contains(self->climbers, pfs_record_get_id(record, self->table));
}

void
pfs_collection_settle(PfsCollection *self, const char *name)
{
	PfsRecord *record = pfs_collection_find(self, name);

	if (record != NULL)
		pfs_record_set_settled(record, TRUE);
}

gboolean
pfs_collection_is_shared(PfsCollection *self, const char *name)
{
	return g_hash_table_contains(self->shared, name);
}

void
pfs_collection_remove(PfsCollection *self, const char *id)
{
	PfsRecord *record = pfs_table_find(self->table, id);
	g_autofree char *copy = g_strdup(id);
	g_autofree char *own = NULL;
	Moves moves = { G_QUEUE_INIT, G_QUEUE_INIT };

	if (record == NULL)
		return;
	own = dup_own_name(self, record);
	leave(self, record, 0, &moves);
	if (own != NULL)
		unclaim(self, own, copy, &moves);
	g_hash_table_remove(self->climbers, copy);
	pfs_table_remove(self->table, copy);
	settle(self, &moves);
}
