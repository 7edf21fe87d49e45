/* SPDX-License-Identifier: Apache-2.0 */
/* Events and their lines, whatever the stream brings. */
#include <string.h>

#include <jansson.h>

#include "../../src/events/event.h"

/* clang-format off */
static const struct {
	const char *name;
	const char *data;
	const char *line;
	const char *shown; /* the line of its data; NULL: there is none */
	const char *coreid;
} events[] = {
	{ "temp", "{\"data\":\"21.5\",\"ttl\":60,\"published_at\":\"2025-03-14T09:26:53.589Z\",\"coreid\":\"e00f\"}",
	  "{\"name\":\"temp\",\"data\":\"21.5\",\"ttl\":60,\"published_at\":\"2025-03-14T09:26:53.589Z\",\"coreid\":\"e00f\"}",
	  "21.5", "e00f" },
	{ "empty", "{}", "{\"name\":\"empty\"}", "", NULL },
	{ "null", "{\"data\":null,\"coreid\":\"a\"}", "{\"name\":\"null\",\"data\":null,\"coreid\":\"a\"}", "", "a" },
	{ "lines", "{\"data\":\"one\\ntwo\\u0000\\\\n\"}", "{\"name\":\"lines\",\"data\":\"one\\ntwo\\u0000\\\\n\"}",
	  "one\\ntwo\\0\\n", NULL },
	{ "cut", "{\n \"data\":\r\n\"x\"}", "{\"name\":\"cut\",\"data\":  \"x\"}", "x", NULL },
	{ "q\"uote\\", "{\"data\":\"x\"}", "{\"name\":\"q\\\"uote\\\\\",\"data\":\"x\"}", "x", NULL },
	{ "text", "not JSON", "{\"name\":\"text\",\"data\":\"not JSON\"}", "not JSON", NULL },
	{ "array", "[1]", "{\"name\":\"array\",\"data\":\"[1]\"}", "[1]", NULL },
	{ "tail", "{} x", "{\"name\":\"tail\",\"data\":\"{} x\"}", "{} x", NULL },
	{ "short", "{\"data\":\"x", "{\"name\":\"short\",\"data\":\"{\\\"data\\\":\\\"x\"}", "{\"data\":\"x", NULL },
	{ "named", "{\"name\":\"other\"}", "{\"name\":\"named\",\"data\":\"{\\\"name\\\":\\\"other\\\"}\"}",
	  "{\"name\":\"other\"}", NULL },
	{ "nested", "{\"data\":\"x\",\"more\":{\"data\":\"y\",\"coreid\":\"z\"}}",
	  "{\"name\":\"nested\",\"data\":\"x\",\"more\":{\"data\":\"y\",\"coreid\":\"z\"}}", "x", NULL },
	{ "number", "{\"data\":12.50}", "{\"name\":\"number\",\"data\":12.50}", "12.50", NULL },
	{ "bad\xff", "{\"data\":\"a\xff\"}", "{\"name\":\"bad\xef\xbf\xbd\",\"data\":\"a\xef\xbf\xbd\"}",
	  "a\xef\xbf\xbd", NULL },
	{ "behind", "{}\"x", "{\"name\":\"behind\",\"data\":\"{}\\\"x\"}", "{}\"x", NULL },
	{ "space", "{\v\"data\"\f:1 }\n", "{\"name\":\"space\",\"data\" :1 } ", "1", NULL },
	{ "overlong", "{\"name\":\"\xc0\xaf\"}",
	  "{\"name\":\"overlong\",\"data\":\"{\\\"name\\\":\\\"\xef\xbf\xbd\xef\xbf\xbd\\\"}\"}",
	  "{\"name\":\"\xef\xbf\xbd\xef\xbf\xbd\"}", NULL },
	{ "spark/status", "{\"data\":\"online\",\"coreid\":\"b\"}",
	  "{\"name\":\"spark/status\",\"data\":\"online\",\"coreid\":\"b\"}", "online", "b" },
};
/* clang-format on */

static void
check(PfsEventParser *parser, guint i)
{
	g_autoptr(GString) shown = g_string_new(NULL);
	json_t *line;

	pfs_event_parse(parser, events[i].name, strlen(events[i].name), events[i].data,
			strlen(events[i].data));
	g_assert_cmpstr(parser->line->str, ==, events[i].line);
	g_assert_cmpstr(parser->event.coreid, ==, events[i].coreid);
	pfs_event_append_data(&parser->event, shown);
	g_assert_cmpstr(shown->str, ==, events[i].shown);
	line = json_loadb(parser->line->str, parser->line->len, JSON_ALLOW_NUL, NULL);
	g_assert_nonnull(line);
	json_decref(line);
}

/* Each event after each other one: nothing of it is left. */
static void
test_events(void)
{
	PfsEventParser parser;

	pfs_event_parser_init(&parser);
	for (guint i = 0; i < G_N_ELEMENTS(events); i++) {
		for (guint j = 0; j < G_N_ELEMENTS(events); j++) {
			check(&parser, i);
			check(&parser, j);
		}
	}
	pfs_event_parser_clear(&parser);
}

/* A line is read back as it was written. */
static void
test_lines(void)
{
	static const char gap[] = "{\"particlefs\":\"gap\"}";
	PfsEventParser writer, reader;

	pfs_event_parser_init(&writer);
	pfs_event_parser_init(&reader);
	for (guint i = 0; i < G_N_ELEMENTS(events); i++) {
		check(&writer, i);
		g_assert_true(pfs_event_parse_line(&reader, writer.line->str, writer.line->len));
		g_assert_cmpstr(reader.event.name, ==, writer.event.name);
		g_assert_cmpstr(reader.event.coreid, ==, writer.event.coreid);
		g_assert_cmpmem(reader.event.data, reader.event.data_length, writer.event.data,
				writer.event.data_length);
	}
	g_assert_false(pfs_event_parse_line(&reader, gap, strlen(gap)));
	pfs_event_parser_clear(&writer);
	pfs_event_parser_clear(&reader);
}

/* Bytes that a C string can't hold, and nests that a reader would refuse. */
static void
test_hostile(void)
{
	static const char nul[] = "{\"data\":\"a\0b\"}";
	g_autofree char *nest = g_strnfill(100000, '[');
	PfsEventParser parser;

	pfs_event_parser_init(&parser);
	pfs_event_parse(&parser, "a\0b", 3, nul, sizeof(nul) - 1);
	g_assert_null(memchr(parser.line->str, '\0', parser.line->len));
	g_assert_true(g_utf8_validate(parser.line->str, (gssize)parser.line->len, NULL));
	pfs_event_parse(&parser, "half", 4, "{\"data\":\"\\udc00\"}", 17);
	g_assert_cmpstr(parser.line->str, ==, "{\"name\":\"half\",\"data\":\"\\udc00\"}");
	g_assert_true(g_utf8_validate(parser.event.data, -1, NULL));
	pfs_event_parse(&parser, "deep", 4, nest, strlen(nest));
	g_assert_cmpuint(parser.event.data_length, ==, 100000);
	pfs_event_parser_clear(&parser);
}

static void
test_time(void)
{
	PfsEvent event = { .published_at = "2025-03-14T09:26:53.589Z" };
	PfsEvent timeless = { .published_at = "soon" };

	g_assert_cmpint(pfs_event_get_time_us(&event), ==, 1741944413589000);
	g_assert_cmpint(ABS(pfs_event_get_time_us(&timeless) - g_get_real_time()), <,
			60 * G_USEC_PER_SEC);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/event/events", test_events);
	g_test_add_func("/event/lines", test_lines);
	g_test_add_func("/event/hostile", test_hostile);
	g_test_add_func("/event/time", test_time);
	return g_test_run();
}
