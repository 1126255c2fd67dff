/* SPDX-License-Identifier: ISC */
/*
 * Many machines on one store: a machine that is shown what a file was like a
 * moment ago, or an old copy of the whole store, must neither repair what is
 * whole nor be believed by the node. STALE=N: so many sessions at random.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/num.h"
#include "common/exchange/sender.h"
#include "common/log/segment.h"
#include "master/receive.h"
#include "tests/unit/exchange.h"

#define MACHINES 2
#define CACHE_MS 1000 /* as GlusterFS keeps attributes by default */

/* --- The system, as such a machine sees it --- */

enum cache { NONE, OF_THE_KERNEL, OF_A_DAEMON };

/* The size of the last segment, as each machine last saw it. */
static struct {
	ino_t ino;
	off_t size;
} seen[MACHINES];
static int machine;
static enum cache cache;
static bool asked;	/* the file system, not the cache of the kernel */
static off_t before;	/* its real size before this session; -1: not looked yet */
static int64_t passed;	/* milliseconds slept, which pass at once */
static unsigned looked; /* times that the cache was in use */

int clock_gettime(clockid_t id, struct timespec *t)
{
	(void)id;
	timespec_get(t, TIME_UTC);
	t->tv_sec += passed / 1000;
	return 0;
}

int poll(struct pollfd *fds, nfds_t n, int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	if (n == 0) {
		passed += ms;
		if (ms >= CACHE_MS)
			cache = NONE;
		return 0;
	}
	return ppoll(fds, n, ms < 0 ? NULL : &t, NULL);
}

long syscall(long number, ...)
{
	va_list ap;

	va_start(ap, number);
	if (number == SYS_statx) {
		va_arg(ap, int);
		va_arg(ap, const char *);
		asked |= (va_arg(ap, int) & AT_STATX_FORCE_SYNC) != 0;
	}
	va_end(ap);
	errno = ENOSYS;
	return -1;
}

/* What this machine itself writes it sees. */
int fstat(int fd, struct stat *st)
{
	if (fstatat(fd, "", st, AT_EMPTY_PATH) == -1)
		return -1;
	if (!S_ISREG(st->st_mode) || st->st_ino != seen[machine].ino || cache == NONE ||
	    (cache == OF_THE_KERNEL && asked))
		return 0;
	if (before == -1)
		before = st->st_size;
	if (st->st_size == before) {
		looked += st->st_size != seen[machine].size;
		st->st_size = seen[machine].size;
	}
	return 0;
}

/* --- Sessions --- */

static struct fail said;

static int session(enum cache which)
{
	struct receive r = { .config = &mc,
		.direction = DIRECTION_PULL,
		.node = "web7",
		.address = "",
		.proof_seconds = 10,
		.timeout = 10 };
	int line[2], rc;
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, line), 0);
	pid = fork();
	if (pid == 0) {
		struct send s = { .config = &nc, .direction = DIRECTION_PULL, .timeout = 10 };

		close(line[1]);
		memcpy(s.hash, node_hash, sizeof(s.hash));
		_exit(send_session(&s, line[0], line[0]) == 0 ? 0 : (int)s.fail.code);
	}
	close(line[0]);
	r.store = must(store_open(&mc));
	cache = which;
	asked = false;
	before = -1;
	rc = receive_session(&r, line[1], line[1]);
	cache = NONE;
	said = r.fail;
	store_close(r.store);
	close(line[1]);
	waitpid(pid, NULL, 0);
	return rc;
}

/* The machine remembers what the last segment is like now. */
static void look(void)
{
	char *dir = archive_path(0), name[SEGMENT_NAME_LEN + 1], *path;
	struct log *l = must(log_open(dir, LOG_PEEK));
	struct stat st;

	segment_name(log_settled(l), name);
	log_close(l);
	path = must(path_join(dir, name));
	ck_assert_int_eq(stat(path, &st), 0);
	seen[machine].ino = st.st_ino;
	seen[machine].size = st.st_size;
	free(path);
	free(dir);
}

static void good(enum cache which, uint64_t n)
{
	ck_assert_msg(session(which) == 0, "%s", said.text);
	same(n);
	look();
}

/* Both know the log; since then the other one wrote to it. */
static void one_is_behind(void)
{
	mc.shared = true;
	put(10, 300, false);
	for (machine = 0; machine < MACHINES; machine++)
		good(NONE, 10);
	machine = 0;
	put(10, 300, false);
	good(NONE, 20);
	put(3, 300, false);
	machine = 1;
	passed = looked = 0;
}

START_TEST(the_file_system_is_asked)
{
	one_is_behind();
	good(OF_THE_KERNEL, 23);
	ck_assert_int_eq(passed, 0);
	passed = 0;
}
END_TEST

START_TEST(what_looks_cut_is_looked_at_again)
{
	one_is_behind();
	good(OF_A_DAEMON, 23);
	ck_assert_int_gt(passed, CACHE_MS);
	ck_assert_uint_gt(looked, 0);
}
END_TEST

/* A writer was killed: there is something to repair, a moment later. */
START_TEST(a_note_that_is_missing)
{
	char *dir, *note;

	one_is_behind();
	dir = archive_path(0);
	note = must(path_join(dir, "lock"));
	ck_assert_int_eq(truncate(note, 0), 0);
	good(NONE, 23);
	ck_assert_int_gt(passed, CACHE_MS);
	put(1, 300, false);
	passed = 0;
	good(NONE, 24);
	ck_assert_int_eq(passed, 0);
	free(note);
	free(dir);
}
END_TEST

/* --- An old copy --- */

/* mv, or with `copy` cp -a; what is there before goes. */
static void replace(const char *from, const char *to, bool copy)
{
	char *a = must(path_join(top, from)), *b = must(path_join(top, to));
	pid_t pid;

	dir_remove_tree(AT_FDCWD, b);
	if (!copy) {
		ck_assert_int_eq(rename(a, b), 0);
	} else if ((pid = fork()) == 0) {
		execlp("cp", "cp", "-a", a, b, (char *)NULL);
		_exit(1);
	} else {
		int status;

		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert_int_eq(status, 0);
	}
	free(a);
	free(b);
}

/* The same session, for a machine that is shown how the store once was. */
static enum err_code session_of(const char *old)
{
	int rc;

	replace("master", "now", false);
	replace(old, "master", true);
	rc = session(NONE);
	replace("master", "then", false);
	replace("now", "master", false);
	return rc == 0 ? ERR_NONE : said.code;
}

static void old_is_behind(void)
{
	mc.shared = true;
	put(10, 300, false);
	good(NONE, 10);
	replace("master", "old", true);
	put(10, 300, false);
	good(NONE, 20);
	put(3, 300, false);
	passed = 0;
}

/* At this moment a machine is shown that copy, and not believed. */
static void doubted_at(int64_t ms, const char *old)
{
	passed = ms;
	ck_assert_int_eq(session_of(old), ERR_AGAIN);
}

START_TEST(not_believed_at_once)
{
	old_is_behind();
	doubted_at(0, "old");
	doubted_at(3000, "old");
	good(NONE, 23);
	/* That session ended the doubt; this is a new one. */
	doubted_at(9000, "old");
	good(NONE, 23);
}
END_TEST

/* It was restored: nobody has more. */
START_TEST(believed_in_the_end)
{
	old_is_behind();
	replace("old", "master", false);
	ck_assert_int_eq(session(NONE), -1);
	ck_assert_int_eq(said.code, ERR_AGAIN);
	passed += 6000;
	good(NONE, 23);
}
END_TEST

/* Another number, or a clock that was set back, begins the wait anew. */
START_TEST(another_number)
{
	old_is_behind();
	replace("old", "older", false);
	replace("master", "old", true);
	good(NONE, 23);
	doubted_at(0, "older");
	doubted_at(6000, "old");
	doubted_at(12000, "older");
	doubted_at(-3600000, "older");
	doubted_at(-3597000, "older");
	good(NONE, 23);
}
END_TEST

START_TEST(at_random)
{
	const char *sessions = getenv("STALE");
	uint64_t n = 1, old = 1, want = sessions != NULL ? strtoull(sessions, NULL, 10) : 300;
	unsigned doubted = 0;

	mc.shared = true;
	put(1, 100, false);
	good(NONE, 1);
	machine = 1;
	good(NONE, 1);
	replace("master", "old", true);
	for (uint64_t i = 0; i < want; i++) {
		uint32_t dice = randombytes_uniform(100);

		if (dice < 90) {
			put(1, 100, false);
			n++;
		}
		machine = (int)randombytes_uniform(MACHINES);
		if (dice < 3) {
			replace("master", "old", true);
			old = n - 1;
		} else if (dice < 30 && old < n - 1) {
			ck_assert_int_eq(session_of("old"), ERR_AGAIN);
			doubted++;
		}
		ck_assert_msg(session(dice % 3 == 0   ? OF_A_DAEMON
				      : dice % 3 == 1 ? OF_THE_KERNEL
						      : NONE) == 0,
		    "%s", said.text);
		look();
		if (i % 50 == 0)
			same(n);
	}
	same(n);
	ck_assert_uint_gt(looked, 0);
	ck_assert_uint_gt(doubted, 0);
}
END_TEST

SUITE_MAIN_FIXTURE("stale", begin, end, the_file_system_is_asked, what_looks_cut_is_looked_at_again,
    a_note_that_is_missing, not_believed_at_once, believed_in_the_end, another_number, at_random)
