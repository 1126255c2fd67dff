/* SPDX-License-Identifier: ISC */
/*
 * A restricted process, seen from inside: each test enters a sandbox as the
 * programs do, in a process of its own, and tries one thing. What is needed
 * works, what libc may try fails, and everything else ends the process.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/landlock.h"
#include "common/base/sandbox.h"
#include "common/base/sock.h"
#include "common/base/start.h"
#include "tests/unit/suite.h"

#define KILLED (-SIGSYS)

static char dir[] = "/tmp/check_sandbox.XXXXXX";
static int inside = -1; /* the directory */
static uint16_t port, other_port;
static struct child child = CHILD_NONE;
static pid_t parent;
static int log_socket = -1; /* as syslog's: connected */
static struct sockaddr_un elsewhere = { .sun_family = AF_UNIX };

/* --- What is tried: 0, or an errno --- */

static int result(long rc)
{
	return rc == -1 ? errno : 0;
}

static int files(void)
{
	char path[64];
	int fd = openat(inside, "a", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	snprintf(path, sizeof(path), "%s/b", dir);
	if (fd == -1 || flock(fd, LOCK_EX | LOCK_NB) == -1 || write(fd, "x", 1) != 1 ||
	    fsync(fd) == -1 || fchmod(fd, 0640) == -1 || close(fd) == -1)
		return errno;
	if (renameat(inside, "a", inside, "b") == -1 || !file_exists(AT_FDCWD, path) ||
	    file_replace(AT_FDCWD, path, "y", 1, 0600, FILE_DURABLE) == -1)
		return errno;
	fd = dir_make(inside, "d", 0700);
	if (fd == -1 || unlinkat(inside, "d", AT_REMOVEDIR) == -1)
		return errno;
	close(fd);
	return result(unlinkat(inside, "b", 0));
}

static int segment(void)
{
	int fd = openat(inside, "s", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char c;

	if (fd == -1 || pwrite_full(fd, "abc", 3, 5) == -1 || fdatasync(fd) == -1 ||
	    pread_full(fd, &c, 1, 6) != 1 || ftruncate(fd, 6) == -1)
		return errno;
	close(fd);
	return c == 'b' ? 0 : EBADMSG;
}

static int read_outside(void)
{
	return result(open("/etc/passwd", O_RDONLY));
}

static int list_outside(void)
{
	return result(open("/", O_RDONLY | O_DIRECTORY));
}

static int write_outside(void)
{
	return result(openat(inside, "../check_sandbox.outside", O_WRONLY | O_CREAT, 0600));
}

static int rename_outside(void)
{
	int fd = openat(inside, "a", O_WRONLY | O_CREAT, 0600);

	close(fd);
	return result(renameat(inside, "a", AT_FDCWD, "/tmp/check_sandbox.moved"));
}

static int rename_between(void)
{
	close(openat(inside, "a", O_WRONLY | O_CREAT, 0600));
	close(dir_make(inside, "d", 0700));
	return result(renameat(inside, "a", inside, "d/a"));
}

static int make_link(void)
{
	return result(symlinkat("/etc/passwd", inside, "link"));
}

static int change_mode(void)
{
	return result(fchmodat(inside, ".", 0777, 0));
}

static int run_program(void)
{
	char *argv[] = { (char[]){ "/bin/true" }, NULL };

	return result(execv(argv[0], argv));
}

static int run_own_program(void)
{
	char *argv[] = { (char[]){ "true" }, NULL };

	return result(syscall(SYS_execveat, inside, "true", argv, NULL, 0));
}

static int new_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return result(pid);
}

static int new_process_vfork(void)
{
#ifdef SYS_vfork
	return result(syscall(SYS_vfork));
#else
	return result(syscall(SYS_clone, CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, 0));
#endif
}

static int new_process_spawn(void)
{
	char *argv[] = { (char[]){ "/bin/true" }, NULL };
	pid_t pid;

	return posix_spawn(&pid, argv[0], NULL, NULL, argv, NULL);
}

static int new_namespace(void)
{
	return result(unshare(CLONE_NEWUSER));
}

static int look_into_parent(void)
{
	return result(syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, parent, 0, 0));
}

static int become_root(void)
{
	return result(syscall(SYS_setuid, 0));
}

static int other_architecture(void)
{
#ifdef __x86_64__
	return result(syscall(0x40000000 + SYS_getpid)); /* x32's */
#else
	return raise(SIGSYS);
#endif
}

static int new_code(void)
{
	return result(
	    (long)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static int code_of_data(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return result(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static int connect_port(uint16_t to, int type)
{
	struct sockaddr_in a = {
		.sin_family = AF_INET, .sin_port = htons(to), .sin_addr = { htonl(INADDR_LOOPBACK) }
	};
	int fd = sock_open(AF_INET, type | SOCK_CLOEXEC, 0);

	return fd == -1 ? errno : result(connect(fd, (struct sockaddr *)&a, sizeof(a)));
}

static int connect_tcp(void)
{
	return connect_port(port, SOCK_STREAM);
}

static int connect_other(void)
{
	return connect_port(other_port, SOCK_STREAM);
}

static int udp(void)
{
	return connect_port(port, SOCK_DGRAM);
}

static int unix_socket(void)
{
	return result(socket(AF_UNIX, SOCK_DGRAM, 0));
}

static int listen_tcp(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };

	return result(bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof(a)));
}

static int end_child(void)
{
	child_end(&child, 2000);
	return child.ended && WIFSIGNALED(child.status) ? 0 : ECHILD;
}

static int signal_parent(void)
{
	return result(kill(parent, SIGCONT));
}

static int own_signal(void)
{
	return result(fcntl(inside, F_SETOWN, parent));
}

static int any_signal(void)
{
	return result(fcntl(inside, F_SETSIG, SIGKILL));
}

static int lease(void)
{
	return result(fcntl(inside, F_SETLEASE, F_RDLCK));
}

static int descriptor_flags(void)
{
	int fd = fcntl(inside, F_DUPFD_CLOEXEC, 3);

	return result(fd == -1 || fcntl(fd, F_GETFD) == -1 ||
		    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1 || set_nonblocking(log_socket) == -1
		? -1
		: close(fd));
}

static int send_to_log(void)
{
	return result(send(log_socket, "x", 1, MSG_NOSIGNAL));
}

static int send_elsewhere(void)
{
	return result(
	    sendto(log_socket, "x", 1, 0, (const struct sockaddr *)&elsewhere, sizeof(elsewhere)));
}

static void *work(void *arg)
{
	char *p = malloc(3000000);

	memset(p, 1, 3000000);
	*(int *)arg = segment();
	free(p);
	return NULL;
}

static int thread(void)
{
	pthread_t t;
	int rc = EBADMSG, error;

	for (int i = 0; i < 3; i++) {
		error = pthread_create(&t, NULL, work, &rc);
		if (error != 0)
			return error;
		pthread_join(t, NULL);
	}
	return rc;
}

static int memory(void)
{
	char *p = NULL;

	for (size_t size = 1; size < 64u << 20; size *= 3) {
		char *more = realloc(p, size);
		if (more == NULL)
			return ENOMEM;
		p = more;
		p[size - 1] = 1;
	}
	free(p);
	return 0;
}

static int too_much_memory(void)
{
	/* Or the compiler leaves it out. */
	void *volatile p = malloc(300u << 20);

	return p == NULL ? errno : 0;
}

static int by_value(const void *a, const void *b)
{
	return *(const int *const *)a < *(const int *const *)b ? -1 : 1;
}

/* glibc asks how much memory there is before it sorts more than 1 KiB. */
static int sort(void)
{
	static int v[4000];
	static int *p[4000];

	for (int i = 0; i < 4000; i++)
		p[i] = &v[(i * 7) % 4000];
	qsort(p, 4000, sizeof(*p), by_value);
	return p[0] == v && p[3999] == v + 3999 ? 0 : EBADMSG;
}

static int libc(void)
{
	char text[200];
	struct tm tm;
	time_t now = now_s();
	struct stat st;

	if (localtime_r(&now, &tm) == NULL || fstat(inside, &st) == -1)
		return errno;
	snprintf(text, sizeof(text), "%f %s %m", 1.5, strerror(EIO));
	isatty(0);
	sleep_ms(5);
	return access("/etc/passwd", R_OK) == -1 ? 0 : EBADMSG;
}

static int leave(void)
{
	printf("x\n");
	exit(0);
}

/* --- The sandboxes of the programs --- */

static const struct sandbox log_box = { .needs = SANDBOX_FILES | SANDBOX_LOG, .dirs = { dir } };
static const struct sandbox files_box = { .needs = SANDBOX_FILES, .dirs = { dir } };
static const struct sandbox bare_box = { .needs = 0 };
static struct sandbox child_box = { .needs = SANDBOX_FILES | SANDBOX_LOG, .dirs = { dir } };
static struct sandbox thread_box = { .needs = SANDBOX_FILES | SANDBOX_LOG | SANDBOX_THREADS,
	.dirs = { dir } };
static struct sandbox port_box = { .needs = SANDBOX_FILES, .dirs = { dir } };

/*
 * "bijk-login, bijk-recv", "bijk-keyrecv", "bijk-push", "bijk-pull",
 * "bijk-keyreg", "bijk-keyreg --export"
 */
enum { LOG = 1, FILES = 2, CHILD = 4, THREAD = 8, PORT = 16, BARE = 32, ALL = 63 };

static const struct {
	const char *what;
	int (*deed)(void);
	unsigned boxes;
	int want;
} deeds[] = {
	{ "files", files, ALL & ~BARE, 0 },
	{ "segment", segment, LOG | CHILD | THREAD, 0 },
	{ "segment", segment, FILES | PORT, KILLED },
	{ "read outside", read_outside, ALL & ~BARE, EACCES },
	{ "read outside", read_outside, BARE, KILLED },
	{ "list outside", list_outside, ALL & ~BARE, EACCES },
	{ "write outside", write_outside, ALL & ~BARE, EACCES },
	{ "rename outside", rename_outside, ALL & ~BARE, EACCES },
	{ "rename between directories", rename_between, ALL & ~BARE, EXDEV },
	{ "make a link", make_link, ALL, KILLED },
	{ "change a mode by name", change_mode, ALL, KILLED },
	{ "run a program", run_program, ALL, KILLED },
	{ "run a program of the directory", run_own_program, ALL, KILLED },
	{ "fork", new_process, ALL, KILLED },
	{ "vfork", new_process_vfork, ALL, KILLED },
	{ "posix_spawn", new_process_spawn, ALL, KILLED },
	{ "a namespace", new_namespace, ALL, KILLED },
	{ "ptrace", look_into_parent, ALL, KILLED },
	{ "setuid", become_root, ALL, KILLED },
	{ "another architecture's call", other_architecture, ALL, KILLED },
#ifdef __s390x__ /* whose mmap(2) a filter cannot look into */
	{ "new code", new_code, ALL, 0 },
#else
	{ "new code", new_code, ALL, KILLED },
#endif
	{ "data to code", code_of_data, ALL & ~THREAD, EPERM },
	{ "data to code", code_of_data, THREAD, KILLED },
	{ "TCP", connect_tcp, ALL & ~PORT, EPERM },
	{ "TCP", connect_tcp, PORT, 0 },
	{ "TCP to another port", connect_other, PORT, EACCES },
	{ "UDP", udp, ALL & ~PORT, EPERM },
	{ "UDP", udp, PORT, KILLED },
	{ "a unix socket", unix_socket, ALL, EPERM },
	{ "a listener", listen_tcp, ALL, KILLED },
	{ "end a child", end_child, CHILD | THREAD, 0 },
	{ "signal the parent", signal_parent, ALL, KILLED },
	{ "signals of a descriptor", own_signal, ALL, KILLED },
	{ "a signal of choice", any_signal, ALL, KILLED },
	{ "a lease", lease, ALL, KILLED },
	{ "flags of descriptors", descriptor_flags, ALL, 0 },
	{ "a message to the log", send_to_log, ALL, 0 },
	{ "a message to somebody else", send_elsewhere, ALL, KILLED },
	{ "threads", thread, THREAD, 0 },
	{ "threads", thread, ALL & ~THREAD, KILLED },
	{ "memory", memory, ALL, 0 },
	{ "much memory", too_much_memory, ALL, ENOMEM },
	{ "a long sort", sort, ALL, 0 },
	{ "libc", libc, ALL & ~BARE, 0 },
	{ "exit", leave, ALL & ~BARE, 0 },
};
#define DEEDS (sizeof(deeds) / sizeof(deeds[0]))

static void start_child(void)
{
	char *argv[] = { (char[]){ "/bin/sleep" }, (char[]){ "100" }, NULL };

	ck_assert_int_eq(child_start(&child, NULL, argv, 0), 0);
	child_box.group = thread_box.group = child.group;
}

static int enter_and_do(const struct sandbox *box, int (*deed)(void))
{
	pid_t pid;
	int status;

	parent = getpid();
	pid = fork();
	if (pid == 0) {
		const char *part;
		if (box == &child_box || box == &thread_box)
			start_child();
		/* What is printed is not meant for the suite's output. */
		if (freopen("/dev/null", "w", stdout) == NULL || sandbox_enter(box, &part) == -1)
			_exit(120);
		_exit(deed());
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static uint16_t listener(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	return ntohs(a.sin_port);
}

/* Bound in the directory, at *at; with NULL one that is connected to it. */
static int local_socket(const char *name, struct sockaddr_un *at)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0), from;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/%s", dir, name);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	if (at != NULL) {
		*at = a;
		return fd;
	}
	from = socket(AF_UNIX, SOCK_DGRAM, 0);
	ck_assert_int_eq(connect(from, (const struct sockaddr *)&a, sizeof(a)), 0);
	return from;
}

static void setup(void)
{
	int fd;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	inside = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* A program that lies within reach all the same. */
	fd = openat(inside, "true", O_WRONLY | O_CREAT, 0700);
	ck_assert_int_eq(write_full(fd, "#!/bin/sh\n", 10), 0);
	close(fd);
	log_socket = local_socket("log", NULL);
	local_socket("elsewhere", &elsewhere);
	port_box.port = port = listener();
	other_port = listener();
}

static void teardown(void)
{
	ck_assert_int_eq(dir_remove_tree(AT_FDCWD, dir), 0);
	ck_assert(!file_exists(AT_FDCWD, "/tmp/check_sandbox.outside"));
	ck_assert(!file_exists(AT_FDCWD, "/tmp/check_sandbox.moved"));
}

START_TEST(try)
{
	const struct sandbox *const boxes[] = { &log_box, &files_box, &child_box, &thread_box,
		&port_box, &bare_box };

	int want = deeds[_i].want;

	/* Before Linux 6.7 nothing holds it back. */
	if (deeds[_i].deed == connect_other &&
	    syscall(NR_LANDLOCK_CREATE_RULESET, NULL, 0, RULESET_VERSION) < ABI_TCP)
		want = 0;
	for (unsigned i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
		int got;
		if (!(deeds[_i].boxes & 1u << i))
			continue;
		got = enter_and_do(boxes[i], deeds[_i].deed);
		/* An old glibc asks for mprotect first, and is refused that. */
		if (deeds[_i].deed == thread && want == KILLED && got == EPERM)
			got = want;
		ck_assert_msg(
		    got == want, "%s, sandbox %u: %d, not %d", deeds[_i].what, i, got, want);
	}
}
END_TEST

/* A file of /proc of a process that is in the sandbox, read from outside. */
static char *proc_file(const char *name, struct buf *b)
{
	char path[64];
	int ready[2], done[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(done), 0);
	pid = fork();
	if (pid == 0) {
		sandbox_enter_or_die(&log_box);
		close(done[1]);
		_exit(write(ready[1], "x", 1) == 1 && read(done[0], &c, 1) == 0 ? 0 : 1);
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	ck_assert_int_eq(file_read(AT_FDCWD, path, b), 0);
	close(done[1]);
	waitpid(pid, NULL, 0);
	return b->data;
}

START_TEST(in_proc)
{
	struct buf b = BUF_INIT(65536);
	const char *text = proc_file("status", &b);

	ck_assert_ptr_nonnull(strstr(text, "\nSeccomp:\t2\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nNoNewPrivs:\t1\n"));
	buf_reset(&b);
	text = proc_file("limits", &b);
	ck_assert_ptr_nonnull(strstr(text, "Max processes             0                    0  "));
	ck_assert_ptr_nonnull(strstr(text, "Max open files            64                   64 "));
	ck_assert_ptr_nonnull(strstr(text, "Max core file size        0                    0  "));
	ck_assert_ptr_nonnull(
	    strstr(text, "Max data size             268435456            268435456"));
	buf_free(&b);
}
END_TEST

static int make_in(const char *path)
{
	int fd = openat(inside, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd == -1 ? errno : result(close(fd));
}

/* Of one directory only some others, and later one of these. */
static int in_turn(const char *a, const char *b)
{
	struct sandbox box = { .needs = SANDBOX_FILES | SANDBOX_LOG | SANDBOX_NARROW,
		.dirs = { a, b } };
	const char *part;

	if (sandbox_enter(&box, &part) == -1)
		return 1;
	if (make_in("a/x") != 0 || make_in("b/x") != 0 || make_in("x") != EACCES ||
	    unlinkat(inside, "true", 0) == 0 || make_in("c/x") != EACCES)
		return 2;
	if (sandbox_narrow((const char *const[SANDBOX_DIRS]){ b }, &part) == -1)
		return 3;
	return make_in("a/x") == EACCES && make_in("a/y") == EACCES && make_in("b/y") == 0 &&
		unlinkat(inside, "a/x", 0) == -1 && unlinkat(inside, "b/x", 0) == 0
	    ? 0
	    : 4;
}

START_TEST(narrowed)
{
	char a[64], b[64];
	int status;
	pid_t pid;

	for (const char *name = "abc"; *name != '\0'; name++)
		close(dir_make(inside, (const char[]){ *name, '\0' }, 0700));
	snprintf(a, sizeof(a), "%s/a", dir);
	snprintf(b, sizeof(b), "%s/b", dir);
	pid = fork();
	if (pid == 0)
		_exit(in_turn(a, b));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

/*
 * A stop in the middle of a wait, as of a terminal, a debugger or the freezer
 * of a suspend.
 */
START_TEST(stopped)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		sandbox_enter_or_die(&log_box);
		sleep_ms(600);
		_exit(0);
	}
	for (int i = 0; i < 3; i++) {
		sleep_ms(100);
		ck_assert_int_eq(kill(pid, SIGSTOP), 0);
		ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
		ck_assert(WIFSTOPPED(status));
		kill(pid, SIGCONT);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}
END_TEST

START_TEST(environment)
{
	extern char **environ;

	setenv("GLIBC_TUNABLES", "x", 1);
	start_clear_environment();
	ck_assert_str_eq(environ[0], "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	ck_assert_ptr_null(environ[1]);
}
END_TEST

SUITE_MAIN_BOTH("sandbox", setup, teardown, try, DEEDS, in_proc, narrowed, stopped, environment)
