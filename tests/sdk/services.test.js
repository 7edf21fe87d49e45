// SPDX-License-Identifier: Apache-2.0
const test = require('node:test');
const assert = require('node:assert/strict');
const { forEachSdk, GREENHOUSE, PRODUCT, ISO } = require('./lib');

const CODE = 'export default function job() {\n  console.log("temp", "21.5");\n  Particle.publish("ran", "1");\n}\n';

forEachSdk('services', (sim, has, testOf) => {
	const product = PRODUCT;

	test('build targets', async () => {
		const all = await sim.call('listBuildTargets:plain', {});
		const featured = await sim.call('listBuildTargets', { onlyFeatured: true });
		assert.ok(featured.targets.length < all.targets.length);
		assert.equal(all.platforms.Boron, 13);
		assert.equal(typeof all.default_versions['13'], 'string');
	});

	testOf('listDeviceOsVersions', 'Device OS versions', async () => {
		const list = await sim.call('listDeviceOsVersions', { platformId: 13, page: 1, perPage: 3 });
		assert.equal(list.length, 3);
		assert.ok(list.every(v => v.platform_id === 13));
		const one = await sim.call('getDeviceOsVersion', { version: '4.2.0', platformId: 13 });
		assert.equal(one.internal_version, 4200);
		assert.ok(one.modules.every(m => typeof m.prefixInfo.moduleFunction === 'string'));
		await sim.fails('getDeviceOsVersion', { version: '0.0.1', platformId: 13 }, 404);
	});

	test('libraries: listed, filtered, by page', async () => {
		const plain = await sim.call('listLibraries:plain', {});
		assert.equal(plain.data.length, 10);
		const second = await sim.call('listLibraries', { page: 2, limit: 10 });
		assert.ok(second.data.length && second.data.every(l => !plain.data.some(p => p.id === l.id)));
		const neo = await sim.call('listLibraries', { filter: 'neo', sort: '-installs', category: 'Display', scope: 'all', excludeScopes: ['mine', 'private'], architectures: ['photon', 'argon'] });
		assert.deepEqual(neo.data.map(l => l.id), ['neopixel', 'neopatterns']);
		const last = await sim.call('getLibrary:plain', { name: 'neopixel' });
		const old = await sim.call('getLibrary', { name: 'neopixel', version: '1.0.0' });
		assert.deepEqual([last.data.attributes.version, old.data.attributes.version], ['1.0.4', '1.0.0']);
		const versions = await sim.call('getLibraryVersions', { name: 'neopixel', page: 1, limit: 3 });
		assert.equal(versions.data.length, 3);
		await sim.fails('getLibrary', { name: 'nothing' }, 404);
		const archive = await sim.call('downloadFile', { uri: last.data.links.download });
		assert.match(Buffer.from(archive).toString('latin1'), /neopixel 1\.0\.4/);
	});

	test('libraries: sorted', async () => {
		const by = async sort => (await sim.call('listLibraries', { sort, limit: 100 })).data;
		const names = (await by('name')).map(l => l.id);
		assert.deepEqual(names, [...names].sort());
		const official = (await by('-official')).map(l => l.attributes.official);
		assert.deepEqual(official, [...official].sort().reverse());
		for (const sort of ['created', 'updated', 'published']) {
			assert.deepEqual([(await by(sort))[0].id, (await by(`-${sort}`)).at(-1).id], ['neopixel', 'neopixel'], sort);
		}
	});

	test('libraries: contributed, published, deleted', async () => {
		const made = await sim.call('contributeLibrary', { archive: sim.file('lib.tgz', 'TGZ') });
		const name = made.data.id;
		assert.equal(made.data.attributes.visibility, 'private');
		const published = await sim.call('publishLibrary', { name });
		assert.equal(published.data.attributes.visibility, 'public');
		await sim.fails('deleteLibrary', { name }, 400);
		await sim.call('deleteLibrary', { name, force: 'xyz' });
		await sim.fails('getLibrary', { name }, 404);
	});

	testOf('createMeshNetwork', 'mesh networks', async () => {
		const { network } = await sim.call('createMeshNetwork', { name: 'net', deviceId: GREENHOUSE, iccid: '8934076500010000000' });
		const networkId = network.id;
		const other = (await sim.call('listDevices')).find(d => d.name === 'kitchen').id;
		await sim.call('addMeshNetworkDevice', { networkId, deviceId: other });
		assert.deepEqual((await sim.call('listMeshNetworks', { page: 1, perPage: 10 })).map(n => [n.name, n.device_count]), [['net', 2]]);
		const gateways = await sim.call('listMeshNetworkDevices', { networkId, role: 'gateway', page: 1, perPage: 10 });
		assert.deepEqual(gateways.map(d => d.id), [GREENHOUSE]);
		await sim.call('updateMeshNetwork', { networkId, action: 'gateway-enable', deviceId: other });
		assert.equal((await sim.call('getMeshNetwork', { networkId })).gateway_count, 2);
		assert.equal((await sim.call('getDevice', { deviceId: other })).network.id, networkId);
		await sim.call('removeMeshNetworkDevice', { networkId, deviceId: other });
		await sim.call('removeMeshNetworkDevice:any', { deviceId: GREENHOUSE });
		assert.equal((await sim.call('getMeshNetwork', { networkId })).device_count, 0);
		await sim.call('removeMeshNetwork', { networkId });
		await sim.fails('getMeshNetwork', { networkId }, 404);
	});

	testOf('executeLogic', 'logic: executed', async () => {
		const { result } = await sim.call('executeLogic', { logic: { source: { type: 'JavaScript', code: CODE }, event: { event_name: 'e' } } });
		assert.equal(result.status, 'Success');
		assert.deepEqual(result.logs[0].args, ['temp', '21.5']);
		assert.match(result.logs[0].timestamp, ISO);
		const code = `// don't {\nexport default function job() {\n  /* it's ( */ console.log('temp', 21.5, true);\n  // console.log('no');\n}\n`;
		const comments = await sim.call('executeLogic', { logic: { source: { type: 'JavaScript', code }, event: { event_name: 'e' } } });
		assert.deepEqual(comments.result.logs.map(line => line.args), [['temp', 21.5, true]]);
		const org = await sim.call('executeLogic:org', { org: 'acme', logic: { source: { type: 'JavaScript', code: '' } } });
		assert.equal(org.result.status, 'Exception');
	});

	testOf('createLogicFunction', 'logic: functions and their runs', async () => {
		const source = { type: 'JavaScript', code: CODE };
		const made = (await sim.call('createLogicFunction', { logicFunction: { name: 'f', source, logic_triggers: [{ type: 'Scheduled', cron: '0 * * * *' }] } })).logic_function;
		assert.equal(made.logic_triggers[0].logic_function_id, made.id);
		assert.match(made.created_at, /\.\d{6}Z$/);
		const at = { logicFunctionId: made.id };
		await sim.call('updateLogicFunction', { ...at, logicFunction: { enabled: false } });
		const read = (await sim.call('getLogicFunction', at)).logic_function;
		assert.deepEqual([read.enabled, read.version, read.source.code], [false, 2, CODE]);
		const list = (await sim.call('listLogicFunctions', { todayStats: true })).logic_functions;
		assert.ok(list.every(f => typeof f.today_stats.success === 'number'));
		await sim.call('deleteLogicFunction', at);
		await sim.fails('getLogicFunction', at, 404);
		await sim.fails('createLogicFunction', { logicFunction: { name: 'f', source: { type: 'JavaScript', code: '{' } } }, 400);
		const alarm = { logicFunctionId: list.find(f => f.name === 'Alarm').id };
		const runs = (await sim.call('listLogicRuns', alarm)).logic_runs;
		assert.ok(runs.length && runs.every(r => r.status === 'Success'));
		const run = { ...alarm, logicRunId: runs[0].id };
		assert.equal((await sim.call('getLogicRun', run)).logic_run.id, runs[0].id);
		const logs = await sim.call('getLogicRunLogs', run);
		assert.deepEqual(logs.logs, logs.logic_run_logs.logs);
	});

	testOf('createLogicFunction', 'logic of an organization', async () => {
		const org = 'acme';
		await sim.call('createLogicFunction:org', { org, logicFunction: { name: 'g', source: { type: 'JavaScript', code: CODE } } });
		const list = (await sim.call('listLogicFunctions:org', { org })).logic_functions;
		assert.deepEqual(list.map(f => f.name), ['Alarm', 'g']);
		await sim.call('listLogicRuns:org', { org, logicFunctionId: list[0].id });
	});

	testOf('createLedger', 'ledgers', async () => {
		const ledgerName = 'led';
		await sim.call('createLedger', { ledger: { name: ledgerName, scope: 'Device', direction: 'Downstream' } });
		await sim.fails('createLedger', { ledger: { name: ledgerName, scope: 'Device', direction: 'Downstream' } }, 409);
		await sim.fails('createLedger', { ledger: { name: 'No Good', scope: 'Device', direction: 'Downstream' } }, 400);
		await sim.call('updateLedger', { ledgerName, ledger: { description: 'd' } });
		assert.equal((await sim.call('getLedger', { ledgerName })).ledger.description, 'd');
		const at = { ledgerName, scopeValue: GREENHOUSE };
		await sim.fails('getLedgerInstance', at, 404);
		await sim.call('setLedgerInstance', { ...at, instance: { data: { a: 1, b: 1 } } });
		await sim.call('setLedgerInstance', { ...at, instance: { data: { a: 2 } }, setMode: 'Merge' });
		assert.deepEqual((await sim.call('getLedgerInstance', at)).instance.data, { a: 2, b: 1 });
		const { instances, meta } = await sim.call('listLedgerInstances', { ledgerName, page: 1, perPage: 10 });
		assert.deepEqual([instances.length, meta.total], [1, 1]);
		const { versions } = await sim.call('listLedgerInstanceVersions', at);
		assert.deepEqual(versions.map(v => v.data.a), [2, 1]);
		assert.equal(versions[0].replaced_at, undefined);
		const older = await sim.call('getLedgerInstanceVersion', { ...at, version: versions[1].replaced_at });
		assert.equal(older.instance.data.a, 1);
		const none = await sim.call('listLedgerInstanceVersions', { ...at, replacedBefore: '2024-01-01T00:00:00Z', replacedAfter: '2023-01-01T00:00:00Z' });
		assert.deepEqual(none.versions, []);
		await sim.call('deleteLedgerInstance', at);
		await sim.fails('getLedgerInstance', at, 404);
		await sim.call('archiveLedger', { ledgerName });
		const names = async archived => (await sim.call('listLedgers', { scope: 'Device', page: 1, perPage: 10, archived })).ledgers.map(l => l.name);
		assert.ok(!(await names(false)).includes(ledgerName));
		assert.ok((await names(true)).includes(ledgerName));
	});

	testOf('createLedger', 'a ledger of the name events is no stream', async () => {
		const at = { ledgerName: 'events', scopeValue: GREENHOUSE };
		await sim.call('createLedger', { ledger: { name: 'events', scope: 'Device', direction: 'Downstream' } });
		await sim.call('setLedgerInstance', { ...at, instance: { data: { a: 1 } } });
		assert.deepEqual((await sim.call('getLedgerInstance', at)).instance.data, { a: 1 });
		assert.equal((await sim.call('listLedgerInstanceVersions', at)).versions.length, 1);
	});

	testOf('createLedger', 'ledgers of an organization', async () => {
		const org = 'acme';
		assert.deepEqual((await sim.call('listLedgers:org', { org })).ledgers.map(l => l.name), ['policy']);
		assert.equal((await sim.call('getLedger:org', { org, ledgerName: 'policy' })).ledger.scope, 'Owner');
		await sim.fails('updateLedger', { org, ledgerName: 'policy', ledger: { direction: 'Upstream' } }, 400);
		const set = await sim.call('setLedgerInstance:org', { org, ledgerName: 'policy', scopeValue: 'x', instance: { data: { a: 1 } } });
		assert.deepEqual(set.instance.data, { a: 1 });
	});

	testOf('setEnvVar', 'environment variables of a product: set, reviewed, rolled out', async () => {
		const key = 'K';
		await sim.call('updateEnvVars', { product, ops: [{ op: 'Set', key: 'K', value: 'v' }, { op: 'Set', key: 'J', value: 'w' }] });
		await sim.call('updateEnvVars', { product, ops: [{ op: 'Unset', key: 'J' }] });
		await sim.fails('updateEnvVars', { product, ops: [{ op: 'Set', key: 'bad key', value: 'v' }] }, 400, /Validation error/);
		assert.deepEqual((await sim.call('renderEnvVars', { product })).env, { K: 'v' });
		const review = await sim.call('reviewEnvVarsRollout', { product });
		assert.deepEqual(review.from_snapshot.changes, [{ op: 'Added', key, after: 'v' }]);
		assert.equal((await sim.call('startEnvVarsRollout', { product, when: 'Immediate' })).success, true);
		assert.deepEqual((await sim.call('reviewEnvVarsRollout', { product })).from_snapshot.changes, []);
		await sim.call('setEnvVar', { product, key, value: 'v2' });
		const env = await sim.call('listEnvVars:product', { product });
		assert.deepEqual([env.latest.own.K.value, env.last_snapshot.own.K.value], ['v2', 'v']);
		await sim.call('deleteEnvVar', { product, key });
		await sim.fails('deleteEnvVar', { product, key }, 404);
	});

	testOf('setEnvVar', 'environment variables of a device, the sandbox and an organization', async () => {
		const deviceId = GREENHOUSE;
		const raw = (method, path, body) => fetch(sim.base + path, {
			method, body: JSON.stringify(body),
			headers: { 'content-type': 'application/json', authorization: `Bearer ${sim.auth}` },
		});
		await raw('PUT', '/v1/env/S', { value: 'owner' });
		await sim.call('setEnvVar:device', { deviceId, key: 'K', value: 'own' });
		const env = await sim.call('listEnvVars:device', { deviceId });
		assert.deepEqual(env.latest.inherited.S, { from: 'Owner', value: 'owner' });
		assert.deepEqual((await sim.call('renderEnvVars:device', { deviceId })).env, { S: 'owner', K: 'own' });
		assert.equal((await sim.call('listEnvVars:sandbox', { sandbox: true })).latest.own.S.value, 'owner');
		await sim.call('deleteEnvVar:sandbox', { sandbox: true, key: 'S' });
		assert.deepEqual((await sim.call('renderEnvVars:device', { deviceId })).env, { K: 'own' });
		await sim.call('updateEnvVars:org', { org: 'acme', ops: [{ op: 'Set', key: 'K', value: 'v' }] });
		await sim.call('startEnvVarsRollout:org', { org: 'acme', when: 'Connect' });
		assert.equal((await sim.call('listEnvVars:org', { org: 'acme' })).last_snapshot.own.K.value, 'v');
	});
});
