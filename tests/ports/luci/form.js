// Loads the view of the policy with stubs of LuCI's classes (said to be stubs: the pages are tried by hand in a browser), and says what
// its fields make of values. stdin: JSON, a list of { section, option, value, beside: { option: value } }; stdout: for each true, the
// complaint, or null where there is no such field.
import { readFileSync } from 'node:fs';
const [ , , view, table ] = process.argv;

String.prototype.format = function(...values) {
	return this.replace(/%[sd]/g, () => values.shift());
};

const fields = { globals: {}, policy: {} };

class Section {
	constructor(kind) { this.kind = kind; }
	tab() {}
	taboption(tab, widget, name) {
		return fields[this.kind][name] = { section: this, words: [], value(word) { this.words.push(word); } };
	}
	option() { return {}; }
	formvalue(section, name) { return this.beside[name] ?? null; }
}

const form = {
	GridSection: class {}, NamedSection: class {},
	Map: class {
		section(widget) { return new Section(widget == form.GridSection ? 'policy' : 'globals'); }
		render() {}
	}
};
const uci = { get: () => null, sections: () => [], load: () => null };
const make = new Function('extsock', 'form', 'fs', 'uci', 'ui', 'view', '_', 'L', 'E', readFileSync(view, 'utf8'));

make({ status: () => null }, form, {}, uci, {}, { extend: it => it }, text => text, {}, () => null).render([ readFileSync(table, 'utf8'), {} ]);

const answers = JSON.parse(readFileSync(0, 'utf8')).map(({ section, option, value, beside }) => {
	const field = fields[section][option];

	if (!field)
		return null;
	field.section.beside = { ...beside, [option]: value };
	return field.validate ? field.validate(section, value) : field.words.includes(value) || 'no such word';
});

process.stdout.write(JSON.stringify(answers));
