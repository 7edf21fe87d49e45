/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <particlefs/resource.h>
#include <particlefs/tree.h>

G_BEGIN_DECLS

typedef struct _PfsAnswer PfsAnswer;

/* Gets the body instead of its being kept. */
typedef gboolean (*PfsAnswerFunc)(PfsAnswer *self, GBytes *body, GError **error);

typedef GBytes *(*PfsConvertFunc)(GBytes *answer, GError **error);

/* The answer to one reading call. */
struct _PfsAnswer {
	PfsResource resource;
	PfsApi *api;
	const PfsEndpoint *endpoint;
	json_t *arguments;
	PfsApiCall *call;
	GBytes *body;
	PfsAnswerFunc take;
	gpointer take_user_data;
	PfsEntry *entry;    /* which asked first; NULL: not told */
	gint64 total_pages; /* of which it is one, where @take has found that; -1: not told */
	gboolean lasting;   /* no act makes it another one */
	gboolean forgotten; /* nobody else finds it any more */
	GPtrArray *others;  /* paths that show it as well: two names may lead to one record */
	char *picked_path;  /* the last pick, and what it gave */
	GBytes *picked;
	GHashTable *items; /* what is picked -> its JSON, of those whose members are files */
	gsize bytes;	   /* that all these take */
	/* It is another one than before. */
	void (*grown)(gpointer user_data);
	gpointer grown_user_data;
};

PfsAnswer *pfs_answer_new(PfsApi *api, const PfsEndpoint *endpoint, json_t *arguments,
			  PfsAnswerFunc take, gpointer user_data);

/* Whoever has kept it gets another one. A reference to it is consumed. */
void pfs_answer_forget(PfsAnswer *self);

/* Which asked first for @resource; NULL where that is no answer. */
PfsEntry *pfs_answer_peek_entry(PfsResource *resource);

/* The text at @path (keys and array indices between dots; `a|b` tries one, then the other) of the
 * answer: a string as it is, anything else as JSON. Without a path the whole, as one line. NULL
 * with EBADMSG when it is not there or not JSON. */
GBytes *pfs_answer_pick(PfsAnswer *self, const char *path, GError **error);

/* The JSON that @convert makes of the answer, else the one at @path, kept until the next answer:
 * each of its members is looked up in it. (transfer full) (nullable) */
json_t *pfs_answer_get_items(PfsAnswer *self, const char *path, PfsConvertFunc convert,
			     GError **error);

/* The same for any text. */
GBytes *pfs_json_pick(const char *text, gsize length, const char *path, GError **error);

/* What it holds. */
gsize pfs_answer_get_bytes(const PfsAnswer *self);

/* That all answers hold. */
gsize pfs_answers_get_bytes(void);

G_END_DECLS
