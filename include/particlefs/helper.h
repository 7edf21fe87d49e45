/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * PfsHelper:
 *
 * A program that is asked something, in a process of its own: whatever it does, the caller goes on.
 * Valid until its done function has run or it was cancelled.
 */
typedef struct _PfsHelper PfsHelper;

/**
 * PfsHelperFunc:
 * @exit_status: the program's; -1 where a signal has ended it, or its time
 * @said: (transfer none): the beginning of what it has printed, UTF-8
 * @user_data: as given
 */
typedef void (*PfsHelperFunc)(int exit_status, const char *said, gpointer user_data);

/**
 * pfs_helper_run:
 * @path: the program; it gets no arguments, no environment and no files but its input and output
 * @input: what it reads
 * @timeout_ms: how long it may take
 * @done: (scope async): gets the outcome, once, never from inside this call
 * @user_data: for @done
 * @error: return location
 *
 * Runs a program, whose errors go nowhere.
 *
 * Returns: (nullable): the program under way; NULL with @error
 */
PfsHelper *pfs_helper_run(const char *path, GBytes *input, guint timeout_ms, PfsHelperFunc done,
			  gpointer user_data, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_helper_cancel:
 * @self: a program under way
 *
 * Kills the program; its done function does not run.
 */
void pfs_helper_cancel(PfsHelper *self);

G_END_DECLS
