/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <curl/curl.h>
#include <glib.h>

G_BEGIN_DECLS

/* The errno of a failed transfer. @message is curl's own: some codes have several reasons. */
int pfs_errno_from_curl(CURLcode code, const char *message);

/* Whether the connection failed or broke, so that no answer came of it. */
gboolean pfs_curl_is_unreachable(CURLcode code, const char *message);

G_END_DECLS
