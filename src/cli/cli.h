/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How a subcommand ends. */
typedef enum {
	PFS_EXIT_OK = 0,
	PFS_EXIT_FAILED = 1,
	PFS_EXIT_USAGE = 2,
} PfsExit;

/* The subcommands. argv[0] is the subcommand's name; gives the exit code. */
int pfs_cli_api(int argc, char **argv);
int pfs_cli_demo(int argc, char **argv);
int pfs_cli_doctor(int argc, char **argv);
int pfs_cli_login(int argc, char **argv);
int pfs_cli_logout(int argc, char **argv);
int pfs_cli_mount(int argc, char **argv);
int pfs_cli_tree(int argc, char **argv);
int pfs_cli_whoami(int argc, char **argv);

/* Whether mount(8) runs it, as mount.TYPE: then its first word is a source, and no subcommand. */
gboolean pfs_cli_is_mount_helper(const char *program);

G_END_DECLS
