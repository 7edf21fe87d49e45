/* SPDX-License-Identifier: Apache-2.0 */
/* Something made of a draft's files: what is sent, and what is kept beside them of what came. */
#include <errno.h>
#include <string.h>

#include <particlefs/http.h>

#include "node.h"

/* Entries of @files are the parts by their paths, as those of @names are. */
typedef struct {
	GHashTable *files;
	json_t *names;
} Parcel;

static gboolean
add_file(Parcel *parcel, PfsDraft *file, const char *path, GError **error)
{
	PfsHttpPart *part;

	if (!g_utf8_validate(path, -1, NULL)) {
		g_set_error(error, PFS_ERROR, EINVAL, "the name of a file is not UTF-8");
		return FALSE;
	}
	part = g_new0(PfsHttpPart, 1);
	part->bytes = g_bytes_new(file->content->data, file->content->len);
	part->fd = -1;
	g_hash_table_insert(parcel->files, g_strdup(path), part);
	json_object_set_new(parcel->names, path, json_string(path));
	return TRUE;
}

static gboolean
add_folder(Parcel *parcel, PfsDraft *folder, const char *below, GError **error)
{
	g_autoptr(GPtrArray) children = pfs_draft_dup_children(folder);
	gboolean added = TRUE;

	for (guint i = 0; i < children->len && added; i++) {
		PfsDraft *child = children->pdata[i];
		g_autofree char *path = g_strconcat(below, child->name, NULL);
		g_autofree char *inside = g_strconcat(path, "/", NULL);

		added = pfs_draft_is_folder(child) ? add_folder(parcel, child, inside, error)
						   : add_file(parcel, child, path, error);
	}
	return added;
}

/* A draft's own, or a directory of that name beside the verb. */
static PfsDraft *
peek_sources(PfsTree *tree, PfsEntry *around, const char *folder)
{
	PfsDraft *draft = pfs_tree_peek_folder(tree, around);
	PfsDraft *sources = draft != NULL ? pfs_draft_find(draft, folder) : NULL;
	g_autoptr(PfsEntry) directory = NULL;

	if (sources != NULL)
		return sources;
	directory = pfs_entry_new(around->node, around, folder, NULL);
	return pfs_tree_peek_folder(tree, directory);
}

GHashTable *
pfs_tree_dup_files(PfsTree *self, PfsEntry *around, const char *folder, json_t **out_names,
		   GError **error)
{
	g_autoptr(GHashTable) files =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, pfs_http_part_free);
	g_autoptr(json_t) names = json_object();
	Parcel parcel = { files, names };
	PfsDraft *sources = peek_sources(self, around, folder);

	if (sources != NULL && !add_folder(&parcel, sources, "", error))
		return NULL;
	if (json_object_size(names) == 0) {
		g_set_error(error, PFS_ERROR, EINVAL, "there is no file in %s", folder);
		return NULL;
	}
	*out_names = g_steal_pointer(&names);
	return g_steal_pointer(&files);
}

gboolean
pfs_tree_check_draft(PfsTree *self, PfsEntry *around, GError **error)
{
	PfsDraft *draft = pfs_tree_get_folder(self, around);

	if (draft->busy) {
		g_set_error(error, PFS_ERROR, EBUSY, "it is under way already");
		return FALSE;
	}
	for (const PfsNode *node = around->node->children; node->name != NULL; node++) {
		if ((node->flags & PFS_NODE_NEEDED) == 0 ||
		    pfs_draft_peek_value(draft, node->name) != NULL)
			continue;
		g_set_error(error, PFS_ERROR, EINVAL, "%s is missing: write it first", node->name);
		return FALSE;
	}
	return TRUE;
}

void
pfs_tree_bind_kept(PfsTree *self, PfsEntry *around, const PfsEndpoint *endpoint, json_t *arguments)
{
	PfsDraft *draft = pfs_tree_peek_folder(self, around);

	for (const PfsNode *node = around->node->children; draft != NULL && node->name != NULL;
	     node++) {
		GBytes *kept = pfs_draft_peek_value(draft, node->name);
		g_autofree char *text = NULL;

		if (kept == NULL || node->kind != PFS_ATTRIBUTE || node->write == NULL ||
		    node->write->parameter == NULL)
			continue;
		text = g_strndup(g_bytes_get_data(kept, NULL), g_bytes_get_size(kept));
		pfs_arguments_bind_text(arguments, endpoint, node->write->parameter, text);
	}
}

static GBytes *
dup_text_line(const char *text)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

	return pfs_bytes_dup_line(bytes);
}

GBytes *
pfs_draft_dup_log(PfsApi *api, const PfsDraftRow *row, GBytes *answer, const GError *error)
{
	g_autoptr(GBytes) log = answer != NULL ? row->convert(answer, NULL) : NULL;
	g_autofree char *text = NULL;
	char *hidden;

	if (log == NULL || (g_bytes_get_size(log) == 0 && error != NULL))
		return dup_text_line(error != NULL ? error->message : "");
	text = g_strndup(g_bytes_get_data(log, NULL), g_bytes_get_size(log));
	hidden = pfs_api_dup_hidden(api, text);
	return g_bytes_new_take(hidden, strlen(hidden));
}

json_t *
pfs_draft_dup_next_arguments(const PfsDraftRow *row, GBytes *answer, GError **error)
{
	gsize length;
	const char *text = g_bytes_get_data(answer, &length);
	g_autoptr(GBytes) value = pfs_json_pick(text, length, row->from, error);

	if (value == NULL)
		return NULL;
	return json_pack("{s:s%}", row->parameter, g_bytes_get_data(value, NULL),
			 g_bytes_get_size(value));
}
