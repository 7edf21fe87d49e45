/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "body.h"
#include "sim.h"

typedef struct _SimRequest SimRequest;
typedef struct _SimRoute SimRoute;
typedef void (*SimHandler)(SimRequest *request);

#define SIM_MAX_PARAMS 6

/*
 * One request, from its arrival until its answer is on the wire. A handler
 * answers it exactly once, by one of the sim_reply functions.
 */
struct _SimRequest {
	Sim *sim;
	SoupServerMessage *message;
	const SimRoute *route; /* NULL: none */
	gboolean path_known;   /* for another method, at least */
	const char *method;
	char *path;	  /* as it came, still escaped */
	json_t *query;	  /* object of strings */
	json_t *body;	  /* object (JSON, form, multipart's text parts), or NULL */
	GPtrArray *files; /* of SimFile: those of a multipart body, in order */
	const char *type; /* media type of the body, "" for none */
	gboolean bad_body;
	struct {
		const char *name;
		char *value;
	} params[SIM_MAX_PARAMS];

	SimToken *token;
	SimUser *user;
	SimOrg *org;
	SimProduct *product;
	SimDevice *device;
	char *scope; /* of rows: "user:…", "product:…", "org:…" */

	guint status;
	SoupMessageHeaders *headers; /* of the answer */
	const char *reply_type;
	GBytes *reply;
	int delay_ms;
	gboolean replied;
	gint64 arrived_us;
	guint64 number; /* in the journal */
};

SimRequest *sim_request_new(Sim *sim, SoupServerMessage *message);
void sim_request_free(SimRequest *self);

const char *sim_request_param(SimRequest *self, const char *name);
const char *sim_request_query(SimRequest *self, const char *name);
int sim_request_query_int(SimRequest *self, const char *name, int fallback, int limit);
int sim_request_per_page(SimRequest *self, int fallback, int limit);
json_t *sim_request_field(SimRequest *self, const char *name);
const char *sim_request_text(SimRequest *self, const char *name);
gboolean sim_request_flag(SimRequest *self, const char *name);
gboolean sim_request_number(SimRequest *self, const char *name, int *out_number);
guint sim_request_n_files(SimRequest *self);
GBytes *sim_request_file(SimRequest *self, guint index, const char **out_filename);

GPtrArray *sim_request_file_words(SimRequest *self);

/* Does its device answer? One that does not is waited for. */
gboolean sim_request_reaches(SimRequest *self);

/* Rows: that which the path names, and those of the page that the query asks for. */
json_t *sim_request_row(SimRequest *self, json_t *rows, const char *key, const char *param,
			const char *noun);
json_t *sim_request_page(SimRequest *self, json_t *rows_taken, int per_page, int limit,
			 int *out_pages);

/* Answers. Each ends the request. */
void sim_reply(SimRequest *self, guint status, json_t *body_taken);
void sim_reply_page(SimRequest *self, const char *name, json_t *rows_taken);
void sim_reply_removed(SimRequest *self, json_t *rows, json_t *row);
void sim_reply_ok(SimRequest *self);
void sim_reply_empty(SimRequest *self, guint status);
void sim_reply_text(SimRequest *self, const char *type, char *text_taken);
void sim_reply_bytes(SimRequest *self, const char *type, GBytes *bytes);
void sim_reply_status_bytes(SimRequest *self, guint status, GBytes *bytes);

/* The cloud's error shapes. */
void sim_fail(SimRequest *self, guint status, const char *format, ...) G_GNUC_PRINTF(3, 4);
void sim_fail_oauth(SimRequest *self, guint status, const char *code, const char *text);
void sim_fail_list(SimRequest *self, guint status, const char *text);
void sim_fail_not_found(SimRequest *self, const char *what);
void sim_fail_device(SimRequest *self);
void sim_fail_product(SimRequest *self);
