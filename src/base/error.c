/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include <particlefs/error.h>

typedef struct {
	long http_status;
	gint64 retry_us;
} PfsErrorPrivate;

static void
pfs_error_private_init(PfsErrorPrivate *private)
{
}

static void
pfs_error_private_copy(const PfsErrorPrivate *source, PfsErrorPrivate *destination)
{
	*destination = *source;
}

static void
pfs_error_private_clear(PfsErrorPrivate *private)
{
}

G_DEFINE_EXTENDED_ERROR(PfsError, pfs_error)

/* What a status means where nothing more is known of the call. */
static const struct {
	long first;
	long last;
	int code;
} statuses[] = {
	{ 100, 399, 0 },	 { 400, 400, EINVAL }, { 401, 401, EKEYEXPIRED },
	{ 403, 403, EPERM },	 { 404, 404, ENOENT }, { 408, 408, ETIMEDOUT },
	{ 409, 409, EEXIST },	 { 410, 410, ENOENT }, { 413, 413, EMSGSIZE },
	{ 429, 429, EBUSY },	 { 529, 529, EBUSY },  { 400, 499, EINVAL },
	{ 500, 599, EREMOTEIO },
};

/* What a user can do. */
static const struct {
	int code;
	const char *hint;
} hints[] = {
	{ ENOKEY, "run 'particlefs login'" },
	{ EKEYEXPIRED, "the token is invalid, expired or revoked: run 'particlefs login'" },
	{ EPERM, "this does not exist here, or your token may not do it" },
	{ ENOENT, "check the name; 'ls' the directory" },
	{ EHOSTDOWN, "the device is offline: power it up, or wait for it" },
	{ ETIMEDOUT, "no answer in time: try again" },
	{ EEXIST, "choose another name" },
	{ EMSGSIZE, "shorten what you write" },
	{ EFBIG, "the file is over the limit" },
	{ ENOSPC, "make room" },
	{ EBUSY, "too many requests: wait a little" },
	{ EREMOTEIO, "the cloud has trouble: try again later" },
	{ EBADMSG, "the answer was damaged, or is not the Particle cloud's: check the network" },
	{ EHOSTUNREACH, "the cloud can't be reached: check the network" },
	{ EKEYREJECTED, "the server's certificate is not trusted: check 'cafile' and the clock" },
	{ EINTR, "interrupted: whether the cloud acted is not known" },
	{ ECANCELED, "sent again after a signal had ended it: look whether the cloud acted" },
	{ EROFS, "mounted with -o ro" },
	{ ENOTSUP, "it is sent: the cloud decides" },
};

GError *
pfs_error_new_http(long http_status, int code, const char *message)
{
	GError *error = g_error_new_literal(PFS_ERROR, code, message);

	pfs_error_get_private(error)->http_status = http_status;
	return error;
}

long
pfs_error_get_http_status(const GError *error)
{
	return error->domain == PFS_ERROR ? pfs_error_get_private(error)->http_status : 0;
}

void
pfs_error_set_retry_us(GError *error, gint64 retry_us)
{
	g_return_if_fail(error->domain == PFS_ERROR);

	pfs_error_get_private(error)->retry_us = retry_us;
}

gint64
pfs_error_get_retry_us(const GError *error)
{
	return error->domain == PFS_ERROR ? pfs_error_get_private(error)->retry_us : 0;
}

int
pfs_error_get_errno(const GError *error)
{
	if (error->domain == PFS_ERROR)
		return error->code;
	if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
		return ENOENT;
	if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_ACCES))
		return EACCES;
	if (g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC))
		return ENOSPC;
	return EIO;
}

int
pfs_errno_from_http(long http_status)
{
	for (guint i = 0; i < G_N_ELEMENTS(statuses); i++)
		if (http_status >= statuses[i].first && http_status <= statuses[i].last)
			return statuses[i].code;
	return EBADMSG;
}

const char *
pfs_errno_get_hint(int code)
{
	for (guint i = 0; i < G_N_ELEMENTS(hints); i++)
		if (hints[i].code == code)
			return hints[i].hint;
	return "";
}
