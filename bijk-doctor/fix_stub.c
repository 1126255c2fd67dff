/* SPDX-License-Identifier: ISC */
/* Until fix_filter.c and sentences.c are there. */
#include "bijk-doctor/fix.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
__attribute__((weak)) void fix_drop(struct fixes *f, const struct drop *d, const struct route *r)
{
	const char *dir = d->out ? "-d" : "-s";
	if (d->iptables)
		fix_add(f, NULL, "iptables%s -t %s -I %s %s %s -p tcp --%cport %u -j ACCEPT",
		    d->legacy ? "-legacy" : "", d->table, d->chain, dir, r->peer,
		    d->out ? 's' : 'd', d->out ? d->source_port : d->port);
	else
		fix_add(f, NULL, "nft insert rule %s %s %s ip %caddr %s tcp %cport %u accept",
		    d->family, d->table, d->chain, d->out ? 'd' : 's', r->peer, d->out ? 's' : 'd',
		    d->out ? d->source_port : d->port);
}
__attribute__((weak)) bool meaning_find(
    struct meaning *m, const struct attempt *a, const struct route *r)
{
	(void)r;
	snprintf(m->words, sizeof m->words, "%.500s", a->said);
	return false;
}
