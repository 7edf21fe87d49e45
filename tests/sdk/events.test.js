// SPDX-License-Identifier: Apache-2.0
const test = require('node:test');
const assert = require('node:assert/strict');
const { forEachSdk, GREENHOUSE, PRODUCT, ISO } = require('./lib');

const wait = ms => new Promise(resolve => setTimeout(resolve, ms));

forEachSdk('events', (sim) => {
	// Opens a stream, lets act happen, gives the events that came: so many, and what else comes soon after.
	async function collect(variant, args, act, count = 1) {
		const stream = await sim.request(`getEventStream:${variant}`, args);
		const events = [];
		stream.on('event', event => events.push(event));
		await act();
		for (let tries = 0; tries < 400 && events.length < count; tries++) {
			await wait(50);
		}
		await wait(150);
		stream.abort();
		return events;
	}

	let inProduct;
	test('published events arrive on the streams they belong to', async () => {
		const events = await collect('mine', { deviceId: 'mine' },
			() => sim.call('publishEvent', { name: 'test', data: '{"ok":true}', isPrivate: true }));
		assert.equal(events.length, 1);
		assert.equal(events[0].name, 'test');
		assert.equal(events[0].data, '{"ok":true}');
		assert.equal(events[0].coreid, 'api');
		assert.equal(events[0].ttl, 60);
		assert.match(events[0].published_at, ISO);
	});

	test('a prefix filters', async () => {
		const events = await collect('mine-name', { deviceId: 'mine', name: 'temp' }, async () => {
			await sim.call('publishEvent', { name: 'temperature', data: '1' });
			await sim.call('publishEvent', { name: 'other', data: '2' });
			await sim.call('publishEvent', { name: 'temp/a b', data: null });
		}, 2);
		assert.deepEqual(events.map(e => e.name), ['temperature', 'temp/a b']);
		assert.equal(events[1].data, null);
		const open = await collect('all-name', { name: 'temp' }, () => sim.call('publishEvent', { name: 'temp' }));
		assert.equal(open.length, 1);
	});

	test('the public stream needs a prefix', async () => {
		await assert.rejects(sim.request('getEventStream', {}), error => error.statusCode === 400);
		await sim.request('getEventStream:all', {}).catch(() => null);
	});

	test('what is done to a device is told on its streams', async () => {
		const events = await collect('device-all', { deviceId: GREENHOUSE }, async () => {
			await sim.control('POST', `devices/${GREENHOUSE}`, { online: false });
			await sim.control('POST', `devices/${GREENHOUSE}`, { online: true });
		}, 2);
		assert.deepEqual(events.filter(e => e.name === 'spark/status').map(e => e.data), ['offline', 'online']);
		assert.ok(events.every(e => e.coreid === GREENHOUSE));
		const named = await collect('device', { deviceId: GREENHOUSE, name: 'spark/flash' }, async () => {
			const file = sim.file('fw.bin', 'BINARY');
			await sim.call('flashDevice', { deviceId: GREENHOUSE, files: { 'fw.bin': file } });
		}, 2);
		assert.deepEqual(named.map(e => e.data.trim()), ['started', 'success']);
	});

	test('products and organizations have streams', async () => {
		inProduct = (await sim.call('listDevices', { product: PRODUCT })).devices[0].id;
		const publish = () => sim.call('publishEvent:product', { name: 'test', data: 'x', product: PRODUCT });
		assert.equal((await collect('product', { product: PRODUCT }, publish))[0].productID, 12345);
		assert.equal((await collect('product-name', { product: PRODUCT, name: 'te' }, publish)).length, 1);
		const status = () => sim.control('POST', 'events', { name: 'temp', data: '1', coreid: inProduct });
		assert.equal((await collect('product-device', { product: PRODUCT, deviceId: inProduct, name: 'temp' }, status)).length, 1);
		const acme = () => sim.call('publishEvent:product', { name: 'test', data: 'x', product: 'asset-watch-v100' });
		assert.equal((await collect('org', { org: 'acme' }, acme)).length, 1);
		assert.equal((await collect('org-name', { org: 'acme', name: 'test' }, acme)).length, 1);
		assert.equal((await collect('org-product', { org: 'acme', product: 'asset-watch-v100' }, acme)).length, 1);
	});

	test('publishing checks its parameters', async () => {
		await sim.fails('publishEvent', { name: '', data: 'x' }, 400);
		await sim.fails('publishEvent', { name: 'x'.repeat(65), data: 'x' }, 400);
	});
});
