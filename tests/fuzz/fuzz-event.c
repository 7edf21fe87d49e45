/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First line: the event's name. The rest: its data. Whatever they are, the event's line is one line
 * of JSON, and read again it is the same event.
 */
#include <string.h>

#include <particlefs/json.h>

#include "../../src/events/event.h"
#include "fuzz.h"

static char *
dup_view(const PfsEvent *event)
{
	GString *text = g_string_new(NULL);

	pfs_event_append_data(event, text);
	g_assert_cmpuint(strlen(text->str), ==, text->len);
	g_assert_null(strchr(text->str, '\n'));
	g_assert_true(g_utf8_validate(text->str, -1, NULL));
	return g_string_free(text, FALSE);
}

static void
check_line(const PfsEventParser *parser)
{
	const GString *line = parser->line;
	g_autoptr(json_t) object =
	    json_loadb(line->str, line->len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
	json_t *name = json_object_get(object, "name");

	g_assert_cmpuint(strlen(line->str), ==, line->len);
	g_assert_null(strpbrk(line->str, "\r\n"));
	g_assert_true(g_utf8_validate(line->str, -1, NULL));
	/* Members given twice, or numbers too large, are handed on as they are. */
	if (object != NULL)
		g_assert_cmpmem(json_string_value(name), json_string_length(name),
				parser->event.name, strlen(parser->event.name));
}

static void
check_again(const PfsEventParser *parser)
{
	PfsEventParser again;
	g_autofree char *view = dup_view(&parser->event);
	g_autofree char *view_again = NULL;

	pfs_event_parser_init(&again);
	g_assert_true(pfs_event_parse_line(&again, parser->line->str, parser->line->len));
	view_again = dup_view(&again.event);
	g_assert_cmpstr(again.event.name, ==, parser->event.name);
	g_assert_cmpstr(view_again, ==, view);
	g_assert_cmpstr(again.event.coreid, ==, parser->event.coreid);
	g_assert_cmpstr(again.event.published_at, ==, parser->event.published_at);
	pfs_event_parser_clear(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FuzzInput input = fuzz_input(data, size);
	g_autofree char *name = fuzz_take_line(&input);
	PfsEventParser parser;

	pfs_event_parser_init(&parser);
	(void)pfs_event_parse_line(&parser, input.data, input.length);
	pfs_event_parse(&parser, name, strlen(name), input.data, input.length);
	check_line(&parser);
	check_again(&parser);
	(void)pfs_event_get_time_us(&parser.event);
	pfs_event_parser_clear(&parser);
	return 0;
}
