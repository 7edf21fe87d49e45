/* SPDX-License-Identifier: Apache-2.0 */
/* What a value of a record looks like as a file: bare, ended by a newline; an array an item a line.
 */
#include <string.h>

#include "answer.h"
#include "node.h"

static void
append_text(GString *text, const char *value, gsize length)
{
	if (length == 0)
		return;
	g_string_append_len(text, value, (gssize)length);
	if (text->str[text->len - 1] != '\n')
		g_string_append_c(text, '\n');
}

static void
append_mapped(GString *text, const PfsNode *node, const char *number)
{
	guint64 index;
	guint length = g_strv_length((GStrv)node->map);

	if (g_ascii_string_to_unsigned(number, 10, 0, length - 1, &index, NULL) &&
	    *node->map[index] != '\0')
		g_string_append_printf(text, "%s\n", node->map[index]);
	else
		g_string_append_printf(text, "%s%s\n", node->unmapped, number);
}

char *
pfs_map_dup_number(const char *const *map, const char *text)
{
	guint64 number;

	for (guint i = 0; *text != '\0' && map[i] != NULL; i++)
		if (g_ascii_strcasecmp(map[i], text) == 0)
			return g_strdup_printf("%u", i);
	return g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT16, &number, NULL)
		   ? g_strdup_printf("%u", (guint)number)
		   : NULL;
}

static void
append_items(GString *text, const PfsValue *value)
{
	g_autoptr(json_t) array = pfs_json_load(value->text, value->length);
	gsize index;
	json_t *item;

	if (!json_is_array(array)) {
		append_text(text, value->text, value->length);
		return;
	}
	json_array_foreach(array, index, item)
	{
		g_autofree char *dumped = json_dumps(item, JSON_COMPACT | JSON_ENCODE_ANY);

		if (json_is_string(item))
			append_text(text, json_string_value(item), json_string_length(item));
		else
			append_text(text, dumped, strlen(dumped));
	}
}

GBytes *
pfs_value_to_content(const PfsNode *node, const PfsValue *value)
{
	GString *text = g_string_new(NULL);

	switch (value->kind) {
	case PFS_VALUE_NULL:
		if (node->null_text != NULL)
			g_string_append_printf(text, "%s\n", node->null_text);
		break;
	case PFS_VALUE_NONE:
		break;
	case PFS_VALUE_TRUE:
		g_string_append(text, "true\n");
		break;
	case PFS_VALUE_FALSE:
		g_string_append(text, "false\n");
		break;
	case PFS_VALUE_NUMBER:
		if (node->map != NULL)
			append_mapped(text, node, value->text);
		else
			append_text(text, value->text, value->length);
		break;
	case PFS_VALUE_STRING:
		append_text(text, value->text, value->length);
		break;
	case PFS_VALUE_JSON:
		append_items(text, value);
		break;
	}
	return g_string_free_to_bytes(text);
}
