/* SPDX-License-Identifier: ISC */
#include "master/json_list.h"

#include <stdio.h>
#include <sysexits.h>

#include "common/base/msg.h"
#include "common/base/text.h"
#include "master/when.h"

#include "common/base/banned.h"

void json_list_begin(struct json_list *l)
{
	l->any = false;
	putchar('[');
}

void json_list_add(struct json_list *l, json_t *object)
{
	if (object == NULL)
		die(EX_OSERR, "out of memory");
	fputs(l->any ? ",\n" : "\n", stdout);
	l->any = true;
	json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
}

void json_list_end(struct json_list *l)
{
	fputs(l->any ? "\n]\n" : "]\n", stdout);
}

json_t *json_when(int64_t seconds)
{
	char text[WHEN_MAX];

	if (seconds == 0)
		return json_null();
	when_format(seconds, text);
	return json_string(text);
}

json_t *json_text(const char *s)
{
	/* What is no UTF-8 cannot stand in JSON as it is. */
	json_t *v = s[0] == '\0' ? json_null() : json_string(s);

	return v != NULL ? v : json_string(vis_str(s));
}

json_t *json_count(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}
