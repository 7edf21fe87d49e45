/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that no library would send: written to the connection itself, or packed by hand. */
#include "server.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 1000
#define ENDLESS_PIECE 16384
#define INTERIM "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"
#define BOMB_PIECES 256
#define BOMB_PIECE_BYTES (4 * 1024 * 1024)

static void
append_head(GString *out, SimRequest *request)
{
	g_string_append_printf(out, "HTTP/1.1 %u %s\r\nConnection: close\r\n", request->status,
			       soup_status_get_phrase(request->status));
	if (request->reply_type)
		g_string_append_printf(out, "Content-Type: %s\r\n", request->reply_type);
}

static void
append_body(GString *out, GBytes *body)
{
	gsize length;
	const char *data = g_bytes_get_data(body, &length);

	g_string_append_printf(out, "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n", length);
	g_string_append_len(out, data, (gssize)length);
}

/* libsoup lets go of the message; what could not be written nobody has read. */
static void
write_raw(SimRequest *request, const GString *text)
{
	g_autoptr(GIOStream) connection = soup_server_message_steal_connection(request->message);

	g_output_stream_write_all(g_io_stream_get_output_stream(connection), text->str, text->len,
				  NULL, NULL, NULL);
	g_io_stream_close(connection, NULL, NULL);
}

gboolean
sim_raw_is_planned(const SimFaultPlan *plan)
{
	return plan->value[SIM_FAULT_INTERIM] || plan->value[SIM_FAULT_GARBAGE];
}

/* After this the request is no more. */
void
sim_raw_answer(SimRequest *request, const SimFaultPlan *plan)
{
	const char *interim = plan->value[SIM_FAULT_INTERIM];
	g_autoptr(GString) text = g_string_new(NULL);

	for (int i = interim ? sim_parse_int(interim) : 0; i > 0; i--)
		g_string_append(text, INTERIM);
	append_head(text, request);
	if (plan->value[SIM_FAULT_GARBAGE])
		g_string_append(text, "Transfer-Encoding: chunked\r\n\r\n"
				      "2\r\n{}\r\nsixteen\r\n{\"ok\":true}\r\n-1\r\n\r\n");
	else
		append_body(text, request->reply);
	write_raw(request, text);
}

/* Between what libsoup writes. Under TLS this breaks the connection. */
void
sim_raw_send(SoupServerMessage *message, const char *text)
{
	GSocket *socket = soup_server_message_get_socket(message);
	gsize left = strlen(text);

	while (socket && left > 0) {
		gssize sent = g_socket_send_with_blocking(socket, text, left, TRUE, NULL, NULL);

		if (sent < 0)
			return;
		text += sent;
		left -= (gsize)sent;
	}
}

/* Before the head of a stream. */
void
sim_raw_send_interim(SimRequest *request, const char *count)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (int i = count ? sim_parse_int(count) : 0; i > 0; i--)
		g_string_append(text, INTERIM);
	sim_raw_send(request->message, text->str);
}

void
sim_raw_add_headers(SimRequest *request, const char *count)
{
	g_autofree char *value = g_strnfill(HEADER_BYTES, 'x');

	for (int i = count ? sim_parse_int(count) : 0; i > 0; i--)
		soup_message_headers_append(request->headers, "X-Flood", value);
}

gboolean
sim_raw_endless_piece(gpointer data, GString *out)
{
	g_string_append_printf(out, "%*s", ENDLESS_PIECE, " ");
	return TRUE;
}

static GBytes *
pack(GConverter *packer, const char *text, gsize length)
{
	gsize size = length / 100 + 1024;
	g_autofree char *packed = g_malloc(size);
	gsize taken = 0, all_taken = 0, made = 0, all_made = 0;

	do {
		g_converter_convert(packer, text + all_taken, length - all_taken, packed + all_made,
				    size - all_made, G_CONVERTER_FLUSH, &taken, &made, NULL);
		all_taken += taken;
		all_made += made;
	} while (all_taken < length);
	return g_bytes_new(packed, all_made);
}

/* The first piece opens the archive; each other one is the same after a window of the same bytes.
 */
gboolean
sim_raw_bomb_piece(gpointer data, GString *out)
{
	static GBytes *pieces[2];
	guint *count = data;
	gsize length;
	const char *piece;

	if (!pieces[0]) {
		g_autofree char *text = g_strnfill(BOMB_PIECE_BYTES, ' ');
		g_autoptr(GZlibCompressor) packer =
		    g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6);

		for (guint i = 0; i < G_N_ELEMENTS(pieces); i++)
			pieces[i] = pack(G_CONVERTER(packer), text, BOMB_PIECE_BYTES);
	}
	piece = g_bytes_get_data(pieces[MIN(*count, 1)], &length);
	g_string_append_len(out, piece, (gssize)length);
	return ++*count < BOMB_PIECES;
}
