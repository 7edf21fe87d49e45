/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "answer.h"

static void
answer_free(PfsResource *resource)
{
	PfsAnswer *self = (PfsAnswer *)resource;

	json_decref(self->arguments);
	g_clear_pointer(&self->body, g_bytes_unref);
	g_clear_pointer(&self->picked, g_bytes_unref);
	g_free(self->picked_path);
	g_free(self);
}

static PfsApiCall *
answer_start(PfsResource *resource, PfsApiDoneFunc done, GError **error)
{
	PfsAnswer *self = (PfsAnswer *)resource;

	return pfs_api_call(self->api, self->endpoint, self->arguments, NULL, NULL, FALSE, done,
			    self, error);
}

static gboolean
answer_take(PfsResource *resource, GBytes *body, GError **error)
{
	PfsAnswer *self = (PfsAnswer *)resource;

	if (self->take != NULL)
		return self->take(body, self->take_user_data, error);
	g_clear_pointer(&self->body, g_bytes_unref);
	g_clear_pointer(&self->picked, g_bytes_unref);
	g_clear_pointer(&self->picked_path, g_free);
	self->body = g_bytes_ref(body);
	return TRUE;
}

static const PfsResourceClass answer_class = {
	.start = answer_start,
	.take = answer_take,
	.free = answer_free,
};

PfsAnswer *
pfs_answer_new(PfsApi *api, const PfsEndpoint *endpoint, json_t *arguments, PfsAnswerFunc take,
	       gpointer user_data)
{
	PfsAnswer *self = g_new0(PfsAnswer, 1);

	pfs_resource_init(&self->resource, &answer_class);
	self->api = api;
	self->endpoint = endpoint;
	self->arguments = json_incref(arguments);
	self->take = take;
	self->take_user_data = user_data;
	return self;
}

GBytes *
pfs_answer_pick(PfsAnswer *self, const char *path, GError **error)
{
	gsize length;
	const char *text = g_bytes_get_data(self->body, &length);

	if (self->picked != NULL && g_strcmp0(path, self->picked_path) == 0)
		return g_bytes_ref(self->picked);
	g_clear_pointer(&self->picked, g_bytes_unref);
	g_free(self->picked_path);
	self->picked_path = g_strdup(path);
	self->picked = pfs_json_pick(text, length, path, error);
	return self->picked != NULL ? g_bytes_ref(self->picked) : NULL;
}

gsize
pfs_answer_get_bytes(const PfsAnswer *self)
{
	return sizeof(*self) + (self->body != NULL ? g_bytes_get_size(self->body) : 0);
}
