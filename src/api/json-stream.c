/* SPDX-License-Identifier: Apache-2.0 */
#include <yajl/yajl_gen.h>
#include <yajl/yajl_parse.h>

#include <particlefs/json-stream.h>
#include <particlefs/text.h>

struct _PfsJsonStream {
	const PfsJsonHandler *handler;
	gpointer user_data;
	yajl_handle parser;
	guint depth;	   /* containers open */
	guint taken_depth; /* of them in one that is taken, itself among them */
	yajl_gen taken;	   /* its text */
};

static int
null_cb(void *context)
{
	PfsJsonStream *self = context;

	if (self->taken_depth > 0)
		return yajl_gen_null(self->taken) == yajl_gen_status_ok;
	return self->handler->value(self->user_data, PFS_VALUE_NULL, NULL, 0);
}

static int
boolean_cb(void *context, int value)
{
	PfsJsonStream *self = context;

	if (self->taken_depth > 0)
		return yajl_gen_bool(self->taken, value) == yajl_gen_status_ok;
	return self->handler->value(self->user_data, value ? PFS_VALUE_TRUE : PFS_VALUE_FALSE, NULL,
				    0);
}

static int
number_cb(void *context, const char *text, size_t length)
{
	PfsJsonStream *self = context;

	if (self->taken_depth > 0)
		return yajl_gen_number(self->taken, text, length) == yajl_gen_status_ok;
	return self->handler->value(self->user_data, PFS_VALUE_NUMBER, text, length);
}

/* yajl makes bytes of half a surrogate pair that are no UTF-8, and lets others pass. */
static int
take_text(PfsJsonStream *self, const unsigned char *bytes, gsize length, gboolean key)
{
	g_autofree char *repaired = pfs_text_repair((const char *)bytes, &length);
	const char *text = repaired != NULL ? repaired : (const char *)bytes;

	if (self->taken_depth > 0)
		return yajl_gen_string(self->taken, (const unsigned char *)text, length) ==
		       yajl_gen_status_ok;
	if (key)
		return self->handler->key(self->user_data, text, length);
	return self->handler->value(self->user_data, PFS_VALUE_STRING, text, length);
}

static int
string_cb(void *context, const unsigned char *text, size_t length)
{
	return take_text(context, text, length, FALSE);
}

static int
key_cb(void *context, const unsigned char *text, size_t length)
{
	return take_text(context, text, length, TRUE);
}

static int
begin(PfsJsonStream *self, gboolean array)
{
	PfsJsonChoice choice = PFS_JSON_TAKE;

	if (++self->depth > PFS_JSON_DEPTH_MAX)
		return 0;
	if (self->taken_depth == 0)
		choice = self->handler->begin(self->user_data, array);
	if (choice != PFS_JSON_TAKE)
		return choice == PFS_JSON_ENTER;
	self->taken_depth++;
	return (array ? yajl_gen_array_open : yajl_gen_map_open)(self->taken) == yajl_gen_status_ok;
}

static gboolean
tell_taken(PfsJsonStream *self)
{
	const unsigned char *text;
	size_t length;
	gboolean ok =
	    yajl_gen_get_buf(self->taken, &text, &length) == yajl_gen_status_ok &&
	    self->handler->value(self->user_data, PFS_VALUE_JSON, (const char *)text, length);

	yajl_gen_clear(self->taken);
	yajl_gen_reset(self->taken, NULL);
	return ok;
}

static int
end(PfsJsonStream *self, gboolean array)
{
	self->depth--;
	if (self->taken_depth == 0)
		return self->handler->end(self->user_data, array);
	if ((array ? yajl_gen_array_close : yajl_gen_map_close)(self->taken) != yajl_gen_status_ok)
		return 0;
	return --self->taken_depth > 0 || tell_taken(self);
}

static int
map_begin_cb(void *context)
{
	return begin(context, FALSE);
}

static int
map_end_cb(void *context)
{
	return end(context, FALSE);
}

static int
array_begin_cb(void *context)
{
	return begin(context, TRUE);
}

static int
array_end_cb(void *context)
{
	return end(context, TRUE);
}

static const yajl_callbacks callbacks = {
	.yajl_null = null_cb,
	.yajl_boolean = boolean_cb,
	.yajl_number = number_cb,
	.yajl_string = string_cb,
	.yajl_start_map = map_begin_cb,
	.yajl_map_key = key_cb,
	.yajl_end_map = map_end_cb,
	.yajl_start_array = array_begin_cb,
	.yajl_end_array = array_end_cb,
};

PfsJsonStream *
pfs_json_stream_new(const PfsJsonHandler *handler, gpointer user_data)
{
	PfsJsonStream *self = g_new0(PfsJsonStream, 1);

	self->handler = handler;
	self->user_data = user_data;
	self->parser = yajl_alloc(&callbacks, NULL, self);
	self->taken = yajl_gen_alloc(NULL);
	return self;
}

void
pfs_json_stream_free(PfsJsonStream *self)
{
	if (self == NULL)
		return;
	yajl_free(self->parser);
	yajl_gen_free(self->taken);
	g_free(self);
}

gboolean
pfs_json_stream_feed(PfsJsonStream *self, const char *text, gsize length)
{
	return yajl_parse(self->parser, (const unsigned char *)text, length) == yajl_status_ok;
}

gboolean
pfs_json_stream_finish(PfsJsonStream *self)
{
	return yajl_complete_parse(self->parser) == yajl_status_ok;
}
