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

static void
part_free(gpointer data)
{
	PfsHttpPart *part = data;

	g_bytes_unref(part->bytes);
	g_free(part);
}

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

GHashTable *
pfs_draft_dup_files(PfsDraft *draft, const char *folder, json_t **out_names, GError **error)
{
	g_autoptr(GHashTable) files =
	    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, part_free);
	g_autoptr(json_t) names = json_object();
	Parcel parcel = { files, names };

	if (!add_folder(&parcel, pfs_draft_find(draft, folder), "", error))
		return NULL;
	if (json_object_size(names) == 0) {
		g_set_error(error, PFS_ERROR, EINVAL, "there is no file in %s", folder);
		return NULL;
	}
	*out_names = g_steal_pointer(&names);
	return g_steal_pointer(&files);
}

gboolean
pfs_draft_is_ready(PfsEntry *entry, GError **error)
{
	if (entry->draft->busy) {
		g_set_error(error, PFS_ERROR, EBUSY, "it is under way already");
		return FALSE;
	}
	for (const PfsNode *node = entry->node->children; node->name != NULL; node++) {
		if ((node->flags & PFS_NODE_NEEDED) == 0 ||
		    pfs_draft_peek_value(entry->draft, node->name) != NULL)
			continue;
		g_set_error(error, PFS_ERROR, EINVAL, "%s is missing: write it first", node->name);
		return FALSE;
	}
	return TRUE;
}

static GBytes *
dup_text_line(const char *text)
{
	g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

	return pfs_bytes_dup_line(bytes);
}

/* What the answer says to a person; where it says nothing, what was wrong with the call. */
static GBytes *
dup_log(const PfsDraftRow *row, GBytes *answer, const GError *error)
{
	g_autoptr(GBytes) log = answer != NULL ? row->convert(answer, NULL) : NULL;

	if (log == NULL || (g_bytes_get_size(log) == 0 && error != NULL))
		return dup_text_line(error != NULL ? error->message : "");
	return g_steal_pointer(&log);
}

void
pfs_draft_take_outcome(PfsDraft *draft, const PfsDraftRow *row, GBytes *answer,
		       const GError *error)
{
	g_autoptr(GBytes) log = dup_log(row, answer, error);
	g_autoptr(GBytes) line = NULL;

	pfs_draft_set_value(draft, row->log, log);
	if (error != NULL)
		return;
	line = pfs_bytes_dup_line(answer);
	pfs_draft_set_value(draft, row->answer, line);
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
