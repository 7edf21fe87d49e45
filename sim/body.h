/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <libsoup/soup.h>

/* A file of a multipart body. Two may have the same field. */
typedef struct {
	char *field;
	char *filename;
	GBytes *bytes;
} SimFile;

typedef struct {
	json_t *object;	  /* JSON, a form, multipart's text parts; NULL: there is none */
	GPtrArray *files; /* of SimFile, in order */
	gboolean bad;
} SimBody;

SimBody sim_body_parse(SoupMessageHeaders *headers, GBytes *raw);
void sim_body_clear(SimBody *self);

/* An object of strings. */
json_t *sim_query_parse(const char *text);
