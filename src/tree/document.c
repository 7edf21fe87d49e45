/* SPDX-License-Identifier: Apache-2.0 */
/* A document that is written back: what in it is another now. */
#include <errno.h>
#include <string.h>

#include <particlefs/json.h>

#include "node.h"

static json_t *
dup_record(PfsTree *self, PfsEntry *entry)
{
	PfsCollection *collection;
	PfsRecord *record = pfs_tree_find_record(self, entry, &collection);
	g_autoptr(GString) text = g_string_new(NULL);

	if (record == NULL)
		return json_object();
	pfs_record_to_json(record, collection->table, text);
	return pfs_json_load(text->str, text->len);
}

static json_t *
dup_answer(PfsTree *self, PfsEntry *entry)
{
	const char *function = entry->node->read;
	g_autoptr(json_t) arguments = pfs_entry_dup_arguments(entry, pfs_endpoint_find(function));
	PfsAnswer *answer = pfs_tree_get_answer(self, entry, function, arguments, NULL);
	gsize length;
	const char *text;

	if (answer->body == NULL)
		return json_object();
	text = g_bytes_get_data(answer->body, &length);
	return pfs_json_load(text, length);
}

gboolean
pfs_node_sends_changes(const PfsNode *node)
{
	return node->write->parameter == NULL && (node->flags & PFS_NODE_WHOLE) == 0;
}

/* A key that is not there is null. */
static gboolean
is_same(const json_t *known, const json_t *wanted)
{
	return known == NULL ? json_is_null(wanted) : json_equal(known, wanted);
}

/*
 * What a device tells of itself has moved on since the document was read, and can't be written: it
 * does not keep what can from being sent.
 */
static void
drop_what_moves(const PfsNode *node, const json_t *known, json_t *changes)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find(node->write->function);
	gboolean sends = FALSE;
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach(changes, key, value) sends =
	    sends || pfs_endpoint_has_parameter(endpoint, key);
	if (!sends)
		return;
	json_object_foreach_safe(changes, next, key,
				 value) if (!pfs_endpoint_has_parameter(endpoint, key) &&
					    json_object_get(known, key) != NULL)
	    json_object_del(changes, key);
}

json_t *
pfs_tree_dup_changes(PfsTree *self, PfsEntry *entry, const char *text, GError **error)
{
	g_autoptr(json_t) wanted = pfs_json_parse(text, error);
	g_autoptr(json_t) known = NULL;
	const char *key;
	json_t *value;
	void *next;

	if (wanted == NULL || !pfs_node_sends_changes(entry->node))
		return g_steal_pointer(&wanted);
	if (!json_is_object(wanted)) {
		g_set_error(error, PFS_ERROR, EINVAL, "a JSON object is wanted");
		return NULL;
	}
	known = entry->node->source == PFS_FROM_RECORD ? dup_record(self, entry)
						       : dup_answer(self, entry);
	json_object_foreach_safe(wanted, next, key,
				 value) if (is_same(json_object_get(known, key), value))
	    json_object_del(wanted, key);
	drop_what_moves(entry->node, known, wanted);
	return g_steal_pointer(&wanted);
}
