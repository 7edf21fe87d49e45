/* SPDX-License-Identifier: Apache-2.0 */
#include "prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <particlefs/error.h>
#include <particlefs/token.h>

#define MAX_ANSWER_BYTES 1024

static const int watched[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
static volatile sig_atomic_t caught;

static void
catch_cb(int number)
{
	caught = number;
}

/* A terminal that is left without echo is a nuisance: a signal waits until it has it back. */
static void
watch_signals(struct sigaction *old)
{
	struct sigaction action = { .sa_handler = catch_cb }; /* no SA_RESTART: read() is to end */

	caught = 0;
	for (gsize i = 0; i < G_N_ELEMENTS(watched); i++)
		sigaction(watched[i], &action, &old[i]);
}

static void
unwatch_signals(const struct sigaction *old)
{
	for (gsize i = 0; i < G_N_ELEMENTS(watched); i++)
		sigaction(watched[i], &old[i], NULL);
	if (caught)
		raise(caught);
}

static gssize
read_line(int fd, char *line, gsize size)
{
	gsize length = 0;

	while (length < size - 1) {
		gssize n = read(fd, line + length, 1);

		if (n < 0)
			return -1;
		if (n == 0 || line[length] == '\n')
			break;
		length++;
	}
	line[length] = '\0';
	return length;
}

static gboolean
write_text(int fd, const char *text)
{
	return write(fd, text, strlen(text)) == (gssize)strlen(text);
}

static char *
ask(int fd, const char *question, gboolean secret)
{
	char line[MAX_ANSWER_BYTES];
	struct sigaction old_actions[G_N_ELEMENTS(watched)];
	struct termios old, quiet;
	gboolean hidden = secret && tcgetattr(fd, &old) == 0;
	char *answer = NULL;

	watch_signals(old_actions);
	if (hidden) {
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
		tcsetattr(fd, TCSAFLUSH, &quiet);
	}
	if (write_text(fd, question) && read_line(fd, line, sizeof(line)) >= 0)
		answer = g_strdup(line);
	explicit_bzero(line, sizeof(line));
	if (hidden) {
		tcsetattr(fd, TCSAFLUSH, &old);
		write_text(fd, "\n");
	}
	unwatch_signals(old_actions);
	return answer;
}

char *
pfs_prompt(const char *question, gboolean secret, GError **error)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	char *answer;

	if (fd < 0) {
		g_set_error_literal(error, PFS_ERROR, ENOTTY, "there is no terminal to ask on");
		return NULL;
	}
	answer = ask(fd, question, secret);
	close(fd);
	if (answer && *answer)
		return answer;
	pfs_secret_free(answer);
	g_set_error_literal(error, PFS_ERROR, EINVAL, "no answer was given");
	return NULL;
}
