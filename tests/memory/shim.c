/* SPDX-License-Identifier: ISC */
/*
 * Stands before the C library's allocator in one program (LD_PRELOAD, by armed.c): counts, and lets the
 * call fail that the plan names. What the loader allocates before this is loaded does not count.
 */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/memory/plan.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);

static struct memory_plan *plan;

__attribute__((constructor)) static void begin(void)
{
	const char *home = getenv("HOME");
	char path[256];
	void *p, *here[1];
	int fd;

	backtrace(here, 1); /* loads what it needs */

	snprintf(path, sizeof(path), "%s/%s", home != NULL ? home : "", PLAN_FILE);
	unsetenv("LD_PRELOAD");
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return;
	p = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p != MAP_FAILED)
		plan = p;
}

static bool fails(void)
{
	uint64_t n;

	if (plan == NULL)
		return false;
	n = atomic_fetch_add(&plan->made, 1) + 1;
	if (n != plan->at && !(plan->on && n > plan->at))
		return false;
	atomic_fetch_add(&plan->failed, 1);
	if (plan->talk) {
		void *callers[20];
		backtrace_symbols_fd(callers, backtrace(callers, 20), STDERR_FILENO);
	}
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

void *reallocarray(void *p, size_t n, size_t size)
{
	size_t all;

	if (__builtin_mul_overflow(n, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, all);
}

void *memalign(size_t align, size_t size)
{
	return fails() ? NULL : __libc_memalign(align, size);
}

void *aligned_alloc(size_t align, size_t size)
{
	return memalign(align, size);
}

int posix_memalign(void **out, size_t align, size_t size)
{
	void *p = memalign(align, size);

	if (p == NULL)
		return ENOMEM;
	*out = p;
	return 0;
}
