/* SPDX-License-Identifier: ISC */
/* What listens on this machine, and who it is. */
#include <arpa/inet.h>
#include <limits.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bijk-doctor/process.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

/* As a machine of little-endian byte order prints them. */
START_TEST(sockets)
{
	struct listener v[2];

	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		return;
	ck_assert(!listener_parse(&v[0],
	    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"));
	ck_assert(!listener_parse(&v[0],
	    "   1: 140200C0:0016 0A0200C0:D431 01 00000000:00000000 00:00000000 00000000     0 "
	    " 0 2 1\n"));
	ck_assert(!listener_parse(&v[0], "   0: 0100007F\n"));
	ck_assert(listener_parse(&v[0],
	    "   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0 "
	    " 0 1 1\n"));
	ck_assert_str_eq(v[0].address, "127.0.0.1");
	ck_assert_uint_eq(v[0].port, 22);
	ck_assert_uint_eq(v[0].inode, 1);
	ck_assert(listener_parse(&v[1],
	    "   0: 00000000000000000000000000000000:C35A 00000000000000000000000000000000:0000 "
	    "0A 00000000:00000000 00:00000000 00000000   998        0 3 1\n"));
	ck_assert_str_eq(v[1].address, "::");
	ck_assert_uint_eq(v[1].port, 50010);
	ck_assert_uint_eq(v[1].inode, 3);

	ck_assert(listener_takes(&v[0], "127.0.0.1", 22));
	ck_assert(!listener_takes(&v[0], "192.0.2.20", 22));
	ck_assert(!listener_takes(&v[0], "127.0.0.1", 23));
	ck_assert(listener_takes(&v[1], "192.0.2.20", 50010));
	ck_assert(listener_takes(&v[1], "2001:db8::1", 50010));
	ck_assert(address_is_loopback("127.8.9.1"));
	ck_assert(address_is_loopback("::1"));
	ck_assert(!address_is_loopback("192.0.2.127"));
}
END_TEST

/* A socket of ours; its port. */
static uint16_t listen_here(int *fd)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(*fd, (struct sockaddr *)&a, sizeof(a)), 0);
	ck_assert_int_eq(listen(*fd, 1), 0);
	ck_assert_int_eq(getsockname(*fd, (struct sockaddr *)&a, &len), 0);
	return ntohs(a.sin_port);
}

static void find_ours(struct listener *l, const char *address, uint16_t port)
{
	static struct listener v[LISTENERS_MAX];
	size_t n = listeners(v), i = 0;

	while (i < n && (v[i].port != port || strcmp(v[i].address, address) != 0))
		i++;
	ck_assert_uint_lt(i, n);
	*l = v[i];
}

/* As the kernel says it: what is connected does not listen, and a socket of IPv6
 * may be for IPv6 alone. */
START_TEST(kernel)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6 };
	static struct listener v[LISTENERS_MAX];
	struct listener l;
	socklen_t len = sizeof(a);
	const int one = 1;
	size_t n, connected = 0;
	int fd, peer = socket(AF_INET, SOCK_STREAM, 0), six = socket(AF_INET6, SOCK_STREAM, 0);
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(listen_here(&fd)) };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(connect(peer, (struct sockaddr *)&to, sizeof(to)), 0);
	n = listeners(v);
	for (size_t i = 0; i < n; i++)
		connected += v[i].port == ntohs(to.sin_port);
	ck_assert_uint_eq(connected, 1);
	if (six == -1 || setsockopt(six, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) == -1 ||
	    bind(six, (struct sockaddr *)&a, sizeof(a)) == -1)
		return;
	ck_assert_int_eq(listen(six, 1), 0);
	ck_assert_int_eq(getsockname(six, (struct sockaddr *)&a, &len), 0);
	find_ours(&l, "::", ntohs(a.sin6_port));
	ck_assert(listener_takes(&l, "2001:db8::1", l.port));
	ck_assert(!listener_takes(&l, "192.0.2.20", l.port));
}
END_TEST

/* A child that has it from us is not who accepts from it, until we let go. */
START_TEST(owners)
{
	char exe[PATH_MAX] = "";
	struct listener l;
	struct process p;
	int fd, gate[2];
	pid_t child;

	ck_assert_int_ne(readlink("/proc/self/exe", exe, sizeof(exe) - 1), -1);
	ck_assert_int_eq(pipe(gate), 0);
	find_ours(&l, "127.0.0.1", listen_here(&fd));
	child = fork();
	if (child == 0) {
		close(gate[1]);
		_exit(read(gate[0], exe, 1) != 0);
	}
	ck_assert(listener_owner(&l, &p));
	ck_assert_int_eq(p.pid, getpid());
	ck_assert_str_eq(p.exe, exe);
	ck_assert(p.here);
	ck_assert_uint_gt(p.argv_len, 0);
	ck_assert_int_eq(p.argv[p.argv_len - 1], '\0');
	close(fd);
	ck_assert(listener_owner(&l, &p));
	ck_assert_int_eq(p.pid, child);
	close(gate[1]);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ck_assert(!listener_owner(&l, &p));
}
END_TEST

SUITE_MAIN("doctor: processes", sockets, kernel, owners)
