// SPDX-License-Identifier: Apache-2.0
// An HTTP/2 server before a simulated cloud, that fails as it is told.
//
//     node front.js PORT-OF-THE-CLOUD CERTIFICATE KEY
//
// Prints its port. A line on standard input is how it fails from then on, or another `certificate FILE`, which
// ends all connections; it is printed back. Whatever the failure, the request was passed on before, and has acted:
// that its stream was refused is a lie then.
'use strict';
const fs = require('fs');
const http = require('http');
const http2 = require('http2');
const readline = require('readline');
const tls = require('tls');
const { Duplex } = require('stream');

const [cloud, certificate, key] = process.argv.slice(2);
const HOP = /^(connection|keep-alive|transfer-encoding|:.*)$/;
// "No stream was processed", which node's own function can't say.
const GOAWAY = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
// What came before the reset is known by then.
const MIDDLE_MS = 300;
const sockets = new WeakMap(); // by session
const newest = new WeakMap(); // the last stream, by session
const leaving = new WeakSet(); // sessions
const all = new Set(); // of sockets
let failure = 'pass';

const headersOf = (message) =>
	Object.fromEntries(Object.entries(message.headers).filter(([name]) => !HOP.test(name)));

function pass({ response, answer }) {
	response.writeHead(answer.statusCode, headersOf(answer));
	answer.pipe(response);
}

const reset = (code) => ({ response }) => response.stream.close(http2.constants[code]);

const failures = {
	pass,
	// what has been asked for is told to be the last, and is answered; to be told of another last is an error
	graceful(exchange) {
		const { session } = exchange.response.stream;

		if (!leaving.has(session))
			session.goaway(0, newest.get(session));
		leaving.add(session);
		pass(exchange);
	},
	goaway: ({ response }) => sockets.get(response.stream.session).end(GOAWAY),
	refused: reset('NGHTTP2_REFUSED_STREAM'),
	http11: reset('NGHTTP2_HTTP_1_1_REQUIRED'),
	reset: reset('NGHTTP2_INTERNAL_ERROR'),
	middle({ response, answer }) {
		response.writeHead(answer.statusCode, headersOf(answer));
		response.write(' ');
		setTimeout(() => response.stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR), MIDDLE_MS);
	},
	cut: ({ response }) => sockets.get(response.stream.session).destroy(),
};

function handle(request, response) {
	// a stream that is gone again has none
	if (response.stream?.session)
		newest.set(response.stream.session, response.stream.id);
	const onward = http.request({
		host: '127.0.0.1', port: cloud, method: request.method, path: request.url,
		// one that is kept may have ended meanwhile
		headers: headersOf(request), agent: false,
	}, (answer) => {
		if (!response.destroyed)
			(request.httpVersionMajor === 2 ? failures[failure] : pass)({ response, answer });
	});
	onward.on('error', () => response.destroy());
	// what the cloud breaks off is broken off
	onward.on('response', (answer) => answer.on('error', () => response.destroy()));
	response.on('error', () => {});
	response.on('close', () => onward.destroy());
	request.pipe(onward);
}

// A stream in between lets frames be written that node would not send.
function between(socket) {
	const duplex = new Duplex({
		read() {},
		write: (chunk, encoding, done) => socket.write(chunk, () => done()),
		final: (done) => { socket.end(); done(); },
	});
	socket.on('data', (chunk) => duplex.push(chunk));
	socket.on('close', () => duplex.destroy());
	return duplex;
}

const server1 = http.createServer(handle);
const server2 = http2.createServer(handle);
server2.on('sessionError', () => {});
const server = tls.createServer({
	cert: fs.readFileSync(certificate), key: fs.readFileSync(key), ALPNProtocols: ['h2', 'http/1.1'],
}, (socket) => {
	socket.on('error', () => {});
	all.add(socket);
	socket.on('close', () => all.delete(socket));
	if (socket.alpnProtocol !== 'h2') {
		server1.emit('connection', socket);
		return;
	}
	server2.once('session', (session) => sockets.set(session, socket));
	server2.emit('connection', between(socket));
});
server.on('tlsClientError', () => {});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

function certify(file) {
	server.setSecureContext({ cert: fs.readFileSync(file), key: fs.readFileSync(key) });
	all.forEach((socket) => socket.destroy());
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
	const [word, file] = line.split(' ');

	if (word === 'certificate')
		certify(file);
	else
		failure = word;
	console.log(line);
}).on('close', () => process.exit(0));
