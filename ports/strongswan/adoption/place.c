/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "place.h"
#include "resolve.h"

#include <collections/enumerator.h>
#include <threading/thread.h>

/**
 * Check if an item of a list is a name; it may also be an address, and a subnet
 * or range that only a responder makes use of.
 *
 * @param item			item of a list
 * @return				TRUE if it is a name
 */
static bool is_name(char *item)
{
	host_t *from, *to;

	if (strchr(item, '/') || *item == '%')
	{
		return FALSE;
	}
	if (host_create_from_range(item, &from, &to))
	{
		from->destroy(from);
		to->destroy(to);
		return FALSE;
	}
	return extsock_resolve_is_name(item);
}

/**
 * Create an enumerator over the items of a list.
 *
 * @param list			remote addresses, separated by commas
 * @return				enumerator over char*
 */
static enumerator_t *create_item_enumerator(const char *list)
{
	return enumerator_create_token((char*)list, ",", " ");
}

/**
 * Check if an address is listed itself.
 *
 * @param list			remote addresses, separated by commas
 * @param host			address
 * @return				TRUE if it is
 */
static bool is_listed(const char *list, host_t *host)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	host_t *listed;
	char *item;

	enumerator = create_item_enumerator(list);
	while (!found && enumerator->enumerate(enumerator, &item))
	{
		listed = host_create_from_string(item, 0);
		found = listed && listed->ip_equals(listed, host);
		DESTROY_IF(listed);
	}
	enumerator->destroy(enumerator);
	return found;
}

/**
 * Check if a name has an address.
 *
 * @param name			name to resolve
 * @param host			address
 * @return				TRUE if it has
 */
static bool has_address(char *name, host_t *host)
{
	linked_list_t *hosts;
	host_t *current;
	bool found = FALSE;

	hosts = extsock_resolve(name);
	while (hosts &&
		   hosts->remove_first(hosts, (void**)&current) == SUCCESS)
	{
		found |= current->ip_equals(current, host);
		current->destroy(current);
	}
	DESTROY_IF(hosts);
	return found;
}

/*
 * Described in header
 */
void extsock_place_find(const char *list, host_t *host, char *name, size_t cap)
{
	enumerator_t *enumerator;
	bool found = FALSE;
	char *item;

	*name = '\0';
	if (is_listed(list, host))
	{
		return;
	}
	enumerator = create_item_enumerator(list);
	thread_cleanup_push((void*)enumerator->destroy, enumerator);
	while (!found && enumerator->enumerate(enumerator, &item))
	{
		if (strlen(item) < cap && is_name(item))
		{
			found = has_address(item, host);
			if (found || !*name)
			{
				snprintf(name, cap, "%s", item);
			}
		}
	}
	thread_cleanup_pop(TRUE);
}
