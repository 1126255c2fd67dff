/* SPDX-License-Identifier: ISC */
/* The oracle as a program: see oracle.h. */
#include "tests/oracle/oracle.h"

#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"

extern char **environ;

static struct {
	bool go_on, lines, acked, forked, gaps;
	uint64_t seed, size;
	const char *source;
} options = { .seed = 1 };

_Noreturn static void usage(void)
{
	fputs("usage: oracle put [-k] [-l] [-s SEED] [-z SIZE] JOURNAL COUNT -- BIJK-PUT ARGS...\n"
	      "       oracle judge [-a] [-f] [-g] [-S SOURCE] JOURNAL\n"
	      "       oracle mark JOURNAL stored|acked FIRST [COUNT]\n",
	    stderr);
	exit(EX_USAGE);
}

static uint64_t number(const char *s)
{
	uint64_t n;

	if (s == NULL || num_parse(s, 0, UINT64_MAX, &n) == -1)
		usage();
	return n;
}

static void open_journal(struct journal *j, const char *path)
{
	if (journal_open(j, path, options.seed) == -1)
		die(EX_NOINPUT, "journal %s: %m", path);
}

static void mark(struct journal *j, enum journal_mark m, uint64_t first, uint64_t count)
{
	if (journal_mark(j, m, first, count) == -1)
		die(EX_IOERR, "writing the journal: %m");
}

/* Runs it with these bytes as its standard input; its exit code, or 128 and the signal. */
static int run(char **argv, const struct buf *input)
{
	posix_spawn_file_actions_t files;
	int fd = memfd_create("input", MFD_CLOEXEC), status, why;
	pid_t pid;

	if (fd == -1 || write_full(fd, input->data, input->len) == -1 ||
	    lseek(fd, 0, SEEK_SET) == -1)
		die(EX_OSERR, "the input of %s: %m", argv[0]);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, fd, STDIN_FILENO);
	why = posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	close(fd);
	if (why != 0)
		die(EX_OSERR, "running %s: %s", argv[0], strerror(why));
	while (waitpid(pid, &status, 0) == -1)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int put(const char *path, uint64_t count, char **argv)
{
	struct buf input = BUF_INIT((size_t)1 << 32);
	uint64_t step = options.lines ? count : 1, done = 0;
	struct journal j;
	int rc = 0;

	open_journal(&j, path);
	while (done < count && (rc == 0 || options.go_on)) {
		uint64_t first = j.last + 1;
		int code;

		buf_reset(&input);
		for (uint64_t n = first; n < first + step; n++) {
			if (payload_make(&input, j.seed, n,
				options.lines ? PAYLOAD_LINE : PAYLOAD_BYTES, options.size) == -1 ||
			    (options.lines && buf_adds(&input, "\n") == -1))
				die(EX_OSERR, "making record %" PRIu64 ": %m", n);
		}
		mark(&j, JOURNAL_MADE, first, step);
		code = run(argv, &input);
		if (code == 0)
			mark(&j, JOURNAL_STORED, first, step);
		if (rc == 0)
			rc = code;
		done += step;
	}
	buf_free(&input);
	journal_close(&j);
	return rc;
}

static int judge(const char *path)
{
	struct journal journal;
	struct judge j;
	uint64_t records, faults;

	open_journal(&journal, path);
	if (judge_begin(&j, &journal,
		(options.acked ? JUDGE_ACKED : 0) | (options.forked ? JUDGE_FORKED : 0) |
		    (options.gaps ? JUDGE_GAPS : 0),
		stdout) == -1)
		die(EX_OSERR, "out of memory");
	if (judge_json(&j, stdin, options.source) == -1)
		return EX_DATAERR;
	faults = judge_end(&j);
	records = j.records;
	printf("%" PRIu64 " records, %" PRIu64 " faults\n", records, faults);
	journal_close(&journal);
	return faults == 0 ? 0 : 1;
}

static int mark_by_hand(char **argv, int n)
{
	struct journal j;
	bool stored = n > 1 && strcmp(argv[1], "stored") == 0;

	if (n < 3 || n > 4 || (!stored && strcmp(argv[1], "acked") != 0))
		usage();
	open_journal(&j, argv[0]);
	mark(&j, stored ? JOURNAL_STORED : JOURNAL_ACKED, number(argv[2]),
	    n > 3 ? number(argv[3]) : 1);
	journal_close(&j);
	return 0;
}

static void read_options(int argc, char **argv, const char *letters)
{
	int c;

	while ((c = getopt(argc, argv, letters)) != -1) {
		switch (c) {
		case 'a': options.acked = true; break;
		case 'f': options.forked = true; break;
		case 'g': options.gaps = true; break;
		case 'k': options.go_on = true; break;
		case 'l': options.lines = true; break;
		case 's': options.seed = number(optarg); break;
		case 'z': options.size = number(optarg); break;
		case 'S': options.source = optarg; break;
		default: usage();
		}
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	char **rest;

	msg_init("oracle");
	argc--;
	argv++;
	if (strcmp(what, "put") == 0) {
		read_options(argc, argv, "kls:z:");
		rest = argv + optind;
		if (argc - optind < 3)
			usage();
		return put(rest[0], number(rest[1]), rest + 2);
	}
	if (strcmp(what, "judge") == 0) {
		read_options(argc, argv, "afgS:");
		if (argc - optind != 1)
			usage();
		return judge(argv[optind]);
	}
	if (strcmp(what, "mark") == 0)
		return mark_by_hand(argv + 1, argc - 1);
	usage();
}
