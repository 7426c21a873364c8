/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "reach.h"
#include "compat.h"
#include "event.h"
#include "target.h"
#include "timer.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <threading/mutex.h>

/**
 * Targets of a question at most
 */
#define TARGETS 8

/**
 * Sockets that are looked at in a row
 */
#define READY_MAX 16

typedef struct private_extsock_reach_t private_extsock_reach_t;

/**
 * Private data of an extsock_reach_t object
 */
struct private_extsock_reach_t {

	/**
	 * Public interface
	 */
	extsock_reach_t public;

	/**
	 * Finds IKE_SAs
	 */
	extsock_registry_t *registry;

	/**
	 * Callback to invoke
	 */
	extsock_reach_cb_t cb;

	/**
	 * User data to pass to callback
	 */
	void *user;

	/**
	 * When the time of the next question is over
	 */
	extsock_timer_t *timer;

	/**
	 * Covers all that follows, a leaf: nothing of charon is called with it held
	 * but the timer
	 */
	mutex_t *mutex;

	/**
	 * Descriptor of epoll with the sockets, -1 before the first question
	 */
	int epoll;

	/**
	 * Questions that wait for answers, round_t
	 */
	linked_list_t *rounds;

	/**
	 * Number of the last question
	 */
	uint32_t number;
};

/**
 * A question to some targets
 */
typedef struct {
	/** number, of all questions */
	uint32_t number;
	/** when its time is over, in milliseconds */
	uint64_t until;
	/** what has become of it */
	segw_ike_event_t event;
	/** how many targets there are */
	u_int count;
	/** those */
	extsock_target_t *targets[TARGETS];
} round_t;

static void round_destroy(round_t *round)
{
	u_int i;

	for (i = 0; i < round->count; i++)
	{
		round->targets[i]->destroy(round->targets[i]);
	}
	free(round);
}

/**
 * Create a question from an action.
 *
 * @param action		action
 * @return				question
 */
static round_t *round_create(const segw_action_t *action)
{
	enumerator_t *enumerator;
	round_t *round;
	char *text;

	INIT(round,
		.until = extsock_timer_now() + action->wait_ms,
	);
	extsock_event_init_action(&round->event, SEGW_IKE_REACHED, action);
	enumerator = enumerator_create_token(action->address, ",", " ");
	while (round->count < TARGETS && enumerator->enumerate(enumerator, &text))
	{
		round->targets[round->count++] = extsock_target_create(text);
	}
	enumerator->destroy(enumerator);
	return round;
}

/**
 * Note why a target can not be asked, the first reason stays.
 *
 * @param round			question
 * @param why			SEGW_UNASKED_*
 */
static void refuse(round_t *round, uint32_t why)
{
	if (!round->event.unasked)
	{
		round->event.unasked = why;
	}
}

/**
 * Find out from where to ask the targets.
 *
 * @param this			object
 * @param action		action
 * @param round			question
 */
static void find_sources(private_extsock_reach_t *this,
						 const segw_action_t *action, round_t *round)
{
	extsock_target_t *target;
	ike_sa_t *ike_sa;
	u_int i;

	ike_sa = this->registry->checkout(this->registry, action->unique_id);
	for (i = 0; ike_sa && i < round->count; i++)
	{
		target = round->targets[i];
		target->find_child(target, ike_sa, action->again);
	}
	if (ike_sa)
	{
		charon->ike_sa_manager->checkin(charon->ike_sa_manager, ike_sa);
	}
	for (i = 0; i < round->count; i++)
	{
		refuse(round, round->targets[i]->find_source(round->targets[i]));
	}
}

/**
 * Ask the targets that there is a source for, with the mutex held.
 *
 * @param this			object
 * @param round			question
 */
static void ask_all(private_extsock_reach_t *this, round_t *round)
{
	extsock_target_t *target;
	u_int i;

	for (i = 0; i < round->count; i++)
	{
		target = round->targets[i];
		switch (target->ask(target, this->epoll, round->number, i))
		{
			case SUCCESS:
				round->event.asked |= 1 << i;
				break;
			case FAILED:
				refuse(round, SEGW_UNASKED_NOT_SENT);
				break;
			default:
				break;
		}
	}
}

/**
 * Read all that has come in, with the mutex held.
 *
 * @param this			object
 */
static void hear_all(private_extsock_reach_t *this)
{
	struct epoll_event ready[READY_MAX];
	extsock_target_t *target;
	enumerator_t *enumerator;
	round_t *round;
	int i, count;
	u_int index;

	count = epoll_wait(this->epoll, ready, READY_MAX, 0);
	for (i = 0; i < count; i++)
	{
		enumerator = this->rounds->create_enumerator(this->rounds);
		while (enumerator->enumerate(enumerator, &round))
		{
			if (round->number == ready[i].data.u64 >> 8)
			{
				index = ready[i].data.u64 & 0xff;
				target = round->targets[index];
				if (target->hear(target))
				{
					round->event.answered |= 1 << index;
				}
				break;
			}
		}
		enumerator->destroy(enumerator);
	}
}

/**
 * Tell of the questions that all targets have answered, or whose time is over.
 *
 * @param this			object
 */
static void settle(private_extsock_reach_t *this)
{
	uint64_t now = extsock_timer_now();
	enumerator_t *enumerator;
	linked_list_t *done;
	round_t *round;

	done = linked_list_create();
	this->mutex->lock(this->mutex);
	/* also what waits to be read although its time is over: this host may not
	 * have run for a while */
	hear_all(this);
	enumerator = this->rounds->create_enumerator(this->rounds);
	while (enumerator->enumerate(enumerator, &round))
	{
		if (round->until <= now || round->event.answered == round->event.asked)
		{
			this->rounds->remove_at(this->rounds, enumerator);
			done->insert_last(done, round);
		}
		else
		{
			this->timer->set(this->timer, round->until);
		}
	}
	enumerator->destroy(enumerator);
	this->mutex->unlock(this->mutex);

	while (done->remove_first(done, (void**)&round) == SUCCESS)
	{
		this->cb(this->user, &round->event);
		round_destroy(round);
	}
	done->destroy(done);
}

CALLBACK(on_ready, bool,
	private_extsock_reach_t *this, int fd, watcher_event_t event)
{
	settle(this);
	return TRUE;
}

/**
 * Have the sockets watched, those of no one who never asks.
 *
 * @param this			object
 */
static void watch(private_extsock_reach_t *this)
{
	bool fresh;

	this->mutex->lock(this->mutex);
	fresh = this->epoll == -1;
	if (fresh)
	{
		this->epoll = epoll_create1(EPOLL_CLOEXEC);
		fresh = this->epoll != -1;
	}
	this->mutex->unlock(this->mutex);
	if (fresh)
	{
		lib->watcher->add(lib->watcher, this->epoll, WATCHER_READ, on_ready,
						  this);
	}
}

METHOD(extsock_reach_t, ask, void,
	private_extsock_reach_t *this, const segw_action_t *action)
{
	round_t *round;
	bool asked;

	watch(this);
	round = round_create(action);
	find_sources(this, action, round);

	this->mutex->lock(this->mutex);
	round->number = ++this->number;
	ask_all(this, round);
	asked = round->event.asked;
	if (asked)
	{
		this->rounds->insert_last(this->rounds, round);
		this->timer->set(this->timer, round->until);
	}
	this->mutex->unlock(this->mutex);
	if (!asked)
	{
		this->cb(this->user, &round->event);
		round_destroy(round);
	}
}

METHOD(extsock_reach_t, destroy, void,
	private_extsock_reach_t *this)
{
	if (this->epoll != -1)
	{
		lib->watcher->remove(lib->watcher, this->epoll);
	}
	this->rounds->destroy_function(this->rounds, (void*)round_destroy);
	if (this->epoll != -1)
	{
		close(this->epoll);
	}
	this->timer->destroy(this->timer);
	this->mutex->destroy(this->mutex);
	free(this);
}

/*
 * Described in header
 */
extsock_reach_t *extsock_reach_create(extsock_registry_t *registry,
									  extsock_reach_cb_t cb, void *user)
{
	private_extsock_reach_t *this;

	INIT(this,
		.public = {
			.ask = _ask,
			.destroy = _destroy,
		},
		.registry = registry,
		.cb = cb,
		.user = user,
		.mutex = mutex_create(MUTEX_TYPE_DEFAULT),
		.epoll = -1,
		.rounds = linked_list_create(),
	);
	this->timer = extsock_timer_create((extsock_timer_cb_t)settle, this);
	/* charon drops what nobody asks it to keep. Where it has it not, unprivileged
	 * sockets have to do, or the question says that it was not sent */
	ignore_result(lib->caps->keep(lib->caps, CAP_NET_RAW));
	return &this->public;
}
