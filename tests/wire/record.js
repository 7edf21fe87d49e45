// SPDX-License-Identifier: Apache-2.0
'use strict';

// Runs the official SDK against a server of our own and writes down what it sends: wire.jsonl,
// a line a request. tests/unit/test-endpoint.c holds the endpoint table against it.
//
//   npm ci && npm run record

const fs = require('fs');
const http = require('http');
const os = require('os');
const path = require('path');
const Busboy = require('busboy');
const Particle = require('particle-api-js');
const OldModule = require('particle-api-js-9');
const cases = require('./cases');

const OldParticle = OldModule.default || OldModule;
const pinned = require('./package.json').dependencies;
const VERSIONS = [
  [Particle, pinned['particle-api-js']],
  [OldParticle, pinned['particle-api-js-9'].split('@').pop()],
];

function parseMultipart(request, raw) {
  return new Promise((resolve, reject) => {
    const body = {};
    const parser = Busboy({ headers: request.headers, preservePath: true });

    parser.on('field', (name, value) => {
      body[name] = value;
    });
    parser.on('file', (name, stream, info) => {
      const chunks = [];

      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => {
        body[name] = { filename: info.filename, content: Buffer.concat(chunks).toString() };
      });
    });
    parser.on('close', () => resolve(body));
    parser.on('error', reject);
    parser.end(raw);
  });
}

async function parseBody(request, raw) {
  const type = (request.headers['content-type'] || '').split(';')[0];

  if (raw.length === 0) {
    return {};
  }
  if (type === 'multipart/form-data') {
    return { type, body: await parseMultipart(request, raw) };
  }
  if (type === 'application/x-www-form-urlencoded') {
    return { type, body: Object.fromEntries(new URLSearchParams(raw.toString())) };
  }
  return { type, body: JSON.parse(raw) };
}

// The SDK sends the time of day in one place.
function steady(body) {
  if (body && typeof body.order === 'string') {
    body.order = body.order.replace(/^(manual_)\d+$/, '$1*');
  }
  return body;
}

async function describe(request, raw) {
  const url = new URL(request.url, 'http://localhost');
  // the nonce differs each time and means nothing to the cloud
  const query = [...url.searchParams].filter(([name]) => name !== 'nonce');
  const { authorization, accept } = request.headers;
  const { type, body } = await parseBody(request, raw);

  return {
    method: request.method,
    path: decodeURIComponent(url.pathname),
    query: query.length ? Object.fromEntries(query) : undefined,
    auth: authorization ? authorization.split(' ')[0] : undefined,
    accept: accept && accept !== '*/*' ? accept : undefined,
    type,
    body: steady(body),
  };
}

function answer(request, response) {
  if (request.method === 'GET' && /\/events(\/|\?|$)/.test(request.url)) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(':ok\n\n');
    return;
  }
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end('{"ok":true,"data":{"id":"x","attributes":{},"links":{}}}');
}

function listen(seen) {
  const server = http.createServer((request, response) => {
    const chunks = [];

    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', async () => {
      seen.push(await describe(request, Buffer.concat(chunks)));
      answer(request, response);
    });
  });

  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

// Arguments that name files get real ones.
function materialize(args, contents, directory) {
  const place = (name) => {
    const file = path.join(directory, name);

    fs.writeFileSync(file, contents[name]);
    return file;
  };
  const real = { ...args };

  for (const key of ['file', 'archive']) {
    if (key in real) {
      real[key] = place(real[key]);
    }
  }
  if (real.files) {
    real.files = Object.fromEntries(Object.entries(real.files).map(([k, v]) => [k, place(v)]));
  }
  return real;
}

function chooseSdk(name, old) {
  return VERSIONS.slice(old ? 1 : 0).find(([Sdk]) => typeof Sdk.prototype[name] === 'function');
}

async function record(entry, baseUrl, seen, directory) {
  const [name, variant, args, contents, old] = entry;
  const [Sdk, version] = chooseSdk(name, old);
  const sdk = new Sdk({ baseUrl });

  seen.length = 0;
  try {
    const result = await sdk[name]({ ...materialize(args, contents, directory), auth: 'TOKEN' });

    if (result && result.abort) {
      result.abort();
    }
  } catch (error) {
    if (seen.length === 0) {
      throw error;
    }
  }
  if (seen.length !== 1) {
    throw new Error(`${name} (${variant}): ${seen.length} requests`);
  }
  return { function: name, variant, sdk: version, arguments: args, files: contents, ...seen[0] };
}

async function main() {
  const seen = [];
  const server = await listen(seen);
  const baseUrl = `http://127.0.0.1:${server.address().port}`;
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wire-'));
  const lines = [];

  for (const entry of cases) {
    lines.push(JSON.stringify(await record(entry, baseUrl, seen, directory)));
  }
  fs.rmSync(directory, { recursive: true });
  fs.writeFileSync(path.join(__dirname, 'wire.jsonl'), `${lines.join('\n')}\n`);
  console.log(`${lines.length} requests of ${new Set(cases.map(([name]) => name)).size} functions`);
  process.exit(0); // the SDK's streams would reconnect
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
