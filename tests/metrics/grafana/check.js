// check.js SCHEMA DASHBOARD: says what in it is not as Grafana's schema has it; exit 1 if something is not.
const fs = require('fs');
const Ajv = require('ajv').default ?? require('ajv');

const [schema, dashboard] = process.argv.slice(2).map(path => JSON.parse(fs.readFileSync(path)));
const ajv = new Ajv({strict: false, allErrors: true});
let wrong = 0;

function check(what, type, value) {
	const of = schema.definitions.All.properties[type];
	const valid = of && ajv.compile({...of, definitions: schema.definitions});

	if (!valid) {
		wrong++;
		console.log(`${what}: no type ${type}`);
	} else if (!valid(value)) {
		wrong++;
		for (const {instancePath, message, params} of valid.errors) {
			console.log(`${what}: ${instancePath} ${message} ${JSON.stringify(params)}`);
		}
	}
}

const {panels, ...rest} = dashboard;
check('dashboard', 'dashboard', {...rest, panels: []});
for (const panel of panels) {
	check(panel.title, 'panel', panel);
	check(`options of ${panel.title}`, panel.type, panel.options);
	if (panel.fieldConfig.defaults.custom) {
		check(`lines of ${panel.title}`, `${panel.type} field`, panel.fieldConfig.defaults.custom);
	}
}
console.log(`${panels.length} panels, ${wrong} wrong`);
process.exit(wrong ? 1 : 0);
