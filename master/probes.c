/* SPDX-License-Identifier: ISC */
#include "master/probes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/base/deadline.h"
#include "common/base/file.h"
#include "common/base/io.h"
#include "common/base/sock.h"
#include "common/exchange/sources.h"

#include "common/base/banned.h"

#define FILE_NAME "probes"
#define LOCK_MS 20 /* under a flood all of them come here, and none is to wait long */
#define REASONS                                                                                    \
	8 /* lines of one source in a minute, where somebody should look: each for another reason */

/* Small state of this machine's alone; a file that is none of ours is one of zeros. */
struct place {
	int64_t time;	/* of the first line of this minute */
	uint64_t count; /* passed over since the last line */
	uint64_t why;	/* a number for the reason in the last line */
	int32_t level, lines;
	char what[16];
	char address[SOCK_ADDR_MAX];
};

int probes_open(const char *state)
{
	int dir = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = dir == -1
	    ? -1
	    : openat(dir, FILE_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	close_fd(dir);
	return fd;
}

static bool lock(int fd)
{
	deadline_t d = deadline_in_ms(LOCK_MS);

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (deadline_passed(d))
			return false;
		sleep_ms(1);
	}
	return true;
}

static void get(int fd, uint64_t n, struct place *p)
{
	if (pread_full(fd, p, sizeof(*p), (off_t)(n * sizeof(*p))) != (ssize_t)sizeof(*p))
		*p = (struct place){ .time = 0 };
	p->what[sizeof(p->what) - 1] = '\0';
	p->address[sizeof(p->address) - 1] = '\0';
}

static void put(int fd, uint64_t n, const struct place *p)
{
	(void)!pwrite(fd, p, sizeof(*p), (off_t)(n * sizeof(*p)));
}

static void tell(const struct place *p)
{
	bool known = p->level >= MSG_ERROR && p->level <= MSG_INFO;

	if (p->count > 0)
		msg(known ? (enum msg_level)p->level : MSG_NOTICE,
		    "%s from %s: %" PRIu64 " more came to nothing", p->what, p->address, p->count);
}

/* Is there to be a line now? The place is locked. */
static bool counts(int fd, const struct place *new)
{
	uint64_t n = (source_number(new->address) + (uint64_t) new->level) % PROBE_PLACES;
	struct place p;
	bool same;

	get(fd, n, &p);
	same = p.level == new->level &&strcmp(p.what, new->what) == 0 &&
	    strcmp(p.address, new->address) == 0;
	if (same && new->time >= p.time &&new->time < p.time + PROBE_SECONDS) {
		bool again = new->why == p.why || p.lines >= (p.level >= MSG_NOTICE ? 1 : REASONS);

		p.count += again;
		p.lines += !again;
		p.why = new->why;
		put(fd, n, &p);
		return !again;
	}
	tell(&p);
	put(fd, n, new);
	return true;
}

void probe_log(int fd, int64_t now, enum msg_level level, const char *what, const char *address,
    const char *fmt, ...)
{
	struct place new = { .time = now, .level = (int32_t)level, .lines = 1 };
	char why[512];
	va_list ap;
	bool say = true;

	snprintf(new.what, sizeof(new.what), "%s", what);
	snprintf(
	    new.address, sizeof(new.address), "%s", address[0] != '\0' ? address : "somewhere");
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	new.why = source_number(why);
	if (fd != -1) {
		/* Where so many come at once that there is no turn, one line less is no loss. */
		say = lock(fd) && counts(fd, &new);
		flock(fd, LOCK_UN);
	}
	if (say)
		msg(level, "%s from %s: %s", what, new.address, why);
}

void probes_tell(const char *state, int64_t now)
{
	int fd = probes_open(state);

	if (fd != -1 && lock(fd)) {
		for (uint64_t n = 0; n < PROBE_PLACES; n++) {
			struct place p;
			get(fd, n, &p);
			if (p.count == 0 || (now >= p.time && now < p.time + PROBE_SECONDS))
				continue;
			tell(&p);
			p.count = 0;
			put(fd, n, &p);
		}
	}
	close_fd(fd);
}
