/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <glib.h>
#include <jansson.h>

G_BEGIN_DECLS

/* Lets g_autoptr() work on jansson's type. */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

G_END_DECLS
