/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/io.h"

#include "common/base/banned.h"

#define ROOM (16 << 20) /* bytes of messages that wait */
/* The header's macros mix signed and unsigned. */
#define ALIGNED(n) (((n) + 3u) & ~(size_t)3)
#define TYPE 0x3fff /* of an attribute, without its flags */

int netlink_open(int protocol)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	const int room = ROOM;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	/* One without an address of its own hears nothing of what all are told. */
	if (fd != -1 && bind(fd, (const struct sockaddr *)&any, sizeof(any)) == -1) {
		close_fd(fd);
		return -1;
	}
	/* Without it, the usual room has to do. */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return fd;
}

bool netlink_read(int fd, void (*take)(const struct nlmsghdr *h, void *arg), void *arg, int *error)
{
	static _Alignas(struct nlmsghdr) char block[65536];
	ssize_t n;

	while ((n = recv(fd, block, sizeof(block), MSG_DONTWAIT)) > 0 ||
	    (n == -1 && (errno == ENOBUFS || errno == EINTR))) {
		const char *at = block, *end = block + (n > 0 ? n : 0);

		while (end - at >= (ptrdiff_t)sizeof(struct nlmsghdr)) {
			const struct nlmsghdr *h = (const void *)at;

			if (h->nlmsg_len < sizeof(struct nlmsghdr) || h->nlmsg_len > end - at)
				break;
			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
				if (error != NULL)
					*error = h->nlmsg_type == NLMSG_DONE
					    ? 0
					    : -((const struct nlmsgerr *)NLMSG_DATA(h))->error;
				return false;
			}
			take(h, arg);
			at += ALIGNED(h->nlmsg_len);
		}
	}
	return true;
}

void netlink_attributes(
    const struct nlmsghdr *h, size_t skip, const struct nlattr *v[], unsigned max)
{
	const char *at = (const char *)NLMSG_DATA(h) + ALIGNED(skip);
	const char *end = (const char *)h + h->nlmsg_len;

	for (unsigned i = 0; i < max; i++)
		v[i] = NULL;
	while (end - at >= (ptrdiff_t)sizeof(struct nlattr)) {
		const struct nlattr *a = (const void *)at;
		unsigned type = a->nla_type & TYPE;

		if (a->nla_len < sizeof(struct nlattr) || a->nla_len > end - at)
			return;
		if (type < max)
			v[type] = a;
		at += ALIGNED(a->nla_len);
	}
}

void netlink_copy(const struct nlattr *a, void *out, size_t size)
{
	size_t n = a != NULL ? a->nla_len - sizeof(struct nlattr) : 0;

	memset(out, 0, size);
	if (n > 0)
		memcpy(out, (const char *)a + sizeof(struct nlattr), n < size ? n : size);
}
