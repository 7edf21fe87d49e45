/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fleet at once: one call for each record of a collection, and a table of what came. For
 * reading it is a resource like any other, shared and kept a while; for acting it is what an action
 * does.
 */
#include <errno.h>
#include <string.h>

#include <particlefs/error.h>

#include "fanout.h"

typedef struct {
	PfsResource resource;
	PfsTree *tree;
	PfsEntry *entry;
	PfsFanout *fanout;
	GBytes *content;
} Fleet;

static gboolean
is_present(PfsCollection *collection, PfsRecord *record)
{
	const char *key = collection->row->presence_keys[0];

	return pfs_record_get(record, collection->table, key).kind != PFS_VALUE_FALSE;
}

/* A list's record may not say; then the record is asked, and says no. */
static gboolean
may_have(PfsCollection *collection, PfsRecord *record, const char *key, const char *name)
{
	PfsValue value = pfs_record_get(record, collection->table, key);

	return value.kind != PFS_VALUE_JSON || pfs_value_has_member(&value, name);
}

/* The directory that is bound to what the row compares: a group. */
static PfsEntry *
get_bound(PfsEntry *entry)
{
	PfsEntry *bound = entry->parent;

	while (bound->parent != NULL && bound->value == NULL)
		bound = bound->parent;
	return bound;
}

static PfsMember *
member_new(PfsCollection *collection, PfsRecord *record)
{
	PfsValue name = pfs_record_get(record, collection->table, collection->row->name_key);
	PfsMember *member = pfs_member_new(pfs_record_get_id(record, collection->table),
					   name.kind == PFS_VALUE_STRING ? name.text : "");

	if (!is_present(collection, record))
		member->error = g_error_new(PFS_ERROR, EHOSTDOWN, "offline");
	return member;
}

/* The cloud lists a product's devices by who was heard last. */
static int
compare_ids(gconstpointer a, gconstpointer b)
{
	return strcmp((*(PfsMember *const *)a)->id, (*(PfsMember *const *)b)->id);
}

GPtrArray *
pfs_tree_dup_members(PfsTree *self, PfsEntry *entry)
{
	const PfsNode *node = entry->node;
	PfsCollection *collection = pfs_tree_get_collection(self, entry, node->collection);
	PfsEntry *bound = get_bound(entry);
	GPtrArray *members = g_ptr_array_new_with_free_func(pfs_member_free);
	PfsRecord *record;

	for (guint i = 0; (record = pfs_table_get_nth(collection->table, i)) != NULL; i++)
		if (pfs_node_shows(node, bound, collection, record) &&
		    may_have(collection, record, node->pick, entry->value))
			g_ptr_array_add(members, member_new(collection, record));
	g_ptr_array_sort(members, compare_ids);
	return members;
}

static void
append_row(GString *csv, const PfsMember *member, const char *path)
{
	g_autoptr(GBytes) value = NULL;
	const char *text = "";
	gsize length = 0;

	if (member->body != NULL) {
		text = g_bytes_get_data(member->body, &length);
		value = pfs_json_pick(text, length, path, NULL);
		text = value != NULL ? g_bytes_get_data(value, &length) : "";
		length = value != NULL ? length : 0;
	}
	pfs_csv_append(csv, member->id, strlen(member->id));
	g_string_append_c(csv, ',');
	pfs_csv_append(csv, member->name, strlen(member->name));
	g_string_append_c(csv, ',');
	pfs_csv_append(csv, text, length);
	g_string_append_c(csv, ',');
	if (member->error != NULL)
		pfs_csv_append(csv, member->error->message, strlen(member->error->message));
	g_string_append(csv, "\r\n");
}

/* Those that turned out not to have it are left out. */
GBytes *
pfs_fanout_dup_csv(PfsFanout *fanout, const char *column, const char *path)
{
	const GPtrArray *members = pfs_fanout_peek_members(fanout);
	GString *csv = g_string_new(NULL);

	g_string_printf(csv, "id,name,%s,error\r\n", column);
	for (guint i = 0; i < members->len; i++) {
		const PfsMember *member = members->pdata[i];

		if (member->error == NULL || member->error->code != ENOENT)
			append_row(csv, member, path);
	}
	return g_string_free_to_bytes(csv);
}

static void
done_cb(PfsFanout *fanout, gpointer user_data)
{
	Fleet *self = user_data;
	const PfsNode *node = self->entry->node;

	g_clear_pointer(&self->content, g_bytes_unref);
	self->content = pfs_fanout_dup_csv(fanout, "value", node->answer);
	g_clear_pointer(&self->fanout, pfs_fanout_free);
	pfs_resource_finish(&self->resource, NULL);
}

static gboolean
fleet_start(PfsResource *resource, GError **error)
{
	Fleet *self = (Fleet *)resource;
	const PfsNode *node = self->entry->node;
	const PfsEndpoint *endpoint = pfs_endpoint_find(node->read);
	g_autoptr(json_t) arguments = pfs_entry_dup_arguments(self->entry, endpoint);
	g_autoptr(GPtrArray) members = pfs_tree_dup_members(self->tree, self->entry);

	self->fanout = pfs_fanout_new(self->tree->api, endpoint, arguments,
				      node->collection->parameter, members, done_cb, self);
	return TRUE;
}

static void
fleet_stop(PfsResource *resource)
{
	g_clear_pointer(&((Fleet *)resource)->fanout, pfs_fanout_free);
}

static void
fleet_free(PfsResource *resource)
{
	Fleet *self = (Fleet *)resource;

	pfs_entry_unref(self->entry);
	g_clear_pointer(&self->fanout, pfs_fanout_free);
	g_clear_pointer(&self->content, g_bytes_unref);
	g_free(self);
}

static const PfsResourceClass fleet_class = {
	.start = fleet_start,
	.stop = fleet_stop,
	.free = fleet_free,
};

static Fleet *
get_fleet(PfsTree *tree, PfsEntry *entry)
{
	g_autofree char *path = pfs_entry_dup_path(entry);
	Fleet *self = g_hash_table_lookup(tree->fleets, path);

	if (self != NULL)
		return self;
	self = g_new0(Fleet, 1);
	pfs_resource_init(&self->resource, &fleet_class);
	self->resource.describe = g_strdup(path);
	self->tree = tree;
	self->entry = pfs_entry_ref(entry);
	g_hash_table_insert(tree->fleets, g_steal_pointer(&path), self);
	return self;
}

static gboolean
has_one(PfsCollection *collection, GHashTable *ids)
{
	GHashTableIter iter;
	gpointer id;

	g_hash_table_iter_init(&iter, ids);
	while (g_hash_table_iter_next(&iter, &id, NULL))
		if (pfs_table_find(collection->table, id) != NULL)
			return TRUE;
	return FALSE;
}

void
pfs_tree_expire_fleets(PfsTree *self, GHashTable *ids)
{
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, self->fleets);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		PfsEntry *entry = ((Fleet *)value)->entry;

		if (has_one(pfs_tree_get_collection(self, entry, entry->node->collection), ids))
			pfs_resource_expire(value);
	}
}

PfsOutcome
pfs_tree_read_fleet(PfsTree *self, PfsEntry *entry, PfsAccess *access, GBytes **out_content)
{
	PfsCollection *collection = pfs_tree_get_collection(self, entry, entry->node->collection);
	PfsOutcome outcome = pfs_collection_get(
	    collection, access, self->options.ttl_us[PFS_TTL_LIST], self->options.stale_us);
	Fleet *fleet;

	if (outcome != PFS_READY)
		return outcome;
	fleet = get_fleet(self, entry);
	outcome =
	    pfs_resource_get(&fleet->resource, access, self->options.ttl_us[entry->node->ttl], 0);
	if (outcome == PFS_READY)
		*out_content = g_bytes_ref(fleet->content);
	return outcome;
}
