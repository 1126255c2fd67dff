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
#include "common/names.h"

#include "common/base/banned.h"

#define FILE_NAME "probes"
#define LOCK_MS 20   /* in a flood nobody is to wait long */
#define MANY_LINES 8 /* of one source in a minute, at MSG_WARN and above: each for another reason */

/* Small state of this machine alone; another file counts as zeros. */
struct slot {
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

static bool lock_probes(int fd)
{
	deadline_t d = deadline_in_ms(LOCK_MS);

	while (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		if (deadline_passed(d))
			return false;
		sleep_ms(1);
	}
	return true;
}

static void read_slot(int fd, uint64_t n, struct slot *p)
{
	if (pread_full(fd, p, sizeof(*p), (off_t)(n * sizeof(*p))) != (ssize_t)sizeof(*p))
		*p = (struct slot){ .time = 0 };
	p->what[sizeof(p->what) - 1] = '\0';
	p->address[sizeof(p->address) - 1] = '\0';
}

static void write_slot(int fd, uint64_t n, const struct slot *p)
{
	(void)!pwrite(fd, p, sizeof(*p), (off_t)(n * sizeof(*p)));
}

static bool in_its_minute(const struct slot *p, int64_t now)
{
	return now >= p->time && now < p->time + PROBE_SECONDS;
}

static void log_count(const struct slot *p)
{
	bool known = p->level >= MSG_ERROR && p->level <= MSG_INFO;

	if (p->count > 0)
		msg(known ? (enum msg_level)p->level : MSG_NOTICE,
		    "%s from %s: %" PRIu64 " more failed", p->what, p->address, p->count);
}

/* Is there to be a line now? The file is locked. */
static bool has_line(int fd, const struct slot *new)
{
	uint64_t n = (address_number(new->address) + (uint64_t) new->level) % PROBE_SLOTS;
	struct slot p;
	bool again;

	read_slot(fd, n, &p);
	if (p.level != new->level || strcmp(p.what, new->what) != 0 ||
	    strcmp(p.address, new->address) != 0 || !in_its_minute(&p, new->time)) {
		log_count(&p);
		write_slot(fd, n, new);
		return true;
	}
	again = new->why == p.why || p.lines >= (p.level >= MSG_NOTICE ? 1 : MANY_LINES);
	p.count += again;
	p.lines += !again;
	p.why = new->why;
	write_slot(fd, n, &p);
	return !again;
}

void probe_log(int fd, int64_t now, enum msg_level level, const char *what, const char *address,
    const char *fmt, ...)
{
	struct slot new = { .time = now, .level = (int32_t)level, .lines = 1 };
	char why[512];
	va_list ap;
	bool say = true;

	snprintf(new.what, sizeof(new.what), "%s", what);
	snprintf(
	    new.address, sizeof(new.address), "%s", address[0] != '\0' ? address : "somewhere");
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	new.why = address_number(why);
	if (fd != -1) {
		/* In a flood that leaves no turn, one line less is no loss. */
		say = lock_probes(fd) && has_line(fd, &new);
		flock(fd, LOCK_UN);
	}
	if (say)
		msg(level, "%s from %s: %s", what, new.address, why);
}

void probes_tell(const char *state, int64_t now)
{
	int fd = probes_open(state);
	bool locked = fd != -1 && lock_probes(fd);

	for (uint64_t n = 0; locked && n < PROBE_SLOTS; n++) {
		struct slot p;
		read_slot(fd, n, &p);
		if (p.count == 0 || in_its_minute(&p, now))
			continue;
		log_count(&p);
		p.count = 0;
		write_slot(fd, n, &p);
	}
	close_fd(fd);
}
