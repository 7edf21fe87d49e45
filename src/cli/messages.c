/* SPDX-License-Identifier: Apache-2.0 */
#include "messages.h"

#include <stdio.h>

#include <particlefs/text.h>

static GLogLevelFlags wanted;
static gint to_journal; /* atomic: any thread may have something to say */

/* What is told may be in the cloud's words: a terminal, and who reads the journal, get them
 * printable. */
static char *
dup_message(const GLogField *fields, gsize n_fields)
{
	for (gsize i = 0; i < n_fields; i++)
		if (g_strcmp0(fields[i].key, "MESSAGE") == 0)
			return pfs_text_printable(fields[i].value, fields[i].length);
	return g_strdup("");
}

static GLogWriterOutput
tell_journal(GLogLevelFlags level, const GLogField *fields, gsize n_fields, const char *message)
{
	g_autofree GLogField *told = g_memdup2(fields, n_fields * sizeof(*fields));

	for (gsize i = 0; i < n_fields; i++)
		if (g_strcmp0(told[i].key, "MESSAGE") == 0)
			told[i] = (GLogField){ "MESSAGE", message, -1 };
	return g_log_writer_journald(level, told, n_fields, NULL);
}

static GLogWriterOutput
write_cb(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
	g_autofree char *message = NULL;

	/* The lower the bit, the more urgent. */
	if ((level & G_LOG_LEVEL_MASK) > wanted)
		return G_LOG_WRITER_HANDLED;
	message = dup_message(fields, n_fields);
	if (g_atomic_int_get(&to_journal))
		return tell_journal(level, fields, n_fields, message);
	fprintf(stderr, "particlefs: %s\n", message);
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
