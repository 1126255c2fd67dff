/* SPDX-License-Identifier: ISC */
/* Proofs and sealed frames (protocol.md, section 4). Lines have no LF here. */
#ifndef BIJK_EXCHANGE_PROOF_H
#define BIJK_EXCHANGE_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/names.h"

enum direction { DIRECTION_PULL, DIRECTION_PUSH };
const char *direction_name(enum direction w);

#define MAC_SIZE 32
#define MAC_HEX (2 * MAC_SIZE)
#define SEAL_EXTRA 16 /* bytes that sealing adds */

/* Initialises libsodium, before any other call; ends the program on failure. */
void proof_init(void);

/*
 * What a node and the master of this name share. It is derived from the node's
 * hash, which no master keeps: with it, a master could pose as the node.
 */
void secret_derive(const uint8_t hash[HASH_SIZE], const char *master, uint8_t secret[SECRET_SIZE]);

/*
 * The mac of a node's line (node_line is NULL), or of a master's, over the line
 * before the space in front of <mac>.
 */
void proof_session(const uint8_t secret[SECRET_SIZE], enum direction direction,
    const char *greeting, const char *node_line, const char *line, size_t line_len,
    char hex[MAC_HEX + 1]);
/* Does the line end in the mac of proof_session()? In constant time. */
bool proof_session_holds(const uint8_t secret[SECRET_SIZE], enum direction direction,
    const char *greeting, const char *node_line, const char *line);
bool mac_equal(const char a[MAC_HEX], const char b[MAC_HEX]);

void proof_session_key(const uint8_t secret[SECRET_SIZE], enum direction direction,
    const char *greeting, const char *node_line, uint8_t key[SEAL_KEY]);

/* In place: data holds len bytes and has room for SEAL_EXTRA more. */
void seal(uint8_t *data, size_t len, uint64_t count, const uint8_t key[SEAL_KEY]);
/* In place: len counts SEAL_EXTRA. False: another key or count. */
bool unseal(uint8_t *data, size_t len, uint64_t count, const uint8_t key[SEAL_KEY]);

#endif
