/* SPDX-License-Identifier: Apache-2.0 */
/* Reads events as they come: from a file, or with libcurl alone from where the mount has them. */
#include "bench.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lines.h"

#define BUFFER_BYTES (128 * 1024)
#define PATIENCE_NS (20 * G_GINT64_CONSTANT(1000000000))
#define PAUSE_US 500

/* At the end of a log, look again a moment later; a live file makes its reader wait. */
static void
read_file(BenchLines *lines, const char *path)
{
	g_autofree char *buffer = g_malloc(BUFFER_BYTES);
	gint64 give_up_ns = bench_now_ns() + PATIENCE_NS;
	int fd = open(path, O_RDONLY);
	gboolean more = TRUE;

	if (fd < 0)
		bench_die("%s: %s", path, g_strerror(errno));
	while (more) {
		ssize_t length = read(fd, buffer, BUFFER_BYTES);

		if (length < 0)
			bench_die("%s: %s", path, g_strerror(errno));
		if (length == 0)
			g_usleep(PAUSE_US);
		if (bench_now_ns() > give_up_ns)
			bench_die("%s: only %u events came", path, lines->n);
		more = bench_lines_feed(lines, buffer, (gsize)length);
	}
	close(fd);
}

static size_t
write_cb(char *data, size_t size, size_t count, void *user_data)
{
	return bench_lines_feed(user_data, data, size * count) ? size * count : 0;
}

static void
read_url(BenchLines *lines, const char *url)
{
	CURL *easy = curl_easy_init();

	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_cb);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, lines);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long)BUFFER_BYTES);
	curl_easy_perform(easy);
	curl_easy_cleanup(easy);
	if (lines->n < lines->wanted)
		bench_die("%s: only %u events came", url, lines->n);
}

int
main(int argc, char **argv)
{
	BenchLines lines;

	if (argc != 3)
		bench_die("usage: bench-events HOW-MANY FILE|URL");
	bench_lines_init(&lines, (guint)atoi(argv[1]));
	if (g_str_has_prefix(argv[2], "http:"))
		read_url(&lines, argv[2]);
	else
		read_file(&lines, argv[2]);
	bench_lines_print(&lines);
	return 0;
}
