/* SPDX-License-Identifier: ISC */
#include "tests/crash/durable.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PATH_ROOM 512
#define ID_DIGITS 32 /* a log id in a path is another in each run */

static void mix(uint64_t *d, uint64_t v)
{
	*d = (*d ^ v) * 0x100000001b3;
	*d ^= *d >> 29;
}

static void mix_path(uint64_t *d, const char *s)
{
	while (*s != '\0') {
		size_t hex = 0;
		while (isxdigit((unsigned char)s[hex]))
			hex++;
		if (hex >= ID_DIGITS) {
			s += hex;
			continue;
		}
		mix(d, (unsigned char)*s++);
	}
	mix(d, 0);
}

/* The path behind a descriptor; false for what is no file. */
static bool mix_descriptor(pid_t tid, uint64_t fd, uint64_t *d)
{
	char link[64], path[PATH_ROOM];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)tid, (int)fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n <= 0 || path[0] != '/' || strncmp(path, "/dev/", 5) == 0 ||
	    strncmp(path, "/memfd:", 7) == 0)
		return false;
	path[n] = '\0';
	mix_path(d, path);
	return true;
}

static void mix_string(pid_t tid, uint64_t at, uint64_t *d)
{
	char path[PATH_ROOM] = "";
	/* Not beyond the page: the next one need not be there. */
	size_t room = 4096 - (size_t)(at & 4095);
	struct iovec here = { path, sizeof(path) - 1 }, there = { (void *)(uintptr_t)at, room };

	if (room > sizeof(path) - 1)
		there.iov_len = sizeof(path) - 1;
	if (at >= 4096 && process_vm_readv(tid, &here, 1, &there, 1, 0) > 0)
		mix_path(d, path);
}

static bool on_descriptor(long nr)
{
	return nr == SYS_write || nr == SYS_pwrite64 || nr == SYS_writev || nr == SYS_ftruncate ||
	    nr == SYS_fallocate || nr == SYS_fchmod;
}

/* Which of the arguments are paths: a bit each. */
static unsigned paths_of(const struct trace_call *c)
{
	switch (c->nr) {
	case SYS_openat: return c->arg[2] & (O_CREAT | O_TRUNC) ? 2 : 0;
	case SYS_mkdirat:
	case SYS_unlinkat:
	case SYS_fchmodat:
	case SYS_utimensat: return 2;
	case SYS_renameat2:
	case SYS_linkat: return 2 | 8;
#ifdef SYS_renameat
	case SYS_renameat: return 2 | 8;
#endif
#ifdef SYS_open
	case SYS_open: return c->arg[1] & (O_CREAT | O_TRUNC) ? 1 : 0;
	case SYS_mkdir:
	case SYS_rmdir:
	case SYS_unlink:
	case SYS_chmod: return 1;
	case SYS_rename:
	case SYS_link: return 1 | 2;
#endif
	default: return 0;
	}
}

void durable_note(pid_t tid, const struct trace_call *c, uint64_t *digest)
{
	uint64_t d = *digest;
	unsigned paths = paths_of(c);

	mix(&d, (uint64_t)c->nr);
	if (on_descriptor(c->nr)) {
		if (mix_descriptor(tid, c->arg[0], &d))
			*digest = d;
		return;
	}
	if (paths == 0)
		return;
	if (!(paths & 1))
		mix_descriptor(tid, c->arg[0], &d);
	for (unsigned i = 0; i < 4; i++) {
		if (paths & 1u << i)
			mix_string(tid, c->arg[i], &d);
	}
	*digest = d;
}
