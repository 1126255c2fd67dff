/* SPDX-License-Identifier: ISC */
#include "tests/powercut/scene.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/io.h"

#define SETTLE_US 20000000 /* then a side that kept its power has not ended by itself */
#define QUIET_US 20000

void scene_wrong(struct scene *s, const char *fmt, ...)
{
	va_list ap;

	if (s->wrong[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(s->wrong, sizeof(s->wrong), fmt, ap);
	va_end(ap);
}

bool scene_good(const struct scene *s)
{
	return s->wrong[0] == '\0';
}

bool scene_do(struct scene *s, const char *const *argv, int out, bool watched)
{
	int64_t limit = clock_us() + SETTLE_US;
	int number = jobs_start(&s->jobs, argv, out, watched);
	bool good;

	if (number == -1) {
		scene_wrong(s, "starting %s: %s", argv[0], strerror(errno));
		return false;
	}
	while (!s->jobs.v[number].done && clock_us() < limit)
		jobs_pump(&s->jobs, limit);
	good = s->jobs.v[number].done && s->jobs.v[number].code == 0;
	jobs_clear(&s->jobs);
	return good;
}

/* --- Steps --- */

/* What a step has promised when it ends well, and what is in doubt as soon as it begins. */
static void promise(struct scene *s, enum step step, bool kept)
{
	if (step == STEP_ROTATE || step == STEP_REGISTER) {
		s->registered = kept;
		s->rotated = true;
	}
	if (step == STEP_ADD || step == STEP_REMOVE)
		s->added = !kept ? -1 : step == STEP_ADD;
}

/* --- The cut --- */

static bool on_disk(const struct disk *d, const char *path)
{
	size_t len = strlen(d->where);

	return strncmp(path, d->where, len) == 0 && path[len] == '/';
}

static void power_off(struct scene *s, unsigned sides, enum cut_kind kind)
{
	s->is_cut = true;
	jobs_freeze(&s->jobs);
	if (((sides & NODE) != 0 && disk_cut(&s->node, kind) == -1) ||
	    ((sides & MASTER) != 0 && disk_cut(&s->master, kind) == -1))
		scene_wrong(s, "the shutdown ioctl: %s", strerror(errno));
}

/* Counts the calls on the disks that are to be cut, and cuts at the one that was chosen. */
static enum verdict cut_at_call(void *arg, const struct call *c)
{
	struct scene *s = arg;
	const struct cut *cut = s->cut;
	unsigned side = on_disk(&s->node, c->path) ? NODE
	    : on_disk(&s->master, c->path)	   ? MASTER
						   : 0;

	if (side == 0 || !call_changes(c) || s->is_cut)
		return CALL_GO;
	if (c->entry) {
		s->calls_of[side]++;
		s->calls += (side & cut->sides) != 0;
	}
	if ((side & cut->sides) == 0 || s->calls != cut->at_call || c->entry != cut->before)
		return CALL_GO;
	power_off(s, cut->sides, cut->kind);
	return CALL_KILL;
}

/* What had its power cut is gone at once; the other side finds out, and ends by itself. */
static void after_cut(struct scene *s, unsigned sides)
{
	s->jobs.trace.watch = NULL;
	if (!jobs_kill(&s->jobs, sides))
		scene_wrong(s, "a process does not die");
	scene_settle(s);
}

void scene_settle(struct scene *s)
{
	int64_t limit = clock_us() + SETTLE_US;

	while (!jobs_quiet(&s->jobs) && clock_us() < limit)
		jobs_pump(&s->jobs, clock_us() + QUIET_US);
	if (!jobs_quiet(&s->jobs)) {
		scene_wrong(s, "a side that kept its power does not end");
		jobs_kill(&s->jobs, BOTH);
		jobs_pump(&s->jobs, clock_us() + 100000);
	}
	jobs_clear(&s->jobs);
}

void scene_cut_now(struct scene *s, unsigned sides, enum cut_kind kind)
{
	if (!s->is_cut)
		power_off(s, sides, kind);
	after_cut(s, sides);
}

static bool cut_due(const struct scene *s)
{
	return s->cut != NULL && s->cut->after >= 0 && clock_us() - s->began >= s->cut->after;
}

static int begin(struct scene *s, enum step step, bool watched)
{
	struct command c;
	int number;

	step_command(&c, s, step);
	number = jobs_start(&s->jobs, c.argv, -1, watched);
	if (number == -1)
		scene_wrong(s, "starting %s: %s", c.argv[0], strerror(errno));
	return number;
}

/* True: it ended well, before any cut. */
static bool run_step(struct scene *s, enum step step)
{
	bool watched = s->cut != NULL && s->cut->at_call > 0;
	int64_t limit = clock_us() + SETTLE_US;
	int number, code;

	promise(s, step, false);
	number = begin(s, step, watched);
	if (number == -1)
		return false;
	if (step == STEP_BESIDE)
		return true;
	while (!s->jobs.v[number].done && !s->is_cut && !cut_due(s) && clock_us() < limit)
		jobs_pump(&s->jobs,
		    s->cut != NULL && s->cut->after >= 0 ? s->began + s->cut->after : limit);
	if (s->is_cut || cut_due(s))
		return false;
	code = s->jobs.v[number].done ? s->jobs.v[number].code : -1;
	if (code != 0)
		scene_wrong(s, "%s, which nothing disturbed, ended with %d", step_name(step), code);
	promise(s, step, code == 0);
	return code == 0;
}

bool scene_run(struct scene *s, const enum step *steps, const struct cut *c)
{
	bool finished;

	s->cut = c;
	s->is_cut = false;
	s->calls = s->calls_of[NODE] = s->calls_of[MASTER] = 0;
	if (c != NULL && c->at_call > 0) {
		s->jobs.trace.watch = cut_at_call;
		s->jobs.trace.arg = s;
	}
	s->began = clock_us();
	while (scene_good(s) && *steps != STEP_NONE && run_step(s, *steps))
		steps++;
	finished = *steps == STEP_NONE;
	s->took = clock_us() - s->began;
	if (c != NULL)
		scene_cut_now(s, c->sides, c->kind);
	else
		scene_settle(s);
	s->cut = NULL;
	return finished;
}

void scene_begin(struct scene *s, enum step step)
{
	begin(s, step, false);
}

void scene_watch(struct scene *s, enum step step, call_watch w, void *arg)
{
	s->jobs.trace.watch = w;
	s->jobs.trace.arg = arg;
	begin(s, step, true);
	scene_settle(s);
	s->jobs.trace.watch = NULL;
}

pid_t scene_hold(struct scene *s, enum step step, call_watch w, void *arg)
{
	int64_t limit = clock_us() + SETTLE_US;
	int number;
	pid_t held;

	s->jobs.trace.watch = w;
	s->jobs.trace.arg = arg;
	s->jobs.trace.held = 0;
	number = begin(s, step, true);
	while (number != -1 && !s->jobs.v[number].done && clock_us() < limit &&
	    s->jobs.trace.held == 0)
		jobs_pump(&s->jobs, limit);
	held = s->jobs.trace.held;
	s->jobs.trace.held = 0;
	if (held == 0)
		scene_wrong(s, "%s did not come to where it was to be held", step_name(step));
	return held;
}

/* --- A life --- */

static void reboot_disk(struct scene *s, struct disk *d, unsigned side)
{
	int tries = 0;

	/* What was killed may still be closing its files. */
	while (disk_unmount(d) == -1) {
		if (errno != EBUSY || ++tries == 1000) {
			scene_wrong(s, "unmounting %s: %s", d->where, strerror(errno));
			return;
		}
		jobs_kill(&s->jobs, side);
		jobs_pump(&s->jobs, clock_us() + 2000);
	}
	if (disk_mount(d) == -1)
		scene_wrong(s, "mounting %s after the cut: %s", d->where, strerror(errno));
}

void scene_reboot(struct scene *s, unsigned sides)
{
	if ((sides & NODE) != 0)
		reboot_disk(s, &s->node, NODE);
	if ((sides & MASTER) != 0)
		reboot_disk(s, &s->master, MASTER);
	jobs_clear(&s->jobs);
	s->is_cut = false;
	if ((sides & MASTER) != 0)
		listener_start(s);
	if (scene_good(s))
		check_positions(s);
	if (scene_good(s))
		check_keys(s);
}

void scene_finish(struct scene *s, enum step session)
{
	const enum step steps[] = { STEP_ONE, session, s->rotated ? STEP_REGISTER : STEP_NONE,
		STEP_NONE };

	if (scene_good(s))
		scene_run(s, steps, NULL);
	if (scene_good(s))
		check_positions(s);
	if (scene_good(s))
		check_leftovers(s);
	if (scene_good(s))
		check_records(s);
}

/* After a life that went wrong the disks may be in any state: cut, and still in use. */
static void empty(struct scene *s, struct disk *d)
{
	char path[300];

	if (d->mounted && disk_unmount(d) == -1) {
		jobs_kill(&s->jobs, BOTH);
		jobs_pump(&s->jobs, clock_us() + 50000);
		disk_unmount(d);
	}
	if (!d->mounted && disk_mount(d) == -1)
		scene_wrong(s, "mounting %s: %s", d->where, strerror(errno));
	snprintf(path, sizeof(path), "%s/state", d->where);
	if (dir_remove_tree(AT_FDCWD, path) == -1 && errno != ENOENT)
		scene_wrong(s, "emptying %s: %s", d->where, strerror(errno));
}

void scene_fresh(struct scene *s, enum template t, uint64_t seed)
{
	bool lost = !scene_good(s);
	char from[300], journal[300];

	s->wrong[0] = '\0';
	s->seed = seed;
	s->cut = NULL;
	s->is_cut = s->registered = s->rotated = false;
	s->added = 0;
	s->jobs.trace.watch = NULL;
	(void)!ftruncate(s->jobs.log, 0);
	if (lost) {
		jobs_kill(&s->jobs, BOTH);
		jobs_pump(&s->jobs, clock_us() + 50000);
		jobs_clear(&s->jobs);
		listener_start(s);
	}
	snprintf(journal, sizeof(journal), "%s/journal", s->dir);
	unlink(journal);
	empty(s, &s->node);
	empty(s, &s->master);
	snprintf(from, sizeof(from), "%s/template/%d/.", s->dir, (int)t);
	setup_copy(s, from, s->dir);
	if (disk_sync(&s->node) == -1 || disk_sync(&s->master) == -1)
		scene_wrong(s, "syncing: %s", strerror(errno));
}

int scene_open(struct scene *s, const char *type, const char *dir, const char *build)
{
	*s = (struct scene){ .type = type, .listen = -1, .jobs = { .log = -1 }, .seed = 1 };
	s->node.loop = s->master.loop = -1;
	snprintf(s->dir, sizeof(s->dir), "%s", dir);
	if (mkdir(dir, 0700) == -1 || setup_network() == -1 ||
	    disk_make(&s->node, type, dir, "node") == -1 ||
	    disk_make(&s->master, type, dir, "master") == -1 || disk_mount(&s->node) == -1 ||
	    disk_mount(&s->master) == -1 || setup_files(s, build) == -1) {
		scene_wrong(s, "making the disks and files: %s", strerror(errno));
		return -1;
	}
	listener_start(s);
	setup_templates(s);
	return scene_good(s) ? 0 : -1;
}

void scene_close(struct scene *s)
{
	jobs_kill(&s->jobs, BOTH);
	disk_close(&s->node);
	disk_close(&s->master);
	close_fd(s->jobs.log);
}
