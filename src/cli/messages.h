/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sends GLib's messages, down to @least, the least urgent wanted, to stderr, or to the journal when
 * that is what stderr is. To be called once, before any other thread exists. */
void pfs_messages_init(GLogLevelFlags least);

/* From now on to the journal, if there is one: stderr is /dev/null. */
void pfs_messages_leave_terminal(void);

G_END_DECLS
