/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <particlefs/hub.h>

G_BEGIN_DECLS

/* Makes a PfsEvent and its line of what a stream brings; what it gave lives until the next one. */
typedef struct {
	PfsEvent event;
	GString *line; /* the event as one line of JSON, without a newline */
	GString *name;
	GString *data;
	GString *coreid;
	GString *published_at;
	/* While a text is parsed: */
	gpointer parser;
	guint depth;
	gsize end; /* behind the object */
	gboolean is_object;
	gboolean has_name;  /* a key of the object itself */
	GString *target;    /* where the next scalar goes */
	const char **taken; /* the member of the event that it sets */
} PfsEventParser;

void pfs_event_parser_init(PfsEventParser *self);
void pfs_event_parser_clear(PfsEventParser *self);

/* Whatever the bytes are, the line is valid JSON in valid UTF-8, and one line. */
void pfs_event_parse(PfsEventParser *self, const char *name, gsize name_length, const char *data,
		     gsize length);

/* Takes a line apart that pfs_event_parse() has made; FALSE for one that is no event. */
gboolean pfs_event_parse_line(PfsEventParser *self, const char *line, gsize length);

/* Appends the event's data as a line without its newline: a newline inside is `\n`, a NUL `\0`. */
void pfs_event_append_data(const PfsEvent *event, GString *text);

/* Wall clock in µs since the epoch; now, where the event does not say. */
gint64 pfs_event_get_time_us(const PfsEvent *event);

G_END_DECLS
