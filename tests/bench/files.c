/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times one operation on files, one after another or from threads that begin together. Paths are
 * taken in turn, from the command line or from standard input.
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER_BYTES 65536

static gboolean
run_stat(const char *path, int fd)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

static gboolean
run_open(const char *path, int fd)
{
	fd = open(path, O_RDONLY);
	return fd >= 0 && close(fd) == 0;
}

/* Open, read to the end, close. */
static gboolean
run_read(const char *path, int fd)
{
	char buffer[BUFFER_BYTES];
	ssize_t length;

	fd = open(path, O_RDONLY);
	if (fd < 0)
		return FALSE;
	while ((length = read(fd, buffer, sizeof(buffer))) > 0)
		continue;
	return close(fd) == 0 && length == 0;
}

/* On a file that stays open. */
static gboolean
run_pread(const char *path, int fd)
{
	char buffer[BUFFER_BYTES];

	return pread(fd, buffer, sizeof(buffer), 0) >= 0;
}

typedef gboolean (*Operation)(const char *path, int fd);

static const struct {
	const char *name;
	Operation run;
} operations[] = {
	{ "stat", run_stat },
	{ "open", run_open },
	{ "read", run_read },
	{ "pread", run_pread },
};

typedef struct {
	Operation run;
	GPtrArray *paths;
	gint64 *samples_ns;
	guint n;
	guint n_threads;
	int fd;
	pthread_barrier_t start;
	gint next;
	gint failed;
	gint error;
} Work;

static void
fail(Work *work)
{
	g_atomic_int_inc(&work->failed);
	g_atomic_int_set(&work->error, errno);
}

static gpointer
work_thread(gpointer data)
{
	Work *work = data;
	guint i;

	pthread_barrier_wait(&work->start);
	while ((i = (guint)g_atomic_int_add(&work->next, 1)) < work->n) {
		const char *path = g_ptr_array_index(work->paths, i % work->paths->len);
		gint64 start_ns = bench_now_ns();

		if (!work->run(path, work->fd))
			fail(work);
		work->samples_ns[i] = bench_now_ns() - start_ns;
	}
	return NULL;
}

/* The time from when all threads are there until the last has ended. */
static gint64
work_all(Work *work)
{
	g_autofree GThread **threads = g_new(GThread *, work->n_threads);
	gint64 start_ns;

	pthread_barrier_init(&work->start, NULL, work->n_threads + 1);
	for (guint i = 0; i < work->n_threads; i++)
		threads[i] = g_thread_new("work", work_thread, work);
	start_ns = bench_now_ns();
	pthread_barrier_wait(&work->start);
	for (guint i = 0; i < work->n_threads; i++)
		g_thread_join(threads[i]);
	return bench_now_ns() - start_ns;
}

static void
find_operation(Work *work, const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(operations); i++)
		if (g_strcmp0(name, operations[i].name) == 0)
			work->run = operations[i].run;
	if (work->run == NULL)
		bench_die("usage: bench-files stat|open|read|pread [-n TIMES] [-t THREADS] "
			  "[-p DAEMON] [PATH…]");
}

static void
report(Work *work, gint64 wall_ns, int pid, const BenchSpent *before)
{
	BenchSpent after;

	bench_print(work->samples_ns, work->n, wall_ns);
	if (pid != 0) {
		after = bench_spent(pid);
		printf(", \"cpu_us\": %.2f",
		       (double)(after.cpu_ns - before->cpu_ns) / 1e3 / work->n);
		if (after.writes >= 0)
			printf(", \"answers\": %.3f",
			       (double)(after.writes - before->writes) / work->n);
	}
	printf("}\n");
	if (work->failed > 0)
		bench_die("%d of %u failed: %s", work->failed, work->n, g_strerror(work->error));
}

int
main(int argc, char **argv)
{
	Work work = { .n_threads = 1, .fd = -1 };
	BenchSpent before = { 0 };
	gint64 wall_ns;
	int pid = 0;
	int option;

	find_operation(&work, argv[1]);
	argc--;
	argv++;
	while ((option = getopt(argc, argv, "n:t:p:")) != -1) {
		if (option == 'n')
			work.n = (guint)atoi(optarg);
		else if (option == 't')
			work.n_threads = (guint)atoi(optarg);
		else if (option == 'p')
			pid = atoi(optarg);
		else
			return 2;
	}
	work.paths = bench_take_words(argc - optind, argv + optind);
	if (work.n == 0)
		work.n = work.paths->len;
	work.fd = work.run == run_pread ? open(g_ptr_array_index(work.paths, 0), O_RDONLY) : -1;
	/* Touched before: a page fault is not part of an operation. */
	work.samples_ns = g_new(gint64, work.n);
	memset(work.samples_ns, 1, work.n * sizeof(*work.samples_ns));
	if (pid != 0)
		before = bench_spent(pid);
	wall_ns = work_all(&work);
	report(&work, wall_ns, pid, &before);
	return 0;
}
