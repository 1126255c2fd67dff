/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/script.h"

#include <string.h>

#include "common/base/banned.h"

#define OPS 8

static enum peer_more speak(struct peer *p, void *arg)
{
	struct script *s = arg;
	size_t before = p->say.len;
	unsigned lines = s->lines;

	/* A line at a time: what follows may depend on what is said to it. */
	while (s->in.left > 0 && s->lines == lines) {
		uint8_t c = (uint8_t)input_byte(&s->in);
		if (c == SCRIPT_PAUSE)
			return PEER_PAUSE;
		if (c >= 1 && c <= OPS)
			s->op(s, c);
		else
			script_say(s, &c, 1);
	}
	return p->say.len > before || s->in.left > 0 ? PEER_MORE : PEER_END;
}

void script_begin(struct script *s, struct peer *p, struct input in)
{
	s->in = in;
	s->peer = p;
	s->line = (struct buf)BUF_INIT(PEER_MAX);
	s->lines = 0;
	p->more = speak;
	p->arg = s;
}

void script_end(struct script *s)
{
	buf_free(&s->line);
}

void script_say_raw(struct script *s, const void *data, size_t len)
{
	buf_add(&s->peer->say, data, len);
}

void script_say(struct script *s, const void *data, size_t len)
{
	const char *c = data;

	buf_add(&s->peer->say, data, len);
	for (size_t i = 0; i < len; i++) {
		if (c[i] != '\n') {
			buf_add(&s->line, c + i, 1);
			continue;
		}
		if (s->said_line != NULL)
			s->said_line(s, s->line.data != NULL ? s->line.data : "", s->line.len);
		s->lines++;
		buf_reset(&s->line);
	}
}

void script_says(struct script *s, const char *text)
{
	script_say(s, text, strlen(text));
}

bool heard_line(const struct peer *p, size_t *at, char *line, size_t size)
{
	const char *from, *lf;
	size_t len;

	if (p->heard.len <= *at)
		return false;
	from = p->heard.data + *at;
	lf = memchr(from, '\n', p->heard.len - *at);
	if (lf == NULL)
		return false;
	len = (size_t)(lf - from);
	require(len < size);
	memcpy(line, from, len);
	line[len] = '\0';
	*at += len + 1;
	return true;
}
