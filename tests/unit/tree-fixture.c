/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tree-fixture.h"

void
tree_script(TreeFixture *fixture, const char *status, const char *body)
{
	char *answer = g_strdup_printf("HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
				       "Content-Length: %zu\r\n\r\n%s",
				       status, strlen(body), body);

	fixture->answers[fixture->n_steps] = answer;
	fixture->steps[fixture->n_steps++].answer = answer;
}

void
tree_start(TreeFixture *fixture)
{
	PfsHttpOptions options = { .timeout_ms = 2000 };
	PfsHubOptions hub_options = { .buffer_bytes = 1 << 20 };
	PfsTreeOptions tree_options;

	fixture->server = fake_server_new(fixture->steps, fixture->n_steps);
	options.base_url = fake_server_get_url(fixture->server);
	g_setenv("PARTICLE_TOKEN", "token", TRUE);
	fixture->token = pfs_token_find(NULL, NULL, NULL);
	fixture->http = pfs_http_new(&options, fixture->token, NULL);
	fixture->api = pfs_api_new(fixture->http);
	fixture->hub = pfs_hub_new(fixture->api, &hub_options);
	pfs_tree_options_init(&tree_options);
	fixture->tree = pfs_tree_new(fixture->api, fixture->hub, fixture->token, &tree_options);
	fixture->loop = g_main_loop_new(NULL, FALSE);
}

void
tree_tear_down(TreeFixture *fixture, gconstpointer data)
{
	pfs_tree_free(fixture->tree);
	pfs_hub_free(fixture->hub);
	pfs_api_free(fixture->api);
	pfs_http_free(fixture->http);
	pfs_token_free(fixture->token);
	fake_server_free(fixture->server);
	g_main_loop_unref(fixture->loop);
	for (guint i = 0; i < fixture->n_steps; i++)
		g_free(fixture->answers[i]);
}

static void
wake_cb(PfsWaiter *waiter)
{
	g_main_loop_quit(waiter->user_data);
}

void
tree_wait_for(TreeFixture *fixture, PfsAccess *access)
{
	PfsWaiter waiter = { .wake = wake_cb, .user_data = fixture->loop };

	pfs_resource_wait(access->waiting_for, &waiter);
	g_main_loop_run(fixture->loop);
}

PfsEntry *
tree_walk(TreeFixture *fixture, const char *path, int *out_errno)
{
	g_auto(GStrv) names = g_strsplit(path, "/", -1);
	PfsEntry *entry = pfs_entry_ref(pfs_tree_get_root(fixture->tree));

	for (guint i = 0; names[i] != NULL && entry != NULL; i++) {
		PfsEntry *child = NULL;
		PfsAccess access;
		PfsOutcome outcome;

		pfs_access_init(&access, FALSE);
		while ((outcome = pfs_tree_lookup(fixture->tree, entry, names[i], &access,
						  &child)) == PFS_PENDING)
			tree_wait_for(fixture, &access);
		if (outcome == PFS_FAILED)
			*out_errno = access.error->code;
		pfs_access_clear(&access);
		pfs_entry_unref(entry);
		entry = child;
	}
	return entry;
}

void
tree_assert_entry_content(TreeFixture *fixture, PfsEntry *entry, const char *expected)
{
	g_autoptr(GBytes) content = NULL;
	PfsAccess access;
	PfsOutcome outcome;
	gint64 valid_us;

	pfs_access_init(&access, FALSE);
	while ((outcome = pfs_tree_read(fixture->tree, entry, &access, &content, &valid_us)) ==
	       PFS_PENDING)
		tree_wait_for(fixture, &access);
	g_assert_no_error(access.error);
	g_assert_cmpmem(g_bytes_get_data(content, NULL), g_bytes_get_size(content), expected,
			strlen(expected));
}

void
tree_assert_content(TreeFixture *fixture, const char *path, const char *expected)
{
	int code = 0;
	g_autoptr(PfsEntry) entry = tree_walk(fixture, path, &code);

	g_assert_nonnull(entry);
	tree_assert_entry_content(fixture, entry, expected);
}

void
tree_assert_errno(TreeFixture *fixture, const char *path, int expected)
{
	int code = 0;
	g_autoptr(PfsEntry) entry = tree_walk(fixture, path, &code);

	g_assert_null(entry);
	g_assert_cmpint(code, ==, expected);
}

PfsListing *
tree_open_list(TreeFixture *fixture, const char *path)
{
	int code = 0;
	g_autoptr(PfsEntry) entry = *path != '\0' ? tree_walk(fixture, path, &code)
						  : pfs_entry_ref(pfs_tree_get_root(fixture->tree));
	PfsListing *listing = NULL;
	PfsAccess access;

	g_assert_nonnull(entry);
	pfs_access_init(&access, FALSE);
	while (pfs_tree_list(fixture->tree, entry, &access, &listing) == PFS_PENDING)
		tree_wait_for(fixture, &access);
	g_assert_no_error(access.error);
	return listing;
}

void
tree_read_list(TreeFixture *fixture, PfsListing *listing)
{
	guint size;

	do {
		PfsAccess access;

		size = pfs_listing_get_size(listing);
		pfs_access_init(&access, FALSE);
		while (pfs_listing_get_more(fixture->tree, listing, size, &access) == PFS_PENDING)
			tree_wait_for(fixture, &access);
		g_assert_no_error(access.error);
	} while (pfs_listing_get_size(listing) > size);
}

char *
tree_list(TreeFixture *fixture, const char *path)
{
	g_autoptr(PfsListing) listing = tree_open_list(fixture, path);
	GString *names = g_string_new(NULL);

	tree_read_list(fixture, listing);
	for (guint i = 0; i < pfs_listing_get_size(listing); i++)
		g_string_append_printf(names, "%s ", pfs_listing_get_name(listing, i));
	return g_string_free(names, FALSE);
}

void
tree_assert_list(TreeFixture *fixture, const char *path, const char *expected)
{
	g_autofree char *names = tree_list(fixture, path);

	g_assert_cmpstr(names, ==, expected);
}
