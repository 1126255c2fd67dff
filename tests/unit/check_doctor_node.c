/* SPDX-License-Identifier: ISC */
/* The small judgements of bijk-doctor: words for a shell, slips of the pen,
 * lines of bijk-push. */
#include <string.h>

#include "bijk-doctor/doctor.h"
#include "bijk-doctor/shellword.h"
#include "common/base/text.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

START_TEST(shell_words)
{
	char longest[2000];

	ck_assert_str_eq(shell_word("/etc/ssh/sshd_config"), "/etc/ssh/sshd_config");
	ck_assert_str_eq(shell_word("a b"), "'a b'");
	ck_assert_str_eq(shell_word("$(id)"), "'$(id)'");
	ck_assert_str_eq(shell_word("it's"), "'it'\\''s'");
	ck_assert_str_eq(shell_word("*"), "'*'");
	ck_assert_str_eq(shell_word("~"), "'~'");
	ck_assert_str_eq(shell_word(""), "''");
	ck_assert_str_eq(shell_word("a\nb"), "''");
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	ck_assert_str_eq(shell_word(longest), "''");
}
END_TEST

START_TEST(slips)
{
	ck_assert_uint_eq(word_distance("sender", "sender"), 0);
	ck_assert_uint_eq(word_distance("sendr", "sender"), 1);
	ck_assert_uint_eq(word_distance("sneder", "sender"), 2);
	ck_assert_uint_eq(word_distance("", "node"), 4);
	ck_assert_uint_gt(word_distance("nginx", "node"), 2);
	ck_assert(word_near("prot", "port"));
	ck_assert(word_near("sendr", "sender"));
	ck_assert(!word_near("foo", "port"));
	ck_assert(!word_near("nam", "mode"));
	ck_assert(!word_near("", "port"));
}
END_TEST

START_TEST(said_by_push)
{
	static char text[] = "ok    hash: /etc/bijk/hash\n"
			     "note  2001:db8::1, sshd: port 22: it is slow\n"
			     "no line of a finding\n"
			     "bad   master, registration: pending\n";
	struct doctor d = { .push = { .out = { .data = text } } };
	const char *at = NULL;
	struct said s;

	ck_assert(doctor_push_said(&d, &at, &s));
	ck_assert_int_eq(s.verdict, VERDICT_OK);
	ck_assert_str_eq(s.host, "");
	ck_assert_str_eq(s.what, "hash");
	ck_assert_str_eq(s.text, "/etc/bijk/hash");
	ck_assert(doctor_push_said(&d, &at, &s));
	ck_assert_int_eq(s.verdict, VERDICT_WARN);
	ck_assert_str_eq(s.host, "2001:db8::1");
	ck_assert_str_eq(s.what, "2001:db8::1, sshd");
	ck_assert_str_eq(s.text, "port 22: it is slow");
	ck_assert(doctor_push_said(&d, &at, &s));
	ck_assert_int_eq(s.verdict, VERDICT_FAIL);
	ck_assert_str_eq(s.host, "master");
	ck_assert_str_eq(s.text, "pending");
	ck_assert(!doctor_push_said(&d, &at, &s));
	d.push.out.data = NULL;
	at = NULL;
	ck_assert(!doctor_push_said(&d, &at, &s));
}
END_TEST

SUITE_MAIN("doctor_node", shell_words, slips, said_by_push)
