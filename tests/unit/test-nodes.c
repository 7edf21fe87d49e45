/* SPDX-License-Identifier: Apache-2.0 */
/* What each row of the node tables must keep, so that a new one that does not is found here. */
#include <string.h>

#include "../../src/tree/node.h"

typedef void (*RowFunc)(PfsEntry *entry);

static void
walk(PfsEntry *parent, const PfsNode *children, RowFunc func)
{
	for (const PfsNode *node = children; node != NULL && node->name != NULL; node++) {
		g_autoptr(PfsEntry) entry = pfs_entry_new(
		    node, parent, node->name, pfs_node_is_pattern(node) ? "value" : NULL);
		g_autofree char *path = pfs_entry_dup_path(entry);

		g_test_message("%s", path);
		func(entry);
		walk(entry, node->children, func);
	}
}

static void
walk_all(RowFunc func)
{
	g_autoptr(PfsEntry) root = pfs_entry_new(&pfs_root_node, NULL, "", NULL);

	walk(root, pfs_root_nodes, func);
}

static gboolean
is_bound(PfsEntry *entry)
{
	return entry != NULL && (entry->value != NULL || is_bound(entry->parent));
}

static gboolean
has_file(const PfsNode *children)
{
	const PfsNode *node = children;

	while (node->name != NULL &&
	       (node->kind == PFS_DIRECTORY || (node->flags & PFS_NODE_UNLISTED) != 0))
		node++;
	return node->name != NULL;
}

static void
check_shape(PfsEntry *entry)
{
	const PfsNode *node = entry->node;

	g_assert_nonnull(node->help);
	g_assert_true((node->children != NULL) == (node->kind == PFS_DIRECTORY));
	g_assert_true((node->target != NULL) == (node->kind == PFS_LINK));
	/* What follows events, or begins what events tell of. */
	g_assert_true((node->feed != NULL) == (node->source == PFS_FROM_FEED ||
					       (node->write != NULL && node->write->begins)));
	g_assert_true((node->kind == PFS_UPLOAD) >=
		      ((node->flags & PFS_NODE_NEW) != 0 && node->source == PFS_FROM_NEW));
	/* Listings end: what blocks stands in none. */
	if ((node->flags & PFS_NODE_WAITS) != 0)
		g_assert_true((node->flags & PFS_NODE_UNLISTED) != 0);
	/* a directory's map has names for numbers, a file's has texts for them */
	if (node->kind != PFS_DIRECTORY)
		g_assert_true((node->map != NULL) == (node->unmapped != NULL));
	/* A key is compared with a constant, or with what the directory is bound to. */
	if (node->key != NULL)
		g_assert_true(node->equals != NULL || is_bound(entry->parent));
	else
		g_assert_null(node->equals);
	/* Listings end: what blocks stands in none. */
	g_assert_true(node->kind != PFS_LIVE || (node->flags & PFS_NODE_UNLISTED) != 0);
	if (node->source == PFS_FROM_RECORDS)
		g_assert_nonnull(node->collection);
	g_assert_true(
	    (node->make_document != NULL) ==
	    (node->source == PFS_FROM_RECORDS && node->kind == PFS_DOCUMENT && node->read == NULL));
	if (node->make_document == pfs_records_to_json)
		g_assert_nonnull(node->collection->items);
	/* Whoever deletes a tree meets a file that can't be deleted before its directory. */
	if (node->remove != NULL)
		g_assert_true(has_file(node->children));
	if (node->source != PFS_FROM_DRAFT)
		g_assert_true((node->accepts != NULL) == (node->source == PFS_FROM_RESOLVED));
	if (node->source == PFS_FROM_MEMBERS)
		g_assert_nonnull(node->pick);
	/* A draft's name is a parameter by another name; what is kept in one has a parameter too.
	 */
	g_assert_true(node->binds == NULL || node->source == PFS_FROM_DRAFT);
	g_assert_true((node->kind == PFS_FILE) <= (node->source == PFS_FROM_DRAFT));
	if (node->write != NULL)
		g_assert_true((node->write->run == pfs_draft_keep) ==
			      (node->write->run != NULL && node->source == PFS_FROM_DRAFT));
	if (node->source == PFS_FROM_LOCAL && node->kind != PFS_LOG)
		g_assert_nonnull(node->make_text);
}

/* What a document is checked by is a document that is read, beside it. */
static void
check_schema(PfsEntry *entry)
{
	const PfsNode *schema = entry->parent->node->children;

	if (entry->node->schema == NULL)
		return;
	g_assert_cmpint(entry->node->kind, ==, PFS_DOCUMENT);
	g_assert_nonnull(entry->node->write);
	while (schema->name != NULL && strcmp(schema->name, entry->node->schema) != 0)
		schema++;
	g_assert_nonnull(schema->name);
	g_assert_cmpint(schema->source, ==, PFS_FROM_ANSWER);
	g_assert_true((schema->flags & PFS_NODE_LASTING) != 0);
}

static void
check_siblings(PfsEntry *entry)
{
	const PfsNode *siblings = entry->parent->node->children;
	guint same = 0;

	for (const PfsNode *node = siblings; node->name != NULL; node++)
		same += strcmp(node->name, entry->node->name) == 0;
	g_assert_cmpuint(same, ==, 1);
	/* A name is escaped as the cloud's are, or users could not tell one from the other. */
	g_assert_null(strpbrk(entry->node->name, "/%"));
}

/* Reading sends GET alone. */
static void
check_reads(PfsEntry *entry)
{
	const PfsNode *node = entry->node;
	const char *functions[] = {
		node->read,
		node->feed != NULL ? node->feed->function : NULL,
		node->collection != NULL ? node->collection->list : NULL,
		node->collection != NULL ? node->collection->get : NULL,
	};

	for (guint i = 0; i < G_N_ELEMENTS(functions); i++) {
		const PfsEndpoint *endpoint;

		if (functions[i] == NULL)
			continue;
		endpoint = pfs_endpoint_find(functions[i]);
		g_assert_nonnull(endpoint);
		g_assert_true(pfs_endpoint_is_reading(endpoint));
	}
}

/* What a path binds, and the value that is written, is all that the call needs; or JSON can say it.
 */
static void
check_act(PfsEntry *entry, const PfsActRow *act)
{
	const PfsEndpoint *endpoint;
	g_autoptr(json_t) bound = NULL;

	if (act == NULL)
		return;
	g_assert_true((act->function != NULL) != (act->run != NULL));
	if (act->run != NULL)
		return;
	endpoint = pfs_endpoint_find(act->function);
	g_assert_nonnull(endpoint);
	bound = pfs_entry_dup_arguments(entry, endpoint);
	if (act->draft != NULL && act->draft->get != NULL)
		g_assert_true(pfs_endpoint_is_reading(pfs_endpoint_find(act->draft->get)));
	if (act->parameter == NULL)
		return;
	g_assert_true(pfs_endpoint_has_parameter(endpoint, act->parameter));
	g_assert_null(json_object_get(bound, act->parameter));
}

static void
check_acts(PfsEntry *entry)
{
	const PfsNode *node = entry->node;

	check_act(entry, node->write);
	check_act(entry->node->kind == PFS_DIRECTORY ? entry : entry->parent, node->make);
	check_act(entry, node->remove);
	check_act(entry, node->rename);
	check_act(entry, node->move);
	g_assert_true((node->move != NULL) == (node->move_into != NULL));
	if (node->kind == PFS_VERB)
		g_assert_nonnull(node->write);
	if (node->kind == PFS_DIRECTORY || node->kind == PFS_LINK || node->kind == PFS_LIVE)
		g_assert_null(node->write);
	/* A secret that a verb made is for whoever wrote. */
	if ((node->flags & PFS_NODE_SECRET) != 0)
		g_assert_cmpint(node->kind, ==, PFS_VERB);
}

static const char *
get_function(const PfsActRow *act)
{
	return act != NULL ? act->function : NULL;
}

/* A pattern is bound to a parameter that some call below it, or beside it, takes. */
static gboolean
takes(const PfsNode *node, const char *parameter)
{
	const char *functions[] = {
		node->read,
		get_function(node->write),
		get_function(node->remove),
		get_function(node->rename),
		node->feed != NULL ? node->feed->function : NULL,
		node->collection != NULL ? node->collection->get : NULL,
	};

	for (guint i = 0; i < G_N_ELEMENTS(functions); i++)
		if (functions[i] != NULL &&
		    pfs_endpoint_has_parameter(pfs_endpoint_find(functions[i]), parameter))
			return TRUE;
	for (const PfsNode *child = node->children; child != NULL && child->name != NULL; child++)
		if (takes(child, parameter))
			return TRUE;
	return FALSE;
}

static void
check_pattern(PfsEntry *entry)
{
	const PfsNode *node = entry->node;
	g_autofree char *parameter = NULL;

	if (!pfs_node_is_pattern(node) || node->source == PFS_FROM_NEW ||
	    node->source == PFS_FROM_SCALARS ||
	    (node->source == PFS_FROM_DRAFT && node->binds == NULL) ||
	    node->source == PFS_FROM_ITEMS || node->source == PFS_FROM_ANY)
		return;
	g_assert_cmpint(node->name[strlen(node->name) - 1], ==, '}');
	parameter = node->binds != NULL ? g_strdup(node->binds)
					: g_strndup(node->name + 1, strlen(node->name) - 2);
	g_assert_true(node->kind == PFS_LINK || takes(node, parameter));
	if (node->collection != NULL && node->source == PFS_FROM_RECORDS)
		g_assert_cmpstr(parameter, ==, node->collection->parameter);
}

static void
test_shape(void)
{
	walk_all(check_shape);
}

static void
test_schemas(void)
{
	walk_all(check_schema);
}

static void
test_siblings(void)
{
	walk_all(check_siblings);
}

static void
test_reads(void)
{
	walk_all(check_reads);
}

static void
test_acts(void)
{
	walk_all(check_acts);
}

static void
test_patterns(void)
{
	walk_all(check_pattern);
}

static guint rows;

static void
count_row(PfsEntry *entry)
{
	rows++;
}

/* The description, which the manual is made of, has every row. */
static void
test_description(void)
{
	g_autoptr(json_t) description = pfs_tree_describe();
	g_autoptr(GHashTable) paths = g_hash_table_new(g_str_hash, g_str_equal);
	gsize index;
	json_t *row;

	rows = 0;
	walk_all(count_row);
	g_assert_cmpuint(json_array_size(description), ==, rows);
	json_array_foreach(description, index, row)
	{
		const char *path = json_string_value(json_object_get(row, "path"));

		g_assert_true(g_hash_table_add(paths, (gpointer)path));
		g_assert_cmpuint(strlen(json_string_value(json_object_get(row, "mode"))), ==, 4);
	}
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/nodes/shape", test_shape);
	g_test_add_func("/nodes/siblings", test_siblings);
	g_test_add_func("/nodes/schemas", test_schemas);
	g_test_add_func("/nodes/reads", test_reads);
	g_test_add_func("/nodes/acts", test_acts);
	g_test_add_func("/nodes/patterns", test_patterns);
	g_test_add_func("/nodes/description", test_description);
	return g_test_run();
}
