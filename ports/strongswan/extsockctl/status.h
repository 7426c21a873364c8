/*
 * What the plugin says, as a person reads it: replies to STATUS and HISTORY as tables, events as lines.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef STATUS_H
#define STATUS_H

#include "client.h"

/* Prints client.line, a reply to STATUS. */
void status_print(void);

/* Prints client.line, a reply to HISTORY; `status` is one to STATUS, which has the addresses. */
void history_print(const char *status, size_t len);

/* Prints client.line, an event; `behind`: how far the plugin's clock is behind ours. */
void event_print(int64_t behind);

/* The plugin's clock when it wrote a reply. */
uint64_t reply_clock(const char *line, size_t len);

#endif
