/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include <particlefs/hash.h>
#include <particlefs/text.h>

#include "answer.h"
#include "node.h"

const char *const pfs_ttl_names[PFS_N_TTL] = { "variable", "device", "list", "config", "static" };

#define ERRORS_BYTES (256 * 1024)
#define ANSWERS_MAX 10000
#define ANSWERS_BYTES_MAX (64 * 1024 * 1024)

void
pfs_tree_options_init(PfsTreeOptions *self)
{
	static const guint seconds[PFS_N_TTL] = { 1, 10, 30, 60, 600 };

	*self = (PfsTreeOptions){ 0 };
	for (guint i = 0; i < PFS_N_TTL; i++)
		self->ttl_us[i] = (gint64)seconds[i] * G_USEC_PER_SEC;
	self->stale_us = 300 * G_USEC_PER_SEC;
	self->draft_limit_bytes = 64 * 1024 * 1024;
}

static void
resource_unref(gpointer data)
{
	pfs_resource_unref(data);
}

static void
failure_cb(PfsResource *resource, const GError *error, gpointer user_data)
{
	PfsTree *self = user_data;
	g_autofree char *request = pfs_api_dup_request(self->api);
	g_autoptr(GError) told = g_error_copy(error);
	PfsEntry *entry = pfs_answer_peek_entry(resource);

	if (entry != NULL)
		pfs_tree_explain(self, entry, told);
	pfs_tree_log_failure(self, resource->describe, request, told);
}

/* A product's root has a directory above it, as its record belongs to a list. */
static PfsEntry *
root_new(const char *product)
{
	g_autoptr(PfsEntry) top = pfs_entry_new(&pfs_root_node, NULL, "", NULL);
	PfsEntry *root;

	if (product == NULL)
		return g_steal_pointer(&top);
	root = pfs_entry_new(&pfs_product_root_node, top, product, product);
	root->is_root = TRUE;
	return root;
}

PfsTree *
pfs_tree_new(PfsApi *api, PfsHub *hub, PfsToken *token, const PfsTreeOptions *options)
{
	PfsTree *self = g_new0(PfsTree, 1);

	self->api = api;
	self->hub = hub;
	self->token = token;
	self->options = *options;
	self->root = root_new(options->product);
	self->collections =
	    g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free, resource_unref);
	self->answers = g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free,
					      (GDestroyNotify)pfs_answer_forget);
	self->results = g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free,
					      (GDestroyNotify)g_bytes_unref);
	self->resolved = g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free,
					       (GDestroyNotify)g_hash_table_unref);
	self->fleets = g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free, resource_unref);
	self->progress =
	    g_hash_table_new_full(pfs_text_hash, g_str_equal, g_free, pfs_progress_free);
	self->drafts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
					     (GDestroyNotify)pfs_draft_unref);
	self->draft_space.limit_bytes = options->draft_limit_bytes;
	self->errors_quota.limit_bytes = ERRORS_BYTES;
	self->errors = pfs_log_new(&self->errors_quota);
	self->started_us = g_get_monotonic_time();
	self->started_wall_us = g_get_real_time();
	pfs_resource_set_failure_func(failure_cb, self);
	pfs_hub_set_event_func(hub, pfs_tree_take_event, self);
	return self;
}

void
pfs_tree_free(PfsTree *self)
{
	if (self == NULL)
		return;
	pfs_tree_unwatch_token(self);
	pfs_resource_set_failure_func(NULL, NULL);
	pfs_hub_set_event_func(self->hub, NULL, NULL);
	g_hash_table_unref(self->fleets);
	g_hash_table_unref(self->answers);
	g_hash_table_unref(self->collections);
	g_hash_table_unref(self->results);
	g_hash_table_unref(self->resolved);
	g_hash_table_unref(self->progress);
	pfs_log_free(self->errors);
	pfs_entry_unref(self->root);
	g_hash_table_unref(self->drafts);
	g_free(self);
}

void
pfs_tree_set_caller(PfsTree *self, int pid)
{
	pfs_http_set_caller(pfs_api_get_http(self->api), pid);
}

PfsEntry *
pfs_tree_get_root(PfsTree *self)
{
	return self->root;
}

void
pfs_tree_set_change_func(PfsTree *self, PfsChangeFunc func, gpointer user_data)
{
	self->change_func = func;
	self->change_user_data = user_data;
}

void
pfs_tree_set_kernel_func(PfsTree *self, PfsKernelFunc func, gpointer user_data)
{
	self->kernel_func = func;
	self->kernel_user_data = user_data;
}

/* One line: when, which file, what was sent, what came back, what to do. */
void
pfs_tree_log_failure(PfsTree *self, const char *path, const char *what, const GError *error)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	g_autofree char *time = g_date_time_format_iso8601(now);
	g_autofree char *words = pfs_text_printable(error->message, -1);
	g_autofree char *file = pfs_text_printable(path != NULL ? path : "-", -1);
	g_autofree char *request = pfs_text_printable(what != NULL ? what : "not sent", -1);
	long status = pfs_error_get_http_status(error);
	g_autofree char *status_text = status > 0 ? g_strdup_printf(" %ld", status) : g_strdup("");
	const char *hint = pfs_errno_get_hint(error->code);
	g_autofree char *line =
	    g_strdup_printf("%s %s: %s%s: %s%s%s%s", time, file, request, status_text, words,
			    *hint ? " (" : "", hint, *hint ? ")" : "");

	pfs_log_append(self->errors, line, strlen(line));
	pfs_log_flush(self->errors, g_get_real_time());
}

void
pfs_tree_note_failure(PfsTree *self, PfsEntry *entry, const GError *error)
{
	g_autofree char *path = pfs_entry_dup_path(entry);

	pfs_tree_log_failure(self, path, NULL, error);
}

static char *
dup_key(const char *function, json_t *arguments)
{
	g_autofree char *text = json_dumps(arguments, JSON_COMPACT | JSON_SORT_KEYS);

	return g_strconcat(function, text, NULL);
}

/* Names that a collection's directory has itself. */
static GStrv
dup_reserved(const PfsNode *children)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (const PfsNode *node = children; node->name != NULL; node++)
		if (!pfs_node_is_pattern(node))
			g_ptr_array_add(names, g_strdup(node->name));
	g_ptr_array_add(names, NULL);
	return (GStrv)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

static gboolean
is_idle(PfsResource *resource)
{
	return !resource->busy && resource->waiters == NULL && resource->holders == 0;
}

/* There is room for a list always: for the sake of one that grows, those that nobody reads now are
 * forgotten. From an answer's callback only: who looks something up may look into any of them. */
static void
make_room(PfsCollection *self)
{
	GHashTableIter iter;
	gpointer value;

	if (!pfs_tables_are_many())
		return;
	g_hash_table_iter_init(&iter, ((PfsTree *)self->user_data)->collections);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		PfsCollection *other = value;

		if (other != self && is_idle(&other->resource) &&
		    pfs_table_get_size(other->table) > 0)
			pfs_collection_empty(other);
	}
}

PfsCollection *
pfs_tree_find_collection(PfsTree *self, PfsEntry *place, const PfsCollectionRow *row)
{
	g_autoptr(json_t) arguments = pfs_entry_dup_arguments(place, pfs_endpoint_find(row->list));
	g_autofree char *key = dup_key(row->list, arguments);
	PfsCollection *collection = g_hash_table_lookup(self->collections, key);

	if (collection != NULL)
		return collection;
	collection = pfs_collection_new(row, self->api, arguments);
	collection->reserved = dup_reserved(row->directory);
	collection->resource.describe = pfs_entry_dup_path(place);
	collection->changed = pfs_tree_name_changed;
	collection->grown = make_room;
	collection->user_data = self;
	g_hash_table_insert(self->collections, g_steal_pointer(&key), collection);
	return collection;
}

PfsCollection *
pfs_tree_get_collection(PfsTree *self, PfsEntry *place, const PfsCollectionRow *row)
{
	if (place->collection == NULL || place->collection->row != row) {
		place->collection = pfs_tree_find_collection(self, place, row);
		pfs_collection_add_place(place->collection, place);
	}
	return place->collection;
}

PfsCollection *
pfs_tree_get_collection_of(PfsTree *self, PfsEntry *record_entry)
{
	return pfs_tree_get_collection(self, record_entry->parent, record_entry->node->collection);
}

/* A product that is the root may be named by its slug. */
static PfsRecord *
find_bound(PfsCollection *collection, PfsEntry *record_entry)
{
	PfsRecord *record = pfs_table_find(collection->table, record_entry->value);

	if (record == NULL && record_entry->is_root)
		record = pfs_collection_find(collection, record_entry->value);
	return record;
}

PfsRecord *
pfs_tree_find_record(PfsTree *self, PfsEntry *entry, PfsCollection **out_collection)
{
	PfsEntry *record_entry = pfs_entry_get_record_entry(entry);
	PfsCollection *collection;

	if (record_entry == NULL)
		return NULL;
	collection = pfs_tree_get_collection_of(self, record_entry);
	if (out_collection != NULL)
		*out_collection = collection;
	return find_bound(collection, record_entry);
}

static gboolean
put_cb(PfsAnswer *answer, GBytes *body, GError **error)
{
	PfsCollection *collection = answer->take_user_data;
	gsize length;
	const char *text = g_bytes_get_data(body, &length);

	return pfs_collection_put(collection, text, length, answer->resource.begun_us, error) !=
	       NULL;
}

static gboolean
is_unused(gpointer key, gpointer value, gpointer user_data)
{
	return is_idle(value);
}

/* So many answers that are all still wanted there are not: what is asked for again is fetched
 * again. */
static void
forget_answers(gpointer user_data)
{
	PfsTree *self = user_data;

	if (g_hash_table_size(self->answers) >= ANSWERS_MAX ||
	    pfs_answers_get_bytes() >= ANSWERS_BYTES_MAX)
		g_hash_table_foreach_remove(self->answers, is_unused, NULL);
}

/* What is kept is found again by whoever changes it, there too. */
static void
add_path(PfsAnswer *answer, PfsEntry *entry)
{
	g_autofree char *path = pfs_entry_dup_path(entry);

	if (strcmp(path, answer->resource.describe) != 0 &&
	    !g_ptr_array_find_with_equal_func(answer->others, path, g_str_equal, NULL))
		g_ptr_array_add(answer->others, g_steal_pointer(&path));
}

PfsAnswer *
pfs_tree_find_answer(PfsTree *self, const char *function, json_t *arguments)
{
	g_autofree char *key = dup_key(function, arguments);

	return g_hash_table_lookup(self->answers, key);
}

PfsAnswer *
pfs_tree_get_answer_for(PfsTree *self, PfsEntry *entry, const char *function, json_t *arguments,
			PfsAnswerFunc take, gpointer user_data)
{
	g_autofree char *key = dup_key(function, arguments);
	PfsAnswer *answer = g_hash_table_lookup(self->answers, key);

	if (answer != NULL && take == NULL)
		add_path(answer, entry);
	if (answer != NULL)
		return answer;
	forget_answers(self);
	answer = pfs_answer_new(self->api, pfs_endpoint_find(function), arguments, take, user_data);
	answer->resource.describe = pfs_entry_dup_path(entry);
	answer->entry = pfs_entry_ref(entry);
	answer->grown = forget_answers;
	answer->grown_user_data = self;
	answer->lasting = (entry->node->flags & PFS_NODE_LASTING) != 0;
	g_hash_table_insert(self->answers, g_steal_pointer(&key), answer);
	return answer;
}

PfsAnswer *
pfs_tree_get_answer(PfsTree *self, PfsEntry *entry, const char *function, json_t *arguments,
		    PfsCollection *collection)
{
	return pfs_tree_get_answer_for(self, entry, function, arguments,
				       collection != NULL ? put_cb : NULL, collection);
}

PfsAnswer *
pfs_tree_get_own_answer(PfsTree *self, PfsEntry *entry)
{
	const char *function = entry->node->read;
	PfsAnswer *answer = pfs_entry_peek_answer(entry);
	g_autoptr(json_t) arguments = NULL;

	if (answer != NULL)
		return answer;
	arguments = pfs_entry_dup_arguments(entry, pfs_endpoint_find(function));
	answer = pfs_tree_get_answer(self, entry, function, arguments, NULL);
	pfs_entry_keep_answer(entry, answer);
	return answer;
}

static gboolean
is_fresh(PfsTree *self, PfsCollection *collection, PfsRecord *record, const PfsAccess *access)
{
	gint64 updated_us = pfs_record_get_updated_us(record);

	return updated_us >= access->start_us ||
	       (!access->bypass && updated_us > 0 &&
		g_get_monotonic_time() < updated_us + self->options.ttl_us[collection->row->ttl]);
}

/* By the list, where the cloud has no call for the one. */
static PfsOutcome
fetch_record(PfsTree *self, PfsEntry *entry, PfsEntry *record_entry, PfsCollection *collection,
	     PfsAccess *access)
{
	g_autoptr(json_t) arguments = NULL;
	PfsAnswer *answer;

	if (collection->row->get == NULL)
		return pfs_collection_get(collection, access,
					  self->options.ttl_us[collection->row->ttl],
					  self->options.stale_us);
	arguments = pfs_entry_dup_arguments(record_entry, pfs_endpoint_find(collection->row->get));
	answer = pfs_tree_get_answer(self, entry, collection->row->get, arguments, collection);
	/* The record knows its own age: the answer is only good for whoever waited for it. */
	return pfs_resource_get(&answer->resource, access, 0, self->options.stale_us);
}

/* What a list, or an earlier answer, told of it, while the cloud can't be asked. */
static gboolean
is_stale_but_good(PfsTree *self, PfsCollection *collection, PfsRecord *record,
		  const PfsAccess *access)
{
	gint64 limit_us = self->options.ttl_us[collection->row->ttl] + self->options.stale_us;

	if (record == NULL || access->bypass || !pfs_error_is_outage(access->error) ||
	    g_get_monotonic_time() >= pfs_record_get_updated_us(record) + limit_us)
		return FALSE;
	pfs_cache_stats.stale++;
	return TRUE;
}

static gboolean
has_key(PfsCollection *collection, PfsRecord *record, const char *key)
{
	return key == NULL || pfs_record_get(record, collection->table, key).kind != PFS_VALUE_NONE;
}

/* The record above @entry, fresh; one that has @key, where the list's rows may lack it. */
PfsOutcome
pfs_tree_get_record(PfsTree *self, PfsEntry *entry, PfsAccess *access, const char *key,
		    PfsCollection **out_collection, PfsRecord **out_record)
{
	PfsEntry *record_entry = pfs_entry_get_record_entry(entry);
	PfsCollection *collection = pfs_tree_get_collection_of(self, record_entry);
	PfsRecord *record = find_bound(collection, record_entry);
	PfsOutcome outcome;

	*out_collection = collection;
	*out_record = record;
	if (record != NULL && is_fresh(self, collection, record, access) &&
	    has_key(collection, record, key))
		return PFS_READY;
	outcome = fetch_record(self, entry, record_entry, collection, access);
	*out_record = find_bound(collection, record_entry);
	if (outcome == PFS_FAILED && is_stale_but_good(self, collection, *out_record, access) &&
	    has_key(collection, *out_record, key)) {
		g_clear_error(&access->error);
		return PFS_READY;
	}
	if (outcome == PFS_READY && *out_record == NULL)
		return pfs_access_fail(access, ENOENT, "no such record");
	return outcome;
}
