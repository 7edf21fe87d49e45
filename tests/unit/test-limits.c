/* SPDX-License-Identifier: Apache-2.0 */
/* How often, how much and how many at once: budgets, repetitions, and what the cloud asks to wait.
 */
#include <errno.h>

#include "../../src/http/private.h"
#include "../../src/http/retry.h"
#include "http-fixture.h"

#define HELD "HTTP/1.1 %d No\r\nRetry-After: %d\r\nContent-Length: 0\r\n\r\n"

typedef struct {
	const char *method;
	int status;
	int code; /* of what is not sent */
} HoldCase;

static const HoldCase hold_cases[] = {
	{ "GET", 429, EBUSY },
	{ "POST", 429, EBUSY },
	{ "GET", 529, EBUSY },
	{ "PUT", 503, EREMOTEIO },
};

static PfsHttpRequest *
route_request_new(const char *method, const char *target)
{
	PfsHttpRequest *request = pfs_http_request_new(method, target);

	request->route = g_strdup("/{any}");
	return request;
}

/* What the cloud does not want for a while is not sent again by the next who asks; all else is. */
static void
test_hold(gconstpointer data)
{
	const HoldCase *one = data;
	g_autofree char *answer = g_strdup_printf(HELD, one->status, 100000);
	FakeStep steps[] = { { answer }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) first = { 0 };
	g_auto(Outcome) next = { 0 };
	g_auto(Outcome) other = { 0 };

	run(http, route_request_new(one->method, "/a"), &first);
	g_assert_cmpint(first.status, ==, one->status);
	run(http, route_request_new(one->method, "/b"), &next);
	g_assert_cmpint(next.code, ==, one->code);
	g_assert_cmpuint(fake_server_get_count(server), ==, 1);
	run(http, pfs_http_request_new(one->method, "/other"), &other);
	g_assert_cmpint(other.status, ==, 200);
}

/* Who has the time waits for it. At a hundredth of the time these are 300 ms. */
static void
test_hold_ends(void)
{
	g_autofree char *answer = g_strdup_printf(HELD, 429, 30);
	FakeStep steps[] = { { answer }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 20000);
	g_auto(Outcome) first = { 0 };
	g_auto(Outcome) next = { 0 };
	gint64 start_us = g_get_monotonic_time();

	run(http, route_request_new("POST", "/a"), &first);
	g_assert_cmpint(first.status, ==, 429);
	run(http, route_request_new("POST", "/b"), &next);
	g_assert_cmpint(next.status, ==, 200);
	g_assert_cmpint(g_get_monotonic_time() - start_us, >=, 300000);
}

/* curl sends a request again where its connection, which was used before, has died: that counts. */
static void
test_resend_counts(void)
{
	static const FakeStep steps[] = { { OK }, { NULL, 0, TRUE }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) first = { 0 };
	g_auto(Outcome) second = { 0 };
	PfsHttpRequest *request = pfs_http_request_new("GET", "/");
	PfsHttpStats stats;

	request->calls_device = TRUE;
	run(http, pfs_http_request_new("GET", "/"), &first);
	run(http, request, &second);
	g_assert_cmpint(second.status, ==, 200);
	g_assert_cmpuint(fake_server_get_count(server), ==, 3);
	pfs_http_get_stats(http, &stats);
	g_assert_cmpuint(stats.requests, ==, 3);
	g_assert_cmpuint(stats.retries, ==, 1);
	g_assert_cmpuint(stats.dataops, ==, 2);
}

/* Half of the budget is there at once: both are spent when the connection dies. */
static void
test_resend_within_budget(void)
{
	static const FakeStep steps[] = { { OK }, { NULL, 0, TRUE }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	PfsHttpOptions options = { .base_url = fake_server_get_url(server),
				   .timeout_ms = 1000,
				   .retries = 3,
				   .budget_requests = 4,
				   .budget_secs = 6000 };
	g_autoptr(PfsHttp) http = pfs_http_new(&options, token, NULL);
	g_auto(Outcome) first = { 0 };
	g_auto(Outcome) second = { 0 };

	run(http, pfs_http_request_new("GET", "/"), &first);
	run(http, pfs_http_request_new("GET", "/"), &second);
	g_assert_cmpint(second.code, ==, EBUSY);
	g_assert_cmpuint(fake_server_get_count(server), ==, 2);
}

static void
test_post_after_limit(void)
{
	static const FakeStep steps[] = { { LIMITED }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, 2);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { 0 };

	run(http, pfs_http_request_new("POST", "/"), &outcome);
	g_assert_cmpint(outcome.status, ==, 200);
	g_assert_cmpuint(fake_server_get_count(server), ==, 2);
}

/* One is under way for ever; what comes beside it is refused, and what comes after it is not. */
static void
test_room(void)
{
	g_autofree char *body = g_strnfill(600, 'x');
	g_autofree char *part =
	    g_strdup_printf("HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n%s", body);
	g_autofree char *whole =
	    g_strdup_printf("HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n%s", body);
	const FakeStep steps[] = { { part }, { whole } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) first = { .loop = g_main_loop_new(NULL, FALSE) };
	PfsHttpExchange *exchange;
	PfsHttpStats stats = { 0 };

	pfs_http_set_room(http, 1000);
	exchange = pfs_http_send(http, pfs_http_request_new("GET", "/"), outcome_done_cb, &first);
	while (stats.bytes_in < 600) {
		g_main_context_iteration(NULL, TRUE);
		pfs_http_get_stats(http, &stats);
	}
	for (guint i = 0; i < 2; i++) {
		g_auto(Outcome) beside = { 0 };

		run(http, pfs_http_request_new("GET", "/"), &beside);
		g_assert_cmpint(beside.code, ==, EBADMSG);
	}
	pfs_http_cancel(exchange);
	for (guint i = 0; i < 3; i++) {
		g_auto(Outcome) after = { 0 };

		run(http, pfs_http_request_new("GET", "/"), &after);
		g_assert_cmpstr(after.body, ==, body);
	}
}

static void
test_budget(void)
{
	PfsBudget budget;
	gint64 second = G_USEC_PER_SEC;

	pfs_budget_init(&budget, 10, 5, 0);
	for (guint i = 0; i < 5; i++)
		g_assert_true(pfs_budget_take(&budget, 0));
	g_assert_false(pfs_budget_take(&budget, 0));
	g_assert_cmpint(pfs_budget_wait_us(&budget, 0), >, second);
	g_assert_true(pfs_budget_take(&budget, pfs_budget_wait_us(&budget, 0)));
	g_assert_cmpuint(pfs_budget_get_left(&budget, 100 * second), ==, 5);
	pfs_budget_init(&budget, 0, 0, 0);
	g_assert_true(pfs_budget_take(&budget, 0));
}

/* Whoever takes all that there is, in whatever rhythm, has never more in any period. */
static void
test_budget_in_any_period(void)
{
	static const guint sizes[] = { 1, 2, 3, 10, 1000 };

	for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
		g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(gint64));
		PfsBudget budget;
		guint first = 0;

		pfs_budget_init(&budget, sizes[i], 10, 0);
		for (gint64 now = 0; now < 60 * G_USEC_PER_SEC; now += 7001) {
			/* In the middle it rests, and saves. */
			while ((now / G_USEC_PER_SEC) % 25 < 20 && pfs_budget_take(&budget, now)) {
				g_array_append_val(times, now);
				while (g_array_index(times, gint64, first) <=
				       now - 10 * G_USEC_PER_SEC)
					first++;
				g_assert_cmpuint(times->len - first, <=, sizes[i]);
			}
		}
		g_assert_cmpuint(times->len, >=, 2 * sizes[i]);
	}
}

static void
test_retry_policy(void)
{
	static const struct {
		PfsRetryCase retry;
		gint64 wait_us;
	} cases[] = {
		{ { TRUE, 503, FALSE, -1, 1, 3, 60000000 }, 500000 },
		{ { TRUE, 503, FALSE, -1, 4, 3, 60000000 }, -1 },
		{ { TRUE, 503, FALSE, 2000000, 1, 3, 60000000 }, 2000000 },
		{ { TRUE, 503, FALSE, 61000000, 1, 3, 60000000 }, -1 },
		{ { TRUE, 501, FALSE, -1, 1, 3, 60000000 }, -1 },
		{ { TRUE, 404, FALSE, -1, 1, 3, 60000000 }, -1 },
		{ { TRUE, 0, TRUE, -1, 2, 3, 60000000 }, 1000000 },
		{ { FALSE, 0, TRUE, -1, 1, 3, 60000000 }, -1 },
		{ { FALSE, 503, FALSE, 1000000, 1, 3, 60000000 }, -1 },
		{ { FALSE, 429, FALSE, 1000000, 1, 3, 60000000 }, 1000000 },
		{ { FALSE, 529, FALSE, -1, 1, 3, 60000000 }, 500000 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(pfs_retry_wait_us(&cases[i].retry, 1), ==, cases[i].wait_us);
	g_assert_cmpint(pfs_retry_after_us("7", 0), ==, 7000000);
	g_assert_cmpint(pfs_retry_after_us("Thu, 01 Jan 1970 00:00:09 GMT", 4), ==, 5000000);
	g_assert_cmpint(pfs_retry_after_us("Mon, 01 Jan 2147483647 00:00:00 GMT", 0), ==,
			(gint64)G_MAXUINT32 * G_USEC_PER_SEC);
	g_assert_cmpint(pfs_retry_after_us("soon", 0), ==, -1);
}

static void
test_retries(void)
{
	static const FakeStep steps[] = { { FAILED }, { NULL, 0, TRUE }, { LIMITED }, { OK } };
	g_autoptr(FakeServer) server = fake_server_new(steps, G_N_ELEMENTS(steps));
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { 0 };

	run(http, pfs_http_request_new("GET", "/"), &outcome);
	g_assert_cmpint(outcome.status, ==, 200);
	g_assert_cmpuint(fake_server_get_count(server), >=, 4);
}

static void
test_gives_up(void)
{
	static const FakeStep steps[] = { { FAILED } };
	g_autoptr(FakeServer) server = fake_server_new(steps, 1);
	g_autoptr(PfsToken) token = pfs_token_new_anonymous();
	g_autoptr(PfsHttp) http = client_new(fake_server_get_url(server), token, 5000);
	g_auto(Outcome) outcome = { 0 };

	run(http, pfs_http_request_new("GET", "/"), &outcome);
	g_assert_cmpint(outcome.status, ==, 503);
	g_assert_cmpuint(fake_server_get_count(server), ==, 4);
}

/* Each command of a shell is a group, and none is ever again. */
static void
test_groups(void)
{
	PfsHttpOptions options = { .budget_requests = 1000000, .budget_secs = 1 };
	g_autoptr(PfsHttpRequest) request = pfs_http_request_new("GET", "/");
	PfsQueue queue = { 0 };

	pfs_queue_init(&queue, &options, 1000, 0);
	for (pid_t group = 1; group <= 20000; group++) {
		PfsHttpExchange exchange = { .request = request, .group = group };

		g_assert_true(pfs_queue_skip(&queue, &exchange, 0));
	}
	g_assert_cmpuint(g_hash_table_size(queue.turns), <=, 4096);
	pfs_queue_clear(&queue);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/limits/retries", test_retries);
	g_test_add_func("/limits/gives-up", test_gives_up);
	for (guint i = 0; i < G_N_ELEMENTS(hold_cases); i++) {
		g_autofree char *path = g_strdup_printf("/limits/hold/%s-%d", hold_cases[i].method,
							hold_cases[i].status);

		g_test_add_data_func(path, &hold_cases[i], test_hold);
	}
	g_test_add_func("/limits/hold/ends", test_hold_ends);
	g_test_add_func("/limits/resend/counts", test_resend_counts);
	g_test_add_func("/limits/resend/within-budget", test_resend_within_budget);
	g_test_add_func("/limits/post-after-limit", test_post_after_limit);
	g_test_add_func("/limits/room", test_room);
	g_test_add_func("/limits/budget", test_budget);
	g_test_add_func("/limits/budget-in-any-period", test_budget_in_any_period);
	g_test_add_func("/limits/retry-policy", test_retry_policy);
	g_test_add_func("/limits/groups", test_groups);
	return g_test_run();
}
