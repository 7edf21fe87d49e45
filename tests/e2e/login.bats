#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Where the token comes from: typed in a terminal, kept, found, refused, changed.

bats_require_minimum_version 1.5.0

load lib

WRONG=0000000000000000000000000000000000000000

setup_file() {
  # Its tokens are those of no other test of this machine.
  SIM_OPTIONS="--seed $RANDOM$RANDOM" prepare_cloud
}

teardown_file() {
  drop_cloud
}

setup() {
  unset PARTICLE_TOKEN CREDENTIALS_DIRECTORY XDG_STATE_HOME
  export HOME=$BATS_TEST_TMPDIR/home
  mkdir "$HOME"
  STORE=$HOME/.local/state/particlefs/token
  umask 077
  no_faults
}

teardown() {
  fusermount3 -uzq "$MNT" || true
}

# typed ARGUMENT… <<<QUESTION|ANSWER…: a command of particlefs in a terminal.
typed() {
  "$BATS_TEST_DIRNAME/type.py" "$PARTICLEFS" "$@" --api "$API"
}

login_as_ada() {
  typed login -u ada@example.com <<<'Password: |particle' >/dev/null
}

whoami_with() {
  "$PARTICLEFS" whoami --api "$API" "$@"
}

# found_in SOURCE [ARGUMENT…]: that is where the token comes from.
found_in() {
  run -0 whoami_with "${@:2}"
  echo "$output"
  [[ $output == *"token: $1"$'\n'* ]]
}

# keep_cli_profile NAME TOKEN: as the official CLI does.
keep_cli_profile() {
  mkdir -p "$HOME/.particle"
  echo "{\"access_token\":\"$2\",\"username\":\"ada@example.com\"}" >"$HOME/.particle/$1.config.json"
}

@test "login asks for user and password" {
  run -0 typed login <<<$'Email address: |ada@example.com\nPassword: |particle'
  [[ $output == *"Logged in as ada@example.com. The token is good for 90 days."* ]]
  run -0 whoami_with
  [[ ${lines[0]} == "user: ada@example.com" ]]
  [[ ${lines[1]} == "token: $STORE" ]]
  [[ ${lines[2]} == "expires: 20"* ]]
}

@test "login asks for a one-time code where one is needed" {
  run -0 typed login -u grace@example.com <<<$'Password: |particle\nOne-time code: |123456'
  [[ $output == *"Logged in as grace@example.com."* ]]
  run -0 whoami_with
  [[ ${lines[0]} == "user: grace@example.com" ]]
}

@test "a mistyped code is asked for again" {
  run -0 typed login -u grace@example.com \
    <<<$'Password: |particle\nOne-time code: |111111\nOne-time code: |123456'
  [[ $output == *"User credentials are invalid"*"Logged in as grace@example.com."* ]]
}

@test "three wrong codes end it" {
  run -1 typed login -u grace@example.com \
    <<<$'Password: |particle\nOne-time code: |1\nOne-time code: |2\nOne-time code: |3'
  [[ ${lines[-1]} == *"EINVAL: User credentials are invalid"* ]]
  [ ! -e "$STORE" ]
}

@test "a wrong password is told, and changes nothing" {
  login_as_ada
  before=$(cat "$STORE")
  run -1 typed login -u ada@example.com <<<'Password: |guessed'
  [[ ${lines[-1]} == *"particlefs login: EINVAL: User credentials are invalid"* ]]
  [ "$(cat "$STORE")" = "$before" ]
}

@test "no answer, no login" {
  forget_requests
  run -1 typed login -u ada@example.com <<<'Password: |'
  [[ $output == *"no answer was given"* ]]
  [ -z "$(requests)" ]
}

@test "Ctrl-C ends it at each question, and the terminal keeps its echo" {
  run -130 typed login <<<'Email address: |^C'
  for _ in $(seq 10); do
    run -130 typed login -u ada@example.com <<<'Password: |^C'
  done
  run -130 typed login -u grace@example.com <<<$'Password: |particle\nOne-time code: |^C'
  [ ! -e "$STORE" ]
}

@test "after Ctrl-Z the question comes again" {
  run -0 typed login <<<$'Email address: |ada@example.com\nPassword: |^Z\nPassword: |particle'
}

@test "nothing is asked where there is no terminal" {
  run -1 setsid -w "$PARTICLEFS" login --api "$API" -u ada@example.com </dev/null
  [[ $output == *"there is no terminal to ask on"* ]]
  run -0 typed login -u ada@example.com <<<'Password: |particle'
}

@test "password and code are never shown" {
  run -1 typed login -u ada@example.com <<<'Password: |swordfish'
  [[ $output != *swordfish* ]]
  run -0 typed login -u grace@example.com <<<$'Password: |particle\nOne-time code: |123456'
  [[ $output != *123456* ]]
}

@test "password and token stand in no process's arguments or environment" {
  local secrets=$BATS_TEST_TMPDIR/secrets guess=guess-$RANDOM$RANDOM$RANDOM
  login_as_ada
  (echo "$guess" && cat "$STORE") >"$secrets"
  fault 'latency=3000,count=2'
  forget_requests
  typed login -u ada@example.com <<<"Password: |$guess" >/dev/null 3>&- &
  login=$!
  PARTICLE_TOKEN=$(cat "$STORE") "$PARTICLEFS" whoami --api "$API" >/dev/null 3>&- &
  user=$!
  wait_until asked 'POST /oauth/token'
  wait_until asked 'GET /v1/user'
  run grep -slFf "$secrets" /proc/[0-9]*/cmdline /proc/"$user"/environ
  wait "$login" || true
  wait "$user"
  [ -z "$output" ]
}

@test "what the cloud can't do for a login is told" {
  fault 'status=503'
  run -1 typed login -u ada@example.com <<<'Password: |particle'
  [[ ${lines[-2]} == *EREMOTEIO* ]]
  [[ ${lines[-1]} == "hint: the cloud has trouble"* ]]
  [ ! -e "$STORE" ]
}

@test "the token is kept where only its user can read it" {
  umask 0
  login_as_ada
  [ "$(stat -c %a "$STORE")" = 600 ]
  [ "$(stat -c %a "$(dirname "$STORE")")" = 700 ]
  [ "$(ls -A "$(dirname "$STORE")")" = token ]
}

@test "\$XDG_STATE_HOME says where it is kept" {
  export XDG_STATE_HOME=$HOME/elsewhere
  login_as_ada
  found_in "$HOME/elsewhere/particlefs/token"
  run -0 "$PARTICLEFS" logout --api "$API"
  [ ! -e "$HOME/elsewhere/particlefs/token" ]
}

@test "logout revokes and removes" {
  login_as_ada
  token=$(cat "$STORE")
  run -0 "$PARTICLEFS" logout --api "$API"
  [ "$output" = "Logged out." ]
  [ ! -e "$STORE" ]
  PARTICLE_TOKEN=$token run -1 whoami_with
  [[ $output == *EKEYEXPIRED* ]]
  run -1 whoami_with
  [[ $output == *"ENOKEY: no access token: run 'particlefs login'"* ]]
  run -0 "$PARTICLEFS" logout --api "$API"
  [ "$output" = "Nobody was logged in." ]
}

@test "logout keeps what it can't revoke, so that it can be revoked later" {
  login_as_ada
  run -1 "$PARTICLEFS" logout --api http://127.0.0.1:1
  [[ $output == *"EHOSTUNREACH: the token is kept"*"--force"* ]]
  for spec in status=503 status=403 status=429,retry_after=120 cut; do
    found_in "$STORE"
    fault "$spec,method=DELETE"
    run -1 "$PARTICLEFS" logout --api "$API"
    echo "$output"
    [[ ${lines[0]} == *"the token is kept"* ]]
    no_faults
  done
  # Of the last one the cloud's answer was lost: it knows the token no more.
  run -0 "$PARTICLEFS" logout --api "$API"
  [ "$output" = "Logged out." ]
  [ ! -e "$STORE" ]
}

@test "logout removes a token that the cloud does not know" {
  mkdir -p "$(dirname "$STORE")"
  echo $WRONG >"$STORE"
  run -0 "$PARTICLEFS" logout --api "$API"
  [ "$output" = "Logged out." ]
  [ ! -e "$STORE" ]
}

@test "logout --force removes the token in any case" {
  login_as_ada
  token=$(cat "$STORE")
  run -0 "$PARTICLEFS" logout --force --api http://127.0.0.1:1
  [[ $output == "Logged out here; the token was not revoked: "* ]]
  [ ! -e "$STORE" ]
  echo "$token" >"$STORE"
  chmod 644 "$STORE"
  run -0 "$PARTICLEFS" logout --force --api "$API"
  [ ! -e "$STORE" ]
  echo "$token" >"$STORE"
  run -0 "$PARTICLEFS" logout --force --api "$API"
  [ "$output" = "Logged out." ]
  PARTICLE_TOKEN=$token run -1 whoami_with
  [[ $output == *EKEYEXPIRED* ]]
}

@test "logout keeps a token that it can't read, for it may be valid" {
  login_as_ada
  chmod 644 "$STORE"
  run -1 "$PARTICLEFS" logout --api "$API"
  [[ $output == *"chmod 600 $STORE"* ]]
  chmod 600 "$STORE"
  run -0 "$PARTICLEFS" logout --api "$API"
  [ "$output" = "Logged out." ]
}

@test "logout leaves the tokens of others alone" {
  keep_cli_profile particle "$TOKEN"
  export PARTICLE_TOKEN=$TOKEN
  run -0 "$PARTICLEFS" logout --api "$API"
  [ "$output" = "Nobody was logged in." ]
  found_in "\$PARTICLE_TOKEN"
  [ -s "$HOME/.particle/particle.config.json" ]
}

@test "login and logout take no token of others" {
  for command in login logout; do
    run -2 "$PARTICLEFS" $command --api "$API" --token-file "$HOME/token"
    [[ $output == *"Unknown option --token-file"* ]]
    run -0 "$PARTICLEFS" $command --help
    [[ $output != *profile* ]]
  done
}

@test "the official CLI's token is picked up, of its current profile" {
  keep_cli_profile particle "$TOKEN"
  found_in "$HOME/.particle/particle.config.json"
  keep_cli_profile work "$TOKEN"
  echo '{"name":"work"}' >"$HOME/.particle/profile.json"
  found_in "$HOME/.particle/work.config.json"
  found_in "$HOME/.particle/particle.config.json" --profile particle
  run -1 whoami_with --profile nobody
  [[ $output == *ENOKEY* ]]
}

@test "an official CLI that is logged out is told" {
  mkdir "$HOME/.particle"
  echo '{"username":"ada@example.com"}' >"$HOME/.particle/particle.config.json"
  run -1 whoami_with
  [[ $output == *"ENOKEY: $HOME/.particle/particle.config.json holds no access_token"* ]]
}

@test "a token file that others can read is refused" {
  echo "$TOKEN" >"$HOME/token"
  for mode in 640 604 660; do
    chmod $mode "$HOME/token"
    run -1 whoami_with --token-file "$HOME/token"
    [[ $output == *"EACCES: $HOME/token can be read by others; run: chmod 600 $HOME/token"* ]]
  done
  chmod 600 "$HOME/token"
  found_in "$HOME/token" --token-file "$HOME/token"
  login_as_ada
  chmod 644 "$STORE"
  run -1 whoami_with
  [[ $output == *"chmod 600 $STORE"* ]]
}

@test "a credential that an ACL opens to the service's user is no secret to others" {
  export CREDENTIALS_DIRECTORY=$HOME/credentials
  mkdir "$CREDENTIALS_DIRECTORY"
  echo "$TOKEN" >"$CREDENTIALS_DIRECTORY/particle-token"
  chmod 440 "$CREDENTIALS_DIRECTORY/particle-token"
  found_in "$CREDENTIALS_DIRECTORY/particle-token"
  chmod 444 "$CREDENTIALS_DIRECTORY/particle-token"
  run -1 whoami_with
  [[ $output == *EACCES* ]]
}

@test "a token file that is none is told" {
  run -1 whoami_with --token-file "$HOME/nowhere"
  [[ $output == *"ENOENT: $HOME/nowhere: "* ]]
  run -1 whoami_with --token-file "$HOME"
  [[ $output == *"is not a regular file"* ]]
  printf 'two\nlines\n' >"$HOME/token"
  run -1 whoami_with --token-file "$HOME/token"
  [[ $output == *"holds no access token"* ]]
}

@test "the sources are looked at in their order" {
  keep_cli_profile particle "$TOKEN"
  found_in "$HOME/.particle/particle.config.json"
  login_as_ada
  found_in "$STORE"
  export PARTICLE_TOKEN=$TOKEN
  found_in "\$PARTICLE_TOKEN"
  export CREDENTIALS_DIRECTORY=$HOME/credentials
  found_in "\$PARTICLE_TOKEN"
  mkdir "$HOME/credentials"
  echo "$TOKEN" >"$HOME/credentials/particle-token"
  found_in "$HOME/credentials/particle-token"
  echo "$TOKEN" >"$HOME/token"
  found_in "$HOME/token" --token-file "$HOME/token"
}

@test "a token that is refused is told, and no other is tried" {
  login_as_ada
  PARTICLE_TOKEN=$WRONG run -1 whoami_with
  [[ $output == *EKEYEXPIRED*"hint: the token is invalid, expired or revoked"* ]]
  [[ $output != *$WRONG* ]]
}

@test "login brings a mount back to life" {
  mkdir -p "$(dirname "$STORE")"
  echo $WRONG >"$STORE"
  timeout 20 "$PARTICLEFS" -o "api=$API" "$MNT" 3>&-
  fails_with "Key has expired" cat "$MNT/devices/greenhouse/variables/mode"
  login_as_ada
  wait_until cat "$MNT/devices/greenhouse/variables/mode"
}

@test "a token file that is written over is picked up by a mount" {
  echo $WRONG >"$HOME/token"
  timeout 20 "$PARTICLEFS" -o "api=$API,token_file=$HOME/token" "$MNT" 3>&-
  fails_with "Key has expired" cat "$MNT/devices/greenhouse/variables/mode"
  echo "$TOKEN" >"$HOME/token"
  wait_until cat "$MNT/devices/greenhouse/variables/mode"
  [ "$(cat "$MNT/devices/greenhouse/variables/mode")" = auto ]
}
