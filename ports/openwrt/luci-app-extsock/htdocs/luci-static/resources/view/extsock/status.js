// SPDX-License-Identifier: GPL-2.0-or-later
'use strict';
'require dom';
'require extsock';
'require poll';
'require ui';
'require view';

const INTERVAL_S = 3;

return view.extend({
	handleSaveApply: null,
	handleSave: null,
	handleReset: null,

	load() {
		return extsock.status().then(reply => ({ reply: reply }), error => ({ error: error }));
	},

	/* Only after a question: a switch moves everybody's traffic. */
	askSwitch(connection, segw, ev) {
		const opener = ev.currentTarget;

		ui.showModal(_('Move %s?').format(connection.connection), [
			E('p', connection.active == null
				? _('SEGW %s is dialled at once.').format(segw.address)
				: _('SEGW %s is dialled. Traffic stays where it is until that tunnel is up.').format(segw.address)),
			E('div', { 'class': 'right' }, [
				E('button', { 'class': 'btn', 'click': () => { ui.hideModal(); opener.focus(); } }, _('Cancel')),
				' ',
				E('button', {
					'class': 'btn cbi-button-action important',
					'click': ui.createHandlerFn(this, 'doSwitch', connection, segw)
				}, _('Move to %s').format(segw.address))
			])
		]);
	},

	doSwitch(connection, segw) {
		return extsock.switchTo(connection.connection, segw.address).then(reply => {
			ui.hideModal();
			if (reply && reply.error)
				ui.addNotification(null, E('p', reply.error), 'danger');
			return this.refresh();
		}, error => {
			ui.hideModal();
			ui.addNotification(null, E('p', error.message), 'danger');
		});
	},

	showExplanation(connection, ev) {
		const opener = ev.currentTarget;

		return extsock.explain(connection.connection).then(reply => ui.showModal(connection.connection, [
			E('p', reply.text || reply.error || _('The plugin has no explanation.')),
			E('div', { 'class': 'right' },
				E('button', { 'class': 'btn', 'click': () => { ui.hideModal(); opener.focus(); } }, _('Close')))
		]));
	},

	renderSegws(reply, connection) {
		const titles = [ _('SEGW'), _('Now'), _('Dialled'), _('Failed'), _('Last failure'), '' ];

		return extsock.table(titles, connection.segws.map((segw, place) => {
			const carries = connection.active == place;
			const barred = segw.barred_until_ms != null && segw.barred_until_ms > reply.now_ms;
			const now = carries ? E('strong', _('carries the traffic'))
				: barred ? _('barred for %s').format(extsock.span(segw.barred_until_ms - reply.now_ms)) : _('ready');

			return [
				segw.address,
				now,
				_('%d, up %d').format(segw.attempts, segw.successes),
				'%d'.format(segw.failures),
				extsock.reason({ cause: segw.last_cause, detail: segw.last_detail }) || '-',
				carries ? '' : E('button', {
					'class': 'btn cbi-button-action',
					'disabled': this.readonly || null,
					'aria-label': _('Move %s to %s').format(connection.connection, segw.address),
					'click': ui.createHandlerFn(this, 'askSwitch', connection, segw)
				}, _('Move here'))
			];
		}));
	},

	renderConnection(reply, connection) {
		const since = connection.active == null ? connection.down_since_ms : connection.up_since_ms;
		const segw = connection.active == null ? null : connection.segws[connection.active];
		const children = connection.children.filter(child => child.state == 'DOWN');
		const facts = [
			[ _('State'), '%s%s'.format(extsock.stateText(connection), segw ? _(', by %s').format(segw.address) : '') ],
			[ _('Since'), _('%s (%s)').format(extsock.moment(reply, since ?? connection.since_ms), extsock.ago(reply, since ?? connection.since_ms)) ],
			[ _('Next'), connection.next ? connection.next.text : '-' ],
			[ _('Last loss'), connection.lost ? _('%s, %s: %s').format(extsock.moment(reply, connection.lost.time_ms),
				extsock.address(connection, connection.lost.segw), extsock.reason(connection.lost)) : _('none') ],
			...(connection.silent_data_since_ms != null ? [ [ _('Data'),
				_('none come in since %s, though the gateway answers').format(extsock.moment(reply, connection.silent_data_since_ms)) ] ] : []),
			[ _('Moves'), _('%d failovers, %d failbacks, %d switches').format(connection.failovers, connection.failbacks, connection.switches) ],
			...(children.length ? [ [ _('CHILD_SAs that are down'),
				children.map(child => '%s%s'.format(child.name, child.cause ? ': %s'.format(child.cause) : '')).join(', ') ] ] : [])
		];

		return E('div', { 'class': 'cbi-section' }, [
			E('h3', connection.connection),
			E('div', { 'class': 'alert-message %s'.format(extsock.level(connection)), 'role': 'status' },
				E('dl', { 'style': 'margin: 0' }, facts.map(fact => E('div', [
					E('dt', { 'style': 'display: inline; font-weight: bold' }, [ fact[0], ': ' ]),
					E('dd', { 'style': 'display: inline; margin: 0' }, fact[1])
				])))),
			this.renderSegws(reply, connection),
			E('button', { 'class': 'btn', 'click': ui.createHandlerFn(this, 'showExplanation', connection) }, _('Explain'))
		]);
	},

	renderUnguarded(reply) {
		if (!reply.not_guarded || !reply.not_guarded.length)
			return [];

		return [ E('div', { 'class': 'cbi-section' }, [
			E('h3', _('Connections that are not guarded')),
			extsock.table([ _('Connection'), _('Reason') ], reply.not_guarded.map(it => [ it.connection, it.reason ]))
		]) ];
	},

	content(data) {
		if (data.error !== undefined)
			return extsock.silent(data.error);
		if (!data.reply.connections.length)
			return [ E('p', _('No connection is guarded. A connection of /etc/config/ipsec is, if it has more than one gateway.')),
				...this.renderUnguarded(data.reply) ];

		return [ ...data.reply.connections.map(connection => this.renderConnection(data.reply, connection)),
			...this.renderUnguarded(data.reply) ];
	},

	/* Where the focus is, it stays; and what was read out is not read again. */
	refresh() {
		return this.load().then(data => {
			const label = document.activeElement && document.activeElement.getAttribute('aria-label');
			const text = JSON.stringify(data.reply ? data.reply.connections.map(c => [ c.state, c.active ]) : data.error);

			dom.content(this.box, this.content(data));
			if (label)
				this.box.querySelectorAll('button').forEach(button => button.getAttribute('aria-label') == label && button.focus());
			if (text != this.told)
				this.news.textContent = data.reply ? data.reply.connections.map(c =>
					'%s: %s %s'.format(c.connection, extsock.stateText(c), c.active == null ? '' : c.segws[c.active].address)).join('; ') : '';
			this.told = text;
		});
	},

	render(data) {
		this.readonly = !L.hasViewPermission();
		this.box = E('div', {});
		this.news = E('p', { 'aria-live': 'polite', 'style': 'position: absolute; left: -9999px' });
		dom.content(this.box, this.content(data));
		poll.add(() => this.refresh(), INTERVAL_S);

		return E([], [ E('h2', _('IPsec Failover')), this.news, this.box ]);
	}
});
