/* SPDX-License-Identifier: ISC */
/*
 * Configuration files against the real tables of config.h: what is taken, and
 * how what is wrong is named.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/yaml.h"
#include "common/config.h"
#include "master/store/store.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

static char dir[] = "/tmp/check_yaml.XXXXXX";
static char file[64], why[YAML_WHY_MAX];

/* A directory for each test, which runs in a process of its own. */
static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/file.yml", dir);
}

static void teardown(void)
{
	unlink(file);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void write_file(const char *text, size_t len)
{
	FILE *f = fopen(file, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

static struct node_config taken(const char *text)
{
	struct node_config c;

	write_file(text, strlen(text));
	ck_assert_msg(node_config_read(file, &c, why) == 0, "refused: %s", why);
	return c;
}

static void takes(const char *text)
{
	struct node_config c = taken(text);

	node_config_free(&c);
}

/*
 * The reason that is named begins with the file and this place, and has these
 * words.
 */
static void refuses_bytes(const char *text, size_t len, const char *place, const char *words)
{
	struct node_config c;
	size_t n = strlen(file);

	write_file(text, len);
	ck_assert_msg(node_config_read(file, &c, why) == -1, "taken: %.60s", text);
	node_config_free(&c);
	ck_assert_msg(strncmp(why, file, n) == 0 && why[n] == ':' &&
		strncmp(why + n + 1, place, strlen(place)) == 0 &&
		strncmp(why + n + 1 + strlen(place), ": ", 2) == 0,
	    "`%s` does not name %s", why, place);
	ck_assert_msg(strstr(why, words) != NULL, "`%s` does not say `%s`", why, words);
	ck_assert_msg(strchr(why, '\n') == NULL, "more than a line: `%s`", why);
}

static void refuses(const char *text, const char *place, const char *words)
{
	refuses_bytes(text, strlen(text), place, words);
}

START_TEST(defaults)
{
	static const char *const empty[] = { "", "\n", "# nothing\n", "---\n", "{}\n", "sender:\n",
		"sender: ~\n", "sender: {}\n", "sender:\n  period:\n  masters:\n", "~\n" };
	struct node_config c;

	write_file("", 0);
	ck_assert_int_eq(node_config_read(file, &c, why), 0);
	ck_assert_uint_eq(c.period, 240);
	ck_assert_uint_eq(c.pull_timeout, 900);
	ck_assert_uint_eq(c.max_size, UINT64_C(512) << 20);
	ck_assert_uint_eq(c.masters.n, 0);
	ck_assert_str_eq(c.local, "127.0.0.1:50011");
	ck_assert_ptr_null(c.name);
	node_config_free(&c);
	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
		c = taken(empty[i]);
		ck_assert_uint_eq(c.period, 240);
		node_config_free(&c);
	}
}
END_TEST

START_TEST(values)
{
	struct node_config c =
	    taken("node:\n  name: web1\n  port: 2222\n  address: 2001:db8::1\n"
		  "sender:\n  masters: [a.example.net, '192.0.2.1']\n  mode: never\n"
		  "  period: 1m\n  local: stdio\n"
		  "spool: { max_size: 1G, min_free: 0 }\n");

	ck_assert_str_eq(c.name, "web1");
	ck_assert_uint_eq(c.port, 2222);
	ck_assert_str_eq(c.address, "2001:db8::1");
	ck_assert_uint_eq(c.masters.n, 2);
	ck_assert_str_eq(c.masters.v[0], "a.example.net");
	ck_assert_str_eq(c.masters.v[1], "192.0.2.1");
	ck_assert_int_eq(c.mode, PUSH_NEVER);
	ck_assert_uint_eq(c.period, 60);
	ck_assert_str_eq(c.local, "stdio");
	ck_assert_uint_eq(c.max_size, UINT64_C(1) << 30);
	ck_assert_uint_eq(c.min_free, 0);
	node_config_free(&c);
	/* As the page of the original has it. */
	c = taken("sender:\n  period: 60\n");
	ck_assert_uint_eq(c.period, 60);
	node_config_free(&c);
	c = taken("sender:\n  masters:\n    - one\n    - two\n");
	ck_assert_uint_eq(c.masters.n, 2);
	node_config_free(&c);
}
END_TEST

START_TEST(tabs)
{
	takes("sender:\n  period:\t60\n");
	refuses("sender:\n\tperiod: 60\n", "2:1", "tab");
	refuses("sender:\n  \tperiod: 60\n", "2:3", "tab");
	refuses("plugin:\n\tkey: 1\n", "2:1", "tab"); /* no YAML, wherever it stands */
	refuses("sender:\n  period: 60\n\tmode: auto\n", "3:1", "tab");
	refuses("sender:\n  period: 60\n\t# a comment\n", "3:1", "tab");
	takes("sender:\n  period: 60 #\ta comment\n#\tand\tanother\n");
}
END_TEST

START_TEST(unknown_keys)
{
	refuses("sender:\n  peroid: 60\n", "2:3", "did you mean `period`?");
	refuses("sender:\n  Period: 60\n", "2:3", "did you mean `period`?");
	refuses("sender:\n  ssh-port: 60\n", "2:3", "did you mean `ssh_port`?");
	refuses("spool:\n  period: 60\n", "2:3", "belongs to section `sender`");
	refuses("sender:\n  colour: red\n", "2:3", "unknown key `colour`");
	ck_assert_ptr_null(strstr(why, "did you mean"));
	refuses("sender:\n  period: 60\n  \"a\\nb\": 1\n", "3:3", "`a\\nb`");
	refuses("sender:\n  ? [a]\n  : 1\n", "2:5", "a key expected");
}
END_TEST

START_TEST(wrong_types)
{
	refuses("sender:\n  period: often\n", "2:11", "`often` is not a time");
	refuses("sender:\n  period: 1.5\n", "2:11", "not a time");
	refuses("sender:\n  period: 060\n", "2:11", "not a time");
	refuses("sender:\n  period: [60]\n", "2:11", "single value");
	refuses("sender:\n  period: { s: 60 }\n", "2:11", "single value");
	refuses("sender:\n  masters: one\n", "2:12", "a list is expected");
	refuses("sender:\n  masters: [one, [two]]\n", "2:18", "single value");
	refuses(
	    "sender:\n  masters: [one, -oProxyCommand=id]\n", "2:18", "a host name or an address");
	refuses("sender:\n  mode: sometimes\n", "2:9", "one of auto, always, never");
	refuses("sender: 60\n", "1:9", "key: value");
	refuses("sender: [period]\n", "1:9", "key: value");
	refuses("spool:\n  max_size: 512MB\n", "2:13", "a size");
	refuses("node:\n  name: Web_1\n", "2:9", "a name");
	refuses("node:\n  name: ''\n", "2:9", "a name");
	refuses("node:\n  state: var/lib\n", "2:10", "an absolute path");
	refuses("sender:\n  local: 127.0.0.1\n", "2:10", "ADDRESS:PORT");
	refuses("sender:\n  user: -l\n", "2:9", "the name of a user");
	refuses("- sender\n", "1:1", "sections");
	refuses("sender\n", "1:1", "sections");
	refuses("sender:\n  period: 60\n oops\n", "3:2", "");
}
END_TEST

START_TEST(ranges)
{
	refuses("sender:\n  period: 0\n", "2:11", "out of range: 1 to 86400");
	refuses("sender:\n  period: 2d\n", "2:11", "out of range");
	refuses("sender:\n  ssh_port: 65536\n", "2:13", "1 to 65535");
	refuses("sender:\n  ssh_port: 99999999999999999999\n", "2:13", "not a number");
	refuses("spool:\n  max_size: 31M\n", "2:13", "32 MiB");
	refuses("spool:\n  max_record: 16777217\n", "2:15", "16 MiB");
	refuses("sender:\n  masters: "
		"[a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a]\n",
	    "2:12", "33 entries; 0 to 32");
	takes("sender:\n  period: 86400\nspool:\n  max_size: 32M\n");
}
END_TEST

START_TEST(twice)
{
	refuses("sender:\n  period: 60\n  mode: auto\n  period: 61\n", "4:3",
	    "`period` stands here a second time");
	refuses("sender:\n  period: 60\nsender:\n  mode: auto\n", "3:1",
	    "`sender` stands here a second time");
	refuses("plugin: 1\nsender:\n  period: 60\nplugin: 2\n", "4:1", "second time");
	refuses("sender:\n  period: 60\n---\nsender:\n  period: 61\n", "3:1", "a second document");
	refuses("sender:\n  period: 60\n...\nmore: 1\n", "4:1", "document");
}
END_TEST

START_TEST(aliases_and_tags)
{
	refuses("odd: &x 60\nsender:\n  period: *x\n", "3:11", "aliases");
	refuses("sender:\n  period: &x 60\n", "2:11", "anchors");
	refuses("sender:\n  period: !!int 60\n", "2:11", "tags");
	refuses("sender: &s\n  period: 60\n", "1:9", "");
	refuses("sender: !x\n  period: 60\n", "1:9", "");
	refuses("sender:\n  masters: &m [a]\n", "2:12", "");
	refuses("sender:\n  masters: [*m]\n", "2:13", "");
	refuses("sender:\n  &k period: 60\n", "2:3", "anchors");
	refuses("sender:\n  <<: { period: 60 }\n", "2:3", "unknown key");
	refuses("a: &a { period: 60 }\nsender: *a\n", "2:9", "");
}
END_TEST

START_TEST(bytes_that_do_not_belong)
{
	static const char nul[] = "sender:\n  period: 60\0\n";

	refuses_bytes(nul, sizeof(nul) - 1, "2:13", "NUL");
	refuses("node:\n  name: \"web\\0one\"\n", "2:9", "NUL");
	/*
	 * The mark that editors of other systems put before a text is no part
	 * of it.
	 */
	takes("\xef\xbb\xbf"
	      "sender:\r\n  period: 60\r\n");
	refuses("\xef\xbb\xbf"
		"sender:\n  perio: 60\n",
	    "2:3", "period");
	refuses("\xff\xfes", "1:1", "UTF-16");
	refuses("sender:\n  period: 60 # \xff\n", "1:1", "");
	refuses("sender:\n  period: \"6\x01\"\n", "1:1", "");
	refuses("sender: {\n", "2:1", "");
	refuses("sender:\n  period: \"60\n", "3:1", "");
}
END_TEST

START_TEST(size)
{
	char text[YAML_FILE_MAX + 1024];
	static const char head[] = "sender:\n  period: 60\n#";

	memset(text, 'x', sizeof(text));
	memcpy(text, head, sizeof(head) - 1);
	text[YAML_FILE_MAX - 1] = '\n';
	write_file(text, YAML_FILE_MAX);
	struct node_config c;
	ck_assert_int_eq(node_config_read(file, &c, why), 0);
	ck_assert_uint_eq(c.period, 60);
	node_config_free(&c);
	refuses_bytes(text, YAML_FILE_MAX + 1, "1:1", "larger than 16 KiB");
	refuses_bytes(text, sizeof(text), "1:1", "larger than 16 KiB");
}
END_TEST

/* Nesting costs libyaml quadratic time, which the limit of the size bounds. */
START_TEST(deep)
{
	char text[YAML_FILE_MAX];
	struct node_config c;

	memset(text, '[', sizeof(text));
	memcpy(text, "x: ", 3);
	write_file(text, sizeof(text));
	ck_assert_int_eq(node_config_read(file, &c, why), -1);
	node_config_free(&c);
}
END_TEST

START_TEST(foreign_sections)
{
	struct node_config c = taken(
	    "apache:\n  url: http://127.0.0.1/?auto\n  timeout: [1, 2, {three: 3}]\n"
	    "node:\n  name: n1\n"
	    "mysql: &m\n  - user: !secret monitor\n    period: often\n    period: twice\n  - *m\n"
	    "script: |\n  if true; then\n  \techo a tab\n  fi\n"
	    "sender:\n  period: 60\n"
	    "'quoted section': yes\n"
	    "empty:\n");

	ck_assert_str_eq(c.name, "n1");
	ck_assert_uint_eq(c.period, 60);
	node_config_free(&c);
}
END_TEST

/*
 * Only the usual file may be absent (tests/e2e/60-configuration-errors.t): nobody who
 * names one means the defaults.
 */
START_TEST(a_named_file_is_there)
{
	struct master_config m;
	struct node_config c;

	unlink(file);
	ck_assert_int_eq(node_config_read(file, &c, why), -1);
	ck_assert_int_eq(config_exit_code(errno), EX_NOINPUT);
	ck_assert_ptr_nonnull(strstr(why, file));
	node_config_free(&c);
	ck_assert_int_eq(master_config_read(file, &m, why), -1);
	ck_assert_int_eq(config_exit_code(errno), EX_NOINPUT);
	master_config_free(&m);
	/* Nor a link that leads nowhere. */
	ck_assert_int_eq(symlink("nothing", file), 0);
	ck_assert_int_eq(node_config_read(file, &c, why), -1);
	ck_assert_int_eq(config_exit_code(errno), EX_NOINPUT);
	node_config_free(&c);
	unlink(file);
	write_file("sender:\n  peroid: 60\n", 21);
	ck_assert_int_eq(node_config_read(file, &c, why), -1);
	ck_assert_int_eq(config_exit_code(errno), EX_CONFIG);
	node_config_free(&c);
}
END_TEST

START_TEST(what_is_no_file)
{
	struct node_config c;
	char target[80];

	unlink(file);

	ck_assert_int_eq(mkfifo(file, 0600), 0);
	ck_assert_int_eq(node_config_read(file, &c, why), -1);
	node_config_free(&c);
	unlink(file);
	ck_assert_int_eq(mkdir(file, 0700), 0);
	ck_assert_int_eq(node_config_read(file, &c, why), -1);
	node_config_free(&c);
	rmdir(file);
	/* A link to a file is what configuration management makes. */
	snprintf(target, sizeof(target), "%s.target", file);
	write_file("sender:\n  period: 60\n", 21);
	ck_assert_int_eq(rename(file, target), 0);
	ck_assert_int_eq(symlink(target, file), 0);
	ck_assert_int_eq(node_config_read(file, &c, why), 0);
	ck_assert_uint_eq(c.period, 60);
	node_config_free(&c);
	unlink(target);
}
END_TEST

START_TEST(master)
{
	static const char text[] =
	    "master:\n  name: m1\n  state: /srv/bijk\npull:\n  parallel: 4\n  keep: yes\n"
	    "push:\n  min_period: 0\nregister:\n  unknown: refuse\n"
	    "archive:\n  max_age: 1w\n";
	struct master_config c;

	write_file(text, sizeof(text) - 1);
	ck_assert_int_eq(master_config_read(file, &c, why), 0);
	ck_assert_str_eq(c.name, "m1");
	ck_assert_str_eq(c.key, "/srv/bijk/id_ed25519");
	ck_assert_uint_eq(c.parallel, 4);
	ck_assert(c.keep);
	ck_assert_uint_eq(c.min_period, 0);
	ck_assert_int_eq(c.unknown, UNKNOWN_REFUSE);
	ck_assert_uint_eq(c.max_age, 604800);
	master_config_free(&c);
	write_file("pull:\n  keep: perhaps\n", 22);
	ck_assert_int_eq(master_config_read(file, &c, why), -1);
	ck_assert_ptr_nonnull(strstr(why, ":2:9: "));
	ck_assert_ptr_nonnull(strstr(why, "yes or no"));
	master_config_free(&c);
	write_file("pull:\n  paralel: 4\n", 19);
	ck_assert_int_eq(master_config_read(file, &c, why), -1);
	ck_assert_ptr_nonnull(strstr(why, ":2:3: "));
	ck_assert_ptr_nonnull(strstr(why, "`parallel`"));
	master_config_free(&c);
}
END_TEST

static void wont_set(const char *key, const char *value, const char *words)
{
	struct node n = { .port = 7, .address = "kept" };

	ck_assert_int_eq(node_settings_set(&n, key, value, why), -1);
	ck_assert_msg(strstr(why, words) != NULL, "`%s` does not say `%s`", why, words);
	ck_assert_uint_eq(n.port, 7);
	ck_assert_str_eq(n.address, "kept");
}

/*
 * The table of one node's settings: KEY=VALUE, and back from the text of
 * node.yml.
 */
START_TEST(settings)
{
	struct buf text = BUF_INIT(4096);
	struct node n = { .name = "n1" }, back = { .name = "n1" };

	node_settings_clear(&n);
	ck_assert_int_eq(n.mode, NODE_AUTO);
	ck_assert_uint_eq(n.min_period, NODE_UNSET);
	ck_assert_int_eq(node_settings_set(&n, "address", "2001:db8::7", why), 0);
	ck_assert_int_eq(node_settings_set(&n, "port", "2222", why), 0);
	ck_assert_int_eq(node_settings_set(&n, "mode", "push", why), 0);
	ck_assert_int_eq(node_settings_set(&n, "min-period", "0", why), 0);
	ck_assert_int_eq(node_settings_set(&n, "pull-period", "10m", why), 0);
	ck_assert_int_eq(node_settings_format(&n, &text), 0);
	ck_assert(text.data[0] == '#');
	ck_assert_int_eq(node_settings_parse(&back, "node.yml", text.data, text.len, why), 0);
	ck_assert_str_eq(back.address, "2001:db8::7");
	ck_assert_uint_eq(back.port, 2222);
	ck_assert_int_eq(back.mode, NODE_PUSH);
	ck_assert_uint_eq(back.min_period, 0);
	ck_assert_uint_eq(back.pull_period, 600);
	/* An empty value is none. */
	ck_assert_int_eq(node_settings_set(&n, "address", "", why), 0);
	ck_assert_int_eq(node_settings_set(&n, "min-period", "", why), 0);
	ck_assert_int_eq(node_settings_set(&n, "mode", "", why), 0);
	ck_assert_str_eq(n.address, "");
	ck_assert_uint_eq(n.min_period, NODE_UNSET);
	ck_assert_int_eq(n.mode, NODE_AUTO);
	ck_assert_uint_eq(n.port, 2222);
	ck_assert_uint_eq(n.pull_period, 600);
	buf_free(&text);
	wont_set("mode", "sometimes", "one of auto, pull, push, off");
	wont_set("min_period", "60", "did you mean `min-period`?");
	wont_set("prot", "22", "did you mean `port`?");
	wont_set("foo", "22", "unknown key `foo`");
	ck_assert_ptr_null(strstr(why, "did you mean"));
	wont_set("port", "0", "1 to 65535");
	wont_set("pull-period", "0", "1 to 86400");
	wont_set("address", "-oProxyCommand=id", "a host name or an address");
	wont_set("", "1", "unknown key");
	wont_set("colour", "", "unknown key");
}
END_TEST

START_TEST(settings_set_aside)
{
	static const char bad[] = "node:\n  mode: push\n  prot: 22\n";
	struct node n = { .port = 7 };

	ck_assert_int_eq(
	    node_settings_parse(&n, "nodes/n1/node.yml", bad, sizeof(bad) - 1, why), -1);
	ck_assert_ptr_nonnull(strstr(why, "nodes/n1/node.yml:3:3: "));
	ck_assert_uint_eq(n.port, 7);
	ck_assert_int_eq(n.mode, NODE_AUTO);
}
END_TEST

SUITE_MAIN_FIXTURE("yaml", setup, teardown, defaults, values, tabs, unknown_keys, wrong_types,
    ranges, twice, aliases_and_tags, bytes_that_do_not_belong, size, deep, foreign_sections,
    a_named_file_is_there, what_is_no_file, master, settings, settings_set_aside)
