/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "answer.h"
#include "node.h"

/* A directory's record may be stale, and no stat fetches another: a kernel that was to believe
 * nothing would ask us for each entry of a listing again. */
#define DIRECTORY_VALID_US G_USEC_PER_SEC

GBytes *
pfs_bytes_dup_line(GBytes *text)
{
	gsize length;
	const char *data = g_bytes_get_data(text, &length);
	GString *line = g_string_sized_new(length + 1);

	g_string_append_len(line, data, (gssize)length);
	if (length > 0 && data[length - 1] != '\n')
		g_string_append_c(line, '\n');
	return g_string_free_to_bytes(line);
}

/* A time-out of a device that is listed offline says that it is offline. */
void
pfs_tree_explain(PfsTree *self, PfsEntry *entry, GError *error)
{
	PfsCollection *collection;
	PfsRecord *record = pfs_tree_find_record(self, entry, &collection);

	if (error->code != ETIMEDOUT || record == NULL || collection->row->presence_keys == NULL)
		return;
	if (pfs_record_get(record, collection->table, collection->row->presence_keys[0]).kind ==
	    PFS_VALUE_FALSE)
		error->code = EHOSTDOWN;
}

static GBytes *
dup_answer_content(PfsEntry *entry, PfsAnswer *answer, GError **error)
{
	const PfsNode *node = entry->node;
	g_autoptr(GBytes) picked = NULL;

	if (node->convert != NULL)
		return node->convert(answer->body, error);
	if (!pfs_endpoint_answers_json(answer->endpoint))
		return g_bytes_ref(answer->body);
	picked = pfs_answer_pick(answer, pfs_node_get_answer_path(node), error);
	return picked != NULL ? pfs_bytes_dup_line(picked) : NULL;
}

/* What was fetched well, and has not what the file shows. */
static PfsOutcome
fail_content(PfsTree *self, PfsEntry *entry, const char *function, PfsAccess *access)
{
	g_autofree char *path = pfs_entry_dup_path(entry);

	pfs_tree_log_failure(self, path, function, access->error);
	return PFS_FAILED;
}

/* What is read where the record says. */
static PfsOutcome
get_named_answer(PfsTree *self, PfsEntry *entry, PfsAccess *access, PfsAnswer **out_answer)
{
	const PfsNode *node = entry->node;
	g_autoptr(json_t) arguments = pfs_entry_dup_arguments(entry, pfs_endpoint_find(node->read));
	g_auto(GStrv) path = g_strsplit(node->argument_from, ".", 2);
	g_autoptr(GBytes) picked = NULL;
	PfsCollection *collection;
	PfsRecord *record;
	PfsValue value;
	PfsOutcome outcome =
	    pfs_tree_get_record(self, entry, access, path[0], &collection, &record);

	if (outcome != PFS_READY)
		return outcome;
	value = pfs_record_get(record, collection->table, path[0]);
	if (value.kind == PFS_VALUE_JSON)
		picked = pfs_json_pick(value.text, value.length, path[1], NULL);
	if (picked == NULL) {
		pfs_access_fail(access, ENOENT, "the cloud names no such file");
		return PFS_FAILED;
	}
	json_object_set_new(arguments, node->argument,
			    json_stringn(g_bytes_get_data(picked, NULL), g_bytes_get_size(picked)));
	*out_answer = pfs_tree_get_answer(self, entry, node->read, arguments, NULL);
	return PFS_READY;
}

static PfsOutcome
read_answer(PfsTree *self, PfsEntry *entry, PfsAccess *access, GBytes **out_content,
	    gint64 *out_valid_us)
{
	const PfsNode *node = entry->node;
	PfsAnswer *answer;
	PfsOutcome outcome = PFS_READY;

	if (node->argument != NULL)
		outcome = get_named_answer(self, entry, access, &answer);
	else
		answer = pfs_tree_get_own_answer(self, entry);
	if (outcome != PFS_READY)
		return outcome;
	/* A measurement that is no longer one would be taken for one. */
	outcome = pfs_resource_get(&answer->resource, access, self->options.ttl_us[node->ttl],
				   node->ttl == PFS_TTL_VARIABLE ? 0 : self->options.stale_us);
	if (outcome == PFS_FAILED)
		pfs_tree_explain(self, entry, access->error);
	if (outcome != PFS_READY)
		return outcome;
	*out_content = dup_answer_content(entry, answer, &access->error);
	*out_valid_us =
	    pfs_resource_get_valid_us(&answer->resource, self->options.ttl_us[node->ttl]);
	return *out_content != NULL ? PFS_READY : fail_content(self, entry, node->read, access);
}

/* A directory that is an item itself has that item's. */
static void
narrow_items(PfsEntry *directory, json_t **items)
{
	json_t *item;

	if (directory->node->source != PFS_FROM_ITEMS)
		return;
	item = json_incref(json_object_get(*items, directory->value));
	json_decref(*items);
	*items = item;
}

PfsOutcome
pfs_tree_get_items(PfsTree *self, const PfsNode *node, PfsEntry *directory, PfsAccess *access,
		   json_t **out_items)
{
	g_autoptr(json_t) arguments =
	    pfs_entry_dup_arguments(directory, pfs_endpoint_find(node->read));
	PfsAnswer *answer = pfs_tree_get_answer(self, directory, node->read, arguments, NULL);
	PfsOutcome outcome;

	outcome = pfs_resource_get(&answer->resource, access, self->options.ttl_us[node->ttl],
				   self->options.stale_us);
	if (outcome != PFS_READY)
		return outcome;
	*out_items = pfs_answer_get_items(answer, node->pick, node->convert, &access->error);
	if (*out_items == NULL)
		return PFS_FAILED;
	narrow_items(directory, out_items);
	return json_is_object(*out_items)
		   ? PFS_READY
		   : pfs_access_fail(access, EBADMSG,
				     "the answer lacks the object that was promised");
}

static PfsOutcome
read_item(PfsTree *self, PfsEntry *entry, PfsAccess *access, GBytes **out_content)
{
	const PfsNode *node = entry->node;
	g_autoptr(json_t) items = NULL;
	g_autofree char *text = NULL;
	g_autoptr(GBytes) picked = NULL;
	json_t *item;
	PfsOutcome outcome = pfs_tree_get_items(self, node, entry->parent, access, &items);

	if (outcome != PFS_READY)
		return outcome;
	item = json_object_get(items, entry->value);
	if (item == NULL) {
		*out_content = g_bytes_new_static("", 0);
		return PFS_READY;
	}
	text = json_dumps(item, JSON_COMPACT | JSON_ENCODE_ANY);
	picked = pfs_json_pick(text, strlen(text), node->answer, &access->error);
	if (picked == NULL)
		return PFS_FAILED;
	*out_content = pfs_bytes_dup_line(picked);
	return PFS_READY;
}

const char *
pfs_node_get_key(const PfsNode *node, const char *bound, gsize *out_length)
{
	const char *key = node->pick != NULL ? node->pick : bound != NULL ? bound : node->name;

	*out_length = node->pick != NULL ? strcspn(key, ".") : strlen(key);
	return key;
}

static GBytes *
dup_record_value(PfsEntry *entry, PfsCollection *collection, PfsRecord *record)
{
	gsize length;
	const char *path = pfs_node_get_key(entry->node, entry->value, &length);
	g_autofree char *key = g_strndup(path, length);
	const char *rest =
	    path[length] == '.' && entry->node->pick != NULL ? path + length + 1 : NULL;
	PfsValue value = pfs_record_get(record, collection->table, key);
	GBytes *picked;

	if (value.kind != PFS_VALUE_JSON || (rest == NULL && entry->node->kind != PFS_DOCUMENT))
		return pfs_value_to_content(entry->node, &value);
	picked = pfs_json_pick(value.text, value.length, rest, NULL);
	return picked != NULL ? picked : g_bytes_new_static("", 0);
}

static GBytes *
dup_record_content(PfsEntry *entry, PfsCollection *collection, PfsRecord *record)
{
	g_autoptr(GBytes) value = NULL;
	GString *json;

	if (entry->node->kind != PFS_DOCUMENT || entry->node->pick != NULL) {
		value = dup_record_value(entry, collection, record);
		return pfs_bytes_dup_line(value);
	}
	json = g_string_new(NULL);
	pfs_record_to_json(record, collection->table, json);
	g_string_append_c(json, '\n');
	return g_string_free_to_bytes(json);
}

static gint64
get_record_valid_us(PfsTree *self, PfsCollection *collection, PfsRecord *record)
{
	return pfs_record_get_updated_us(record) + self->options.ttl_us[collection->row->ttl] -
	       g_get_monotonic_time();
}

static PfsOutcome
read_record(PfsTree *self, PfsEntry *entry, PfsAccess *access, GBytes **out_content,
	    gint64 *out_valid_us)
{
	PfsCollection *collection;
	PfsRecord *record;
	const char *key =
	    (entry->node->flags & PFS_NODE_LISTED_EMPTY) != 0 ? entry->node->name : NULL;
	PfsOutcome outcome = pfs_tree_get_record(self, entry, access, key, &collection, &record);

	if (outcome != PFS_READY)
		return outcome;
	*out_content = dup_record_content(entry, collection, record);
	*out_valid_us = get_record_valid_us(self, collection, record);
	return PFS_READY;
}

static PfsOutcome
read_records(PfsTree *self, PfsEntry *entry, PfsAccess *access, GBytes **out_content,
	     gint64 *out_valid_us)
{
	PfsCollection *collection = pfs_tree_get_collection(self, entry, entry->node->collection);
	gint64 ttl_us = self->options.ttl_us[entry->node->ttl];
	PfsOutcome outcome = pfs_collection_get(collection, access, ttl_us, self->options.stale_us);

	if (outcome != PFS_READY)
		return outcome;
	*out_content = entry->node->make_document(collection);
	if (*out_content == NULL) {
		pfs_access_fail(access, EBADMSG, "the list makes too large a table");
		return fail_content(self, entry, collection->row->list, access);
	}
	*out_valid_us = pfs_resource_get_valid_us(&collection->resource, ttl_us);
	return PFS_READY;
}

/* What takes files, or lines of its own, is told by its row; what takes arguments by its function.
 */
static gboolean
has_arguments(const PfsNode *node)
{
	const PfsActRow *row = node->write;

	return row != NULL && row->function != NULL && row->draft == NULL &&
	       row->translate == NULL && node->kind != PFS_UPLOAD;
}

char *
pfs_tree_dup_usage(PfsTree *self, PfsEntry *entry)
{
	const PfsActRow *row = entry->node->write;
	g_autoptr(json_t) bound = NULL;
	g_autofree char *arguments = NULL;
	GString *usage;

	if (!has_arguments(entry->node))
		return g_strdup_printf("# %s\n", entry->node->help);
	bound = pfs_act_row_dup_bound(self, row, entry);
	arguments = pfs_endpoint_dup_usage(pfs_endpoint_find(row->function), bound, row->parameter,
					   row->objects);
	usage = g_string_new(arguments);
	for (const PfsActRow *choice = row->choices; choice != NULL && choice->word != NULL;
	     choice++)
		g_string_append_printf(usage, "# Or %s: %s\n",
				       *choice->word != '\0' ? choice->word : "an empty line",
				       choice->function);
	return g_string_free(usage, FALSE);
}

/* What a verb gave last; its usage where it was never called. */
static PfsOutcome
read_result(PfsTree *self, PfsEntry *entry, GBytes **out_content, gint64 *out_valid_us)
{
	g_autofree char *key = pfs_entry_dup_key(entry);
	GBytes *result = g_hash_table_lookup(self->results, key);
	char *usage;

	*out_valid_us = 0;
	if (result != NULL) {
		*out_content = g_bytes_ref(result);
	} else if ((entry->node->flags & PFS_NODE_REMEMBER) != 0) {
		*out_content = g_bytes_new(entry->node->pick, strlen(entry->node->pick));
	} else {
		usage = pfs_tree_dup_usage(self, entry);
		*out_content = g_bytes_new_take(usage, strlen(usage));
	}
	return PFS_READY;
}

PfsOutcome
pfs_tree_read(PfsTree *self, PfsEntry *entry, PfsAccess *access, GBytes **out_content,
	      gint64 *out_valid_us)
{
	char *text;

	*out_content = NULL;
	*out_valid_us = 0;
	switch (entry->node->source) {
	case PFS_FROM_ANSWER:
	case PFS_FROM_RESOLVED:
		return read_answer(self, entry, access, out_content, out_valid_us);
	case PFS_FROM_RECORD:
	case PFS_FROM_SCALARS:
		return read_record(self, entry, access, out_content, out_valid_us);
	case PFS_FROM_RECORDS:
		if (entry->node->read != NULL)
			return read_answer(self, entry, access, out_content, out_valid_us);
		return read_records(self, entry, access, out_content, out_valid_us);
	case PFS_FROM_DRAFT:
		*out_content = pfs_tree_dup_draft_content(self, entry);
		return PFS_READY;
	case PFS_FROM_LOCAL:
		text = entry->node->make_text(self, entry);
		*out_content = g_bytes_new_take(text, strlen(text));
		return PFS_READY;
	case PFS_FROM_ITEMS:
		return read_item(self, entry, access, out_content);
	case PFS_FROM_MEMBERS:
		if (entry->node->read != NULL)
			return read_answer(self, entry, access, out_content, out_valid_us);
		return read_result(self, entry, out_content, out_valid_us);
	case PFS_FROM_FLEET:
		if (entry->node->read != NULL)
			return pfs_tree_read_fleet(self, entry, access, out_content);
		break;
	case PFS_FROM_PROGRESS:
		return pfs_tree_read_progress(self, entry, access, out_content);
	case PFS_FROM_NOTHING:
	case PFS_FROM_NEW:
	case PFS_FROM_ANY:
	case PFS_FROM_FEED:
		break;
	}
	return read_result(self, entry, out_content, out_valid_us);
}

/* What can be said without asking the cloud. */

static const mode_t modes[] = {
	[PFS_DIRECTORY] = S_IFDIR | 0755, [PFS_ATTRIBUTE] = S_IFREG | 0444,
	[PFS_DOCUMENT] = S_IFREG | 0444,  [PFS_VERB] = S_IFREG | 0600,
	[PFS_UPLOAD] = S_IFREG | 0600,	  [PFS_LOG] = S_IFREG | 0444,
	[PFS_LIVE] = S_IFREG | 0444,	  [PFS_LINK] = S_IFLNK | 0777,
	[PFS_FILE] = S_IFREG | 0644,
};

mode_t
pfs_node_get_mode(const PfsNode *node)
{
	mode_t mode = modes[node->kind];

	if (S_ISREG(mode) && node->write != NULL)
		mode |= 0200;
	return mode;
}

/* -1 where it has none. */
static gint64
parse_record_time(PfsCollection *collection, PfsRecord *record)
{
	g_autoptr(GDateTime) time = NULL;
	PfsValue value;

	if (collection->row->time_key == NULL)
		return -1;
	value = pfs_record_get(record, collection->table, collection->row->time_key);
	if (value.kind != PFS_VALUE_STRING)
		return -1;
	time = g_date_time_new_from_iso8601(value.text, NULL);
	return time != NULL
		   ? g_date_time_to_unix(time) * G_USEC_PER_SEC + g_date_time_get_microsecond(time)
		   : -1;
}

/* Parsed once, as `ls -l` of many took a twentieth longer. */
static gint64
get_record_time_us(PfsCollection *collection, PfsRecord *record)
{
	gint64 time_us = pfs_record_get_time_us(record);

	if (time_us == 0) {
		time_us = parse_record_time(collection, record);
		pfs_record_set_time_us(record, time_us);
	}
	return MAX(time_us, 0);
}

static void
stat_log(PfsTree *self, PfsEntry *entry, PfsStat *out_stat)
{
	PfsLog *log = pfs_tree_peek_log(self, entry);

	out_stat->valid_us = 0;
	if (log == NULL || pfs_log_get_end(log) == pfs_log_get_start(log))
		return;
	out_stat->size = (gint64)(pfs_log_get_end(log) - pfs_log_get_start(log));
	out_stat->mtime_us = pfs_log_get_mtime_us(log);
}

/* NULL: it was never asked for. */
static PfsAnswer *
peek_answer(PfsTree *self, PfsEntry *entry)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find(entry->node->read);
	PfsAnswer *answer = pfs_entry_peek_answer(entry);
	g_autoptr(json_t) arguments = NULL;

	if (answer != NULL)
		return answer;
	arguments = pfs_entry_dup_arguments(entry, endpoint);
	return pfs_tree_find_answer(self, entry->node->read, arguments);
}

/* Of what the kernel has another inode for at each lookup, and so no size. */
static gint64
get_known_size(PfsTree *self, PfsEntry *entry)
{
	PfsAnswer *answer = peek_answer(self, entry);
	g_autoptr(GBytes) content = NULL;

	if (answer != NULL && answer->body != NULL)
		content = dup_answer_content(entry, answer, NULL);
	return content != NULL ? (gint64)g_bytes_get_size(content) : 0;
}

/* A value that has a call of its own. */
static gboolean
is_value(PfsEntry *entry)
{
	const PfsNode *node = entry->node;

	return (node->source == PFS_FROM_ANSWER || node->source == PFS_FROM_MEMBERS) &&
	       node->read != NULL && node->argument == NULL && node->kind != PFS_DIRECTORY &&
	       !pfs_entry_is_writable(entry);
}

/* Its ctime stays: tar takes what moves on while it reads for a file that changes. */
static void
stat_value(PfsTree *self, PfsEntry *entry, PfsStat *out_stat)
{
	PfsAnswer *answer = is_value(entry) ? peek_answer(self, entry) : NULL;
	gint64 valid_us;

	if (answer == NULL || answer->resource.fetched_wall_us == 0)
		return;
	valid_us =
	    pfs_resource_get_valid_us(&answer->resource, self->options.ttl_us[entry->node->ttl]);
	out_stat->valid_us = CLAMP(valid_us, 0, out_stat->valid_us);
	out_stat->ctime_us = out_stat->mtime_us;
	out_stat->mtime_us = answer->resource.fetched_wall_us;
}

/* Without a call, or having made one, it reads as its usage or its result. */
gboolean
pfs_node_has_result(const PfsNode *node)
{
	return node->kind == PFS_VERB || node->source == PFS_FROM_NEW ||
	       (node->source == PFS_FROM_NOTHING && node->kind != PFS_DIRECTORY);
}

static void
stat_content(PfsTree *self, PfsEntry *entry, PfsCollection *collection, PfsRecord *record,
	     PfsStat *out_stat)
{
	g_autoptr(GBytes) content = NULL;
	g_autofree char *text = NULL;
	gint64 valid_us;

	if (entry->node->make_text != NULL) {
		text = entry->node->make_text(self, entry);
		out_stat->size = (gint64)strlen(text);
	} else if (entry->node->kind == PFS_LOG) {
		stat_log(self, entry, out_stat);
	} else if (entry->node->kind == PFS_LINK) {
		text = pfs_tree_readlink(self, entry);
		out_stat->size = text != NULL ? (gint64)strlen(text) : 0;
	} else if ((entry->node->source == PFS_FROM_RECORD ||
		    entry->node->source == PFS_FROM_SCALARS) &&
		   record != NULL) {
		content = dup_record_content(entry, collection, record);
		out_stat->size = (gint64)g_bytes_get_size(content);
	} else if (entry->node->source == PFS_FROM_ANSWER && pfs_entry_is_writable(entry)) {
		out_stat->size = get_known_size(self, entry);
	} else if (pfs_node_has_result(entry->node)) {
		read_result(self, entry, &content, &valid_us);
		out_stat->size = (gint64)g_bytes_get_size(content);
	}
}

/*
 * What the kernel is to ask for each time, as it will have the wrong one: it takes along what is
 * moved, which is something else where it goes; and what it has removed under its name is found
 * under its ID as well.
 */
static gboolean
is_never_sure(PfsEntry *entry, PfsCollection *collection, PfsRecord *record)
{
	return entry->node->move_into != NULL ||
	       (entry->node->kind == PFS_DIRECTORY && entry->node->source == PFS_FROM_RECORDS &&
		record != NULL &&
		strcmp(entry->name, pfs_collection_get_name(collection, record)) != 0);
}

void
pfs_tree_stat(PfsTree *self, PfsEntry *entry, PfsStat *out_stat)
{
	PfsCollection *collection = NULL;
	PfsRecord *record = pfs_tree_find_record(self, entry, &collection);

	*out_stat = (PfsStat){ .mode = pfs_node_get_mode(entry->node) };
	if (entry->node->source == PFS_FROM_DRAFT) {
		pfs_tree_stat_draft(self, entry, out_stat);
		return;
	}
	if (record != NULL) {
		/* An editor that sees a time move asks before it writes: what is written stands
		 * still. */
		if (!pfs_entry_is_writable(entry))
			out_stat->mtime_us = get_record_time_us(collection, record);
		out_stat->valid_us = MAX(get_record_valid_us(self, collection, record), 0);
	} else {
		out_stat->valid_us = self->options.ttl_us[PFS_TTL_LIST];
	}
	if (entry->node->kind == PFS_DIRECTORY) {
		out_stat->valid_us = MAX(out_stat->valid_us, DIRECTORY_VALID_US);
		/* A device is heard while tar reads its directory: that has not changed for it. */
		out_stat->ctime_us = self->started_wall_us;
	}
	if (is_never_sure(entry, collection, record))
		out_stat->valid_us = 0;
	if (out_stat->mtime_us == 0)
		out_stat->mtime_us = self->started_wall_us;
	stat_value(self, entry, out_stat);
	stat_content(self, entry, collection, record, out_stat);
}

char *
pfs_tree_readlink(PfsTree *self, PfsEntry *entry)
{
	g_autofree char *path = NULL;
	g_autofree char *escaped = NULL;
	const char *id = entry->value;
	GHashTable *known;
	PfsCollection *collection;
	PfsRecord *record;

	if (entry->node->source == PFS_FROM_RESOLVED) {
		path = pfs_entry_dup_path(entry->parent);
		known = g_hash_table_lookup(self->resolved, path);
		id = known != NULL ? g_hash_table_lookup(known, entry->name) : NULL;
	}
	if (id == NULL)
		return NULL;
	collection = pfs_tree_get_collection_of(self, entry);
	record = pfs_table_find(collection->table, id);
	/* A target that the cloud has chosen stays in the tree. */
	escaped = pfs_name_escape(id);
	return g_strconcat(entry->node->target, "/",
			   record != NULL ? pfs_collection_get_name(collection, record) : escaped,
			   NULL);
}
