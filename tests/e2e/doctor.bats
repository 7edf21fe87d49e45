#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What `particlefs doctor` finds, and what it says to do.

bats_require_minimum_version 1.5.0

load lib

setup_file() {
  prepare_cloud
}

teardown_file() {
  drop_cloud
}

setup() {
  unset CREDENTIALS_DIRECTORY XDG_STATE_HOME
  export HOME=$BATS_TEST_TMPDIR PARTICLE_TOKEN=$TOKEN
  no_faults
}

# found FINDING CHECK TEXT: a line of what it printed.
found() {
  echo "$output"
  grep -qE "^$1 +$2  .*$3" <<<"$output"
}

@test "all is well" {
  run -0 "$PARTICLEFS" doctor --api "$API"
  [ "${#lines[@]}" -eq 8 ]
  found ok /dev/fuse "can be opened"
  found ok fusermount3 .
  found ok "other users" allow_other
  found ok schemas "particlefs-check-schema checks what is written"
  found ok token 'from \$PARTICLE_TOKEN$'
  found ok cloud "$API answers"
  found ok clock "agrees with the cloud's"
  found ok access "the token is ada@example.com's; expires: never"
  [[ $output != *$TOKEN* ]]
}

@test "no checker of schemas: that is no hindrance" {
  cp "$PARTICLEFS" "$BATS_TEST_TMPDIR/particlefs"
  run -0 "$BATS_TEST_TMPDIR/particlefs" doctor --api "$API"
  found note schemas "is not installed"
}

@test "the token's expiry is told" {
  PARTICLE_TOKEN=$(curl -sf "$API/oauth/token" -u particle:particle -d grant_type=password \
    -d username=ada@example.com -d password=particle -d expires_in=3600 | jq -r .access_token)
  run -0 "$PARTICLEFS" doctor --api "$API"
  found ok access "expires: 20[0-9-]+T"
}

@test "no token: log in" {
  unset PARTICLE_TOKEN
  run -1 "$PARTICLEFS" doctor --api "$API"
  found FAIL token "run 'particlefs login', or set PARTICLE_TOKEN"
  found ok cloud .
  found - access "not tried"
}

@test "a token file that others can read: chmod" {
  echo "$TOKEN" >"$HOME/token"
  chmod 644 "$HOME/token"
  run -1 "$PARTICLEFS" doctor --api "$API" --token-file "$HOME/token"
  found FAIL token "run: chmod 600 $HOME/token"
}

@test "a wrong token: log in again, and it is not shown" {
  PARTICLE_TOKEN=0000000000000000000000000000000000000000
  run -1 "$PARTICLEFS" doctor --api "$API"
  found ok cloud .
  found FAIL access "run 'particlefs login'"
  [[ $output != *0000000000* ]]
}

@test "no cloud: check the network" {
  run -1 "$PARTICLEFS" doctor --api http://127.0.0.1:1
  found ok token .
  found FAIL cloud "check the network"
  found - access "not tried"
}

@test "a cloud in trouble, and what is no cloud" {
  fault 'status=503'
  run -1 "$PARTICLEFS" doctor --api "$API"
  found FAIL cloud "HTTP 503 — the cloud has trouble"
  no_faults
  fault 'html,status=200'
  run -1 "$PARTICLEFS" doctor --api "$API"
  found FAIL cloud "something else answers — .*check the network"
}

@test "an address that would show the token: https" {
  run -1 "$PARTICLEFS" doctor --api http://192.0.2.1
  found FAIL cloud "use https"
}

@test "no fusermount3: install it" {
  run -1 env PATH="$HOME" "$PARTICLEFS" doctor --api "$API"
  found FAIL fusermount3 "install the package fuse3"
}

@test "an ordinary user needs fusermount3 to run as root" {
  [ "$(id -u)" -eq 0 ] || skip "only root can become another user"
  mkdir "$WORK/bin"
  cp "$PARTICLEFS" "$WORK/bin"
  chmod -R 755 "$WORK"
  chmod 666 /dev/fuse
  nobody() {
    setpriv --reuid nobody --clear-groups env HOME=/ "$@" "$WORK/bin/particlefs" doctor --api "$API"
  }
  run -0 nobody
  found "(ok|note)" "other users" allow_other
  found ok fusermount3 "/fusermount3 runs as root"
  install -m 755 /bin/true "$WORK/bin/fusermount3"
  run -1 nobody PATH="$WORK/bin"
  found FAIL fusermount3 "as root: chmod u\+s $WORK/bin/fusermount3"
}

@test "an ordinary user's service must not have NoNewPrivileges" {
  [ "$(id -u)" -eq 0 ] || skip "only root can become another user"
  mkdir "$WORK/service"
  cp "$PARTICLEFS" "$WORK/service"
  chmod -R 755 "$WORK"
  run -1 setpriv --reuid nobody --clear-groups --no-new-privs \
    "$WORK/service/particlefs" doctor --api "$API"
  found FAIL fusermount3 NoNewPrivileges=no
}

@test "a clock that is wrong" {
  python3 - "$WORK/served" 3>&- <<'END' &
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if "Authorization" in self.headers else 401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b"{}")
    def date_time_string(self, timestamp=None):
        return "Mon, 01 Jan 2024 00:00:00 GMT"
    def log_message(self, *words):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + ".new", "w") as file:
    print(server.server_port, file=file)
os.rename(sys.argv[1] + ".new", sys.argv[1])
server.serve_forever()
END
  wait_until test -s "$WORK/served"
  run -0 "$PARTICLEFS" doctor --api "http://127.0.0.1:$(cat "$WORK/served")"
  kill $!
  found note clock "s fast; as root: timedatectl set-ntp true"
}

@test "usage errors end with 2" {
  run -2 "$PARTICLEFS" doctor now
  run -2 "$PARTICLEFS" doctor --nonsense
  run -0 "$PARTICLEFS" doctor --help
}
