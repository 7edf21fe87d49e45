/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "node.h"

G_BEGIN_DECLS

/* Whether what is written matches the schema that its row names. Valid until its done function has
 * run or it was cancelled. */
typedef struct _PfsSchemaCheck PfsSchemaCheck;

/* @error: EINVAL, and why, where the document does not match; NULL where it does, or where that
 * can't be told and the cloud shall decide. */
typedef void (*PfsSchemaFunc)(const GError *error, gpointer user_data);

/* @done runs once, never from inside this. */
PfsSchemaCheck *pfs_schema_check_new(PfsTree *tree, PfsEntry *entry, const char *text,
				     PfsSchemaFunc done, gpointer user_data);

/* Drops the schema's transfer, or kills who judges by it. */
void pfs_schema_check_cancel(PfsSchemaCheck *self);

G_END_DECLS
