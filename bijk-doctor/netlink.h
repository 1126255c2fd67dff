/* SPDX-License-Identifier: ISC */
/* Messages of the kernel: netlink(7). */
#ifndef BIJK_DOCTOR_NETLINK_H
#define BIJK_DOCTOR_NETLINK_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>

/* A socket of this network namespace, whoever uses it later; it does not wait.
 * -1: errno. */
int netlink_open(int protocol);
/*
 * Gives each message that is there to take(). False: a message ended a list
 * (NLMSG_DONE), or told of an error; *error then, unless that is NULL, is 0 or
 * an errno.
 */
bool netlink_read(int fd, void (*take)(const struct nlmsghdr *h, void *arg), void *arg, int *error);
/* The attributes behind `skip` bytes of the message, by their types; those from
 * `max` on are left out. */
void netlink_attributes(
    const struct nlmsghdr *h, size_t skip, const struct nlattr *v[], unsigned max);

/* Of an attribute: at most size bytes of it, the rest zeroed; NULL: none. */
void netlink_copy(const struct nlattr *a, void *out, size_t size);

#endif
