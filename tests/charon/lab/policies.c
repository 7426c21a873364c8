/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * A plugin for the lab: knows the policies that are installed, whoever does
 * ESP. Who connects to its socket and writes "traffic" makes every trap be hit:
 * a kernel does that, userland ESP does not. The answer is the number of traps.
 * At charon's end the log says how many policies are left. To install or remove
 * one takes delay_ms longer.
 */

#include "compat.h"

#include <threading/mutex.h>
#include <unistd.h>

typedef struct private_policies_plugin_t private_policies_plugin_t;

struct private_policies_plugin_t {
	/** implements plugin_t */
	plugin_t public;
	/** who connects asks */
	stream_service_t *service;
	/** what is installed, as policy_t */
	linked_list_t *policies;
	/** what it takes longer, in milliseconds */
	u_int delay;
	/** covers the list */
	mutex_t *mutex;
	/** charon's own methods */
	status_t (*add)(kernel_interface_t *this, kernel_ipsec_policy_id_t *id,
					kernel_ipsec_manage_policy_t *data);
	status_t (*del)(kernel_interface_t *this, kernel_ipsec_policy_id_t *id,
					kernel_ipsec_manage_policy_t *data);
};

/** the one plugin, for charon's methods */
static private_policies_plugin_t *plugin;

typedef struct {
	policy_dir_t dir;
	traffic_selector_t *src;
	traffic_selector_t *dst;
	policy_priority_t prio;
	uint32_t reqid;
} policy_t;

static void policy_destroy(policy_t *policy)
{
	policy->src->destroy(policy->src);
	policy->dst->destroy(policy->dst);
	free(policy);
}

static status_t add_policy(kernel_interface_t *kernel,
						   kernel_ipsec_policy_id_t *id,
						   kernel_ipsec_manage_policy_t *data)
{
	policy_t *policy;
	status_t status;

	usleep(plugin->delay * 1000);
	status = plugin->add(kernel, id, data);
	if (status == SUCCESS)
	{
		INIT(policy,
			.dir = id->dir,
			.src = id->src_ts->clone(id->src_ts),
			.dst = id->dst_ts->clone(id->dst_ts),
			.prio = data->prio,
			.reqid = data->sa->reqid,
		);
		plugin->mutex->lock(plugin->mutex);
		plugin->policies->insert_last(plugin->policies, policy);
		plugin->mutex->unlock(plugin->mutex);
	}
	return status;
}

static status_t del_policy(kernel_interface_t *kernel,
						   kernel_ipsec_policy_id_t *id,
						   kernel_ipsec_manage_policy_t *data)
{
	enumerator_t *enumerator;
	policy_t *policy;
	status_t status;

	usleep(plugin->delay * 1000);
	status = plugin->del(kernel, id, data);
	if (status != SUCCESS)
	{
		return status;
	}
	plugin->mutex->lock(plugin->mutex);
	enumerator = plugin->policies->create_enumerator(plugin->policies);
	while (enumerator->enumerate(enumerator, &policy))
	{
		if (policy->dir == id->dir && policy->prio == data->prio &&
			policy->reqid == data->sa->reqid &&
			policy->src->equals(policy->src, id->src_ts) &&
			policy->dst->equals(policy->dst, id->dst_ts))
		{
			plugin->policies->remove_at(plugin->policies, enumerator);
			policy_destroy(policy);
			break;
		}
	}
	enumerator->destroy(enumerator);
	plugin->mutex->unlock(plugin->mutex);
	return status;
}

/**
 * Get the reqids of all traps, each once.
 */
static u_int get_traps(uint32_t *reqids, u_int cap)
{
	enumerator_t *enumerator;
	policy_t *policy;
	u_int count = 0, i;

	plugin->mutex->lock(plugin->mutex);
	enumerator = plugin->policies->create_enumerator(plugin->policies);
	while (count < cap && enumerator->enumerate(enumerator, &policy))
	{
		if (policy->dir == POLICY_OUT && policy->prio == POLICY_PRIORITY_ROUTED)
		{
			for (i = 0; i < count && reqids[i] != policy->reqid; i++)
			{
				/* known already */
			}
			reqids[i] = policy->reqid;
			count = max(count, i + 1);
		}
	}
	enumerator->destroy(enumerator);
	plugin->mutex->unlock(plugin->mutex);
	return count;
}

static bool on_accept(void *unused, stream_t *stream)
{
	kernel_acquire_data_t data = {};
	uint32_t reqids[16];
	char line[32];
	u_int count, i;

	count = get_traps(reqids, countof(reqids));
	if (stream->read(stream, line, sizeof(line), TRUE) > 0 &&
		strpfx(line, "traffic"))
	{
		for (i = 0; i < count; i++)
		{
			charon->kernel->acquire(charon->kernel, reqids[i], &data);
		}
	}
	snprintf(line, sizeof(line), "%u\n", count);
	stream->write_all(stream, line, strlen(line));
	return FALSE;
}

METHOD(plugin_t, get_name, char*,
	private_policies_plugin_t *this)
{
	return "policies";
}

static bool listen_cb(private_policies_plugin_t *this,
					  plugin_feature_t *feature, bool reg, void *data)
{
	char *uri;

	if (!reg)
	{
		charon->kernel->add_policy = this->add;
		charon->kernel->del_policy = this->del;
		DBG1(DBG_CFG, "%d policies left",
			 this->policies->get_count(this->policies));
		DESTROY_IF(this->service);
		return TRUE;
	}
	this->add = charon->kernel->add_policy;
	this->del = charon->kernel->del_policy;
	charon->kernel->add_policy = add_policy;
	charon->kernel->del_policy = del_policy;
	this->delay = lib->settings->get_int(lib->settings,
									"%s.plugins.policies.delay_ms", 0, lib->ns);
	uri = lib->settings->get_str(lib->settings, "%s.plugins.policies.socket",
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
	private_policies_plugin_t *this, plugin_feature_t *features[])
{
	static plugin_feature_t f[] = {
		PLUGIN_CALLBACK((plugin_feature_callback_t)listen_cb, NULL),
			PLUGIN_PROVIDE(CUSTOM, "policies"),
				PLUGIN_DEPENDS(CUSTOM, "libcharon-sa-managers"),
	};

	*features = f;
	return countof(f);
}

METHOD(plugin_t, destroy, void,
	private_policies_plugin_t *this)
{
	this->policies->destroy_function(this->policies, (void*)policy_destroy);
	this->mutex->destroy(this->mutex);
	free(this);
}

PLUGIN_DEFINE(policies)
{
	INIT(plugin,
		.public = {
			.get_name = _get_name,
			.get_features = _get_features,
			.destroy = _destroy,
		},
		.policies = linked_list_create(),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	return &plugin->public;
}
