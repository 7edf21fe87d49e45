/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One component of a path: a static row by its name, else the pattern rows in their order. A name
 * that is known is answered from memory, even past its time: a lookup that fails for the network's
 * sake would make the kernel drop what is below.
 */
#include <errno.h>
#include <string.h>

#include <particlefs/hash.h>

#include "node.h"

/* A search that brings more is no cheaper than the list, which others can use as well. */
#define SEARCH_PAGES_MAX 8

/*
 * Each look-up of a member reads all of them. An honest record has some tens: 400,000 would keep
 * everybody waiting for hours.
 */
#define MEMBERS_MAX 1024
#define MEMBERS_BYTES_MAX (64 * 1024)

/* An array shows an item a line. */
static gboolean
has_line(const char *text, gsize length, const char *wanted)
{
	g_autofree char *copy = g_strndup(text, length);
	g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);

	return g_strv_contains((const char *const *)lines, wanted);
}

gboolean
pfs_node_shows(const PfsNode *node, PfsEntry *directory, PfsCollection *collection,
	       PfsRecord *record)
{
	const char *wanted = node->equals != NULL ? node->equals : directory->value;
	PfsValue value;
	g_autoptr(GBytes) content = NULL;
	gsize length;
	const char *text;

	if (node->key == NULL)
		return TRUE;
	value = pfs_record_get(record, collection->table, node->key);
	content = pfs_value_to_content(node, &value);
	text = g_bytes_get_data(content, &length);
	return has_line(text, length, wanted);
}

/* Takes the record of that name, where it is known and the row is for it. */
static gboolean
take_known(const PfsNode *node, PfsEntry *parent, const char *name, PfsCollection *collection,
	   PfsEntry **out_entry)
{
	PfsRecord *record = pfs_collection_find(collection, name);

	if (record == NULL || !pfs_collection_is_settled(collection, record, name) ||
	    !pfs_node_shows(node, parent, collection, record))
		return FALSE;
	*out_entry =
	    pfs_entry_new(node, parent, name, pfs_record_get_id(record, collection->table));
	return TRUE;
}

/* Of a pattern, bound to the name as the cloud has it. */
static PfsEntry *
entry_new_bound(const PfsNode *node, PfsEntry *parent, const char *name)
{
	g_autofree char *plain = pfs_name_unescape(name);

	return pfs_entry_new(node, parent, name, plain);
}

/* What is not in the list, but looks like an ID, is asked for by itself. */
static PfsOutcome
lookup_by_id(PfsTree *self, const PfsNode *node, PfsEntry *parent, const char *name,
	     PfsCollection *collection, PfsAccess *access, PfsEntry **out_entry)
{
	g_autoptr(PfsEntry) wanted = entry_new_bound(node, parent, name);
	g_autoptr(json_t) arguments =
	    pfs_entry_dup_arguments(wanted, pfs_endpoint_find(collection->row->get));
	PfsAnswer *answer =
	    pfs_tree_get_answer(self, wanted, collection->row->get, arguments, collection);
	PfsOutcome outcome;

	outcome = pfs_resource_get(&answer->resource, access, 0, self->options.stale_us);
	/* It was asked for by a name, maybe, and stands under its ID. */
	if (outcome == PFS_READY && !take_known(node, parent, name, collection, out_entry))
		return pfs_access_fail(access, ENOENT, "no '%s' here", name);
	return outcome;
}

static gboolean
may_ask_for(const PfsNode *node, PfsCollection *collection, const char *name)
{
	return node->kind == PFS_DIRECTORY && collection->row->get != NULL &&
	       collection->row->is_id != NULL && collection->row->is_id(name);
}

static gboolean
put_list_cb(PfsAnswer *answer, GBytes *body, GError **error)
{
	return pfs_collection_put_list(answer->take_user_data, body, answer->resource.begun_us,
				       &answer->total_pages, error);
}

static json_t *
dup_search_arguments(PfsCollection *collection, const char *plain, guint page)
{
	const PfsCollectionRow *row = collection->row;
	json_t *arguments = json_copy(collection->arguments);
	g_autoptr(json_t) with = json_loads(row->search_with, 0, NULL);

	json_object_update(arguments, with);
	json_object_set_new(arguments, row->search, json_string(plain));
	json_object_set_new(arguments, "page", json_integer(page));
	json_object_set_new(arguments, row->page_size, json_integer(PFS_PAGE_RECORDS));
	return arguments;
}

/* A page of the records whose name contains this one. */
static PfsOutcome
search_page(PfsTree *self, PfsEntry *parent, const char *plain, guint page,
	    PfsCollection *collection, PfsAccess *access, gint64 *out_pages)
{
	g_autoptr(json_t) arguments = dup_search_arguments(collection, plain, page);
	PfsAnswer *answer = pfs_tree_get_answer_for(self, parent, collection->row->list, arguments,
						    put_list_cb, collection);
	PfsOutcome outcome = pfs_resource_get(&answer->resource, access, 0, self->options.stale_us);

	*out_pages = answer->total_pages;
	return outcome;
}

/* What was known before may be in a later page, beside another of its name. */
static gboolean
has_come(PfsCollection *collection, const char *name, const PfsAccess *access)
{
	PfsRecord *record = pfs_collection_find(collection, name);

	return record != NULL && pfs_record_get_updated_us(record) >= access->start_us;
}

/* Until the one of this name has come, and the page after it, which may begin with another; or
 * until there are several. Where too many names contain it, the list has it. */
static PfsOutcome
search(PfsTree *self, PfsEntry *parent, const char *name, PfsCollection *collection,
       PfsAccess *access)
{
	g_autofree char *wanted = pfs_name_unmark(name);
	g_autofree char *plain = pfs_name_unescape(wanted);
	PfsOutcome outcome = PFS_READY;
	gboolean came = FALSE;
	gboolean found = FALSE;
	gint64 pages = 1;

	for (guint page = 1; page <= pages && !found; page++) {
		outcome = search_page(self, parent, plain, page, collection, access, &pages);
		if (outcome != PFS_READY)
			return outcome;
		found = came || pfs_collection_is_shared(collection, name);
		came = has_come(collection, name, access);
		if (!found && !came && pages > SEARCH_PAGES_MAX) {
			outcome = pfs_collection_get(collection, access,
						     self->options.ttl_us[PFS_TTL_LIST],
						     self->options.stale_us);
			break;
		}
	}
	if (outcome == PFS_READY)
		pfs_collection_settle(collection, name);
	return outcome;
}

static PfsOutcome
find_direct(PfsTree *self, const PfsNode *node, PfsEntry *parent, const char *name,
	    PfsCollection *collection, PfsAccess *access, PfsEntry **out_entry)
{
	PfsOutcome outcome;

	if (may_ask_for(node, collection, name))
		return lookup_by_id(self, node, parent, name, collection, access, out_entry);
	if (collection->row->search == NULL || name[0] == '.')
		return pfs_access_fail(access, ENOENT, "no '%s' here", name);
	outcome = search(self, parent, name, collection, access);
	if (outcome == PFS_READY && !take_known(node, parent, name, collection, out_entry))
		return pfs_access_fail(access, ENOENT, "no '%s' here", name);
	return outcome;
}

/* A large list is not fetched for one of its records. */
static PfsOutcome
lookup_record(PfsTree *self, const PfsNode *node, PfsEntry *parent, const char *name,
	      PfsAccess *access, PfsEntry **out_entry)
{
	PfsCollection *collection = pfs_tree_get_collection(self, parent, node->collection);
	PfsOutcome outcome;

	if (take_known(node, parent, name, collection, out_entry))
		return PFS_READY;
	if (collection->row->direct)
		return find_direct(self, node, parent, name, collection, access, out_entry);
	outcome = pfs_collection_get(collection, access, self->options.ttl_us[PFS_TTL_LIST],
				     self->options.stale_us);
	if (outcome != PFS_READY || take_known(node, parent, name, collection, out_entry))
		return outcome;
	if (pfs_collection_find(collection, name) == NULL && may_ask_for(node, collection, name))
		return lookup_by_id(self, node, parent, name, collection, access, out_entry);
	return pfs_access_fail(access, ENOENT, "no '%s' here", name);
}

json_t *
pfs_value_load_members(const PfsValue *value, GError **error)
{
	g_autoptr(json_t) container = NULL;

	if (value->kind == PFS_VALUE_JSON && value->length <= MEMBERS_BYTES_MAX)
		container = pfs_json_load(value->text, value->length);
	if (value->kind != PFS_VALUE_JSON ||
	    (container != NULL && json_array_size(container) <= MEMBERS_MAX &&
	     json_object_size(container) <= MEMBERS_MAX))
		return container != NULL ? g_steal_pointer(&container) : json_null();
	g_set_error(error, PFS_ERROR, EBADMSG, "there are over %d of them, or %d KiB", MEMBERS_MAX,
		    MEMBERS_BYTES_MAX / 1024);
	return NULL;
}

gboolean
pfs_value_has_member(const PfsValue *value, const char *name)
{
	g_autoptr(json_t) container = pfs_value_load_members(value, NULL);
	gsize index;
	json_t *item;

	if (json_is_object(container))
		return json_object_get(container, name) != NULL;
	json_array_foreach(container, index,
			   item) if (g_strcmp0(json_string_value(item), name) == 0) return TRUE;
	return FALSE;
}

/* Whether a value of a record has a file of its own: a scalar, or an array of such. */
gboolean
pfs_value_is_attribute(const PfsValue *value)
{
	return value->kind != PFS_VALUE_NONE &&
	       (value->kind != PFS_VALUE_JSON || value->text[0] == '[');
}

static gboolean
names_value(const PfsNode *node, PfsCollection *collection, PfsRecord *record, const char *plain)
{
	PfsValue value;

	if (node->source == PFS_FROM_SCALARS) {
		value = pfs_record_get(record, collection->table, plain);
		return pfs_value_is_attribute(&value);
	}
	value = pfs_record_get(record, collection->table, node->pick);
	return pfs_value_has_member(&value, plain);
}

static PfsOutcome
lookup_in_record(PfsTree *self, const PfsNode *node, PfsEntry *parent, const char *name,
		 PfsAccess *access, PfsEntry **out_entry)
{
	g_autofree char *plain = pfs_name_unescape(name);
	PfsCollection *collection;
	PfsRecord *record = pfs_tree_find_record(self, parent, &collection);
	PfsOutcome outcome;

	if (record == NULL || !names_value(node, collection, record, plain)) {
		outcome =
		    pfs_tree_get_record(self, parent, access, node->pick, &collection, &record);
		if (outcome != PFS_READY)
			return outcome;
		if (!names_value(node, collection, record, plain))
			return pfs_access_fail(access, ENOENT, "no '%s' here", plain);
	}
	*out_entry = pfs_entry_new(node, parent, name, plain);
	return PFS_READY;
}

/* What a name led to is listed from then on. */
static gboolean
note_resolved(PfsTree *self, PfsEntry *entry, PfsAnswer *answer, GError **error)
{
	g_autofree char *path = pfs_entry_dup_path(entry->parent);
	GHashTable *known = g_hash_table_lookup(self->resolved, path);
	g_autoptr(GBytes) id = pfs_answer_pick(answer, entry->node->pick, error);

	if (id == NULL)
		return FALSE;
	if (known == NULL) {
		known = g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free, g_free);
		g_hash_table_insert(self->resolved, g_steal_pointer(&path), known);
	}
	g_hash_table_insert(known, g_strdup(entry->name),
			    g_strndup(g_bytes_get_data(id, NULL), g_bytes_get_size(id)));
	return TRUE;
}

/* A name that only a call can resolve: it leads to a record, or the answer is what it shows. */
static PfsOutcome
lookup_resolved(PfsTree *self, const PfsNode *node, PfsEntry *parent, const char *name,
		PfsAccess *access, PfsEntry **out_entry)
{
	g_autoptr(PfsEntry) wanted = entry_new_bound(node, parent, name);
	const PfsEndpoint *endpoint = pfs_endpoint_find(node->read);
	g_autoptr(json_t) arguments = pfs_entry_dup_arguments(wanted, endpoint);
	PfsAnswer *answer;
	PfsOutcome outcome;

	if (!node->accepts(wanted->value))
		return pfs_access_fail(access, ENOENT, "no '%s' here", name);
	answer = pfs_tree_get_answer(self, wanted, node->read, arguments, NULL);
	outcome = pfs_resource_get(&answer->resource, access, self->options.ttl_us[node->ttl],
				   self->options.stale_us);
	if (outcome != PFS_READY)
		return outcome;
	if (node->kind == PFS_LINK && !note_resolved(self, wanted, answer, &access->error))
		return PFS_FAILED;
	*out_entry = g_steal_pointer(&wanted);
	return PFS_READY;
}

static PfsOutcome
lookup_item(PfsTree *self, const PfsNode *node, PfsEntry *parent, const char *name,
	    PfsAccess *access, PfsEntry **out_entry)
{
	g_autofree char *plain = pfs_name_unescape(name);
	g_autoptr(json_t) items = NULL;
	PfsOutcome outcome = pfs_tree_get_items(self, node, parent, access, &items);

	if (outcome != PFS_READY)
		return outcome;
	if (json_object_get(items, plain) == NULL)
		return pfs_access_fail(access, ENOENT, "no '%s' here", name);
	*out_entry = pfs_entry_new(node, parent, name, plain);
	return PFS_READY;
}

typedef PfsOutcome (*LookupFunc)(PfsTree *self, const PfsNode *node, PfsEntry *parent,
				 const char *name, PfsAccess *access, PfsEntry **out_entry);

static PfsOutcome
lookup_any(PfsTree *self, const PfsNode *node, PfsEntry *parent, const char *name,
	   PfsAccess *access, PfsEntry **out_entry)
{
	gsize suffix = node->suffix != NULL ? strlen(node->suffix) : 0;
	g_autofree char *stem = NULL;
	g_autofree char *plain = NULL;
	g_autofree char *number = NULL;

	if (suffix > 0 && (strlen(name) <= suffix || !g_str_has_suffix(name, node->suffix)))
		return pfs_access_fail(access, ENOENT, "no '%s' here", name);
	stem = g_strndup(name, strlen(name) - suffix);
	plain = pfs_name_unescape(stem);
	if (node->map != NULL) {
		number = pfs_map_dup_number(node->map, plain);
		if (number == NULL)
			return pfs_access_fail(access, ENOENT, "no '%s' here", name);
	}
	*out_entry = pfs_entry_new(node, parent, name, number != NULL ? number : plain);
	return PFS_READY;
}

/* What was sent is known by its name: install, rsync and Python look back at what they have
 * written. */
static PfsOutcome
lookup_sent(PfsTree *self, const PfsNode *node, PfsEntry *parent, const char *name,
	    PfsAccess *access, PfsEntry **out_entry)
{
	g_autoptr(PfsEntry) sent = entry_new_bound(node, parent, name);
	g_autofree char *key = pfs_entry_dup_key(sent);

	if (!g_hash_table_contains(self->results, key))
		return pfs_access_fail(access, ENOENT, "no '%s' here", name);
	*out_entry = g_steal_pointer(&sent);
	return PFS_READY;
}

static LookupFunc
get_lookup(PfsSource source)
{
	switch (source) {
	case PFS_FROM_RECORDS:
		return lookup_record;
	case PFS_FROM_MEMBERS:
	case PFS_FROM_SCALARS:
		return lookup_in_record;
	case PFS_FROM_RESOLVED:
		return lookup_resolved;
	case PFS_FROM_ITEMS:
		return lookup_item;
	case PFS_FROM_ANY:
	case PFS_FROM_FLEET:
	case PFS_FROM_FEED:
		return lookup_any;
	case PFS_FROM_NEW:
		return lookup_sent;
	case PFS_FROM_DRAFT:
		return pfs_tree_lookup_draft;
	case PFS_FROM_PROGRESS:
	case PFS_FROM_NOTHING:
	case PFS_FROM_ANSWER:
	case PFS_FROM_RECORD:
	case PFS_FROM_LOCAL:
		break;
	}
	return NULL;
}

/* The pattern rows in their order: what is none of the first may be one of the next. */
static PfsOutcome
lookup_patterns(PfsTree *self, PfsEntry *parent, const char *name, PfsAccess *access,
		PfsEntry **out_entry)
{
	PfsOutcome outcome = pfs_access_fail(access, ENOENT, "no '%s' here", name);
	/* A request can't have what is no text, and would be one for everything without it. */
	gboolean is_text = g_utf8_validate(name, -1, NULL);

	for (const PfsNode *node = pfs_entry_get_rows(parent); node != NULL && node->name != NULL;
	     node++) {
		if (!pfs_node_is_pattern(node) || (!is_text && node->source != PFS_FROM_DRAFT))
			continue;
		if (outcome != PFS_FAILED || access->error->code != ENOENT)
			return outcome;
		g_clear_error(&access->error);
		outcome = get_lookup(node->source)(self, node, parent, name, access, out_entry);
	}
	return outcome;
}

PfsOutcome
pfs_tree_lookup(PfsTree *self, PfsEntry *parent, const char *name, PfsAccess *access,
		PfsEntry **out_entry)
{
	*out_entry = NULL;
	for (const PfsNode *node = pfs_entry_get_rows(parent); node != NULL && node->name != NULL;
	     node++) {
		if (pfs_node_is_pattern(node) || strcmp(node->name, name) != 0)
			continue;
		if (node->source == PFS_FROM_DRAFT)
			return pfs_tree_lookup_draft(self, node, parent, name, access, out_entry);
		*out_entry = pfs_entry_new(node, parent, name, NULL);
		return PFS_READY;
	}
	return lookup_patterns(self, parent, name, access, out_entry);
}

PfsEntry *
pfs_tree_presume(PfsEntry *parent, const char *name)
{
	for (const PfsNode *node = pfs_entry_get_rows(parent); node != NULL && node->name != NULL;
	     node++)
		if (node->source == PFS_FROM_RECORDS && node->kind == PFS_DIRECTORY)
			return entry_new_bound(node, parent, name);
	return NULL;
}

PfsEntry *
pfs_tree_create(PfsTree *self, PfsEntry *parent, const char *name)
{
	for (const PfsNode *node = pfs_entry_get_rows(parent); node != NULL && node->name != NULL;
	     node++) {
		/* A name with a dot is a tool's own, which is renamed when it is whole: not here.
		 */
		if ((node->flags & PFS_NODE_NEW) == 0 || name[0] == '.' ||
		    !g_utf8_validate(name, -1, NULL))
			continue;
		return entry_new_bound(node, parent, name);
	}
	return NULL;
}

gboolean
pfs_tree_forget_sent(PfsTree *self, PfsEntry *directory, const char *name)
{
	for (const PfsNode *node = pfs_entry_get_rows(directory);
	     node != NULL && node->name != NULL; node++) {
		g_autofree char *key = NULL;
		g_autoptr(PfsEntry) sent = NULL;

		if (node->source != PFS_FROM_NEW)
			continue;
		sent = entry_new_bound(node, directory, name);
		key = pfs_entry_dup_key(sent);
		return g_hash_table_remove(self->results, key);
	}
	return FALSE;
}

int
pfs_tree_get_create_errno(PfsEntry *directory)
{
	for (const PfsNode *node = pfs_entry_get_rows(directory);
	     node != NULL && node->name != NULL; node++)
		if (pfs_node_is_pattern(node) && node->kind == PFS_VERB && node->write != NULL)
			return ENOENT;
	return EPERM;
}
