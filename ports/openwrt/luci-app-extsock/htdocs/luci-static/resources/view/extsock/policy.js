// SPDX-License-Identifier: GPL-2.0-or-later
'use strict';
'require extsock';
'require form';
'require fs';
'require uci';
'require ui';
'require view';

// The table that the router's scripts check against: which options there are, of what kind, within which bounds.
const TABLE = '/usr/share/extsock/options';
const UNITS = { ms: 1, s: 1000, m: 60000, h: 3600000, d: 86400000 };

// Where an option stands, and how it is called. One that is in the table and not here stands under "More" by its name.
const TABS = [
	[ 'general', _('General'), {
		enabled: [ _('Enabled'), _('Without it nothing is guarded.') ],
		adopt: [ _('Guard connections'), _('Each one of /etc/config/ipsec that has more than one gateway.') ]
	} ],
	[ 'detection', _('Detection'), {
		liveness_interval: [ _('Liveness interval'), _('After so much silence the SEGW is asked. 0 turns the checks off.') ],
		suspect: [ _('Suspicion'), _('It is asked, too, when packets only went out for so long. 0: never for that.') ],
		probe: [ _('Probe'), _('A question without an answer is sent again after so long.') ],
		probe_misses: [ _('Probe misses'), _('Lost after so many questions without an answer.') ],
		data_suspect: [ _('Silent data'), _('Told when packets only go out for so long. 0: never.') ],
		data_action: [ _('After silent data'), _('Tell, or also go on with the next SEGW.') ],
		liveness_misses: [ _('Liveness misses'), _('Instead of these three: lost after so many silent intervals and one.') ],
		standby: [ _('Warm standby'), _('The next SEGW has an IKE_SA already: a loss costs one exchange instead of a dial.') ],
		init_timeout: [ _('First answer'), _('A dialled SEGW without an answer is left after so long, if there is another one. 0: no limit.') ],
		connect_timeout: [ _('Connect timeout'), _('A dialled SEGW has so much time to come up. 0: charon decides.') ]
	} ],
	[ 'rounds', _('Rounds'), {
		backoff_initial: [ _('First pause'), _('After a round in which every SEGW failed.') ],
		backoff_base: [ _('Growth'), _('Each pause is so many times as long as the one before.') ],
		backoff_limit: [ _('Longest pause') ],
		jitter_pct: [ _('Jitter'), _('A pause is shorter by up to so many percent, by chance.') ],
		spread: [ _('Spread'), _('After a loss that all routers may have, dial at a random moment within so long.') ],
		max_rounds: [ _('Rounds at most'), _('Then the connection stays down. 0: without end.') ],
		exhausted_retry: [ _('Try again after'), _('When all rounds failed. 0: only when somebody asks.') ],
		stable: [ _('Stable after'), _('A SEGW that is lost sooner counts as failed.') ],
		auth_penalty: [ _('Penalty'), _('A SEGW is left alone for so long after failed authentication.') ],
		on_refusal: [ _('After a refusal'), _('Dial the next SEGW, or ask the same again.') ],
		redirect: [ _('Redirect'), _('Where a SEGW may send this router.') ]
	} ],
	[ 'order', _('Order'), {
		order: [ _('Order'), _('Which SEGW comes first: as listed, drawn by this router, or the quickest.') ],
		preferences: [ _('Preferences'), _('A number for each SEGW, as in 1 1 2: lower ones come first.') ],
		weights: [ _('Weights'), _('A number for each SEGW, as in 10 20 5: its share of the routers.') ],
		device_id: [ _('Name of this router'), _('What is drawn by. Empty: the machine id.') ]
	} ],
	[ 'failback', _('Failback'), {
		failback: [ _('Failback'), _('Go back to a more preferred SEGW, once it is up.') ],
		hold_down: [ _('Hold-down'), _('How long after the loss at the earliest.') ],
		hold_down_limit: [ _('Longest hold-down'), _('It doubles each time that going back was too early.') ],
		failback_window: [ _('Hours') ]
	} ],
	[ 'target', _('Targets'), {
		target: [ _('Targets'), _('Behind the SEGW: 10.1.0.1 to ping, tcp://10.1.0.1:443 to connect to.') ],
		target_interval: [ _('Interval'), _('They are asked each so often.') ],
		target_misses: [ _('Misses'), _('Silent when no target has answered so many questions in a row.') ],
		target_recover: [ _('Answers'), _('Back when one has answered so many in a row.') ],
		target_action: [ _('When they are silent'), _('Tell; rekey, then go on with the next SEGW; or go on at once.') ]
	} ],
	[ 'access', _('Access'), {
		socket: [ _('Socket') ], mode: [ _('Mode of the socket') ], owner: [ _('Owner') ], group: [ _('Group') ],
		users: [ _('Users who may look') ], groups: [ _('Groups who may look') ],
		operate_users: [ _('Users who may switch') ], operate_groups: [ _('Groups who may switch') ],
		configure_users: [ _('Users who may configure') ], configure_groups: [ _('Groups who may configure') ],
		privileged_users: [ _('Users as good as root') ],
		privileged_groups: [ _('Groups as good as root') ],
		max_clients: [ _('Clients at most') ], max_clients_per_user: [ _('Clients of a user at most') ],
		idle_timeout: [ _('Idle timeout'), _('For an unfinished request. 0: no limit.') ]
	} ],
	[ 'state', _('State file'), {
		state_file: [ _('State file'), _('Which SEGW worked last, for the next start.') ],
		state_interval: [ _('Interval'), _('Between two writes at least.') ]
	} ],
	[ 'more', _('More'), {
		record_bytes: [ _('Record'), _('Bytes of memory for extsockctl record. 0: nothing is kept.') ],
		trace_file: [ _('Trace file'), _('The same in a file. In memory, please: /run or /tmp.') ]
	} ]
];

// What the value of a kind looks like, and what is said where it does not. No slash in a class: LuCI's jsmin takes it for the end.
const NAME = [ /^[\w.-]+$/, _('A name or a number') ];
const FORMS = {
	time: [ /^(0|(0|[1-9]\d{0,9})(ms|s|m|h|d))$/, _('A number with its unit: ms, s, m, h or d, as in 500ms, 2s, 5m') ],
	number: [ /^(0|[1-9]\d{0,9})$/, _('A whole number') ],
	octal: [ /^0?[0-7]{3}$/, _('Octal, as in 660') ],
	path: [ /^(unix:\/\/)?\/+[\w.+-](\/|[\w.+-])*$/, _('A path from / on') ],
	name: NAME,
	names: NAME,
	targets: [ /^((\d+\.){3}\d+|[\da-f]*:[\da-f]*:[\da-f:.]*|tcp:\/\/((\d+\.){3}\d+|\[[\da-f:.]+\]):\d+)$/i,
		_('10.1.0.1, 2001:db8::1 or tcp://10.1.0.1:443') ],
	each: [ /^([ ,]*(?!0)(\d\d?|1\d\d|2[0-4]\d|25[0-5])(?!\d)){1,8}[ ,]*$/, _('Up to 8 numbers from 1 to 255, as in 1 1 2') ],
	text: [ /^[\w.:@-]+$/, _('Letters, digits and . _ : @ -') ],
	// More of it is the router's to see.
	windows: [ /^always$|:\d\d-\d\d:\d\d$/, _('mon 02:00-04:00') ]
};

function parse(text) {
	return text.split('\n').map(line => line.trim().split(/\s+/)).filter(words => words.length >= 6 && words[0] != '#')
		.map(words => ({ where: words[0], name: words[1], kind: words[2], range: words[3], above: words[5].split(':') }));
}

function milliseconds(value) {
	const match = value.match(/^(\d+)(ms|s|m|h|d)$/);

	return match ? match[1] * UNITS[match[2]] : +value;
}

/* A bound as people write times. */
function written(ms) {
	const unit = [ 'd', 'h', 'm', 's' ].find(each => ms % UNITS[each] == 0) || 'ms';

	return ms ? '%d%s'.format(ms / UNITS[unit], unit) : '0';
}

function validator(option) {
	const [ pattern, explained ] = FORMS[option.kind];
	const zero = option.range.startsWith('0|');
	const [ least, most ] = option.range.replace('0|', '').split('-').map(Number);
	const [ other, theirs, mine ] = option.above;

	return function(section, value) {
		if (value == '' ? !mine : !pattern.test(value) || option.kind != 'time' && option.kind != 'number')
			return value == '' || pattern.test(value) || explained;

		const of = (name, otherwise) => this.section.formvalue(section, name) || section != 'globals' && uci.get('extsock', 'globals', name) || otherwise;
		const number = value == '' ? milliseconds(of(option.name, '%sms'.format(mine))) : option.kind == 'time' ? milliseconds(value) : +value;

		if ((number < least || number > most) && !(zero && number == 0)) {
			const bounds = [ least, most ].map(option.kind == 'time' ? written : String);

			return (zero ? _('0, or from %s to %s') : _('From %s to %s')).format(bounds[0], bounds[1]);
		}
		if (mine && number < milliseconds(of(other, '%sms'.format(theirs))))
			return _('At least as long as "%s"').format(other);

		return true;
	};
}

function addOption(section, tab, option, texts, policy) {
	const [ title, description ] = texts || [ option.name ];
	const unset = policy && option.where == 'any' ? _('as for all') : _('default');
	const field = widget => section.taboption(tab, widget, option.name, title, description);
	let o;

	if (option.kind == 'bool' && !policy) {
		o = field(form.Flag);
		o.default = '1';
		o.rmempty = false;
	}
	else if (option.kind == 'bool' || option.kind == 'word') {
		const words = option.kind == 'bool' ? [ [ '1', _('yes') ], [ '0', _('no') ] ] : option.range.split('|').map(word => [ word, word ]);

		o = field(form.ListValue);
		o.value('', unset);
		words.forEach(word => o.value(word[0], word[1]));
		o.rmempty = true;
	}
	else {
		o = field(option.kind == 'names' || option.kind == 'targets' ? form.DynamicList : form.Value);
		o.placeholder = unset;
		o.validate = validator(option);
		o.rmempty = true;
	}
	if (policy)
		o.modalonly = true;
}

function addOptions(section, options, policy) {
	const known = TABS.flatMap(([ , , texts ]) => Object.keys(texts));

	TABS.forEach(([ tab, title, texts ]) => {
		const mine = options.filter(option => [ 'any', policy ? 'policy' : 'globals' ].includes(option.where) &&
			(option.name in texts || tab == 'more' && !known.includes(option.name)));

		if (!mine.length)
			return;

		section.tab(tab, title);
		mine.forEach(option => addOption(section, tab, option, texts[option.name], policy));
	});
}

return view.extend({
	load() {
		return Promise.all([
			fs.read(TABLE),
			L.resolveDefault(extsock.status(), {}),
			uci.load('extsock')
		]);
	},

	render(data) {
		const options = parse(data[0]);
		const m = new form.Map('extsock', _('IPsec Failover'),
			_('When a connection with several security gateways (SEGWs) moves on, and when it comes back. Empty means the default.'));

		let s = m.section(form.NamedSection, 'globals', 'globals', _('For all connections'));
		s.addremove = false;
		addOptions(s, options, false);

		s = m.section(form.GridSection, 'policy', _('For one connection'),
			_('The name is that of the section in /etc/config/ipsec.'));
		s.addremove = true;
		s.nodescriptions = true;
		s.addbtntitle = _('Add a connection');
		s.modaltitle = section => _('Policy of %s').format(section);
		addOptions(s, options, true);

		/* Names that there are, as suggestions. The plugin knows them; in /etc/config/ipsec there are keys, too. */
		s.renderSectionAdd = function() {
			const el = form.GridSection.prototype.renderSectionAdd.apply(this, arguments);
			const name = el.querySelector('.cbi-section-create-name');
			const list = E('datalist', { 'id': 'extsock-connections' },
				[ ...data[1].connections || [], ...data[1].not_guarded || [] ].map(it => E('option', { 'value': it.connection })));

			if (name) {
				name.setAttribute('list', list.id);
				name.setAttribute('aria-label', _('Name of the connection'));
				el.appendChild(list);
			}
			return el;
		};

		/* What is set, at a glance. */
		const o = s.option(form.DummyValue, '_set', _('Set here'));
		o.modalonly = false;
		o.textvalue = section => options.filter(option => option.where != 'globals' && uci.get('extsock', section, option.name) != null)
			.map(option => '%s %s'.format(option.name, uci.get('extsock', section, option.name))).join(', ') || _('nothing');

		return m.render();
	}
});
