// SPDX-License-Identifier: Apache-2.0
// Every request that the SDK was recorded to send finds its endpoint, and does what it should.
const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { forEachSdk, GREENHOUSE, PRODUCT } = require('./lib');

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

const CODE = 'export default function run() {}';
const HOOK = { event: 'e', url: 'https://example.com/h', integration_type: 'Webhook' };

// What stands in recorded paths, and how it is made where it is not there: POST to the path before the last part.
const made = {
	'/integrations/int1': [HOOK, answer => answer.id],
	'/webhooks/5b0e1f2a3c4d5e6f70819203': [HOOK, answer => answer.id],
	'/clients/app-1234': [{ name: 'c', type: 'installed' }, answer => answer.client.id],
	'/networks/net': [{ name: 'n', device_id: GREENHOUSE }, answer => answer.network.id],
	'/logic/functions/f1': [
		{ logic_function: { name: 'f', source: { type: 'JavaScript', code: CODE } } }, answer => answer.logic_function.id,
	],
};

// Those that are refused, by status: they name what is not there, or is another's, or a wrong password.
const refused = statusOf({
	400: [
		'login plain', 'login duration', 'sendOtp plain', 'confirmMfa plain', 'confirmMfa invalidate', 'disableMfa plain',
		'createCustomer plain', 'createUser plain', 'createUser short', 'deleteUser plain', 'changeUsername plain',
		'changeUsername invalidate', 'changeUserPassword plain', 'changeUserPassword invalidate', 'removeDevice deny',
		'getEventStream all', 'compileCode target', 'uploadProductFirmware short', 'editIntegration product',
		'editIntegration org', 'updateLedger org',
	],
	403: ['publishLibrary plain', 'deleteLibrary plain', 'deleteLibrary force'],
	404: [
		'deleteAccessToken plain', 'deleteAccessToken old', 'unprotectDevice org', 'getEventStream org device',
		'downloadFirmwareBinary plain', 'removeSIM product', 'removeMeshNetworkDevice any', 'getLogicRun own',
		'getLogicRun org', 'getLogicRunLogs own', 'getLogicRunLogs org', 'getLedgerInstance org',
		'listLedgerInstanceVersions own', 'listLedgerInstanceVersions time',
		'listLedgerInstanceVersions org', 'getLedgerInstanceVersion own', 'getLedgerInstanceVersion org',
	],
	409: ['createLedger own'],
});

function statusOf(names) {
	return Object.fromEntries(Object.entries(names).flatMap(([status, list]) => list.map(name => [name, Number(status)])));
}

async function prepare(sim, row) {
	const product = (row.path.match(/\/products\/([^/]+)/) || [])[1];
	const accepted = async (...request) => {
		const { status, body } = await sim.plain(...request);
		assert.ok(status < 300, `${request}: ${status} ${JSON.stringify(body)}`);
		return body;
	};
	let { path: where } = row;
	await sim.control('POST', `devices/${GREENHOUSE}`, { online: true, firmware_version: 4 });
	await accepted('POST', '/v1/devices', { id: GREENHOUSE });
	if (product === PRODUCT) {
		await accepted('POST', `/v1/products/${PRODUCT}/devices`, { id: GREENHOUSE });
	}
	for (const [part, [body, name]] of Object.entries(made)) {
		if (where.includes(part)) {
			const list = where.slice(0, where.indexOf(part)) + path.posix.dirname(part);
			where = where.replace(part, `${path.posix.dirname(part)}/${name(await accepted('POST', list, body))}`);
		}
	}
	return where;
}

// What is flashed goes on until after the end: the device does not go offline for what follows.
forEachSdk('recorded requests', (sim) => {
	for (const row of rows) {
		const name = `${row.function} ${row.variant || ''}`;
		test(`${name}: ${row.method} ${row.path}`, async () => {
			sim.auth = (await sim.control('POST', 'tokens', { action: 'create' })).access_token;
			const device = await sim.control('GET', `devices/${GREENHOUSE}`);
			const own = text => text.replaceAll('0123456789abcdef01234567', GREENHOUSE)
				.replaceAll('8901000000000000001', device.iccid)
				.replace('B40HAB000000001', device.serial_number)
				.replace('/celsius', '/soil').replace(/\/led$/, '/lamp').replace(/\b4711\b/, '12345')
				.replace('"desired_firmware_version":7', '"desired_firmware_version":2')
				.replace('/orgs/acme/products/cold-chain', '/orgs/acme/products/asset-watch');
			const where = own(await prepare(sim, row));
			const query = new URLSearchParams(row.query || {});
			const headers = {};
			if (row.auth === 'Basic') {
				headers.authorization = 'Basic ' + Buffer.from('ada@example.com:particle').toString('base64');
			} else if (row.auth) {
				headers.authorization = `Bearer ${sim.auth}`;
			}
			if (row.type && !/multipart/.test(row.type)) {
				headers['content-type'] = row.type;
			}
			const stop = new AbortController();
			const answer = await fetch(`${sim.base}${where}?${query}`, {
				method: row.method, headers, signal: stop.signal,
				body: encode(row.type, row.body && JSON.parse(own(JSON.stringify(row.body)))),
			});
			if (/event-stream/.test(answer.headers.get('content-type'))) {
				assert.equal(answer.status, 200);
				stop.abort();
				return;
			}
			const text = await answer.text();
			if (name in refused) {
				assert.equal(answer.status, refused[name], text);
			} else {
				assert.ok(answer.status < 300, `${answer.status} ${text}`);
			}
			assert.doesNotMatch(text, /^\{"ok":false,"error":"Not found: /);
			if (/json/.test(answer.headers.get('content-type'))) {
				assert.equal(typeof JSON.parse(text), 'object');
			}
		});
	}
}, ['--rate-limit', '0', '--flash-time', '600000']);
