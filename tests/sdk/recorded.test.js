// SPDX-License-Identifier: Apache-2.0
// Every request that the SDK was recorded to send finds its endpoint, whatever it then answers.
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { forEachSdk, GREENHOUSE } = require('./lib');

const rows = fs.readFileSync(path.join(__dirname, '../wire/wire.jsonl'), 'utf8').trim().split('\n')
	.map(line => JSON.parse(line))
	.filter(row => row.function !== 'downloadFile');

const withFiles = body => {
	const form = new FormData();
	for (const [name, value] of Object.entries(body)) {
		if (typeof value === 'object') {
			form.append(name, new Blob([value.content]), value.filename);
		} else {
			form.append(name, value);
		}
	}
	return form;
};

const encode = (type, body) => {
	if (body === undefined) {
		return undefined;
	}
	if (/multipart/.test(type)) {
		return withFiles(body);
	}
	return /urlencoded/.test(type) ? new URLSearchParams(body) : JSON.stringify(body);
};

forEachSdk('recorded requests', (sim) => {
	for (const row of rows) {
		test(`${row.function} ${row.variant || ''}: ${row.method} ${row.path}`, async () => {
			const token = (await sim.control('POST', 'tokens', { action: 'create' })).access_token;
			const own = text => text.replaceAll('0123456789abcdef01234567', GREENHOUSE);
			const query = new URLSearchParams(row.query || {});
			const headers = {};
			if (row.auth === 'Basic') {
				headers.authorization = 'Basic ' + Buffer.from('ada@example.com:particle').toString('base64');
			} else if (row.auth) {
				headers.authorization = `Bearer ${token}`;
			}
			if (row.type && !/multipart/.test(row.type)) {
				headers['content-type'] = row.type;
			}
			const stop = new AbortController();
			const answer = await fetch(`${sim.base}${own(row.path)}?${query}`, {
				method: row.method, headers, signal: stop.signal,
				body: encode(row.type, row.body && JSON.parse(own(JSON.stringify(row.body)))),
			});
			assert.ok(answer.status < 500 && answer.status !== 405, `${answer.status}`);
			if (/event-stream/.test(answer.headers.get('content-type'))) {
				stop.abort();
				return;
			}
			const text = await answer.text();
			assert.doesNotMatch(text, /^\{"ok":false,"error":"Not found: /);
			if (/json/.test(answer.headers.get('content-type'))) {
				assert.equal(typeof JSON.parse(text), 'object');
			}
		});
	}
}, ['--rate-limit', '0']);
