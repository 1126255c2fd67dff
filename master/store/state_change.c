/* SPDX-License-Identifier: ISC */
#include "master/store/state_change.h"

#include <errno.h>
#include <string.h>

#include "common/base/io.h"
#include "common/base/msg.h"

#include "common/base/banned.h"

void state_change(struct store *s, const char *name,
    void (*change)(struct node_state *st, const void *arg), const void *arg)
{
	struct node_state st;
	int lock = store_state_lock(s, name);
	int rc = lock == -1 ? -1 : store_state(s, name, &st);

	if (rc == 0) {
		change(&st, arg);
		rc = store_state_put(s, name, &st);
	}
	/* One that was removed meanwhile has no state. */
	if (rc == -1 && errno != ENOENT)
		msg_warn("node %s: keeping its state: %s", name, strerror(errno));
	close_fd(lock);
}
