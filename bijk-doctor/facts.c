/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/facts.h"

#include <errno.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "bijk-doctor/ask.h"
#include "common/base/child.h"
#include "common/base/msg.h"
#include "common/base/owner.h"

#include "common/base/banned.h"

#define FACTS_SECONDS 8
#define RESOLVE_SECONDS 4 /* of each */

struct job {
	const char *state, *key, *user;
	const struct node_config *node; /* NULL: on a master */
	struct facts *facts;		/* shared */
};

/* By find(1), as it is also mended; deeper there are only records. Without the
 * account nothing is its own. */
static void look_at_files(const struct job *j)
{
	const char *const argv[] = { "/usr/bin/find", j->state, "-xdev", "-maxdepth", "2", "!",
		"-user", j->user, "!", "-type", "l", "-print", "-quit", NULL };
	struct facts *f = j->facts;
	struct answer a;
	struct stat st;
	char spool[PATH_MAX];

	snprintf(spool, sizeof(spool), "%s/spool", j->state);
	if (statvfs(spool, &f->room) == -1)
		statvfs(j->state, &f->room);
	if (lstat(j->key, &st) == 0)
		f->key_mode = st.st_mode;
	if (getpwnam(j->user) == NULL)
		return;
	if (ask(&a, argv) == 0)
		snprintf(f->foreign, sizeof(f->foreign), "%.*s", (int)strcspn(a.out.data, "\n"),
		    a.out.data);
	if (lstat(f->foreign, &st) == 0)
		f->foreign_uid = st.st_uid;
	else
		f->foreign[0] = '\0';
	answer_free(&a);
}

static int gather(void *arg)
{
	struct job *j = arg;
	struct facts *f = j->facts;

	/* What the parts warn of is found again here, in the doctor's own
	 * words. */
	if (freopen("/dev/null", "w", stderr) == NULL || owner_become(j->state) == -1) {
		snprintf(f->why, sizeof(f->why), "working as the owner of %s: %s", j->state,
		    strerror(errno));
		return 1;
	}
	look_at_files(j);
	if (j->node != NULL) {
		spool_look(j->node, &f->spool);
		contact_read(j->node, &f->contact);
	}
	f->gathered = true;
	return 0;
}

static int resolve(void *arg)
{
	struct master_at *m = arg;
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	int rc = getaddrinfo(m->host, NULL, &hints, &list);

	for (const struct addrinfo *a = rc == 0 ? list : NULL; a != NULL && m->n < MASTER_ADDRESSES;
	     a = a->ai_next)
		m->n += getnameinfo(a->ai_addr, a->ai_addrlen, m->address[m->n], SOCK_ADDR_MAX,
			    NULL, 0, NI_NUMERICHOST) == 0;
	return 0;
}

void facts_gather(struct facts *f, const char *state, const char *key, const char *user,
    const struct node_config *c)
{
	struct facts *shared = worker_memory(sizeof(*shared));
	struct job j = { state, key, user, c, shared };
	int rc;

	if (shared == NULL)
		die(EX_OSERR, "out of memory");
	if (!owner_is_us(state))
		snprintf(shared->why, sizeof(shared->why), "%s: %s; root can look at it", state,
		    strerror(errno));
	else if ((rc = worker_run(gather, &j, FACTS_SECONDS)) != 0 && shared->why[0] == '\0')
		snprintf(
		    shared->why, sizeof(shared->why), "looking at %s ended with %d", state, rc);
	*f = *shared;
	f->masters = c == NULL ? 0 : c->masters.n < FACTS_MASTERS ? c->masters.n : FACTS_MASTERS;
	/* A resolver can take minutes to give up, and cannot be told not to. */
	for (size_t i = 0; i < f->masters; i++) {
		shared->master[i] = (struct master_at){ .host = c->masters.v[i] };
		worker_run(resolve, &shared->master[i], RESOLVE_SECONDS);
		f->master[i] = shared->master[i];
	}
	munmap(shared, sizeof(*shared));
}
