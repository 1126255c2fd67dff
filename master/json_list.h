/* SPDX-License-Identifier: ISC */
/* A JSON array on standard output, one object a line, written as it comes. */
#ifndef BIJK_JSON_LIST_H
#define BIJK_JSON_LIST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct json_list {
	bool any;
};

void json_list_begin(struct json_list *l);
/* Takes the object over; one that could not be made (NULL) ends the program. */
void json_list_add(struct json_list *l, json_t *object);
void json_list_end(struct json_list *l);

/* A moment (seconds since 1970) as RFC 3339, null for 0; a text, null for ""; a number beyond
 * INT64_MAX as that. */
json_t *json_when(int64_t seconds);
json_t *json_text(const char *s);
json_t *json_count(uint64_t n);

#endif
