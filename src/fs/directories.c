/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "private.h"

/* Positions: 0 and 1 are `.` and `..`, then the listing. */
#define DOTS 2

static const char *const dots[DOTS] = { ".", ".." };

/* An open directory. */
typedef struct {
	PfsListing *listing;
	gboolean begun; /* something of it was read */
} Directory;

static Directory *
directory_get(const struct fuse_file_info *file)
{
	return (Directory *)(gsize)file->fh;
}

static void
directory_free(gpointer data)
{
	Directory *self = data;

	pfs_listing_free(self->listing);
	g_free(self);
}

void
pfs_directories_init(PfsSession *self)
{
	self->directories = g_hash_table_new_full(NULL, NULL, directory_free, NULL);
}

void
pfs_directories_clear(PfsSession *self)
{
	g_hash_table_unref(self->directories);
}

/* What is not listed any more is not found any more. */
static void
run_opendir(PfsRequest *request)
{
	g_autoptr(PfsListing) listing = NULL;
	Directory *self;

	if (pfs_request_is_waiting(request, pfs_tree_list(request->session->tree, request->entry,
							  &request->access, &listing)) ||
	    pfs_forget_is_waiting(request))
		return;
	self = g_new0(Directory, 1);
	self->listing = g_steal_pointer(&listing);
	g_hash_table_add(request->session->directories, self);
	request->file.fh = (uint64_t)(gsize)self;
	if (fuse_reply_open(request->req, &request->file) != 0)
		g_hash_table_remove(request->session->directories, self);
	pfs_request_free(request);
}

void
pfs_op_opendir(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file)
{
	run_opendir(pfs_request_new(req, nodeid, NULL, file, run_opendir));
}

void
pfs_op_releasedir(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file)
{
	PfsSession *session = fuse_req_userdata(req);

	g_hash_table_remove(session->directories, directory_get(file));
	fuse_reply_err(req, 0);
}

/* Adds an entry; 0 when it does not fit. With @plus the kernel learns the inode too, unless each
 * lookup is to have one of its own. */
static size_t
add_entry(fuse_req_t req, PfsSession *session, guint64 parent, PfsListing *listing, guint index,
	  gboolean plus, char *buffer, size_t room)
{
	const char *name = pfs_listing_get_name(listing, index);
	off_t next = (off_t)index + DOTS + 1;
	struct fuse_entry_param param;
	PfsEntry *entry;
	PfsInode *inode;

	if (!plus && fuse_add_direntry(req, NULL, 0, name, NULL, 0) > room)
		return 0;
	if (plus && fuse_add_direntry_plus(req, NULL, 0, name, NULL, 0) > room)
		return 0;
	entry = pfs_listing_dup_entry(listing, index);
	if (plus && pfs_entry_is_shared(entry)) {
		inode = pfs_inode_take(session, entry, parent);
		pfs_inode_fill(session, inode, &param);
		return fuse_add_direntry_plus(req, buffer, room, name, &param, next);
	}
	/* Who finds it listed looks for it next. */
	pfs_inode_note_present(pfs_inode_get(session, parent), name);
	pfs_entry_fill(session, entry, &param);
	pfs_entry_unref(entry);
	return plus ? fuse_add_direntry_plus(req, buffer, room, name, &param, next)
		    : fuse_add_direntry(req, buffer, room, name, &param.attr, next);
}

static size_t
add_dots(fuse_req_t req, guint index, gboolean plus, char *buffer, size_t room)
{
	struct fuse_entry_param param = { .attr = { .st_ino = 1, .st_mode = S_IFDIR } };

	return plus ? fuse_add_direntry_plus(req, buffer, room, dots[index], &param, index + 1)
		    : fuse_add_direntry(req, buffer, room, dots[index], &param.attr, index + 1);
}

static void
reply_entries(PfsRequest *request, PfsListing *listing)
{
	guint end = pfs_listing_get_size(listing) + DOTS;
	g_autofree char *buffer = g_malloc(request->size);
	gsize used = 0;

	for (guint i = (guint)request->offset; i < end; i++) {
		char *at = buffer + used;
		size_t room = request->size - used;
		size_t added = i < DOTS ? add_dots(request->req, i, request->plus, at, room)
					: add_entry(request->req, request->session, request->nodeid,
						    listing, i - DOTS, request->plus, at, room);

		if (added == 0 || added > room)
			break;
		used += added;
	}
	fuse_reply_buf(request->req, buffer, used);
	/* g_autofree frees the buffer. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	pfs_request_free(request);
}

/* The C library takes ENOENT for the end of a directory: half of a list would be all of it. */
static PfsOutcome
fail_aloud(PfsRequest *request, PfsOutcome outcome)
{
	if (outcome == PFS_FAILED && request->access.error->code == ENOENT)
		request->access.error->code = EBADMSG;
	return outcome;
}

/* Waits only where nothing is left to give. */
static void
run_read_directory(PfsRequest *request)
{
	PfsListing *listing = directory_get(&request->file)->listing;
	guint end = pfs_listing_get_size(listing) + DOTS;
	guint wanted = (guint)MAX(request->offset - DOTS, 0);

	if (request->offset >= end &&
	    pfs_request_is_waiting(
		request, fail_aloud(request, pfs_listing_get_more(request->session->tree, listing,
								  wanted, &request->access))))
		return;
	reply_entries(request, listing);
}

/* Who begins anew is to see what is there now. */
static void
run_rewind(PfsRequest *request)
{
	Directory *self = directory_get(&request->file);
	PfsListing *listing;

	if (pfs_request_is_waiting(
		request, fail_aloud(request, pfs_tree_list(request->session->tree, request->entry,
							   &request->access, &listing))))
		return;
	pfs_listing_free(self->listing);
	self->listing = listing;
	request->run = run_read_directory;
	run_read_directory(request);
}

static void
read_directory(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
	       struct fuse_file_info *file, gboolean plus)
{
	Directory *self = directory_get(file);
	gboolean anew = self->begun && offset == 0;
	PfsRequest *request =
	    pfs_request_new(req, nodeid, NULL, file, anew ? run_rewind : run_read_directory);

	self->begun = TRUE;
	request->size = size;
	request->offset = offset;
	request->plus = plus;
	request->locks[0] = nodeid;
	request->run(request);
}

void
pfs_op_readdir(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
	       struct fuse_file_info *file)
{
	read_directory(req, nodeid, size, offset, file, FALSE);
}

void
pfs_op_readdirplus(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
		   struct fuse_file_info *file)
{
	read_directory(req, nodeid, size, offset, file, TRUE);
}
