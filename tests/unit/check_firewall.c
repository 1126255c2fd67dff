/* SPDX-License-Identifier: ISC */
/* Rule sets as their programs print them, and what becomes of a packet:
 * iptables_text.h, nft_json.h, firewall.h. */
#include <stdio.h>
#include <string.h>

#include "bijk-doctor/iptables_text.h"
#include "bijk-doctor/nft_json.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

/* A pull's first packet, unless said otherwise. */
struct ask_about {
	const char *from, *to, *interface;
	unsigned port;
	bool outgoing, reply;
};

static const struct ask_about pull = { "192.0.2.10", "192.0.2.20", "eth0", 22, false, false };
static const struct ask_about pull6 = { "2001:db8::10", "2001:db8::20", "eth0", 22, false, false };
static const struct ask_about answer = { "192.0.2.20", "192.0.2.10", "eth0", 22, true, true };
static const struct ask_about push = { "192.0.2.20", "192.0.2.10", "eth0", 22, true, false };

static const char sets[] = "create bad hash:net family inet hashsize 1024 maxelem 65536\n"
			   "add bad 192.0.2.0/28\n"
			   "create good hash:ip family inet\n"
			   "add good 192.0.2.9\n"
			   "create holes hash:net family inet\n"
			   "add holes 192.0.2.10 nomatch\n"
			   "create pairs hash:ip,port family inet\n"
			   "add pairs 192.0.2.10,tcp:22\n";

static char said[512];

/* "passes", or "stopped CHAIN N", "undecided CHAIN N"; N: the rule, 0: the
 * policy. */
static const char *fate(const struct firewall *f)
{
	static const char *const fates[] = { "passes", "stopped", "undecided" };
	struct fw_end end = firewall_walk(f);

	if (end.fate == FW_PASSES)
		return "passes";
	snprintf(said, sizeof(said), "%s %s %u", fates[end.fate], end.chain->name,
	    end.rule != NULL ? end.rule->number : 0);
	return said;
}

static struct fw_packet packet(const struct ask_about *a)
{
	struct fw_packet p = { .port = (uint16_t)a->port,
		.interface = a->interface,
		.outgoing = a->outgoing,
		.reply = a->reply };

	ck_assert(netaddr_parse(&p.from, a->from) && netaddr_parse(&p.to, a->to));
	return p;
}

static void check_iptables(const struct ask_about *a, const char *rules, const char *expected)
{
	struct firewall f = FIREWALL_INIT;
	struct fw_packet p = packet(a);

	iptables_add(&f, FW_IPTABLES, rules, sets, &p);
	ck_assert_msg(
	    strcmp(fate(&f), expected) == 0, "%s: `%s`, not `%s`", rules, fate(&f), expected);
	firewall_free(&f);
}

/* Rules of filter's INPUT and OUTPUT, with a chain "own" that is jumped to. */
#define FILTER(policy, rules)                                                                      \
	"# by hand\n*filter\n:INPUT " policy " [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT " policy        \
	" [12:3456]\n:own - [0:0]\n" rules "COMMIT\n# end\n"

struct row {
	const char *rules, *expected;
};

static const struct row inward[] = {
	{ FILTER("ACCEPT", ""), "passes" },
	{ FILTER("DROP", ""), "stopped INPUT 0" },
	{ FILTER("ACCEPT", "-A INPUT -p tcp -m tcp --dport 22 -j DROP\n"), "stopped INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT -p udp -m udp --dport 22 -j DROP\n"), "passes" },
	{ FILTER("DROP", "-A INPUT -s 192.0.2.0/24 -p tcp -m tcp --dport 22 -j ACCEPT\n"),
	    "passes" },
	{ FILTER("DROP", "-A INPUT -s 192.0.2.9/32 -j ACCEPT\n"), "stopped INPUT 0" },
	{ FILTER("DROP", "-A INPUT -s 192.0.2.0/255.255.255.240 -j ACCEPT\n"), "passes" },
	{ FILTER("ACCEPT", "-A INPUT -s 192.0.2.8/255.0.255.0 -j DROP\n"), "undecided INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT ! -s 192.0.2.128/25 -j DROP\n"), "stopped INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT ! -d 192.0.2.20/32 -j DROP\n"), "passes" },
	{ FILTER("ACCEPT", "-A INPUT -i eth+ -j DROP\n"), "stopped INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT -i eth1 -j DROP\n"), "passes" },
	{ FILTER("ACCEPT", "-A INPUT ! -i lo -j DROP\n"), "stopped INPUT 1" },
	{ FILTER("DROP", "-A INPUT -p tcp -m multiport --dports 80,20:25,443 -j ACCEPT\n"),
	    "passes" },
	{ FILTER("ACCEPT", "-A INPUT -p tcp -m multiport ! --dports 80,443 -j DROP\n"),
	    "stopped INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT -p tcp -m tcp --dport :21 -j DROP\n"), "passes" },
	{ FILTER("ACCEPT", "-A INPUT -p tcp -m tcp --sport 1024: -j DROP\n"), "stopped INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT -p tcp -m tcp --sport 40000 -j DROP\n"), "undecided INPUT 1" },
	/* States. */
	{ FILTER("DROP",
	      "-A INPUT -i lo -j ACCEPT\n"
	      "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"),
	    "stopped INPUT 0" },
	{ FILTER("DROP", "-A INPUT -m state --state NEW,ESTABLISHED -j ACCEPT\n"), "passes" },
	{ FILTER("ACCEPT", "-A INPUT -m conntrack ! --ctstate NEW -j DROP\n"), "passes" },
	{ FILTER("ACCEPT", "-A INPUT -m conntrack --ctstate INVALID -j DROP\n"), "passes" },
	{ "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 22 -j CT "
	  "--notrack\nCOMMIT\n"
	  "*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n",
	    "undecided INPUT 1" },
	{ "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p udp -j CT --notrack\nCOMMIT\n"
	  "*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate NEW -j ACCEPT\nCOMMIT\n",
	    "passes" },
	/* Flags. */
	{ FILTER("ACCEPT", "-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j DROP\n"),
	    "stopped INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j DROP\n"),
	    "passes" },
	{ FILTER("ACCEPT", "-A INPUT -p tcp -m tcp ! --syn -j DROP\n"), "passes" },
	/* Chains. */
	{ FILTER("ACCEPT", "-A INPUT -j own\n-A own -p udp -j RETURN\n-A own -j REJECT\n"),
	    "stopped own 2" },
	{ FILTER("ACCEPT",
	      "-A INPUT -j own\n-A INPUT -j DROP\n-A own -p tcp -j RETURN\n-A own -j ACCEPT\n"),
	    "stopped INPUT 2" },
	{ FILTER("ACCEPT", "-A INPUT -g own\n-A INPUT -j DROP\n-A own -p udp -j DROP\n"),
	    "passes" },
	{ FILTER("DROP", "-A INPUT -g own\n-A INPUT -j ACCEPT\n"), "stopped INPUT 0" },
	{ FILTER("DROP", "-A INPUT -p tcp -j RETURN\n-A INPUT -j ACCEPT\n"), "stopped INPUT 0" },
	{ FILTER("ACCEPT", "-A INPUT -j own\n-A own -j own\n"), "undecided own 1" },
	{ FILTER("ACCEPT", "-A INPUT -j LOG --log-prefix \"-j DROP \\\"it\\\" \"\n"), "passes" },
	{ FILTER("ACCEPT", "-A INPUT -m comment --comment \"! -s -j DROP\" -j LOG\n"), "passes" },
	{ FILTER("ACCEPT", "-A INPUT -p tcp\n-A INPUT -p tcp -j NFQUEUE --queue-num 0\n"),
	    "undecided INPUT 2" },
	/* What cannot be judged matters only if its ends differ. */
	{ FILTER("ACCEPT", "-A INPUT -m string --string x --algo bm -j DROP\n"),
	    "undecided INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT -p udp -m string --string x --algo bm -j DROP\n"), "passes" },
	{ FILTER(
	      "DROP", "-A INPUT -m hashlimit --hashlimit-upto 1/sec --hashlimit-name a -j DROP\n"),
	    "stopped INPUT 1" },
	{ FILTER("DROP", "-A INPUT -m limit --limit 1/sec -j LOG\n-A INPUT -p tcp -j ACCEPT\n"),
	    "passes" },
	{ FILTER("ACCEPT", "-A INPUT -m strange --mark 0x1 --invert -j DROP\n"),
	    "undecided INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT -j STRANGE\n"), "undecided INPUT 1" },
	/* Marks, kinds, ranges, and the way back. */
	{ FILTER("ACCEPT", "-A INPUT -m mark --mark 0x8000/0x8000 -j DROP\n"), "passes" },
	{ "*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j MARK --set-xmark "
	  "0x1/0xffffffff\n"
	  "COMMIT\n" FILTER("ACCEPT", "-A INPUT -m mark --mark 0x1 -j DROP\n"),
	    "undecided INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT -m addrtype --dst-type LOCAL -j DROP\n"), "stopped INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT -m iprange --src-range 192.0.2.1-192.0.2.9 -j DROP\n"),
	    "passes" },
	{ FILTER("ACCEPT", "-A INPUT -m iprange --src-range 192.0.2.1-192.0.2.10 -j DROP\n"),
	    "stopped INPUT 1" },
	{ "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m rpfilter --loose --validmark --invert "
	  "-j DROP\n"
	  "COMMIT\n",
	    "passes" },
	/* Sets. */
	{ FILTER("ACCEPT", "-A INPUT -m set --match-set bad src -j DROP\n"), "stopped INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT -m set --match-set bad dst -j DROP\n"), "passes" },
	{ FILTER("DROP", "-A INPUT -m set ! --match-set good src -j ACCEPT\n"), "passes" },
	{ FILTER("ACCEPT", "-A INPUT -m set --match-set holes src -j DROP\n"),
	    "undecided INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT -m set --match-set pairs src,dst -j DROP\n"),
	    "undecided INPUT 1" },
	{ FILTER("ACCEPT", "-A INPUT -m set --match-set none src -j DROP\n"), "undecided INPUT 1" },
	/* Tables. */
	{ "*mangle\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -j DROP\nCOMMIT\n" FILTER(
	      "ACCEPT", "-A INPUT -j ACCEPT\n"),
	    "stopped INPUT 1" },
	{ "*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 22 -j REDIRECT --to-ports "
	  "2222\n"
	  "COMMIT\n",
	    "undecided PREROUTING 1" },
	{ FILTER("ACCEPT", "-A FORWARD -j DROP\n-A OUTPUT -j DROP\n"), "passes" },
};

START_TEST(iptables_inward)
{
	check_iptables(&pull, inward[_i].rules, inward[_i].expected);
}
END_TEST

START_TEST(iptables_other_ways)
{
	check_iptables(&push,
	    FILTER("ACCEPT", "-A OUTPUT -d 192.0.2.10/32 -p tcp --dport 22 -j DROP\n"),
	    "stopped OUTPUT 1");
	check_iptables(&push, FILTER("ACCEPT", "-A INPUT -j DROP\n"), "passes");
	check_iptables(&push, FILTER("ACCEPT", "-A OUTPUT -o lo -j DROP\n"), "passes");
	check_iptables(&answer,
	    FILTER("DROP", "-A OUTPUT -m state --state ESTABLISHED -j ACCEPT\n"), "passes");
	check_iptables(&answer, FILTER("DROP", "-A OUTPUT -m state --state NEW -j ACCEPT\n"),
	    "stopped OUTPUT 0");
	check_iptables(
	    &answer, FILTER("ACCEPT", "-A OUTPUT -p tcp --sport 22 -j DROP\n"), "stopped OUTPUT 1");
	check_iptables(
	    &answer, FILTER("ACCEPT", "-A OUTPUT -p tcp --dport 22 -j DROP\n"), "passes");
	check_iptables(&pull6, FILTER("DROP", "-A INPUT -s 2001:db8::/64 -j ACCEPT\n"), "passes");
	check_iptables(
	    &pull6, FILTER("DROP", "-A INPUT -s 2001:db8::9/128 -j ACCEPT\n"), "stopped INPUT 0");
}
END_TEST

/* --- nft --- */

#define CHAIN(name, hook, prio, policy)                                                            \
	"{\"chain\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"" name                         \
	"\",\"handle\":1,\"type\":\"filter\",\"hook\":\"" hook "\",\"prio\":" prio                 \
	",\"policy\":\"" policy "\"}}"
#define OWN "{\"chain\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"own\",\"handle\":2}}"
#define RULE(chain, handle, expr)                                                                  \
	",{\"rule\":{\"family\":\"inet\",\"table\":\"t\",\"chain\":\"" chain                       \
	"\",\"handle\":" handle ",\"expr\":[" expr "]}}"
#define MATCH(op, left, right)                                                                     \
	"{\"match\":{\"op\":\"" op "\",\"left\":" left ",\"right\":" right "}},"
#define PAYLOAD(protocol, field)                                                                   \
	"{\"payload\":{\"protocol\":\"" protocol "\",\"field\":\"" field "\"}}"
#define DPORT PAYLOAD("tcp", "dport")
#define SADDR PAYLOAD("ip", "saddr")
#define STATE "{\"ct\":{\"key\":\"state\"}}"
#define META(key) "{\"meta\":{\"key\":\"" key "\"}}"
#define DROPS "{\"drop\":null}"
#define ACCEPTS "{\"accept\":null}"
#define JUMPS "{\"jump\":{\"target\":\"own\"}}"
#define OPEN CHAIN("in", "input", "0", "accept") "," OWN
#define SHUT CHAIN("in", "input", "0", "drop") "," OWN
#define SETS                                                                                       \
	",{\"set\":{\"family\":\"inet\",\"name\":\"friends\",\"table\":\"t\",\"type\":\"ipv4_"     \
	"addr\","                                                                                  \
	"\"flags\":[\"interval\"],\"elem\":[{\"range\":[\"192.0.2.1\",\"192.0.2.9\"]},"            \
	"{\"prefix\":{\"addr\":\"198.51.100.0\",\"len\":24}}]}}"                                   \
	",{\"set\":{\"family\":\"inet\",\"name\":\"nobody\",\"table\":\"t\",\"type\":\"ipv4_"      \
	"addr\"}}"
#define VMAP(key, elements) "{\"vmap\":{\"key\":" key ",\"data\":{\"set\":[" elements "]}}}"

static const struct row nft[] = {
	{ OPEN, "passes" },
	{ SHUT, "stopped in 0" },
	{ OPEN RULE("in", "7", MATCH("==", DPORT, "22") DROPS), "stopped in 7" },
	{ OPEN RULE("in", "7", MATCH("!=", DPORT, "22") DROPS), "passes" },
	{ OPEN RULE("in", "7", MATCH("==", DPORT, "{\"set\":[21,{\"range\":[22,25]}]}") DROPS),
	    "stopped in 7" },
	{ OPEN RULE("in", "7", MATCH("!=", DPORT, "{\"set\":[22,80]}") DROPS), "passes" },
	{ OPEN RULE("in", "7", MATCH("<", DPORT, "22") DROPS), "passes" },
	{ OPEN RULE("in", "7", MATCH("<=", DPORT, "22") DROPS), "stopped in 7" },
	{ OPEN RULE("in", "7", MATCH("==", PAYLOAD("udp", "dport"), "22") DROPS), "passes" },
	{ OPEN RULE("in", "7", MATCH("!=", PAYLOAD("udp", "dport"), "80") DROPS), "passes" },
	{ OPEN RULE("in", "7",
	      MATCH("==", SADDR, "{\"prefix\":{\"addr\":\"192.0.2.0\",\"len\":28}}") DROPS),
	    "stopped in 7" },
	{ OPEN RULE("in", "7", MATCH("==", PAYLOAD("ip6", "saddr"), "\"2001:db8::10\"") DROPS),
	    "passes" },
	{ OPEN RULE("in", "7", MATCH("!=", PAYLOAD("ip6", "saddr"), "\"2001:db8::10\"") DROPS),
	    "passes" },
	{ SHUT SETS RULE("in", "7", MATCH("==", SADDR, "\"@friends\"") ACCEPTS), "stopped in 0" },
	{ SHUT SETS RULE("in", "7", MATCH("!=", SADDR, "\"@friends\"") ACCEPTS), "passes" },
	{ OPEN SETS RULE("in", "7", MATCH("==", SADDR, "\"@nobody\"") DROPS), "passes" },
	/* States, interfaces, protocols. */
	{ SHUT RULE("in", "7", MATCH("in", STATE, "[\"established\",\"related\"]") ACCEPTS),
	    "stopped in 0" },
	{ SHUT RULE("in", "7", MATCH("in", STATE, "\"new\"") ACCEPTS), "passes" },
	{ OPEN RULE("in", "7", MATCH("==", META("iifname"), "\"eth*\"") DROPS), "stopped in 7" },
	{ OPEN RULE("in", "7", MATCH("!=", META("iifname"), "\"lo\"") DROPS), "stopped in 7" },
	{ OPEN RULE("in", "7", MATCH("!=", META("oifname"), "\"eth0\"") DROPS), "stopped in 7" },
	{ OPEN RULE("in", "7", MATCH("==", META("nfproto"), "\"ipv6\"") DROPS), "passes" },
	{ OPEN RULE("in", "7", MATCH("==", META("l4proto"), "{\"set\":[\"tcp\",\"udp\"]}") DROPS),
	    "stopped in 7" },
	/* Not before connections are looked up. */
	{ CHAIN("early", "prerouting", "-300", "drop")
		RULE("early", "7", MATCH("in", STATE, "\"new\"") ACCEPTS),
	    "undecided early 7" },
	{ CHAIN("early", "prerouting", "-300", "accept") "," SHUT RULE("early", "6",
	      "{\"notrack\":null}") RULE("in", "7", MATCH("in", STATE, "\"new\"") ACCEPTS),
	    "undecided in 7" },
	/* Marks. */
	{ OPEN RULE("in", "7", MATCH("==", META("mark"), "1") DROPS), "passes" },
	{ OPEN RULE("in", "6", "{\"mangle\":{\"key\":{\"meta\":{\"key\":\"mark\"}},\"value\":1}}")
		RULE("in", "7", MATCH("==", META("mark"), "1") DROPS),
	    "undecided in 7" },
	/* The way back. */
	{ OPEN RULE("in", "7",
	      MATCH("==", "{\"fib\":{\"result\":\"oif\",\"flags\":[\"saddr\",\"iif\"]}}", "false")
		  DROPS),
	    "passes" },
	/* Chains and maps. */
	{ OPEN RULE("in", "7", JUMPS) RULE("own", "8", "{\"reject\":{\"type\":\"tcp reset\"}}"),
	    "stopped own 8" },
	{ OPEN RULE("in", "7", JUMPS) RULE("own", "8", "{\"return\":null}") RULE("own", "9", DROPS),
	    "passes" },
	{ SHUT RULE("in", "7", "{\"goto\":{\"target\":\"own\"}}") RULE("in", "8", ACCEPTS),
	    "stopped in 0" },
	{ OPEN RULE("in", "7", VMAP(DPORT, "[22," DROPS "],[80," ACCEPTS "]")), "stopped in 7" },
	{ OPEN RULE("in", "7", VMAP(DPORT, "[\"*\"," DROPS "],[22," ACCEPTS "]")), "passes" },
	{ OPEN RULE("in", "7", VMAP(DPORT, "[22,{\"continue\":null}],[\"*\"," DROPS "]")),
	    "passes" },
	{ OPEN RULE("in", "7", VMAP(DPORT, "[80," DROPS "]")), "passes" },
	{ OPEN RULE("in", "7", VMAP(STATE, "[\"established\"," ACCEPTS "],[\"new\"," JUMPS "]"))
		RULE("own", "8", DROPS),
	    "stopped own 8" },
	/* What is not known. */
	{ OPEN RULE("in", "7", "{\"limit\":{\"rate\":1,\"per\":\"hour\"}}," DROPS),
	    "undecided in 7" },
	{ OPEN RULE("in", "7", "{\"strange\":{}}," DROPS), "undecided in 7" },
	{ OPEN RULE("in", "7", "{\"counter\":{\"packets\":0,\"bytes\":0}},{\"log\":null}," DROPS),
	    "stopped in 7" },
	{ SHUT RULE("in", "6", MATCH("==", "{\"ct\":{\"key\":\"mark\"}}", "1") DROPS)
		RULE("in", "7", ACCEPTS),
	    "undecided in 6" },
	{ OPEN RULE("in", "7", MATCH("==", DPORT, "22") "{\"redirect\":{\"port\":2222}}"),
	    "undecided in 7" },
	/* Tables of devices. */
	{ "{\"chain\":{\"family\":\"netdev\",\"table\":\"n\",\"name\":\"c\",\"handle\":1,\"dev\":"
	  "\"eth0\","
	  "\"type\":\"filter\",\"hook\":\"ingress\",\"prio\":0,\"policy\":\"drop\"}}",
	    "stopped c 0" },
	{ "{\"chain\":{\"family\":\"netdev\",\"table\":\"n\",\"name\":\"c\",\"handle\":1,\"dev\":"
	  "\"eth1\","
	  "\"type\":\"filter\",\"hook\":\"ingress\",\"prio\":0,\"policy\":\"drop\"}}",
	    "passes" },
};

static void check_nft(
    const struct ask_about *a, const char *objects, const char *before, const char *expected)
{
	struct firewall f = FIREWALL_INIT;
	struct fw_packet p = packet(a);
	char text[8192];

	snprintf(text, sizeof(text), "{\"nftables\":[{\"metainfo\":{}},%s]}", objects);
	iptables_add(&f, FW_IPTABLES, before, sets, &p);
	ck_assert_int_eq(nft_add(&f, text, &p), 0);
	ck_assert_msg(
	    strcmp(fate(&f), expected) == 0, "%s: `%s`, not `%s`", objects, fate(&f), expected);
	firewall_free(&f);
}

START_TEST(nft_inward)
{
	check_nft(&pull, nft[_i].rules, "", nft[_i].expected);
}
END_TEST

/* An answer comes to a port that the kernel chose. */
START_TEST(nft_answers)
{
	static const struct ask_about back = { "192.0.2.10", "192.0.2.20", "eth0", 22, false,
		true };

	check_nft(&back, OPEN RULE("in", "7", MATCH("==", DPORT, "22") DROPS), "", "passes");
	check_nft(&back, OPEN RULE("in", "7", MATCH(">", DPORT, "1023") DROPS), "", "stopped in 7");
	check_nft(
	    &back, OPEN RULE("in", "7", MATCH("==", DPORT, "40000") DROPS), "", "undecided in 7");
	check_nft(&back, OPEN RULE("in", "7", MATCH("==", PAYLOAD("tcp", "sport"), "22") DROPS), "",
	    "stopped in 7");
}
END_TEST

/* A table with the name of one of iptables' own is read where iptables did not
 * show it. */
START_TEST(nft_beside_iptables)
{
	static const char table[] =
	    "{\"chain\":{\"family\":\"ip\",\"table\":\"filter\",\"name\":\"INPUT\",\"handle\":1,"
	    "\"type\":\"filter\",\"hook\":\"input\",\"prio\":0,\"policy\":\"drop\"}}";

	check_nft(&pull, table, "", "stopped INPUT 0");
	check_nft(&pull, table, FILTER("ACCEPT", ""), "passes");
	check_nft(&pull6, table, "", "passes");
}
END_TEST

START_TEST(no_rules)
{
	static const char *const bad[] = { "", "{", "[]", "{\"nftables\":1}", "null" };
	struct firewall f = FIREWALL_INIT;
	struct fw_packet p = packet(&pull);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(nft_add(&f, bad[i], &p), -1);
	iptables_add(&f, FW_IPTABLES, "-A INPUT -j DROP\n:INPUT\n*\n-A\n-A INPUT !\n", "", &p);
	ck_assert_str_eq(fate(&f), "passes");
	firewall_free(&f);
}
END_TEST

int main(void)
{
	static const size_t rows[] = { sizeof(inward) / sizeof(inward[0]),
		sizeof(nft) / sizeof(nft[0]) };
	Suite *s = suite_create("firewall");
	TCase *t = tcase_create("firewall");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, iptables_inward, 0, (int)rows[0]);
	tcase_add_loop_test(t, nft_inward, 0, (int)rows[1]);
	tcase_add_test(t, iptables_other_ways);
	tcase_add_test(t, nft_answers);
	tcase_add_test(t, nft_beside_iptables);
	tcase_add_test(t, no_rules);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
