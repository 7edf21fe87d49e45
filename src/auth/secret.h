/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Memory of a page that is locked where the limits allow, left out of core dumps, and wiped. */
typedef struct {
	char *text; /* NUL-terminated; empty: no secret */
	gsize size;
} PfsSecret;

void pfs_secret_init(PfsSecret *self);
void pfs_secret_clear(PfsSecret *self);

/* Copies @text; FALSE when it does not fit. */
gboolean pfs_secret_set(PfsSecret *self, const char *text, gsize length);

G_END_DECLS
