/* SPDX-License-Identifier: ISC */
#include "tests/hostile/channel.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/base/buf.h"
#include "common/base/deadline.h"
#include "common/base/io.h"

#include "common/base/banned.h"

#define PACKET_MAX (512 * 1024)
#define SECONDS 60
#define WINDOW (1 << 20)

enum {
	MUX_HELLO = 1,
	MUX_VERSION = 4,
	MUX_C_PROXY = 0x1000000f,
	OPEN = 90,
	OPEN_CONFIRMATION,
	OPEN_FAILURE,
	WINDOW_ADJUST,
	DATA,
	EXTENDED_DATA,
	END,
	CLOSE,
	REQUEST,
	SUCCESS,
	FAILURE
};
#define MUX_S_PROXY 0x8000000fU

static int sock;
static uint32_t ours, peer; /* the channel's numbers */
static deadline_t deadline;
static struct buf out = BUF_INIT(PACKET_MAX), in = BUF_INIT(PACKET_MAX);
static size_t in_at;

static _Noreturn void lost(const char *what)
{
	printf("the connection ended: %s\n", what);
	exit(69);
}

static void to_wire(uint8_t b[4], uint32_t v)
{
	for (int i = 0; i < 4; i++)
		b[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint32_t from_wire(const uint8_t b[4])
{
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

void put_u8(uint8_t v)
{
	buf_add(&out, &v, 1);
}

void put_u32(uint32_t v)
{
	uint8_t b[4];

	to_wire(b, v);
	buf_add(&out, b, sizeof(b));
}

void put_bytes(const void *p, size_t len)
{
	put_u32((uint32_t)len);
	buf_add(&out, p, len);
}

void put_string(const char *s)
{
	put_bytes(s, strlen(s));
}

/* The length stands in front; a packet of SSH then has its padding, which is none here, and type. */
static void begin(uint8_t type)
{
	buf_reset(&out);
	put_u32(0);
	put_u8(0);
	put_u8(type);
}

void channel_send(void)
{
	if (!buf_ok(&out))
		lost("the packet is too long");
	to_wire((uint8_t *)out.data, (uint32_t)out.len - 4);
	if (write_full(sock, out.data, out.len) == -1)
		lost("writing");
}

static void read_packet(void)
{
	uint8_t head[4];
	uint32_t len;

	if (wait_fd(sock, POLLIN, deadline) != 1)
		lost("no answer in time");
	if (read_full(sock, head, sizeof(head)) != sizeof(head))
		lost("by the other end");
	len = from_wire(head);
	buf_reset(&in);
	if (buf_reserve(&in, len) == -1 || read_full(sock, in.data, len) != (ssize_t)len)
		lost("in a packet");
	in.len = len;
	in_at = 0;
}

static const char *get(size_t len)
{
	if (in.len - in_at < len)
		lost("a packet is too short");
	in_at += len;
	return in.data + in_at - len;
}

static uint32_t get_u32(void)
{
	return from_wire((const uint8_t *)get(4));
}

/* The next packet's type, with our number of the channel behind it already read. */
static int next_type(void)
{
	int type;

	read_packet();
	type = (uint8_t)get(2)[1];
	get_u32();
	return type;
}

void channel_log_in(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(a.sun_path))
		lost("the socket's name is too long");
	memcpy(a.sun_path, path, strlen(path) + 1);
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock == -1 || connect(sock, (struct sockaddr *)&a, sizeof(a)) == -1)
		lost(strerror(errno));
	deadline = deadline_in_s(SECONDS);
	buf_reset(&out);
	put_u32(0);
	put_u32(MUX_HELLO);
	put_u32(MUX_VERSION);
	channel_send();
	read_packet();
	buf_reset(&out);
	put_u32(0);
	put_u32(MUX_C_PROXY);
	put_u32(0);
	channel_send();
	read_packet();
	if (get_u32() != MUX_S_PROXY)
		lost("ssh does not let us through");
}

bool channel_open(const char *kind, void (*more)(const char *), const char *where)
{
	int type;

	deadline = deadline_in_s(SECONDS);
	begin(OPEN);
	put_string(kind);
	put_u32(++ours);
	put_u32(WINDOW);
	put_u32(32768);
	if (more != NULL)
		more(where);
	channel_send();
	do
		type = next_type();
	while (type != OPEN_CONFIRMATION && type != OPEN_FAILURE);
	peer = get_u32();
	return type == OPEN_CONFIRMATION;
}

void channel_request(const char *kind, bool want_reply)
{
	begin(REQUEST);
	put_u32(peer);
	put_string(kind);
	put_u8(want_reply);
}

static void say(uint8_t type)
{
	begin(type);
	put_u32(peer);
	channel_send();
}

void channel_end(void)
{
	say(END);
}

void channel_close(void)
{
	struct answer a;

	say(CLOSE);
	channel_hear(&a);
}

static void note_error(struct answer *a)
{
	size_t len;
	const char *p;

	get_u32();
	len = get_u32();
	p = get(len);
	for (size_t i = 0; i < len; i++)
		a->err_lines += p[i] == '\n';
	if (a->err_bytes == 0)
		snprintf(a->err, sizeof(a->err), "%.*s", (int)len, p);
	a->err_bytes += len;
}

static void note_end(struct answer *a)
{
	static const char status[] = "exit-status";
	size_t len = get_u32();
	const char *kind = get(len);

	get(1);
	if (len == sizeof(status) - 1 && memcmp(kind, status, len) == 0)
		a->code = (int)get_u32();
}

void channel_hear(struct answer *a)
{
	bool closing = false;

	for (;;) {
		switch (next_type()) {
		case SUCCESS: a->accepted = true; break;
		case FAILURE:
			a->accepted = false;
			if (!closing)
				say(CLOSE);
			closing = true;
			break;
		case DATA: a->out_bytes += get_u32(); break;
		case EXTENDED_DATA: note_error(a); break;
		case REQUEST: note_end(a); break;
		case CLOSE:
			if (!closing)
				say(CLOSE);
			return;
		default: break;
		}
	}
}
