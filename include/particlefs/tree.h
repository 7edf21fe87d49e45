/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <sys/stat.h>

#include <glib.h>

#include <particlefs/hub.h>
#include <particlefs/log.h>
#include <particlefs/resource.h>

G_BEGIN_DECLS

/**
 * PfsTree:
 *
 * The file tree of a cloud: walks the node tables (src/tree/nodes-*.c), one path component at a
 * time, and knows nothing of FUSE.
 */
typedef struct _PfsTree PfsTree;

/**
 * PfsNode:
 *
 * A row of the node tables; see src/tree/node.h.
 */
typedef struct _PfsNode PfsNode;

/**
 * PfsEntry:
 *
 * A place in the tree: a row, bound to what the path names (this device, that variable). Reference
 * counted; holds its parent.
 */
typedef struct _PfsEntry PfsEntry;

/**
 * PfsKind:
 * @PFS_DIRECTORY: a directory
 * @PFS_ATTRIBUTE: one value; a writable one acts in write
 * @PFS_DOCUMENT: a JSON document; a writable one acts at close
 * @PFS_VERB: acts in write, a line a call
 * @PFS_UPLOAD: a file that acts at close, whatever its bytes; see pfs_tree_upload()
 * @PFS_LOG: a log of lines that grows
 * @PFS_LIVE: the blocking twin of a log; in no listing
 * @PFS_LINK: a symbolic link
 * @PFS_FILE: a file of a draft, as on any disk
 */
typedef enum {
	PFS_DIRECTORY,
	PFS_ATTRIBUTE,
	PFS_DOCUMENT,
	PFS_VERB,
	PFS_UPLOAD,
	PFS_LOG,
	PFS_LIVE,
	PFS_LINK,
	PFS_FILE,
} PfsKind;

/**
 * PfsTtl:
 * @PFS_TTL_VARIABLE: what a device measures
 * @PFS_TTL_DEVICE: a device's record
 * @PFS_TTL_LIST: which records there are
 * @PFS_TTL_CONFIG: what people set
 * @PFS_TTL_STATIC: what does not change: versions, binaries
 * @PFS_N_TTL: their number
 *
 * Classes of time to live, settable with `-o ttl=CLASS:SECONDS`.
 */
typedef enum {
	PFS_TTL_VARIABLE,
	PFS_TTL_DEVICE,
	PFS_TTL_LIST,
	PFS_TTL_CONFIG,
	PFS_TTL_STATIC,
	PFS_N_TTL,
} PfsTtl;

/** pfs_ttl_names: the classes' names, by #PfsTtl */
extern const char *const pfs_ttl_names[PFS_N_TTL];

/**
 * PfsTreeOptions:
 * @ttl_us: times to live, by class
 * @stale_us: how long past its time a value is served while the cloud can't be reached
 * @draft_limit_bytes: what drafts may hold, all together
 * @product: (nullable): slug or ID of the product that is the root, in place of the account
 * @schema_checker: (nullable): the program particlefs-check-schema; NULL: what is written is not
 * checked
 */
typedef struct {
	gint64 ttl_us[PFS_N_TTL];
	gint64 stale_us;
	guint64 draft_limit_bytes;
	char *product;
	char *schema_checker;
} PfsTreeOptions;

/**
 * pfs_tree_options_init:
 * @self: (out caller-allocates): gets the defaults: 1, 10, 30, 60 and 600 s by class; stale 300 s;
 * 64 MiB
 */
void pfs_tree_options_init(PfsTreeOptions *self);

/**
 * pfs_tree_new:
 * @api: borrowed, as the next two are: to be freed after this
 * @hub: event streams of @api; the tree takes its events from here on
 * @token: where the token of @api comes from
 * @options: see #PfsTreeOptions; the texts are borrowed
 *
 * Returns: (transfer full): a tree of which nothing was asked yet
 */
PfsTree *pfs_tree_new(PfsApi *api, PfsHub *hub, PfsToken *token,
		      const PfsTreeOptions *options) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_tree_free:
 * @self: (nullable): a tree of which nobody holds an entry, a listing, a log or an action
 */
void pfs_tree_free(PfsTree *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsTree, pfs_tree_free)

/**
 * pfs_tree_watch_token:
 * @self: a tree
 *
 * Asks now, and once a day, how long the token lives. The answer stands in the mount's status; a
 * token that expires within a week is told in the log of errors.
 */
void pfs_tree_watch_token(PfsTree *self);

/**
 * pfs_tree_set_caller:
 * @self: a tree
 * @pid: the process for which it is asked from now on, see pfs_http_set_caller()
 */
void pfs_tree_set_caller(PfsTree *self, int pid);

/**
 * pfs_tree_get_root:
 * @self: a tree
 *
 * Returns: (transfer none): the entry of `/`
 */
PfsEntry *pfs_tree_get_root(PfsTree *self);

/**
 * pfs_entry_new_name:
 * @name: a file name; copied
 *
 * Returns: (transfer full): an entry that is nowhere, to look others up by its name
 */
PfsEntry *pfs_entry_new_name(const char *name) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_entry_ref:
 * @self: an entry
 *
 * Returns: (transfer full): the same
 */
PfsEntry *pfs_entry_ref(PfsEntry *self);

/**
 * pfs_entry_unref:
 * @self: (nullable) (transfer full): an entry
 */
void pfs_entry_unref(PfsEntry *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsEntry, pfs_entry_unref)

/**
 * pfs_entry_get_kind:
 * @self: an entry
 *
 * Returns: what kind of file it is
 */
PfsKind pfs_entry_get_kind(PfsEntry *self);

/**
 * pfs_entry_get_name:
 * @self: an entry
 *
 * Returns: (transfer none): its file name, until it is given another
 */
const char *pfs_entry_get_name(PfsEntry *self);

/**
 * pfs_entry_set_name:
 * @self: an entry that was renamed
 * @name: its file name from here on; copied
 */
void pfs_entry_set_name(PfsEntry *self, const char *name);

/**
 * pfs_entry_get_ino:
 * @self: an entry
 *
 * Returns: its inode number, never 0 or 1: a hash of its path, in which a record stands by its ID,
 * so that it is the same in each mount and after a rename; of a draft a number of its own
 */
guint64 pfs_entry_get_ino(PfsEntry *self);

/**
 * pfs_entry_is_writable:
 * @self: an entry
 *
 * Returns: whether writing does something here
 */
gboolean pfs_entry_is_writable(PfsEntry *self);

/**
 * pfs_entry_is_removable:
 * @self: an entry
 *
 * Returns: whether %PFS_ACT_RMDIR does something here
 */
gboolean pfs_entry_is_removable(PfsEntry *self);

/**
 * pfs_entry_moves_into:
 * @self: an entry
 * @directory: a directory
 *
 * Returns: whether %PFS_ACT_MOVE brings @self into @directory
 */
gboolean pfs_entry_moves_into(PfsEntry *self, PfsEntry *directory);

/**
 * pfs_entry_is_stable:
 * @self: an entry
 *
 * Returns: whether its content never changes once it is there
 */
gboolean pfs_entry_is_stable(PfsEntry *self);

/**
 * pfs_entry_takes_lines:
 * @self: an entry
 *
 * Returns: whether each line that is written is a call of its own
 */
gboolean pfs_entry_takes_lines(PfsEntry *self);

/**
 * pfs_entry_dup_path:
 * @self: an entry
 *
 * Returns: (transfer full): its path from the root, beginning with `/`
 */
char *pfs_entry_dup_path(PfsEntry *self) G_GNUC_WARN_UNUSED_RESULT;

/**
 * PfsStat:
 * @mode: type and permissions
 * @gone: whether it has no name any more, and is there for whoever has it open
 * @size: bytes, as far as known without asking the cloud
 * @atime_us: wall clock, µs since the epoch; 0: as @mtime_us
 * @mtime_us: wall clock, µs since the epoch
 * @ctime_us: wall clock, µs since the epoch; 0: as @mtime_us
 * @valid_us: how much longer this may be believed
 *
 * What stat(2) says of an entry.
 */
typedef struct {
	mode_t mode;
	gboolean gone;
	gint64 size;
	gint64 atime_us;
	gint64 mtime_us;
	gint64 ctime_us;
	gint64 valid_us;
} PfsStat;

/**
 * pfs_tree_stat:
 * @self: a tree
 * @entry: an entry of it
 * @out_stat: (out caller-allocates): what is known of it; the cloud is never asked
 */
void pfs_tree_stat(PfsTree *self, PfsEntry *entry, PfsStat *out_stat);

/**
 * pfs_tree_lookup:
 * @self: a tree
 * @parent: a directory
 * @name: name of an entry in it
 * @access: the operation
 * @out_entry: (out) (transfer full): the entry, with %PFS_READY
 *
 * A name that is known is answered from memory. One that is not there fails with ENOENT.
 *
 * Returns: the outcome
 */
PfsOutcome pfs_tree_lookup(PfsTree *self, PfsEntry *parent, const char *name, PfsAccess *access,
			   PfsEntry **out_entry);

/**
 * pfs_tree_presume:
 * @parent: a directory in which something was made
 * @name: name of what was made
 *
 * Returns: (transfer full) (nullable): a directory for it, while the cloud does not tell of it
 */
PfsEntry *pfs_tree_presume(PfsEntry *parent, const char *name) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_tree_create:
 * @self: a tree
 * @parent: a directory
 * @name: a name that is not there
 *
 * Returns: (transfer full) (nullable): the file to be, which is made when it is written; NULL where
 * no files can be made
 */
PfsEntry *pfs_tree_create(PfsTree *self, PfsEntry *parent,
			  const char *name) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_tree_forget_sent:
 * @self: a tree
 * @directory: a directory in which pfs_tree_create() makes files
 * @name: a name in it
 *
 * Forgets the result of what was sent under this name; in the cloud it stays.
 *
 * Returns: FALSE: nothing was sent under it
 */
gboolean pfs_tree_forget_sent(PfsTree *self, PfsEntry *directory, const char *name);

/**
 * pfs_tree_get_create_errno:
 * @directory: a directory in which pfs_tree_create() makes nothing
 *
 * Returns: ENOENT where the cloud says which files there are to be written, as another name is a
 * wrong one; else EPERM
 */
int pfs_tree_get_create_errno(PfsEntry *directory);

/**
 * pfs_entry_is_draft:
 * @self: an entry
 *
 * Returns: whether it lives in the mount alone, so that it may be unlinked
 */
gboolean pfs_entry_is_draft(PfsEntry *self);

/**
 * pfs_entry_is_same:
 * @self: an entry
 * @other: one of the same path
 *
 * Returns: whether both are the same place: a draft that was made anew is another
 */
gboolean pfs_entry_is_same(PfsEntry *self, PfsEntry *other);

/**
 * pfs_entry_may_hold:
 * @directory: an entry
 * @kind: %PFS_DIRECTORY or %PFS_FILE
 *
 * Returns: whether drafts of that kind may be made in it
 */
gboolean pfs_entry_may_hold(PfsEntry *directory, PfsKind kind);

/**
 * pfs_tree_make:
 * @self: a tree
 * @parent: a directory that may hold drafts of the kind
 * @name: name of the new one
 * @mode: S_IFDIR or S_IFREG, and permissions
 * @error: return location: EEXIST, ENOSPC, EINVAL for a name that none may have
 *
 * Returns: (transfer full) (nullable): the new draft
 */
PfsEntry *pfs_tree_make(PfsTree *self, PfsEntry *parent, const char *name, mode_t mode,
			GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_tree_drop:
 * @self: a tree
 * @entry: a draft, or a file of one that has what was written there
 * @error: return location: ENOTEMPTY
 *
 * Deletes a draft, or what was written.
 *
 * Returns: %TRUE on success
 */
gboolean pfs_tree_drop(PfsTree *self, PfsEntry *entry, GError **error);

/**
 * pfs_tree_move:
 * @self: a tree
 * @entry: a draft
 * @parent: where it shall be
 * @name: as what; what has that name goes, as by rename(2)
 * @error: return location: EPERM where it can't be there; EEXIST, EISDIR, ENOTDIR, ENOTEMPTY
 *
 * The entry itself stays as it is, see pfs_entry_set_place().
 *
 * Returns: %TRUE on success
 */
gboolean pfs_tree_move(PfsTree *self, PfsEntry *entry, PfsEntry *parent, const char *name,
		       GError **error);

/**
 * pfs_entry_set_place:
 * @self: an entry that was moved
 * @parent: where it, and with it all whose parent it is, stands from here on
 * @name: its file name there; copied
 */
void pfs_entry_set_place(PfsEntry *self, PfsEntry *parent, const char *name);

/**
 * pfs_entry_peek_file:
 * @self: a file of a draft
 * @out_length: (out): bytes in it
 *
 * Returns: (transfer none): its content, until it changes
 */
const guint8 *pfs_entry_peek_file(PfsEntry *self, gsize *out_length);

/**
 * pfs_tree_write_file:
 * @self: a tree
 * @entry: a file of a draft
 * @data: what is written
 * @size: bytes in @data
 * @offset: where, in bytes; what lies before it and was not written is zeros
 * @error: return location: ENOSPC, EFBIG
 *
 * Returns: %TRUE on success
 */
gboolean pfs_tree_write_file(PfsTree *self, PfsEntry *entry, const char *data, gsize size,
			     guint64 offset, GError **error);

/**
 * pfs_tree_truncate_file:
 * @self: a tree
 * @entry: a file of a draft
 * @size: bytes that it has from here on
 * @error: return location: ENOSPC, EFBIG
 *
 * Returns: %TRUE on success
 */
gboolean pfs_tree_truncate_file(PfsTree *self, PfsEntry *entry, guint64 size, GError **error);

/**
 * pfs_tree_get_draft_room:
 * @self: a tree
 * @out_limit: (out): bytes that drafts may take, all together
 *
 * Returns: how many of them are left
 */
guint64 pfs_tree_get_draft_room(PfsTree *self, guint64 *out_limit);

/**
 * pfs_entry_set_mode:
 * @self: an entry; one that is no draft stays as it is
 * @mode: permissions; the type is not looked at
 */
void pfs_entry_set_mode(PfsEntry *self, mode_t mode);

/**
 * pfs_entry_set_atime:
 * @self: an entry; one that is no draft stays as it is
 * @atime_us: wall clock, µs since the epoch
 */
void pfs_entry_set_atime(PfsEntry *self, gint64 atime_us);

/**
 * pfs_entry_set_mtime:
 * @self: an entry; one that is no draft stays as it is
 * @mtime_us: wall clock, µs since the epoch
 */
void pfs_entry_set_mtime(PfsEntry *self, gint64 mtime_us);

/**
 * PfsListing:
 *
 * The entries of a directory at one time.
 */
typedef struct _PfsListing PfsListing;

/**
 * pfs_tree_list:
 * @self: a tree
 * @directory: a directory of it
 * @access: the operation
 * @out_listing: (out) (transfer full): its entries, or the first of them, with %PFS_READY
 *
 * Returns: the outcome
 */
PfsOutcome pfs_tree_list(PfsTree *self, PfsEntry *directory, PfsAccess *access,
			 PfsListing **out_listing);

/**
 * pfs_listing_free:
 * @self: (nullable): a listing; of a list that still comes nothing more is asked for then
 */
void pfs_listing_free(PfsListing *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PfsListing, pfs_listing_free)

/**
 * pfs_listing_get_size:
 * @self: a listing
 *
 * Returns: how many entries are there by now
 */
guint pfs_listing_get_size(PfsListing *self);

/**
 * pfs_listing_get_more:
 * @tree: a tree
 * @self: a listing of it
 * @index: the entry that is wanted next
 * @access: the operation
 *
 * A large directory comes in pages: adds those that have come. When the outcome is %PFS_READY and
 * there is no entry at @index, there will be none.
 *
 * Returns: the outcome
 */
PfsOutcome pfs_listing_get_more(PfsTree *tree, PfsListing *self, guint index, PfsAccess *access);

/**
 * pfs_listing_get_name:
 * @self: a listing
 * @index: below its size
 *
 * Returns: (transfer none): the name of that entry, as long as the listing lives
 */
const char *pfs_listing_get_name(PfsListing *self, guint index);

/**
 * pfs_listing_dup_entry:
 * @self: a listing
 * @index: below its size
 *
 * Returns: (transfer full): that entry
 */
PfsEntry *pfs_listing_dup_entry(PfsListing *self, guint index);

/**
 * pfs_tree_read:
 * @self: a tree
 * @entry: an attribute, document, verb or upload
 * @access: the operation
 * @out_content: (out) (transfer full): the whole content, with %PFS_READY
 * @out_valid_us: (out): how much longer it is fresh
 *
 * Returns: the outcome
 */
PfsOutcome pfs_tree_read(PfsTree *self, PfsEntry *entry, PfsAccess *access, GBytes **out_content,
			 gint64 *out_valid_us);

/**
 * pfs_tree_readlink:
 * @self: a tree
 * @entry: a link
 *
 * Returns: (transfer full) (nullable): its target; the cloud is never asked
 */
char *pfs_tree_readlink(PfsTree *self, PfsEntry *entry);

/**
 * pfs_tree_open_log:
 * @self: a tree
 * @entry: a log, or its blocking twin
 * @access: the operation
 * @out_log: (out) (transfer none): the log, held until pfs_tree_close_log()
 *
 * Opens a log for reading; one of events is there when its stream is.
 *
 * Returns: the outcome
 */
PfsOutcome pfs_tree_open_log(PfsTree *self, PfsEntry *entry, PfsAccess *access, PfsLog **out_log);

/**
 * pfs_tree_close_log:
 * @self: a tree
 * @entry: a log that was opened
 * @log: what pfs_tree_open_log() has given
 */
void pfs_tree_close_log(PfsTree *self, PfsEntry *entry, PfsLog *log);

/**
 * pfs_tree_follow_events:
 * @self: a tree
 *
 * Holds the event stream of the mount from now on, though nobody reads.
 */
void pfs_tree_follow_events(PfsTree *self);

/**
 * PfsAct:
 * @PFS_ACT_WRITE: what the row's file does when text is written
 * @PFS_ACT_MKDIR: create; the text is the new name
 * @PFS_ACT_RMDIR: delete
 * @PFS_ACT_RENAME: the text is the new name
 * @PFS_ACT_MOVE: into another directory, see pfs_entry_moves_into(); its name there is the cloud's
 */
typedef enum {
	PFS_ACT_WRITE,
	PFS_ACT_MKDIR,
	PFS_ACT_RMDIR,
	PFS_ACT_RENAME,
	PFS_ACT_MOVE,
} PfsAct;

/**
 * PfsAction:
 *
 * Something that acts, under way. Valid until its done function has run or it was cancelled.
 */
typedef struct _PfsAction PfsAction;

/**
 * PfsActionFunc:
 * @result: (nullable): what a read of the verb then gives; NULL on failure
 * @error: (nullable): why it failed
 * @user_data: as given
 */
typedef void (*PfsActionFunc)(GBytes *result, const GError *error, gpointer user_data);

/**
 * pfs_tree_act:
 * @self: a tree
 * @entry: what to act on
 * @act: in which way
 * @text: see #PfsAct
 * @length: bytes in @text
 * @done: (scope async): gets the outcome, once, never from inside this call
 * @user_data: for @done
 * @error: return location: EPERM where the row has no such act, EINVAL for bad text; nothing is
 * sent
 *
 * Returns: (nullable): the action; NULL with @error
 */
PfsAction *pfs_tree_act(PfsTree *self, PfsEntry *entry, PfsAct act, const char *text, gsize length,
			PfsActionFunc done, gpointer user_data, GError **error);

/**
 * pfs_tree_upload:
 * @self: a tree
 * @entry: an upload
 * @fd: the content, from its beginning; owned from here on
 * @size: bytes in @fd
 * @done: (scope async): gets the outcome, as for pfs_tree_act()
 * @user_data: for @done
 * @error: return location: EINVAL, EFBIG; nothing is sent
 *
 * Returns: (nullable): the action; NULL with @error
 */
PfsAction *pfs_tree_upload(PfsTree *self, PfsEntry *entry, int fd, gint64 size, PfsActionFunc done,
			   gpointer user_data, GError **error);

/**
 * pfs_tree_note_failure:
 * @self: a tree
 * @entry: what was to be written, or made
 * @error: why nothing was sent
 *
 * Leaves a line in the log of errors. What fails in the tree leaves its own.
 */
void pfs_tree_note_failure(PfsTree *self, PfsEntry *entry, const GError *error);

/**
 * pfs_action_cancel:
 * @self: an action
 *
 * Stops waiting for it; its done function does not run. What was sent may have acted; that is
 * logged.
 *
 * Returns: (transfer none): the user data that was given for the done function
 */
gpointer pfs_action_cancel(PfsAction *self);

/**
 * pfs_entry_find_call_end:
 * @self: what takes lines
 * @text: what was written so far
 * @length: bytes in @text
 *
 * A call is a line, or lines up to where a JSON object is closed, or up to the line that the call
 * ends with; what was written last needs no newline.
 *
 * Returns: bytes of the first call, without its newline; -1 while it is not whole
 */
gssize pfs_entry_find_call_end(PfsEntry *self, const char *text, gsize length);

/**
 * pfs_tree_expire:
 * @self: a tree
 * @entry: an entry of it
 *
 * Forgets what is cached of the entry and below it.
 */
void pfs_tree_expire(PfsTree *self, PfsEntry *entry);

/**
 * PfsChange:
 * @PFS_CHANGE_CONTENT: content or attributes
 * @PFS_CHANGE_BELOW: the same of all that is below, too
 * @PFS_CHANGE_NAME: whether there is something of that name, or what
 */
typedef enum {
	PFS_CHANGE_CONTENT,
	PFS_CHANGE_BELOW,
	PFS_CHANGE_NAME,
} PfsChange;

/**
 * PfsChangeFunc:
 * @path: where something has changed
 * @change: what
 * @user_data: as given
 */
typedef void (*PfsChangeFunc)(const char *path, PfsChange change, gpointer user_data);

/**
 * pfs_tree_set_change_func:
 * @self: a tree
 * @func: (nullable): is told of each change, for a file system that lets the kernel cache
 * @user_data: for @func
 */
void pfs_tree_set_change_func(PfsTree *self, PfsChangeFunc func, gpointer user_data);

/**
 * PfsKernelStats:
 * @inodes: places that the kernel knows
 * @handles: open files
 * @waiting: operations that have no answer yet
 */
typedef struct {
	guint inodes;
	guint handles;
	guint waiting;
} PfsKernelStats;

/**
 * PfsKernelFunc:
 * @out_stats: (out caller-allocates): what the kernel has of the tree
 * @user_data: as given
 */
typedef void (*PfsKernelFunc)(PfsKernelStats *out_stats, gpointer user_data);

/**
 * pfs_tree_set_kernel_func:
 * @self: a tree
 * @func: (nullable): counts for the mount's state; %NULL where no kernel is served
 * @user_data: for @func
 */
void pfs_tree_set_kernel_func(PfsTree *self, PfsKernelFunc func, gpointer user_data);

/**
 * pfs_tree_describe:
 *
 * Returns: (transfer full): the node tables as a JSON array, an object a row: path, kind, mode,
 *   whether it is listed, what it calls to read, write, mkdir, rmdir and mv, its class of TTL, help
 */
json_t *pfs_tree_describe(void) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_name_escape:
 * @name: a name of the cloud, valid UTF-8
 *
 * `/`, `%`, control characters and a leading dot become `%XX`; what is over 255 bytes then is cut,
 * and ended by `~` and 8 hex digits of its SHA-256.
 *
 * Returns: (transfer full): its file name
 */
char *pfs_name_escape(const char *name) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_name_mark:
 * @file: a file name
 * @mark: what tells it from others, shorter than 255 bytes
 *
 * Returns: (transfer full): `file~mark`, where @file is cut so that the whole is a file name
 */
char *pfs_name_mark(const char *file, const char *mark) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_name_unmark:
 * @file: a file name
 *
 * Returns: (transfer full): what stands before its mark, where it may have one
 */
char *pfs_name_unmark(const char *file) G_GNUC_WARN_UNUSED_RESULT;

/**
 * pfs_name_unescape:
 * @name: a file name that was not cut
 *
 * Returns: (transfer full): the name of the cloud
 */
char *pfs_name_unescape(const char *name) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
