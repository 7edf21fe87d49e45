/* SPDX-License-Identifier: Apache-2.0 */
/* An act that calls each device of a list. */
#include <errno.h>

#include <particlefs/hash.h>

#include "act.h"
#include "answer.h"

static GError *
dup_fleet_error(PfsFanout *fanout)
{
	const GPtrArray *members = pfs_fanout_peek_members(fanout);
	guint failed = 0;
	guint offline = 0;
	guint missing = 0;

	for (guint i = 0; i < members->len; i++) {
		const PfsMember *member = members->pdata[i];

		missing += member->error != NULL && member->error->code == ENOENT;
		offline += member->error != NULL && member->error->code == EHOSTDOWN;
		failed += member->error != NULL;
	}
	/* Nobody is told that something was done where nobody did it. */
	if (failed == members->len && failed == missing + offline)
		return g_error_new(PFS_ERROR, offline > 0 ? EHOSTDOWN : ENOENT,
				   offline > 0 ? "all that have it are offline"
					       : "no device has it");
	failed -= missing + offline;
	if (failed == 0)
		return NULL;
	return g_error_new(PFS_ERROR, EREMOTEIO, "%u of %u failed; the file says which", failed,
			   pfs_fanout_get_sent(fanout));
}

/* As after a call of one: any of its variables may be another. */
static void
expire_members(PfsAction *self)
{
	const GPtrArray *members = pfs_fanout_peek_members(self->fanout);
	g_autoptr(GHashTable) ids = g_hash_table_new(pfs_text_hash, g_str_equal);

	for (guint i = 0; i < members->len; i++)
		g_hash_table_add(ids, ((PfsMember *)members->pdata[i])->id);
	pfs_tree_expire_asked(self->tree, self->entry->node->collection->parameter, ids);
}

static GBytes *
end_calls(PfsAction *self)
{
	GBytes *table = pfs_fanout_dup_csv(self->fanout, self->row->result, self->row->result);

	g_hash_table_replace(self->tree->results, pfs_entry_dup_key(self->entry),
			     g_bytes_ref(table));
	expire_members(self);
	pfs_tree_changed(self->tree, self->entry, NULL);
	return table;
}

/* All were tried; the table stays readable, whether some failed or not. */
static void
fleet_done_cb(PfsFanout *fanout, gpointer user_data)
{
	PfsAction *self = user_data;
	g_autoptr(GBytes) result = end_calls(self);
	g_autoptr(GError) error = dup_fleet_error(fanout);
	g_autofree char *path = pfs_entry_dup_path(self->entry);

	if (error != NULL)
		pfs_tree_log_failure(self->tree, path, self->row->function, error);
	self->done(error == NULL ? result : NULL, error, self->user_data);
	pfs_action_free(self);
}

/* Of each call; a member's ID comes in place of the one here. */
static json_t *
dup_arguments(PfsAction *self, GError **error)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find(self->row->function);
	g_autoptr(json_t) bound = pfs_entry_dup_arguments(self->entry, endpoint);

	json_object_set_new(bound, self->entry->node->collection->parameter, json_string("ID"));
	return pfs_arguments_parse(endpoint, bound, self->row->parameter, self->text, self->length,
				   error);
}

static void
call_fleet(PfsAction *self)
{
	const PfsEndpoint *endpoint = pfs_endpoint_find(self->row->function);
	g_autoptr(json_t) arguments = dup_arguments(self, NULL);
	g_autoptr(GPtrArray) members = pfs_tree_dup_members(self->tree, self->entry);

	self->fanout =
	    pfs_fanout_new(self->tree->api, endpoint, arguments,
			   self->entry->node->collection->parameter, members, fleet_done_cb, self);
}

static gboolean
list_cb(gpointer user_data)
{
	PfsAction *self = user_data;
	PfsCollection *collection =
	    pfs_tree_get_collection(self->tree, self->entry, self->entry->node->collection);
	PfsOutcome outcome = pfs_collection_get(collection, &self->access,
						self->tree->options.ttl_us[PFS_TTL_LIST], 0);

	self->idle_source = 0;
	if (outcome == PFS_READY)
		call_fleet(self);
	else if (outcome == PFS_PENDING)
		pfs_resource_wait(self->access.waiting_for, &self->waiter);
	else
		pfs_action_fail(self, self->access.error);
	return G_SOURCE_REMOVE;
}

static void
listed_cb(PfsWaiter *waiter)
{
	PfsAction *self = waiter->user_data;

	list_cb(self);
}

/* Who was called stands in the table. */
void
pfs_action_stop_fleet(PfsAction *self)
{
	pfs_fanout_stop(self->fanout);
	g_bytes_unref(end_calls(self));
}

/* Who is to be called stands in a list that may have to be fetched first. What nobody can be called
 * with is refused once, before anything is sent. */
gboolean
pfs_action_begin_fleet(PfsAction *self, GError **error)
{
	g_autoptr(json_t) arguments = dup_arguments(self, error);

	if (arguments == NULL)
		return FALSE;
	self->waiter.wake = listed_cb;
	self->waiter.user_data = self;
	pfs_access_init(&self->access, FALSE);
	self->idle_source = g_idle_add(list_cb, self);
	return TRUE;
}
