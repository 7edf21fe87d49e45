/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <particlefs/error.h>

#include "fanout.h"

#define CALLS_AT_ONCE 32
/* All answers together: a value of a device has 1 KiB at most, and a fleet 100,000 devices. */
#define ANSWERS_BYTES_MAX (128 * 1024 * 1024)

typedef struct {
	PfsFanout *fanout;
	PfsMember *member;
	PfsApiCall *call;
} Call;

struct _PfsFanout {
	PfsApi *api;
	const PfsEndpoint *endpoint;
	json_t *arguments;
	const char *parameter;
	GPtrArray *members;
	guint next;
	guint sent;
	GHashTable *calls; /* those under way */
	gsize answers_bytes;
	guint idle_source;
	PfsFanoutFunc done;
	gpointer user_data;
};

PfsMember *
pfs_member_new(const char *id, const char *name)
{
	PfsMember *self = g_new0(PfsMember, 1);

	self->id = g_strdup(id);
	self->name = g_strdup(name);
	return self;
}

void
pfs_member_free(gpointer data)
{
	PfsMember *self = data;

	g_free(self->id);
	g_free(self->name);
	g_clear_pointer(&self->body, g_bytes_unref);
	g_clear_error(&self->error);
	g_free(self);
}

static void
call_free(gpointer data)
{
	Call *self = data;

	if (self->call != NULL)
		pfs_api_cancel(self->call);
	g_free(self);
}

static gboolean
step_cb(gpointer user_data)
{
	PfsFanout *self = user_data;

	self->idle_source = 0;
	self->done(self, self->user_data);
	return G_SOURCE_REMOVE;
}

static void called_cb(GBytes *body, const GError *error, gpointer user_data);

/* An error that the arguments have is each member's. */
static void
call_member(PfsFanout *self, PfsMember *member)
{
	g_autoptr(json_t) arguments = json_copy(self->arguments);
	Call *call = g_new0(Call, 1);

	call->fanout = self;
	call->member = member;
	json_object_set_new(arguments, self->parameter, json_string(member->id));
	call->call = pfs_api_call(self->api, self->endpoint, arguments, NULL, NULL, called_cb, call,
				  &member->error);
	if (call->call == NULL) {
		g_free(call);
		return;
	}
	self->sent++;
	g_hash_table_add(self->calls, call);
}

static void
go_on(PfsFanout *self)
{
	while (self->next < self->members->len && g_hash_table_size(self->calls) < CALLS_AT_ONCE) {
		PfsMember *member = self->members->pdata[self->next++];

		if (member->error == NULL)
			call_member(self, member);
	}
	if (g_hash_table_size(self->calls) == 0 && self->idle_source == 0)
		self->idle_source = g_idle_add(step_cb, self);
}

static void
keep_answer(PfsFanout *self, PfsMember *member, GBytes *body)
{
	gsize size = g_bytes_get_size(body);

	if (size > ANSWERS_BYTES_MAX - self->answers_bytes) {
		member->error = g_error_new(PFS_ERROR, EBADMSG, "the answers are too large");
		return;
	}
	self->answers_bytes += size;
	member->body = g_bytes_ref(body);
}

static void
called_cb(GBytes *body, const GError *error, gpointer user_data)
{
	Call *call = user_data;
	PfsFanout *self = call->fanout;

	call->call = NULL;
	if (error != NULL)
		call->member->error = g_error_copy(error);
	else
		keep_answer(self, call->member, body);
	g_hash_table_remove(self->calls, call);
	go_on(self);
}

PfsFanout *
pfs_fanout_new(PfsApi *api, const PfsEndpoint *endpoint, json_t *arguments, const char *parameter,
	       GPtrArray *members, PfsFanoutFunc done, gpointer user_data)
{
	PfsFanout *self = g_new0(PfsFanout, 1);

	self->api = api;
	self->endpoint = endpoint;
	self->arguments = json_incref(arguments);
	self->parameter = parameter;
	self->members = g_ptr_array_ref(members);
	self->calls = g_hash_table_new_full(NULL, NULL, call_free, NULL);
	self->done = done;
	self->user_data = user_data;
	go_on(self);
	return self;
}

static void
give_up(PfsMember *member, const char *why)
{
	if (member->error == NULL)
		member->error = g_error_new_literal(PFS_ERROR, EINTR, why);
}

void
pfs_fanout_stop(PfsFanout *self)
{
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, self->calls);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		Call *call = key;

		if (pfs_api_is_sent(call->call))
			give_up(call->member, "interrupted: it may have acted");
		else
			self->sent--;
	}
	g_hash_table_remove_all(self->calls);
	for (guint i = 0; i < self->members->len; i++) {
		PfsMember *member = self->members->pdata[i];

		if (member->body == NULL)
			give_up(member, "not called");
	}
}

void
pfs_fanout_free(PfsFanout *self)
{
	if (self == NULL)
		return;
	g_clear_handle_id(&self->idle_source, g_source_remove);
	g_hash_table_unref(self->calls);
	g_ptr_array_unref(self->members);
	json_decref(self->arguments);
	g_free(self);
}

const GPtrArray *
pfs_fanout_peek_members(PfsFanout *self)
{
	return self->members;
}

guint
pfs_fanout_get_sent(PfsFanout *self)
{
	return self->sent;
}
