/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "answer.h"
#include "node.h"

/* As much of their number as an entry keeps. */
#define NAMED 0x7fffffffu

static guint renames;

/* Inode numbers of drafts, which keep theirs wherever they are moved, begin here. */
#define DRAFT_NUMBERS (G_GUINT64_CONSTANT(1) << 63)

PfsEntry *
pfs_entry_new(const PfsNode *node, PfsEntry *parent, const char *name, const char *value)
{
	gsize name_bytes = strlen(name) + 1;
	gsize value_bytes = value != NULL ? strlen(value) + 1 : 0;
	PfsEntry *self = g_malloc0(sizeof(PfsEntry) + name_bytes + value_bytes);

	self->ref_count = 1;
	self->node = node;
	self->parent = parent != NULL ? pfs_entry_ref(parent) : NULL;
	self->name = memcpy(self->bytes, name, name_bytes);
	if (value != NULL)
		self->value = memcpy(self->bytes + name_bytes, value, value_bytes);
	return self;
}

PfsEntry *
pfs_entry_new_name(const char *name)
{
	return pfs_entry_new(&pfs_root_node, NULL, name, NULL);
}

PfsEntry *
pfs_entry_ref(PfsEntry *self)
{
	self->ref_count++;
	return self;
}

/* A name that was given later lies elsewhere. */
static void
drop_name(PfsEntry *self)
{
	if (self->name != self->bytes)
		g_free(self->name);
}

static void
drop_answer(PfsEntry *self)
{
	if (self->answer != NULL)
		pfs_resource_unref(&self->answer->resource);
	self->answer = NULL;
}

void
pfs_entry_unref(PfsEntry *self)
{
	while (self != NULL && --self->ref_count == 0) {
		PfsEntry *parent = self->parent;

		drop_name(self);
		pfs_draft_unref(self->draft);
		drop_answer(self);
		g_free(self);
		self = parent;
	}
}

gboolean
pfs_node_is_pattern(const PfsNode *node)
{
	return node->name[0] == '{';
}

const char *
pfs_node_get_answer_path(const PfsNode *node)
{
	return node->answer != NULL ? node->answer : node->pick;
}

PfsKind
pfs_entry_get_kind(PfsEntry *self)
{
	return self->node->kind;
}

const char *
pfs_entry_get_name(PfsEntry *self)
{
	return self->name;
}

/* A draft is bound to its name, wherever it is moved, and so is a record that has no ID but its
 * name. */
static gboolean
is_bound_to_name(const PfsEntry *self)
{
	const PfsCollectionRow *row = self->node->collection;

	return self->value != NULL &&
	       (self->draft != NULL || (row != NULL && strcmp(row->id_key, row->name_key) == 0));
}

void
pfs_entry_set_name(PfsEntry *self, const char *name)
{
	char *copy = g_strdup(name);

	drop_name(self);
	self->name = copy;
	if (is_bound_to_name(self))
		self->value = copy;
	renames++;
}

/* A name binds arguments of all that is below it. */
PfsAnswer *
pfs_entry_peek_answer(PfsEntry *self)
{
	return self->answer != NULL && !self->answer->forgotten && self->named == (renames & NAMED)
		   ? self->answer
		   : NULL;
}

void
pfs_entry_keep_answer(PfsEntry *self, PfsAnswer *answer)
{
	pfs_resource_ref(&answer->resource);
	drop_answer(self);
	self->answer = answer;
	self->named = renames & NAMED;
}

/* FNV-1a over what identifies the place: a record by its ID, so that a rename keeps the number. */
guint64
pfs_entry_get_ino(PfsEntry *self)
{
	guint64 hash = 14695981039346656037UL;

	if (self->draft != NULL)
		return DRAFT_NUMBERS + self->draft->number;
	for (PfsEntry *entry = self; entry != NULL; entry = entry->parent) {
		const char *text = entry->value != NULL ? entry->value : entry->name;

		for (const char *at = text; *at != '\0'; at++)
			hash = (hash ^ (guchar)*at) * 1099511628211UL;
		hash = (hash ^ '/') * 1099511628211UL;
	}
	return hash > 1 ? hash : hash + 2;
}

gboolean
pfs_entry_is_writable(PfsEntry *self)
{
	return self->node->kind == PFS_FILE || self->node->write != NULL;
}

gboolean
pfs_entry_is_removable(PfsEntry *self)
{
	return self->node->remove != NULL;
}

/* The directories stand below one product, not below two. */
gboolean
pfs_entry_moves_into(PfsEntry *self, PfsEntry *directory)
{
	return self->node->move_into != NULL && self->parent != NULL &&
	       directory->node->children == self->node->move_into && directory->parent != NULL &&
	       self->parent->parent != NULL &&
	       pfs_entry_get_ino(directory->parent) == pfs_entry_get_ino(self->parent->parent);
}

gboolean
pfs_entry_is_stable(PfsEntry *self)
{
	return (self->node->source == PFS_FROM_ANSWER || self->node->source == PFS_FROM_RESOLVED) &&
	       self->node->ttl == PFS_TTL_STATIC;
}

gboolean
pfs_entry_takes_lines(PfsEntry *self)
{
	return self->node->kind == PFS_VERB || self->node->kind == PFS_LOG;
}

gboolean
pfs_node_binds(const PfsNode *node, const char *parameter)
{
	gsize length = strlen(parameter);

	return pfs_node_is_pattern(node) && strncmp(node->name + 1, parameter, length) == 0 &&
	       strcmp(node->name + 1 + length, "}") == 0;
}

gboolean
pfs_entry_is_root(PfsEntry *self)
{
	return self->is_root || self->parent == NULL;
}

char *
pfs_entry_dup_path(PfsEntry *self)
{
	g_autofree char *parent = NULL;

	if (pfs_entry_is_root(self))
		return g_strdup("/");
	parent = pfs_entry_dup_path(self->parent);
	return g_strconcat(pfs_entry_is_root(self->parent) ? "" : parent, "/", self->name, NULL);
}

char *
pfs_entry_dup_key(PfsEntry *self)
{
	g_autofree char *parent = NULL;
	g_autofree char *own = NULL;

	if (pfs_entry_is_root(self))
		return g_strdup("");
	parent = pfs_entry_dup_key(self->parent);
	own = pfs_name_escape(self->value != NULL ? self->value : self->name);
	return g_strconcat(parent, "/", own, NULL);
}

/* `{deviceId}` -> `deviceId` */
static char *
dup_parameter(const PfsNode *node)
{
	return node->binds != NULL ? g_strdup(node->binds)
				   : g_strndup(node->name + 1, strlen(node->name) - 2);
}

static gboolean
wants(json_t *arguments, const PfsEndpoint *endpoint, const char *name)
{
	return json_object_get(arguments, name) == NULL &&
	       pfs_endpoint_has_parameter(endpoint, name);
}

void
pfs_arguments_bind_text(json_t *arguments, const PfsEndpoint *endpoint, const char *name,
			const char *text)
{
	json_t *value;

	if (!wants(arguments, endpoint, name))
		return;
	value = pfs_arguments_parse_value(endpoint, name, text, NULL);
	json_object_set_new(arguments, name, value != NULL ? value : json_string(text));
}

/* They have kept from being bound what stands above them. */
static void
drop_nulls(json_t *arguments)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(arguments, next, name, value) if (json_is_null(value))
	    json_object_del(arguments, name);
}

json_t *
pfs_entry_dup_arguments(PfsEntry *self, const PfsEndpoint *endpoint)
{
	json_t *arguments = json_object();

	for (PfsEntry *entry = self; entry != NULL; entry = entry->parent) {
		g_autoptr(json_t) constants = NULL;
		const char *name;
		json_t *value;

		if (entry->value != NULL) {
			g_autofree char *parameter = dup_parameter(entry->node);

			pfs_arguments_bind_text(arguments, endpoint, parameter, entry->value);
		}
		if (entry->node->bind == NULL)
			continue;
		constants = json_loads(entry->node->bind, 0, NULL);
		json_object_foreach(constants, name, value) if (wants(arguments, endpoint, name))
		    json_object_set(arguments, name, value);
	}
	drop_nulls(arguments);
	pfs_endpoint_narrow_scope(endpoint, arguments);
	return arguments;
}

PfsEntry *
pfs_entry_get_record_entry(PfsEntry *self)
{
	for (PfsEntry *entry = self; entry != NULL; entry = entry->parent)
		if (entry->value != NULL && entry->node->collection != NULL &&
		    entry->node->source == PFS_FROM_RECORDS)
			return entry;
	return NULL;
}
