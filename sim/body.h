/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <libsoup/soup.h>

typedef struct {
	json_t *object;	  /* JSON, a form, multipart's text parts; NULL: there is none */
	json_t *files;	  /* object: field -> {filename, blob} of a multipart body */
	GPtrArray *blobs; /* GBytes of the files, in order */
	gboolean bad;
} SimBody;

SimBody sim_body_parse(SoupMessageHeaders *headers, GBytes *raw);
void sim_body_clear(SimBody *self);

/* An object of strings. */
json_t *sim_query_parse(const char *text);
