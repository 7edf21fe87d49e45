/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

/* Shared by the measuring programs: times, and one JSON object on standard output. */

gint64 bench_now_ns(void);

/* What a process has spent so far: CPU time, and answers written (write system calls). */
typedef struct {
	gint64 cpu_ns;
	gint64 writes; /* -1: not allowed to know */
} BenchSpent;

BenchSpent bench_spent(int pid);

/* Times of single operations; sorts them. */
double bench_percentile_us(gint64 *samples_ns, gsize n, double part);

/* Prints {"n", "wall_ms", "p50_us", "p99_us"} of @n operations, unended: more members may follow.
 */
void bench_print(gint64 *samples_ns, gsize n, gint64 wall_ns);

G_NORETURN void bench_die(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* Lines of standard input, or copies of the words given. */
GPtrArray *bench_take_words(int argc, char **argv);
