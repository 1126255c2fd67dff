/* SPDX-License-Identifier: ISC */
/* The directory store: nodes, keys, registrations, state; with what a crash may
 * leave in it. */
#include <stdlib.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "common/base/num.h"
#include "common/exchange/proof.h"
#include "tests/unit/temp_store.h"

#include "common/base/banned.h"

static ino_t inode(const char *name)
{
	struct stat st;

	ck_assert_msg(lstat(path(name), &st) == 0, "%s is not there", name);
	return st.st_ino;
}

static void put(const char *name, const char *text)
{
	ck_assert_int_eq(
	    file_replace(AT_FDCWD, path(name), text, strlen(text), 0600, FILE_UNSYNCED), 0);
}

static const char *text_of(const char *name)
{
	static struct buf b = BUF_INIT(65536);

	buf_reset(&b);
	ck_assert_msg(file_read(AT_FDCWD, path(name), &b) == 0, "%s is not there", name);
	return b.data;
}

static void set_mode(const char *name, enum node_mode mode)
{
	struct node n;

	ck_assert_int_eq(store_node(s, name, &n), 0);
	n.mode = mode;
	ck_assert_int_eq(store_node_put(s, &n), 0);
}

static int find(uint8_t b)
{
	struct sshkey want = key(b);

	return store_find_key(s, &want);
}

/* The entry of this key in the index. */
static const char *entry(uint8_t b)
{
	static char p[256];
	uint8_t digest[SSHKEY_DIGEST_SIZE];
	char hex[2 * SSHKEY_DIGEST_SIZE + 1];
	struct sshkey k = key(b);

	sshkey_digest(&k, digest);
	hex_encode(hex, digest, sizeof(digest));
	snprintf(p, sizeof(p), "keys/%s", hex);
	return p;
}

/* What a program of this configuration takes for the master's name; NULL: it
 * does nothing, and ends with `code`. */
static char *settled(const char *configured, int code)
{
	struct master_config c = { .state = dir,
		.name = configured != NULL ? strdup(configured) : NULL };
	struct fail f;
	int rc = store_settle_name(s, &c, &f);

	ck_assert_int_eq(rc, code == 0 ? 0 : -1);
	if (rc == -1) {
		ck_assert_int_eq(f.exit_code, code);
		free(c.name);
		c.name = NULL;
	}
	return c.name;
}

static void is_called(const char *name, const char *configured)
{
	char *is = settled(configured, 0);

	ck_assert_str_eq(is, name);
	free(is);
}

/* --- Nodes --- */

START_TEST(nodes)
{
	struct node n = plain("web1"), back;

	fails(store_node(s, "web1", &back), ENOENT);
	n.port = 2222;
	n.mode = NODE_PULL;
	n.min_period = 0;
	snprintf(n.address, sizeof(n.address), "web1.example.net");
	ck_assert_int_eq(store_node_put(s, &n), 0);
	ck_assert_int_eq(store_node(s, "web1", &back), 0);
	ck_assert_str_eq(back.name, "web1");
	ck_assert_str_eq(back.address, n.address);
	ck_assert_uint_eq(back.port, 2222);
	ck_assert_int_eq(back.mode, NODE_PULL);
	ck_assert_uint_eq(back.min_period, 0);
	ck_assert_uint_eq(back.pull_period, NODE_UNSET);
	ck_assert_mem_eq(back.secret, n.secret, sizeof(n.secret));
	ck_assert_int_eq(back.registered, 0);
	add("a");
	add("web0.x");
	ck_assert_str_eq(names(), "a web0.x web1 ");
	ck_assert_int_eq(text_of("nodes/web1/node.yml")[0], '#');
	put("nodes/web1/node.yml", "node:\n  mode: seldom\n");
	fails(store_node(s, "web1", &back), EBADMSG);
}
END_TEST

START_TEST(secrets_are_secret)
{
	struct stat st;
	static const char *const files[] = { "nodes/a/secret", "nodes/a/node.yml",
		"nodes/a/push.pub", "nodes/a/known_hosts", "nodes/a/registered" };
	struct sshkey k = key(1);
	struct card c = { .keys = { &k, 1 }, .hostkeys = { &k, 1 } };

	umask(0);
	add("a");
	ck_assert_int_eq(store_register(s, "a", &c, "", &changed), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		ck_assert_int_eq(lstat(path(files[i]), &st), 0);
		ck_assert_msg((st.st_mode & 07777) == 0600, "%s: %o", files[i], st.st_mode);
	}
	ck_assert_int_eq(lstat(path("nodes/a"), &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0700);
}
END_TEST

START_TEST(putting_again_writes_nothing)
{
	ino_t yml, secret;

	add("a");
	yml = inode("nodes/a/node.yml");
	secret = inode("nodes/a/secret");
	add("a");
	ck_assert_uint_eq(inode("nodes/a/node.yml"), yml);
	ck_assert_uint_eq(inode("nodes/a/secret"), secret);
}
END_TEST

START_TEST(addresses)
{
	struct node_state st = { .failures = 0 };
	struct node n = plain("web1");

	ck_assert_str_eq(node_address(&n, &st), "web1");
	ck_assert_uint_eq(node_port(&n), 22);
	snprintf(n.reg_source, sizeof(n.reg_source), "192.0.2.7");
	n.reg_port = 2222;
	ck_assert_str_eq(node_address(&n, &st), "192.0.2.7");
	ck_assert_uint_eq(node_port(&n), 2222);
	/* What the node says comes first, then the one that worked. */
	snprintf(n.reg_address, sizeof(n.reg_address), "web1.example.org");
	ck_assert_str_eq(node_address(&n, &st), "web1.example.org");
	st.failures = 1;
	ck_assert_str_eq(node_address(&n, &st), "192.0.2.7");
	st.failures = 2;
	ck_assert_str_eq(node_address(&n, &st), "web1.example.org");
	snprintf(st.pulled_address, sizeof(st.pulled_address), "192.0.2.7");
	ck_assert_str_eq(node_address(&n, &st), "192.0.2.7");
	st.failures = 1;
	ck_assert_str_eq(node_address(&n, &st), "web1.example.org");
	snprintf(n.address, sizeof(n.address), "web1.example.net");
	n.port = 4444;
	ck_assert_str_eq(node_address(&n, &st), "web1.example.net");
	ck_assert_uint_eq(node_port(&n), 4444);
}
END_TEST

/* --- Registrations --- */

START_TEST(registering)
{
	struct sshkey k = key(1), host[2] = { key(2), key(3) }, back;
	struct card c = { .port = 2222, .keys = { &k, 1 }, .hostkeys = { host, 2 } };
	char want[2 * SSHKEY_TEXT_MAX + 64], text[2][SSHKEY_TEXT_MAX];
	struct node n;
	char *known;

	fails(store_register(s, "a", &c, "192.0.2.1", &changed), ENOENT);
	ck_assert(!exists("nodes/a"));
	add("a");
	ck_assert_ptr_null(store_known_hosts(s, "a"));
	ck_assert_int_eq(errno, ENOENT);
	fails(store_push_key(s, "a", &back), ENOENT);
	ck_assert_int_eq(store_register(s, "a", &c, "192.0.2.1", &changed), 0);
	ck_assert(changed);
	ck_assert_int_eq(store_push_key(s, "a", &back), 0);
	ck_assert(sshkey_equal(&back, &k));
	ck_assert_int_eq(store_node(s, "a", &n), 0);
	ck_assert_str_eq(n.reg_address, "");
	ck_assert_str_eq(n.reg_source, "192.0.2.1");
	ck_assert_uint_eq(n.reg_port, 2222);
	ck_assert(n.registered > 0);
	known = store_known_hosts(s, "a");
	ck_assert_str_eq(known, path("nodes/a/known_hosts"));
	free(known);
	sshkey_format(&host[0], text[0]);
	sshkey_format(&host[1], text[1]);
	snprintf(want, sizeof(want), "a %s\na %s\n", text[0], text[1]);
	ck_assert_str_eq(text_of("nodes/a/known_hosts"), want);
}
END_TEST

START_TEST(registering_again)
{
	struct sshkey k = key(1), host = key(2);
	struct card c = { .port = 2222, .keys = { &k, 1 }, .hostkeys = { &host, 1 } };
	struct card nothing = { .port = 0 };
	struct node_state failing = { .failures = 1 };
	ino_t push, known, reg;
	struct node n;

	add("a");
	ck_assert_int_eq(store_register(s, "a", &c, "192.0.2.1", &changed), 0);
	push = inode("nodes/a/push.pub");
	known = inode("nodes/a/known_hosts");
	reg = inode("nodes/a/registered");
	ck_assert_int_eq(store_register(s, "a", &c, "192.0.2.1", &changed), 0);
	ck_assert(!changed);
	/* What is left out stays. */
	ck_assert_int_eq(store_register(s, "a", &nothing, "", &changed), 0);
	ck_assert(!changed);
	ck_assert_uint_eq(inode("nodes/a/push.pub"), push);
	ck_assert_uint_eq(inode("nodes/a/known_hosts"), known);
	ck_assert_uint_eq(inode("nodes/a/registered"), reg);
	/* Where it comes from this time moves a node only if it cannot be
	 * reached. */
	ck_assert_int_eq(store_register(s, "a", &nothing, "192.0.2.2", &changed), 0);
	ck_assert(!changed);
	ck_assert_int_eq(store_state_put(s, "a", &failing), 0);
	ck_assert_int_eq(store_register(s, "a", &nothing, "192.0.2.2", &changed), 0);
	ck_assert(changed);
	ck_assert_int_eq(store_node(s, "a", &n), 0);
	ck_assert_str_eq(n.reg_source, "192.0.2.2");
	ck_assert_uint_eq(n.reg_port, 2222);
	ck_assert_uint_eq(inode("nodes/a/push.pub"), push);
}
END_TEST

/* The address that the node proves is its own; the one that its registration
 * came from is not. */
START_TEST(registering_an_address)
{
	struct card c = { .port = 22, .address = "192.0.2.20" };
	struct node_state st = { .failures = 0 };
	struct node n;

	add("a");
	ck_assert_int_eq(store_register(s, "a", &c, "192.0.2.66", &changed), 0);
	ck_assert_int_eq(store_node(s, "a", &n), 0);
	ck_assert_str_eq(node_address(&n, &st), "192.0.2.20");
	snprintf(c.address, sizeof(c.address), "web1.example.net");
	ck_assert_int_eq(store_register(s, "a", &c, "", &changed), 0);
	ck_assert(changed);
	ck_assert_int_eq(store_register(s, "a", &c, "192.0.2.67", &changed), 0);
	ck_assert(!changed);
	ck_assert_int_eq(store_node(s, "a", &n), 0);
	ck_assert_str_eq(n.reg_address, "web1.example.net");
	ck_assert_str_eq(n.reg_source, "192.0.2.66");
	/* Not said this time: it stays. */
	c.address[0] = '\0';
	ck_assert_int_eq(store_register(s, "a", &c, "", &changed), 0);
	ck_assert(!changed);
}
END_TEST

START_TEST(keys_are_found)
{
	add("a");
	add("b");
	ck_assert_int_eq(find(1), 0);
	ck_assert_int_eq(register_key("a", 1), 0);
	ck_assert_str_eq(text_of(entry(1)), "a\n");
	ck_assert_int_eq(find(1), 1);
	ck_assert_int_eq(find(2), 0);
	/* It must be the key of a node that may push. */
	set_mode("a", NODE_OFF);
	ck_assert_int_eq(find(1), 0);
	set_mode("a", NODE_PULL);
	ck_assert_int_eq(find(1), 0);
	set_mode("a", NODE_PUSH);
	ck_assert_int_eq(find(1), 1);
	/* One key, one node. */
	fails(register_key("b", 1), EEXIST);
	ck_assert(!changed);
	ck_assert(!exists("nodes/b/registered"));
	ck_assert_int_eq(store_node_remove(s, "a", false), 0);
	ck_assert(!exists(entry(1)));
	ck_assert_int_eq(find(1), 0);
	ck_assert_int_eq(register_key("b", 1), 0);
	ck_assert_int_eq(find(1), 1);
	/* Another key: the one before is out at once, and leaves nothing. */
	ck_assert_int_eq(register_key("b", 2), 0);
	ck_assert(changed);
	ck_assert(!exists(entry(1)));
	ck_assert_int_eq(find(1), 0);
	ck_assert_int_eq(find(2), 1);
}
END_TEST

#define AT_ONCE 4
static const char *const together[AT_ONCE] = { "a", "b", "c", "d" };

/* Exit code 0: the key is this node's; 1: it is another's. */
static void register_when_told(const char *name, const int go[2])
{
	char byte;

	close(go[1]);
	s = store_open(&config);
	if (s == NULL || read(go[0], &byte, 1) != 0)
		_exit(2);
	_exit(register_key(name, 1) == 0 ? 0 : errno == EEXIST ? 1 : 2);
}

/* Of nodes that register one key at the same time, just one has it then. */
START_TEST(one_key_at_once)
{
	for (int round = 0; round < 50; round++) {
		int go[2], codes[3] = { 0 }, status;

		ck_assert_int_eq(pipe(go), 0);
		for (int i = 0; i < AT_ONCE; i++) {
			add(together[i]);
			if (fork() == 0)
				register_when_told(together[i], go);
		}
		close(go[0]);
		close(go[1]);
		for (int i = 0; i < AT_ONCE; i++) {
			ck_assert_int_ne(wait(&status), -1);
			codes[WIFEXITED(status) ? WEXITSTATUS(status) : 2]++;
		}
		ck_assert_int_eq(codes[0], 1);
		ck_assert_int_eq(codes[1], AT_ONCE - 1);
		ck_assert_int_eq(find(1), 1);
		for (int i = 0; i < AT_ONCE; i++)
			ck_assert_int_eq(store_node_remove(s, together[i], true), 0);
	}
}
END_TEST

START_TEST(whose_key_it_is)
{
	char other[NODE_NAME_MAX + 1];
	struct sshkey k = key(1);
	struct node n = plain("a");

	add("a");
	add("b");
	ck_assert_int_eq(register_key("a", 1), 0);
	ck_assert_int_eq(store_key_other(s, "b", &k, other), 1);
	ck_assert_str_eq(other, "a");
	ck_assert_int_eq(store_key_other(s, "a", &k, other), 0);
	ck_assert_int_eq(register_key("a", 2), 0);
	ck_assert_int_eq(store_key_other(s, "b", &k, other), 0);
	ck_assert_int_eq(store_secret_other(s, "c", n.secret, other), 1);
	ck_assert_str_eq(other, "a");
	n.secret[0] ^= 1;
	ck_assert_int_eq(store_secret_other(s, "c", n.secret, other), 0);
}
END_TEST

START_TEST(push_pub_decides)
{
	char text[SSHKEY_TEXT_MAX];
	struct sshkey other = key(9);

	add("a");
	add("b");
	ck_assert_int_eq(register_key("a", 1), 0);
	sshkey_format(&other, text);
	put("nodes/a/push.pub", text);
	/* The entry is there, but not the key. */
	ck_assert_int_eq(find(1), 0);
	/* A killed registration: the entry was written, push.pub not. */
	put(entry(3), "a\n");
	ck_assert_int_eq(find(3), 0);
	/* Another node may have the key, then. */
	ck_assert_int_eq(register_key("b", 3), 0);
	ck_assert_str_eq(text_of(entry(3)), "b\n");
	/* An entry for a name that nobody has. */
	put(entry(4), "ghost\n");
	ck_assert_int_eq(find(4), 0);
	/* Half an entry is nobody's. */
	put(entry(4), "");
	ck_assert_int_eq(find(4), 0);
	ck_assert_int_eq(register_key("b", 4), 0);
	ck_assert_int_eq(find(4), 1);
	/* A file that holds no key. */
	put("nodes/a/push.pub", "ssh-ed25519 AAAA\n");
	ck_assert_int_eq(find(9), 0);
}
END_TEST

START_TEST(a_lost_entry_comes_back)
{
	add("a");
	add("b");
	ck_assert_int_eq(register_key("a", 1), 0);
	ck_assert_int_eq(register_key("b", 2), 0);
	/* One entry: with the node's next registration, which changes nothing
	 * else. */
	ck_assert_int_eq(unlink(path(entry(1))), 0);
	ck_assert_int_eq(find(1), 0);
	ck_assert_int_eq(register_key("a", 1), 0);
	ck_assert(!changed);
	ck_assert_int_eq(find(1), 1);
}
END_TEST

START_TEST(half_removed)
{
	struct sshkey k;
	struct node n;

	/* Killed behind the first step: nothing of it counts, and it does not
	 * come back with the name. */
	add("a");
	ck_assert_int_eq(register_key("a", 1), 0);
	ck_assert_int_eq(unlink(path("nodes/a/node.yml")), 0);
	ck_assert_int_eq(find(1), 0);
	ck_assert_str_eq(names(), "");
	add("a");
	ck_assert(!exists(entry(1)));
	ck_assert_int_eq(find(1), 0);
	ck_assert_int_eq(store_push_key(s, "a", &k), -1);
	ck_assert_int_eq(store_node(s, "a", &n), 0);
	ck_assert_int_eq(n.registered, 0);
	/* Killed while it was being made. */
	ck_assert_int_eq(mkdir(path("nodes/b"), 0700), 0);
	put("nodes/b/secret", "0000000000000000000000000000000000000000000000000000000000000000\n");
	fails(store_node(s, "b", &n), ENOENT);
	add("b");
	ck_assert_int_eq(store_node(s, "b", &n), 0);
	ck_assert_int_eq(n.secret[0], 0x5a);
}
END_TEST

/* --- Pending --- */

static int count_pending(const struct pending *p, void *arg)
{
	ck_assert(p->time > 0);
	return count_names(p->name, arg) + count_names(p->address, arg);
}

static const char *pending(void)
{
	static char all[256];

	all[0] = '\0';
	ck_assert_int_eq(store_each_pending(s, count_pending, all), 0);
	return all;
}

START_TEST(pending_ones)
{
	ck_assert_int_eq(store_pending_add(s, "b", "192.0.2.1", 2), 0);
	ck_assert_int_eq(store_pending_add(s, "a.tmp", "192.0.2.2", 2), 0);
	ck_assert_str_eq(pending(), "a.tmp 192.0.2.2 b 192.0.2.1 ");
	ck_assert_int_eq(store_pending_add(s, "a.tmp", "192.0.2.3", 2), 0);
	ck_assert_str_eq(pending(), "a.tmp 192.0.2.2 b 192.0.2.1 ");
	age("pending/a.tmp", 1000); /* who asked before asks no more */
	ck_assert_int_eq(store_pending_add(s, "a.tmp", "192.0.2.3", 2), 0);
	ck_assert_str_eq(pending(), "a.tmp 192.0.2.3 b 192.0.2.1 ");
	age("pending/a.tmp", 100);
	age("pending/b", 50);
	ck_assert_int_eq(store_pending_add(s, "a", "192.0.2.4", 2), 0);
	ck_assert_str_eq(pending(), "a 192.0.2.4 b 192.0.2.1 ");
	ck_assert_int_eq(store_pending_add(s, "c", "192.0.2.5", 1), 0); /* the limit was lowered */
	ck_assert_str_eq(pending(), "c 192.0.2.5 ");
	/* Any valid name may be a node's, those of temporary files too. */
	ck_assert_int_eq(store_pending_add(s, "c.tmp", "192.0.2.7", 2), 0);
	ck_assert_int_eq(store_pending_add(s, "c", "192.0.2.5", 2), 0);
	ck_assert_str_eq(pending(), "c 192.0.2.5 c.tmp 192.0.2.7 ");
	ck_assert_int_eq(store_pending_remove(s, "c.tmp"), 0);
	ck_assert_int_eq(store_pending_add(s, "d", "192.0.2.6", 0), 0);
	ck_assert_str_eq(pending(), "c 192.0.2.5 ");
	ck_assert_int_eq(store_pending_remove(s, "c"), 0);
	fails(store_pending_remove(s, "c"), ENOENT);
	ck_assert_str_eq(pending(), "");
	ck_assert(!exists("nodes/c"));
}
END_TEST

/* Who asks under many names makes room with his own; of IPv6 a network of 64
 * bits is one source. */
START_TEST(pending_ones_of_many_names)
{
	char name[16], address[32];

	ck_assert_int_eq(store_pending_add(s, "honest1", "192.0.2.1", 4), 0);
	ck_assert_int_eq(store_pending_add(s, "honest2", "2001:db8:1::2", 4), 0);
	age("pending/honest1", 2000);
	age("pending/honest2", 1000);
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "x%d", i);
		snprintf(address, sizeof(address), "2001:db8:6::%d", i + 1);
		ck_assert_int_eq(store_pending_add(s, name, address, 4), 0);
	}
	ck_assert_str_eq(pending(),
	    "honest1 192.0.2.1 honest2 2001:db8:1::2 x4 2001:db8:6::5 x5 2001:db8:6::6 ");
	/* Nor does he take a name over, and so have it counted as his own. */
	age("pending/honest2", 10);
	ck_assert_int_eq(store_pending_add(s, "honest2", "2001:db8:6::9", 4), 0);
	ck_assert_str_eq(pending(),
	    "honest1 192.0.2.1 honest2 2001:db8:1::2 x4 2001:db8:6::5 x5 2001:db8:6::6 ");
	/* Of sources with as many, the oldest goes. */
	ck_assert_int_eq(store_pending_add(s, "y", "192.0.2.3", 4), 0);
	ck_assert_int_eq(store_pending_add(s, "z", "192.0.2.4", 4), 0);
	ck_assert_str_eq(
	    pending(), "honest2 2001:db8:1::2 x5 2001:db8:6::6 y 192.0.2.3 z 192.0.2.4 ");
}
END_TEST

/* --- State --- */

START_TEST(states)
{
	struct node_state st = { .contact = 5 }, back;

	fails(store_state(s, "a", &back), ENOENT);
	ck_assert_int_eq(store_state_put(s, "a", &st), -1);
	ck_assert(!exists("nodes/a"));
	add("a");
	ck_assert_int_eq(store_state(s, "a", &back), 0);
	ck_assert_int_eq(back.contact, 0);
	ck_assert_int_eq(store_state_put(s, "a", &st), 0);
	ck_assert_int_eq(store_state(s, "a", &back), 0);
	ck_assert_int_eq(back.contact, 5);
	put("nodes/a/state.yml", "\x01garbage");
	ck_assert_int_eq(store_state(s, "a", &back), 0);
	ck_assert_int_eq(back.contact, 0);
}
END_TEST

START_TEST(locks)
{
	struct node_state st;
	int a, b, c;

	add("a");
	add("b");
	a = store_session_lock(s, "a");
	b = store_session_lock(s, "b");
	ck_assert_int_ne(a, -1);
	ck_assert_int_ne(b, -1);
	fails(store_session_lock(s, "a"), EWOULDBLOCK);
	close(a);
	a = store_session_lock(s, "a");
	ck_assert_int_ne(a, -1);
	close(b);
	/* The state may be changed during a session. */
	c = store_state_lock(s, "a", &st);
	st.failures++;
	store_state_save(s, "a", &st, c);
	st.failures = 0;
	ck_assert_int_eq(store_state(s, "a", &st), 0);
	ck_assert_uint_eq(st.failures, 1);
	close(a);
	close(b);
	fails(store_session_lock(s, "c"), ENOENT);
}
END_TEST

START_TEST(places)
{
	int fd[8];

	/* Of eight, the slow ones get two. */
	ck_assert_int_ne(store_pull_place(s, 8, true), -1);
	ck_assert_int_ne(store_pull_place(s, 8, true), -1);
	fails(store_pull_place(s, 8, true), EWOULDBLOCK);
	for (int i = 0; i < 6; i++)
		ck_assert_int_ne(fd[i] = store_pull_place(s, 8, false), -1);
	fails(store_pull_place(s, 8, false), EWOULDBLOCK);
	close(fd[3]);
	ck_assert_int_eq(store_pull_place(s, 8, true), -1); /* not theirs */
	ck_assert_int_ne(store_pull_place(s, 8, false), -1);
}
END_TEST

/* Places of so many: those that are taken, q for a quick one, s for a slow one;
 * then no other of either kind. */
static const struct {
	unsigned of;
	const char *taken;
} full[] = { { 8, "qqqqqqss" }, { 8, "qqqqqqqq" }, { 1, "q" }, { 2, "qq" } };

START_TEST(places_that_are_full)
{
	for (const char *c = full[_i].taken; *c != '\0'; c++)
		ck_assert_int_ne(store_pull_place(s, full[_i].of, *c == 's'), -1);
	ck_assert_int_eq(store_pull_place(s, full[_i].of, true), -1);
	ck_assert_int_eq(store_pull_place(s, full[_i].of, false), -1);
}
END_TEST

/* A master that moves, or whose host name changes, is the one that its nodes
 * know. */
START_TEST(the_name_stays)
{
	static const char none[] = "\n";

	is_called("m0", "m0");
	is_called("m1", "m1"); /* nobody knows it yet */
	add("web1");
	is_called("m1", NULL);
	is_called("m1", "m1");
	ck_assert_ptr_null(settled("m2", EX_CONFIG));
	is_called("m1", NULL);

	/* Damaged, it is not made anew: that would be another master. */
	ck_assert_int_eq(file_replace(AT_FDCWD, path("name"), none, 1, 0600, FILE_UNSYNCED), 0);
	ck_assert_ptr_null(settled("m1", EX_DATAERR));
}
END_TEST

SUITE_MAIN_BOTH("store", setup, teardown, places_that_are_full, sizeof(full) / sizeof(full[0]),
    the_name_stays, nodes, secrets_are_secret, putting_again_writes_nothing, addresses, registering,
    registering_again, registering_an_address, keys_are_found, one_key_at_once, whose_key_it_is,
    push_pub_decides, a_lost_entry_comes_back, half_removed, pending_ones,
    pending_ones_of_many_names, states, locks, places)
