/* SPDX-License-Identifier: Apache-2.0 */
/* What libcurl alone needs for the same requests: one after another, or all at once. */
#include "bench.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

typedef struct {
	struct curl_slist *headers;
	gint64 *samples_ns;
	guint n;
} Work;

static size_t
write_cb(char *data, size_t size, size_t count, void *user_data)
{
	return size * count;
}

static CURL *
easy_new(Work *work)
{
	CURL *easy = curl_easy_init();

	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, work->headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, write_cb);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
	return easy;
}

static void
check(CURLcode result, const char *url)
{
	if (result != CURLE_OK)
		bench_die("%s: %s", url, curl_easy_strerror(result));
}

/* On one connection, that the first request opens: it is not counted. */
static gint64
run_easy(Work *work, GPtrArray *urls)
{
	CURL *easy = easy_new(work);
	gint64 total_ns = 0;

	for (guint i = 0; i < urls->len + 1; i++) {
		const char *url = g_ptr_array_index(urls, i == 0 ? 0 : i - 1);
		gint64 start_ns = bench_now_ns();

		curl_easy_setopt(easy, CURLOPT_URL, url);
		check(curl_easy_perform(easy), url);
		if (i == 0)
			continue;
		work->samples_ns[work->n] = bench_now_ns() - start_ns;
		total_ns += work->samples_ns[work->n++];
	}
	curl_easy_cleanup(easy);
	return total_ns;
}

static void
take_done(Work *work, CURLM *multi, gint64 start_ns)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left)) != NULL) {
		check(message->data.result, "one of many");
		work->samples_ns[work->n++] = bench_now_ns() - start_ns;
	}
}

/* Each on a connection of its own. */
static gint64
run_multi(Work *work, GPtrArray *urls)
{
	CURLM *multi = curl_multi_init();
	g_autofree CURL **easies = g_new(CURL *, urls->len);
	gint64 start_ns;
	gint64 wall_ns;
	int running;

	for (guint i = 0; i < urls->len; i++) {
		easies[i] = easy_new(work);
		curl_easy_setopt(easies[i], CURLOPT_URL, g_ptr_array_index(urls, i));
	}
	start_ns = bench_now_ns();
	for (guint i = 0; i < urls->len; i++)
		curl_multi_add_handle(multi, easies[i]);
	do {
		curl_multi_perform(multi, &running);
		take_done(work, multi, start_ns);
		if (running > 0)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	} while (running > 0);
	wall_ns = bench_now_ns() - start_ns;
	for (guint i = 0; i < urls->len; i++) {
		curl_multi_remove_handle(multi, easies[i]);
		curl_easy_cleanup(easies[i]);
	}
	curl_multi_cleanup(multi);
	return wall_ns;
}

int
main(int argc, char **argv)
{
	Work work = { 0 };
	GPtrArray *urls;
	gint64 wall_ns;

	if (argc < 3)
		bench_die("usage: bench-http easy|multi TOKEN [URL…]");
	curl_global_init(CURL_GLOBAL_DEFAULT);
	work.headers =
	    curl_slist_append(NULL, g_strconcat("Authorization: Bearer ", argv[2], NULL));
	urls = bench_take_words(argc - 3, argv + 3);
	work.samples_ns = g_new0(gint64, urls->len);
	wall_ns = strcmp(argv[1], "easy") == 0 ? run_easy(&work, urls) : run_multi(&work, urls);
	bench_print(work.samples_ns, work.n, wall_ns);
	printf("}\n");
	return 0;
}
