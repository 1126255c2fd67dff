/* SPDX-License-Identifier: ISC */
/* This machine's own sshd, as far as it can be asked without rights. */
#ifndef BIJK_SSH_SSHD_H
#define BIJK_SSH_SSHD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool sshd_here(void);
/*
 * The port that it is configured to listen on: 0 when it cannot tell, or there
 * is no sshd. `identity` is a private key of ours, which `sshd -T` takes in
 * place of host keys that only root can read.
 */
uint16_t sshd_port(const char *identity);
/*
 * The port in what `sshd -T` printed: of the first address beyond loopback that
 * it listens on, else of the first one; 0 when there is none. No I/O.
 */
uint16_t sshd_port_in(const char *text);

#endif
