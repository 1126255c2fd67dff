/* SPDX-License-Identifier: ISC */
/*
 * A program that root starts does its work as the owner of the directory it works in.
 */
#ifndef BIJK_BASE_OWNER_H
#define BIJK_BASE_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * If we are root and the directory belongs to somebody else: become that user for good, with its
 * group and no others, HOME set, and without the terminal, which stays root's (^C still ends us). Where we
 * lead the terminal's session, it is a child of ours that goes on. 0 also when there is nothing to do;
 * -1 with errno.
 */
int owner_become(const char *dir);
/* The same without that child: EPERM where we lead a terminal's session. */
int owner_become_alone(const char *dir);
/*
 * Calls work(arg) with the rights of the directory's owner, if we are root, and takes root's rights back. What it
 * returned; -1 with errno also when the rights could not be changed.
 */
int owner_do(const char *dir, int (*work)(void *arg), void *arg);
/* Does this process run as root or as the directory's owner? A missing directory: false, errno. */
bool owner_is_us(const char *dir);

#endif
