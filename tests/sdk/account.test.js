// SPDX-License-Identifier: Apache-2.0
const test = require('node:test');
const assert = require('node:assert/strict');
const { forEachSdk, TOKEN, PRODUCT } = require('./lib');

forEachSdk('account', (sim, has) => {
	test('login gives a token that works, and a wrong password none', async () => {
		const token = await sim.call('login', { username: 'ada@example.com', password: 'particle' });
		assert.equal(token.token_type, 'bearer');
		assert.match(token.access_token, /^[0-9a-f]{40}$/);
		assert.match(token.refresh_token, /^[0-9a-f]{40}$/);
		assert.equal(token.expires_in, 7776000);
		const user = await sim.call('getUserInfo', { auth: token.access_token });
		assert.equal(user.username, 'ada@example.com');
		await sim.fails('login', { username: 'ada@example.com', password: 'no' }, 400, /invalid_grant/);
	});

	test('a second factor is asked for', async () => {
		const body = await sim.fails('login', { username: 'grace@example.com', password: 'particle' },
			403, /mfa_required/);
		await sim.fails('sendOtp', { mfaToken: body.mfa_token, otp: '000000' }, 400);
		const token = await sim.call('sendOtp', { mfaToken: body.mfa_token, otp: '123456' });
		const user = await sim.call('getUserInfo', { auth: token.access_token });
		assert.equal(user.username, 'grace@example.com');
		assert.equal(user.mfa.enabled, true);
	});

	test('no token is 400, a wrong one 401, an expired one 401', async () => {
		await sim.fails('getUserInfo', { auth: 'nonsense' }, 401, /invalid_token/);
		const made = await sim.control('POST', 'tokens', { action: 'create' });
		await sim.control('POST', 'tokens', { action: 'expire', token: made.access_token });
		await sim.fails('getUserInfo', { auth: made.access_token }, 401, /expired/);
		const none = await fetch(`${sim.base}/v1/user`);
		assert.equal(none.status, 400);
		assert.equal((await none.json()).error, 'invalid_request');
	});

	test('the account is read and changed', async () => {
		const user = await sim.call('getUserInfo');
		assert.equal(typeof user.wifi_device_count, 'number');
		assert.equal(user.account_info.first_name, 'Ada');
		await sim.call('setUserInfo', { accountInfo: { first_name: 'Augusta' } });
		assert.equal((await sim.call('getUserInfo')).account_info.first_name, 'Augusta');
		const identity = await sim.call('trackingIdentity', { full: true });
		assert.equal(identity.email, 'ada@example.com');
		assert.match((await sim.call('trackingIdentity:tracking')).id, /^[0-9a-f]{24}$/);
	});

	test('a user is made, renamed, given a password, deleted', async () => {
		const made = { username: 'new@example.com', password: 'one' };
		assert.equal((await sim.call('createUser', { ...made, accountInfo: { first_name: 'N' }, utm: { source: 'x' } })).ok, true);
		await sim.fails('createUser', made, 400);
		const auth = (await sim.call('login', made)).access_token;
		await sim.fails('changeUsername', { auth, currentPassword: 'bad', username: 'z@example.com' }, 400);
		await sim.call('changeUsername', { auth, currentPassword: 'one', username: 'z@example.com', invalidateTokens: false });
		await sim.call('changeUserPassword', { auth, currentPassword: 'one', password: 'two', invalidateTokens: true });
		await sim.fails('getUserInfo', { auth }, 401);
		const again = (await sim.call('login', { username: 'z@example.com', password: 'two' })).access_token;
		assert.equal((await sim.call('deleteUser', { auth: again, password: 'two' })).ok, true);
		await sim.fails('login', { username: 'z@example.com', password: 'two' }, 400);
	});

	test('mail: verification and password reset', async () => {
		assert.equal((await sim.call('resetPassword', { username: 'ada@example.com' })).ok, true);
		if (has('verifyUser')) {
			assert.equal((await sim.call('verifyUser', { token: 'vtok' })).ok, true);
		}
	});

	test('a second factor is enrolled and dropped', async () => {
		await sim.call('createUser', { username: 'mfa@example.com', password: 'pw' });
		const auth = (await sim.call('login', { username: 'mfa@example.com', password: 'pw' })).access_token;
		const begun = await sim.call('enableMfa', { auth });
		assert.match(begun.qr_url, /^otpauth:/);
		await sim.fails('confirmMfa', { auth, mfaToken: begun.mfa_token, otp: '999999' }, 400);
		const done = await sim.call('confirmMfa', { auth, mfaToken: begun.mfa_token, otp: '123456', invalidateTokens: true });
		assert.equal(done.enrolled, true);
		await sim.fails('login', { username: 'mfa@example.com', password: 'pw' }, 403);
		await sim.call('disableMfa', { auth: done.tokens[0], currentPassword: 'pw' });
		await sim.call('login', { username: 'mfa@example.com', password: 'pw' });
	});

	test('tokens are listed and revoked', async () => {
		const login = () => sim.call('login', { username: 'ada@example.com', password: 'particle' });
		const one = (await login()).access_token;
		const two = (await login()).access_token;
		if (has('listAccessTokens')) {
			const list = await sim.call('listAccessTokens', { username: 'ada@example.com', password: 'particle' });
			assert.ok(list.some(row => row.token === one));
			await sim.fails('listAccessTokens', { username: 'ada@example.com', password: 'x' }, 401, /Bad password/);
			await sim.fails('listAccessTokens', { username: 'nobody@example.com', password: 'x' }, 400, /Unknown user/);
		}
		await sim.call('deleteAccessToken', { token: one, username: 'ada@example.com', password: 'particle' });
		await sim.fails('getUserInfo', { auth: one }, 401);
		await sim.call('deleteCurrentAccessToken', { auth: two });
		await sim.fails('getUserInfo', { auth: two }, 401);
	});

	test('customers and clients', async () => {
		const customer = await sim.call('createCustomer', { email: 'c@example.com', password: 'pw', product: PRODUCT });
		assert.match(customer.access_token, /^[0-9a-f]{40}$/);
		await sim.fails('createCustomer', { email: 'c@example.com', password: 'pw', product: PRODUCT }, 400);
		assert.deepEqual(await sim.call('listDevices', { auth: customer.access_token }), []);
		const owner = await sim.call('loginAsClientOwner', {});
		assert.equal((await sim.call('getUserInfo', { auth: owner.access_token })).username, 'ada@example.com');
	});

	test('a deleted user gets no token any more', async () => {
		await sim.call('createUser', { username: 'gone@example.com', password: 'pw' });
		const auth = (await sim.call('login', { username: 'gone@example.com', password: 'pw' })).access_token;
		const { client } = await sim.call('createOAuthClient', { auth, name: 'c', type: 'installed' });
		const grant = { grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret };
		assert.equal((await sim.plain('POST', '/oauth/token', new URLSearchParams(grant))).status, 200);
		await sim.call('deleteUser', { auth, password: 'pw' });
		const { status, body } = await sim.plain('POST', '/oauth/token', new URLSearchParams(grant));
		assert.deepEqual([status, body.error], [400, 'invalid_grant']);
	});

	test('all tokens go at once', async () => {
		const made = await sim.control('POST', 'tokens', { action: 'create', username: 'grace@example.com' });
		await sim.call('deleteActiveAccessTokens', { auth: made.access_token });
		await sim.fails('getUserInfo', { auth: made.access_token }, 401);
		assert.equal((await sim.call('getUserInfo', { auth: TOKEN })).username, 'ada@example.com');
	});
});
