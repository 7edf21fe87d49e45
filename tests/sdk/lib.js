// SPDX-License-Identifier: Apache-2.0
// What every test file needs: a simulator of its own for each version of the SDK.
const { spawn } = require('node:child_process');
const { describe, test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const plain = module => module.default || module;
const VERSIONS = {
	'12.0.3': plain(require('particle-api-js')),
	'9.4.1': plain(require('particle-api-js-9')),
};

const TOKEN = '0123456789abcdef0123456789abcdef01234567';
const GREENHOUSE = 'e00fce6810caffee00000001';
const CELLAR = 'e00fce6810caffee00000006';
const FOREIGN = 'e00fce6810caffee00face01';
const UNCLAIMED = 'e00fce6810caffee0000c1a0';
const PRODUCT = 'cold-chain-v100';
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

class Sim {
	async start(version, args = []) {
		const temp = fs.mkdtempSync(path.join(os.tmpdir(), 'sdk-'));
		this.version = version;
		this.temp = temp;
		this.child = spawn(process.env.PARTICLE_SIM, ['--listen', '127.0.0.1:0', ...args],
			{ stdio: ['ignore', 'pipe', 'inherit'] });
		const line = await new Promise((resolve, reject) => {
			this.child.stdout.once('data', data => resolve(String(data)));
			this.child.once('error', reject);
			this.child.once('exit', code => reject(new Error(`simulator ended: ${code}`)));
		});
		this.base = line.match(/http:\/\/\S+/)[0];
		this.api = new VERSIONS[version]({ baseUrl: this.base });
		this.auth = TOKEN;
	}

	async stop() {
		const ended = new Promise(resolve => this.child.once('exit', resolve));
		this.child.kill('SIGTERM');
		assert.equal(await ended, 0);
		fs.rmSync(this.temp, { recursive: true, force: true });
	}

	has(name) {
		return typeof this.api[name] === 'function';
	}

	file(name, content) {
		const full = path.join(this.temp, name);
		fs.mkdirSync(path.dirname(full), { recursive: true });
		fs.writeFileSync(full, content);
		return full;
	}

	// name is FUNCTION or FUNCTION:VARIANT, as recorded in tests/wire/wire.jsonl
	async request(name, args = {}) {
		const result = await this.api[name.split(':')[0]]({ auth: this.auth, ...args });
		if (process.env.SDK_COVERAGE) {
			fs.appendFileSync(path.join(process.env.SDK_COVERAGE, 'used'), name + '\n');
		}
		return result;
	}

	async call(name, args) {
		const result = await this.request(name, args);
		return result && result.body !== undefined ? result.body : result;
	}

	async fails(name, args, status, text) {
		let result;
		try {
			result = await this.request(name, args);
		} catch (error) {
			assert.equal(error.statusCode, status, `${name}: ${JSON.stringify(error.body || error.message)}`);
			assert.equal(typeof error.body, 'object', 'errors are JSON');
			if (text) {
				assert.match(JSON.stringify(error.body), text);
			}
			return error.body;
		}
		assert.fail(`${name} succeeded: ${JSON.stringify(result.body)}`);
	}

	// What no function of the SDK sends. A FormData or URLSearchParams body goes as it is, others as JSON.
	async plain(method, where, body, { token = this.auth, headers = {} } = {}) {
		const encoded = body instanceof FormData || body instanceof URLSearchParams || typeof body === 'string';
		const answer = await fetch(this.base + where, {
			method, body: encoded ? body : JSON.stringify(body),
			headers: {
				...(body && !encoded && { 'content-type': 'application/json' }),
				...(token && { authorization: `Bearer ${token}` }), ...headers,
			},
		});
		const text = await answer.text();
		const isJson = /json/.test(answer.headers.get('content-type'));
		return { status: answer.status, body: isJson && text ? JSON.parse(text) : text };
	}

	async control(method, where, body) {
		const answer = await fetch(`${this.base}/_sim/${where}`, {
			method, body: body && JSON.stringify(body),
			headers: body ? { 'content-type': 'application/json' } : {},
		});
		assert.ok(answer.ok, `${method} ${where}: ${answer.status}`);
		return answer.json();
	}
}

function forEachSdk(title, define, args) {
	for (const version of Object.keys(VERSIONS)) {
		describe(`${title}, SDK ${version}`, { concurrency: false }, () => {
			const sim = new Sim();
			before(() => sim.start(version, args));
			after(() => sim.stop());
			const has = name => typeof VERSIONS[version].prototype[name] === 'function';
			// each version has functions that the other lacks: those are no test of the other
			const testOf = (name, ...rest) => has(name) && test(...rest);
			define(sim, has, testOf);
		});
	}
}

function sorted(rows, key) {
	return rows.map(row => row[key]).sort();
}

module.exports = {
	forEachSdk, sorted, TOKEN, GREENHOUSE, CELLAR, FOREIGN, UNCLAIMED, PRODUCT, ISO,
};
