/* SPDX-License-Identifier: ISC */
/*
 * The main of a unit test: one Check suite, run in forked processes.
 *
 *   SUITE_MAIN("wire", lines, bad_lines)                        plain tests
 *   SUITE_MAIN_FIXTURE("pins", setup, teardown, one, two)       with a fixture around each
 *   SUITE_MAIN_TABLE("ssh", explains, 12, last_words, ready)    the first is run for 0 to 11, as _i
 *   SUITE_MAIN_BOTH("log", setup, teardown, every_bit, 2, ...)  both
 */
#ifndef BIJK_TESTS_SUITE_H
#define BIJK_TESTS_SUITE_H

#include <check.h>
#include <errno.h>
#include <stdlib.h>

/* The call returns -1, and errno says why. */
#define fails(call, why)                                                                           \
	do {                                                                                       \
		ck_assert_int_eq(call, -1);                                                        \
		ck_assert_int_eq(errno, why);                                                      \
	} while (0)

/* The pointer, which is not NULL. */
#define must(pointer)                                                                              \
	({                                                                                         \
		__typeof__(pointer) must_be = (pointer);                                           \
                                                                                                   \
		ck_assert_ptr_nonnull(must_be);                                                    \
		must_be;                                                                           \
	})

struct suite_plan {
	const char *title;
	void (*setup)(void), (*teardown)(void); /* or NULL */
	const TTest *looped;			/* or NULL */
	size_t loops;
};

static inline int suite_run(struct suite_plan plan, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(plan.title);
	TCase *tcase = tcase_create(plan.title);
	SRunner *runner;
	int failed;

	if (plan.setup != NULL)
		tcase_add_checked_fixture(tcase, plan.setup, plan.teardown);
	if (plan.looped != NULL)
		tcase_add_loop_test(tcase, plan.looped, 0, (int)plan.loops);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define SUITE_RUN(plan, ...)                                                                       \
	int main(void)                                                                             \
	{                                                                                          \
		const TTest *const tests[] = { __VA_ARGS__ };                                      \
                                                                                                   \
		return suite_run(plan, tests, sizeof(tests) / sizeof(*tests));                     \
	}
#define SUITE_PLAN(name, up, down, table, n)                                                       \
	((struct suite_plan){                                                                      \
	    .title = name, .setup = up, .teardown = down, .looped = table, .loops = n })

#define SUITE_MAIN(title, ...) SUITE_RUN(SUITE_PLAN(title, NULL, NULL, NULL, 0), __VA_ARGS__)
#define SUITE_MAIN_FIXTURE(title, setup, teardown, ...)                                            \
	SUITE_RUN(SUITE_PLAN(title, setup, teardown, NULL, 0), __VA_ARGS__)
#define SUITE_MAIN_TABLE(title, looped, loops, ...)                                                \
	SUITE_RUN(SUITE_PLAN(title, NULL, NULL, looped, loops), __VA_ARGS__)
#define SUITE_MAIN_BOTH(title, setup, teardown, looped, loops, ...)                                \
	SUITE_RUN(SUITE_PLAN(title, setup, teardown, looped, loops), __VA_ARGS__)

#endif
