/* SPDX-License-Identifier: ISC */
/* Lines of payloads in the formats of feeds. */
#include <stdio.h>
#include <string.h>

#include "master/feed/format.h"
#include "tests/unit/suite.h"

#include "common/base/banned.h"

/* NULL: not of the format; "": nothing to write. */
struct line {
	const char *in, *out;
};

#define OURS "node=\"web1\",source=\"cpu\""
#define MS "1795342500123"

static const struct line proms[] = {
	{ "", "" },
	{ "  \t", "" },
	{ "# HELP up Is it?", "" },
	{ "up 1", "up{" OURS "} 1 " MS },
	{ "  up\t1  ", "up{" OURS "} 1 " MS },
	{ "up{} 1", "up{" OURS "} 1 " MS },
	{ "a:b_c9{x=\"1\",} -1.5e+3 1700000000000",
	    "a:b_c9{" OURS ",x=\"1\"} -1.5e+3 1700000000000" },
	{ "up { x = \"a b\" , y=\"}\" } +Inf -5", "up{" OURS ",x=\"a b\",y=\"}\"} +Inf -5" },
	{ "up{node=\"n\",source=\"s\",nodes=\"\"} NaN",
	    "up{" OURS ",exported_node=\"n\",exported_source=\"s\",nodes=\"\"} NaN " MS },
	{ "up{x=\"\\\\ \\\" \\n \xc3\xa9\"} .5",
	    "up{" OURS ",x=\"\\\\ \\\" \\n \xc3\xa9\"} .5 " MS },
	{ "up", NULL },
	{ "up one", NULL },
	{ "9up 1", NULL },
	{ "{x=\"1\"} 1", NULL },
	{ "up{x=1} 1", NULL },
	{ "up{x=\"1} 1", NULL },
	{ "up{x=\"\\t\"} 1", NULL },
	{ "up{x=\"1\" y=\"2\"} 1", NULL },
	{ "up{x=\"1\"", NULL },
	{ "up{x=\"1\\", NULL },
	{ "up{a:b=\"1\"} 1", NULL },
	{ "up{=\"1\"} 1", NULL },
	{ "up 1 1.5", NULL },
	{ "up 1 2 3", NULL },
	{ "up 1 # {trace=\"x\"} 1", NULL },
	{ "up 1e", NULL },
	{ "up .", NULL },
	{ "up 0x10", NULL },
	{ "up 1 99999999999999999999", NULL },
	{ "up{x=\"\x01\"} 1", NULL },
	{ "load: 0.1 0.2", NULL },
};

#define TAGS ",node=web1,source=cpu"
#define NS "1795342500123456789"

static const struct line influxes[] = {
	{ "", "" },
	{ "# none", "" },
	{ "cpu idle=1", "cpu" TAGS " idle=1 " NS },
	{ "cpu,core=0 idle=1i,x=2u 1700000000000000000",
	    "cpu" TAGS ",core=0 idle=1i,x=2u 1700000000000000000" },
	{ "cpu,node=a,source=b idle=-1.5e3,on=t",
	    "cpu" TAGS ",exported_node=a,exported_source=b idle=-1.5e3,on=t " NS },
	{ "a\\ b\\,c,t\\=a\\ g=v\\,1 f\\ 1=\"x, y= \\\" z\",b=False",
	    "a\\ b\\,c" TAGS ",t\\=a\\ g=v\\,1 f\\ 1=\"x, y= \\\" z\",b=False " NS },
	{ "cpu  idle=1  5 ", "cpu" TAGS " idle=1 5" },
	{ "cpu", NULL },
	{ "cpu ", NULL },
	{ ",a=b idle=1", NULL },
	{ "cpu,a idle=1", NULL },
	{ "cpu,a= idle=1", NULL },
	{ "cpu,=b idle=1", NULL },
	{ "cpu idle", NULL },
	{ "cpu idle=", NULL },
	{ "cpu =1", NULL },
	{ "cpu idle=1,", NULL },
	{ "cpu idle=word", NULL },
	{ "cpu idle=NaN", NULL },
	{ "cpu idle=inf", NULL },
	{ "cpu idle=1.5i", NULL },
	{ "cpu idle=i", NULL },
	{ "cpu idle=\"open", NULL },
	{ "cpu idle=\"open\\", NULL },
	{ "cpu idle=\"a\"b", NULL },
	{ "cpu idle=1 now", NULL },
	{ "cpu idle=1 1 2", NULL },
	{ "cpu idle=\"\x1b\"", NULL },
	{ "cpu\\", NULL },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void check(const struct line *l,
    int (*format)(FILE *, const struct format_record *, const char *, size_t, const char **))
{
	const struct format_record r = {
		.node = "web1", .source = "cpu", .time_ns = INT64_C(1795342500123456789)
	};
	/* Of its length: reading beyond it is seen by a sanitizer. */
	char *in = must(malloc(strlen(l->in) + 1)), *out = NULL;
	const char *why = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);
	int rc;

	memcpy(in, l->in, strlen(l->in));
	rc = format(f, &r, in, strlen(l->in), &why);
	fclose(f);
	free(in);
	if (l->out == NULL) {
		ck_assert_msg(rc == -1 && len == 0 && why != NULL, "%s: %d, %s", l->in, rc, out);
	} else if (l->out[0] == '\0') {
		ck_assert_msg(rc == 0 && len == 0, "%s: %d, %s", l->in, rc, out);
	} else {
		ck_assert_msg(rc == 1, "%s: %s", l->in, why);
		ck_assert(len > 0 && out[len - 1] == '\n');
		out[len - 1] = '\0';
		ck_assert_str_eq(out, l->out);
	}
	free(out);
}

START_TEST(prometheus_text)
{
	for (size_t i = 0; i < COUNT(proms); i++)
		check(&proms[i], format_prom);
}
END_TEST

START_TEST(line_protocol)
{
	for (size_t i = 0; i < COUNT(influxes); i++)
		check(&influxes[i], format_influx);
}
END_TEST

SUITE_MAIN("feed formats", prometheus_text, line_protocol)
