/* SPDX-License-Identifier: Apache-2.0 */
/* Answers, and the shapes that the cloud's errors have. */
#include "request.h"
#include "server.h"
#include "store.h"

#include <string.h>

#define JSON_TYPE "application/json; charset=utf-8"

static void
reply_take(SimRequest *self, guint status, const char *type, GBytes *bytes_taken)
{
	g_return_if_fail(!self->replied);
	self->replied = TRUE;
	self->status = status;
	self->reply_type = type;
	self->reply = bytes_taken;
	sim_server_answer(self);
}

static GBytes *
bytes_take_text(char *text)
{
	gsize length = strlen(text);

	return g_bytes_new_take(text, length);
}

void
sim_reply(SimRequest *self, guint status, json_t *body_taken)
{
	char *text =
	    json_dumps(body_taken, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

	json_decref(body_taken);
	if (!text) { /* a handler's mistake: say so, do not fall over */
		g_warning("%s %s: no answer", self->method, self->path);
		status = 500;
		text = g_strdup("{\"ok\":false,\"error\":\"Internal error\"}");
	}
	reply_take(self, status, JSON_TYPE, bytes_take_text(text));
}

/* A page of 100 rows at most, and how many there are. */
void
sim_reply_page(SimRequest *self, const char *name, json_t *rows_taken)
{
	int total = (int)json_array_size(rows_taken);
	int pages;
	json_t *page = sim_request_page(self, rows_taken, 100, 100, &pages);

	sim_reply(self, 200,
		  json_pack("{s:o, s:{s:i, s:i, s:i, s:i}}", name, page, "meta", "page",
			    sim_request_query_int(self, "page", 1, 100000), "per_page",
			    sim_request_per_page(self, 100, 100), "total_pages", pages, "total",
			    total));
}

/* @row NULL: there was none, which has been answered */
void
sim_reply_removed(SimRequest *self, json_t *rows, json_t *row)
{
	if (!row)
		return;
	sim_row_remove(rows, row);
	sim_reply_empty(self, 204);
}

void
sim_reply_ok(SimRequest *self)
{
	sim_reply(self, 200, json_pack("{s:b}", "ok", 1));
}

void
sim_reply_empty(SimRequest *self, guint status)
{
	reply_take(self, status, NULL, NULL);
}

/* @type NULL: JSON */
void
sim_reply_text(SimRequest *self, const char *type, char *text_taken)
{
	reply_take(self, 200, type ? type : JSON_TYPE, bytes_take_text(text_taken));
}

void
sim_reply_bytes(SimRequest *self, const char *type, GBytes *bytes)
{
	reply_take(self, 200, type, g_bytes_ref(bytes));
}

void
sim_reply_status_bytes(SimRequest *self, guint status, GBytes *bytes)
{
	reply_take(self, status, JSON_TYPE, g_bytes_ref(bytes));
}

void
sim_fail(SimRequest *self, guint status, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	sim_reply(self, status, json_pack("{s:b, s:s}", "ok", 0, "error", text));
}

void
sim_fail_oauth(SimRequest *self, guint status, const char *code, const char *text)
{
	sim_reply(self, status, json_pack("{s:s, s:s}", "error", code, "error_description", text));
}

void
sim_fail_list(SimRequest *self, guint status, const char *text)
{
	sim_reply(self, status, json_pack("{s:b, s:[s]}", "ok", 0, "errors", text));
}

void
sim_fail_not_found(SimRequest *self, const char *what)
{
	sim_fail(self, 404, "%s not found", what);
}

/* Unknown and foreign devices are not told apart. */
void
sim_fail_device(SimRequest *self)
{
	sim_reply(self, 403,
		  json_pack("{s:s, s:s}", "error", "Permission Denied", "info",
			    "I didn't recognize that device name or ID, try opening "
			    "https://api.particle.io/v1/devices?access_token=undefined"));
}

void
sim_fail_product(SimRequest *self)
{
	sim_fail(self, 404, "Product not found.");
}
