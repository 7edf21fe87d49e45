/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Forks; to be called before any thread exists. The parent waits for the child's word and ends with
 * its exit code; the child goes on. */
void pfs_daemon_fork(void);

/* Has nothing that is open now stay open in programs that are started. libfuse and curl leave that
 * to others. */
void pfs_daemon_keep_files(void);

/* The child's word that all is well: lets the parent end with 0, and leaves the terminal. FALSE:
 * there is no parent, and it stays where it is. */
gboolean pfs_daemon_ready(void);

/* Sends a state to who has started the program as a unit; nothing where nobody has. */
void pfs_daemon_tell_systemd(const char *state);

G_END_DECLS
