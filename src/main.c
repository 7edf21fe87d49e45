/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <particlefs/token.h>
#include <particlefs/wipe.h>

#include "cli/cli.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{ "api", pfs_cli_api, "call a function of the Particle API" },
	{ "demo", pfs_cli_demo, "mount a simulated cloud" },
	{ "doctor", pfs_cli_doctor, "check what a mount needs" },
	{ "login", pfs_cli_login, "ask for user and password, and keep a token" },
	{ "logout", pfs_cli_logout, "revoke and forget the kept token" },
	{ "tree", pfs_cli_tree, "print what stands in a mount" },
	{ "whoami", pfs_cli_whoami, "show the user, and where the token comes from" },
};

/* What OpenSSL would obey: it writes the keys of each session, has other settings than the
 * system's, and loads programs. Mostly these are meant for another program, and left over. */
static const char *const obeyed[] = {
	"SSLKEYLOGFILE",   "OPENSSL_CONF",    "OPENSSL_CONF_INCLUDE",
	"OPENSSL_ENGINES", "OPENSSL_MODULES",
};

/*
 * A token is in memory from here on: no core dump, no debugger of the same user, no files for
 * others, nothing that a program which is started inherits. What is freed is wiped.
 */
static void
protect_secrets(void)
{
	static const struct rlimit none = { 0, 0 };

	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
	umask(077);
	/* libcurl reads them as soon as it is there. */
	for (guint i = 0; i < G_N_ELEMENTS(obeyed); i++)
		(void)unsetenv(obeyed[i]);
	pfs_wipe_init();
	pfs_token_take_environment();
}

static void
print_help(void)
{
	char *help[] = { (char *)"particlefs", (char *)"-h", NULL };

	pfs_cli_mount(2, help);
	g_print("\nOther commands: particlefs COMMAND [ARGUMENT]…\n");
	for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
		g_print("  %-8s %s\n", commands[i].name, commands[i].help);
	g_print("\n'particlefs COMMAND --help' says more of a command.\n");
}

static int
run(int argc, char **argv)
{
	if (pfs_cli_is_mount_helper(argv[0]))
		return pfs_cli_mount(argc, argv);
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		g_print("particlefs %s\n", PFS_VERSION);
		return PFS_EXIT_OK;
	}
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		print_help();
		return PFS_EXIT_OK;
	}
	for (guint i = 0; argc > 1 && i < G_N_ELEMENTS(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return pfs_cli_mount(argc, argv);
}

/* What was printed need not have been written: a disk may be full. What was not opened is not
 * missed. */
static int
close_output(int exit_code)
{
	gboolean failed = ferror(stdout) != 0;
	int code = 0;

	if (fflush(stdout) != 0 || (fclose(stdout) != 0 && errno != EBADF))
		code = errno;
	/* Who has failed has said why. */
	if ((!failed && code == 0) || exit_code != PFS_EXIT_OK)
		return exit_code;
	g_printerr("particlefs: standard output: %s\n",
		   code != 0 ? g_strerror(code) : "not all could be written");
	return PFS_EXIT_FAILED;
}

int
main(int argc, char **argv)
{
	setlocale(LC_ALL, "");
	protect_secrets();
	return close_output(run(argc, argv));
}
