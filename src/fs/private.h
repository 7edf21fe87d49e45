/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <fuse_lowlevel.h>

#include <particlefs/session.h>
#include <particlefs/wipe.h>

G_BEGIN_DECLS

/* What has happened in a directory. Of a fleet's most are only listed. */
typedef struct {
	GHashTable *absent;	 /* names that were looked for in vain, and when */
	gint64 refused_us;	 /* when something in it was not deleted */
	pid_t refused_pid;	 /* and by whom */
	GHashTable *interrupted; /* acts in it that a signal has ended: process and name */
	guint locked;		 /* waiting requests for which the kernel holds its lock */
	GHashTable *names;	 /* that the kernel has to forget */
	gpointer telling;	 /* of some of them, now; or NULL */
	GHashTable *sent_away;	 /* threads and names that will come again, for that */
} PfsHistory;

/*
 * A place that the kernel knows. A writable file gets a new one at each lookup: whoever waits in
 * one open of it then never holds the kernel's lock that another open needs.
 */
typedef struct {
	guint64 nodeid;
	guint64 parent; /* its nodeid */
	guint64 lookups;
	PfsEntry *entry;
	guint handles;	     /* open files */
	gboolean shared;     /* found again by its name */
	gint64 size;	     /* of the last snapshot; -1: none was taken */
	gint64 reported;     /* the size that the kernel has been told last */
	guint64 cached;	     /* digest of what the kernel's page cache holds; 0: nothing */
	PfsHistory *history; /* of a directory; NULL: nothing has happened */
} PfsInode;

struct _PfsSession {
	PfsTree *tree;
	PfsSessionOptions options;
	struct fuse_session *fuse;
	struct fuse_buf buffer;
	GMainContext *context;
	GSource *source;
	gpointer tag;
	gboolean begun;	    /* the kernel's first request was answered */
	GHashTable *inodes; /* nodeid -> PfsInode */
	GHashTable *names;  /* the shared ones, by parent and name */
	guint64 last_nodeid;
	gint64 changed_us;	 /* when something last acted, was made or was touched */
	GQueue requests;	 /* those that wait */
	GHashTable *directories; /* that are open */
	GHashTable *handles;	 /* open files */
	GThreadPool *notifier;
	int unsent;  /* notifications that the kernel has not taken yet; atomic */
	GQueue held; /* answers that wait until names are told */
	GThreadPool *teller;
	gpointer told_now; /* atomic */
	GQueue tellings;   /* a directory each, the oldest first */
	guint64 last_telling;
	guint64 let_go;	  /* what waits for those up to this one waits no more */
	PfsResource told; /* the oldest one is */
	guint look_source;
	gboolean ending;
};

/* An open file. */
typedef struct {
	PfsSession *session;
	guint64 nodeid;
	PfsEntry *entry;
	GBytes *content; /* snapshot, or the reply to the last call made here */
	gint64 reply_at; /* where the last write ended; -1: none was made */
	GString *text;	 /* written so far; of a verb: not a whole call yet */
	gboolean dirty;	 /* a document or an upload was written, and has not been sent */
	gboolean sent;	 /* an upload was, once */
	int unsent;	 /* why what was sent last was not taken, until something new is written */
	pid_t writer;	 /* the process that wrote last; 0: not known */
	int spool_fd;	 /* what is to be uploaded; -1: nothing yet */
	GBytes *interrupted; /* the last write, which a signal has ended */
	gint64 interrupted_at;
	int failed; /* why a piece is missing: the rest is of no use */
	PfsLog *log;
	guint64 position; /* in the log: up to where a live reader has read */
	gboolean lost;	  /* what it reads next does not follow on that */
	gboolean in_line; /* it has read a part of a line */
	PfsWaiter growth; /* for whoever polls */
	struct fuse_pollhandle *poll;
} PfsHandle;

/*
 * An operation that can't be answered at once. It runs again each time that what it waits for has
 * ended, until it is answered, which is once.
 */
typedef struct _PfsRequest PfsRequest;
struct _PfsRequest {
	PfsSession *session;
	fuse_req_t req; /* NULL: it was answered before its end */
	void (*run)(PfsRequest *request);
	void (*then)(PfsRequest *request); /* once names are told */
	guint64 tellings;		   /* the last that it waits for; 0: not known yet */
	PfsEntry *entry;
	guint64 nodeid;
	guint64 locks[2];    /* nodeids of directories that the kernel has locked for it; or 0 */
	gboolean may_repeat; /* the kernel asks again when it is told to */
	gboolean acts;	     /* on its name */
	gboolean closes;     /* what its file has been given is sent */
	char *name;
	struct fuse_file_info file;
	PfsHandle *handle;
	PfsAccess access;
	PfsWaiter waiter;
	PfsAction *action;
	GString *pending; /* written lines that are not called yet */
	GBytes *written;  /* what acts */
	gsize size;
	gint64 offset;
	gboolean plus; /* a directory is read with its entries' attributes */
	guint interrupt_source;
	guint patience_source;
	GList link;
};

/* How a process ends that closes a file. */
typedef enum {
	PFS_ENDING_NOT,
	PFS_ENDING_EXIT,
	PFS_ENDING_KILLED, /* or maybe so: what can't be known of one that ends */
	PFS_ENDING_UNSEEN, /* whether it ends at all can't be known */
} PfsEnding;

/* init.c */
void pfs_session_process_init(PfsSession *self);

/* inode.c */
PfsInode *pfs_inode_get(PfsSession *self, guint64 nodeid);
PfsHistory *pfs_inode_need_history(PfsInode *self);
PfsInode *pfs_inode_new(PfsSession *self, PfsEntry *entry, guint64 parent);
PfsInode *pfs_inode_take(PfsSession *self, PfsEntry *entry, guint64 parent);
PfsInode *pfs_inode_find_child(PfsSession *self, PfsInode *parent, const char *name);
/* Whoever looks for its name from now on gets another one. */
void pfs_inode_leave_name(PfsSession *self, PfsInode *inode);
void pfs_inode_forget(PfsSession *self, guint64 nodeid, guint64 count);
/* What a process or a thread did by a name, to be known when it does so again: once. */
void pfs_mark_add(GHashTable **marks, pid_t pid, const char *name);
gboolean pfs_mark_take(GHashTable *marks, pid_t pid, const char *name);
/* Who looked for it has begun at @asked_us. */
void pfs_inode_note_absent(PfsInode *self, const char *name, gint64 asked_us);
void pfs_inode_note_present(PfsInode *self, const char *name);
/* When somebody last began to look for the name in vain; 0: none did, or it has come since. */
gint64 pfs_inode_get_absent_us(PfsInode *self, const char *name);
void pfs_inode_rename(PfsSession *self, PfsInode *inode, PfsInode *parent, const char *name);
gboolean pfs_entry_is_shared(PfsEntry *self);
void pfs_inode_fill(PfsSession *self, PfsInode *inode, struct fuse_entry_param *out_param);
void pfs_entry_fill(PfsSession *self, PfsEntry *entry, struct fuse_entry_param *out_param);
void pfs_inodes_init(PfsSession *self);
void pfs_inodes_clear(PfsSession *self);

/* request.c */
/* Each failure leaves a line: one that the tree does not know of, too. */
void pfs_note_failure(PfsSession *self, PfsEntry *entry, int code, const char *words);
/* What was not there before may be there now, by each path that leads to it. */
void pfs_note_change(PfsSession *self);
PfsEnding pfs_caller_get_ending(fuse_req_t req);
pid_t pfs_caller_get_process(fuse_req_t req);
void pfs_request_end_with_caller(PfsRequest *self);
PfsRequest *pfs_request_new(fuse_req_t req, fuse_ino_t nodeid, const char *name,
			    const struct fuse_file_info *file, void (*run)(PfsRequest *request));
gboolean pfs_request_is_waiting(PfsRequest *self, PfsOutcome outcome);
void pfs_request_act(PfsRequest *self, PfsEntry *entry, PfsAct act, const char *text, gsize length,
		     void (*done)(PfsRequest *request, GBytes *result));
void pfs_request_upload(PfsRequest *self, PfsEntry *entry, int fd, gint64 size,
			void (*done)(PfsRequest *request, GBytes *result));
void pfs_request_ignore_interrupts(PfsRequest *self);
void pfs_request_fail(PfsRequest *self, int code);
void pfs_request_free(PfsRequest *self);
void pfs_requests_end(PfsSession *self);

/* forget.c: names that the kernel has to forget */
void pfs_forget_init(PfsSession *self);
void pfs_forget_end(PfsSession *self);
void pfs_forget_name(PfsSession *self, PfsInode *parent, const char *name);
void pfs_forget_let(PfsSession *self, PfsInode *parent);
/* The kernel has locked the directory: what is not being told there yet waits. */
void pfs_forget_hold(PfsSession *self, PfsInode *parent);
/* Whether a look-up there was sent away before, which no user sees once alone. */
gboolean pfs_forget_has_come_again(PfsRequest *request);
/* The kernel does so itself, as one of its own operations has changed what is there. */
void pfs_forget_not(PfsInode *parent, const char *name);
/* TRUE: it waits until the names are told that are known now, and runs again: what is answered then
 * is true for whoever looks. What is told in a directory that it has locked waits for its answer.
 */
gboolean pfs_forget_is_waiting(PfsRequest *request);
/* The same for what has acted, which no signal ends any more. */
void pfs_forget_then(PfsRequest *request, void (*then)(PfsRequest *request));
/* The same, for what has nothing more to tell. */
void pfs_reply_acted(PfsRequest *request);

/* notifier.c */
void pfs_notifier_init(PfsSession *self);
void pfs_notifier_free(PfsSession *self);
gboolean pfs_notifier_store_all(PfsSession *self, PfsInode *inode, GBytes *content);
void pfs_notifier_store_end(PfsSession *self, PfsInode *inode, GBytes *content);
void pfs_notifier_store_then_open(PfsSession *self, fuse_req_t req, PfsInode *inode,
				  const struct fuse_file_info *file, GBytes *content);
void pfs_notifier_reply_data(PfsSession *self, fuse_req_t req, char *data, gsize length);
void pfs_notifier_let_go(PfsSession *self);
void pfs_notifier_changed(PfsSession *self, const char *path, PfsChange change);

/* files.c */
PfsHandle *pfs_handle_get(const struct fuse_file_info *file);
PfsHandle *pfs_handle_new(PfsRequest *request, guint64 nodeid, GBytes *content);
void pfs_handles_init(PfsSession *self);
void pfs_reply_open(PfsRequest *request, PfsHandle *handle);
void pfs_reply_create(PfsRequest *request, PfsEntry *entry);
void pfs_handles_clear(PfsSession *self);
void pfs_handle_drop_lines(PfsHandle *self);
/* There is something new to send. */
void pfs_handle_note_written(PfsHandle *self);
/* Nothing that is written from now on is of use. Gives @code. */
int pfs_handle_spoil(PfsHandle *self, int code, const char *words);
void pfs_handle_note_interruption(PfsHandle *self, GBytes *written, gint64 offset);

/* uploads.c: what files.c does with a handle of an upload */
void pfs_upload_write(fuse_req_t req, PfsHandle *handle, const char *data, size_t size,
		      off_t offset);
int pfs_upload_truncate(PfsHandle *handle, off_t size);
void pfs_upload_send(PfsRequest *request, PfsHandle *handle);
void pfs_upload_released(PfsHandle *handle);

/* local.c: what files.c and names.c do where something lives in the mount alone */
void pfs_local_opened(PfsRequest *request);
void pfs_local_create(PfsRequest *request, const char *name, mode_t mode);
void pfs_local_mkdir(PfsRequest *request, mode_t mode);
void pfs_local_remove(PfsRequest *request, PfsEntry *child);
void pfs_local_rename(PfsRequest *request, fuse_ino_t new_parent, const char *new_name,
		      unsigned int flags);
void pfs_local_read(fuse_req_t req, PfsHandle *handle, size_t size, off_t offset);
void pfs_local_write(fuse_req_t req, PfsHandle *handle, const char *data, size_t size,
		     off_t offset);
int pfs_local_set_attributes(PfsSession *session, PfsEntry *entry, const struct stat *wanted,
			     int what);
void pfs_op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);

/* logs.c: what files.c does with a handle of a log */
void pfs_log_opened(PfsRequest *request, PfsHandle *handle, PfsLog *log);
void pfs_log_released(PfsHandle *handle);
void pfs_log_read_op(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
		     struct fuse_file_info *file);
void pfs_op_poll(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file,
		 struct fuse_pollhandle *poll_handle);

/* directories.c, files.c, names.c */
void pfs_directories_init(PfsSession *self);
void pfs_directories_clear(PfsSession *self);
void pfs_note_refused(PfsRequest *request);
void pfs_note_interrupted(PfsRequest *request);
void pfs_reply_entry(PfsRequest *request, PfsEntry *child);
void pfs_op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void pfs_op_forget(fuse_req_t req, fuse_ino_t nodeid, uint64_t count);
void pfs_op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets);
void pfs_op_getattr(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file);
void pfs_op_setattr(fuse_req_t req, fuse_ino_t nodeid, struct stat *wanted, int what,
		    struct fuse_file_info *file);
void pfs_op_readlink(fuse_req_t req, fuse_ino_t nodeid);
void pfs_op_access(fuse_req_t req, fuse_ino_t nodeid, int mask);
void pfs_op_statfs(fuse_req_t req, fuse_ino_t nodeid);
void pfs_op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode);
void pfs_op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void pfs_op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
		   const char *new_name, unsigned int flags);
void pfs_op_opendir(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file);
void pfs_op_readdir(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
		    struct fuse_file_info *file);
void pfs_op_readdirplus(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
			struct fuse_file_info *file);
void pfs_op_releasedir(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file);
void pfs_op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		   struct fuse_file_info *file);
void pfs_op_open(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file);
void pfs_op_read(fuse_req_t req, fuse_ino_t nodeid, size_t size, off_t offset,
		 struct fuse_file_info *file);
void pfs_op_write(fuse_req_t req, fuse_ino_t nodeid, const char *data, size_t size, off_t offset,
		  struct fuse_file_info *file);
void pfs_op_flush(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file);
void pfs_op_fsync(fuse_req_t req, fuse_ino_t nodeid, int datasync, struct fuse_file_info *file);
void pfs_op_release(fuse_req_t req, fuse_ino_t nodeid, struct fuse_file_info *file);

G_END_DECLS
