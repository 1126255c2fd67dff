/* SPDX-License-Identifier: ISC */
/* The kernel's Landlock: what lies outside of few directories, and TCP, are out of reach for good. */
#ifndef BIJK_BASE_LANDLOCK_H
#define BIJK_BASE_LANDLOCK_H

#include <stdbool.h>

#include "common/base/sandbox.h"

#define LANDLOCK_ABI_TCP 4 /* from this one on TCP is covered */

/*
 * The ABI of this kernel; 0 when it has none or does not run it, or (errno EPERM) somebody denies it to us, as
 * containers do. -1: errno.
 */
int landlock_abi(void);
/*
 * Below s->dirs files may be read, written, made, renamed inside their directory, and removed, but not
 * executed. TCP can be connected to s->port alone, and no port opened. no_new_privs comes first.
 */
int landlock_enter(const struct sandbox *s, int abi);

#endif
