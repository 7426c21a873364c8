// SPDX-License-Identifier: GPL-2.0-or-later
'use strict';
'require dom';
'require extsock';
'require poll';
'require view';

const INTERVAL_S = 5;

function kindText(record) {
	switch (record.kind) {
	case 'START': return _('started');
	case 'UP': return _('up');
	case 'FAILOVER': return _('failover');
	case 'FAILBACK': return _('failback');
	case 'SWITCH': return _('switch');
	case 'MOVE_FAILED': return _('move failed');
	case 'BACKOFF': return _('all SEGWs failed, pause');
	case 'EXHAUSTED': return _('gave up');
	case 'STOP': return _('stopped');
	case 'HOLD': return _('no route, on hold');
	case 'RESUME': return _('resumed');
	case 'ADDRESS': return _('next address of the name');
	case 'STANDBY': return _('standby used');
	case 'STANDBY_FAILED': return _('standby failed');
	case 'STANDBY_REFUSED': return _('no standby possible');
	case 'REDIRECT': return _('redirected');
	case 'REDIRECT_REFUSED': return _('redirect not followed');
	}

	return record.kind;
}

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
			record.kind == 'BACKOFF' && record.count ? _('%s, round %d').format(kindText(record), record.count)
				: record.count > 1 ? _('%s, %d times').format(kindText(record), record.count) : kindText(record),
			place(record.from),
			place(record.to),
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
