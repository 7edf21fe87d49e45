/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

gint64
bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (gint64)now.tv_sec * 1000000000 + now.tv_nsec;
}

static gint64
get_writes(int pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/io", pid);
	g_autofree char *text = NULL;
	const char *writes;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return -1;
	writes = strstr(text, "syscw: ");
	return writes != NULL ? g_ascii_strtoll(writes + strlen("syscw: "), NULL, 10) : -1;
}

BenchSpent
bench_spent(int pid)
{
	BenchSpent spent = { .writes = get_writes(pid) };
	struct timespec cpu;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &cpu) == 0)
		spent.cpu_ns = (gint64)cpu.tv_sec * 1000000000 + cpu.tv_nsec;
	return spent;
}

static int
compare(const void *a, const void *b)
{
	gint64 one = *(const gint64 *)a;
	gint64 other = *(const gint64 *)b;

	return (one > other) - (one < other);
}

double
bench_percentile_us(gint64 *samples_ns, gsize n, double part)
{
	if (n == 0)
		return 0;
	qsort(samples_ns, n, sizeof(*samples_ns), compare);
	return (double)samples_ns[(gsize)((double)(n - 1) * part)] / 1e3;
}

void
bench_print(gint64 *samples_ns, gsize n, gint64 wall_ns)
{
	printf("{\"n\": %zu, \"wall_ms\": %.3f, \"p50_us\": %.3f, \"p99_us\": %.3f", n,
	       (double)wall_ns / 1e6, bench_percentile_us(samples_ns, n, 0.5),
	       bench_percentile_us(samples_ns, n, 0.99));
}

void
bench_die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

GPtrArray *
bench_take_words(int argc, char **argv)
{
	GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
	char line[4096];

	for (int i = 0; i < argc; i++)
		g_ptr_array_add(words, g_strdup(argv[i]));
	while (argc == 0 && fgets(line, sizeof(line), stdin) != NULL)
		g_ptr_array_add(words, g_strdup(g_strchomp(line)));
	if (words->len == 0)
		bench_die("nothing to measure");
	return words;
}
