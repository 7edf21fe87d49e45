/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fetching a collection's list: one answer, read while it arrives; or pages, several side by side,
 * read in their order. Pages are asked for as far as somebody is interested.
 */
#include <errno.h>
#include <string.h>

#include "collection.h"

#define PAGES_AT_ONCE 8
/* A million records; and a list may have changed under its pages, but not so much. */
#define PAGES_MAX 10000
#define EMPTY_PAGES_MAX 8

/* What the new list no longer has. */
static void
sweep(PfsCollection *self)
{
	g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
	PfsRecord *record;

	for (guint i = 0; (record = pfs_table_get_nth(self->table, i)) != NULL; i++)
		if (pfs_record_get_generation(record) != self->generation)
			g_ptr_array_add(gone, g_strdup(pfs_record_get_id(record, self->table)));
	for (guint i = 0; i < gone->len; i++)
		pfs_collection_remove(self, g_ptr_array_index(gone, i));
}

void
pfs_collection_end_load(PfsCollection *self)
{
	g_clear_pointer(&self->reader, pfs_table_reader_free);
	g_ptr_array_set_size(self->pages, 0);
	g_ptr_array_set_size(self->order, 0);
	self->read_pages = self->total_pages = self->empty_pages = self->wanted_pages = 0;
}

void
pfs_collection_empty(PfsCollection *self)
{
	pfs_collection_end_load(self);
	pfs_collection_clear_names(self);
	pfs_table_free(self->table);
	pfs_collection_init_table(self);
	pfs_resource_expire(&self->resource);
}

/* With the list each name is one's, or shared. */
static void
settle_all(PfsCollection *self)
{
	PfsRecord *record;

	for (guint i = 0; (record = pfs_table_get_nth(self->table, i)) != NULL; i++)
		pfs_record_set_settled(record, TRUE);
}

/* What has no room for what is asked for now would have none at the next time. */
static gboolean
is_crowded(PfsCollection *self, const GError *error)
{
	return error->code == EBADMSG && pfs_table_is_crowded(self->table);
}

static void
finish(PfsCollection *self, const GError *error)
{
	pfs_collection_end_load(self);
	if (error == NULL) {
		sweep(self);
		settle_all(self);
		self->whole = TRUE;
	} else if (is_crowded(self, error)) {
		pfs_collection_empty(self);
	}
	pfs_resource_finish(&self->resource, error);
}

void
pfs_collection_note_growth(PfsCollection *self)
{
	if (self->grown != NULL)
		self->grown(self);
}

static void
row_cb(PfsRecord *record, gpointer user_data)
{
	PfsCollection *self = user_data;

	pfs_collection_take_record(self, record, self->resource.begun_us);
}

/* One answer. */

static gboolean
data_cb(const char *data, gsize length, gpointer user_data)
{
	/* The call's user data is the collection: the done function needs it as such. */
	PfsCollection *self = user_data;

	if (data == NULL) {
		g_clear_pointer(&self->reader, pfs_table_reader_free);
		self->reader = pfs_table_reader_new(self->table, self->row->items,
						    self->resource.begun_us, row_cb, self);
		return TRUE;
	}
	return pfs_table_reader_feed(self->reader, data, length, NULL);
}

static void
done_cb(GBytes *body, const GError *error, gpointer user_data)
{
	PfsCollection *self = user_data;
	g_autoptr(GError) broken = NULL;

	self->call = NULL;
	if (error == NULL)
		pfs_table_reader_finish(self->reader, &broken);
	pfs_collection_note_growth(self);
	finish(self, error != NULL ? error : broken);
}

static gboolean
start_whole(PfsCollection *self, GError **error)
{
	data_cb(NULL, 0, self);
	self->call = pfs_api_call(self->api, pfs_endpoint_find(self->row->list), self->arguments,
				  NULL, data_cb, done_cb, self, error);
	return self->call != NULL;
}

/* Pages. */

static void
ordered_row_cb(PfsRecord *record, gpointer user_data)
{
	PfsCollection *self = user_data;
	gboolean again = pfs_record_get_generation(record) == self->generation;

	pfs_collection_take_record(self, record, self->resource.begun_us);
	if (!again)
		g_ptr_array_add(self->order, g_strdup(pfs_record_get_id(record, self->table)));
}

/* Whether the pages still bring something, as far as a list can go. */
static gboolean
check_pages(PfsCollection *self, gboolean brought, GError **error)
{
	self->empty_pages = brought ? 0 : self->empty_pages + 1;
	if (self->read_pages < PAGES_MAX && self->empty_pages < EMPTY_PAGES_MAX)
		return TRUE;
	if (self->total_pages > 0 && self->read_pages >= self->total_pages)
		return TRUE;
	g_set_error(error, PFS_ERROR, EBADMSG, "the list does not end: page %u of %u%s",
		    self->read_pages, self->total_pages, brought ? "" : " has nothing new");
	return FALSE;
}

/* How many pages there are, as far as this one tells; -1 where it does not. */
static gint64
get_total_pages(PfsCollection *self, PfsTableReader *reader)
{
	if (self->row->before != NULL)
		return self->read_pages + MAX(pfs_table_reader_get_meta(reader, "has_more"), 0);
	return pfs_table_reader_get_meta(reader, "total_pages");
}

/* A list that does not say how many pages there are ends with one that brings nothing new. */
static gboolean
read_page(PfsCollection *self, GBytes *body, GError **error)
{
	g_autoptr(PfsTableReader) reader = pfs_table_reader_new(
	    self->table, self->row->items, self->resource.begun_us, ordered_row_cb, self);
	gsize length;
	const char *text = g_bytes_get_data(body, &length);
	guint before = self->order->len;
	gint64 total;

	if (!pfs_table_reader_feed(reader, text, length, error) ||
	    !pfs_table_reader_finish(reader, error))
		return FALSE;
	self->read_pages++;
	total = get_total_pages(self, reader);
	if (total >= 0)
		self->total_pages = (guint)CLAMP(total, self->read_pages, G_MAXUINT / 2);
	else if (self->order->len == before)
		self->total_pages = self->read_pages;
	return check_pages(self, self->order->len > before, error);
}

static PfsPage *
find_page(PfsCollection *self, guint number)
{
	for (guint i = 0; i < self->pages->len; i++)
		if (((PfsPage *)self->pages->pdata[i])->number == number)
			return self->pages->pdata[i];
	return NULL;
}

static gboolean
read_pages(PfsCollection *self, GError **error)
{
	PfsPage *page;

	while ((page = find_page(self, self->read_pages + 1)) != NULL && page->body != NULL) {
		if (!read_page(self, page->body, error))
			return FALSE;
		g_ptr_array_remove(self->pages, page);
	}
	return TRUE;
}

static void
page_done_cb(GBytes *body, const GError *error, gpointer user_data)
{
	PfsPage *page = user_data;
	PfsCollection *self = page->collection;
	g_autoptr(GError) broken = NULL;
	gboolean readable;

	page->call = NULL;
	if (error != NULL) {
		finish(self, error);
		return;
	}
	page->body = g_bytes_ref(body);
	self->page_us = g_get_monotonic_time();
	readable = read_pages(self, &broken);
	pfs_collection_note_growth(self);
	if (!readable) {
		finish(self, broken);
	} else if (self->total_pages > 0 && self->read_pages >= self->total_pages) {
		finish(self, NULL);
	} else {
		/* Who still waits says again how far, and has the next pages asked for. */
		self->wanted_pages = 0;
		pfs_resource_wake(&self->resource);
	}
}

static void
add_place(PfsCollection *self, json_t *arguments, guint page)
{
	if (self->row->page_size != NULL) {
		json_object_set_new(arguments, "page", json_integer(page));
		json_object_set_new(arguments, self->row->page_size,
				    json_integer(PFS_PAGE_RECORDS));
	} else if (self->order->len > 0) {
		json_object_set_new(arguments, self->row->before,
				    json_string(self->order->pdata[self->order->len - 1]));
	}
}

static gboolean
ask_for_page(PfsCollection *self, GError **error)
{
	g_autoptr(json_t) arguments = json_copy(self->arguments);
	g_autofree PfsPage *page = g_new0(PfsPage, 1);

	page->collection = self;
	page->number = self->next_page;
	add_place(self, arguments, page->number);
	page->call = pfs_api_call(self->api, pfs_endpoint_find(self->row->list), arguments, NULL,
				  NULL, page_done_cb, page, error);
	if (page->call == NULL)
		return FALSE;
	self->next_page++;
	g_ptr_array_add(self->pages, g_steal_pointer(&page));
	return TRUE;
}

/* Until the number of pages is known there is one at a time. */
static gboolean
ask_for_pages(PfsCollection *self, GError **error)
{
	guint known = self->total_pages > 0 ? self->total_pages : self->read_pages + 1;

	while (self->next_page <= MIN(known, self->wanted_pages) &&
	       self->pages->len < PAGES_AT_ONCE)
		if (!ask_for_page(self, error))
			return FALSE;
	return TRUE;
}

static gboolean
start_pages(PfsCollection *self, GError **error)
{
	self->next_page = 1;
	self->wanted_pages = MAX(self->wanted_pages, 1);
	return ask_for_pages(self, error);
}

gboolean
pfs_collection_has_pages(PfsCollection *self)
{
	return self->row->page_size != NULL || self->row->before != NULL;
}

/* A list that is on its way loses what has come of it. */
void
pfs_collection_keep_limits(PfsCollection *self, const GError *error)
{
	if (!is_crowded(self, error))
		return;
	if (!self->resource.busy) {
		pfs_collection_empty(self);
		return;
	}
	pfs_resource_drop(&self->resource);
	finish(self, error);
}

static gboolean
start(PfsResource *resource, GError **error)
{
	PfsCollection *self = (PfsCollection *)resource;

	self->generation++;
	return pfs_collection_has_pages(self) ? start_pages(self, error) : start_whole(self, error);
}

static void
stop(PfsResource *resource)
{
	PfsCollection *self = (PfsCollection *)resource;

	if (self->call != NULL)
		pfs_api_cancel(g_steal_pointer(&self->call));
	pfs_collection_end_load(self);
}

const PfsResourceClass pfs_collection_class = {
	.start = start,
	.stop = stop,
	.free = pfs_collection_free,
};

/* Who reads a part may leave it so for hours: what has come of the list by then is not for those
 * who come later. */
static void
drop_old_load(PfsCollection *self, const PfsAccess *access, gint64 ttl_us)
{
	const PfsResource *list = &self->resource;
	gboolean paused = list->busy && list->waiters == NULL && pfs_collection_has_pages(self) &&
			  self->pages->len == 0 && self->page_us < access->start_us;

	if (paused && access->start_us >= list->begun_us + ttl_us)
		pfs_resource_drop(&self->resource);
}

static PfsOutcome
get_pages(PfsCollection *self, PfsAccess *access, gint64 ttl_us, gint64 stale_us, guint pages)
{
	PfsOutcome outcome;
	GError *error = NULL;

	if (!self->resource.busy)
		self->wanted_pages = 0;
	self->wanted_pages = MAX(self->wanted_pages, pages);
	outcome = pfs_resource_get(&self->resource, access, ttl_us, stale_us);
	/* It goes on as far as that, or had paused. */
	if (outcome == PFS_PENDING && pfs_collection_has_pages(self) &&
	    !ask_for_pages(self, &error)) {
		finish(self, error);
		access->error = error;
		return PFS_FAILED;
	}
	return outcome;
}

PfsOutcome
pfs_collection_get(PfsCollection *self, PfsAccess *access, gint64 ttl_us, gint64 stale_us)
{
	drop_old_load(self, access, ttl_us);
	return get_pages(self, access, ttl_us, stale_us, G_MAXUINT);
}

PfsOutcome
pfs_collection_get_some(PfsCollection *self, PfsAccess *access, gint64 ttl_us, gint64 stale_us,
			guint count)
{
	PfsOutcome outcome;

	if (count == 0)
		drop_old_load(self, access, ttl_us);
	/* Of as many records as the cloud likes to give, whatever was asked for. */
	outcome = get_pages(self, access, ttl_us, stale_us, self->read_pages + PAGES_AT_ONCE);
	if (outcome == PFS_PENDING && self->order->len > count)
		return PFS_READY;
	return outcome;
}

/* A part of a list that was asked for by itself. */
typedef struct {
	PfsCollection *collection;
	gint64 asked_us;
} Part;

static void
part_row_cb(PfsRecord *record, gpointer user_data)
{
	Part *part = user_data;

	pfs_collection_take_record(part->collection, record, part->asked_us);
}

static gboolean
read_part(Part *part, GBytes *body, gint64 *out_total_pages, GError **error)
{
	PfsCollection *self = part->collection;
	g_autoptr(PfsTableReader) reader =
	    pfs_table_reader_new(self->table, self->row->items, part->asked_us, part_row_cb, part);
	gsize length;
	const char *text = g_bytes_get_data(body, &length);

	if (!pfs_table_reader_feed(reader, text, length, error) ||
	    !pfs_table_reader_finish(reader, error))
		return FALSE;
	*out_total_pages = pfs_table_reader_get_meta(reader, "total_pages");
	return TRUE;
}

gboolean
pfs_collection_put_list(PfsCollection *self, GBytes *body, gint64 asked_us, gint64 *out_total_pages,
			GError **error)
{
	g_autoptr(GError) broken = NULL;
	Part part = { self, asked_us };

	if (read_part(&part, body, out_total_pages, &broken)) {
		pfs_collection_note_growth(self);
		return TRUE;
	}
	pfs_collection_keep_limits(self, broken);
	g_propagate_error(error, g_steal_pointer(&broken));
	return FALSE;
}
