/* SPDX-License-Identifier: ISC */
/* A program that root starts does its work as the owner of its directory. */
#ifndef BIJK_BASE_OWNER_H
#define BIJK_BASE_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * If we are root and the directory belongs to another user: become that user
 * for good, with its group and no others, HOME set, and without the terminal,
 * which stays root's (^C still ends us). If we lead the terminal's session, a
 * child of ours continues instead. 0 also when there is nothing to do; -1:
 * errno.
 */
int owner_become(const char *dir);
/* The same without the child: EPERM if we lead the session of a terminal. */
int owner_become_alone(const char *dir);
/*
 * Calls work(arg) with the rights of the directory's owner, if we are root, and
 * restores root's. Returns what it returned; -1 with errno also if the rights
 * could not be changed.
 */
int owner_do(const char *dir, int (*work)(void *arg), void *arg);
/* Are we root or the directory's owner? false: errno, also if it is missing. */
bool owner_is_us(const char *dir);

#endif
