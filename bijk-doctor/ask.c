/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/ask.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "common/base/child.h"

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
