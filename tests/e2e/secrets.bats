#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Where secrets don't stand: in arguments, environments, open files, logs and errors, and in the memory that was
# freed. Of the program as users have it, looked at by root, who may look everywhere.

bats_require_minimum_version 1.5.0

load lib

issue_token() {
  curl -sf "$API/_sim/tokens" -d '{"action":"create"}' | jq -r .access_token
}

setup_file() {
  [ "$(id -u)" -eq 0 ] || { echo "these tests look into the daemon: run them as root" >&2; return 1; }
  [ -c /dev/fuse ] && chmod 666 /dev/fuse
  SIM_OPTIONS="--seed $RANDOM$RANDOM" prepare_cloud
  # Other tests, which may run meanwhile, have theirs in arguments.
  issue_token >"$WORK/secret"
  TOKEN=$(cat "$WORK/secret")
  mount_cloud
  export DAEMON=$(daemon_of "$MNT")
}

setup() {
  TOKEN=$(cat "$WORK/secret")
  unset PARTICLE_TOKEN CREDENTIALS_DIRECTORY XDG_STATE_HOME
  export HOME=$BATS_TEST_TMPDIR
  no_faults
}

teardown() {
  fusermount3 -uzq "$WORK/second" || true
  wait_until daemon_has_ended "$WORK/second"
}

daemon_of() {
  pgrep -f "particlefs .*$1\$" | grep -vxF "$(pgrep fusermount3)"
}

# keep_token FILE: where only root can read it.
keep_token() {
  (umask 077 && echo "$TOKEN" >"$1")
}

# All that a mount says of itself.
told_by() {
  cat "$1"/.particlefs/* "$1/README" || true
  find "$1" -maxdepth 2 || true
}

@test "nothing that is open goes to programs that the daemon starts" {
  ls "$MNT/devices" >/dev/null
  cat "$MNT/devices/greenhouse/variables/soil"
  for file in /proc/"$DAEMON"/fdinfo/*; do
    [ "$(basename "$file")" -le 2 ] || grep -qE '^flags:.*2[0-7]{6}$' "$file" ||
      { echo "$file: $(readlink "/proc/$DAEMON/fd/$(basename "$file")")"; cat "$file"; false; }
  done
}

@test "the daemon holds nothing that its starter had open" {
  keep_token "$WORK/token"
  exec 9>"$BATS_TEST_TMPDIR/lock"
  flock -n 9
  mount_second "token_file=$WORK/token"
  exec 9>&-
  flock -n "$BATS_TEST_TMPDIR/lock" true
}

@test "no process has the token in its arguments or its environment" {
  keep_token "$WORK/token"
  # In the environment, though it is not asked for.
  PARTICLE_TOKEN=$TOKEN mount_second "token_file=$WORK/token"
  pids=("$DAEMON" "$(daemon_of "$WORK/second")" $(pgrep -f "^fusermount3 .*$WORK/"))
  [ ${#pids[@]} -ge 4 ]
  for pid in "${pids[@]}"; do
    finds_no -qF "$TOKEN" "/proc/$pid/environ"
  done
  run grep -slF "$TOKEN" /proc/[0-9]*/cmdline
  [ -z "$output" ]
}

@test "the parent of a daemon that starts has no token in its environment" {
  # A stale place is looked at by fusermount3, before the mount.
  cat >"$BATS_TEST_TMPDIR/fusermount3" <<'END'
#!/bin/sh
env >"$ENVIRONMENT_OF_FUSERMOUNT"
exec /usr/bin/fusermount3 "$@"
END
  chmod +x "$BATS_TEST_TMPDIR/fusermount3"
  PARTICLE_TOKEN=$TOKEN mount_second
  kill -KILL "$(pgrep -f "^fusermount3 .*$WORK/second\$")" "$(daemon_of "$WORK/second")"
  wait_until fails_with "not connected" ls "$WORK/second"
  # Root takes the stale mount away by itself: have it need the program.
  ENVIRONMENT_OF_FUSERMOUNT=$BATS_TEST_TMPDIR/environment PATH=$BATS_TEST_TMPDIR:$PATH PARTICLE_TOKEN=$TOKEN \
    setpriv --bounding-set -sys_admin --inh-caps -sys_admin \
    timeout 20 "$PARTICLEFS" -o "api=$API" "$WORK/second" 3>&- || true
  [ -s "$BATS_TEST_TMPDIR/environment" ]
  finds_no -F "$TOKEN" "$BATS_TEST_TMPDIR/environment"
}

@test "the schema's checker has no environment, no files to open, and little to ask the kernel for" {
  checker=$(dirname "$PARTICLEFS")/schema/particlefs-check-schema
  mkfifo "$BATS_TEST_TMPDIR/input"
  "$checker" <"$BATS_TEST_TMPDIR/input" >/dev/null 3>&- &
  exec 9>"$BATS_TEST_TMPDIR/input"
  wait_until grep -qx 'Seccomp:.2' "/proc/$!/status"
  grep -qE '^Max open files +3 +3 ' "/proc/$!/limits"
  exec 9>&-
  wait $! || true
}

@test "what a mount says of itself has no token" {
  keep_token "$WORK/token"
  mkdir -p "$WORK/second"
  PARTICLE_TOKEN=$TOKEN "$PARTICLEFS" -d -o "api=$API,log=debug,events" "$WORK/second" \
    >"$BATS_TEST_TMPDIR/debug" 2>&1 3>&- &
  wait_until test -e "$WORK/second/README"
  ls -l "$WORK/second/devices" >/dev/null
  cat "$WORK/second/account/token.json" "$WORK/second/devices/greenhouse/variables/soil" >"$BATS_TEST_TMPDIR/read"
  echo "username=ada@example.com password=particle" >"$WORK/second/account/tokens/list"
  cat "$WORK/second/account/tokens/list" >>"$BATS_TEST_TMPDIR/read"
  fails_with "" bash -c "echo on >$WORK/second/devices/cellar/functions/lamp"
  told_by "$WORK/second" >"$BATS_TEST_TMPDIR/told"
  fusermount3 -u "$WORK/second"
  wait $!
  grep -q 'READ' "$BATS_TEST_TMPDIR/debug"
  grep -q 'GET /v1/devices' "$BATS_TEST_TMPDIR/debug"
  grep -q '"reachable"' "$BATS_TEST_TMPDIR/told"
  finds_no -rF "$TOKEN" "$BATS_TEST_TMPDIR"
}

@test "a cloud that repeats the token does not get it into a log, nor in front of anybody" {
  mkdir -p "$WORK/second"
  "$BATS_TEST_DIRNAME/quote.py" "$BATS_TEST_TMPDIR/port" 3>&- &
  cloud=$!
  wait_until test -s "$BATS_TEST_TMPDIR/port"
  api=http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")
  PARTICLE_TOKEN=$TOKEN "$PARTICLEFS" -d -o "api=$api,log=debug,events,retries=0" "$WORK/second" \
    >"$BATS_TEST_TMPDIR/debug" 2>&1 3>&- &
  wait_until test -e "$WORK/second/README"
  fails_with "" ls "$WORK/second/devices"
  fails_with "" bash -c "echo x >$WORK/second/topics/t"
  # A compiler's words are kept as they are.
  build=$WORK/second/firmware/builds/b
  mkdir "$build"
  echo 'int a;' >"$build/source/a.cpp"
  echo 6 >"$build/platform"
  fails_with "" bash -c "echo >$build/compile"
  [ "$(cat "$build/log")" = "Bearer …" ]
  told_by "$WORK/second" >"$BATS_TEST_TMPDIR/told" 2>&1
  fusermount3 -u "$WORK/second"
  wait $!
  for function in getUserInfo listDevices; do
    PARTICLE_TOKEN=$TOKEN "$PARTICLEFS" api --api "$api" $function >>"$BATS_TEST_TMPDIR/said" 2>&1 || true
  done
  PARTICLE_TOKEN=$TOKEN "$PARTICLEFS" whoami --api "$api" >>"$BATS_TEST_TMPDIR/said" 2>&1 || true
  PARTICLE_TOKEN=$TOKEN "$PARTICLEFS" doctor --api "$api" >>"$BATS_TEST_TMPDIR/said" 2>&1 || true
  kill $cloud
  cat "$BATS_TEST_TMPDIR/told" "$BATS_TEST_TMPDIR/said"
  grep -qF 'Bearer …' "$BATS_TEST_TMPDIR/told"
  grep -qF 'Bearer …' "$BATS_TEST_TMPDIR/said"
  finds_no -rF "$TOKEN" "$BATS_TEST_TMPDIR"
}

@test "a password that was written in the wrong form is not repeated" {
  fails_with "Invalid argument" bash -c "echo swordfish >$MNT/account/delete"
  fails_with "Invalid argument" bash -c "echo \"password='swordfish\" >$MNT/account/delete"
  fails_with "Invalid argument" bash -c "echo '{\"password\":swordfish}' >$MNT/account/delete"
  echo '{"settings":{"auth":{"password" "swordfish"}}}' >"$BATS_TEST_TMPDIR/settings"
  integration=$(echo "$MNT"/integrations/*/info.json | cut -d ' ' -f 1)
  fails_with "Invalid argument" bash -c "cat $BATS_TEST_TMPDIR/settings >$integration"
  grep -q /account/delete "$MNT/.particlefs/errors"
  grep -q 'info.json: not sent: not valid JSON, line 1, column ' "$MNT/.particlefs/errors"
  finds_no -r swordfish "$MNT/.particlefs/errors" "$MNT/account/delete"
}

# wiped_in [OPTIONS COMMAND…]: of a mount without an event stream, which holds the token while it is open.
wiped_in() {
  local mnt=$WORK/second
  PARTICLE_TOKEN=$TOKEN mount_second "$@"
  forget_requests
  for _ in 1 2 3; do
    cat "$mnt/devices/greenhouse/variables/soil"
    touch "$mnt/devices/greenhouse/variables/soil"
  done
  fails_with "" bash -c "echo '{\"current_password\":\"swordfish1\",\"password\":\"swordfish2\"}' >$mnt/account/change-password"
  fails_with "" bash -c "echo 'username=ada@example.com password=swordfish3' >$mnt/account/tokens/list"
  echo "{\"username\":\"u$RANDOM@example.com\",\"password\":\"swordfish4\"}" >"$mnt/account/create"
  [ "$(requests | grep -cE '^(PUT /v1/user|GET /v1/access_tokens|POST /v1/users)$')" -eq 3 ]
  "$BATS_TEST_DIRNAME/memory.py" "$(daemon_of "$mnt")" "$TOKEN" swordfish | tee "$BATS_TEST_TMPDIR/places"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/places")" -eq 1 ]
  grep -q "^locked .*$TOKEN" "$BATS_TEST_TMPDIR/places"
}

@test "what was written and sent is wiped, and the token lies in its locked page alone" {
  wiped_in
}

@test "a value that a function is called with lies nowhere but in its request" {
  echo 'there is a swordfish under the door, and nobody is to know of it' >"$BATS_TEST_TMPDIR/notes"
  fault 'stall,path=*/kitchen'
  for value in "@$BATS_TEST_TMPDIR/notes" -; do
    forget_requests
    PARTICLE_TOKEN=$TOKEN "$PARTICLEFS" api --api "$API" setDeviceNotes device_id=kitchen "notes=$value" \
      <"$BATS_TEST_TMPDIR/notes" 3>&- &
    wait_until eval 'requests | grep -q "^PUT .*/kitchen"'
    "$BATS_TEST_DIRNAME/memory.py" $! 'under the door' >"$BATS_TEST_TMPDIR/places"
    kill $!
    cat "$BATS_TEST_TMPDIR/places"
    # As an argument, and as the body.
    [ "$(wc -l <"$BATS_TEST_TMPDIR/places")" -le 2 ]
  done
}

# What another program is told by the environment is not obeyed: no key of a session is written for who listens
# (SSLKEYLOGFILE), and no settings, or code, take the place of the system's (here: no cipher at all).
@test "so it is over TLS, whatever the environment wants of that" {
  printf '%s\n' 'openssl_conf=all' '[all]' 'providers=some' '[some]' 'null=none' '[none]' 'activate=1' \
    >"$BATS_TEST_TMPDIR/openssl.cnf"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$BATS_TEST_TMPDIR/key" \
    -out "$BATS_TEST_TMPDIR/cert" -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost
  "$PARTICLE_SIM" --port-file "$BATS_TEST_TMPDIR/port" --tls-cert "$BATS_TEST_TMPDIR/cert" \
    --tls-key "$BATS_TEST_TMPDIR/key" >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
  cloud=$!
  wait_until test -s "$BATS_TEST_TMPDIR/port"
  export CURL_CA_BUNDLE=$BATS_TEST_TMPDIR/cert
  API=https://localhost:$(cat "$BATS_TEST_TMPDIR/port")
  TOKEN=$(issue_token)
  wiped_in "cafile=$BATS_TEST_TMPDIR/cert" \
    env "SSLKEYLOGFILE=$BATS_TEST_TMPDIR/session-keys" "OPENSSL_CONF=$BATS_TEST_TMPDIR/openssl.cnf"
  [ ! -e "$BATS_TEST_TMPDIR/session-keys" ]
  kill $cloud
}

@test "the tokens that a second factor comes with are for who wrote alone" {
  exec 5<>"$MNT/account/mfa/enable"
  echo >&5
  mfa_token=$(jq -r .mfa_token <&5)
  exec 5>&- 5<>"$MNT/account/mfa/confirm"
  echo "mfa_token=$mfa_token otp=123456" >&5
  [ "$(jq -r '.tokens[0]' <&5)" = "$TOKEN" ]
  exec 5>&-
  finds_no -F "$TOKEN" "$MNT"/account/mfa/*
  echo current_password=particle >"$MNT/account/mfa/disable"
}
