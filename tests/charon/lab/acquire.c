/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A plugin for the lab: whoever connects to its socket makes every trap policy
 * be hit. The kernel does that for traffic, but userland ESP does not.
 */

#include "compat.h"

typedef struct private_acquire_plugin_t {
	/** implements plugin_t */
	plugin_t public;
	/** who connects wants traffic */
	stream_service_t *service;
} private_acquire_plugin_t;

/**
 * Report to charon, as a kernel would, that packets wait for every trap.
 */
static bool on_accept(void *unused, stream_t *stream)
{
	kernel_acquire_data_t data = {};
	uint32_t reqids[16];
	enumerator_t *enumerator;
	child_sa_t *child_sa;
	u_int count = 0, i;
	char line[32];

	enumerator = charon->traps->create_enumerator(charon->traps);
	while (count < countof(reqids) &&
		   enumerator->enumerate(enumerator, NULL, &child_sa))
	{
		reqids[count++] = child_sa->get_reqid(child_sa);
	}
	enumerator->destroy(enumerator);
	for (i = 0; i < count; i++)
	{
		charon->kernel->acquire(charon->kernel, reqids[i], &data);
	}
	snprintf(line, sizeof(line), "%u\n", count);
	stream->write_all(stream, line, strlen(line));
	return FALSE;
}

METHOD(plugin_t, get_name, char*,
	private_acquire_plugin_t *this)
{
	return "acquire";
}

static bool listen_cb(private_acquire_plugin_t *this, plugin_feature_t *feature,
					  bool reg, void *data)
{
	char *uri;

	if (!reg)
	{
		DESTROY_IF(this->service);
		return TRUE;
	}
	uri = lib->settings->get_str(lib->settings, "%s.plugins.acquire.socket",
								 NULL, lib->ns);
	this->service = lib->streams->create_service(lib->streams, uri, 1);
	if (!this->service)
	{
		return FALSE;
	}
	this->service->on_accept(this->service, on_accept, NULL, JOB_PRIO_MEDIUM,
							 1);
	return TRUE;
}

METHOD(plugin_t, get_features, int,
	private_acquire_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)listen_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "acquire"),
				PLUGIN_DEPENDS(CUSTOM, "libcharon-sa-managers"),
	};

	*features = f;
	return countof(f);
}

METHOD(plugin_t, destroy, void,
	private_acquire_plugin_t *this)
{
	free(this);
}

PLUGIN_DEFINE(acquire)
{
	private_acquire_plugin_t *this;

	INIT(this,
		.public = {
			.get_name = _get_name,
			.get_features = _get_features,
			.destroy = _destroy,
		},
	);
	return &this->public;
}
