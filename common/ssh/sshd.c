/* SPDX-License-Identifier: ISC */
#include "common/ssh/sshd.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/base/child.h"
#include "common/base/hostaddr.h"
#include "common/base/msg.h"
#include "common/base/text.h"

#include "common/base/banned.h"

#define SSHD "/usr/sbin/sshd"
#define SSHD_SECONDS 10
#define OUTPUT_MAX 262144
#define LISTEN "listenaddress "

uint16_t sshd_port_in(const char *text)
{
	const char *end = text + strlen(text), *next;
	uint16_t first = 0;

	for (const char *line = text; line < end; line = next) {
		char value[300], addr[256];
		uint16_t port;
		size_t len;

		text_line(line, end, &next);
		if (strncmp(line, LISTEN, strlen(LISTEN)) != 0)
			continue;
		len = strcspn(line + strlen(LISTEN), " \r\n");
		if (len >= sizeof(value))
			continue;
		memcpy(value, line + strlen(LISTEN), len);
		value[len] = '\0';
		if (!hostaddr_split(value, addr, sizeof(addr), &port))
			continue;
		if (strncmp(addr, "127.", 4) != 0 && strcmp(addr, "::1") != 0)
			return port;
		if (first == 0)
			first = port;
	}
	return first;
}

static int ask_sshd(const char *identity, struct buf *out)
{
	struct argv a = { .n = 0 };
	struct buf ignored = BUF_INIT(OUTPUT_MAX); /* such as host keys that we may not read */
	int code = 0, rc;

	argv_add(&a, SSHD);
	argv_add(&a, "-T");
	argv_add(&a, "-h");
	argv_add(&a, identity);
	rc = argv_done(&a) == NULL
	    ? -1
	    : child_run(argv_done(&a), out, &ignored, deadline_in_s(SSHD_SECONDS), &code);
	buf_free(&ignored);
	argv_free(&a);
	return rc == 0 && code == 0 ? 0 : -1;
}

bool sshd_here(void)
{
	return access(SSHD, X_OK) == 0;
}

uint16_t sshd_port(const char *identity)
{
	struct buf out = BUF_INIT(OUTPUT_MAX);
	uint16_t port = 0;

	if (!sshd_here())
		return 0;
	if (ask_sshd(identity, &out) == 0 && out.data != NULL)
		port = sshd_port_in(out.data);
	else
		msg_info("%s -T does not report its port", SSHD);
	buf_free(&out);
	return port;
}
