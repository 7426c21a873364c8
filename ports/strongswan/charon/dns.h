/* SPDX-License-Identifier: GPL-2.0-or-later */

/**
 * @defgroup extsock_dns extsock_dns
 * @{ @ingroup extsock
 *
 * SEGWs given by name: their addresses, and which of these have been tried.
 */

#ifndef EXTSOCK_DNS_H_
#define EXTSOCK_DNS_H_

typedef struct extsock_dns_t extsock_dns_t;

#include <collections/linked_list.h>
#include <config/ike_cfg.h>

/**
 * Remembers which addresses of SEGWs given by name have been dialled.
 *
 * They are dialled one after the other, none twice, until that is forgotten. All
 * methods may be called by any thread.
 */
struct extsock_dns_t {

	/**
	 * Choose the next address to dial. Asks the kernel for routes.
	 *
	 * @param connection	name of the connection
	 * @param segw			name of the SEGW
	 * @param fresh			addresses it has now, host_t
	 * @param ike_cfg		config whose local address has to be used
	 * @param more			receives TRUE if another could be dialled after,
	 *						FALSE initially
	 * @param host			receives the address, to be destroyed
	 * @return				SUCCESS; NOT_FOUND if all have been dialled;
	 *						OUT_OF_RES if none of the others has a route
	 */
	status_t (*choose)(extsock_dns_t *this, const char *connection,
					   const char *segw, linked_list_t *fresh,
					   ike_cfg_t *ike_cfg, bool *more, host_t **host);

	/**
	 * Remember that an address is dialled.
	 *
	 * @param connection	name of the connection
	 * @param segw			name of the SEGW
	 * @param host			address
	 */
	void (*add)(extsock_dns_t *this, const char *connection,
				const char *segw, host_t *host);

	/**
	 * Forget what has been dialled, to begin anew.
	 *
	 * @param connection	name of the connection
	 * @param segw			name of the SEGW, NULL for all of the connection
	 */
	void (*forget)(extsock_dns_t *this, const char *connection,
				   const char *segw);

	/**
	 * Destroy an extsock_dns_t.
	 */
	void (*destroy)(extsock_dns_t *this);
};

/**
 * Create the object, nothing has been dialled.
 *
 * @return				object
 */
extsock_dns_t *extsock_dns_create();

/**
 * Check if something has to be resolved.
 *
 * @param address		address or name
 * @return				TRUE if it is a name
 */
bool extsock_dns_is_name(const char *address);

/**
 * Resolve a name, with all its addresses.
 *
 * Charon's own resolver returns the first one only. Waits for name servers, and
 * the calling thread may be canceled meanwhile: to be called from a job that
 * can be canceled, with nothing held that has to be released.
 *
 * @param name			name to resolve
 * @return				list of host_t, the most preferred first, all to be
 *						destroyed; NULL if it does not resolve
 */
linked_list_t *extsock_dns_resolve(const char *name);

#endif /** EXTSOCK_DNS_H_ @}*/
