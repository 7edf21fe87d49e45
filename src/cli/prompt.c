/* SPDX-License-Identifier: Apache-2.0 */
#include "prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

typedef struct {
	struct sigaction actions[G_N_ELEMENTS(watched)];
	sigset_t mask;
} Signals;

/* A terminal that is left without echo is a nuisance: a signal waits until it has it back. All are
 * blocked but while a key is waited for: one that came just before would not end that wait. */
static void
watch_signals(Signals *old)
{
	struct sigaction action = { .sa_handler = catch_cb };
	sigset_t blocked;

	caught = 0;
	sigemptyset(&blocked);
	for (gsize i = 0; i < G_N_ELEMENTS(watched); i++)
		sigaddset(&blocked, watched[i]);
	sigprocmask(SIG_BLOCK, &blocked, &old->mask);
	for (gsize i = 0; i < G_N_ELEMENTS(watched); i++)
		sigaction(watched[i], &action, &old->actions[i]);
}

static void
unwatch_signals(const Signals *old)
{
	sigprocmask(SIG_SETMASK, &old->mask, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS(watched); i++)
		sigaction(watched[i], &old->actions[i], NULL);
	if (caught)
		raise(caught);
}

static gssize
read_line(int fd, const sigset_t *mask, char *line, gsize size)
{
	struct pollfd key = { .fd = fd, .events = POLLIN };
	gsize length = 0;

	while (length < size - 1) {
		gssize n = ppoll(&key, 1, NULL, mask) < 0 ? -1 : read(fd, line + length, 1);

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
	Signals signals;
	struct termios old, quiet;
	gboolean hidden = secret && tcgetattr(fd, &old) == 0;
	char *answer = NULL;

	watch_signals(&signals);
	if (hidden) {
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
		tcsetattr(fd, TCSAFLUSH, &quiet);
	}
	if (write_text(fd, question) && read_line(fd, &signals.mask, line, sizeof(line)) >= 0)
		answer = g_strdup(line);
	explicit_bzero(line, sizeof(line));
	if (hidden) {
		tcsetattr(fd, TCSAFLUSH, &old);
		write_text(fd, "\n");
	}
	unwatch_signals(&signals);
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
	do
		answer = ask(fd, question, secret);
	while (!answer && caught == SIGTSTP); /* Ctrl-Z, and now it goes on */
	close(fd);
	if (answer && *answer)
		return answer;
	pfs_secret_free(answer);
	g_set_error_literal(error, PFS_ERROR, EINVAL, "no answer was given");
	return NULL;
}
