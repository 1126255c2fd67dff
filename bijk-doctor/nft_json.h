/* SPDX-License-Identifier: ISC */
/* What `nft -j list ruleset` prints (libnftables-json(5)). No I/O. */
#ifndef BIJK_DOCTOR_NFT_JSON_H
#define BIJK_DOCTOR_NFT_JSON_H

#include "bijk-doctor/firewall.h"

/*
 * Adds the chains of the tables that the packet meets, but for those that
 * iptables has made (they come by iptables_text.h), each rule judged for it.
 * What is not known here makes a rule one that cannot be judged. -1: the text
 * is no such JSON.
 */
int nft_add(struct firewall *f, const char *json, const struct fw_packet *p);

#endif
