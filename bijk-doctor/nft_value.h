/* SPDX-License-Identifier: ISC */
/* Expressions of nft's JSON against a packet: what stands left of a match, and
 * what it is compared with. No I/O. */
#ifndef BIJK_DOCTOR_NFT_VALUE_H
#define BIJK_DOCTOR_NFT_VALUE_H

#include <jansson.h>

#include "bijk-doctor/firewall.h"

/*
 * left OP right, for the packet; `all` is the array of the rule set, where
 * named sets of this family and table are looked up. FW_UNSURE: something in it
 * is not known here.
 */
enum fw_match nft_compare(const json_t *all, const char *family, const char *table,
    const json_t *left, const char *op, const json_t *right, const struct fw_packet *p);
/* The elements of a set or map, which stands there itself or is named
 * ("@name"); NULL: there is none. */
const json_t *nft_elements(
    const json_t *all, const char *family, const char *table, const json_t *set);

/* What an expression looks at that rules before can have changed: FW_STATE,
 * FW_MARK. */
unsigned nft_looks_at(const json_t *left);

#endif
