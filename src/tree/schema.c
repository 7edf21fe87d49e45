/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document whose JSON schema stands in a file beside it: that is read as anybody reads it, cache
 * and all, and judged by in a process of its own (src/schema).
 */
#include <errno.h>
#include <string.h>

#include <particlefs/helper.h>

#include "../schema/status.h"
#include "schema.h"

#define TIMEOUT_MS 10000

struct _PfsSchemaCheck {
	PfsTree *tree;
	PfsEntry *entry;
	PfsEntry *schema;
	char *text;
	PfsAccess access; /* to the schema */
	PfsWaiter waiter;
	guint idle_source;
	PfsHelper *helper;
	PfsSchemaFunc done;
	gpointer user_data;
};

static void
schema_check_free(PfsSchemaCheck *self)
{
	g_clear_handle_id(&self->idle_source, g_source_remove);
	pfs_waiter_cancel(&self->waiter);
	pfs_access_clear(&self->access);
	pfs_entry_unref(self->entry);
	g_clear_pointer(&self->schema, pfs_entry_unref);
	g_free(self->text);
	g_free(self);
}

static void
end(PfsSchemaCheck *self, const GError *error)
{
	PfsSchemaFunc done = self->done;
	gpointer done_data = self->user_data;

	schema_check_free(self);
	done(error, done_data);
}

/* The cloud decides; that nobody has here is told. */
static void
end_unchecked(PfsSchemaCheck *self, const char *why)
{
	g_autofree char *path = pfs_entry_dup_path(self->entry);
	g_autoptr(GError) error = g_error_new_literal(PFS_ERROR, ENOTSUP, why);

	pfs_tree_log_failure(self->tree, path, "not checked", error);
	end(self, NULL);
}

static void
judged_cb(int exit_status, const char *said, gpointer user_data)
{
	PfsSchemaCheck *self = user_data;
	g_autoptr(GError) error = NULL;

	self->helper = NULL;
	switch (exit_status) {
	case PFS_SCHEMA_MATCHES:
		end(self, NULL);
		break;
	case PFS_SCHEMA_DIFFERS:
		error = g_error_new(PFS_ERROR, EINVAL, "%s does not allow this: %s",
				    self->schema->name, said);
		end(self, error);
		break;
	case PFS_SCHEMA_UNCHECKED:
		end_unchecked(self, said);
		break;
	default:
		end_unchecked(self, "the schema is too much for its checker");
		break;
	}
}

static GBytes *
join(GBytes *schema, const char *text)
{
	GByteArray *input = g_byte_array_new();
	gsize length;
	const guint8 *data = g_bytes_get_data(schema, &length);

	g_byte_array_append(input, data, (guint)length);
	g_byte_array_append(input, (const guint8 *)"", 1);
	g_byte_array_append(input, (const guint8 *)text, (guint)strlen(text));
	return g_byte_array_free_to_bytes(input);
}

static void
judge(PfsSchemaCheck *self, GBytes *schema)
{
	const char *checker = self->tree->options.schema_checker;
	g_autoptr(GBytes) input = join(schema, self->text);
	g_autoptr(GError) error = NULL;

	if (checker == NULL) {
		end_unchecked(self, "particlefs-check-schema is not installed");
		return;
	}
	self->helper = pfs_helper_run(checker, input, TIMEOUT_MS, judged_cb, self, &error);
	if (self->helper == NULL)
		end_unchecked(self, error->message);
}

/* Without a schema there is nothing to judge by; why there is none was told when it was asked for.
 */
static gboolean
read_cb(gpointer user_data)
{
	PfsSchemaCheck *self = user_data;
	g_autoptr(GBytes) content = NULL;
	gint64 valid_us;
	PfsOutcome outcome =
	    pfs_tree_read(self->tree, self->schema, &self->access, &content, &valid_us);

	self->idle_source = 0;
	if (outcome == PFS_READY)
		judge(self, content);
	else if (outcome == PFS_PENDING)
		pfs_resource_wait(self->access.waiting_for, &self->waiter);
	else
		end(self, NULL);
	return G_SOURCE_REMOVE;
}

static void
woken_cb(PfsWaiter *waiter)
{
	read_cb(waiter->user_data);
}

PfsSchemaCheck *
pfs_schema_check_new(PfsTree *tree, PfsEntry *entry, const char *text, PfsSchemaFunc done,
		     gpointer user_data)
{
	PfsSchemaCheck *self = g_new0(PfsSchemaCheck, 1);

	self->tree = tree;
	self->entry = pfs_entry_ref(entry);
	self->text = g_strdup(text);
	self->done = done;
	self->user_data = user_data;
	self->waiter.wake = woken_cb;
	self->waiter.user_data = self;
	pfs_access_init(&self->access, FALSE);
	/* A row of its own directory is there at once. */
	(void)pfs_tree_lookup(tree, entry->parent, entry->node->schema, &self->access,
			      &self->schema);
	self->idle_source = g_idle_add(read_cb, self);
	return self;
}

void
pfs_schema_check_cancel(PfsSchemaCheck *self)
{
	if (self == NULL)
		return;
	if (self->helper != NULL)
		pfs_helper_cancel(self->helper);
	schema_check_free(self);
}
