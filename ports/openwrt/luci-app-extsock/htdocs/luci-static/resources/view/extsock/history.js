// SPDX-License-Identifier: GPL-2.0-or-later
'use strict';
'require dom';
'require extsock';
'require poll';
'require view';

const INTERVAL_S = 5;

const KINDS = {
	START: _('started'),
	UP: _('up'),
	FAILOVER: _('failover'),
	FAILBACK: _('failback'),
	SWITCH: _('switch'),
	MOVE_FAILED: _('move failed'),
	BACKOFF: _('all SEGWs failed, pause'),
	EXHAUSTED: _('gave up'),
	STOP: _('stopped'),
	HOLD: _('no route, on hold'),
	RESUME: _('resumed'),
	ADDRESS: _('next address of the name'),
	STANDBY: _('standby used'),
	STANDBY_FAILED: _('standby failed'),
	STANDBY_REFUSED: _('no standby possible'),
	REDIRECT: _('redirected'),
	REDIRECT_REFUSED: _('redirect not followed')
};

return view.extend({
	handleSaveApply: null,
	handleSave: null,
	handleReset: null,

	load() {
		return Promise.all([ extsock.status(), extsock.history() ])
			.then(both => ({ status: both[0], reply: both[1] }), error => ({ error: error }));
	},

	renderConnection(data, past) {
		const connection = data.status.connections.find(c => c.connection == past.connection);
		const titles = [ _('Time'), _('What'), _('From'), _('To'), _('Why') ];
		const place = at => connection ? extsock.address(connection, at) : at ?? '-';
		const rows = past.records.slice().reverse().map(record => [
			extsock.moment(data.reply, record.time_ms),
			(record.kind == 'BACKOFF' && record.count ? _('%s, round %d') : record.count > 1 ? _('%s, %d times') : '%s')
				.format(KINDS[record.kind] || record.kind, record.count),
			place(record.from),
			record.choice ? '%s (%s)'.format(place(record.to), record.choice) : place(record.to),
			extsock.reason(record) || '-'
		]);

		return E('div', { 'class': 'cbi-section' }, [
			E('h3', past.connection),
			extsock.table(titles, rows),
			past.overwritten ? E('p', E('em', _('%d older records were overwritten.').format(past.overwritten))) : ''
		]);
	},

	content(data) {
		if (data.error !== undefined)
			return extsock.silent(data.error);
		if (!data.reply.connections.length)
			return E('p', _('No connection is guarded.'));

		return data.reply.connections.map(past => this.renderConnection(data, past));
	},

	render(data) {
		const box = E('div', {});

		dom.content(box, this.content(data));
		poll.add(() => this.load().then(news => dom.content(box, this.content(news))), INTERVAL_S);

		return E([], [ E('h2', _('IPsec Failover: history')), box ]);
	}
});
