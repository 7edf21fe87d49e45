/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <malloc.h>
#include <mntent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib-unix.h>

#include "daemon.h"
#include "messages.h"
#include "options.h"

typedef struct {
	PfsMountOptions options;
	gboolean foreground;
	gboolean debug;
	const char *mountpoint;
	GMainLoop *loop;
} Mount;

/* Allocations from this size on are given back as soon as they are freed. */
#define LARGE_BYTES (128 * 1024)

static G_GNUC_PRINTF(2, 3) int fail(const char *mountpoint, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_printerr("particlefs: %s: %s\n", mountpoint, text);
	return PFS_EXIT_FAILED;
}

/* A mount that a crash has left answers nothing but ENOTCONN. */
static void
detach_stale(const char *mountpoint)
{
	const char *argv[] = { "fusermount3", "-u", "-z", "-q", "--", mountpoint, NULL };

	if (umount2(mountpoint, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		return;
	g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
		     NULL);
}

/* A second mount would hide the first, which goes on below it. */
static gboolean
is_mounted(const char *mountpoint)
{
	g_autofree char *path = realpath(mountpoint, NULL);
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *mount;
	gboolean found = FALSE;

	while (mounts != NULL && (mount = getmntent(mounts)) != NULL)
		found = found || (strcmp(mount->mnt_type, "fuse.particlefs") == 0 &&
				  g_strcmp0(mount->mnt_dir, path) == 0);
	if (mounts != NULL)
		endmntent(mounts);
	return found;
}

/* What is no path may have been meant as a command. */
static int
fail_missing(const char *mountpoint, int code)
{
	g_autofree char *quoted = g_shell_quote(mountpoint);

	if (code != ENOENT)
		return fail(mountpoint, "%s", g_strerror(code));
	if (strchr(mountpoint, '/') != NULL)
		return fail(mountpoint, "%s; make it with: mkdir -p %s", g_strerror(code), quoted);
	return fail(mountpoint,
		    "no such command, see 'particlefs --help'; nor a directory, which is made "
		    "with: mkdir -p %s",
		    quoted);
}

static int
check_mountpoint(const char *mountpoint)
{
	struct stat status;
	int code = stat(mountpoint, &status) != 0 ? errno : 0;

	if (code == ENOTCONN) {
		detach_stale(mountpoint);
		code = stat(mountpoint, &status) != 0 ? errno : 0;
	}
	if (code != 0)
		return fail_missing(mountpoint, code);
	if (!S_ISDIR(status.st_mode))
		return fail(mountpoint, "not a directory");
	if (is_mounted(mountpoint))
		return fail(mountpoint, "is mounted already; fusermount3 -u ends that");
	if (access("/dev/fuse", F_OK) != 0)
		return fail(mountpoint, "this machine has no FUSE (/dev/fuse); try: modprobe fuse");
	return PFS_EXIT_OK;
}

static void
ready_cb(gpointer user_data)
{
	if (pfs_daemon_ready())
		pfs_messages_leave_terminal();
	pfs_daemon_tell_systemd("READY=1");
}

static void
ended_cb(gpointer user_data)
{
	g_main_loop_quit(((Mount *)user_data)->loop);
}

static gboolean
signal_cb(gpointer user_data)
{
	g_main_loop_quit(((Mount *)user_data)->loop);
	return G_SOURCE_CONTINUE;
}

static int
serve(Mount *mount, PfsHttp *http, PfsToken *token)
{
	g_autoptr(PfsApi) api = pfs_api_new(http);
	PfsHubOptions hub_options = {
		.linger_ms = mount->options.linger_secs * 1000,
		.buffer_bytes = mount->options.event_buffer_bytes,
	};
	g_autoptr(PfsHub) hub = pfs_hub_new(api, &hub_options);
	g_autoptr(PfsTree) tree = pfs_tree_new(api, hub, token, &mount->options.tree);
	PfsSessionOptions options = {
		.uid = mount->options.uid,
		.gid = mount->options.gid,
		.umask = mount->options.umask,
		.mount_options = mount->options.kernel->str,
		.debug = mount->debug,
		.ready = ready_cb,
		.ended = ended_cb,
		.user_data = mount,
	};
	g_autoptr(GError) error = NULL;
	PfsSession *session = pfs_session_new(tree, mount->mountpoint, &options, &error);

	if (session == NULL)
		return fail(mount->mountpoint, "%s", error->message);
	pfs_daemon_keep_files();
	pfs_tree_watch_token(tree);
	if (mount->options.events)
		pfs_tree_follow_events(tree);
	g_main_loop_run(mount->loop);
	pfs_session_free(session);
	return PFS_EXIT_OK;
}

static int
run(Mount *mount)
{
	PfsMountOptions *options = &mount->options;
	PfsHttpOptions http_options = {
		.base_url = options->cli.api != NULL ? options->cli.api : PFS_CLI_DEFAULT_API,
		.ca_file = options->cli.ca_file,
		.timeout_ms = options->timeout_secs * 1000,
		.retries = options->retries,
		.budget_requests = options->budget[0],
		.budget_secs = options->budget[1],
		.dataops = options->dataops[0],
		.dataops_secs = options->dataops[1],
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(PfsToken) token =
	    pfs_token_find(options->cli.token_file, options->cli.profile, &error);
	g_autoptr(PfsHttp) http = NULL;
	int exit_code;

	if (token == NULL)
		return fail(mount->mountpoint, "%s", error->message);
	http = pfs_http_new(&http_options, token, &error);
	if (http == NULL)
		return fail(mount->mountpoint, "%s", error->message);
	options->tree.schema_checker = pfs_cli_find_schema_checker();
#ifdef M_MMAP_THRESHOLD
	/* By itself glibc raises it to the size of what was freed, and keeps what one answer took.
	 */
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
#endif
	mount->loop = g_main_loop_new(NULL, FALSE);
	g_unix_signal_add(SIGINT, signal_cb, mount);
	g_unix_signal_add(SIGTERM, signal_cb, mount);
	g_unix_signal_add(SIGHUP, signal_cb, mount);
	exit_code = serve(mount, http, token);
	g_main_loop_unref(mount->loop);
	return exit_code;
}

static void
print_help(void)
{
	g_autofree char *options = pfs_mount_options_dup_help();

	g_print("Usage: particlefs [-o OPTION,…] [-f] [-d] [SOURCE] MOUNTPOINT\n\n"
		"Mounts the Particle cloud.\n\n"
		"  -o OPTION,…  mount options, see below\n"
		"  -f           stay in the foreground\n"
		"  -d           print each request of the kernel; as -f\n"
		"  -V           print the version\n"
		"  -h           print this\n\n"
		"Mount options:\n%s",
		options);
}

gboolean
pfs_cli_is_mount_helper(const char *program)
{
	g_autofree char *name = g_path_get_basename(program);

	return g_str_has_prefix(name, "mount.");
}

/* As mount(8) calls it: SOURCE MOUNTPOINT [-sfnv] [-N SPACE] [-o LIST] [-t TYPE]. -1: go on. */
static int
parse(Mount *mount, int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	int option;

	while ((option = getopt(argc, argv, "o:fdhVnsvN:t:")) != -1) {
		switch (option) {
		case 'o':
			if (!pfs_mount_options_parse(&mount->options, optarg, &error)) {
				g_printerr("particlefs: %s; see 'particlefs --help'\n",
					   error->message);
				return PFS_EXIT_USAGE;
			}
			break;
		case 'd':
			mount->debug = TRUE;
			mount->foreground = TRUE;
			break;
		case 'f':
			if (pfs_cli_is_mount_helper(argv[0]))
				return PFS_EXIT_OK; /* mount -f: a dry run */
			mount->foreground = TRUE;
			break;
		case 'n':
		case 's':
		case 'v':
		case 'N':
		case 't':
			break;
		case 'V':
			g_print("particlefs %s\n", PFS_VERSION);
			return PFS_EXIT_OK;
		case 'h':
			print_help();
			return PFS_EXIT_OK;
		default:
			g_printerr("particlefs: see 'particlefs --help'\n");
			return PFS_EXIT_USAGE;
		}
	}
	if (argc - optind < 1 || argc - optind > 2) {
		g_printerr("particlefs: one mountpoint is wanted; see 'particlefs --help'\n");
		return PFS_EXIT_USAGE;
	}
	mount->mountpoint = argv[argc - 1];
	return -1;
}

int
pfs_cli_mount(int argc, char **argv)
{
	Mount mount = { 0 };
	g_autofree char *mountpoint = NULL;
	int exit_code;

	pfs_mount_options_init(&mount.options);
	exit_code = parse(&mount, argc, argv);
	if (exit_code < 0)
		exit_code = check_mountpoint(mount.mountpoint);
	else
		mount.mountpoint = NULL;
	if (exit_code == PFS_EXIT_OK && mount.mountpoint != NULL) {
		mountpoint = g_canonicalize_filename(mount.mountpoint, NULL);
		mount.mountpoint = mountpoint;
		pfs_messages_init(mount.options.log_level);
		if (!mount.foreground)
			pfs_daemon_fork();
		exit_code = run(&mount);
	}
	pfs_mount_options_clear(&mount.options);
	return exit_code;
}
