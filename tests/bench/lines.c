/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <stdio.h>
#include <string.h>

#include "bench.h"

void
bench_lines_init(BenchLines *self, guint wanted)
{
	*self = (BenchLines){ .wanted = wanted, .next = -1, .rest = g_string_new(NULL) };
	self->ages_ns = g_new0(gint64, wanted);
}

/* An event's data are its number and the time at which it was made. */
static void
take_line(BenchLines *self, const char *line, gsize length, gint64 now_ns)
{
	static const char mark[] = "\"data\":\"";
	const char *data = memmem(line, length, mark, strlen(mark));
	char *end;
	gint64 number;

	if (data == NULL || self->n == self->wanted)
		return;
	number = g_ascii_strtoll(data + strlen(mark), &end, 10);
	self->ages_ns[self->n++] = now_ns - g_ascii_strtoll(end, NULL, 10);
	if (self->next >= 0)
		self->lost += number - self->next;
	self->next = number + 1;
	if (self->first_ns == 0)
		self->first_ns = now_ns;
	self->last_ns = now_ns;
}

gboolean
bench_lines_feed(BenchLines *self, const char *data, gsize length)
{
	gint64 now_ns = bench_now_ns();
	const char *newline;

	while ((newline = memchr(data, '\n', length)) != NULL) {
		gsize part = (gsize)(newline - data);

		if (self->rest->len > 0) {
			g_string_append_len(self->rest, data, (gssize)part);
			take_line(self, self->rest->str, self->rest->len, now_ns);
			g_string_truncate(self->rest, 0);
		} else {
			take_line(self, data, part, now_ns);
		}
		length -= part + 1;
		data = newline + 1;
	}
	g_string_append_len(self->rest, data, (gssize)length);
	return self->n < self->wanted;
}

void
bench_lines_print(BenchLines *self)
{
	gint64 wall_ns = MAX(self->last_ns - self->first_ns, 1);

	bench_print(self->ages_ns, self->n, wall_ns);
	printf(", \"per_s\": %.0f, \"lost\": %" G_GINT64_FORMAT "}\n",
	       (double)self->n * 1e9 / (double)wall_ns, self->lost);
}
