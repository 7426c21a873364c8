// SPDX-License-Identifier: GPL-2.0-or-later
'use strict';
'require baseclass';
'require extsock';

return baseclass.extend({
	title: _('IPsec Failover'),

	load() {
		return L.resolveDefault(extsock.status(), null);
	},

	render(reply) {
		if (!reply || !reply.connections.length)
			return null;

		return E('div', reply.connections.map(connection => E('div', { 'class': 'alert-message %s'.format(extsock.level(connection)) }, [
			E('div', [ E('strong', [ connection.connection, ': ' ]), extsock.stateText(connection) ]),
			E('div', [ E('strong', [ _('SEGW'), ': ' ]), extsock.address(connection, connection.active) ]),
			E('div', [ E('strong', [ _('Next'), ': ' ]), connection.next ? connection.next.text : '-' ])
		])));
	}
});
