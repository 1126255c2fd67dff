/* SPDX-License-Identifier: ISC */
/* Metrics: the text format, and those of the master. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/prom.h"
#include "master/status/prom.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

/* What was printed, to be freed. */
static char *printed(struct prom_metric *m, size_t n)
{
	char *text = NULL;
	size_t len;
	FILE *out = must(open_memstream(&text, &len));

	ck_assert_int_eq(m != NULL ? prom_print(m, n, out) : status_prom_print(out), 0);
	fclose(out);
	return text;
}

static const char *sample(const char *value, char out[512])
{
	struct prom_metric m = PROM_METRIC("m", "Text.");
	char *text;

	prom_add(&m, 1, PROM_LABELS("l", value));
	text = printed(&m, 1);
	ck_assert_int_eq(strncmp(text, "# HELP m Text.\n# TYPE m gauge\n", 30), 0);
	snprintf(out, 512, "%s", text + 30);
	free(text);
	return out;
}

START_TEST(label_values)
{
	char is[512];

	ck_assert_str_eq(sample("plain", is), "m{l=\"plain\"} 1\n");
	ck_assert_str_eq(sample("", is), "m{l=\"\"} 1\n");
	ck_assert_str_eq(sample("a\"b\\c\nd", is), "m{l=\"a\\\"b\\\\c\\nd\"} 1\n");
	ck_assert_str_eq(sample("\"} 1\nn{x=\"", is), "m{l=\"\\\"} 1\\nn{x=\\\"\"} 1\n");
	ck_assert_str_eq(sample("\xff\t\x7f", is), "m{l=\"\\\\xff\\\\x09\\\\x7f\"} 1\n");
}
END_TEST

/* Samples that come in turn are printed together; what has none is left out. */
START_TEST(groups)
{
	struct prom_metric m[] = { PROM_METRIC("a", "A."), PROM_METRIC("none", "N."),
		PROM_METRIC("b_total", "B.") };
	char *text;

	prom_add(&m[0], -5, PROM_LABELS("x", "1", "y", "2"));
	prom_count(&m[2], UINT64_MAX, NULL);
	prom_add(&m[0], 0, NULL);
	text = printed(m, 3);
	ck_assert_str_eq(text,
	    "# HELP a A.\n# TYPE a gauge\na{x=\"1\",y=\"2\"} -5\na 0\n"
	    "# HELP b_total B.\n# TYPE b_total counter\nb_total 9223372036854775807\n");
	free(text);
}
END_TEST

START_TEST(too_much)
{
	struct prom_metric m = PROM_METRIC("m", "Text.");
	char *text = NULL;
	size_t len;
	FILE *out = must(open_memstream(&text, &len));

	m.samples.max = 8;
	prom_add(&m, 1, PROM_LABELS("l", "value"));
	ck_assert_int_eq(prom_print(&m, 1, out), -1);
	fclose(out);
	ck_assert_uint_eq(len, 0);
	free(text);
}
END_TEST

static const struct status_master master = { .has_room = true,
	.room = { .free = 5000, .min_free = 1000, .inodes = 70, .min_inodes = 10 } };
static const struct status_row row = { .node = { .name = "n1" },
	.readable = true,
	.word = STATUS_BEHIND,
	.state = { .contact = 1000,
	    .newest_ns = INT64_C(990500000000),
	    .records = 7,
	    .bytes = 8,
	    .left = 9,
	    .gaps = 2,
	    .lost = 3,
	    .cut_records = 4,
	    .skew = -10,
	    .failures = 6,
	    .damaged = 1 } };
static const struct status_row unreadable = { .node = { .name = "n2" }, .word = STATUS_ERROR };
static const struct status_row unheard = {
	.node = { .name = "n3" }, .readable = true, .word = STATUS_NEVER
};

static const struct feed_lag lag = { .name = "f1",
	.lag = 11,
	.oldest = 20,
	.missed = 12,
	.rejects = 14,
	.state = { .records = 13, .success = 15, .reason = "broken" } };

static const char *const wanted[] = {
	"bijk_build_info{program=\"bijk-master\",version=\"" BIJK_VERSION "\"} 1\n",
	"bijk_nodes{status=\"ok\"} 0\n",
	"bijk_nodes{status=\"behind\"} 1\n",
	"bijk_nodes{status=\"off\"} 0\n",
	"bijk_node_status{node=\"n1\",status=\"behind\"} 1\n",
	"bijk_node_status{node=\"n2\",status=\"error\"} 1\n",
	"bijk_node_status{node=\"n3\",status=\"never\"} 1\n",
	"bijk_node_last_contact_timestamp_seconds{node=\"n1\"} 1000\n",
	"bijk_node_newest_record_timestamp_seconds{node=\"n1\"} 1000\n",
	"# TYPE bijk_node_received_records_total counter\n",
	"bijk_node_received_records_total{node=\"n1\"} 7\n",
	"bijk_node_received_bytes_total{node=\"n1\"} 8\n",
	"bijk_node_backlog_records{node=\"n1\"} 9\n",
	"bijk_node_gaps{node=\"n1\"} 2\n",
	"bijk_node_lost_records{node=\"n1\"} 3\n",
	"bijk_node_removed_early_records{node=\"n1\"} 4\n",
	"bijk_node_clock_skew_seconds{node=\"n1\"} -10\n",
	"bijk_node_failures{node=\"n1\"} 6\n",
	"bijk_node_damaged{node=\"n1\"} 1\n",
	"bijk_node_damaged{node=\"n3\"} 0\n",
	"bijk_store_free_bytes 5000\n",
	"bijk_store_min_free_bytes 1000\n",
	"bijk_store_free_inodes 70\n",
	"bijk_store_min_free_inodes 10\n",
	"bijk_store_read_only 0\n",
	"bijk_feed_lag_records{feed=\"f1\"} 11\n",
	"bijk_feed_oldest_waiting_timestamp_seconds{feed=\"f1\"} 980\n",
	"bijk_feed_missed_records{feed=\"f1\"} 12\n",
	"bijk_feed_confirmed_records_total{feed=\"f1\"} 13\n",
	"bijk_feed_rejected_batches{feed=\"f1\"} 14\n",
	"bijk_feed_last_success_timestamp_seconds{feed=\"f1\"} 15\n",
	"bijk_feed_failing{feed=\"f1\"} 1\n",
};

START_TEST(of_a_master)
{
	char *text;

	status_prom_master(&master);
	status_prom_row(&row);
	status_prom_row(&unreadable);
	status_prom_row(&unheard);
	status_prom_feed(&lag, 1000);
	text = printed(NULL, 0);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		ck_assert_msg(strstr(text, wanted[i]) != NULL, "%s is not in\n%s", wanted[i], text);
	/* What is not known is absent. */
	ck_assert_ptr_null(strstr(text, "bijk_node_gaps{node=\"n2\"}"));
	ck_assert_ptr_null(strstr(text, "contact_timestamp_seconds{node=\"n3\"}"));
	ck_assert_ptr_null(strstr(text, "record_timestamp_seconds{node=\"n3\"}"));
	free(text);
}
END_TEST

SUITE_MAIN("prom", label_values, groups, too_much, of_a_master)
