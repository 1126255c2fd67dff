/* SPDX-License-Identifier: ISC */
/*
 * For tests of the exchange: node web7 and master m1 in a directory of their
 * own, records in the spool, and the oracle: what the spool holds must be what
 * the archive holds, record for record.
 */
#ifndef BIJK_TESTS_EXCHANGE_H
#define BIJK_TESTS_EXCHANGE_H

#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/file.h"
#include "common/exchange/proof.h"
#include "common/log/log.h"
#include "common/log/spool.h"
#include "master/store/store.h"
#include "tests/unit/put.h"

static char top[64];
static struct node_config nc;
static struct master_config mc;
static struct node node;
static uint8_t node_hash[HASH_SIZE], node_secret[SECRET_SIZE];

__attribute__((format(printf, 2, 3))) static void write_file(const char *name, const char *fmt, ...)
{
	char path[128], text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(path, sizeof(path), "%s/%s", top, name);
	ck_assert_int_eq(file_replace(AT_FDCWD, path, text, (size_t)n, 0600, FILE_UNSYNCED), 0);
}

static inline void begin(void)
{
	char path[128], why[YAML_WHY_MAX];
	struct store *s;

	signal(SIGPIPE, SIG_IGN);
	proof_init();
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	snprintf(top, sizeof(top), "/tmp/check_exchange.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	write_file(
	    "plugins.yml", "node:\n  name: web7\n  state: %s/node\nspool:\n  min_free: 0\n", top);
	write_file("master.yml", "master:\n  name: m1\n  state: %s/master\n", top);
	snprintf(path, sizeof(path), "%s/node", top);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/master", top);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/plugins.yml", top);
	ck_assert_msg(node_config_read(path, &nc, why) == 0, "%s", why);
	snprintf(path, sizeof(path), "%s/master.yml", top);
	ck_assert_msg(master_config_read(path, &mc, why) == 0, "%s", why);
	node = (struct node){
		.name = "web7", .mode = NODE_AUTO, .min_period = 0, .pull_period = NODE_UNSET
	};
	randombytes_buf(node_hash, sizeof(node_hash));
	secret_derive(node_hash, "m1", node_secret);
	memcpy(node.secret, node_secret, sizeof(node.secret));
	s = must(store_open(&mc));
	ck_assert_int_eq(store_node_put(s, &node), 0);
	store_close(s);
}

static inline void end(void)
{
	dir_remove_tree(AT_FDCWD, top);
}

static inline void put(int n, size_t size, bool random)
{
	static char payload[RECORD_MAX];
	struct log *l = must(spool_open_write(&nc));

	for (int i = 0; i < n; i++) {
		struct record r = { .time_ns = now_ns(),
			.source = "t",
			.source_len = 1,
			.payload = (uint8_t *)payload,
			.len = size };

		memset(payload, 'a' + i % 26, size);
		if (random)
			randombytes_buf(payload, size);
		ck_assert_int_eq(put_record(l, log_next(l), &r, FRAME_FAST), 0);
	}
	log_close(l);
}

static bool gaps_count = true;

static inline uint64_t digest_of(const char *path, uint64_t from, uint8_t digest[32])
{
	struct log *l = log_open(path, LOG_READ);
	struct buf scratch = BUF_INIT(FRAME_MAX);
	crypto_generichash_state st;
	struct log_frame f;
	uint64_t n = 0;
	const char *why;

	crypto_generichash_init(&st, NULL, 0, 32);
	if (l != NULL) {
		log_seek(l, from);
		while (log_read(l, &f) == 1) {
			const uint8_t *raw = frame_body(&f.head, f.data, &scratch, &why);
			if (gaps_count)
				ck_assert_uint_eq(f.head.seq, from + n); /* in order, and no gap */
			crypto_generichash_update(&st, raw, f.head.raw_len);
			n += f.head.count;
		}
	}
	crypto_generichash_final(&st, digest, 32);
	log_close(l);
	buf_free(&scratch);
	return n;
}

static inline char *archive_path(int which)
{
	struct store *s = store_open(&mc);
	struct log_id *ids = NULL;
	int n = store_logs(s, "web7", &ids);
	char *path = n > which ? store_log_path(s, "web7", &ids[which]) : NULL;

	free(ids);
	store_close(s);
	return path;
}

/* The archive holds just the `n` records that the spool holds. */
static inline void same(uint64_t n)
{
	uint8_t a[32], b[32];
	char *spool = spool_path(&nc), *archive = archive_path(0);

	ck_assert_ptr_nonnull(archive);
	ck_assert_uint_eq(digest_of(spool, 1, a), n);
	ck_assert_uint_eq(digest_of(archive, 1, b), n);
	ck_assert_mem_eq(a, b, sizeof(a));
	free(spool);
	free(archive);
}

#endif
