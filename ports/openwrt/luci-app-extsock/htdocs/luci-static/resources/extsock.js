// SPDX-License-Identifier: GPL-2.0-or-later
'use strict';
'require baseclass';
'require rpc';

// What the views share: the calls of ubus object `extsock`, and how what it tells reads.

const declare = (method, ...params) => rpc.declare({ object: 'extsock', method, params });
const callStatus = declare('status');
const callHistory = declare('history');

/* What LuCI's themes colour: a tunnel that is up is green on the SEGW that is preferred, yellow on another one, or without data. */
function level(connection) {
	if (connection.active == null)
		return connection.state == 'STOPPED' || connection.state == 'IDLE' ? 'notice' : 'danger';

	const silent = connection.silent_data_since_ms != null || connection.probe && connection.probe.state == 'SILENT';

	return connection.active == 0 && !silent && connection.children.every(child => child.state != 'DOWN') ? 'success' : 'warning';
}

const STATES = {
	IDLE: _('not started'),
	CONNECTING: _('dialling'),
	ACTIVE: _('up'),
	MOVING: _('up, moving'),
	BACKOFF: _('down, pausing between two rounds'),
	HOLD: _('on hold: this router has no route'),
	EXHAUSTED: _('down, gave up'),
	STOPPED: _('stopped by an operator')
};

function stateText(connection) {
	return STATES[connection.state] || connection.state;
}

/* The warm standby; nothing where none is wanted, or none could be. */
function standbyText(reply, connection) {
	const standby = connection.standby;
	const segw = standby && address(connection, standby.segw);

	switch (standby && standby.state) {
	case 'UP': return _('%s, up for %s').format(segw, span(reply.now_ms - standby.since_ms));
	case 'DIALLING': return _('%s is dialled').format(segw);
	case 'WAITING': return _('%s is dialled in %s').format(segw, span(standby.retry_at_ms - reply.now_ms));
	case 'REFUSED': return _('%s refuses: %s').format(segw, standby.reason);
	case 'ENDED': return _('%s, ended by an operator').format(segw);
	}
}

/* What was asked behind the SEGW; nothing where nothing is asked. */
function probeText(reply, connection) {
	const probe = connection.probe;
	const targets = probe && probe.targets.map(target => target.target).join(', ');

	switch (probe && probe.state) {
	case 'ANSWERS': return _('%s: answered').format(targets);
	case 'SILENT': return _('%s: silent since %s').format(targets, moment(reply, probe.since_ms));
	case 'ASKING': return _('%s: not heard yet').format(targets);
	case 'UNASKED': return _('%s: cannot be asked (%s)').format(targets, probe.cause);
	}
}

/* A span in its two largest units. */
function span(ms) {
	const s = Math.max(0, Math.round(ms / 1000));

	if (s < 60)
		return '%ds'.format(s);
	if (s < 3600)
		return '%dm %ds'.format(s / 60, s % 60);
	if (s < 86400)
		return '%dh %dm'.format(s / 3600, s / 60 % 60);

	return '%dd %dh'.format(s / 86400, s / 3600 % 24);
}

function ago(reply, ms) {
	return ms == null ? '-' : _('%s ago').format(span(reply.now_ms - ms));
}

/* Wall clock where the router knows it. */
function moment(reply, ms) {
	if (ms == null)
		return '-';
	if (reply.unix_ms == null)
		return ago(reply, ms);

	return new Date(reply.unix_ms - (reply.now_ms - ms)).toLocaleString();
}

function address(connection, place) {
	const segw = place == null ? null : connection.segws[place];

	return segw ? segw.address : '-';
}

function reason(item) {
	return item ? [ item.cause, item.detail ].filter(Boolean).join(', ') : '';
}

/* Rows are lists of what stands under each title; on a narrow screen the title stands before it. */
function table(titles, rows) {
	return E('table', { 'class': 'table' }, [
		E('tr', { 'class': 'tr table-titles' }, titles.map(title => E('th', { 'class': 'th', 'scope': 'col' }, title))),
		...rows.map(row => E('tr', { 'class': 'tr' },
			row.map((content, place) => E('td', { 'class': 'td', 'data-title': titles[place] }, content))))
	]);
}

return baseclass.extend({
	status: () => callStatus().then(reply => reply.connections ? reply : Promise.reject(reply.error)),
	history: () => callHistory().then(reply => reply.connections ? reply : Promise.reject(reply.error)),
	explain: declare('explain', 'name'),
	switchTo: declare('switch', 'name', 'to'),
	pin: declare('pin', 'name', 'to', 'time'),
	unpin: declare('unpin', 'name'),
	drain: declare('drain', 'segw', 'time'),
	undrain: declare('undrain', 'segw'),
	drill: declare('drill', 'name'),
	level,
	stateText,
	standbyText,
	probeText,
	span,
	ago,
	moment,
	address,
	reason,
	table,

	/* What is shown where nothing can be asked. */
	silent(error) {
		return E('div', { 'class': 'alert-message warning', 'role': 'alert' }, [
			E('p', _('The plugin does not answer: %s').format(error || _('charon does not run, or extsock is not loaded'))),
			E('p', _('Look at the system log, and at "service extsock status" on the router\'s shell.'))
		]);
	}
});
