// SPDX-License-Identifier: Apache-2.0
// What the SDK does not send, and what nobody should.
const test = require('node:test');
const assert = require('node:assert/strict');
const { forEachSdk, PRODUCT } = require('./lib');

forEachSdk('plain requests', (sim) => {
	test('libraries: a file of another name than theirs', async () => {
		for (const file of ['neopixel.tar.gz', 'neopixel-.tar.gz', 'neopixelx1.0.4.tar.gz', 'neopixel-1.0.4.zip', 'neo.tar.gz']) {
			assert.equal((await sim.plain('GET', `/libraries/neopixel/${file}`, undefined, { token: '' })).status, 404, file);
		}
		assert.equal((await sim.plain('GET', '/libraries/neopixel/neopixel-1.0.4.tar.gz')).status, 200);
	});

	test('two files of one field are two files', async () => {
		const body = new FormData();
		body.append('file', new Blob(['nonsense-1\n']), 'a');
		body.append('file', new Blob(['nonsense-2\n']), 'b');
		const report = await sim.plain('POST', `/v1/products/${PRODUCT}/devices`, body);
		assert.deepEqual(report.body.invalidDeviceIds, ['nonsense-1', 'nonsense-2']);
	});

	test('a device is changed by a form as by JSON', async () => {
		const { body: { devices: [{ id, groups }] } } = await sim.plain('GET', `/v1/products/${PRODUCT}/devices?groups=beta`);
		const put = form => sim.plain('PUT', `/v1/products/${PRODUCT}/devices/${id}`, new URLSearchParams(form));
		const device = () => sim.call('getDevice:product', { product: PRODUCT, deviceId: id });
		assert.equal((await put({ development: 'true' })).body.development, true);
		assert.equal((await put({ firmware_updates_forced: 'true' })).body.firmware_updates_forced, true);
		assert.equal((await put({ desired_firmware_version: '2' })).body.desired_firmware_version, 2);
		assert.deepEqual([(await device()).development, (await device()).firmware_updates_forced], [true, true]);
		assert.equal((await put({ groups: 'alpha' })).status, 400);
		assert.deepEqual((await device()).groups, groups);
		await put([['groups[]', 'alpha'], ['groups[]', 'beta']]);
		assert.deepEqual((await device()).groups, ['alpha', 'beta']);
	});

	test('environment variables: what is no ID of a device is not the sandbox', async () => {
		for (const [method, sub, body] of [
			['POST', '/rollout', { when: 'Immediate' }], ['GET', '/rollout'], ['GET', '/render'],
			['PUT', '/KEY', { value: 'v' }], ['PATCH', '', { ops: [{ op: 'Set', key: 'KEY', value: 'v' }] }],
		]) {
			assert.equal((await sim.plain(method, `/v1/env/greenhouse${sub}`, body)).status, 404, method + sub);
		}
		const { body } = await sim.plain('GET', '/v1/env');
		assert.deepEqual([body.last_snapshot, body.latest.own], [null, {}]);
		assert.equal((await sim.plain('PUT', '/v1/env/KEY', { value: 'x'.repeat(20000) })).status, 400);
		assert.equal((await sim.plain('PUT', '/v1/env/KEY', { value: 'x' })).status, 200);
		assert.equal((await sim.plain('DELETE', '/v1/env/KEY')).status, 200);
	});

	test('documents and the target profile of a product device', async () => {
		const { body: { devices: [{ id }] } } = await sim.plain('GET', `/v1/products/${PRODUCT}/devices`);
		const at = `/v1/products/${PRODUCT}/devices/${id}`;
		const apps = { features: { applications: { desiredProperties: { apps: {} } } } };
		assert.deepEqual((await sim.plain('GET', `${at}/docs/twin`)).body, { data: apps });
		const path = ['features', 'applications', 'desiredProperties', 'apps'];
		const put = { action: 'upsert', path, key: 'one', value: { a: 1 } };
		assert.equal((await sim.plain('PATCH', `${at}/docs/twin`, put)).status, 200);
		assert.equal((await sim.plain('PATCH', `${at}/docs/twin`, { ...put, path: [5] })).status, 400);
		const { body: { data } } = await sim.plain('GET', `${at}/docs/twin`);
		assert.deepEqual(data.features.applications.desiredProperties.apps, { one: { a: 1 } });
		assert.equal((await sim.plain('PUT', `${at}/target_profile`, { country: 'US' })).status, 200);
		assert.equal((await sim.plain('PUT', `${at}/target_profile`, {})).status, 400);
	});

	test('a user of an organization by SCIM, and a password reset by mail', async () => {
		const { body: { team: [{ _id: id, username }] } } = await sim.plain('GET', '/v1/orgs/acme/team');
		const at = `/v1/orgs/acme/team/provision/Users/${id}`;
		const { body: user } = await sim.plain('GET', at);
		assert.deepEqual([user.id, user.userName, user.active], [id, username, true]);
		const patch = { Operations: [{ op: 'replace', path: 'active', value: false }] };
		assert.equal((await sim.plain('PATCH', at, patch)).body.active, false);
		assert.equal((await sim.plain('GET', `${at}0`)).status, 404);
		const reset = { token: 't', password: 'p' };
		assert.equal((await sim.plain('PUT', '/v1/user/password-reset', reset, { token: '' })).status, 200);
	});

	test('metrics count the devices that are asked for', async () => {
		const { body: { devices } } = await sim.plain('GET', `/v1/products/${PRODUCT}/devices?per_page=100`);
		const quarantined = await sim.plain('GET', `/v1/products/${PRODUCT}/devices?per_page=100&quarantined=true`);
		const online = [...devices, ...quarantined.body.devices].filter(d => d.online);
		const count = async query => {
			const { body } = await sim.plain('GET', `/v1/products/${PRODUCT}/metrics/online?${query}`);
			return body.online.at(-1).count ?? 0;
		};
		const filters = {
			'': () => true, 'product_fw=3': d => d.firmware_version === 3, 'device_os_version=0.1.0': () => false,
			'device_group=beta': d => d.groups.includes('beta'),
		};
		for (const [query, filter] of Object.entries(filters)) {
			assert.equal(await count(query), online.filter(filter).length, query);
		}
		const none = await sim.plain('GET', `/v1/products/${PRODUCT}/metrics/online?product_fw=99`);
		assert.deepEqual(Object.keys(none.body.online.at(-1)), ['time']);
	});

	test('a form whose names nest without end', async () => {
		const key = 'a' + '[b]'.repeat(50000);
		const answer = await sim.plain('POST', '/v1/devices', new URLSearchParams({ [key]: '1' }));
		assert.equal(answer.status, 400);
		assert.equal((await sim.plain('GET', '/v1/user')).status, 200);
	});
});

forEachSdk('faults of a long list', (sim) => {
	const broken = {
		notjson: /oops/, html: /Bad Gateway/, empty: /^$/, cut: null, length: null, 'reset=before': null, 'reset=middle': null,
	};

	test('a list made piece by piece is broken like others', async () => {
		assert.equal((await sim.plain('GET', '/v1/devices')).body.length, 600);
		for (const [fault, text] of Object.entries(broken)) {
			await sim.control('POST', 'faults', { spec: `path=/v1/devices,${fault}` });
			const answer = await fetch(`${sim.base}/v1/devices`, { headers: { authorization: `Bearer ${sim.auth}` } })
				.then(got => got.text()).catch(() => null);
			assert.ok(text ? text.test(answer) : answer === null, `${fault}: ${answer && answer.length}`);
			await sim.control('DELETE', 'faults');
		}
	});
}, ['--devices', '600']);

forEachSdk('many products', (sim) => {
	test('a search finds 10 of each type, and says that there are more', async () => {
		const { body } = await sim.plain('GET', '/v1/user/search?type=product&text=a');
		assert.deepEqual([body.results.length, body.hasMore], [10, true]);
	});
}, ['--products', '30', '--product-devices', '1']);

forEachSdk('limits', (sim) => {
	test('10 logins that fail in a row are the last', async () => {
		const login = password => sim.plain('POST', '/oauth/token', new URLSearchParams({
			grant_type: 'password', username: 'ada@example.com', password, client_id: 'particle', client_secret: 'particle',
		}));
		const fails = async n => {
			for (let i = 0; i < n; i++) {
				assert.equal((await login('wrong')).status, 400);
			}
		};
		await fails(9);
		assert.equal((await login('particle')).status, 200);
		await fails(10);
		assert.equal((await login('particle')).status, 429);
		await sim.control('POST', 'limits/reset');
		assert.equal((await login('particle')).status, 200);
	});

	test('each route has its own', async () => {
		const many = async (n, ...request) => {
			const all = await Promise.all(Array.from({ length: n }, () => sim.plain(...request)));
			return all.filter(answer => answer.status === 429).length;
		};
		assert.equal(await many(101, 'DELETE', '/v1/access_tokens/none'), 1);
		assert.equal(await many(1, 'GET', '/v1/access_tokens'), 0);
		assert.equal(await many(101, 'POST', '/v1/users', {}), 1);
		assert.equal(await many(1, 'DELETE', '/v1/user', {}), 0);
		assert.equal(await many(101, 'GET', '/v1/events'), 1);
		assert.equal(await many(1, 'GET', '/v1/products/none/events'), 0);
		// What a fault answers counts as well.
		await sim.control('POST', 'faults', { spec: 'status=500,path=/v1/access_tokens' });
		assert.equal(await many(100, 'GET', '/v1/access_tokens'), 1);
		await sim.control('DELETE', 'faults');
	});
});
