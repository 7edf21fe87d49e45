#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""quote.py PORT-FILE: a cloud that refuses all requests, and repeats the token that they had."""
import http.server
import json
import os
import sys


class Cloud(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        said = self.headers.get("Authorization", "nothing")
        body = json.dumps({"error": f"no {said} here", "error_description": said, "info": said, "errors": [said]}).encode()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(400, said)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cloud)
with open(sys.argv[1] + ".new", "w") as file:
    file.write(str(server.server_port))
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
