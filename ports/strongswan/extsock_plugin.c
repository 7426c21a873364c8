/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "extsock_plugin.h"
#include "compat.h"

#include "adoption.h"
#include "backend.h"
#include "dialer.h"
#include "dns.h"
#include "handler.h"
#include "listener.h"
#include "manager.h"
#include "registry.h"
#include "server.h"
#include "transit.h"

typedef struct private_extsock_plugin_t private_extsock_plugin_t;

/**
 * Private data of extsock plugin
 */
struct private_extsock_plugin_t {

	/**
	 * Implements plugin interface
	 */
	extsock_plugin_t public;

	/**
	 * strongSwan adapter, its IKE_SAs
	 */
	extsock_registry_t *registry;

	/**
	 * Which addresses of SEGWs were dialled
	 */
	extsock_dns_t *dns;

	/**
	 * Lets in what comes through two SEGWs
	 */
	extsock_transit_t *transit;

	/**
	 * strongSwan adapter, its connections
	 */
	extsock_backend_t *backend;

	/**
	 * strongSwan adapter, its dials
	 */
	extsock_dialer_t *dialer;

	/**
	 * Socket adapter
	 */
	extsock_server_t *server;

	/**
	 * Failover manager
	 */
	extsock_failover_manager_t *failover;

	/**
	 * Config use case
	 */
	extsock_handler_t *handler;

	/**
	 * Connections that somebody else loads
	 */
	extsock_adoption_t *adoption;

	/**
	 * Event use case
	 */
	extsock_listener_t *listener;
};

METHOD(plugin_t, get_name, char*,
	private_extsock_plugin_t *this)
{
	return "extsock";
}

/**
 * Destroy all objects, in reverse order of their creation.
 *
 * Charon unloads plugins after the last worker thread, job and IKE_SA are gone,
 * nothing uses an object while it is destroyed.
 *
 * @param this			plugin
 */
static void destroy_objects(private_extsock_plugin_t *this)
{
	DESTROY_IF(this->listener);
	DESTROY_IF(this->adoption);
	DESTROY_IF(this->handler);
	DESTROY_IF(this->failover);
	DESTROY_IF(this->server);
	DESTROY_IF(this->dialer);
	DESTROY_IF(this->transit);
	DESTROY_IF(this->backend);
	DESTROY_IF(this->dns);
	DESTROY_IF(this->registry);
	/* plugin_t.reload does not know */
	this->adoption = NULL;
	this->server = NULL;
}

/**
 * Create all objects, each is given those it needs.
 *
 * @param this			plugin
 * @return				FALSE if the plugin can not work
 */
static bool create_objects(private_extsock_plugin_t *this)
{
	this->registry = extsock_registry_create();
	this->dns = extsock_dns_create();
	this->backend = extsock_backend_create(this->dns);
	this->transit = extsock_transit_create();
	this->dialer = extsock_dialer_create(this->backend, this->registry,
										 this->dns, this->transit);
	this->server = extsock_server_create();
	this->failover = extsock_failover_manager_create(this->backend,
								this->registry, this->dialer,
								(void*)this->server->publish, this->server);
	if (!this->failover)
	{
		return FALSE;
	}
	this->handler = extsock_handler_create(this->failover);
	this->adoption = extsock_adoption_create(this->backend,
											 this->registry, this->failover);
	this->listener = extsock_listener_create(this->failover, this->registry,
											 this->adoption, this->transit);

	/* last, as requests need all of the above. Without it connections that
	 * nobody has to apply are guarded all the same. Both schedule jobs, which
	 * nothing could take back if there was something to fail after them. */
	this->server->listen(this->server, (void*)this->handler->handle,
						 (void*)this->handler->is_slow, this->handler);
	this->adoption->reload(this->adoption);
	return TRUE;
}

/**
 * Create or destroy what the plugin consists of
 */
static bool plugin_cb(private_extsock_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *cb_data)
{
	if (reg && create_objects(this))
	{
		return TRUE;
	}
	destroy_objects(this);
	return !reg;
}

METHOD(plugin_t, get_features, int,
	private_extsock_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)plugin_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "extsock"),
				PLUGIN_DEPENDS(CUSTOM, "libcharon-sa-managers"),
				/* unloaded only after us, who remove our policies then */
				PLUGIN_SDEPEND(CUSTOM, "kernel-ipsec"),
				PLUGIN_SDEPEND(CUSTOM, "kernel-net"),
	};
	*features = f;
	return countof(f);
}

METHOD(plugin_t, reload, bool,
	private_extsock_plugin_t *this)
{
	if (this->server)
	{
		this->server->reload(this->server);
		this->adoption->reload(this->adoption);
	}
	return TRUE;
}

METHOD(plugin_t, destroy, void,
	private_extsock_plugin_t *this)
{
	free(this);
}

/**
 * Plugin constructor
 */
PLUGIN_DEFINE(extsock)
{
	private_extsock_plugin_t *this;

	INIT(this,
		.public = {
			.plugin = {
				.get_name = _get_name,
				.get_features = _get_features,
				.reload = _reload,
				.destroy = _destroy,
			},
		},
	);
	return &this->public.plugin;
}
