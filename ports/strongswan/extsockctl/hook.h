/*
 * A script that is run for each event, one at a time, in the environment of this process.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HOOK_H
#define HOOK_H

/* Whether it can be run; complains if not. */
int hook_check(const char *script);

/* Runs it and waits for its end; complains if that is no success. */
void hook_run(const char *script);

#endif
