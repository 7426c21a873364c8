// LuCI's loader makes a function of each file, and of its 'require …' strings the function's parameters.
import js from '@eslint/js';
import { readFileSync } from 'node:fs';

const LUCI = [ 'E', 'L', '_', 'N_', 'document', 'window' ];

function required(file) {
	return [ ...readFileSync(file, 'utf8').matchAll(/^'require ([\w.]+)(?: as (\w+))?';$/gm) ].map(match => match[2] || match[1].replace(/\W/g, '_'));
}

export default process.env.LUCI_FILES.split('\n').map(file => ({
	files: [ file ],
	...js.configs.recommended,
	languageOptions: {
		sourceType: 'script',
		parserOptions: { ecmaFeatures: { globalReturn: true } },
		globals: Object.fromEntries([ ...LUCI, ...required(file) ].map(name => [ name, 'readonly' ]))
	},
	rules: {
		...js.configs.recommended.rules,
		'no-unused-vars': [ 'error', { args: 'after-used' } ],
		'eqeqeq': 'off',
		'prefer-const': 'error'
	}
}));
