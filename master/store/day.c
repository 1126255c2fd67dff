/* SPDX-License-Identifier: ISC */
/*
 * The file `day` of a node: a ring of slots, each of which says which five
 * minutes it is of. So an old slot is known as one, and nothing is ever
 * cleared. What is lost with a power cut is missing in a picture, and no more.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/io.h"
#include "common/log/bytes.h"
#include "master/store/dir.h"

#include "common/base/banned.h"

#define SLOT_SIZE 16 /* u32 which, u32 delay, u64 bytes */

/* Counted from 1970. */
static uint32_t slot_at(int64_t time)
{
	return (uint32_t)(time / DAY_SLOT_SECONDS);
}

static off_t slot_place(uint32_t which)
{
	return (off_t)(which % DAY_SLOTS * SLOT_SIZE);
}

/* Those bytes, as the slot `which`; empty if they are of another time. */
static struct day_slot slot_decode(const uint8_t b[SLOT_SIZE], uint32_t which)
{
	if (get_u32(b) != which)
		return (struct day_slot){ .used = false };
	return (struct day_slot){ .used = true, .delay = get_u32(b + 4), .bytes = get_u64(b + 8) };
}

static int add_to_slot(int fd, uint32_t which, const struct day_slot *adds)
{
	uint8_t b[SLOT_SIZE] = { 0 };
	struct day_slot was;

	if (pread_full(fd, b, sizeof(b), slot_place(which)) == -1)
		return -1;
	was = slot_decode(b, which);
	put_u32(b, which);
	put_u32(b + 4, adds->delay > was.delay ? adds->delay : was.delay);
	put_u64(b + 8, adds->bytes + was.bytes);
	return pwrite_full(fd, b, sizeof(b), slot_place(which));
}

int store_day_add(struct store *s, const char *name, int64_t now, const struct day_slot *adds)
{
	int dir = store_known_dir(s, name);
	int fd, rc;

	if (dir == -1)
		return -1;
	fd = file_open(dir, "day", O_RDWR);
	if (fd == -1 && errno == ENOENT)
		fd = openat(dir, "day", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	rc = fd != -1 ? add_to_slot(fd, slot_at(now), adds) : -1;
	close_fd(fd);
	close_fd(dir);
	return rc;
}

int store_day(struct store *s, const char *name, int64_t now, struct day_slot v[DAY_SLOTS])
{
	uint8_t all[DAY_SLOTS * SLOT_SIZE] = { 0 };
	uint32_t which = slot_at(now) - (DAY_SLOTS - 1);
	int dir = dir_open(s->nodes, name);
	int fd = dir != -1 ? file_open(dir, "day", O_RDONLY) : -1;
	ssize_t n = fd != -1 ? pread_full(fd, all, sizeof(all), 0) : -1;

	for (size_t i = 0; i < DAY_SLOTS; i++, which++)
		v[i] = slot_decode(all + slot_place(which), which);
	close_fd(fd);
	close_fd(dir);
	return n == -1 ? -1 : 0;
}
