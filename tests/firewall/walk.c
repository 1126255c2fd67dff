/* SPDX-License-Identifier: ISC */
/*
 * firewall-walk DIR < QUESTIONS: what the walk says of rule sets that lie in
 * DIR as their programs print them (nft, ipset, iptables, iptables-legacy,
 * ip6tables, ip6tables-legacy; each may be missing). A question is a line "FROM
 * TO PORT INTERFACE in|out|reply-in|reply-out"; its answer is a line "passes",
 * "stopped WHERE" or "undecided WHERE".
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "bijk-doctor/iptables_text.h"
#include "bijk-doctor/nft_json.h"
#include "common/base/buf.h"
#include "common/base/io.h"
#include "common/base/msg.h"
#include "common/base/num.h"

#include "common/base/banned.h"

enum { NFT, IPSET, IPTABLES, LEGACY, IP6TABLES, LEGACY6, TEXTS };
static const char *const names[TEXTS] = { "nft", "ipset", "iptables", "iptables-legacy",
	"ip6tables", "ip6tables-legacy" };

static char *text_of(const char *dir, const char *name)
{
	struct buf b = BUF_INIT(16u << 20);
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		if (read_all(fd, &b, deadline_in_s(10)) == -1)
			die(EX_IOERR, "%s: cannot be read", path);
		close(fd);
	}
	if (buf_adds(&b, "") == -1)
		die(EX_OSERR, "out of memory");
	return b.data;
}

static void answer(char *const texts[TEXTS], const struct fw_packet *p)
{
	static const char *const fates[] = { "passes", "stopped", "undecided" };
	struct firewall f = FIREWALL_INIT;
	bool six = p->from.family == AF_INET6;
	struct fw_end end;

	iptables_add(&f, FW_IPTABLES, texts[six ? IP6TABLES : IPTABLES], texts[IPSET], p);
	iptables_add(&f, FW_IPTABLES_LEGACY, texts[six ? LEGACY6 : LEGACY], texts[IPSET], p);
	if (texts[NFT][0] != '\0' && nft_add(&f, texts[NFT], p) == -1)
		die(EX_DATAERR, "that is no JSON of nft");
	end = firewall_walk(&f);
	printf("%s", fates[end.fate]);
	if (end.fate != FW_PASSES)
		printf(" %s %s: %s", end.chain->table, end.chain->name,
		    end.rule != NULL ? end.rule->text : "policy");
	printf("\n");
	firewall_free(&f);
}

static void question(char *const texts[TEXTS], char *line)
{
	char *word[5], *rest = line;
	struct fw_packet p = { .outgoing = false };
	uint64_t port;

	for (int i = 0; i < 5; i++) {
		word[i] = strtok_r(i == 0 ? line : NULL, " \n", &rest);
		if (word[i] == NULL)
			die(EX_DATAERR, "a question has five words");
	}
	if (!netaddr_parse(&p.from, word[0]) || !netaddr_parse(&p.to, word[1]) ||
	    num_parse(word[2], 1, 65535, &port) == -1)
		die(EX_DATAERR, "no addresses or no port: %s", word[0]);
	p.port = (uint16_t)port;
	p.interface = word[3];
	p.reply = strncmp(word[4], "reply-", 6) == 0;
	p.outgoing = strcmp(p.reply ? word[4] + 6 : word[4], "out") == 0;
	answer(texts, &p);
}

int main(int argc, char **argv)
{
	char *texts[TEXTS], line[512];

	if (argc != 2)
		die(EX_USAGE, "usage: firewall-walk DIR");
	for (int i = 0; i < TEXTS; i++)
		texts[i] = text_of(argv[1], names[i]);
	while (fgets(line, sizeof(line), stdin) != NULL)
		question(texts, line);
	for (int i = 0; i < TEXTS; i++)
		free(texts[i]);
	return 0;
}
