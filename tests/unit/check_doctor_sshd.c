/* SPDX-License-Identifier: ISC */
/* What bijk-doctor concludes from sshd's lists, settings and sockets. */
#include <string.h>

#include "bijk-doctor/sshd_match.h"
#include "bijk-doctor/sshd_text.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

START_TEST(patterns)
{
	ck_assert(sshd_pattern_matches("bijk", "bijk"));
	ck_assert(sshd_pattern_matches("bijk", "b*"));
	ck_assert(sshd_pattern_matches("bijk", "?ij?"));
	ck_assert(sshd_pattern_matches("bijk", "*"));
	ck_assert(sshd_pattern_matches("", "*"));
	ck_assert(sshd_pattern_matches("abcabd", "*abd"));
	ck_assert(!sshd_pattern_matches("bijk", "Bijk"));
	ck_assert(!sshd_pattern_matches("bijk", "bij"));
	ck_assert(!sshd_pattern_matches("bij", "bij?"));
	ck_assert(!sshd_pattern_matches("", "?"));
	ck_assert(!sshd_pattern_matches("bijk", ""));
}
END_TEST

static const struct {
	const char *pattern;
	int result;
} users[] = {
	{ "bijk", 1 },
	{ "root", 0 },
	{ "bijk@192.0.2.10", 1 },
	{ "bijk@192.0.2.9", 0 },
	{ "bijk@192.0.2.0/24", 1 },
	{ "bijk@192.0.3.0/24", 0 },
	{ "*@192.0.2.*", 1 },
	{ "bijk@Master.example", 1 },
	{ "bijk@*.example", 1 },
	{ "bijk@10.0.0.0/8,192.0.2.0/28", 1 },
	{ "bijk@192.0.2.0/24,!192.0.2.10", 0 },
	{ "bijk@!192.0.2.9", 0 },
	{ "root@192.0.2.10", 0 },
	{ "bijk@192.0.2.10/24", -1 }, /* bits behind the mask */
	{ "bijk@192.0.2.0/33", -1 },
	{ "bijk@2001:db8::/32", 0 },
};

START_TEST(users_match)
{
	ck_assert_msg(sshd_user_matches("bijk", "master.example", "192.0.2.10",
			  users[_i].pattern) == users[_i].result,
	    "%s", users[_i].pattern);
}
END_TEST

static enum sshd_list_name out_by(const char *deny_user, const char *allow_user,
    const char *deny_group, const char *allow_group, const char **pattern)
{
	static const char *const groups[] = { "bijk", "adm" };
	struct sshd_lists l = {
		.deny_users = { &deny_user, deny_user != NULL },
		.allow_users = { &allow_user, allow_user != NULL },
		.deny_groups = { &deny_group, deny_group != NULL },
		.allow_groups = { &allow_group, allow_group != NULL },
	};
	struct sshd_who w = {
		.user = "bijk", .groups = { groups, 2 }, .host = "m", .addr = "192.0.2.1"
	};

	return sshd_keeps_out(&l, &w, pattern);
}

START_TEST(lists)
{
	const char *p = "";

	ck_assert_int_eq(out_by(NULL, NULL, NULL, NULL, &p), SSHD_NO_LIST);
	ck_assert_int_eq(out_by("games", "bijk", "games", "adm", &p), SSHD_NO_LIST);
	ck_assert_int_eq(out_by(NULL, "root", NULL, NULL, &p), SSHD_ALLOW_USERS);
	ck_assert_ptr_null(p);
	ck_assert_int_eq(out_by(NULL, NULL, NULL, "wheel", &p), SSHD_ALLOW_GROUPS);
	ck_assert_ptr_null(p);
	ck_assert_int_eq(out_by(NULL, NULL, "a*", NULL, &p), SSHD_DENY_GROUPS);
	ck_assert_str_eq(p, "a*");
	/* A Deny wins, whoever is allowed. */
	ck_assert_int_eq(out_by("b*", "bijk", NULL, "bijk", &p), SSHD_DENY_USERS);
	ck_assert_str_eq(p, "b*");
	ck_assert_str_eq(sshd_list_keyword(SSHD_DENY_USERS), "DenyUsers");
	ck_assert_str_eq(sshd_list_keyword(SSHD_ALLOW_GROUPS), "AllowGroups");
}
END_TEST

START_TEST(effective)
{
	static const char text[] = "port 22\nallowusers root\nallowusers bijk@192.0.2.0/28\r\n"
				   "maxstartups 10:30:100\nallowusersx no\nlast";
	char v[SSHD_VALUE_MAX];
	struct sshd_words w;

	ck_assert(sshd_value(text, "port", v));
	ck_assert_str_eq(v, "22");
	ck_assert(sshd_value(text, "maxstartups", v));
	ck_assert_str_eq(v, "10:30:100");
	ck_assert(!sshd_value(text, "maxstart", v));
	ck_assert(!sshd_value(text, "last", v));
	ck_assert(!sshd_value("", "port", v));
	sshd_words(&w, text, "allowusers");
	ck_assert_uint_eq(w.n, 2);
	ck_assert_str_eq(w.v[0], "root");
	ck_assert_str_eq(w.v[1], "bijk@192.0.2.0/28");
	sshd_words_free(&w);
}
END_TEST

START_TEST(config_lines)
{
	char k[64], v[SSHD_VALUE_MAX], longest[SSHD_VALUE_MAX + 16];

	ck_assert(sshd_config_line("  AllowUsers\troot  bijk \r", k, v));
	ck_assert_str_eq(k, "allowusers");
	ck_assert_str_eq(v, "root  bijk");
	ck_assert(sshd_config_line("Port=2222", k, v));
	ck_assert_str_eq(v, "2222");
	ck_assert(sshd_config_line("Port = 2222", k, v));
	ck_assert_str_eq(v, "2222");
	ck_assert(!sshd_config_line("", k, v));
	ck_assert(!sshd_config_line(" \t", k, v));
	ck_assert(!sshd_config_line(" # Port 22", k, v));
	ck_assert(!sshd_config_line("= 2", k, v));
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "Port ", 5);
	longest[sizeof(longest) - 1] = '\0';
	ck_assert(!sshd_config_line(longest, k, v));
}
END_TEST

START_TEST(titles)
{
	char o[SSHD_VALUE_MAX];

	ck_assert_int_eq(sshd_options_in_title(
			     "sshd: /usr/sbin/sshd -D -p 2222 [listener] 0 of 10-100 startups", o),
	    0);
	ck_assert_str_eq(o, "-D -p 2222");
	ck_assert_int_eq(
	    sshd_options_in_title("sshd: /usr/sbin/sshd [listener] 0 of 10-100 startups", o), 0);
	ck_assert_str_eq(o, "");
	ck_assert_int_eq(sshd_options_in_title("/usr/sbin/sshd -D", o), 0);
	ck_assert_str_eq(o, "-D");
	ck_assert_int_eq(sshd_options_in_title("sshd: bijk [priv]", o), -1);
	ck_assert_int_eq(sshd_options_in_title("sshd: bijk@notty", o), -1);
	ck_assert_int_eq(sshd_options_in_title("", o), -1);
	/* Whoever is on this machine can call a process so. */
	ck_assert_int_eq(sshd_options_in_title("sshd: [listener]", o), -1);
	ck_assert_int_eq(sshd_options_in_title("sshd:  [listener]", o), 0);
	ck_assert_str_eq(o, "");
}
END_TEST

SUITE_MAIN_TABLE("doctor_sshd", users_match, sizeof(users) / sizeof(users[0]), patterns, lists,
    effective, config_lines, titles)
