/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "ts.h"

#include <netdb.h>

#include <library.h>

/**
 * Longest traffic selector text, in bytes with the closing NUL
 */
#define TS_CAP 256

/**
 * Parse a number, no sign, no trailing bytes.
 *
 * @param text			decimal number
 * @param limit			largest value allowed
 * @param value			receives the number
 * @return				TRUE if it is one
 */
static bool parse_number(const char *text, u_long limit, u_long *value)
{
	char *end;

	if (*text < '0' || *text > '9')
	{
		return FALSE;
	}
	*value = strtoul(text, &end, 10);
	return !*end && *value <= limit;
}

/**
 * Parse the protocol, by name or number.
 *
 * @param text			protocol
 * @param protocol		receives the protocol number, 0 for any
 * @return				TRUE if known
 */
static bool parse_protocol(const char *text, uint8_t *protocol)
{
	struct protoent *entry;
	u_long number;

	if (streq(text, "any"))
	{
		*protocol = 0;
		return TRUE;
	}
	entry = getprotobyname(text);
	if (entry)
	{
		*protocol = entry->p_proto;
		return TRUE;
	}
	if (parse_number(text, 0xff, &number))
	{
		*protocol = number;
		return TRUE;
	}
	return FALSE;
}

/**
 * Parse the port: "any", "opaque", a service, a number or a range.
 *
 * @param text			port, modified
 * @param from			receives the first port
 * @param to			receives the last port
 * @return				TRUE if valid
 */
static bool parse_port(char *text, uint16_t *from, uint16_t *to)
{
	struct servent *service;
	u_long first, last;
	char *dash;

	if (streq(text, "any"))
	{
		return TRUE;
	}
	if (streq(text, "opaque"))
	{	/* RFC 7296, section 3.13.1 */
		*from = 0xffff;
		*to = 0;
		return TRUE;
	}
	service = getservbyname(text, NULL);
	if (service)
	{
		*from = *to = ntohs(service->s_port);
		return TRUE;
	}
	dash = strchr(text, '-');
	if (dash)
	{
		*(dash++) = '\0';
	}
	if (!parse_number(text, 0xffff, &first) ||
		!parse_number(dash ?: text, 0xffff, &last) || last < first)
	{
		return FALSE;
	}
	*from = first;
	*to = last;
	return TRUE;
}

/**
 * Create a traffic selector of an address range.
 *
 * @param range			range, e.g. 10.0.0.1-10.0.0.9
 * @param protocol		protocol number
 * @param from			first port
 * @param to			last port
 * @return				traffic selector, NULL if malformed
 */
static traffic_selector_t *create_from_range(char *range, uint8_t protocol,
											 uint16_t from, uint16_t to)
{
	traffic_selector_t *ts;
	host_t *lower, *upper;
	ts_type_t type;

	if (!host_create_from_range(range, &lower, &upper))
	{
		return NULL;
	}
	type = lower->get_family(lower) == AF_INET ? TS_IPV4_ADDR_RANGE
											   : TS_IPV6_ADDR_RANGE;
	ts = traffic_selector_create_from_bytes(protocol, type,
								lower->get_address(lower), from,
								upper->get_address(upper), to);
	lower->destroy(lower);
	upper->destroy(upper);
	return ts;
}

/**
 * Create a traffic selector of a subnet or an address.
 *
 * Charon makes something of any prefix length, so it is checked here.
 *
 * @param subnet		subnet, e.g. 10.0.0.0/8
 * @param protocol		protocol number
 * @param from			first port
 * @param to			last port
 * @return				traffic selector, NULL if malformed
 */
static traffic_selector_t *create_from_subnet(char *subnet, uint8_t protocol,
											  uint16_t from, uint16_t to)
{
	u_long prefix;
	char *slash;

	slash = strchr(subnet, '/');
	if (slash &&
		!parse_number(slash + 1, strchr(subnet, ':') ? 128 : 32, &prefix))
	{
		return NULL;
	}
	return traffic_selector_create_from_cidr(subnet, protocol, from, to);
}

/*
 * Described in header
 */
traffic_selector_t *extsock_ts_create(const char *text)
{
	char buf[TS_CAP], *selector, *port, *end;
	uint16_t from = 0, to = 0xffff;
	uint8_t protocol = 0;

	if (strlen(text) >= sizeof(buf))
	{
		return NULL;
	}
	strcpy(buf, text);

	selector = strchr(buf, '[');
	if (selector)
	{
		*(selector++) = '\0';
		end = strchr(selector, ']');
		if (!end || end[1])
		{
			return NULL;
		}
		*end = '\0';
		port = strchr(selector, '/');
		if (port)
		{
			*(port++) = '\0';
		}
		if (!parse_protocol(selector, &protocol) ||
			(port && !parse_port(port, &from, &to)))
		{
			return NULL;
		}
	}
	if (streq(buf, "dynamic"))
	{
		return traffic_selector_create_dynamic(protocol, from, to);
	}
	if (strchr(buf, '-'))
	{
		return create_from_range(buf, protocol, from, to);
	}
	return create_from_subnet(buf, protocol, from, to);
}
