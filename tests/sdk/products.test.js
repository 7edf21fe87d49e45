// SPDX-License-Identifier: Apache-2.0
const test = require('node:test');
const assert = require('node:assert/strict');
const { forEachSdk, GREENHOUSE, PRODUCT, ISO } = require('./lib');

forEachSdk('products', (sim, has) => {
	const product = PRODUCT;

	test('products are listed and read, by slug and by ID', async () => {
		const { products } = await sim.call('listProducts');
		assert.ok(products.some(p => p.slug === PRODUCT && p.id === 12345));
		const one = await sim.call('getProduct', { product });
		assert.equal(one.product.platform_id, 13);
		assert.deepEqual(await sim.call('getProduct', { product: '12345' }), one);
		await sim.fails('getProduct', { product: 'none' }, 404, /Product not found/);
		const grace = await sim.control('POST', 'tokens', { action: 'create', username: 'grace@example.com' });
		await sim.fails('getProduct', { product, auth: grace.access_token }, 403);
	});

	test('a customer has its own devices, and nothing of the product', async () => {
		const { access_token: auth } = await sim.call('createCustomer', { product, email: 'own@example.com', password: 'pw' });
		const { devices } = await sim.call('listDevices', { product, perPage: 100 });
		const [own, other] = devices.filter(d => d.online && !d.owner);
		await sim.call('claimDevice', { deviceId: own.id, auth });
		assert.equal((await sim.call('getDevice:product', { product, deviceId: own.id, auth })).id, own.id);
		const { functions: [name] } = await sim.call('getDevice', { deviceId: own.id, auth });
		await sim.call('callFunction:product', { product, deviceId: own.id, name, argument: '1', auth });
		assert.deepEqual((await sim.call('listDevices', { product, auth })).devices.map(d => d.id), [own.id]);
		await sim.fails('getDevice:product', { product, deviceId: other.id, auth }, 404);
		await sim.fails('markAsDevelopmentDevice', { product, deviceId: own.id, development: true, auth }, 403);
		await sim.fails('removeDevice:product', { product, deviceId: own.id, auth }, 403);
		await sim.fails('listProductFirmware', { product, auth }, 403);
		await sim.fails('listTeamMembers', { product, auth }, 403);
		assert.deepEqual((await sim.call('listProducts', { auth })).products, []);
		await sim.call('removeDevice', { deviceId: own.id, auth });
	});

	test('a page of customers comes with their devices alone', async () => {
		await sim.call('createCustomer', { product, email: 'none@example.com', password: 'pw' });
		const at = `/v1/products/${product}/customers`;
		const { customers } = (await sim.plain('GET', at)).body;
		const pages = await Promise.all(customers.map((_, i) => sim.plain('GET', `${at}?page=${i + 1}&per_page=1`)));
		assert.ok(customers.some(c => c.devices.length) && customers.some(c => !c.devices.length));
		for (const { body } of pages) {
			assert.deepEqual(body.devices.map(d => d.id), body.customers[0].devices);
		}
	});

	test('firmware: the impact of a release', async () => {
		const impact = async query => (await sim.plain('GET',
			`/v1/products/${product}/impact?action=edit_groups_for_firmware&firmware_version=3&${query}`)).body.devices.firmware_update;
		const { devices } = await sim.call('listDevices:product', { product, perPage: 100 });
		const open = devices.filter(d => !d.development && d.desired_firmware_version === null && d.firmware_version !== 3);
		const alpha = await impact('groups=alpha');
		assert.ok(alpha.total > 0);
		assert.equal(alpha.total, open.filter(d => d.groups.includes('alpha')).length);
		assert.deepEqual(alpha.by_version, [{ version: 2, total: alpha.total }]);
		assert.equal((await impact('groups=beta')).total, open.filter(d => d.groups.includes('beta')).length);
		assert.equal((await impact('product_default=true')).total, open.length);
		// what is released to a group stays what its devices run
		await sim.plain('PUT', `/v1/products/${product}/firmware/release`, { version: 2, product_default: false, groups: ['alpha'] });
		assert.equal((await impact('product_default=true')).total, open.filter(d => !d.groups.includes('alpha')).length);
		assert.equal((await impact('groups=none')).total, 0);
	});

	test('firmware: uploaded, read, changed, released', async () => {
		const before = await sim.call('listProductFirmware', { product });
		assert.deepEqual(before.map(f => f.version), [1, 2, 3]);
		const file = sim.file('fw.bin', 'BINARY 4');
		const made = await sim.call('uploadProductFirmware', { product, file, version: 4, title: 't', description: 'd' });
		assert.deepEqual([made.version, made.title, made.size], [4, 't', 8]);
		await sim.fails('uploadProductFirmware', { product, file, version: 4, title: 't', description: 'd' }, 400);
		await sim.call('updateProductFirmware', { product, version: 4, title: 't2', description: 'd2' });
		assert.equal((await sim.call('getProductFirmware', { product, version: 4 })).title, 't2');
		const binary = await sim.call('downloadProductFirmware', { product, version: 4 });
		assert.equal(Buffer.from(binary).toString(), 'BINARY 4');
		await sim.fails('getProductFirmware', { product, version: 9 }, 404);
		await sim.fails('releaseProductFirmware', { product, version: 4, product_default: true, groups: [], intelligent: false }, 400);
		const released = await sim.call('releaseProductFirmware', { product, version: 3, product_default: true, groups: ['alpha'], intelligent: true });
		assert.equal(released.product_default, true);
		const list = await sim.call('listProductFirmware', { product });
		assert.deepEqual(list.filter(f => f.product_default).map(f => f.version), [3]);
	});

	test('firmware: a release reaches the devices that it is for', async () => {
		const devices = async () => (await sim.call('listDevices:product', { product, perPage: 100 })).devices;
		const versions = async filter => new Set((await devices()).filter(filter).map(d => d.firmware_version));
		// Version 3 was released to alpha.
		const isOpen = d => d.online && !d.development && d.desired_firmware_version === null && !d.groups.includes('alpha');
		const reached = async (filter, version) => {
			for (let tries = 0; tries < 100; tries++) {
				const found = await versions(filter);
				if (found.size === 1 && found.has(version)) {
					return;
				}
				await new Promise(resolve => setTimeout(resolve, 100));
			}
			assert.fail(`version ${version} has not come: ${[...await versions(filter)]}`);
		};
		// SDK 9 does not say that it is to be at once: then it is when a device connects.
		const release = async version => {
			await sim.call('releaseProductFirmware', { product, version, product_default: true, groups: [], intelligent: true });
			for (const { id } of sim.version.startsWith('9') ? (await devices()).filter(isOpen) : []) {
				await sim.control('POST', `devices/${id}`, { online: false });
				await sim.control('POST', `devices/${id}`, { online: true });
			}
		};
		const offline = (await devices()).find(d => !d.online && !d.development);
		const locked = (await devices()).find(isOpen);
		await sim.call('lockDeviceProductFirmware', { product, deviceId: locked.id, desiredFirmwareVersion: 2, flash: true });
		await reached(d => d.id === locked.id, 2);
		await release(2);
		await reached(isOpen, 2);
		await sim.control('POST', `devices/${locked.id}`, { firmware_version: 3 });
		await release(3);
		await reached(isOpen, 3);
		if (offline) {
			await sim.control('POST', `devices/${offline.id}`, { firmware_version: 2 });
			await sim.control('POST', `devices/${offline.id}`, { online: true });
			await reached(d => d.id === offline.id, 3);
		}
	});

	test('a group runs the version released to it last, and is renamed and deleted everywhere', async () => {
		const at = `/v1/products/${product}`;
		const { body: { group } } = await sim.plain('POST', `${at}/groups`, { name: 'gamma' });
		assert.equal(group.fw_version, undefined);
		const { devices } = await sim.call('listDevices', { product, perPage: 100 });
		const { id } = devices.find(d => d.online && !d.development && d.desired_firmware_version === null && !d.groups.length);
		const where = `${at}/devices/${id}`;
		await sim.plain('PUT', where, { groups: ['gamma'] });
		for (const version of [3, 2, 3]) {
			const body = { version, product_default: false, groups: ['gamma'], intelligent: false };
			assert.equal((await sim.plain('PUT', `${at}/firmware/release`, body)).status, 200);
			const device = await sim.call('getDevice:product', { product, deviceId: id });
			assert.equal(device.targeted_firmware_release_version, version);
			assert.equal((await sim.plain('GET', `${at}/groups/gamma`)).body.group.fw_version, version);
		}
		const named = async name => {
			const { body: { groups } } = await sim.plain('GET', `${at}/groups?name=${name}`);
			const released = (await sim.call('listProductFirmware', { product })).filter(f => f.groups.includes(name));
			const device = await sim.call('getDevice:product', { product, deviceId: id });
			return [groups.map(g => g.fw_version), released.map(f => f.version), device.groups.includes(name)];
		};
		assert.deepEqual(await named('gamma'), [[3], [3], true]);
		await sim.plain('PUT', `${at}/groups/gamma`, { name: 'delta' });
		assert.deepEqual(await named('gamma'), [[], [], false]);
		assert.deepEqual(await named('delta'), [[3], [3], true]);
		await sim.plain('DELETE', `${at}/groups/delta`);
		assert.deepEqual(await named('delta'), [[], [], false]);
	});

	test('the team: invited, listed, removed', async () => {
		const invited = await sim.call('inviteTeamMember', { product, username: 't@example.com' });
		assert.equal(invited.invited.username, 't@example.com');
		const { team } = await sim.call('listTeamMembers', { product });
		assert.deepEqual(team.map(m => m.username), ['ada@example.com', 't@example.com']);
		await sim.call('removeTeamMember', { product, username: 't@example.com' });
		assert.equal((await sim.call('listTeamMembers', { product })).team.length, 1);
		await sim.fails('removeTeamMember', { product, username: 't@example.com' }, 404);
	});

	test('an API user may do what its scopes say now', async () => {
		const at = `/v1/products/${product}/team`;
		const { created } = (await sim.plain('POST', at, { friendly_name: 'robot', scopes: ['devices:list'] })).body;
		const auth = created.tokens[0].token;
		await sim.call('listDevices', { product, auth });
		await sim.fails('listProductFirmware', { product, auth }, 400, /API users are not allowed/);
		await sim.plain('POST', `${at}/${created.username}`, { scopes: ['firmware:list'] });
		await sim.fails('listDevices', { product, auth }, 400, /API users are not allowed/);
		await sim.call('listProductFirmware', { product, auth });
		await sim.plain('DELETE', `${at}/${created.username}`);
	});

	test('SIM cards of one\'s own', async () => {
		const { sims } = await sim.call('listSIMs');
		const { iccid } = sims[0];
		assert.match(iccid, /^89\d{17,18}$/);
		assert.equal(sims[0]._id, iccid);
		assert.equal(sims[0].device_id, GREENHOUSE);
		const usage = await sim.call('getSIMDataUsage', { iccid });
		assert.ok(Array.isArray(usage.usage_by_day) && typeof usage.used === 'number');
		// 205, active already: no body, which some versions of the SDK take for a failure
		const checked = await sim.request('checkSIM', { iccid }).catch(error => error);
		assert.equal(checked.statusCode, 205);
		await fetch(`${sim.base}/v1/sims/${iccid}`, {
			method: 'PUT', body: JSON.stringify({ action: 'deactivate' }),
			headers: { 'content-type': 'application/json', authorization: `Bearer ${sim.auth}` },
		});
		assert.equal((await sim.request('checkSIM', { iccid })).statusCode, 204);
		const status = async () => (await sim.call('listSIMs')).sims.find(s => s.iccid === iccid).status;
		if (has('deactivateSIM')) {
			await sim.call('deactivateSIM', { iccid });
			assert.equal(await status(), 'deactivated');
			await sim.call('reactivateSIM', { iccid, mbLimit: 10 });
			assert.equal(await status(), 'active');
			await sim.call('updateSIM', { iccid, mbLimit: 12 });
			assert.equal((await sim.call('getSIMDataUsage', { iccid })).quota, 12);
			await sim.call('activateSIM', { iccid, country: 'US', promoCode: 'x' });
		}
		await sim.call('removeSIM', { iccid });
		await sim.fails('getSIMDataUsage', { iccid }, 404);
		assert.equal(await sim.call('listSIMs').then(b => b.sims.some(s => s.iccid === iccid)), false);
	});

	test('SIM cards of a product', async () => {
		const page = await sim.call('listSIMs:product', { product, page: 1, perPage: 5 });
		assert.equal(page.sims.length, 5);
		assert.ok(page.meta.total_pages > 1);
		const { iccid } = page.sims[0];
		const one = await sim.call('listSIMs:product', { product, iccid });
		assert.deepEqual(one.sims.map(s => s.iccid), [iccid]);
		assert.equal((await sim.call('getSIMDataUsage:product', { product, iccid })).iccid, iccid);
		const fleet = await sim.call('getFleetDataUsage', { product });
		assert.ok(fleet.total_active_sim_cards > 5 && typeof fleet.total_mbs_used === 'number');
		if (has('deactivateSIM')) {
			await sim.call('deactivateSIM:product', { product, iccid });
			await sim.call('reactivateSIM:product', { product, iccid, mbLimit: 10 });
			await sim.call('updateSIM:product', { product, iccid, mbLimit: 11 });
			await sim.call('activateSIM:product', { product, iccids: [iccid], country: 'US' });
		}
		await sim.call('removeSIM:product', { product, iccid });
		assert.deepEqual((await sim.call('listSIMs:product', { product, iccid })).sims, []);
	});

	test('SIM cards change hands', async () => {
		const grace = (await sim.control('POST', 'tokens', { action: 'create', username: 'grace@example.com' })).access_token;
		const [{ iccid }] = (await sim.call('listSIMs', { auth: grace })).sims;
		const where = `/v1/sims/${iccid}`;
		const mine = async () => (await sim.call('listSIMs')).sims.find(s => s.iccid === iccid);
		const activate = { action: 'activate', country: 'US' };
		// held by somebody else: neither claimed nor imported
		assert.equal((await sim.plain('PUT', where, activate)).status, 403);
		await sim.plain('POST', `/v1/products/${product}/sims`, { sims: [iccid], country: 'US' });
		assert.deepEqual((await sim.call('listSIMs:product', { product, iccid })).sims, []);
		const [{ device_id: deviceId }] = (await sim.call('listSIMs', { auth: grace })).sims;
		assert.equal((await sim.call('getDevice', { deviceId, auth: grace })).product_id, 13);
		// released, it is whose who asks first
		await sim.call('removeSIM', { iccid, auth: grace });
		assert.equal((await sim.plain('PUT', where, activate)).status, 200);
		assert.deepEqual([(await mine()).status, (await mine()).activations_count, (await mine()).deactivations_count], ['active', 2, 1]);
		assert.equal((await sim.plain('PUT', where, activate, { token: grace })).status, 403);
		assert.deepEqual((await sim.call('listSIMs', { auth: grace })).sims, []);
		// and comes into a product by a file
		await sim.call('removeSIM', { iccid });
		const body = new FormData();
		body.append('file', new Blob([`${iccid}\n`]), 'sims.txt');
		const active = async () => (await sim.call('getFleetDataUsage', { product })).total_active_sim_cards;
		const before = await active();
		assert.equal((await sim.plain('POST', `/v1/products/${product}/sims`, body)).status, 200);
		assert.equal((await sim.call('listSIMs:product', { product, iccid })).sims.length, 1);
		assert.equal(await active(), before + 1);
		await sim.plain('PUT', `/v1/products/${product}/sims/${iccid}`, { action: 'deactivate' });
		assert.equal(await active(), before);
		assert.equal((await sim.call('getDevice', { deviceId, auth: grace })).product_id, 13);
	});

	test('webhooks', async () => {
		const made = await sim.call('createWebhook', {
			event: 'temp', url: 'https://example.com/h', device: GREENHOUSE, rejectUnauthorized: true, noDefaults: true,
			hook: { method: 'PUT', auth: { username: 'me', password: '1' }, headers: { 'X-ONE': '1' }, json: { bar: 'bar' }, responseEvent: 'r' },
		});
		assert.match(made.id, /^[0-9a-f]{24}$/);
		const row = (await sim.call('listWebhooks')).find(h => h.id === made.id);
		assert.deepEqual([row.event, row.url, row.requestType, row.deviceID], ['temp', 'https://example.com/h', 'PUT', GREENHOUSE]);
		assert.ok((await sim.call('listIntegrations')).some(i => i.id === made.id));
		await sim.call('deleteWebhook', { hookId: made.id });
		await sim.fails('deleteWebhook', { hookId: made.id }, 404, /Webhook not found/);
		const other = await sim.call('createWebhook:product', { event: 'temp', url: 'https://example.com/h', product });
		assert.deepEqual((await sim.call('listWebhooks:product', { product })).map(h => h.id), [other.id]);
		await sim.call('deleteWebhook:product', { hookId: other.id, product });
		assert.deepEqual(await sim.call('listWebhooks:product', { product }), []);
	});

	test('integrations', async () => {
		for (const [suffix, scope] of [['', {}], [':product', { product }]]) {
			const made = await sim.call(`createIntegration${suffix}`, {
				...scope, event: 'temp', deviceId: GREENHOUSE, settings: { integration_type: 'AzureIotHub', policy_name: 'p' },
			});
			const edited = await sim.call(`editIntegration${suffix}`, {
				...scope, integrationId: made.id, event: 'e2', settings: { integration_type: 'AzureIotHub', hub_name: 'h' },
			});
			assert.equal(edited.integration.event, 'e2');
			const row = (await sim.call(`listIntegrations${suffix}`, scope)).find(i => i.id === made.id);
			assert.deepEqual([row.event, row.hub_name, row.policy_name], ['e2', 'h', undefined]);
			await sim.call(`deleteIntegration${suffix}`, { ...scope, integrationId: made.id });
			await sim.fails(`deleteIntegration${suffix}`, { ...scope, integrationId: made.id }, 404);
		}
	});

	test('an integration is replaced as a whole, and is of a type', async () => {
		const azure = { event: 'e', integration_type: 'AzureIotHub', hub_name: 'h' };
		const made = (await sim.plain('POST', '/v1/integrations', azure)).body;
		assert.match(made.integrationUrl, new RegExp(`/${made.id}$`));
		const { id } = (await sim.plain('POST', '/v1/webhooks', { event: 'e', url: 'https://example.com/h' })).body;
		assert.equal((await sim.plain('PUT', `/v1/integrations/${id}`, { event: 'e2' })).status, 400);
		const edited = (await sim.plain('PUT', `/v1/integrations/${id}`, { event: 'e2', url: 'https://example.com/i' })).body;
		assert.deepEqual([edited.integration.event, edited.integration.url], ['e2', 'https://example.com/i']);
		const before = (await sim.call('listIntegrations')).length;
		assert.equal((await sim.plain('POST', '/v1/integrations', { ...azure, integration_type: 5 })).status, 400);
		assert.equal((await sim.call('listIntegrations')).length, before);
	});

	test('OAuth clients', async () => {
		for (const [suffix, scope] of [['', {}], [':product', { product }]]) {
			const { client } = await sim.call(`createOAuthClient${suffix}`, { ...scope, name: 'My App', type: 'web', redirect_uri: 'https://example.com', scope: 'create_customer' });
			assert.match(client.secret, /^[0-9a-f]{40}$/);
			const changed = await sim.call(`updateOAuthClient${suffix}`, { ...scope, clientId: client.id, name: 'n2', scope: 's' });
			assert.equal(changed.client.name, 'n2');
			const { clients } = await sim.call(`listOAuthClients${suffix}`, scope);
			assert.deepEqual(clients.map(c => [c.id, c.name, c.secret]), [[client.id, 'n2', undefined]]);
			await sim.call(`deleteOAuthClient${suffix}`, { ...scope, clientId: client.id });
			assert.deepEqual((await sim.call(`listOAuthClients${suffix}`, scope)).clients, []);
			await sim.fails(`createOAuthClient${suffix}`, { ...scope, name: 'x', type: 'odd' }, 400);
		}
	});

	test('configuration, of the product and of a device', async () => {
		const { configuration } = await sim.call('getProductConfiguration', { product });
		assert.equal(configuration.location.interval_min, 900);
		await sim.call('setProductConfiguration', { product, config: { a: { b: 1 } } });
		assert.deepEqual((await sim.call('getProductConfiguration', { product })).configuration.a, { b: 1 });
		const schema = await sim.call('getProductConfigurationSchema', { product, headers: {} });
		assert.equal(schema.type, 'object');
		const { devices } = await sim.call('listDevices', { product, perPage: 100 });
		const on = devices.find(d => d.online).id;
		const off = devices.find(d => !d.online).id;
		await sim.call('setProductDeviceConfiguration', { product, deviceId: on, config: { rgb: { brightness: 9 } } });
		const current = await sim.call('getProductDeviceConfiguration', { product, deviceId: on });
		const { rgb, location } = current.configuration.current;
		assert.deepEqual([rgb, location.interval_min], [{ type: 'particle', brightness: 9 }, 900]);
		const later = await sim.request('setProductDeviceConfiguration', { product, deviceId: off, config: { rgb: { brightness: 9 } } });
		assert.equal(later.statusCode, 202);
		assert.equal((await sim.call('getProductDeviceConfiguration', { product, deviceId: off })).configuration.pending.rgb.brightness, 9);
		await sim.control('POST', `devices/${off}`, { online: true });
		const taken = (await sim.call('getProductDeviceConfiguration', { product, deviceId: off })).configuration;
		assert.deepEqual([taken.current.rgb.brightness, taken.pending], [9, {}]);
		await sim.control('POST', `devices/${off}`, { online: false });
		const both = await sim.plain('PUT', `/v1/products/${product}/config`, { rgb: { brightness: 7 }, deviceIds: [on, off] });
		assert.equal(both.status, 202);
		assert.equal((await sim.call('getProductConfiguration', { product })).configuration.rgb.brightness, 255);
		assert.equal((await sim.call('getProductDeviceConfiguration', { product, deviceId: on })).configuration.current.rgb.brightness, 7);
		assert.equal((await sim.call('getProductDeviceConfiguration', { product, deviceId: off })).configuration.pending.rgb.brightness, 7);
		await sim.fails('setProductDeviceConfiguration', { product, deviceId: on, config: { rgb: { brightness: 999 } } }, 400, /device_rejected_configuration/);
		assert.equal((await sim.call('getProductDeviceConfigurationSchema', { product, deviceId: on, headers: {} })).type, 'object');
	});

	test('locations', async () => {
		const page = await sim.call('getProductLocations', { product, page: 1, perPage: 20 });
		assert.equal(page.locations.length, 20);
		assert.equal(page.locations[0].geometry.type, 'Point');
		assert.match(page.locations[0].last_heard, ISO);
		const dateRange = '2020-05-15T18:29:45Z,2030-05-19T18:29:45Z';
		const grouped = await sim.call('getProductLocations', { product, dateRange, groups: ['alpha'], rectBl: '40,-100', rectTr: '50,-90' });
		assert.ok(grouped.locations.length && grouped.locations.every(l => l.groups.includes('alpha') && l.geometry.type === 'LineString'));
		const none = await sim.call('getProductLocations', { product, rectBl: '1,2', rectTr: '3,4' });
		assert.equal(none.meta.devices_found, 0);
		const { location } = await sim.call('getProductDeviceLocations', { product, deviceId: page.locations[0].device_id, dateRange, rectBl: '40,-100', rectTr: '50,-90' });
		assert.equal(location.timestamps.length, 5);
		const [from, to] = [location.timestamps[1], location.timestamps[2]];
		const at = { product, deviceId: location.device_id };
		const part = (await sim.call('getProductDeviceLocations', { ...at, dateRange: `${from},${to}` })).location;
		assert.ok(part.timestamps.length > 0 && part.timestamps.length <= 3);
		assert.equal(part.properties.length, part.timestamps.length);
		const elsewhere = (await sim.call('getProductDeviceLocations', { ...at, dateRange, rectBl: '1,2', rectTr: '3,4' })).location;
		assert.deepEqual(elsewhere.timestamps, []);
		const before = '2020-05-15T18:29:45Z,2020-05-19T18:29:45Z';
		assert.equal((await sim.call('getProductLocations', { product, dateRange: before })).meta.devices_found, 0);
		assert.equal(location.geometry.coordinates.length, location.timestamps.length);
		await sim.fails('getProductLocations', { product, dateRange: 'yesterday' }, 400);
	});
});
