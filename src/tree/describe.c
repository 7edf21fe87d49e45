/* SPDX-License-Identifier: Apache-2.0 */
/* The node tables as data, for people, tests and the manual. */
#include <string.h>

#include "node.h"

static const char *const kinds[] = {
	[PFS_DIRECTORY] = "directory", [PFS_ATTRIBUTE] = "attribute", [PFS_DOCUMENT] = "document",
	[PFS_VERB] = "verb",	       [PFS_UPLOAD] = "upload",	      [PFS_LOG] = "log",
	[PFS_LIVE] = "live",	       [PFS_LINK] = "link",	      [PFS_FILE] = "file",
};

#define ITSELF "(the mount itself)"

/* The rows whose acts are told under a name. */
static void
describe_act(json_t *row, const char *name, const PfsActRow *act)
{
	if (act != NULL)
		json_object_set_new(row, name,
				    json_string(act->run != NULL ? ITSELF : act->function));
}

/* Drafts are made, moved and dropped by what any file system does. */
static void
describe_drafts(json_t *row, const PfsNode *node)
{
	gboolean holds = FALSE;

	for (const PfsNode *child = node->children; child != NULL && child->name != NULL; child++)
		holds = holds || (child->source == PFS_FROM_DRAFT && pfs_node_is_pattern(child));
	if (holds)
		json_object_set_new(row, "mkdir", json_string(ITSELF));
	if (node->source != PFS_FROM_DRAFT || !pfs_node_is_pattern(node))
		return;
	json_object_set_new(row, node->kind == PFS_DIRECTORY ? "rmdir" : "write",
			    json_string(ITSELF));
	json_object_set_new(row, "mv", json_string(ITSELF));
}

static const char *
get_reading_function(const PfsNode *node, const PfsCollectionRow *records)
{
	if (node->read != NULL)
		return node->read;
	if (node->feed != NULL)
		return node->feed->function;
	if (node->source == PFS_FROM_RECORDS)
		return node->collection->list;
	if (records != NULL &&
	    (node->source == PFS_FROM_RECORD || node->source == PFS_FROM_SCALARS ||
	     (node->source == PFS_FROM_MEMBERS && node->kind != PFS_VERB)))
		return records->get;
	return NULL;
}

static json_t *
describe_node(const PfsNode *node, const char *path, const PfsCollectionRow *records)
{
	const char *reads = get_reading_function(node, records);
	json_t *row =
	    json_pack("{s:s, s:s, s:s, s:b, s:b, s:s}", "path", path, "kind", kinds[node->kind],
		      "mode", "", "listed", (node->flags & PFS_NODE_UNLISTED) == 0, "secret",
		      (node->flags & PFS_NODE_SECRET) != 0, "help", node->help);
	g_autofree char *mode = g_strdup_printf("%04o", (guint)pfs_node_get_mode(node) & 07777);

	json_object_set_new(row, "mode", json_string(mode));
	if (reads != NULL)
		json_object_set_new(row, "read", json_string(reads));
	describe_act(row, "write", node->write);
	describe_act(row, "mkdir", node->make);
	describe_act(row, "rmdir", node->remove);
	describe_act(row, "mv", node->move_into != NULL ? node->move : node->rename);
	describe_drafts(row, node);
	if (node->read != NULL || node->source == PFS_FROM_RECORDS)
		json_object_set_new(row, "ttl", json_string(pfs_ttl_names[node->ttl]));
	if (node->shown != NULL)
		json_object_set_new(row, "names", json_string(node->shown));
	return row;
}

static void
describe_children(json_t *rows, const PfsNode *children, const char *path,
		  const PfsCollectionRow *records)
{
	for (const PfsNode *node = children; node != NULL && node->name != NULL; node++) {
		g_autofree char *child = g_strconcat(path, node->name, node->suffix, NULL);
		g_autofree char *below = g_strconcat(child, "/", NULL);

		json_array_append_new(
		    rows,
		    describe_node(node, node->kind == PFS_DIRECTORY ? below : child, records));
		describe_children(rows, node->children, below,
				  node->collection != NULL ? node->collection : records);
	}
}

json_t *
pfs_tree_describe(void)
{
	json_t *rows = json_array();

	describe_children(rows, pfs_root_nodes, "", NULL);
	return rows;
}
