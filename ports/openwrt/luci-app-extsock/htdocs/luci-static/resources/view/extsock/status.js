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

	/* Only after a question: each of these moves everybody's traffic, or decides where it goes later. */
	ask(what, text, call, hasTime, ev) {
		const focus = this.focus(ev.currentTarget);
		const time = E('input', { 'type': 'text', 'id': 'extsock-time', 'class': 'cbi-input-text', 'placeholder': _('for good') });
		const problem = E('p', { 'role': 'alert' });
		const close = () => { ui.hideModal(); focus(); };

		ui.showModal('%s?'.format(what), [
			E('p', text),
			hasTime ? E('p', [ E('label', { 'for': time.id }, _('For how long (90s, 15m, 2h, 7d)')), ' ', time ]) : '',
			problem,
			E('div', { 'class': 'right' }, [
				E('button', { 'class': 'btn', 'click': close }, _('Cancel')),
				' ',
				E('button', {
					'class': 'btn cbi-button-action important',
					'click': ui.createHandlerFn(this, () => call(time.value.trim()).then(reply => {
						if (reply && reply.error) {
							problem.textContent = reply.error;
							return;
						}
						ui.hideModal();
						return this.refresh().then(focus);
					}, error => { problem.textContent = error.message; }))
				}, what)
			])
		]);
	},

	/* One that asks first. What it is called aloud says of which connection or SEGW it is. */
	button(label, what, text, call, hasTime) {
		return E('button', {
			'class': 'btn cbi-button-action',
			'disabled': this.readonly || null,
			'aria-label': what,
			'click': ui.createHandlerFn(this, 'ask', what, text, call, hasTime)
		}, label);
	},

	renderButtons(connection, segw, place) {
		const name = connection.connection, to = segw.address;
		const buttons = [];

		if (connection.active != place)
			buttons.push(this.button(_('Move here'), _('Move %s to %s').format(name, to), connection.active == null
				? _('%s is dialled at once.').format(to)
				: _('%s is dialled. Traffic stays where it is until that tunnel is up.').format(to),
			() => extsock.switchTo(name, to)));
		buttons.push(connection.pinned == place
			? this.button(_('Unpin'), _('Unpin %s').format(name), _('It may fail back again.'), () => extsock.unpin(name))
			: this.button(_('Pin here'), _('Pin %s to %s').format(name, to),
				_('It moves there, and does not fail back. After a loss it fails over, and returns.'), time => extsock.pin(name, to, time), true));
		buttons.push(segw.drained
			? this.button(_('Undrain'), _('Undrain %s').format(to), _('Connections may use this SEGW again.'), () => extsock.undrain(to))
			: this.button(_('Drain'), _('Drain %s').format(to), _('All connections leave it, and do not choose it while they have another one.'),
				time => extsock.drain(to, time), true));

		return buttons.flatMap(button => [ button, ' ' ]);
	},

	showExplanation(connection, ev) {
		const focus = this.focus(ev.currentTarget);

		return extsock.explain(connection.connection).then(reply => ui.showModal(connection.connection, [
			E('p', reply.text || reply.error || _('The plugin has no explanation.')),
			E('div', { 'class': 'right' },
				E('button', { 'class': 'btn', 'click': () => { ui.hideModal(); focus(); } }, _('Close')))
		]));
	},

	renderSegws(reply, connection) {
		const titles = [ _('SEGW'), _('Now'), _('Dialled'), _('Failed'), _('Last failure'), '' ];

		return extsock.table(titles, connection.segws.map((segw, place) => {
			const left = until => extsock.span(until - reply.now_ms);
			const now = connection.active == place ? E('strong', _('carries the traffic'))
				: segw.barred_until_ms > reply.now_ms ? _('barred for %s').format(left(segw.barred_until_ms))
					: segw.rests_until_ms > reply.now_ms ? _('asked to be left alone for %s').format(left(segw.rests_until_ms)) : _('ready');

			return [
				segw.address,
				[ now, segw.drained ? ', %s'.format(segw.drained_until_ms == null ? _('drained') : _('drained for %s').format(left(segw.drained_until_ms))) : '' ],
				_('%d, up %d').format(segw.attempts, segw.successes),
				'%d'.format(segw.failures),
				extsock.reason({ cause: segw.last_cause, detail: segw.last_detail }) || '-',
				E('div', this.renderButtons(connection, segw, place))
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
			...(connection.pinned != null ? [ [ _('Pinned'), connection.pinned_until_ms == null
				? _('to %s, for good').format(extsock.address(connection, connection.pinned))
				: _('to %s, for %s').format(extsock.address(connection, connection.pinned), extsock.span(connection.pinned_until_ms - reply.now_ms)) ] ] : []),
			...[ [ _('Warm standby'), extsock.standbyText(reply, connection) ], [ _('Asked behind it'), extsock.probeText(reply, connection) ] ]
				.filter(fact => fact[1]),
			[ _('Last loss'), connection.lost ? _('%s, %s: %s').format(extsock.moment(reply, connection.lost.time_ms),
				extsock.address(connection, connection.lost.segw), extsock.reason(connection.lost)) : _('none') ],
			...(connection.silent_data_since_ms != null ? [ [ _('Data'),
				_('none come in since %s').format(extsock.moment(reply, connection.silent_data_since_ms)) ] ] : []),
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
			E('button', {
				'class': 'btn',
				'aria-label': _('Explain %s').format(connection.connection),
				'click': ui.createHandlerFn(this, 'showExplanation', connection)
			}, _('Explain')),
			' ',
			connection.state == 'ACTIVE' ? this.button(_('Drill'), _('Drill %s').format(connection.connection),
				_('Traffic moves to the next SEGW, and after 5 s returns.'), () => extsock.drill(connection.connection)) : ''
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

		const reply = data.reply;
		const cards = reply.connections.map(connection => this.renderConnection(reply, connection));

		/* What is wrong in the configuration, first: in the plugin's words, with the place. */
		return [
			...(reply.policy_error || []).map(text => E('div', { 'class': 'alert-message warning' }, text)),
			...(cards.length ? cards : [ E('p', _('No connection is guarded. A connection of /etc/config/ipsec is, if it has more than one gateway.')) ]),
			...this.renderUnguarded(reply)
		];
	},

	/* What gives the focus back to a button, also to the one that is in its place by then. */
	focus(button) {
		const label = button.getAttribute('aria-label');
		const buttons = () => [ ...this.box.querySelectorAll('button') ];
		const alike = () => buttons().filter(other => other.getAttribute('aria-label') == label);
		const place = buttons().indexOf(button), nth = alike().indexOf(button);

		return () => { (alike()[nth] || buttons()[place] || this.box).focus(); };
	},

	/* Where the focus is, it stays; and what was read out is not read again. */
	refresh() {
		return this.load().then(data => {
			const focus = this.box.contains(document.activeElement) ? this.focus(document.activeElement) : () => {};
			const text = JSON.stringify(data.reply ? data.reply.connections.map(c => [ c.state, c.active ]) : data.error);

			dom.content(this.box, this.content(data));
			focus();
			if (text != this.told)
				this.news.textContent = data.reply ? data.reply.connections.map(c =>
					'%s: %s %s'.format(c.connection, extsock.stateText(c), c.active == null ? '' : c.segws[c.active].address)).join('; ') : '';
			this.told = text;
		});
	},

	render(data) {
		this.readonly = !L.hasViewPermission();
		this.box = E('div', { 'tabindex': '-1' });
		this.news = E('p', { 'aria-live': 'polite', 'style': 'position: absolute; left: -9999px' });
		dom.content(this.box, this.content(data));
		poll.add(() => this.refresh(), INTERVAL_S);

		return E([], [ E('h2', _('IPsec Failover')), this.news, this.box ]);
	}
});
