// SPDX-License-Identifier: GPL-2.0-or-later
'use strict';
'require baseclass';
'require rpc';

// What the views share: the calls of ubus object `extsock`, and how what it tells reads.

const callStatus = rpc.declare({ object: 'extsock', method: 'status' });
const callHistory = rpc.declare({ object: 'extsock', method: 'history' });
const callExplain = rpc.declare({ object: 'extsock', method: 'explain', params: [ 'name' ] });
const callSwitch = rpc.declare({ object: 'extsock', method: 'switch', params: [ 'name', 'to' ] });

/* What LuCI's themes colour: a tunnel that is up is green on the SEGW that is preferred, yellow on another one. */
function level(connection) {
	if (connection.active == null)
		return connection.state == 'STOPPED' || connection.state == 'IDLE' ? 'notice' : 'danger';

	return connection.active == 0 && connection.children.every(child => child.state != 'DOWN') ? 'success' : 'warning';
}

function stateText(connection) {
	switch (connection.state) {
	case 'IDLE': return _('not started');
	case 'CONNECTING': return _('dialling');
	case 'ACTIVE': return _('up');
	case 'MOVING': return _('up, moving');
	case 'BACKOFF': return _('down, pausing between two rounds');
	case 'HOLD': return _('on hold: this router has no route');
	case 'EXHAUSTED': return _('down, gave up');
	case 'STOPPED': return _('stopped by an operator');
	}

	return connection.state;
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
	explain: callExplain,
	switchTo: callSwitch,
	level: level,
	stateText: stateText,
	span: span,
	ago: ago,
	moment: moment,
	address: address,
	reason: reason,
	table: table,

	/* What is shown where nothing can be asked. */
	silent(error) {
		return E('div', { 'class': 'alert-message warning', 'role': 'alert' }, [
			E('p', _('The plugin does not answer: %s').format(error || _('charon does not run, or extsock is not loaded'))),
			E('p', _('Look at the system log, and at "service extsock status" on the router\'s shell.'))
		]);
	}
});
