/*
 * An object's members into a row of a struct.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "members.h"

#include <string.h>

#define KEY_CAP 40

static void read_member(json_t *json, void *row, const member_t *member)
{
	char *at = (char *)row + member->at;
	uint64_t number;
	int flag;

	switch (member->kind) {
	case A_NUMBER:
	case A_MOMENT:
		number = json_number(json, member->kind == A_MOMENT ? UINT64_MAX : 0);
		memcpy(at, &number, sizeof number);
		break;
	case A_TEXT:
		json_text(json, at, member->cap);
		break;
	case A_FLAG:
		flag = json_type(json) == 't';
		memcpy(at, &flag, sizeof flag);
		json_skip(json);
		break;
	default:
		member->read(json, row);
		break;
	}
}

void members_into(json_t *json, void *row, const member_t *members)
{
	const member_t *member;
	char key[KEY_CAP];

	if (!json_enter(json, '{')) {
		return;
	}
	while (json_key(json, key, sizeof key)) {
		for (member = members; member->key != NULL && strcmp(key, member->key) != 0; member++) {
		}
		if (member->key != NULL) {
			read_member(json, row, member);
		} else {
			json_skip(json);
		}
	}
}

void members_read(json_t *json, void *row, size_t size, const member_t *members)
{
	const member_t *member;

	memset(row, 0, size);
	for (member = members; member->key != NULL; member++) {
		if (member->kind == A_MOMENT) {
			memset((char *)row + member->at, 0xff, sizeof(uint64_t));
		}
	}
	members_into(json, row, members);
}
