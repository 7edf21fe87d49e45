/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Something that goes on with a record for a while, and whose end an event tells: a flash. The
 * stream is held until then, so that the end is not missed.
 */
#include <errno.h>
#include <string.h>

#include <particlefs/error.h>

#include "node.h"

/* A device that says nothing for so long has been unplugged. */
#define GIVE_UP_SECS (15 * 60)

typedef enum {
	PROGRESS_IDLE,
	PROGRESS_STARTED,
	PROGRESS_SUCCESS,
	PROGRESS_FAILED,
	PROGRESS_SILENT,
} State;

static const char *const words[] = { "idle", "started", "success", "failed", "silent" };

struct _PfsProgress {
	PfsResource ended; /* wakes who waits for the end */
	State state;
	gboolean told;	 /* an event has told of a start since one was asked for */
	gint64 since_us; /* wall clock */
	char *what;
	PfsFeed *feed; /* held while it goes on */
	guint give_up_source;
};

static void
let_go(PfsProgress *self)
{
	g_clear_handle_id(&self->give_up_source, g_source_remove);
	if (self->feed != NULL)
		pfs_feed_release(g_steal_pointer(&self->feed));
}

void
pfs_progress_free(gpointer data)
{
	PfsProgress *self = data;

	let_go(self);
	pfs_resource_unref(&self->ended);
	g_free(self->what);
	g_free(self);
}

static PfsProgress *
get_progress(PfsTree *tree, const char *id)
{
	PfsProgress *self = g_hash_table_lookup(tree->progress, id);

	if (self != NULL)
		return self;
	self = g_new0(PfsProgress, 1);
	pfs_resource_init(&self->ended, &pfs_wakeup_class);
	g_hash_table_insert(tree->progress, g_strdup(id), self);
	return self;
}

static void
set_state(PfsProgress *self, State state)
{
	self->state = state;
	self->since_us = g_get_real_time();
	if (state == PROGRESS_STARTED)
		return;
	let_go(self);
	pfs_resource_wake(&self->ended);
}

static gboolean
give_up_cb(gpointer user_data)
{
	PfsProgress *self = user_data;

	self->give_up_source = 0;
	set_state(self, PROGRESS_SILENT);
	return G_SOURCE_REMOVE;
}

static void
start(PfsProgress *self, PfsFeed *feed)
{
	let_go(self);
	self->feed = feed;
	pfs_feed_hold(feed);
	self->give_up_source = g_timeout_add_seconds(GIVE_UP_SECS, give_up_cb, self);
	set_state(self, PROGRESS_STARTED);
}

/* The answer may take longer than a stream stays open for nobody. */
PfsFeed *
pfs_tree_prepare_progress(PfsTree *tree, PfsEntry *entry)
{
	g_auto(PfsFeedPlace) place = { 0 };

	get_progress(tree, pfs_entry_get_record_entry(entry)->value)->told = FALSE;
	pfs_tree_find_feed(tree, entry, &place);
	pfs_feed_hold(place.feed);
	return place.feed;
}

/* Events may be faster than the answer: then they have told how far it is. */
void
pfs_tree_begin_progress(PfsTree *tree, PfsEntry *entry, PfsFeed *feed)
{
	PfsEntry *record_entry = pfs_entry_get_record_entry(entry);
	PfsProgress *self = get_progress(tree, record_entry->value);

	g_free(self->what);
	self->what = g_strdup(entry->value != NULL ? entry->value : entry->node->name);
	if (!self->told)
		start(self, feed);
}

/* What somebody else has begun has no name here. */
static void
take_start(PfsProgress *self, PfsFeed *feed)
{
	self->told = TRUE;
	if (self->state == PROGRESS_STARTED)
		return;
	g_clear_pointer(&self->what, g_free);
	start(self, feed);
}

/* Of a record that is known. The cloud's word has a blank behind it. */
void
pfs_tree_take_progress(PfsTree *tree, PfsFeed *feed, const PfsEvent *event)
{
	g_autofree char *word = g_strstrip(g_strdup(event->data != NULL ? event->data : ""));

	if (strcmp(word, words[PROGRESS_STARTED]) == 0)
		take_start(get_progress(tree, event->coreid), feed);
	for (State state = PROGRESS_SUCCESS; state <= PROGRESS_FAILED; state++)
		if (strcmp(word, words[state]) == 0)
			set_state(get_progress(tree, event->coreid), state);
}

static GBytes *
dup_text(PfsProgress *self)
{
	g_autoptr(GDateTime) since = NULL;
	g_autofree char *time = NULL;
	char *text;

	if (self->state == PROGRESS_IDLE)
		return g_bytes_new_static("idle\n", 5);
	since = g_date_time_new_from_unix_utc(self->since_us / G_USEC_PER_SEC);
	time = g_date_time_format(since, "%Y-%m-%dT%H:%M:%SZ");
	text = g_strdup_printf("%s %s %s\n", words[self->state], time,
			       self->what != NULL ? self->what : "-");
	return g_bytes_new_take(text, strlen(text));
}

PfsOutcome
pfs_tree_read_progress(PfsTree *tree, PfsEntry *entry, PfsAccess *access, GBytes **out_content)
{
	PfsEntry *record_entry = pfs_entry_get_record_entry(entry);
	PfsProgress *self = get_progress(tree, record_entry->value);
	gboolean waits = (entry->node->flags & PFS_NODE_WAITS) != 0;

	if (waits && self->state == PROGRESS_STARTED) {
		access->waiting_for = &self->ended;
		return PFS_PENDING;
	}
	if (waits && self->state == PROGRESS_FAILED)
		return pfs_access_fail(access, EREMOTEIO,
				       "the device refused it, or could not run it");
	if (waits && self->state == PROGRESS_SILENT)
		return pfs_access_fail(access, ETIMEDOUT, "the device has not said how it went");
	*out_content = dup_text(self);
	return PFS_READY;
}
