/* SPDX-License-Identifier: ISC */
#include "bijk-doctor/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/io.h"

#include "common/base/banned.h"

#define LISTEN_STATE 0x0a

/* The kernel prints each 32-bit word of an address as a number of this
 * machine's byte order. */
static bool address_of(char out[SOCK_ADDR_MAX], const char *hex)
{
	uint32_t words[4];
	size_t n = strlen(hex) / 8;

	if (n != 1 && n != 4)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (sscanf(hex + 8 * i, "%8x", &words[i]) != 1)
			return false;
	}
	return inet_ntop(n == 1 ? AF_INET : AF_INET6, words, out, SOCK_ADDR_MAX) != NULL;
}

size_t listeners_parse(struct listener *v, size_t n, const char *text)
{
	while (*text != '\0' && n < LISTENERS_MAX) {
		const char *end = strchrnul(text, '\n');
		char line[256], address[40];
		unsigned port, state;

		snprintf(
		    line, sizeof(line), "%.*s", (int)(end - text < 255 ? end - text : 255), text);
		if (sscanf(line,
			" %*[0-9]: %39[0-9A-Fa-f]:%4x %*39[0-9A-Fa-f]:%*4x %2x %*s %*s %*s %u %*s "
			"%lu",
			address, &port, &state, &v[n].uid, &v[n].inode) == 5 &&
		    state == LISTEN_STATE && address_of(v[n].address, address)) {
			v[n++].port = (uint16_t)port;
		}
		text = *end == '\0' ? end : end + 1;
	}
	return n;
}

size_t listeners(struct listener v[LISTENERS_MAX])
{
	static const char *const files[] = { "/proc/net/tcp", "/proc/net/tcp6" };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct buf b = BUF_INIT(8u << 20);
		int fd = open(files[i], O_RDONLY | O_CLOEXEC);

		/* Those that listen come first: what is beyond the buffer are
		 * connections. */
		if (fd != -1 && (read_all(fd, &b, DEADLINE_NEVER) == 0 || errno == EMSGSIZE) &&
		    b.data != NULL)
			n = listeners_parse(v, n, b.data);
		close_fd(fd);
		buf_free(&b);
	}
	return n;
}

bool address_is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

bool listener_takes(const struct listener *l, const char *address, uint16_t port)
{
	bool v6 = strchr(address, ':') != NULL;

	if (l->port != port)
		return false;
	return strcmp(l->address, address) == 0 || strcmp(l->address, "::") == 0 ||
	    (!v6 && strcmp(l->address, "0.0.0.0") == 0);
}
