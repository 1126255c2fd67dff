/* SPDX-License-Identifier: ISC */
#include "master/node_seen.h"

#include <stdio.h>
#include <string.h>

#include "common/base/deadline.h"
#include "common/base/num.h"

#include "common/base/banned.h"

/* " 3m ago from 192.0.2.7", or " never". */
static void add(char *out, size_t size, const char *what, int64_t when, const char *where)
{
	size_t n = strlen(out);
	char span[32];

	if (when == 0) {
		snprintf(out + n, size - n, "%s never", what);
		return;
	}
	num_show_span(span, sizeof(span), now_s() - when);
	snprintf(out + n, size - n, "%s %s ago%s%s", what, span, where[0] != '\0' ? " from " : "",
	    where);
}

const char *node_seen(struct store *s, const char *name)
{
	static char text[1024];
	struct node_state st;
	struct node n;

	text[0] = '\0';
	if (store_node_and_state(s, name, &n, &st) == -1)
		return "which cannot be read";
	add(text, sizeof(text), "registered", n.registered,
	    n.reg_source[0] != '\0' ? n.reg_source : n.reg_address);
	add(text, sizeof(text), ", last in contact", st.contact, st.log_address);
	return text;
}
