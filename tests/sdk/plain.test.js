// SPDX-License-Identifier: Apache-2.0
// What the SDK does not send, and what nobody should.
const test = require('node:test');
const assert = require('node:assert/strict');
const { forEachSdk } = require('./lib');

forEachSdk('plain requests', (sim) => {
	test('libraries: a file of another name than theirs', async () => {
		for (const file of ['neopixel.tar.gz', 'neopixel-.tar.gz', 'neopixelx1.0.4.tar.gz', 'neopixel-1.0.4.zip', 'neo.tar.gz']) {
			assert.equal((await sim.plain('GET', `/libraries/neopixel/${file}`, undefined, { token: '' })).status, 404, file);
		}
		assert.equal((await sim.plain('GET', '/libraries/neopixel/neopixel-1.0.4.tar.gz')).status, 200);
	});
});
