/*
 * Asking the plugin: a request, with its refusal told.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "client.h"
#include "reply.h"

int ask_again(const char *verb, const char *first, const char *second)
{
	int status = client_request(verb, first, second);
	reply_t reply;

	if (status != DONE) {
		return status;
	}
	reply_read(&reply, client.line, client.line_len);
	if (reply.ok) {
		return DONE;
	}
	complain("%s%s%s", first, *first != '\0' ? ": " : "", *reply.error != '\0' ? reply.error : "refused");
	return REFUSED;
}

int ask(const options_t *options, const char *verb, const char *first, const char *second)
{
	int status = client_connect(options);

	return status == DONE ? ask_again(verb, first, second) : status;
}
