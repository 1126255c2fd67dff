/* SPDX-License-Identifier: ISC */
#include "tests/powercut/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/io.h"

#define SHUTDOWN _IOR('X', 125, uint32_t)
#define LOOP_MAJOR 7
#define MKFS_SECONDS 30

/* The smallest that each takes, but for some room; a file system of 300 MiB is XFS's minimum. */
static const struct recipe {
	const char *type;
	off_t size;
	const char *options;
	const char *mkfs[12];
} recipes[] = {
	{ "ext4", 192 << 20, "",
	    { "mkfs.ext4", "-q", "-F", "-N", "4096", "-J", "size=4", "-E",
		"lazy_itable_init=0,nodiscard", NULL } },
	{ "xfs", 304 << 20, "nouuid", { "mkfs.xfs", "-q", "-f", "-K", NULL } },
};

static const struct recipe *recipe_of(const char *type)
{
	for (size_t i = 0; i < sizeof(recipes) / sizeof(recipes[0]); i++) {
		if (strcmp(recipes[i].type, type) == 0)
			return &recipes[i];
	}
	return NULL;
}

static bool find_mkfs(const struct recipe *r, char path[64])
{
	static const char *const dirs[] = { "/usr/sbin", "/sbin", "/usr/bin" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, 64, "%s/%s", dirs[i], r->mkfs[0]);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

static int run_mkfs(const struct recipe *r, const char *image)
{
	char path[64];
	const char *argv[16];
	struct buf said = BUF_INIT(65536), wrong = BUF_INIT(65536);
	size_t n = 0;
	int code = 0, rc;

	if (!find_mkfs(r, path)) {
		errno = ENOENT;
		return -1;
	}
	for (; r->mkfs[n] != NULL; n++)
		argv[n] = n == 0 ? path : r->mkfs[n];
	argv[n++] = image;
	argv[n] = NULL;
	rc = child_run((char *const *)argv, &said, &wrong, deadline_in_s(MKFS_SECONDS), &code);
	buf_free(&said);
	buf_free(&wrong);
	if (rc == 0 && code != 0) {
		errno = EIO;
		rc = -1;
	}
	return rc;
}

/* The device's file: in a container /dev may have none for this number. */
static int open_loop(struct disk *d, int number)
{
	int fd;

	snprintf(d->device, sizeof(d->device), "/dev/loop%d", number);
	fd = open(d->device, O_RDWR | O_CLOEXEC);
	if (fd != -1 || errno != ENOENT)
		return fd;
	if ((size_t)snprintf(d->device, sizeof(d->device), "%s/loop%d", d->dir, number) >=
	    sizeof(d->device)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (mknod(d->device, S_IFBLK | 0600, makedev(LOOP_MAJOR, (unsigned)number)) == -1 &&
	    errno != EEXIST)
		return -1;
	return open(d->device, O_RDWR | O_CLOEXEC);
}

static void detach(struct disk *d)
{
	int saved = errno;

	close_fd(d->loop);
	d->loop = -1;
	errno = saved;
}

/*
 * For one mounting: what the kernel keeps of a device in memory goes only when nobody has it open, and
 * what was lost in a cut must not be found there. Another run may take the number that was free
 * between the two calls.
 */
static int attach(struct disk *d)
{
	struct loop_config config = { .info = { .lo_flags = LO_FLAGS_AUTOCLEAR } };
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int image = open(d->image, O_RDWR | O_CLOEXEC);
	int rc = -1;

	config.fd = (uint32_t)image;
	for (int tries = 0; tries < 64 && rc == -1 && control != -1 && image != -1; tries++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);

		d->loop = number == -1 ? -1 : open_loop(d, number);
		if (d->loop == -1)
			break;
		rc = ioctl(d->loop, LOOP_CONFIGURE, &config);
		if (rc == -1) {
			int why = errno;
			close_fd(d->loop);
			d->loop = -1;
			errno = why;
			if (why != EBUSY)
				break;
		}
	}
	close_fd(image);
	close_fd(control);
	return rc;
}

static int make_image(const struct disk *d, const struct recipe *r)
{
	int fd = open(d->image, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc = fd == -1 ? -1 : ftruncate(fd, r->size);

	close_fd(fd);
	return rc == -1 ? -1 : run_mkfs(r, d->image);
}

int disk_make(struct disk *d, const char *type, const char *dir, const char *name)
{
	const struct recipe *r = recipe_of(type);

	*d = (struct disk){ .type = type, .loop = -1 };
	snprintf(d->dir, sizeof(d->dir), "%s", dir);
	snprintf(d->image, sizeof(d->image), "%s/%s.img", dir, name);
	snprintf(d->where, sizeof(d->where), "%s/%s", dir, name);
	if (mkdir(d->where, 0755) == -1)
		return -1;
	return make_image(d, r);
}

void disk_close(struct disk *d)
{
	if (d->mounted)
		umount2(d->where, MNT_DETACH);
	d->mounted = false;
	detach(d);
	unlink(d->image);
	rmdir(d->where);
}

int disk_mount(struct disk *d)
{
	if (attach(d) == -1)
		return -1;
	if (mount(d->device, d->where, d->type, MS_NOATIME, recipe_of(d->type)->options) == -1) {
		detach(d);
		return -1;
	}
	d->mounted = true;
	return 0;
}

int disk_unmount(struct disk *d)
{
	if (umount2(d->where, 0) == -1)
		return -1;
	d->mounted = false;
	detach(d);
	return 0;
}

int disk_cut(const struct disk *d, enum cut_kind kind)
{
	uint32_t flags = kind;
	int fd = open(d->where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd == -1 ? -1 : ioctl(fd, SHUTDOWN, &flags);

	close_fd(fd);
	return rc;
}

int disk_sync(const struct disk *d)
{
	int fd = open(d->where, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd == -1 ? -1 : syncfs(fd);

	close_fd(fd);
	return rc;
}

/* Only what was synced before the cut may be there after it: a disk on which this does not hold would prove nothing. */
static bool cuts(struct disk *d, const char **why)
{
	char path[300];
	int fd;

	*why = "it cannot be mounted here";
	if (disk_mount(d) == -1)
		return false;
	snprintf(path, sizeof(path), "%s/unsynced", d->where);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close_fd(fd);
	*why = "the kernel does not know the shutdown ioctl for it";
	if (fd == -1 || disk_cut(d, CUT_NOW) == -1)
		return false;
	*why = "the shutdown ioctl does not cut it off";
	return disk_unmount(d) == 0 && disk_mount(d) == 0 && access(path, F_OK) == -1;
}

bool disk_possible(const char *type, const char *dir, const char **why)
{
	static char text[128];
	char path[64];
	struct disk d;
	bool can = false;

	if (!find_mkfs(recipe_of(type), path)) {
		snprintf(text, sizeof(text), "%s is not installed", recipe_of(type)->mkfs[0]);
		*why = text;
		return false;
	}
	if (disk_make(&d, type, dir, "try") == -1) {
		snprintf(
		    text, sizeof(text), "no file system on a loop device: %s", strerror(errno));
		*why = text;
	} else {
		can = cuts(&d, why);
	}
	disk_close(&d);
	return can;
}
