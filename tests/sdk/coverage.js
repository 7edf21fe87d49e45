// SPDX-License-Identifier: Apache-2.0
// Every request recorded from the SDK must have been made by some test.
const fs = require('node:fs');
const path = require('node:path');

const wire = fs.readFileSync(path.join(__dirname, '../wire/wire.jsonl'), 'utf8').trim().split('\n')
	.map(line => JSON.parse(line))
	.map(row => row.function + (row.variant ? ':' + row.variant : ''));
const used = new Set(fs.readFileSync(path.join(process.env.SDK_COVERAGE, 'used'), 'utf8').split('\n'));
const missing = [...new Set(wire)].filter(name => !used.has(name));

console.log(`${new Set(wire).size - missing.length} of ${new Set(wire).size} recorded requests made`);
if (missing.length) {
	console.error('not made: ' + missing.join(' '));
	process.exit(1);
}
