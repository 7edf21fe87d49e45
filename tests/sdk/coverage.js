// SPDX-License-Identifier: Apache-2.0
// Every function of the SDK that sends a request must have been called by some test.
const fs = require('node:fs');
const path = require('node:path');

const wire = fs.readFileSync(path.join(__dirname, '../wire/wire.jsonl'), 'utf8').trim().split('\n')
	.map(line => JSON.parse(line).function);
const used = fs.readFileSync(path.join(process.env.SDK_COVERAGE, 'used'), 'utf8').trim().split('\n');
const called = new Set(used.map(name => name.split(':')[0]));
const functions = new Set(wire);
const missing = [...functions].filter(name => !called.has(name));

console.log(`${functions.size - missing.length} of ${functions.size} functions called, ${new Set(used).size} variants`);
if (missing.length) {
	console.error('not called: ' + missing.join(' '));
	process.exit(1);
}
