/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "registry.h"
#include "timer.h"

#include <collections/array.h>
#include <collections/hashtable.h>
#include <daemon.h>
#include <threading/mutex.h>

/**
 * Shortest time between two packets of the same request, in milliseconds; libsegw
 * sees to it that it is longer where answers take longer
 */
#define SHORTEST_AGAIN 40

/**
 * Time after which an IKE_SA_INIT request may have been sent again, in
 * milliseconds; see extsock_retransmit_t
 */
#define SHORTEST_INIT_AGAIN 1000

typedef struct private_extsock_registry_t private_extsock_registry_t;

/**
 * Private data of an extsock_registry_t object
 */
struct private_extsock_registry_t {

	/**
	 * Public interface
	 */
	extsock_registry_t public;

	/**
	 * IKE_SAs, unique ID => entry_t
	 */
	hashtable_t *entries;

	/**
	 * Covers the entries, a leaf
	 */
	mutex_t *mutex;
};

/**
 * An IKE_SA
 */
typedef struct {
	/** unique ID */
	uint32_t unique_id;
	/** what the manager finds it with */
	ike_sa_id_t *id;
	/** name of its connection */
	char *name;
	/** the request that waits for its answer, packet_t; NULL if none does */
	array_t *pending;
	/** its message ID */
	uint32_t mid;
	/** when it was sent first, and last, in milliseconds */
	uint64_t sent_at, sent_last;
	/** when the IKE_SA_INIT request was sent, 0 if it was answered */
	uint64_t init_at;
	/** time that the last answer took, in milliseconds, 0 if nobody can tell */
	u_int took;
	/** packets that had come in and gone out at the last look */
	uint64_t received, sent;
	/** since when packets go out and none come in, in seconds, 0 if that is not so */
	time_t silent_since;
	/** that was told */
	bool silent;
	/** it is being deleted */
	bool deleting;
} entry_t;

/**
 * Get the key of an IKE_SA in the table.
 *
 * @param unique_id		unique ID of the IKE_SA
 * @return				key
 */
static void *get_key(uint32_t unique_id)
{
	return (void*)(uintptr_t)unique_id;
}

/**
 * Create an entry.
 *
 * @param unique_id		unique ID of the IKE_SA
 * @param id			its SPIs, cloned
 * @param name			name of its connection
 * @return				entry
 */
static entry_t *entry_create(uint32_t unique_id, ike_sa_id_t *id, char *name)
{
	entry_t *entry;

	INIT(entry,
		.unique_id = unique_id,
		.id = id->clone(id),
		.name = strdup(name),
	);
	return entry;
}

/**
 * Destroy an entry.
 *
 * @param entry			entry
 */
static void entry_destroy(entry_t *entry)
{
	array_destroy_offset(entry->pending, offsetof(packet_t, destroy));
	entry->id->destroy(entry->id);
	free(entry->name);
	free(entry);
}

METHOD(extsock_registry_t, note, void,
	private_extsock_registry_t *this, ike_sa_t *ike_sa)
{
	ike_sa_id_t *id = ike_sa->get_id(ike_sa);
	uint32_t unique_id = ike_sa->get_unique_id(ike_sa);
	entry_t *entry, *old;

	entry = entry_create(unique_id, id, ike_sa->get_name(ike_sa));
	if (id->is_initiator(id))
	{	/* the responder's SPI comes later and goes if charon starts over; the
		 * manager also finds an IKE_SA by ours alone */
		entry->id->set_responder_spi(entry->id, 0);
	}
	this->mutex->lock(this->mutex);
	old = this->entries->put(this->entries, get_key(unique_id), entry);
	if (old)
	{
		entry->pending = old->pending;
		entry->mid = old->mid;
		entry->sent_at = old->sent_at;
		entry->sent_last = old->sent_last;
		entry->init_at = old->init_at;
		entry->took = old->took;
		entry->received = old->received;
		entry->sent = old->sent;
		entry->silent_since = old->silent_since;
		entry->silent = old->silent;
		entry->deleting = old->deleting;
		old->pending = NULL;
	}
	this->mutex->unlock(this->mutex);
	if (old)
	{
		entry_destroy(old);
	}
}

/**
 * Forget an IKE_SA.
 *
 * @param this			registry
 * @param unique_id		unique ID of the IKE_SA
 */
static void forget(private_extsock_registry_t *this, uint32_t unique_id)
{
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->entries->remove(this->entries, get_key(unique_id));
	this->mutex->unlock(this->mutex);
	if (entry)
	{
		entry_destroy(entry);
	}
}

/**
 * Note that an IKE_SA is being deleted.
 *
 * @param this			registry
 * @param unique_id		unique ID of the IKE_SA
 */
static void set_deleting(private_extsock_registry_t *this, uint32_t unique_id)
{
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->entries->get(this->entries, get_key(unique_id));
	if (entry)
	{
		entry->deleting = TRUE;
	}
	this->mutex->unlock(this->mutex);
}

METHOD(extsock_registry_t, is_deleting, bool,
	private_extsock_registry_t *this, uint32_t unique_id)
{
	bool deleting;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->entries->get(this->entries, get_key(unique_id));
	deleting = entry && entry->deleting;
	this->mutex->unlock(this->mutex);
	return deleting;
}

METHOD(listener_t, ike_state_change, bool,
	private_extsock_registry_t *this, ike_sa_t *ike_sa, ike_sa_state_t state)
{
	if (state == IKE_DESTROYING)
	{
		forget(this, ike_sa->get_unique_id(ike_sa));
	}
	else
	{	/* anew each time: our SPI changes when charon starts over, the name of
		 * the connection is not known from the first on for a responder */
		note(this, ike_sa);
	}
	if (state == IKE_DELETING)
	{
		set_deleting(this, ike_sa->get_unique_id(ike_sa));
	}
	return TRUE;
}

METHOD(listener_t, ike_rekey, bool,
	private_extsock_registry_t *this, ike_sa_t *old, ike_sa_t *new)
{
	/* a responder of a rekeying knew only its own SPI when it connected */
	note(this, new);
	return TRUE;
}

METHOD(listener_t, ike_reestablish_pre, bool,
	private_extsock_registry_t *this, ike_sa_t *old, ike_sa_t *new)
{
	note(this, new);
	return TRUE;
}

/*
 * Described in header
 */
array_t *extsock_registry_get_packets(message_t *message)
{
	enumerator_t *enumerator;
	array_t *packets;
	packet_t *packet;

	packets = array_create(0, 1);
	if (!message->is_fragmented(message))
	{
		array_insert(packets, ARRAY_TAIL, message->get_packet(message));
		return packets;
	}
	enumerator = message->get_fragments(message);
	while (enumerator->enumerate(enumerator, &packet))
	{
		array_insert(packets, ARRAY_TAIL, packet->clone(packet));
	}
	enumerator->destroy(enumerator);
	return packets;
}

/**
 * Note a request that waits for its answer from now on.
 *
 * @param entry			IKE_SA
 * @param message		request just generated
 */
static void note_request(entry_t *entry, message_t *message)
{
	array_destroy_offset(entry->pending, offsetof(packet_t, destroy));
	entry->pending = extsock_registry_get_packets(message);
	entry->mid = message->get_message_id(message);
	entry->sent_at = entry->sent_last = extsock_timer_now();
}

/**
 * Note an answer.
 *
 * @param entry			IKE_SA
 * @param message		response
 */
static void note_response(entry_t *entry, message_t *message)
{
	if (!entry->pending || message->get_message_id(message) != entry->mid)
	{
		return;
	}
	if (entry->sent_last == entry->sent_at)
	{	/* else it may be that to either, RFC 6298, section 3 */
		entry->took = max(extsock_timer_now() - entry->sent_at, 1);
	}
	array_destroy_offset(entry->pending, offsetof(packet_t, destroy));
	entry->pending = NULL;
}

/**
 * Note an IKE_SA_INIT request, or the response to it.
 *
 * @param entry			IKE_SA
 * @param request		TRUE for the request
 */
static void note_init(entry_t *entry, bool request)
{
	uint64_t now = extsock_timer_now();

	if (request)
	{
		entry->init_at = now;
	}
	else if (entry->init_at)
	{	/* one that is sent again is, at the earliest, then */
		entry->took = now - entry->init_at < SHORTEST_INIT_AGAIN ?
									max(now - entry->init_at, 1) : 0;
		entry->init_at = 0;
	}
}

METHOD(listener_t, message_, bool,
	private_extsock_registry_t *this, ike_sa_t *ike_sa, message_t *message,
	bool incoming, bool plain)
{
	bool request = message->get_request(message);
	entry_t *entry;

	/* generated: what is sent; parsed: what is authentic */
	if (incoming == request || incoming != plain ||
		ike_sa->get_version(ike_sa) != IKEV2)
	{
		return TRUE;
	}
	this->mutex->lock(this->mutex);
	entry = this->entries->get(this->entries,
							   get_key(ike_sa->get_unique_id(ike_sa)));
	if (entry && ike_sa->get_state(ike_sa) < IKE_ESTABLISHED)
	{
		if (message->get_exchange_type(message) == IKE_SA_INIT)
		{
			note_init(entry, request);
		}
	}
	else if (entry && request)
	{
		note_request(entry, message);
	}
	else if (entry)
	{
		note_response(entry, message);
	}
	this->mutex->unlock(this->mutex);
	return TRUE;
}

METHOD(listener_t, alert, bool,
	private_extsock_registry_t *this, ike_sa_t *ike_sa, alert_t alert,
	va_list args)
{
	entry_t *entry;

	if (alert == ALERT_RETRANSMIT_SEND && ike_sa)
	{	/* charon sends it again by itself */
		this->mutex->lock(this->mutex);
		entry = this->entries->get(this->entries,
								   get_key(ike_sa->get_unique_id(ike_sa)));
		if (entry && entry->pending)
		{
			entry->sent_last = extsock_timer_now();
		}
		this->mutex->unlock(this->mutex);
	}
	return TRUE;
}

METHOD(extsock_registry_t, get_took, u_int,
	private_extsock_registry_t *this, uint32_t unique_id)
{
	u_int took = 0;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->entries->get(this->entries, get_key(unique_id));
	if (entry)
	{
		took = entry->took;
		entry->took = 0;
	}
	this->mutex->unlock(this->mutex);
	return took;
}

METHOD(extsock_registry_t, stays_silent, bool,
	private_extsock_registry_t *this, ike_sa_t *ike_sa, uint64_t received,
	uint64_t sent)
{
	time_t heard = ike_sa->get_statistic(ike_sa, STAT_INBOUND);
	bool stays = FALSE;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->entries->get(this->entries,
							   get_key(ike_sa->get_unique_id(ike_sa)));
	if (entry)
	{
		if (received != entry->received)
		{
			entry->silent_since = 0;
			entry->silent = FALSE;
		}
		else if (sent > entry->sent && !entry->silent)
		{
			if (!entry->silent_since)
			{
				entry->silent_since = time_monotonic(NULL);
			}
			else if (heard > entry->silent_since)
			{
				entry->silent = stays = TRUE;
			}
		}
		entry->received = received;
		entry->sent = sent;
	}
	this->mutex->unlock(this->mutex);
	return stays;
}

METHOD(extsock_registry_t, ask_again, bool,
	private_extsock_registry_t *this, ike_sa_t *ike_sa, host_t *src)
{
	enumerator_t *enumerator;
	array_t *packets = NULL;
	host_t *from;
	packet_t *packet;
	entry_t *entry;
	uint64_t now;

	now = extsock_timer_now();
	this->mutex->lock(this->mutex);
	entry = this->entries->get(this->entries,
							   get_key(ike_sa->get_unique_id(ike_sa)));
	if (entry && entry->pending &&
		now - entry->sent_last >= SHORTEST_AGAIN)
	{
		entry->sent_last = now;
		packets = array_create(0, array_count(entry->pending));
		enumerator = array_create_enumerator(entry->pending);
		while (enumerator->enumerate(enumerator, &packet))
		{
			array_insert(packets, ARRAY_TAIL, packet->clone(packet));
		}
		enumerator->destroy(enumerator);
	}
	this->mutex->unlock(this->mutex);
	if (!packets)
	{
		return FALSE;
	}
	DBG2(DBG_IKE, "sending again what waits for an answer");
	while (array_remove(packets, ARRAY_HEAD, &packet))
	{
		if (src)
		{
			from = packet->get_source(packet);
			src->set_port(src, from->get_port(from));
			packet->set_source(packet, src->clone(src));
		}
		charon->sender->send(charon->sender, packet);
	}
	array_destroy(packets);
	return TRUE;
}

/**
 * Get what the manager finds an IKE_SA with.
 *
 * @param this			registry
 * @param unique_id		unique ID of the IKE_SA
 * @return				clone of its ID, NULL if it is not known
 */
static ike_sa_id_t *get_id(private_extsock_registry_t *this, uint32_t unique_id)
{
	ike_sa_id_t *id = NULL;
	entry_t *entry;

	this->mutex->lock(this->mutex);
	entry = this->entries->get(this->entries, get_key(unique_id));
	if (entry)
	{
		id = entry->id->clone(entry->id);
	}
	this->mutex->unlock(this->mutex);
	return id;
}

METHOD(extsock_registry_t, checkout, ike_sa_t*,
	private_extsock_registry_t *this, uint32_t unique_id)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	ike_sa_t *ike_sa;
	ike_sa_id_t *id;

	id = get_id(this, unique_id);
	if (!id)
	{
		return NULL;
	}
	ike_sa = manager->checkout(manager, id);
	id->destroy(id);
	if (ike_sa && ike_sa->get_unique_id(ike_sa) != unique_id)
	{	/* another one of the same SPI by now */
		manager->checkin(manager, ike_sa);
		ike_sa = NULL;
	}
	return ike_sa;
}

METHOD(extsock_registry_t, use, bool,
	private_extsock_registry_t *this, uint32_t unique_id,
	status_t (*act)(void *user, ike_sa_t *ike_sa), void *user)
{
	ike_sa_manager_t *manager = charon->ike_sa_manager;
	ike_sa_t *ike_sa;

	ike_sa = checkout(this, unique_id);
	if (!ike_sa)
	{
		return FALSE;
	}
	if (act(user, ike_sa) == DESTROY_ME)
	{
		manager->checkin_and_destroy(manager, ike_sa);
	}
	else
	{
		manager->checkin(manager, ike_sa);
	}
	return TRUE;
}

/**
 * Destroy an array of entries.
 *
 * @param entries		array of entry_t
 */
static void entries_destroy(array_t *entries)
{
	array_destroy_function(entries, (void*)entry_destroy, NULL);
}

CALLBACK(entry_filter, bool,
	array_t *entries, enumerator_t *orig, va_list args)
{
	uint32_t *unique_id;
	entry_t *entry;
	char **name;

	VA_ARGS_VGET(args, unique_id, name);

	if (!orig->enumerate(orig, &entry))
	{
		return FALSE;
	}
	*unique_id = entry->unique_id;
	*name = entry->name;
	return TRUE;
}

METHOD(extsock_registry_t, create_enumerator, enumerator_t*,
	private_extsock_registry_t *this)
{
	enumerator_t *enumerator;
	array_t *entries;
	entry_t *entry;

	entries = array_create(0, 0);
	this->mutex->lock(this->mutex);
	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, NULL, &entry))
	{
		array_insert(entries, ARRAY_TAIL,
					 entry_create(entry->unique_id, entry->id, entry->name));
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);
	return enumerator_create_filter(array_create_enumerator(entries),
									entry_filter, entries,
									(void*)entries_destroy);
}

METHOD(extsock_registry_t, destroy, void,
	private_extsock_registry_t *this)
{
	enumerator_t *enumerator;
	entry_t *entry;

	charon->bus->remove_listener(charon->bus, &this->public.listener);

	enumerator = this->entries->create_enumerator(this->entries);
	while (enumerator->enumerate(enumerator, NULL, &entry))
	{
		this->entries->remove_at(this->entries, enumerator);
		entry_destroy(entry);
	}
	enumerator->destroy(enumerator);
	this->entries->destroy(this->entries);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_registry_t *extsock_registry_create()
{
	private_extsock_registry_t *this;

	INIT(this,
		.public = {
			.listener = {
				.ike_state_change = _ike_state_change,
				.ike_rekey = _ike_rekey,
				.ike_reestablish_pre = _ike_reestablish_pre,
				.message = _message_,
				.alert = _alert,
			},
			.ask_again = _ask_again,
			.checkout = _checkout,
			.use = _use,
			.note = _note,
			.get_took = _get_took,
			.stays_silent = _stays_silent,
			.is_deleting = _is_deleting,
			.create_enumerator = _create_enumerator,
			.destroy = _destroy,
		},
		.entries = hashtable_create(hashtable_hash_ptr, hashtable_equals_ptr,
									8),
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
	);
	charon->bus->add_listener(charon->bus, &this->public.listener);
	return &this->public;
}
