/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <particlefs/log.h>

static char *
read_all(PfsLog *log, gsize step)
{
	GString *text = g_string_new(NULL);
	g_autofree char *buffer = g_malloc(step);
	guint64 position = pfs_log_get_start(log);
	gssize length;

	while ((length = pfs_log_read(log, position, buffer, step)) > 0) {
		g_string_append_len(text, buffer, length);
		position += (guint64)length;
	}
	g_assert_cmpint(length, ==, 0);
	g_assert_cmpuint(position, ==, pfs_log_get_end(log));
	return g_string_free(text, FALSE);
}

static void
test_lines(void)
{
	PfsLogQuota quota = { .limit_bytes = 1 << 20 };
	g_autoptr(PfsLog) log = pfs_log_new(&quota);
	g_autofree char *text = NULL;

	pfs_log_append(log, "one", 3);
	pfs_log_append(log, "two", 3);
	pfs_log_flush(log, 10);
	pfs_log_append(log, "", 0);
	pfs_log_flush(log, 10);
	text = read_all(log, 3);
	g_assert_cmpstr(text, ==, "one\ntwo\n\n");
	g_assert_cmpint(pfs_log_get_mtime_us(log), ==, 11);
}

/* Across the border of file and memory, whatever the size of the reads. */
static void
test_spool(void)
{
	PfsLogQuota quota = { .limit_bytes = 10 << 20 };
	g_autoptr(PfsLog) log = pfs_log_new(&quota);
	g_autoptr(GString) expected = g_string_new(NULL);

	for (guint i = 0; i < 30000; i++) {
		g_autofree char *line = g_strdup_printf("line %u", i);

		pfs_log_append(log, line, strlen(line));
		g_string_append_printf(expected, "%s\n", line);
	}
	for (gsize step = 1000; step < 1000000; step *= 10) {
		g_autofree char *text = read_all(log, step);

		g_assert_cmpstr(text, ==, expected->str);
	}
}

static void
fill(PfsLog *log, gsize bytes)
{
	for (gsize i = 0; i < bytes; i += 100)
		pfs_log_append(
		    log,
		    "01234567890123456789012345678901234567890123456789012345678901234567"
		    "8901234567890123456789012345678",
		    99);
}

static void
test_limits(void)
{
	PfsLogQuota quota = { .limit_bytes = 10000 };
	g_autoptr(PfsLog) log = pfs_log_new(&quota);

	fill(log, 10000);
	g_assert_cmpuint(pfs_log_get_start(log), ==, 0);
	fill(log, 100);
	g_assert_cmpuint(pfs_log_get_start(log), ==, 10000);
	pfs_log_hold(log);
	fill(log, 50000);
	g_assert_cmpuint(pfs_log_get_start(log), ==, 10000);
	fill(log, 50100);
	g_assert_cmpuint(pfs_log_get_start(log), ==, 110000);
	pfs_log_release(log);
	g_assert_cmpuint(pfs_log_get_end(log), ==, 110200);
}

/* What logs of one quota hold together counts; a log that is freed gives back its part. */
static void
test_quota(void)
{
	PfsLogQuota quota = { .limit_bytes = 10000 };
	g_autoptr(PfsLog) log = pfs_log_new(&quota);
	PfsLog *other = pfs_log_new(&quota);

	fill(log, 6000);
	fill(other, 5000);
	g_assert_cmpuint(quota.used_bytes, ==, 7000);
	g_assert_cmpuint(pfs_log_get_end(other), ==, 5000);
	g_assert_cmpuint(pfs_log_get_start(other), ==, 4000);
	pfs_log_free(other);
	g_assert_cmpuint(quota.used_bytes, ==, 6000);
}

static char *
say_lost(gint64 since_us, const char *reason, gpointer user_data)
{
	g_assert_cmpint(since_us, >, 0);
	return g_strdup("lost");
}

/* A reader who is behind reads that lines are lost; one who had all of them does not. */
static void
test_lost(void)
{
	PfsLogQuota quota = { .limit_bytes = 10000 };
	g_autoptr(PfsLog) log = pfs_log_new(&quota);
	guint64 slow = 0;
	guint64 fast;
	char buffer[8];

	pfs_log_set_lost_func(log, say_lost, NULL);
	pfs_log_hold(log);
	fill(log, 100000);
	fast = pfs_log_get_end(log);
	g_assert_false(pfs_log_catch_up(log, &slow));
	g_assert_cmpuint(slow, ==, 0);
	fill(log, 100);
	g_assert_false(pfs_log_catch_up(log, &fast));
	g_assert_cmpuint(fast, ==, 100005);
	g_assert_true(pfs_log_catch_up(log, &slow));
	g_assert_cmpuint(slow, ==, 100000);
	g_assert_cmpint(pfs_log_read(log, slow, buffer, 5), ==, 5);
	g_assert_cmpmem(buffer, 5, "lost\n", 5);
	slow += 2;
	g_assert_false(pfs_log_catch_up(log, &slow));
	g_assert_cmpuint(slow, ==, 100002);
	g_assert_cmpuint(quota.used_bytes, ==, 105);
}

static void
count_cb(PfsWaiter *waiter)
{
	(*(guint *)waiter->user_data)++;
}

static void
test_growth(void)
{
	PfsLogQuota quota = { .limit_bytes = 10000 };
	g_autoptr(PfsLog) log = pfs_log_new(&quota);
	guint count = 0;
	PfsWaiter waiter = { .wake = count_cb, .user_data = &count };

	pfs_resource_wait(pfs_log_get_growth(log), &waiter);
	pfs_log_flush(log, 0);
	g_assert_cmpuint(count, ==, 0);
	pfs_log_append(log, "a", 1);
	pfs_log_append(log, "b", 1);
	pfs_log_flush(log, 0);
	pfs_log_flush(log, 0);
	g_assert_cmpuint(count, ==, 1);
	pfs_resource_wait(pfs_log_get_growth(log), &waiter);
	pfs_waiter_cancel(&waiter);
	pfs_log_append(log, "c", 1);
	pfs_log_flush(log, 0);
	g_assert_cmpuint(count, ==, 1);
}

int
main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/log/lines", test_lines);
	g_test_add_func("/log/spool", test_spool);
	g_test_add_func("/log/limits", test_limits);
	g_test_add_func("/log/quota", test_quota);
	g_test_add_func("/log/lost", test_lost);
	g_test_add_func("/log/growth", test_growth);
	return g_test_run();
}
