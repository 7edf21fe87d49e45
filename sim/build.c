/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cloud compiler. It does not generate code, but it reads the sources: a
 * quote, a bracket or a comment that does not end, a missing setup() or loop(),
 * and an include that nobody sent are found and reported as gcc would.
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
	GString *errors;
	const char *filename;
	const char *text;
	gsize size;
	gsize at;
	int line;
	int column;
	char open[256];
	int open_line[256];
	int depth;
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

static void
scan_bracket(Scan *self, char c)
{
	static const char opening[] = "({[";
	static const char closing[] = ")}]";
	const char *close = strchr(closing, c);

	if (!close && self->depth < 255) {
		self->open[self->depth] = c;
		self->open_line[self->depth++] = self->line;
	} else if (close) {
		if (self->depth && self->open[self->depth - 1] == opening[close - closing])
			self->depth--;
		else
			complain(self, self->line, self->column,
				 "expected declaration before '%c' token", c);
	}
	step(self);
}

static void
scan_source(Scan *self)
{
	while (self->at < self->size) {
		char c = peek(self, 0);

		if (c == '/' && (peek(self, 1) == '/' || peek(self, 1) == '*'))
			scan_comment(self);
		else if (c == '"' ||
			 (c == '\'' && !g_ascii_isdigit(peek(self, 1) ? peek(self, -1) : 0)))
			scan_quote(self, c);
		else if (c && strchr("(){}[]", c))
			scan_bracket(self, c);
		else
			step(self);
	}
	if (self->depth)
		complain(self, self->line, self->column, "expected '%c' at end of input",
			 self->open[self->depth - 1] == '('   ? ')'
			 : self->open[self->depth - 1] == '[' ? ']'
							      : '}');
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

static void
check_includes(SimRequest *request, Scan *self)
{
	g_autofree char *text = g_strndup(self->text, self->size);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (int i = 0; lines[i]; i++) {
		g_autofree char *name = NULL;
		char *open;

		if (!g_str_has_prefix(g_strchug(lines[i]), "#include \""))
			continue;
		open = lines[i] + strlen("#include \"");
		name = g_strndup(open, strcspn(open, "\""));
		if (!g_strv_contains(system_headers, name) && !file_was_sent(request, name))
			complain(self, i + 1, 10, "%s: No such file or directory", name);
	}
}

/* Returns: (transfer full): the errors in gcc's form; NULL when it compiles */
char *
sim_compile(SimRequest *request)
{
	g_autoptr(GString) errors = g_string_new(NULL);
	gboolean setup = FALSE;
	gboolean code = FALSE;

	for (guint i = 0; i < sim_request_n_files(request); i++) {
		Scan scan = { .errors = errors, .line = 1, .column = 1 };
		GBytes *bytes = sim_request_file(request, i, &scan.filename);

		scan.text = g_bytes_get_data(bytes, &scan.size);
		if (!scan.filename || !sim_is_source(scan.filename) ||
		    g_str_has_suffix(scan.filename, ".properties") ||
		    g_str_has_suffix(scan.filename, ".txt"))
			continue;
		code = code || !g_str_has_suffix(scan.filename, ".h");
		setup =
		    setup || (scan.size && (g_strstr_len(scan.text, (gssize)scan.size, "setup") ||
					    g_strstr_len(scan.text, (gssize)scan.size, "loop")));
		scan_source(&scan);
		check_includes(request, &scan);
	}
	if (!errors->len && !code)
		g_string_append(errors, "make: *** No sources to build. Stop.\n");
	else if (!errors->len && !setup)
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
