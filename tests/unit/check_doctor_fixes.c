/* SPDX-License-Identifier: ISC */
/*
 * Fixes for dropped packets, run as they are: two hosts, each in a network
 * namespace of its own, and rules between them that drop something. The first
 * candidate that helps is the one that we expect, it lets in nothing else, and
 * what it says it keeps is there after the rules were loaded as at boot.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bijk-doctor/fix.h"
#include "common/base/deadline.h"
#include "common/base/io.h"
#include "tests/unit/suite.h"

#define A4 "192.0.2.20"
#define B4 "192.0.2.10"
#define A6 "2001:db8::20"
#define B6 "2001:db8::10"
#define ENABLED(name)                                                                              \
	"mkdir -p /etc/systemd/system/a.wants /etc/iptables\n"                                     \
	">/etc/systemd/system/a.wants/" name ".service\n"

/* From the other host to port 22 here, our answer to that, and both for a
 * connection of ours. */
#define IN(a, b) .protocol = "tcp", .source = b, .destination = a, .source_port = 40000, .port = 22
#define ANSWER(a, b)                                                                               \
	.out = true, .protocol = "tcp", .source = a, .destination = b, .source_port = 22,          \
	.port = 40000
#define OUT(a, b)                                                                                  \
	.out = true, .protocol = "tcp", .source = a, .destination = b, .source_port = 40000,       \
	.port = 22
#define ANSWERED(a, b)                                                                             \
	.protocol = "tcp", .source = b, .destination = a, .source_port = 22, .port = 40000
#define IPT(f, t, c) .iptables = true, .family = f, .table = t, .chain = c
#define NFT(f, t, c) .family = f, .table = t, .chain = c

#define RESTORE4 "iptables-restore </etc/iptables/rules.v4"
#define RESTORE6 "ip6tables-restore </etc/iptables/rules.v6"
#define UFW(settings)                                                                              \
	"cp /usr/share/ufw/iptables/*.rules /etc/ufw; cd /etc/ufw\n"                               \
	"sed -i s/^ENABLED=.*/ENABLED=yes/ ufw.conf\n" settings "\n/lib/ufw/ufw-init start"
#define UFW_BOOT "/lib/ufw/ufw-init force-stop; /lib/ufw/ufw-init start"
#define GUARD(f, hook, what)                                                                       \
	"table " f " guard {\nchain c {\ntype filter hook " hook " priority 0;\n" what "\n}\n}\n"
#define NFT_BOOT "nft flush ruleset; nft -f /etc/nftables.conf"
#define NFT_FILE(text) "cat >/etc/nftables.conf <<'END'\n#!/usr/sbin/nft -f\n" text "END\n"

static const struct {
	const char *what;
	const char *needs; /* programs */
	const char *make;
	struct drop drop;
	size_t candidate;
	const char *boot; /* NULL: it is not kept, and the note says so */
	const char *note; /* part of it */
} v[] = {
	{ "a policy of iptables", "iptables", "iptables -P INPUT DROP",
	    { IPT("ip", "filter", "INPUT"), .policy = true, IN(A4, B4) }, 0, NULL, "reboot" },
	{ "a chain in rules.v4", "iptables",
	    ENABLED("netfilter-persistent") "cat >/etc/iptables/rules.v4 <<'END'\n"
					    "*raw\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n"
					    "*filter\n:INPUT ACCEPT [0:0]\n:a-guard - [0:0]\n"
					    ":z - [0:0]\n-A INPUT -j a-guard\n"
					    "-A a-guard -p tcp -j DROP\nCOMMIT\nEND\n" RESTORE4,
	    { IPT("ip", "filter", "a-guard"), IN(A4, B4) }, 0, RESTORE4, NULL },
	{ "a chain that is not in rules.v4", "iptables",
	    ENABLED("netfilter-persistent") "iptables-save >/etc/iptables/rules.v4\n"
					    "iptables -N x && iptables -A INPUT -j x\n"
					    "iptables -A x -j DROP",
	    { IPT("ip", "filter", "x"), IN(A4, B4) }, 1, NULL, "chain x" },
	{ "iptables-legacy", "iptables-legacy",
	    "iptables-legacy -A INPUT -p tcp --dport 22:23 -j DROP",
	    { .legacy = true, NFT("ip", "filter", "INPUT"), IN(A4, B4) }, 0, NULL, "reboot" },
	{ "table raw", "iptables", "iptables -t raw -A PREROUTING -p tcp -j DROP",
	    { IPT("ip", "raw", "PREROUTING"), IN(A4, B4) }, 0, NULL, "reboot" },
	{ "table security", "iptables", "iptables -t security -A INPUT -p tcp -j DROP",
	    { IPT("ip", "security", "INPUT"), IN(A4, B4) }, 0, NULL, "reboot" },
	{ "on the way out, with iptables-legacy", "iptables-legacy",
	    "iptables-legacy -A OUTPUT -p tcp --dport 22 -j DROP",
	    { .legacy = true,
		NFT("ip", "filter", "OUTPUT"),
		.out = true,
		.protocol = "tcp",
		.source = A4,
		.destination = B4,
		.port = 22 },
	    0, NULL, "reboot" },
	{ "answers", "iptables", "iptables -A OUTPUT -p tcp --sport 22:23 -j DROP",
	    { IPT("ip", "filter", "OUTPUT"), ANSWER(A4, B4) }, 0, NULL, "reboot" },
	{ "on the way out", "iptables", "iptables -A OUTPUT -p tcp -j REJECT",
	    { IPT("ip", "filter", "OUTPUT"), OUT(A4, B4) }, 0, NULL, "reboot" },
	{ "answers to us", "iptables", "iptables -A INPUT -p tcp -j DROP",
	    { IPT("ip", "filter", "INPUT"), ANSWERED(A4, B4) }, 0, NULL, "reboot" },
	{ "ip6tables", "ip6tables", "ip6tables -A INPUT -p tcp -j DROP",
	    { IPT("ip6", "filter", "INPUT"), IN(A6, B6) }, 0, NULL, "reboot" },
	{ "neighbour discovery in rules.v6", "ip6tables",
	    ENABLED("netfilter-persistent") "ip6tables -A INPUT -p icmpv6 -j DROP\n"
					    "ip6tables-save >/etc/iptables/rules.v6",
	    { IPT("ip6", "filter", "INPUT"), .protocol = "icmpv6", .source = B6,
		.destination = "ff02::1:ff00:20" },
	    0, RESTORE6, NULL },
	{ "a table in nftables.conf", "nft",
	    ENABLED("nftables") NFT_FILE(GUARD("inet", "input",
		"policy drop; meta l4proto icmpv6 "
		"accept")) "nft -f /etc/nftables.conf",
	    { NFT("inet", "guard", "c"), .policy = true, IN(A6, B6) }, 0, NFT_BOOT, NULL },
	{ "a table that is not in nftables.conf", "nft",
	    ENABLED("nftables") NFT_FILE(GUARD("inet", "input", "")) "nft -f - <<'END'\n" GUARD(
		"ip", "input", "tcp dport 22-23 drop") "END",
	    { NFT("ip", "guard", "c"), IN(A4, B4) }, 1, NULL, "chain c" },
	{ "a table of a device", "nft",
	    "nft -f - <<'END'\n"
	    "table netdev guard { chain c { type filter hook ingress device eth0 priority 0;\n"
	    "tcp dport 22-23 drop\n}\n}\nEND",
	    { NFT("netdev", "guard", "c"), IN(A4, B4) }, 0, NULL, "chain c" },
	{ "a chain of type nat", "nft",
	    "nft -f - <<'END'\n" GUARD("inet", "prerouting",
		"ct state established accept") "table ip nat { chain c { type nat hook prerouting "
					       "priority -100;\n"
					       "tcp dport 22-23 drop\n}\n}\nEND",
	    { NFT("ip", "nat", "c"), IN(A4, B4) }, 0, NULL, "chain c" },
	{ "a port that was redirected", "nft",
	    "nft -f - <<'END'\n" GUARD(
		"ip", "input", "tcp dport 2222 drop") "table ip n { chain c { type nat hook "
						      "prerouting priority -100;\n"
						      "tcp dport 22 redirect to :2222\n}\n}\nEND",
	    { NFT("ip", "guard", "c"), .protocol = "tcp", .source = B4, .destination = A4,
		.source_port = 40000, .port = 2222 },
	    0, NULL, "chain c" },
	{ "answers, with nft", "nft",
	    "nft -f - <<'END'\n" GUARD("inet", "output", "tcp sport 22-23 drop") "END",
	    { NFT("inet", "guard", "c"), ANSWER(A6, B6) }, 0, NULL, "chain c" },
	{ "answers to us, with nft", "nft",
	    "nft -f - <<'END'\n" GUARD("inet", "input", "meta l4proto tcp drop") "END",
	    { NFT("inet", "guard", "c"), ANSWERED(A4, B4) }, 0, NULL, "chain c" },
	{ "neighbour discovery, with nft", "nft",
	    "nft -f - <<'END'\n" GUARD("ip6", "input", "meta l4proto icmpv6 drop") "END",
	    { NFT("ip6", "guard", "c"), .protocol = "icmpv6", .source = B6,
		.destination = "ff02::1:ff00:20" },
	    0, NULL, "chain c" },
	{ "arp", "nft", "nft -f - <<'END'\n" GUARD("arp", "input", "policy drop;") "END",
	    { NFT("arp", "guard", "c"), .policy = true, .protocol = "arp", .source = B4,
		.destination = A4 },
	    0, NULL, "chain c" },
	{ "fail2ban", "nft",
	    "nft -f - <<'END'\n"
	    "table inet f2b-table { chain f2b-chain { type filter hook input priority -1;\n"
	    "tcp dport 22-23 reject\n}\n}\nEND",
	    { NFT("inet", "f2b-table", "f2b-chain"), IN(A4, B4) }, 0, NULL, "unban " B4 },
	{ "ufw", "ufw", UFW(""), { IPT("ip", "filter", "INPUT"), .policy = true, IN(A4, B4) }, 0,
	    UFW_BOOT, NULL },
	{ "ufw on the way out", "ufw",
	    UFW("sed -i s/^DEFAULT_OUTPUT_POLICY=.*/DEFAULT_OUTPUT_POLICY=DROP/ /etc/default/ufw"),
	    { IPT("ip", "filter", "OUTPUT"), .policy = true, OUT(A4, B4) }, 0, UFW_BOOT, NULL },
	{ "ufw without IPv6", "ufw", UFW("sed -i s/^IPV6=.*/IPV6=no/ /etc/default/ufw"),
	    { IPT("ip6", "filter", "INPUT"), .policy = true, IN(A6, B6) }, 1, UFW_BOOT, "IPv6" },
	{ "ufw's before.rules", "ufw",
	    UFW("sed -i 's/^COMMIT/-I ufw-before-input 3 -p tcp -j DROP\\n&/' before.rules"),
	    { IPT("ip", "filter", "ufw-before-input"), IN(A4, B4) }, 1, UFW_BOOT, NULL },
	{ "ufw is there, but off", "iptables", "iptables -P INPUT DROP",
	    { IPT("ip", "filter", "INPUT"), .policy = true, IN(A4, B4) }, 0, NULL, "reboot" },
	{ "a zone without ssh", "firewalld",
	    "echo '<zone/>' >/etc/firewalld/zones/work.xml; nft -f - <<'END'\n"
	    "table inet firewalld {\nchain filter_IN_work_pre {\n}\n"
	    "chain filter_IN_work {\njump filter_IN_work_pre\nreject\n}\n"
	    "chain c {\ntype filter hook input priority 10\nip saddr " B4
	    " tcp dport 22 jump filter_IN_work\n"
	    "}\n}\nEND\niptables -A INPUT -p tcp --dport 23 -j DROP",
	    { NFT("inet", "firewalld", "filter_IN_work"), IN(A4, B4) }, 0,
	    "firewall-cmd --reload; firewall-cmd --zone=work --change-interface=eth0", NULL },
	{ "a policy of firewalld, with iptables", "firewalld",
	    "cd /etc/firewalld; sed -i s/^FirewallBackend=.*/FirewallBackend=iptables/ "
	    "firewalld.conf\n"
	    "echo '<policy target=\"DROP\" priority=\"-1\"><ingress-zone name=\"ANY\"/>"
	    "<egress-zone name=\"HOST\"/></policy>' >policies/x.xml\n"
	    "iptables -N INPUT_ZONES; iptables -A INPUT -j INPUT_ZONES\n"
	    "iptables -N IN_x; iptables -A INPUT_ZONES -j IN_x; iptables -A IN_x -p tcp -j DROP",
	    { IPT("ip", "filter", "IN_x"), IN(A4, B4) }, 1, "firewall-cmd --reload",
	    "--permanent" },
};

/* --- The hosts --- */

static int here, there; /* their network namespaces */

static int failed(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	return 1;
}

static bool run_in(int host, const char *text)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (setns(host, CLONE_NEWNET) == -1)
			_exit(1);
		execl("/bin/sh", "sh", "-c", text, NULL);
		_exit(127);
	}
	return pid != -1 && waitpid(pid, &status, 0) == pid && status == 0;
}

static struct sockaddr_in6 address_of(const char *text, uint16_t port)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	char mapped[64];

	snprintf(mapped, sizeof(mapped), "%s%s", strchr(text, ':') != NULL ? "" : "::ffff:", text);
	inet_pton(AF_INET6, mapped, &a.sin6_addr);
	return a;
}

static int socket_in(int host)
{
	int fd, one = 1;

	setns(host, CLONE_NEWNET);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setns(here, CLONE_NEWNET);
	/* Port 22 is also that of a listener. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	return fd;
}

static bool listen_in(int host, uint16_t port)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	int fd = socket_in(host);

	return bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0 && listen(fd, 16) == 0;
}

static bool hosts_made(void)
{
	char text[512];

	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("proc", "/proc", "proc", 0, NULL) == -1 ||
	    mount("run", "/run", "tmpfs", 0, NULL) == -1 || mkdir("/run/upper", 0755) == -1 ||
	    mkdir("/run/work", 0755) == -1 || mkdir("/run/lock", 0755) == -1 ||
	    mount("etc", "/etc", "overlay", 0,
		"lowerdir=/etc,upperdir=/run/upper,workdir=/run/work") == -1)
		return false;
	there = open("/proc/self/ns/net", O_RDONLY);
	if (unshare(CLONE_NEWNET) == -1)
		return false;
	here = open("/proc/self/ns/net", O_RDONLY);
	snprintf(text, sizeof(text),
	    "ip link set lo up && ip link add eth0 type veth peer name eth0 netns "
	    "/proc/self/fd/%d && ip addr add " A4 "/24 dev eth0 && "
	    "ip addr add " A6 "/64 dev eth0 nodad && ip link set eth0 up",
	    there);
	return run_in(here, text) &&
	    run_in(there,
		"ip addr add " B4 "/24 dev eth0; ip addr add 192.0.2.11/24 dev eth0\n"
		"ip addr add " B6 "/64 dev eth0 nodad; ip addr add 2001:db8::11/64 dev eth0 nodad\n"
		"ip link set eth0 up") &&
	    listen_in(here, 22) && listen_in(here, 23) && listen_in(here, 2222) &&
	    listen_in(there, 22) && listen_in(there, 23);
}

/* --- What passes --- */

/* The connection that it is about, and three that nobody asked for: to another
 * port, from another address, and from port 22. As bits. */
#define OURS 1u
#define PROBES 4

static unsigned passing(const struct drop *d, int64_t ms)
{
	const bool six = strchr(d->source, ':') != NULL;
	const bool from_here = d->out ? d->port != 40000 : d->source_port == 22;
	const char *to = from_here ? (six ? B6 : B4) : (six ? A6 : A4);
	const char *const from[PROBES] = { from_here ? (six ? A6 : A4) : (six ? B6 : B4),
		six ? B6 : B4, six ? "2001:db8::11" : "192.0.2.11", six ? B6 : B4 };
	const char *back = six ? A6 : A4;
	struct pollfd p[PROBES];
	deadline_t end = deadline_in_ms(ms);
	unsigned bits = 0;

	for (unsigned i = 0; i < PROBES; i++) {
		struct sockaddr_in6 a = address_of(from[i], i == 3 ? 22 : 0);
		struct sockaddr_in6 b = address_of(i == 0 ? to : back, i % 2 == 1 ? 23 : 22);

		p[i] = (struct pollfd){ .fd = socket_in(i == 0 && from_here ? here : there),
			.events = POLLOUT };
		if (bind(p[i].fd, (struct sockaddr *)&a, sizeof(a)) == -1)
			failed("bind", strerror(errno));
		connect(p[i].fd, (struct sockaddr *)&b, sizeof(b));
	}
	while (!deadline_passed(end) && poll(p, PROBES, deadline_poll_ms(end)) > 0) {
		for (unsigned i = 0; i < PROBES; i++) {
			if (p[i].revents == 0)
				continue;
			if (p[i].revents == POLLOUT)
				bits |= 1u << i;
			close(p[i].fd);
			p[i].fd = -1;
			if (bits & OURS && i == 0)
				end = deadline_earlier(end, deadline_in_ms(100));
		}
	}
	for (unsigned i = 0; i < PROBES; i++)
		close(p[i].fd);
	/* Our answers to port 22 are like what we send to a service there. */
	return d->out ? bits & ~(1u << 3) : bits;
}

/* --- The test --- */

static const char *fixed_and_kept(size_t i, const struct fixes *f, unsigned before)
{
	const struct drop *d = &v[i].drop;
	const bool tcp = strcmp(d->protocol, "tcp") == 0;
	unsigned now = 0;
	size_t k;

	for (k = 0; k < f->n && !(now & OURS); k++) {
		char text[2 * FIX_TEXT];
		bool done;

		snprintf(text, sizeof(text), "%s%s", f->first, f->v[k].run);
		done = run_in(here, text);
		fprintf(stderr, "%s: %s%s\n", v[i].what, f->v[k].run, done ? "" : " (failed)");
		now = passing(d, k == v[i].candidate ? 5000 : 500);
	}
	if (!(now & OURS))
		return "nothing helps";
	if (k - 1 != v[i].candidate)
		return "another candidate helped";
	if (tcp && now != (before | OURS))
		return "it lets in more";
	if (strstr(f->v[k - 1].note, v[i].note != NULL ? v[i].note : "") == NULL)
		return f->v[k - 1].note;
	if (v[i].note == NULL && f->v[k - 1].note[0] != '\0')
		return f->v[k - 1].note;
	if (v[i].boot == NULL)
		return NULL;
	if (!run_in(here, v[i].boot))
		return "the rules do not load at boot";
	before = passing(d, 5000);
	return (before & OURS) && !(before & ~now) ? NULL : "it is not kept";
}

static int tried(size_t i)
{
	static struct fixes f;
	struct route r = { .port = 22, .interface = "eth0", .peer = B4, .ours = A4 };
	unsigned before;
	const char *wrong;

	if (!hosts_made())
		return failed("hosts", strerror(errno));
	run_in(here,
	    "rm -rf /etc/systemd/system/*.wants/*tables.service /etc/runlevels/*/*tables\n"
	    "rm -rf /etc/systemd/system/*.wants/netfilter-persistent.service /etc/nftables.conf\n"
	    "rm -rf /etc/firewalld/zones/* /etc/firewalld/policies/*");
	if (!run_in(here, v[i].make))
		return failed(v[i].what, "the rules cannot be made");
	before = passing(&v[i].drop, 300);
	if (before & OURS)
		return failed(v[i].what, "it passes as it is");
	fix_drop(&f, &v[i].drop, &r);
	if (f.first[0] != '\0' && (!run_in(here, f.first) || passing(&v[i].drop, 300) != before))
		return failed(v[i].what, "what comes first changes what passes");
	wrong = fixed_and_kept(i, &f, before);
	return wrong == NULL ? 0 : failed(v[i].what, wrong);
}

/* In namespaces that end with it. */
static pid_t start(size_t i)
{
	char needs[64];
	int status;
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	snprintf(needs, sizeof(needs), "/usr/sbin/%s", v[i].needs);
	if (geteuid() != 0 || access(needs, X_OK) != 0)
		_exit(0);
	if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET) == -1)
		_exit(failed("unshare", strerror(errno)));
	pid = fork();
	if (pid == 0)
		_exit(tried(i));
	_exit(waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 1);
}

/* They wait much, so some at a time. */
#define CASES (sizeof(v) / sizeof(v[0]))
#define TURNS 7

START_TEST(drops)
{
	size_t n = 0, good = 0;
	int status;

	for (size_t i = (size_t)_i; i < CASES; i += TURNS, n++)
		ck_assert_int_gt(start(i), 0);
	for (size_t k = 0; k < n; k++)
		good += wait(&status) > 0 && status == 0;
	ck_assert_uint_eq(good, n);
}
END_TEST

int main(void)
{
	return suite_run((struct suite_plan){ "doctor_fixes", NULL, NULL, drops, TURNS }, NULL, 0);
}
