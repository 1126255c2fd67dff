/* SPDX-License-Identifier: ISC */
/* What strangers leave in the log: a line a minute and source, and a count. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/file.h"
#include "common/exchange/proof.h"
#include "master/probes.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

static char dir[] = "/tmp/check_probes.XXXXXX";
static int fd;

static int64_t now = 1700000000;

static void setup(void)
{
	char path[64];

	proof_init();
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/said", dir);
	ck_assert_ptr_nonnull(freopen(path, "w", stderr));
	fd = probes_open(dir);
	ck_assert_int_ne(fd, -1);
}

static void teardown(void)
{
	close(fd);
	ck_assert_int_eq(dir_remove_tree(AT_FDCWD, dir), 0);
}

/* What was said since the last time. */
static const char *said(void)
{
	static struct buf b = BUF_INIT(1 << 20);
	char path[64];

	snprintf(path, sizeof(path), "%s/said", dir);
	buf_reset(&b);
	ck_assert_int_eq(file_read(AT_FDCWD, path, &b), 0);
	ck_assert_int_eq(truncate(path, 0), 0);
	ck_assert_int_ne(lseek(STDERR_FILENO, 0, SEEK_SET), -1);
	return b.data != NULL ? b.data : "";
}

static void probe(const char *address, int times)
{
	for (int i = 0; i < times; i++)
		probe_log(fd, now, MSG_NOTICE, "registration", address, "reason %d", i % 2);
}

START_TEST(a_line_a_minute)
{
	probe("192.0.2.1", 80);
	ck_assert_str_eq(said(), "bijk: registration from 192.0.2.1: reason 0\n");
	probe("192.0.2.2", 1);
	ck_assert_str_eq(said(), "bijk: registration from 192.0.2.2: reason 0\n");
	now += PROBE_SECONDS;
	probe("192.0.2.1", 2);
	ck_assert_str_eq(said(),
	    "bijk: registration from 192.0.2.1: 79 more failed\n"
	    "bijk: registration from 192.0.2.1: reason 0\n");
	/* A clock that was set back silences nobody. */
	now -= 10 * PROBE_SECONDS;
	probe("192.0.2.1", 1);
	ck_assert_ptr_nonnull(strstr(said(), "reason 0"));
}
END_TEST

START_TEST(what_was_counted_is_told)
{
	probe("192.0.2.1", 3);
	said();
	probes_tell(dir, now);
	ck_assert_str_eq(said(), "");
	now += PROBE_SECONDS;
	probes_tell(dir, now);
	ck_assert_str_eq(said(), "bijk: registration from 192.0.2.1: 2 more failed\n");
	probes_tell(dir, now);
	ck_assert_str_eq(said(), "");
}
END_TEST

/* Noise does not hide what somebody should look at, and that has a limit
 * too. */
START_TEST(levels_and_reasons)
{
	probe("192.0.2.1", 5);
	said();
	for (int i = 0; i < 20; i++)
		probe_log(fd, now, MSG_WARN, "registration", "192.0.2.1", "n%d: no proof", i);
	ck_assert_str_eq(said() + strlen("bijk: registration from 192.0.2.1: n0: no proof\n") * 7,
	    "bijk: registration from 192.0.2.1: n7: no proof\n");
}
END_TEST

/* Any number of sources: the file stays small, and no count is lost without a
 * word. */
START_TEST(bounded)
{
	struct stat st;
	char address[32];
	unsigned counted = 0, n;
	const char *s;

	for (int i = 0; i < 2000; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 250, i % 250);
		probe(address, 2);
	}
	now += PROBE_SECONDS;
	probes_tell(dir, now);
	for (s = said(); (s = strchr(s, '\n')) != NULL; s++) {
		if (sscanf(s, "\nbijk: registration from %*[^:]: %u more", &n) == 1)
			counted += n;
	}
	ck_assert_uint_eq(counted, 2000);
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_int_lt(st.st_size, 64 << 10);
	/* Without the file each is told. */
	close(fd);
	fd = -1;
	probe("192.0.2.1", 1);
	probe("192.0.2.1", 1);
	ck_assert_str_eq(said(),
	    "bijk: registration from 192.0.2.1: reason 0\n"
	    "bijk: registration from 192.0.2.1: reason 0\n");
}
END_TEST

SUITE_MAIN_FIXTURE("probes", setup, teardown, a_line_a_minute, what_was_counted_is_told,
    levels_and_reasons, bounded)
