/* SPDX-License-Identifier: Apache-2.0 */
/* particlefs tree: what stands in a mount, from the tables that make it. */
#include <stdio.h>

#include <particlefs/tree.h>

#include "common.h"

#define NAME "tree"

static const char *const acts[] = { "read", "write", "mkdir", "rmdir", "mv" };

static void
print_row(const json_t *row)
{
	const char *separator = "";

	printf("%-42s %-9s %s  ", json_string_value(json_object_get(row, "path")),
	       json_string_value(json_object_get(row, "kind")),
	       json_string_value(json_object_get(row, "mode")));
	for (guint i = 0; i < G_N_ELEMENTS(acts); i++) {
		const char *function = json_string_value(json_object_get(row, acts[i]));

		if (function == NULL)
			continue;
		printf("%s%s: %s", separator, acts[i], function);
		separator = ", ";
	}
	printf("\n");
}

int
pfs_cli_tree(int argc, char **argv)
{
	gboolean as_json = FALSE;
	const GOptionEntry entries[] = {
		{ "json", 0, 0, G_OPTION_ARG_NONE, &as_json, "An array of objects", NULL },
		{ NULL },
	};
	const PfsCliCommand command = {
		.name = NAME,
		.summary = "Prints the tree: each path with its kind, its mode, and what it calls.",
		.entries = entries,
	};
	g_autoptr(json_t) rows = NULL;
	int exit_code;
	gsize index;
	json_t *row;

	if (!pfs_cli_parse(&command, NULL, &argc, &argv, &exit_code))
		return exit_code;
	if (argc > 1)
		return pfs_cli_usage_error(NAME, "'%s' is one word too many", argv[1]);
	rows = pfs_tree_describe();
	if (as_json) {
		json_dumpf(rows, stdout, JSON_INDENT(1));
		printf("\n");
		return PFS_EXIT_OK;
	}
	json_array_foreach(rows, index, row) print_row(row);
	return PFS_EXIT_OK;
}
