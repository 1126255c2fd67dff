/* SPDX-License-Identifier: ISC */
/* The small judgements of bijk-doctor: an account's dates, words for a shell,
 * slips of the pen. */
#include <string.h>

#include "bijk-doctor/account_bar.h"
#include "bijk-doctor/shellword.h"
#include "common/base/text.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

#define TODAY 20000

/* As useradd makes it with the password `*`. */
static struct spwd entry(void)
{
	static char star[] = "*";

	return (struct spwd){ .sp_pwdp = star,
		.sp_lstchg = TODAY - 10,
		.sp_min = 0,
		.sp_max = 99999,
		.sp_warn = 7,
		.sp_inact = -1,
		.sp_expire = -1 };
}

START_TEST(locks)
{
	static char locked[] = "!*", starred[] = "*LK*";
	struct spwd s = entry();

	ck_assert_int_eq(account_bar(&s, TODAY, true), ACCOUNT_OPEN);
	ck_assert_int_eq(account_bar(&s, TODAY, false), ACCOUNT_OPEN);
	s.sp_pwdp = locked;
	ck_assert_int_eq(account_bar(&s, TODAY, true), ACCOUNT_OPEN);
	ck_assert_int_eq(account_bar(&s, TODAY, false), ACCOUNT_LOCKED);
	s.sp_pwdp = starred;
	ck_assert_int_eq(account_bar(&s, TODAY, false), ACCOUNT_OPEN);
}
END_TEST

START_TEST(dates)
{
	struct spwd s = entry();

	s.sp_expire = TODAY + 1;
	ck_assert_int_eq(account_bar(&s, TODAY, true), ACCOUNT_OPEN);
	s.sp_expire = TODAY;
	ck_assert_int_eq(account_bar(&s, TODAY, true), ACCOUNT_EXPIRED);
	s.sp_expire = 1;
	ck_assert_int_eq(account_bar(&s, TODAY, false), ACCOUNT_EXPIRED);
	s = entry();
	s.sp_lstchg = 0;
	ck_assert_int_eq(account_bar(&s, TODAY, true), ACCOUNT_MUST_CHANGE);
	s = entry();
	s.sp_max = 10;
	ck_assert_int_eq(account_bar(&s, TODAY, true), ACCOUNT_OPEN);
	ck_assert_int_eq(account_bar(&s, TODAY + 1, true), ACCOUNT_AGED);
	ck_assert_int_eq(account_bar(&s, TODAY + 1, false), ACCOUNT_OPEN);
	s.sp_lstchg = -1;
	ck_assert_int_eq(account_bar(&s, TODAY + 1, true), ACCOUNT_OPEN);
}
END_TEST

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

SUITE_MAIN("doctor_node", locks, dates, shell_words, slips)
