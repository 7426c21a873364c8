/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A plugin for a SEGW of the lab: as long as charon.plugins.busy.timer is not
 * 0 it refuses whoever authenticates and tells with a BACKOFF_TIMER (3GPP TS
 * 24.302, section 8.2.9.1) of that octet for how long to stay away.
 */

#include "compat.h"

#include <daemon.h>
#include <plugins/plugin_feature.h>

#define BACKOFF_TIMER 41041

typedef struct private_busy_plugin_t private_busy_plugin_t;

struct private_busy_plugin_t {
	/** implements plugin_t */
	plugin_t public;
	/** hears of IKE_SAs and messages */
	listener_t listener;
};

static uint8_t get_timer()
{
	return lib->settings->get_int(lib->settings, "%s.plugins.busy.timer", 0,
								  lib->ns);
}

METHOD(listener_t, authorize, bool,
	listener_t *this, ike_sa_t *ike_sa, bool final, bool *success)
{
	if (final && get_timer())
	{
		*success = FALSE;
	}
	return TRUE;
}

METHOD(listener_t, message, bool,
	listener_t *this, ike_sa_t *ike_sa, message_t *message, bool incoming,
	bool plain)
{
	uint8_t timer = get_timer();

	if (timer && plain && !incoming && !message->get_request(message) &&
		message->get_exchange_type(message) == IKE_AUTH)
	{	/* its length, and itself */
		message->add_notify(message, FALSE, BACKOFF_TIMER,
							chunk_from_chars(0x01, timer));
	}
	return TRUE;
}

static bool listen_cb(private_busy_plugin_t *this, plugin_feature_t *feature,
					  bool reg, void *data)
{
	if (reg)
	{
		charon->bus->add_listener(charon->bus, &this->listener);
	}
	else
	{
		charon->bus->remove_listener(charon->bus, &this->listener);
	}
	return TRUE;
}

METHOD(plugin_t, get_name, char*,
	private_busy_plugin_t *this)
{
	return "busy";
}

METHOD(plugin_t, get_features, int,
	private_busy_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)listen_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "busy"),
	};

	*features = f;
	return countof(f);
}

METHOD(plugin_t, destroy, void,
	private_busy_plugin_t *this)
{
	free(this);
}

PLUGIN_DEFINE(busy)
{
	private_busy_plugin_t *this;

	INIT(this,
		.public = {
			.get_name = _get_name,
			.get_features = _get_features,
			.destroy = _destroy,
		},
		.listener = {
			.authorize = _authorize,
			.message = _message,
		},
	);
	return &this->public;
}
