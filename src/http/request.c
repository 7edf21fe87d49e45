/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include <particlefs/http.h>
#include <particlefs/wipe.h>

void
pfs_http_part_free(gpointer data)
{
	PfsHttpPart *part = data;

	g_free(part->name);
	g_free(part->filename);
	g_clear_pointer(&part->bytes, g_bytes_unref);
	if (part->fd >= 0)
		close(part->fd);
	g_free(part);
}

PfsHttpRequest *
pfs_http_request_new(const char *method, const char *target)
{
	PfsHttpRequest *self = g_new0(PfsHttpRequest, 1);

	self->method = method;
	self->target = g_strdup(target);
	return self;
}

void
pfs_http_request_free(PfsHttpRequest *self)
{
	if (self == NULL)
		return;
	pfs_wipe_free(self->target);
	g_free(self->route);
	g_free(self->basic_user);
	pfs_secret_free(self->basic_password);
	g_free(self->accept);
	g_free(self->content_type);
	g_clear_pointer(&self->body, g_bytes_unref);
	g_clear_pointer(&self->parts, g_ptr_array_unref);
	g_free(self);
}

void
pfs_http_request_add_part(PfsHttpRequest *self, const char *name, const char *filename,
			  GBytes *bytes, int fd, gint64 fd_size)
{
	PfsHttpPart *part = g_new0(PfsHttpPart, 1);

	if (self->parts == NULL)
		self->parts = g_ptr_array_new_with_free_func(pfs_http_part_free);
	part->name = g_strdup(name);
	part->filename = g_strdup(filename);
	part->bytes = bytes != NULL ? g_bytes_ref(bytes) : NULL;
	part->fd = fd;
	part->fd_size = fd_size;
	g_ptr_array_add(self->parts, part);
}
