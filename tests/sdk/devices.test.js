// SPDX-License-Identifier: Apache-2.0
const test = require('node:test');
const assert = require('node:assert/strict');
const { HalModuleParser } = require('binary-version-reader');
const { forEachSdk, GREENHOUSE, CELLAR, FOREIGN, UNCLAIMED, PRODUCT, ISO } = require('./lib');

const parser = new HalModuleParser();
const SOURCE = 'void setup() {}\nvoid loop() {}\n';

// What is flashed goes on until after the end, but where a test is to see that: no device goes offline for what follows.
forEachSdk('devices', (sim, has, testOf) => {
	let product;

	test('the fleet is listed with what a device has', async () => {
		const list = await sim.call('listDevices');
		assert.deepEqual(list.slice(0, 5).map(d => d.name),
			['greenhouse', 'kitchen', 'workshop', 'front porch', null]);
		for (const device of list) {
			assert.match(device.id, /^[0-9a-f]{24}$/);
			assert.equal(typeof device.online, 'boolean');
			assert.equal(device.connected, device.online);
			assert.match(device.last_heard, ISO);
			assert.equal(typeof device.platform_id, 'number');
			assert.equal(device.cellular, 'iccid' in device);
			assert.ok(Array.isArray(device.functions));
			assert.equal(typeof device.variables, 'object');
		}
	});

	test('one device, by ID and by name; foreign and unknown ones are refused alike', async () => {
		const device = await sim.call('getDevice', { deviceId: GREENHOUSE });
		assert.deepEqual(device, { ...await sim.call('getDevice', { deviceId: 'greenhouse' }), last_heard: device.last_heard });
		assert.deepEqual(device.functions, ['water', 'lamp', 'mode']);
		assert.equal(device.variables.soil, 'double');
		await sim.fails('getDevice', { deviceId: FOREIGN }, 403, /Permission Denied/);
		await sim.fails('getDevice', { deviceId: 'f'.repeat(24) }, 403, /Permission Denied/);
	});

	test('renamed stays renamed, notes stay', async () => {
		const renamed = await sim.call('renameDevice', { deviceId: GREENHOUSE, name: 'glass house' });
		assert.equal(renamed.name, 'glass house');
		assert.match(renamed.updated_at, ISO);
		assert.equal((await sim.call('getDevice', { deviceId: GREENHOUSE })).name, 'glass house');
		assert.equal((await sim.call('setDeviceNotes', { deviceId: GREENHOUSE, notes: 'hi' })).notes, 'hi');
		assert.equal((await sim.call('getDevice', { deviceId: GREENHOUSE })).notes, 'hi');
		await sim.call('renameDevice', { deviceId: GREENHOUSE, name: 'greenhouse' });
		await sim.fails('renameDevice', { deviceId: GREENHOUSE, name: '' }, 400);
	});

	test('the LED signals; an offline device times out', async () => {
		const on = await sim.call('signalDevice', { deviceId: GREENHOUSE, signal: true });
		assert.deepEqual([on.connected, on.signaling], [true, true]);
		await sim.fails('signalDevice', { deviceId: CELLAR, signal: true }, 500, /Timed out/);
	});

	testOf('updateDevice', 'several attributes at once', async () => {
		const body = await sim.call('updateDevice', { deviceId: GREENHOUSE, name: 'greenhouse', signal: true, notes: 'x' });
		assert.deepEqual([body.name, body.notes, body.signaling], ['greenhouse', 'x', true]);
	});

	test('functions act on variables', async () => {
		const call = await sim.call('callFunction', { deviceId: GREENHOUSE, name: 'lamp', argument: 'on' });
		assert.equal(call.id, GREENHOUSE);
		assert.equal(call.return_value, 1);
		const lamp = await sim.call('getVariable', { deviceId: GREENHOUSE, name: 'lamp' });
		assert.equal(lamp.result, true);
		assert.equal(lamp.coreInfo.deviceID, GREENHOUSE);
		const before = (await sim.call('getVariable', { deviceId: GREENHOUSE, name: 'soil' })).result;
		await sim.call('callFunction', { deviceId: GREENHOUSE, name: 'water', argument: '40' });
		const after = (await sim.call('getVariable', { deviceId: GREENHOUSE, name: 'soil' })).result;
		assert.ok(after - before > 30, `${before} -> ${after}`);
		await sim.call('callFunction', { deviceId: GREENHOUSE, name: 'mode', argument: 'eco' });
		assert.equal((await sim.call('getVariable', { deviceId: GREENHOUSE, name: 'mode' })).result, 'eco');
		assert.equal((await sim.call('callFunction', { deviceId: GREENHOUSE, name: 'mode', argument: 'what' })).return_value, -1);
	});

	test('a function given a number that is too large', async () => {
		const deviceId = GREENHOUSE;
		for (const argument of ['1e307', '1e307', '1e12']) {
			assert.equal((await sim.call('callFunction', { deviceId, name: 'water', argument })).return_value, 2147483647);
		}
		assert.equal(typeof (await sim.call('getVariable', { deviceId, name: 'soil' })).result, 'number');
		for (const argument of ['-1e307', '-1e307', '-1e12']) {
			assert.ok((await sim.call('callFunction', { deviceId, name: 'water', argument })).return_value < -2147483000);
		}
		await sim.call('callFunction', { deviceId, name: 'water', argument: '2147483648' });
	});

	test('what does not exist or does not answer', async () => {
		await sim.fails('callFunction', { deviceId: GREENHOUSE, name: 'fly', argument: '' }, 404, /Function fly not found/);
		await sim.fails('getVariable', { deviceId: GREENHOUSE, name: 'fly' }, 404, /Variable not found/);
		await sim.fails('callFunction', { deviceId: CELLAR, name: 'pump', argument: 'on' }, 400, /Timed out/);
		await sim.fails('getVariable', { deviceId: CELLAR, name: 'temp' }, 408, /Timed out/);
	});

	test('claimed, unclaimed, transferred', async () => {
		const claimed = await sim.call('claimDevice', { deviceId: UNCLAIMED });
		assert.equal(claimed.ok, true);
		assert.equal(claimed.deviceID, UNCLAIMED);
		assert.ok((await sim.call('listDevices')).some(d => d.id === UNCLAIMED));
		assert.equal((await sim.call('removeDevice', { deviceId: UNCLAIMED })).ok, true);
		await sim.fails('getDevice', { deviceId: UNCLAIMED }, 403);
		await sim.fails('claimDevice', { deviceId: 'f'.repeat(24) }, 404, /does not exist/);
		await sim.fails('claimDevice', { deviceId: FOREIGN }, 403, /someone else/);
		const transfer = await sim.call('claimDevice', { deviceId: FOREIGN, requestTransfer: true });
		assert.match(transfer.transfer_id, /^[0-9a-f]{24}$/);
	});

	test('claim codes', async () => {
		const own = await sim.call('getClaimCode');
		assert.equal(own.claim_code.length, 63);
		assert.ok(own.device_ids.includes(GREENHOUSE));
		await sim.call('getClaimCode:product', { product: PRODUCT });
		await sim.call('getClaimCode:iccid', { iccid: '8934076500010000000' });
	});

	test('provisioned and moved to a product', async () => {
		const made = await sim.call('provisionDevice', { productId: 12345 });
		assert.match(made.id, /^[0-9a-f]{24}$/);
		assert.equal(made.product_id, 12345);
		await sim.fails('provisionDevice', { productId: 99999 }, 404);
		if (has('changeProduct')) {
			await sim.call('changeProduct', { deviceId: GREENHOUSE, productId: 12345 });
			assert.equal((await sim.call('getDevice', { deviceId: GREENHOUSE })).product_id, 12345);
			await sim.call('changeProduct', { deviceId: GREENHOUSE, productId: 13 });
			assert.equal((await sim.call('getDevice', { deviceId: GREENHOUSE })).product_id, 13);
		}
	});

	test('serial numbers, keys, protection, backups', async () => {
		const device = await sim.call('getDevice', { deviceId: GREENHOUSE });
		const found = await sim.call('lookupSerialNumber', { serialNumber: device.serial_number });
		assert.equal(found.device_id, GREENHOUSE);
		assert.equal(found.deviceID, GREENHOUSE);
		assert.equal(found.platform_id, 13);
		await sim.fails('lookupSerialNumber', { serialNumber: 'NONE' }, 404);
		await sim.call('sendPublicKey', { deviceId: GREENHOUSE, key: '-----BEGIN PUBLIC KEY-----\nx', algorithm: 'ecc' });
		if (has('unprotectDevice')) {
			await sim.call('unprotectDevice', { deviceId: GREENHOUSE, action: 'prepare' });
			await sim.control('POST', `devices/${GREENHOUSE}`, { protected: true });
			const nonce = await sim.call('unprotectDevice', { deviceId: GREENHOUSE, action: 'prepare' });
			assert.equal(typeof nonce.server_nonce, 'string');
			const backup = await sim.call('downloadManufacturingBackup', { deviceId: GREENHOUSE });
			assert.ok(Buffer.from(backup).length > 10);
		}
	});

	test('a list by page, filtered and sorted', async () => {
		const first = await sim.call('listDevices:product', { product: PRODUCT, page: 1, perPage: 10, sortAttr: 'deviceName', sortDir: 'asc' });
		const second = await sim.call('listDevices:product', { product: PRODUCT, page: 2, perPage: 10, sortAttr: 'deviceName', sortDir: 'asc' });
		const names = [...first.devices, ...second.devices].map(d => d.name);
		assert.equal(first.devices.length, 10);
		assert.ok(first.meta.total_pages >= 3);
		assert.deepEqual(names, [...names].sort((a, b) => ((a || "") < (b || "") ? -1 : 1)));
		product = first.devices.find(d => d.online);
		const beta = await sim.call('listDevices:product', { product: PRODUCT, groups: ['beta'], perPage: 100 });
		assert.ok(beta.devices.length && beta.devices.every(d => d.groups.includes('beta')));
		const one = await sim.call('listDevices:product', { product: PRODUCT, deviceId: product.id.slice(8, 16) });
		assert.deepEqual(one.devices.map(d => d.id), [product.id]);
		await sim.fails('listDevices:product', { product: 'nothing' }, 404);
	});

	test('a product device is read and changed by the product\'s routes', async () => {
		const at = { product: PRODUCT, deviceId: product.id };
		const device = await sim.call('getDevice:product', at);
		assert.equal(device.firmware_product_id, 12345);
		assert.equal(typeof device.targeted_firmware_release_version, 'number');
		await sim.fails('getDevice:product', { product: PRODUCT, deviceId: GREENHOUSE }, 404, /not found/);
		await sim.call('renameDevice:product', { ...at, name: 'kitchen2' });
		await sim.call('setDeviceNotes:product', { ...at, notes: 'hi' });
		await sim.call('signalDevice:product', { ...at, signal: false });
		assert.equal((await sim.call('markAsDevelopmentDevice', { ...at, development: true })).development, true);
		assert.equal((await sim.call('lockDeviceProductFirmware', { ...at, desiredFirmwareVersion: 2 })).desired_firmware_version, 2);
		await sim.fails('lockDeviceProductFirmware', { ...at, desiredFirmwareVersion: 77 }, 400);
		let changed = await sim.call('getDevice:product', at);
		assert.deepEqual([changed.name, changed.notes, changed.development, changed.desired_firmware_version], ['kitchen2', 'hi', true, 2]);
		await sim.call('unlockDeviceProductFirmware', at);
		if (has('updateDevice')) {
			await sim.call('updateDevice:product', { ...at, name: 'n', signal: true, notes: 'x', development: false, desiredFirmwareVersion: null, flash: true });
		}
		changed = await sim.call('getDevice:product', at);
		assert.equal(changed.desired_firmware_version, null);
		const [variable] = Object.keys(changed.variables);
		assert.ok('result' in await sim.call('getVariable:product', { ...at, name: variable }));
		assert.equal(typeof (await sim.call('callFunction:product', { ...at, name: changed.functions[0], argument: '1' })).return_value, 'number');
		if (has('unprotectDevice')) {
			await sim.control('POST', `devices/${product.id}`, { protected: true });
			const done = await sim.call('unprotectDevice:product', { ...at, action: 'confirm', serverNonce: 's', deviceNonce: 'd', deviceSignature: 'g', devicePublicKeyFingerprint: 'f' });
			assert.equal(typeof done.server_signature, 'string');
			const org = await sim.call('listDevices:product', { product: 'asset-watch-v100' });
			await sim.call('unprotectDevice:org', { org: 'acme', deviceId: org.devices[0].id, action: 'prepare' });
		}
	});

	test('imported, removed, denied, taken from its owner', async () => {
		const added = await sim.call('addDeviceToProduct', { product: PRODUCT, deviceId: UNCLAIMED });
		assert.deepEqual(added.updatedDeviceIds, [UNCLAIMED]);
		assert.deepEqual((await sim.call('addDeviceToProduct', { product: PRODUCT, deviceId: UNCLAIMED })).existingDeviceIds, [UNCLAIMED]);
		const file = sim.file('ids.csv', `id\n${UNCLAIMED}\nnonsense\n`);
		const report = await sim.call('addDeviceToProduct:file', { product: PRODUCT, file });
		assert.deepEqual([report.existingDeviceIds, report.invalidDeviceIds], [[UNCLAIMED], ['nonsense']]);
		const { serial_number: serial, iccid, imei } = await sim.control('GET', `devices/${UNCLAIMED}`);
		const all = sim.file('all.csv', `${serial}\n${iccid}\n${imei}\n`);
		const found = await sim.call('addDeviceToProduct:file', { product: PRODUCT, file: all });
		assert.deepEqual(found.existingDeviceIds, [UNCLAIMED, UNCLAIMED, UNCLAIMED]);
		await sim.call('removeDeviceOwner', { product: PRODUCT, deviceId: UNCLAIMED });
		await sim.call('removeDevice:product', { product: PRODUCT, deviceId: UNCLAIMED });
		await sim.fails('getDevice:product', { product: PRODUCT, deviceId: UNCLAIMED }, 404);
		await sim.control('POST', `devices/${product.id}`, { quarantined: true });
		await sim.call('removeDevice:deny', { product: PRODUCT, deviceId: product.id, deny: true });
		assert.equal((await sim.call('getDevice:product', { product: PRODUCT, deviceId: product.id })).denied, true);
	});

	test('compiled, downloaded, broken', async () => {
		const files = { 'main.cpp': sim.file('main.cpp', SOURCE), 'lib/x.h': sim.file('lib/x.h', '#pragma once\n') };
		const built = await sim.call('compileCode', { files, platformId: 13, targetVersion: '4.2.0' });
		assert.equal(built.ok, true);
		assert.equal(built.build_target_version, '4.2.0');
		assert.match(built.binary_url, /^\/v1\/binaries\//);
		const binary = await sim.call('downloadFirmwareBinary', { binaryId: built.binary_id });
		const { crc, prefixInfo, suffixInfo } = await parser.parseBuffer({ fileBuffer: Buffer.from(binary) });
		assert.ok(crc.ok);
		assert.equal(prefixInfo.platformID, 13);
		assert.equal(prefixInfo.moduleFunction, 5);
		assert.equal(suffixInfo.suffixSize, 40);
		const broken = { 'main.cpp': sim.file('broken.cpp', 'void setup() {\n  digitalWrite("D7;\n}\nvoid loop() {}\n') };
		const body = await sim.fails('compileCode', { files: broken, platformId: 13 }, 406);
		assert.match(body.errors[0], /main\.cpp:2:\d+: error: missing terminating/);
		await sim.fails('compileCode', { files, platformId: 13, targetVersion: '0.0.1' }, 400);
	});

	test('compiled: what the compiler finds, and what it does not', async () => {
		const LOOP = 'void loop() {}\n';
		const wrong = {
			'void setup() {\n  int x = 1\n}\n': /:3:\d+: error: expected ';' before '}' token/,
			'void setup() {\n  if (true) {\n    delay(1)\n  }\n}\n': /:4:\d+: error: expected ';'/,
			'void setup() {\n  pinMode(D7, OUTPUT);\n': /expected '}' at end/,
			'#include "none.h"\nvoid setup() {}\n': /:1:10: error: none\.h: No such file/,
		};
		for (const [source, error] of Object.entries(wrong)) {
			const files = { 'main.cpp': sim.file('wrong.cpp', source + LOOP) };
			assert.match((await sim.fails('compileCode', { files, platformId: 13 }, 406)).errors[0], error);
		}
		const comment = { 'main.cpp': sim.file('comment.cpp', '// setup and loop\nint x;\n') };
		assert.match((await sim.fails('compileCode', { files: comment, platformId: 13 }, 406)).errors[0], /undefined reference/);
		const right = [
			'/*\n#include "none.h"\n*/\nvoid setup() {}\n',
			'#define TWICE(x) don\'t { \\\n  ( [ x\nvoid setup() {}\n',
			'const char *page = R"html(<a href="x">don\'t (</a>\n{)html";\nvoid setup() {}\n',
			'int list[] = { 1, f(2) };\nstruct P { int x; } p = { 1 };\nenum E { A, B };\nvoid setup() { int n[2] = { 1, 2 }; }\n',
			'void setup() { auto f = [](int x) { return x; }; f(1\'000); if (f(1)) { delay(1); } else { delay(2); } }\n',
			'class C {\n  int get() const { return 1; }\n  C(): x{1} {}\n  int x;\n};\nvoid setup() { switch (1) { case 1: break; default: {} } }\n',
			'P make() { return P{1}; }\nvoid setup() { do { delay(1); } while (false); }\n',
		];
		for (const source of right) {
			const files = { 'main.cpp': sim.file('right.cpp', source + LOOP) };
			assert.equal((await sim.call('compileCode', { files, platformId: 13 })).ok, true, source);
		}
	});

	test('flashed: for the platform of the device alone', async () => {
		const files = { 'main.cpp': sim.file('main.cpp', SOURCE), 'lib/x.h': sim.file('lib/x.h', '') };
		const compile = async platformId => {
			const built = await sim.call('compileCode', { files, platformId });
			return Buffer.from(await sim.call('downloadFirmwareBinary', { binaryId: built.binary_id }));
		};
		const { id: deviceId, platform_id: platform } = (await sim.call('listDevices')).find(d => d.online && d.id !== GREENHOUSE && d.platform_id !== 6);
		const flash = binary => ({ deviceId, files: { 'fw.bin': sim.file('fw.bin', binary) } });
		const good = await compile(platform);
		await sim.fails('flashDevice', flash(await compile(6)), 400, /Incorrect platform id/);
		assert.equal((await sim.call('flashDevice', flash(good))).status, 'Update started');
		const { product } = await sim.call('getProduct', { product: PRODUCT });
		const wrong = sim.file('wrong.bin', await compile(product.platform_id === 6 ? 12 : 6));
		await sim.fails('uploadProductFirmware', { product: PRODUCT, file: wrong, version: 9, title: 't', description: 'd' }, 400, /Incorrect platform id/);
	});

	test('flashed: sources, a binary, a known app', async () => {
		const files = { 'main.cpp': sim.file('main.cpp', SOURCE), 'lib/x.h': sim.file('lib/x.h', '') };
		assert.equal((await sim.call('flashDevice', { deviceId: GREENHOUSE, files, targetVersion: '4.2.0' })).ok, true);
		const list = await sim.call('listDevices:product', { product: PRODUCT, perPage: 100 });
		const other = list.devices.find(d => d.online);
		const flashed = await sim.call('flashDevice:product', { deviceId: other.id, product: PRODUCT, files: { 'fw.bin': sim.file('fw.bin', 'BINARY') } });
		assert.equal(flashed.id, other.id);
		await sim.fails('flashDevice', { deviceId: CELLAR, files: { 'fw.bin': sim.file('fw.bin', 'B') } }, 500, /Request Timed Out/);
		// a device that says nothing takes nothing, either
		await sim.control('POST', `devices/${GREENHOUSE}`, { online: true, silent: true });
		await sim.fails('flashDevice', { deviceId: GREENHOUSE, files: { 'fw.bin': sim.file('fw.bin', 'B') } }, 500, /Request Timed Out/);
		if (has('flashTinker')) {
			await sim.fails('flashTinker', { deviceId: GREENHOUSE }, 500, /Request Timed Out/);
		}
		await sim.control('POST', `devices/${GREENHOUSE}`, { silent: false });
		await sim.control('POST', `devices/${other.id}`, { firmware_updates_forced: true });
		await sim.control('POST', 'options', { flash_time: 10 });
		await sim.call('flashDevice:product', { deviceId: other.id, product: PRODUCT, files: { 'fw.bin': sim.file('fw.bin', 'BINARY') } });
		for (let tries = 0; tries < 200 && (await sim.control('GET', `devices/${other.id}`)).firmware_updates_forced; tries++) {
			await new Promise(resolve => setTimeout(resolve, 50));
		}
		assert.equal((await sim.control('GET', `devices/${other.id}`)).firmware_updates_forced, false);
		if (has('flashTinker')) {
			await sim.control('POST', `devices/${GREENHOUSE}`, { online: true });
			await sim.call('flashTinker', { deviceId: GREENHOUSE });
			const device = await sim.call('getDevice', { deviceId: GREENHOUSE });
			assert.ok(device.functions.includes('digitalread'));
		}
	});
}, ['--flash-time', '600000']);
