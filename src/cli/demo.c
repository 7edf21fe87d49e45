/* SPDX-License-Identifier: Apache-2.0 */
/* particlefs demo: mounts a simulated cloud, which lives as long as the mount. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <particlefs/error.h>

#include "common.h"
#include "daemon.h"

#define NAME "demo"
#define SIMULATOR "particle-sim"
#define DEFAULT_DEVICES 30
#define EVENT_RATE "2"
#define START_MS 10000
/* What the simulator takes when it is told no other: it opens nothing else. */
#define TOKEN "0123456789abcdef0123456789abcdef01234567"

typedef struct {
	GPid pid;
	char *api;
} Simulator;

/* Where it is installed, in a build's tree, or anywhere. */
static char *
find_simulator(GError **error)
{
	static const char *const places[] = { SIMULATOR, "../sim/" SIMULATOR, NULL };
	char *path = pfs_cli_find_program(places);

	if (!path)
		path = g_find_program_in_path(SIMULATOR);
	if (!path)
		g_set_error_literal(error, PFS_ERROR, ENOENT, SIMULATOR " is not installed");
	return path;
}

/* In the child. It is not to outlive the mount, however that ends. */
static void
child_setup(gpointer user_data)
{
	const pid_t *parent = user_data;

	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != *parent)
		_exit(PFS_EXIT_FAILED);
	dup2(STDOUT_FILENO, STDERR_FILENO); /* what it says first is its address, or why not */
}

static gboolean
read_address(Simulator *self, int fd, GError **error)
{
	struct pollfd said = { .fd = fd, .events = POLLIN };
	char line[256];
	gssize length = -1;
	const char *address;

	if (poll(&said, 1, START_MS) > 0)
		length = read(fd, line, sizeof(line) - 1);
	line[MAX(length, 0)] = '\0';
	line[strcspn(line, "\n")] = '\0';
	address = strstr(line, "http://");
	if (!address) {
		g_set_error(error, PFS_ERROR, EIO, "the simulated cloud does not start: %s",
			    *line ? line : "it says nothing");
		return FALSE;
	}
	self->api = g_strdup(address);
	return TRUE;
}

static gboolean
simulator_start(Simulator *self, int devices, GError **error)
{
	g_autofree char *path = find_simulator(error);
	g_autofree char *number = g_strdup_printf("%d", devices);
	const char *argv[] = { path, "--devices", number, "--event-rate", EVENT_RATE, NULL };
	pid_t parent = getpid();
	gboolean started;
	int out;

	if (!path)
		return FALSE;
	if (!g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
				      child_setup, &parent, &self->pid, NULL, &out, NULL, error))
		return FALSE;
	started = read_address(self, out, error);
	close(out); /* it may say more than a pipe nobody reads would hold */
	return started;
}

static void
simulator_stop(Simulator *self)
{
	if (self->pid > 0) {
		kill(self->pid, SIGTERM);
		while (waitpid(self->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	g_clear_pointer(&self->api, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Simulator, simulator_stop)

static int
run(const char *mountpoint, int devices)
{
	g_auto(Simulator) simulator = { 0 };
	g_autoptr(GError) error = NULL;
	g_autofree char *option = NULL;
	char *argv[] = { (char *)"particlefs", (char *)"-f",	   (char *)"-o", NULL,
			 (char *)"--",	       (char *)mountpoint, NULL };

	if (!simulator_start(&simulator, devices, &error))
		return pfs_cli_fail(NAME, error);
	option = g_strdup_printf("api=%s", simulator.api);
	argv[3] = option;
	g_unsetenv("CREDENTIALS_DIRECTORY");
	g_setenv("PARTICLE_TOKEN", TOKEN, TRUE);
	return pfs_cli_mount(G_N_ELEMENTS(argv) - 1, argv);
}

int
pfs_cli_demo(int argc, char **argv)
{
	gboolean foreground = FALSE;
	int devices = DEFAULT_DEVICES;
	const GOptionEntry entries[] = {
		{ "foreground", 'f', 0, G_OPTION_ARG_NONE, &foreground, "Stay in the foreground",
		  NULL },
		{ "devices", 0, 0, G_OPTION_ARG_INT, &devices,
		  "How many devices there are, 6 at least [" G_STRINGIFY(DEFAULT_DEVICES) "]",
		  "N" },
		{ NULL },
	};
	const PfsCliCommand command = {
		.name = NAME,
		.operands = "MOUNTPOINT",
		.summary = "Mounts a simulated cloud: no account, no network. It ends with the "
			   "mount:\nfusermount3 -u MOUNTPOINT",
		.entries = entries,
	};
	int exit_code;

	if (!pfs_cli_parse(&command, NULL, &argc, &argv, &exit_code))
		return exit_code;
	if (argc != 2)
		return pfs_cli_usage_error(NAME, "one mountpoint is wanted");
	if (devices < 1)
		return pfs_cli_usage_error(NAME, "--devices wants a number above 0");
	/* before the simulator is started: it ends with the process that started it */
	if (!foreground)
		pfs_daemon_fork();
	return run(argv[1], devices);
}
