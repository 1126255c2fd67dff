/* SPDX-License-Identifier: ISC */
/* What iptables-save and ip6tables-save print, in their legacy and their nft
 * form, and ipset save. No I/O. */
#ifndef BIJK_DOCTOR_IPTABLES_TEXT_H
#define BIJK_DOCTOR_IPTABLES_TEXT_H

#include "bijk-doctor/firewall.h"

/*
 * Adds the chains of the tables that the packet meets (raw, mangle, nat,
 * filter), each rule judged for it. `sets`: what `ipset save` printed, "" where
 * there is none. A match that is not known here makes its rule one that cannot
 * be judged.
 */
void iptables_add(struct firewall *f, enum fw_kind kind, const char *text, const char *sets,
    const struct fw_packet *p);

/* Is the address in the set of this name? FW_UNSURE: of a kind that is not
 * known here, or there is no such set. */
enum fw_match ipset_has(const char *sets, const char *name, const struct netaddr *a);

#endif
