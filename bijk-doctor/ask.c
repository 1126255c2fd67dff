/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/io.h"

#include "common/base/banned.h"

int ask(struct answer *a, const char *const argv[])
{
	return ask_for(a, argv, ASK_SECONDS);
}

int ask_for(struct answer *a, const char *const argv[], unsigned seconds)
{
	struct argv v = { .n = 0 };
	int rc = -1, why;

	*a = (struct answer){ .out = BUF_INIT(ASK_MAX), .err = BUF_INIT(65536) };
	for (; *argv != NULL; argv++)
		argv_add(&v, *argv);
	if (argv_done(&v) != NULL)
		rc = child_run(argv_done(&v), &a->out, &a->err, deadline_in_s(seconds), &a->code);
	why = errno;
	argv_free(&v);
	/* So that both are texts. */
	if (buf_adds(&a->out, "") == -1 || buf_adds(&a->err, "") == -1)
		return -1;
	errno = why;
	return rc;
}

/* What it says on standard error is read until its end. */
static bool run_on(const char *const argv[], int in, int out, struct buf *said)
{
	deadline_t end = deadline_in_s(KEPT_SECONDS);
	struct argv v = { .n = 0 };
	struct child c = CHILD_NONE;
	bool good;

	for (size_t i = 0; argv[i] != NULL; i++)
		argv_add(&v, argv[i]);
	good = argv_done(&v) != NULL &&
	    child_start_on(&c, argv[0], argv_done(&v), in, out, CHILD_PIPE_ERR) == 0;
	errno = 0;
	good = good && (read_all(c.err, said, end) == 0 || errno == EMSGSIZE) &&
	    child_wait(&c, end) == 1 && child_exit_code(&c) == 0;
	if (deadline_passed(end))
		errno = ETIMEDOUT;
	child_end(&c, 100);
	argv_free(&v);
	return good;
}

int ask_kept(const char *const argv[])
{
	struct buf said = BUF_INIT(65536);
	int fd = memfd_create("kept", MFD_CLOEXEC);
	bool good = fd != -1 && run_on(argv, -1, fd, &said);

	buf_free(&said);
	if (good && lseek(fd, 0, SEEK_END) > 0)
		return fd;
	close_fd(fd);
	return -1;
}

bool ask_with(const char *const argv[], int in, char why[256])
{
	struct buf said = BUF_INIT(65536);
	const char *text;
	bool good;

	lseek(in, 0, SEEK_SET);
	good = run_on(argv, in, -1, &said);
	text = said.data != NULL ? said.data : "";
	snprintf(why, 256, "%.*s", (int)strcspn(text, "\n"), text);
	buf_free(&said);
	return good;
}

void answer_free(struct answer *a)
{
	buf_free(&a->out);
	buf_free(&a->err);
}

const char *first_program(const char *const paths[])
{
	for (size_t i = 0; paths[i] != NULL; i++) {
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	}
	return NULL;
}
