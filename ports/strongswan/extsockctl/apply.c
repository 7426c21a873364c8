/*
 * apply: a file, or the files of a directory, now or whenever charon has started.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "client.h"
#include "file.h"
#include "reply.h"
#include "screen.h"
#include "wait.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX ".json"
/* Connections that are waited for; libsegw of today has fewer. */
#define NAMES_CAP 64

/* The names that were applied, those of earlier files first. */
static struct {
	unsigned count;
	char names[NAMES_CAP][SEGW_NAME_CAP * 4];
} applied;

/* Whether the list `key` of the reply has this text. */
static int has(const char *key, const char *text)
{
	char item[SEGW_NAME_CAP * 4];
	json_t json;
	int found = 0;

	if (enter_list(&json, client.line, client.line_len, key)) {
		while (json_item(&json)) {
			json_text(&json, item, sizeof item);
			found |= strcmp(item, text) == 0;
		}
	}
	return found;
}

/* Keeps a name; 0 if it is there already. */
static int keep(const char *name)
{
	unsigned i;

	for (i = 0; i < applied.count; i++) {
		if (strcmp(applied.names[i], name) == 0) {
			return 0;
		}
	}
	if (applied.count < NAMES_CAP) {
		strcpy(applied.names[applied.count++], name);
	}
	return 1;
}

#define REPLACED "replaced: its old tunnel ends, a new one is set up as start_action says"

/* What is said of the connections of one file. */
static struct {
	unsigned count, unchanged;
	struct {
		char name[SEGW_NAME_CAP * 4];
		const char *what;
	} rows[NAMES_CAP];
} told;

/* What is unchanged may be stopped, or never have been started: it does not run on. The plugin's answer is not kept. */
static void print_told(int status)
{
	static connection_t connection;
	int idle;
	unsigned i;

	for (i = 0; i < told.count; i++) {
		if (told.rows[i].what == NULL) {
			idle = status == DONE && connection_find(&connection, client.line, client.line_len, told.rows[i].name) &&
				   (strcmp(connection.state, "STOPPED") == 0 || strcmp(connection.state, "IDLE") == 0);
			if (idle) {
				printf("%s: unchanged, and %s; it starts with: extsockctl initiate %s\n", told.rows[i].name,
					   *connection.state == 'S' ? "stopped" : "not started", told.rows[i].name);
				continue;
			}
			told.rows[i].what = "unchanged, runs on";
		}
		printf("%s: %s\n", told.rows[i].name, told.rows[i].what);
	}
}

static void take_applied(const options_t *options)
{
	char name[SEGW_NAME_CAP * 4];
	json_t json;

	told.count = told.unchanged = 0;
	if (!enter_list(&json, client.line, client.line_len, "connections")) {
		return;
	}
	while (json_item(&json)) {
		json_text(&json, name, sizeof name);
		if (told.count < NAMES_CAP) {
			strcpy(told.rows[told.count].name, name);
			told.rows[told.count].what = has("unchanged", name) ? NULL : has("restarted", name) ? REPLACED : "applied";
			told.unchanged += told.rows[told.count++].what == NULL;
		}
		if (!keep(name)) {
			complain("%s: %s is in a file before this one, too; this one counts", file.name, name);
		}
	}
	if (!options->quiet) {
		print_told(told.unchanged != 0 ? ask_again("STATUS", "", "") : DONE);
	}
}

/* The file that was read, on the connection that there is. */
static int apply(const options_t *options)
{
	int status = client_send(file.request, file.len);
	reply_t reply;

	if (status == DONE) {
		status = client_reply();
	}
	if (status != DONE) {
		return status;
	}
	reply_read(&reply, client.line, client.line_len);
	if (!reply.ok) {
		file_refused(client.line, client.line_len);
		return REFUSED;
	}
	take_applied(options);
	return DONE;
}

/* Connects, unless that was done: what is wrong in a file is to be seen without charon, too. */
static int apply_file(const options_t *options, const char *name, int *connected)
{
	int status = file_read(name);

	if (status == DONE && !*connected) {
		status = client_connect(options);
		*connected = status == DONE;
	}
	if (status == DONE) {
		status = apply(options);
	}
	file_wipe();
	return status;
}

/* The name of a file that comes next, in the order of bytes; 0 if there is none. */
static int next_name(DIR *directory, char name[256])
{
	char after[256];
	const struct dirent *entry;
	size_t len;

	strcpy(after, name);
	name[0] = '\0';
	rewinddir(directory);
	while ((entry = readdir(directory)) != NULL) {
		len = strlen(entry->d_name);
		if (len < sizeof after && len > sizeof SUFFIX - 1 && entry->d_name[0] != '.' &&
			strcmp(entry->d_name + len - (sizeof SUFFIX - 1), SUFFIX) == 0 && strcmp(entry->d_name, after) > 0 &&
			(name[0] == '\0' || strcmp(entry->d_name, name) < 0)) {
			strcpy(name, entry->d_name);
		}
	}
	return name[0] != '\0';
}

/* All files, also after one that is wrong; the exit code is that of the first. */
static int apply_directory(const options_t *options, int *connected)
{
	const char *path = options->words[0];
	DIR *directory = opendir(path);
	char name[256] = "", whole[4096];
	int status = DONE, one, count = 0;

	if (directory == NULL) {
		complain("cannot read %s: %s", path, strerror(errno));
		return INVALID_FILE;
	}
	while (next_name(directory, name)) {
		count++;
		one = snprintf(whole, sizeof whole, "%s/%s", path, name) < (int)sizeof whole ? apply_file(options, whole, connected)
																					  : INVALID_FILE;
		status = status == DONE ? one : status;
		if (one == NO_CONNECTION || one == TIMED_OUT) {
			/* so would all others */
			break;
		}
	}
	closedir(directory);
	if (count == 0 && !options->quiet) {
		printf("%s: no *" SUFFIX " in it, nothing to do\n", path);
	}
	return status;
}

static int apply_all(const options_t *options, int *connected)
{
	struct stat what;

	applied.count = 0;
	if (stat(options->words[0], &what) == 0 && S_ISDIR(what.st_mode)) {
		return apply_directory(options, connected);
	}
	return apply_file(options, options->words[0], connected);
}

/* Until all are up, or are not to be dialled; one after the other, by one deadline. */
static int wait_for_all(const options_t *options)
{
	uint64_t until = now_ms() + options->wait_s * UINT64_C(1000);
	wish_t wish = {WANT_APPLIED, NULL, NO_SEGW, 0};
	int status = DONE, one;
	unsigned i;

	for (i = 0; i < applied.count; i++) {
		wish.name = applied.names[i];
		one = wish_wait(&wish, options, until);
		status = status == DONE ? one : status;
		if (one == NO_CONNECTION) {
			break;
		}
	}
	return status;
}

/* Applies whenever charon has started. What is wrong in a file is told each time, and does not end it. */
static int follow(const options_t *options)
{
	int status, connected = 1;

	client.following = client.returning = 1;
	for (;;) {
		status = client_await(options);
		if (status != DONE) {
			return status;
		}
		status = apply_all(options, &connected);
		if (!flushed()) {
			return BROKEN;
		}
		if (client.fd >= 0) {
			/* only to see its end */
			status = client_request("SUBSCRIBE", "{\"events\":[]}", "");
		}
		while (client.fd >= 0) {
			status = client_line(-1);
			if (status != DONE && client.fd >= 0) {
				return status;
			}
		}
		complain("charon has ended; waiting until it is back");
	}
}

int run_apply(const command_t *command, const options_t *options)
{
	int status, connected = 0;

	(void)command;
	if (options->follow) {
		if (options->wait_s != 0 || strcmp(options->words[0], "-") == 0) {
			complain("--follow takes no --wait, and a file or directory that can be read again");
			return USAGE;
		}
		return follow(options);
	}
	status = apply_all(options, &connected);
	if (options->wait_s != 0 && connected && (status == DONE || applied.count != 0)) {
		int waited = wait_for_all(options);

		status = status == DONE ? waited : status;
	}
	return status;
}
