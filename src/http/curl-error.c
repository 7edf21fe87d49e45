/* SPDX-License-Identifier: Apache-2.0 */
#include "curl-error.h"

#include <errno.h>
#include <string.h>

/* CURLE_TOO_LARGE, of curl 8.6 */
#define TOO_LARGE ((CURLcode)100)

/* The first row that fits wins; without words, any message fits. */
static const struct {
	CURLcode code;
	int error;
	gboolean unreachable;
	const char *words;
} codes[] = {
	{ CURLE_RECV_ERROR, EBADMSG, FALSE, "chunk" },
	{ CURLE_RECV_ERROR, EBADMSG, FALSE, "Too large" },
	{ CURLE_COULDNT_RESOLVE_PROXY, EHOSTUNREACH, TRUE },
	{ CURLE_PROXY, EHOSTUNREACH, TRUE },
	{ CURLE_COULDNT_RESOLVE_HOST, EHOSTUNREACH, TRUE },
	{ CURLE_COULDNT_CONNECT, EHOSTUNREACH, TRUE },
	{ CURLE_SEND_ERROR, EHOSTUNREACH, TRUE },
	{ CURLE_RECV_ERROR, EHOSTUNREACH, TRUE },
	{ CURLE_GOT_NOTHING, EHOSTUNREACH, TRUE },
	{ CURLE_HTTP2, EHOSTUNREACH, TRUE },
	{ CURLE_HTTP2_STREAM, EHOSTUNREACH, TRUE },
	{ CURLE_SSL_CONNECT_ERROR, EHOSTUNREACH, TRUE },
	{ CURLE_PEER_FAILED_VERIFICATION, EKEYREJECTED, FALSE },
	{ CURLE_SSL_CACERT_BADFILE, EKEYREJECTED, FALSE },
	{ CURLE_SSL_CERTPROBLEM, EKEYREJECTED, FALSE },
	{ CURLE_SSL_INVALIDCERTSTATUS, EKEYREJECTED, FALSE },
	{ CURLE_SSL_PINNEDPUBKEYNOTMATCH, EKEYREJECTED, FALSE },
	{ CURLE_OPERATION_TIMEDOUT, ETIMEDOUT, FALSE },
	/* The connection has ended: of the answer nothing need be there. */
	{ CURLE_PARTIAL_FILE, EHOSTUNREACH, TRUE, "HTTP/2 stream" },
	{ CURLE_PARTIAL_FILE, EHOSTUNREACH, TRUE, "failure: " },
	{ CURLE_PARTIAL_FILE, EBADMSG, TRUE },
	{ CURLE_WEIRD_SERVER_REPLY, EBADMSG, FALSE },
	{ CURLE_UNSUPPORTED_PROTOCOL, EBADMSG, FALSE },
	{ CURLE_BAD_CONTENT_ENCODING, EBADMSG, FALSE },
	{ CURLE_WRITE_ERROR, EBADMSG, FALSE },
	{ CURLE_FILESIZE_EXCEEDED, EBADMSG, FALSE },
	{ CURLE_SEND_FAIL_REWIND, EHOSTUNREACH, FALSE },
	/* curl says so of a header that it finds too long; where memory is out, GLib has ended us.
	 */
	{ CURLE_OUT_OF_MEMORY, EBADMSG, FALSE },
	{ TOO_LARGE, EBADMSG, FALSE },
	{ CURLE_URL_MALFORMAT, EINVAL, FALSE },
};

static gssize
find(CURLcode code, const char *message)
{
	for (guint i = 0; i < G_N_ELEMENTS(codes); i++)
		if (codes[i].code == code &&
		    (codes[i].words == NULL || strstr(message, codes[i].words) != NULL))
			return (gssize)i;
	return -1;
}

int
pfs_errno_from_curl(CURLcode code, const char *message)
{
	gssize row = find(code, message);

	return row >= 0 ? codes[row].error : EIO;
}

gboolean
pfs_curl_is_unreachable(CURLcode code, const char *message)
{
	gssize row = find(code, message);

	return row >= 0 && codes[row].unreachable;
}
