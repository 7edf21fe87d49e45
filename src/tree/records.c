/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that are made of all records of a collection: a table, the list itself, a map. */
#include "node.h"

typedef void (*AppendFunc)(PfsRecord *record, PfsTable *table, GString *text);

static void
append_records(GString *text, PfsTable *table, AppendFunc append)
{
	PfsRecord *record;

	for (guint i = 0; (record = pfs_table_get_nth(table, i)) != NULL; i++) {
		g_string_append(text, i > 0 ? "," : "");
		append(record, table, text);
	}
}

GBytes *
pfs_records_to_csv(PfsCollection *collection)
{
	return pfs_csv_from_table(collection->table);
}

/* As the cloud wraps it, however many pages it came in. */
GBytes *
pfs_records_to_json(PfsCollection *collection)
{
	GString *text = g_string_new(NULL);

	g_string_append_printf(text, "{\"%s\":[", collection->row->items);
	append_records(text, collection->table, pfs_record_to_json);
	g_string_append(text, "]}\n");
	return g_string_free_to_bytes(text);
}

/* Its geometry, and all else as properties. */
static void
append_feature(PfsRecord *record, PfsTable *table, GString *text)
{
	PfsValue geometry = pfs_record_get(record, table, "geometry");
	gboolean known = geometry.kind == PFS_VALUE_JSON && geometry.text[0] == '{';

	g_string_append(text, "{\"type\":\"Feature\",\"geometry\":");
	if (known)
		g_string_append_len(text, geometry.text, (gssize)geometry.length);
	else
		g_string_append(text, "null");
	g_string_append(text, ",\"properties\":");
	pfs_record_to_json_without(record, table, "geometry", text);
	g_string_append_c(text, '}');
}

/* RFC 7946. */
GBytes *
pfs_records_to_geojson(PfsCollection *collection)
{
	GString *text = g_string_new("{\"type\":\"FeatureCollection\",\"features\":[");

	append_records(text, collection->table, append_feature);
	g_string_append(text, "]}\n");
	return g_string_free_to_bytes(text);
}
