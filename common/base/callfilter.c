/* SPDX-License-Identifier: ISC */
#include "common/base/callfilter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>

#include "common/base/callprogram.h"

#include "common/base/banned.h"

bool callfilter_there(void)
{
	/* A kernel that has filters looks for one at the address. */
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) == -1 && errno == EFAULT;
}

static const struct callprogram *program_for(const struct sandbox *s)
{
	for (unsigned i = 0; i < n_callprograms; i++) {
		const struct callprogram *p = &callprograms[i];
		if (p->needs == s->needs && p->group == (s->group != 0) &&
		    p->port == (s->port != 0))
			return p;
	}
	return NULL;
}

int callfilter_enter(const struct sandbox *s)
{
	const struct callprogram *p = program_for(s);
	struct sock_filter code[CALLPROGRAM_MAX];
	struct sock_fprog program = { .filter = code };

	if (p == NULL) {
		errno = EINVAL;
		return -1;
	}
	memcpy(code, p->code, p->n * sizeof(code[0]));
	program.len = p->n;
	for (unsigned i = 0; p->group && i < p->n; i++) {
		if (code[i].k == CALLFILTER_GROUP)
			code[i].k = (uint32_t)(int32_t)s->group;
	}
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == -1 ? -1 : p->calls;
}
