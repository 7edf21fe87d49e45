/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* Counts the events of bench-source in a text that comes in pieces, and takes their age. */
typedef struct {
	guint wanted;
	guint n;
	gint64 lost; /* that should have come between others */
	gint64 next;
	gint64 first_ns;
	gint64 last_ns;
	gint64 *ages_ns;
	GString *rest; /* a line that is not whole yet */
} BenchLines;

void bench_lines_init(BenchLines *self, guint wanted);

/* FALSE once all that are wanted have come. */
gboolean bench_lines_feed(BenchLines *self, const char *data, gsize length);

void bench_lines_print(BenchLines *self);
