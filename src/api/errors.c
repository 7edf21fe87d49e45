/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer that is no success means. */
#include "endpoint-row.h"

#include <errno.h>
#include <string.h>

#include <particlefs/api.h>
#include <particlefs/error.h>
#include <particlefs/text.h>
#include <particlefs/wipe.h>

/* Larger answers are lists and documents, never a plain {"ok": false}; nor does an error say so
 * much. */
#define MAX_VERDICT_BYTES (1024 * 1024)
#define MAX_MESSAGE_BYTES 2000

typedef enum {
	ANY_ENDPOINT,
	WAITING_ENDPOINT, /* its answer waits for the device */
	FILE_ENDPOINT,	  /* takes files */
	COMPILER,	  /* what it has made of them */
} Applies;

/*
 * Where status alone does not say it. The first row that fits wins; a status of 0 stands for all,
 * an empty text for any. The texts are those recorded of the live cloud.
 */
/* clang-format off */
static const struct {
	long status;
	Applies applies;
	const char *text;
	int code;
} exceptions[] = {
	{ 0,   COMPILER,	 "",				EINVAL },
	{ 400, ANY_ENDPOINT,	 "access token was not found",	ENOKEY },
	{ 400, ANY_ENDPOINT,	 "API users are not allowed",	EPERM },
	{ 401, ANY_ENDPOINT,	 "Bad password",		EPERM },
	{ 403, ANY_ENDPOINT,	 "didn't recognize that device", ENOENT },
	{ 0,   WAITING_ENDPOINT, "isn't online",		EHOSTDOWN },
	{ 0,   WAITING_ENDPOINT, "timed out",			ETIMEDOUT },
	{ 400, ANY_ENDPOINT,	 "already",			EEXIST },
	{ 400, ANY_ENDPOINT,	 "customer_exists",		EEXIST },
	{ 200, ANY_ENDPOINT,	 "already",			EEXIST },
	{ 413, FILE_ENDPOINT,	 "",				EFBIG },
};
/* clang-format on */

static gboolean
takes_files(const PfsEndpoint *endpoint)
{
	PFS_FOREACH_PARAMETER(endpoint, p)
	{
		if (p->type == PFS_TYPE_FILE || p->type == PFS_TYPE_FILES)
			return TRUE;
	}
	return FALSE;
}

/* A compiler quotes the sources, in which any words may stand. */
static gboolean
applies_to(Applies applies, const PfsEndpoint *endpoint, const json_t *answer)
{
	switch (applies) {
	case ANY_ENDPOINT:
		return TRUE;
	case WAITING_ENDPOINT:
		return (endpoint->flags &
			(PFS_ENDPOINT_CALLS_DEVICE | PFS_ENDPOINT_WAITS_DEVICE)) != 0;
	case FILE_ENDPOINT:
		return takes_files(endpoint);
	case COMPILER:
		return takes_files(endpoint) && json_object_get(answer, "output") != NULL;
	}
	return FALSE;
}

static gboolean
contains_nocase(const char *text, const char *part)
{
	PFS_AUTO_WIPE char *folded_text = g_utf8_strdown(text, -1);
	g_autofree char *folded_part = g_utf8_strdown(part, -1);

	return strstr(folded_text, folded_part) != NULL;
}

/* An item of `errors`: "text", ["text", 404], {"error": …}, {"status": …}, {"message": …}. */
static const char *
get_item_text(const json_t *item)
{
	static const char *const keys[] = { "error", "status", "message" };

	if (json_is_string(item))
		return json_string_value(item);
	if (json_is_array(item))
		return json_string_value(json_array_get(item, 0));
	for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
		const char *text =
		    json_is_object(item) ? get_item_text(json_object_get(item, keys[i])) : NULL;

		if (text)
			return text;
	}
	return NULL;
}

static void
add_text(GPtrArray *texts, const char *text)
{
	if (text && *text)
		g_ptr_array_add(texts, (gpointer)text);
}

/* All that the cloud says, in the order of the official CLI: the first is what it would show. */
static GPtrArray *
collect_texts(const json_t *answer)
{
	static const char *const before[] = { "error_description", "error" };
	static const char *const after[] = { "info", "message", "description", "output" };
	GPtrArray *texts = g_ptr_array_new();
	gsize i;
	json_t *item;

	for (guint k = 0; k < G_N_ELEMENTS(before); k++)
		add_text(texts, get_item_text(json_object_get(answer, before[k])));
	json_array_foreach(json_object_get(answer, "errors"), i, item)
	    add_text(texts, get_item_text(item));
	for (guint k = 0; k < G_N_ELEMENTS(after); k++)
		add_text(texts, get_item_text(json_object_get(answer, after[k])));
	return texts;
}

/* The cloud quotes the request's own address, token and all, in some answers. */
static char *
hide_tokens(const char *text)
{
	static GRegex *tokens;

	if (g_once_init_enter(&tokens))
		g_once_init_leave(
		    &tokens,
		    g_regex_new("(access_token=)[^&\\s\"']*|\\b[0-9a-fA-F]{40}\\b", 0, 0, NULL));
	return g_regex_replace(tokens, text, -1, 0, "\\1…", 0, NULL);
}

static char *
cut_text(const char *text)
{
	gsize length = strlen(text);
	const char *end;

	if (length <= MAX_MESSAGE_BYTES)
		return g_strdup(text);
	end = g_utf8_find_prev_char(text, text + MAX_MESSAGE_BYTES);
	return g_strdup_printf("%.*s…", (int)(end - text), text);
}

/* The longest of those that @at begins with: one may be the beginning of another. */
static gsize
match_secret(const GPtrArray *secrets, const char *at)
{
	gsize longest = 0;

	for (guint i = 0; i < secrets->len; i++) {
		if (g_str_has_prefix(at, secrets->pdata[i]))
			longest = MAX(longest, strlen(secrets->pdata[i]));
	}
	return longest;
}

/* In one go, so that no copy is made in which some of them still stand. */
char *
pfs_secrets_hide(const GPtrArray *secrets, const char *text)
{
	GString *hidden = g_string_new(NULL);

	while (*text) {
		gsize length = match_secret(secrets, text);

		if (length > 0)
			g_string_append(hidden, "…");
		else
			g_string_append_c(hidden, *text);
		text += MAX(length, 1);
	}
	return g_string_free(hidden, FALSE);
}

/* Half a secret, or one with an escape in it, would not be found any more: so they are hidden
 * first. */
static void
make_shown(GError *error, const GPtrArray *secrets)
{
	PFS_AUTO_WIPE char *raw = g_steal_pointer(&error->message);
	g_autofree char *hidden = pfs_secrets_hide(secrets, raw);
	g_autofree char *without_tokens = hide_tokens(hidden);
	g_autofree char *printable = pfs_text_printable(without_tokens, -1);

	error->message = cut_text(printable);
}

/* The exception that fits, and the text it was found in. */
static int
find_exception(const PfsEndpoint *endpoint, long http_status, const json_t *answer,
	       const GPtrArray *texts, const char **out_text)
{
	for (guint i = 0; i < G_N_ELEMENTS(exceptions); i++) {
		if (exceptions[i].status && exceptions[i].status != http_status)
			continue;
		if (!applies_to(exceptions[i].applies, endpoint, answer))
			continue;
		if (!*exceptions[i].text)
			return exceptions[i].code;
		for (guint k = 0; k < texts->len; k++) {
			if (!contains_nocase(texts->pdata[k], exceptions[i].text))
				continue;
			*out_text = texts->pdata[k];
			return exceptions[i].code;
		}
	}
	return 0;
}

static int
plain_code(long http_status)
{
	int code;

	if (http_status >= 200 && http_status < 300)
		return EINVAL; /* "ok": false */
	code = pfs_errno_from_http(http_status);
	return code ? code : EBADMSG;
}

/* The status itself, where the cloud said nothing that a person could read (a proxy's page, say).
 */
static char *
describe_status(long http_status, const char *body, gsize length)
{
	if (length > 0 && length < 200 && g_utf8_validate_len(body, length, NULL) && *body != '<' &&
	    *body != '{' && *body != '[')
		return g_strdup_printf("HTTP %ld: %.*s", http_status, (int)length, body);
	return g_strdup_printf("HTTP %ld", http_status);
}

static GError *
explain(const PfsEndpoint *endpoint, long http_status, const json_t *answer, const char *body,
	gsize length)
{
	g_autoptr(GPtrArray) texts = collect_texts(answer);
	PFS_AUTO_WIPE char *message = NULL;
	const char *reason = NULL;
	int code = find_exception(endpoint, http_status, answer, texts, &reason);

	if (!code)
		code = plain_code(http_status);
	if (texts->len == 0)
		message = describe_status(http_status, body, length);
	else if (reason && reason != texts->pdata[0])
		/* `Permission Denied` alone would not say why this is ENOENT */
		message = g_strdup_printf("%s: %s", (char *)texts->pdata[0], reason);
	else
		message = g_strdup(texts->pdata[0]);
	return pfs_error_new_http(http_status, code, message);
}

static const char *
skip_space(const char *body, gsize length)
{
	while (length > 0 && g_ascii_isspace(*body)) {
		body++;
		length--;
	}
	return length > 0 ? body : NULL;
}

/* A cheap look before a parse: most answers say nothing of the kind. A key may be spelled
 * otherwise. */
static gboolean
may_be_verdict(const PfsEndpoint *endpoint, const char *start, const char *body, gsize length)
{
	if (*start != '{' || length > MAX_VERDICT_BYTES)
		return FALSE;
	return memmem(body, length, "\"ok\"", 4) != NULL ||
	       memmem(body, length, "\\u00", 4) != NULL ||
	       ((endpoint->flags & PFS_ENDPOINT_TELLS_ONLINE) &&
		memmem(body, length, "\"online\"", 8) != NULL);
}

static GError *
judge_success(const PfsEndpoint *endpoint, long http_status, const char *body, gsize length)
{
	const char *start = length > 0 ? skip_space(body, length) : NULL;
	g_autoptr(json_t) answer = NULL;

	if (!start || endpoint->answer != PFS_ANSWER_JSON)
		return NULL;
	if (*start == '<')
		return pfs_error_new_http(http_status, EBADMSG, "the answer is not JSON");
	if (!may_be_verdict(endpoint, start, body, length))
		return NULL;
	answer = pfs_json_load(body, length);
	if (json_is_false(json_object_get(answer, "ok")))
		return explain(endpoint, http_status, answer, body, length);
	if ((endpoint->flags & PFS_ENDPOINT_TELLS_ONLINE) &&
	    json_is_false(json_object_get(answer, "online")))
		return pfs_error_new_http(http_status, EHOSTDOWN, "The device is offline");
	return NULL;
}

static GError *
judge(const PfsEndpoint *endpoint, long http_status, const char *body, gsize length)
{
	g_autoptr(json_t) answer = NULL;

	if (http_status >= 200 && http_status < 300)
		return judge_success(endpoint, http_status, body, length);
	if (length <= MAX_VERDICT_BYTES)
		answer = pfs_json_load(body, length);
	return explain(endpoint, http_status, answer, body, length);
}

GError *
pfs_api_error_from_answer(const PfsEndpoint *endpoint, long http_status, const char *body,
			  gsize length, const GPtrArray *secrets)
{
	GError *error;

	g_return_val_if_fail(endpoint && secrets, NULL);

	error = judge(endpoint, http_status, body, length);
	if (error)
		make_shown(error, secrets);
	return error;
}
