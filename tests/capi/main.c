/*
 * Conformance of the C API: drives every function of segw.h as a C program would. Prints `ok NAME` for each test and
 * ends with `N passed, N failed, 0 skipped`; exit status 0 only if none failed. Arguments name tests to run.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const test_t *const tables[] = {lifecycle_tests, following_tests, network_tests, request_tests,
                                       config_tests,    error_tests,     table_tests};
static const test_t *running;
static int failures;

static void failed(const char *file, int line)
{
	failures++;
	printf("%s:%d: %s: ", file, line, running->name);
}

void check_that(int holds, const char *what, const char *file, int line)
{
	if (!holds) {
		failed(file, line);
		printf("does not hold: %s\n", what);
	}
}

void check_number(int64_t expected, int64_t found, const char *what, const char *file, int line)
{
	if (expected != found) {
		failed(file, line);
		printf("%s is %ld, expected %ld\n", what, (long)found, (long)expected);
	}
}

void check_text(const char *expected, const char *found, const char *what, const char *file, int line)
{
	if (found == NULL || strcmp(expected, found) != 0) {
		failed(file, line);
		printf("%s is \"%s\", expected \"%s\"\n", what, found == NULL ? "(NULL)" : found, expected);
	}
}

void check_has(const char *text, const char *part, int expected, const char *file, int line)
{
	if ((strstr(text, part) != NULL) != (expected != 0)) {
		failed(file, line);
		printf("%s \"%s\" in: %s\n", expected ? "no" : "unwanted", part, text);
	}
}

/* The context lives exactly as long as its test and starts with rubbish, so that valgrind and ASan see misuse of it. */
static int passes(const test_t *test)
{
	running = test;
	failures = 0;
	now = 1000;
	ctx = (segw_ctx_t *)malloc(sizeof *ctx);
	if (ctx == NULL) {
		abort();
	}
	CHECK_NUMBER(SEGW_OK, segw_init(ctx, now, 7));
	test->run();
	free(ctx);
	ctx = NULL;
	printf("%s %s\n", failures == 0 ? "ok  " : "FAIL", test->name);
	fflush(stdout);
	return failures == 0;
}

static int wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(name, argv[i]) == 0) {
			return 1;
		}
	}
	return argc < 2;
}

int main(int argc, char **argv)
{
	size_t i;
	int passed = 0, failed_tests = 0;
	const test_t *test;

	if (segw_abi() != SEGW_ABI) {
		printf("libsegw.a has ABI %lu, segw.h %d\n", (unsigned long)segw_abi(), SEGW_ABI);
		return 2;
	}
	for (i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		for (test = tables[i]; test->name != NULL; test++) {
			if (wanted(test->name, argc, argv)) {
				if (passes(test)) {
					passed++;
				} else {
					failed_tests++;
				}
			}
		}
	}
	printf("%d passed, %d failed, 0 skipped\n", passed, failed_tests);
	return failed_tests == 0 ? 0 : 1;
}
