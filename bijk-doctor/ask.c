/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/ask.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "common/base/argv.h"
#include "common/base/child.h"
#include "common/base/io.h"

#include "common/base/banned.h"

int ask(struct answer *a, const char *const argv[])
{
	deadline_t d = deadline_in_s(ASK_SECONDS);
	struct argv v = { .n = 0 };
	struct child c = CHILD_NONE;
	int rc = -1, why;

	*a = (struct answer){ .out = BUF_INIT(ASK_MAX), .err = BUF_INIT(65536) };
	for (size_t i = 0; argv[i] != NULL; i++)
		argv_add(&v, argv[i]);
	errno = ENOMEM;
	if (argv_done(&v) != NULL &&
	    child_start(&c, NULL, argv_done(&v), CHILD_PIPE_OUT | CHILD_PIPE_ERR) == 0 &&
	    read_all(c.out, &a->out, d) == 0 && read_all(c.err, &a->err, d) == 0) {
		rc = child_wait(&c, d);
		if (rc == 0)
			errno = ETIMEDOUT;
		rc = rc == 1 ? 0 : -1;
	}
	why = errno;
	child_end(&c, 500);
	a->code = child_exit_code(&c);
	argv_free(&v);
	if (buf_adds(&a->out, "") == -1 || buf_adds(&a->err, "") == -1)
		return -1;
	errno = why;
	return rc;
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
