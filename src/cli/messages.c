/* SPDX-License-Identifier: Apache-2.0 */
#include "messages.h"

#include <stdio.h>

static GLogLevelFlags wanted;
static gint to_journal; /* atomic: any thread may have something to say */

static const char *
get_message(const GLogField *fields, gsize n_fields)
{
	for (gsize i = 0; i < n_fields; i++)
		if (g_strcmp0(fields[i].key, "MESSAGE") == 0)
			return fields[i].value;
	return "";
}

static GLogWriterOutput
write_cb(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
	/* The lower the bit, the more urgent. */
	if ((level & G_LOG_LEVEL_MASK) > wanted)
		return G_LOG_WRITER_HANDLED;
	if (g_atomic_int_get(&to_journal))
		return g_log_writer_journald(level, fields, n_fields, NULL);
	fprintf(stderr, "particlefs: %s\n", get_message(fields, n_fields));
	return G_LOG_WRITER_HANDLED;
}

void
pfs_messages_init(GLogLevelFlags least)
{
	wanted = least;
	g_atomic_int_set(&to_journal, g_log_writer_is_journald(fileno(stderr)));
	g_log_set_writer_func(write_cb, NULL, NULL);
}

void
pfs_messages_leave_terminal(void)
{
	g_atomic_int_set(&to_journal, TRUE);
}
