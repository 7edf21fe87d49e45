/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cloud compiler. It does not generate code, but it reads the sources: a
 * quote, a bracket or a comment that does not end, a statement without its
 * semicolon before a brace, a missing setup() or loop(), and an include that
 * nobody sent are found and reported as gcc would.
 */
#include "binary.h"
#include "families.h"
#include "fleet.h"
#include "store.h"

#include <string.h>

gboolean
sim_is_source(const char *filename)
{
	static const char *const ends[] = { ".ino", ".cpp",	   ".c",  ".h",
					    ".hpp", ".properties", ".txt" };

	for (guint i = 0; i < G_N_ELEMENTS(ends); i++)
		if (g_str_has_suffix(filename, ends[i]))
			return TRUE;
	return FALSE;
}

typedef struct {
	SimRequest *request;
	GString *errors;
	const char *filename;
	const char *text;
	gsize size;
	gsize at;
	int line;
	int column;
	char open[256];
	gboolean block[256]; /* of these: has statements in it */
	int depth;
	char last;	/* but for space and comments */
	gsize word;	/* where the last one begins */
	gboolean value; /* a type or a list of values: its braces hold no statements */
	GString *code;	/* of all files, without comments and quotes */
} Scan;

static void complain(Scan *self, int line, int column, const char *format, ...) G_GNUC_PRINTF(4, 5);

static void
complain(Scan *self, int line, int column, const char *format, ...)
{
	va_list args;

	g_string_append_printf(self->errors, "%s:%d:%d: error: ", self->filename, line, column);
	va_start(args, format);
	g_string_append_vprintf(self->errors, format, args);
	va_end(args);
	g_string_append_c(self->errors, '\n');
}

static char
peek(const Scan *self, gsize ahead)
{
	return self->at + ahead < self->size ? self->text[self->at + ahead] : '\0';
}

static void
step(Scan *self)
{
	if (peek(self, 0) == '\n') {
		self->line++;
		self->column = 0;
	}
	self->at++;
	self->column++;
}

static void
scan_comment(Scan *self)
{
	int line = self->line;
	int column = self->column;
	gboolean block = peek(self, 1) == '*';

	step(self);
	step(self);
	while (self->at < self->size) {
		if (!block && peek(self, 0) == '\n')
			return;
		if (block && peek(self, 0) == '*' && peek(self, 1) == '/') {
			step(self);
			step(self);
			return;
		}
		step(self);
	}
	if (block)
		complain(self, line, column, "unterminated comment");
}

static void
scan_quote(Scan *self, char quote)
{
	int line = self->line;
	int column = self->column;

	for (step(self); self->at < self->size && peek(self, 0) != '\n'; step(self)) {
		if (peek(self, 0) == '\\')
			step(self);
		else if (peek(self, 0) == quote) {
			step(self);
			return;
		}
	}
	complain(self, line, column, "missing terminating %c character", quote);
}

/* R"x(…)x", from its quote on. */
static void
scan_raw(Scan *self)
{
	gsize start = self->at + 1;
	gsize length = 0;
	g_autofree char *end = NULL;
	const char *found;

	while (start + length < self->size && length < 17 && self->text[start + length] != '(')
		length++;
	end = g_strdup_printf(")%.*s\"", (int)length, self->text + start);
	found = g_strstr_len(self->text + start, (gssize)(self->size - start), end);
	if (!found)
		complain(self, self->line, self->column, "unterminated raw string");
	for (gsize stop = found ? (gsize)(found - self->text) + strlen(end) : self->size;
	     self->at < stop;)
		step(self);
}

static gboolean
file_was_sent(SimRequest *request, const char *name)
{
	const char *filename = NULL;

	for (guint i = 0; i < sim_request_n_files(request); i++)
		if (sim_request_file(request, i, &filename) && g_str_has_suffix(filename, name))
			return TRUE;
	return FALSE;
}

static const char *const system_headers[] = {
	"Particle.h", "application.h", "Arduino.h", "math.h",
	"string.h",   "stdio.h",       "stdlib.h",  NULL,
};

static const char *
skip_blank(const char *text)
{
	return text + strspn(text, " \t");
}

static void
check_include(Scan *self, int line, const char *directive)
{
	const char *at = skip_blank(directive + 1);
	g_autofree char *name = NULL;

	if (!g_str_has_prefix(at, "include"))
		return;
	at = skip_blank(at + strlen("include"));
	if (*at != '"')
		return;
	name = g_strndup(at + 1, strcspn(at + 1, "\""));
	if (!g_strv_contains(system_headers, name) && !file_was_sent(self->request, name))
		complain(self, line, 10, "%s: No such file or directory", name);
}

/* With the lines that a backslash adds. Of all that it may say, only what is included matters. */
static void
scan_directive(Scan *self)
{
	int line = self->line;
	gsize start = self->at;
	g_autofree char *text = NULL;

	while (self->at < self->size && peek(self, 0) != '\n') {
		if (peek(self, 0) == '/' && peek(self, 1) == '*') {
			scan_comment(self);
			continue;
		}
		if (peek(self, 0) == '\\')
			step(self);
		step(self);
	}
	self->at = MIN(self->at, self->size);
	text = g_strndup(self->text + start, self->at - start);
	check_include(self, line, text);
}

static void
scan_word(Scan *self)
{
	static const char *const words[] = { "return", "struct",    "class", "enum",
					     "union",  "namespace", NULL };
	gsize start = self->word = self->at;
	g_autofree char *word = NULL;

	while (g_ascii_isalnum(peek(self, 0)) || peek(self, 0) == '_')
		step(self);
	word = g_strndup(self->text + start, self->at - start);
	if (g_strv_contains(words, word))
		self->value = TRUE;
	g_string_append(self->code, word);
	self->last = g_ascii_isdigit(*word) ? '0' : 'a';
}

static gboolean
in_block(const Scan *self)
{
	return !self->depth || self->block[self->depth - 1];
}

static void
scan_bracket(Scan *self, char c)
{
	static const char opening[] = "({[";
	static const char closing[] = ")}]";
	const char *close = strchr(closing, c);
	gboolean block = FALSE;

	if (!close && self->depth < 255) {
		self->block[self->depth] =
		    c == '{' && self->last == ')' && !self->value && in_block(self);
		self->open[self->depth++] = c;
	} else if (close) {
		if (self->depth && self->open[self->depth - 1] == opening[close - closing])
			block = self->block[--self->depth];
		else
			complain(self, self->line, self->column,
				 "expected declaration before '%c' token", c);
	}
	if (block && self->last && strchr("a0)]\"", self->last))
		complain(self, self->line, self->column, "expected ';' before '}' token");
	if (c == '{' || c == '}')
		self->value = FALSE;
}

/* A sign that is no bracket: those that begin and end a statement, and a value. */
static void
scan_sign(Scan *self, char c)
{
	if (c == ';')
		self->value = FALSE;
	else if (c == '=' && in_block(self))
		self->value = TRUE;
}

static void
scan_token(Scan *self, char c)
{
	if (g_ascii_isalnum(c) || c == '_') {
		scan_word(self);
		return;
	}
	if (strchr("(){}[]", c))
		scan_bracket(self, c);
	else
		scan_sign(self, c);
	g_string_append_c(self->code, c);
	if (!g_ascii_isspace(c))
		self->last = c;
	step(self);
}

static gboolean
is_raw(const Scan *self)
{
	static const char *const prefixes[] = { "R", "LR", "uR", "UR", "u8R", NULL };
	gsize length = self->at - self->word;
	g_autofree char *word = length <= 3 ? g_strndup(self->text + self->word, length) : NULL;

	return word && g_strv_contains(prefixes, word);
}

static gboolean
starts_line(const Scan *self)
{
	gsize before = self->at;

	while (before && strchr(" \t", self->text[before - 1]))
		before--;
	return !before || self->text[before - 1] == '\n';
}

static void
scan_source(Scan *self)
{
	while (self->at < self->size) {
		char c = peek(self, 0);

		if (c == '/' && (peek(self, 1) == '/' || peek(self, 1) == '*')) {
			scan_comment(self);
		} else if (c == '#' && starts_line(self)) {
			scan_directive(self);
		} else if (c == '"' && is_raw(self)) {
			scan_raw(self);
			self->last = '"';
		} else if (c == '"' || (c == '\'' && self->last != '0')) {
			scan_quote(self, c);
			self->last = '"';
		} else if (c) {
			scan_token(self, c);
		} else {
			step(self);
		}
	}
	if (self->depth)
		complain(self, self->line, self->column, "expected '%c' at end of input",
			 self->open[self->depth - 1] == '('   ? ')'
			 : self->open[self->depth - 1] == '[' ? ']'
							      : '}');
}

/* Returns: (transfer full): the errors in gcc's form; NULL when it compiles */
char *
sim_compile(SimRequest *request)
{
	g_autoptr(GString) errors = g_string_new(NULL);
	g_autoptr(GString) words = g_string_new(NULL);
	gboolean code = FALSE;

	for (guint i = 0; i < sim_request_n_files(request); i++) {
		Scan scan = {
			.request = request, .errors = errors, .line = 1, .column = 1, .code = words
		};
		GBytes *bytes = sim_request_file(request, i, &scan.filename);

		scan.text = g_bytes_get_data(bytes, &scan.size);
		if (!scan.filename || !sim_is_source(scan.filename) ||
		    g_str_has_suffix(scan.filename, ".properties") ||
		    g_str_has_suffix(scan.filename, ".txt"))
			continue;
		code = code || !g_str_has_suffix(scan.filename, ".h");
		scan_source(&scan);
	}
	if (!errors->len && !code)
		g_string_append(errors, "make: *** No sources to build. Stop.\n");
	else if (!errors->len && !strstr(words->str, "setup") && !strstr(words->str, "loop"))
		g_string_append(errors, "main.cpp:(.text+0x4): undefined reference to `setup'\n"
					"main.cpp:(.text+0x8): undefined reference to `loop'\n"
					"collect2: error: ld returned 1 exit status\n");
	return errors->len ? g_strdup(errors->str) : NULL;
}

/* The same sources give the same binary. */
GBytes *
sim_compile_output(SimRequest *request, int platform_id)
{
	guint64 state = 1;

	for (guint i = 0; i < sim_request_n_files(request); i++)
		state = sim_hash(state, g_bytes_hash(sim_request_file(request, i, NULL)));
	return sim_binary_new(platform_id, state);
}
