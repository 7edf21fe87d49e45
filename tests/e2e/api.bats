#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The SDK's functions from the command line, without a mount.

bats_require_minimum_version 1.5.0

load lib

setup_file() {
  prepare_cloud
  export PARTICLE_TOKEN=$TOKEN
}

teardown_file() {
  drop_cloud
}

setup() {
  cd "$BATS_TEST_TMPDIR"
  forget_requests
}

teardown() {
  no_faults
}

call() {
  "$PARTICLEFS" api --api "$API" "$@"
}

# The last body that the cloud has got.
sent() {
  curl -sf "$API/_sim/requests" | jq -c '.[-1].body'
}

@test "without a function it lists them, and --help tells of one" {
  run -0 call
  [ "${#lines[@]}" -ge 132 ]
  [[ $output == *"callFunction "* ]]
  run -0 call callFunction --help
  [[ $output == *device_id*required*argument* ]]
  [[ $output == *"POST /v1/products/{product}/devices/{deviceId}/{name}"* ]]
  run -0 call --help
  [[ $output == *@FILE* ]]
  [ -z "$(requests)" ]
}

@test "a parameter has its name in camelCase, in snake_case or the wire's; or all are one object" {
  for words in 'deviceId=kitchen name=brew argument=tea' 'device_id=kitchen name=brew args=tea' \
    '{"deviceId":"kitchen","name":"brew","argument":"tea"}'; do
    forget_requests
    [[ $words == \{* ]] && set -- "$words" || set -- $words
    [[ $(call callfunction "$@" | jq .return_value) =~ ^-?[0-9]+$ ]]
    [ "$(requests)" = "POST /v1/devices/kitchen/brew" ]
    [ "$(sent)" = '{"args":"tea"}' ]
  done
}

@test "a value comes from a file or from standard input" {
  printf 'by the door, "left"\n' >notes
  call setDeviceNotes device_id=kitchen notes=@notes >/dev/null
  [ "$(sent | jq -r .notes)" = 'by the door, "left"' ]
  call setDeviceNotes device_id=kitchen notes=- <<<'on the roof' >/dev/null
  [ "$(sent | jq -r .notes)" = 'on the roof' ]
  run -2 call setDeviceNotes device_id=kitchen notes=- </dev/null
  [[ $output == *"nothing to read"* ]]
  run -2 call setDeviceNotes device_id=kitchen notes=@nothing
  [[ $output == *"nothing: No such file"* ]]
  printf 'a\0b' >binary
  run -2 call setDeviceNotes device_id=kitchen notes=@binary
  [[ $output == *"binary is not text"* ]]
}

@test "files are uploaded by their paths, and a binary comes back" {
  mkdir lib
  printf '#include "lib/a.h"\nvoid setup() {}\nvoid loop() {}\n' >main.cpp
  echo '#define A 1' >lib/a.h
  id=$(call compileCode files=@./main.cpp files=@lib/a.h platform_id=12 | jq -r .binary_id)
  [ "$(sent | jq -c '[.[] | objects | .filename]')" = '["main.cpp","lib/a.h"]' ]
  call downloadFirmwareBinary "binary_id=$id" >app.bin
  [ -s app.bin ]
  run -2 "$BATS_TEST_DIRNAME/type.py" "$PARTICLEFS" api --api "$API" downloadFirmwareBinary "binary_id=$id" </dev/null
  [[ $output == *"redirect it to a file"* ]]
  run -2 call compileCode files=@lib platform_id=12
  [[ $output == *"not a regular file"* ]]
}

@test "files that would be sent under one name are refused, and a name with dots keeps its folder" {
  mkdir -p a b..c
  printf '#include "x.h"\nvoid setup() {}\nvoid loop() {}\n' >main.cpp
  echo '#define A 1' | tee a/x.h >b..c/x.h
  for twice in "files=@$PWD/a/x.h files=@$PWD/b..c/x.h" "files=@a/../a/x.h files=@b..c/../b..c/x.h" \
    "files=@a/x.h files=@./a/x.h"; do
    run -2 call compileCode files=@main.cpp $twice platform_id=12
    [[ $output == *"files: '"*"x.h' is given twice"* ]]
  done
  [ -z "$(requests)" ]
  call compileCode files=@main.cpp files=@a/../a/x.h files=@b..c/x.h platform_id=12
  [ "$(sent | jq -c '[.[] | objects | .filename]')" = '["main.cpp","x.h","b..c/x.h"]' ]
}

@test "a file's name makes no header and no part of its own" {
  name=$'a"; x="b\r\nX: 1\r\n\r\n--.cpp'
  printf 'void setup() {}\nvoid loop() {}\n' | tee main.cpp >"$name"
  call compileCode files=@main.cpp "files=@$name" platform_id=12 >/dev/null
  sent | jq .
  # As browsers write it.
  [ "$(sent | jq -r '[.[] | objects | .filename] | .[]')" = $'main.cpp\na%22; x=%22b%0D%0AX: 1%0D%0A%0D%0A--.cpp' ]
  [ "$(sent | jq -r 'map(objects | .base64) | unique | length')" -eq 1 ]
}

@test "an answer without a body is JSON too" {
  call checkSIM iccid=8934076500002589174 | jq -e .status
  id=$(call createWebhook event=x url=https://example.com | jq -r .id)
  [ -n "$(call deleteWebhook "hook_id=$id" | jq -c .)" ]
}

@test "what needs no token works without one" {
  unset PARTICLE_TOKEN
  export HOME=$BATS_TEST_TMPDIR
  call resetPassword username=ada@example.com
  run -1 call getUserInfo
  [[ $output == *ENOKEY*"particlefs login"* ]]
}

@test "usage errors end with 2, and nothing is sent" {
  run -2 call noSuchFunction
  [[ $output == *noSuchFunction*--help* ]]
  run -2 call callFunction device_id=kitchen
  [[ $output == *"name: is missing"* ]]
  run -2 call callFunction device_id=kitchen name=brew nonsense=1
  [[ $output == *"nonsense: is not a parameter"* ]]
  run -2 call callFunction device_id=kitchen name=brew device_id=cellar
  [[ $output == *"given twice"* ]]
  run -2 call callFunction kitchen
  [[ $output == *"key=value"* ]]
  run -2 call listDevices product=1 page=one
  [[ $output == *"page: is not a valid integer"* ]]
  [ -z "$(requests)" ]
}

@test "a failure ends with 1, and has errno, the cloud's words and what to do" {
  run -1 call callFunction device_id=cellar name=pump argument=on
  [[ $output == *"ETIMEDOUT: Timed out"*"hint: no answer in time"* ]]
  fault 'notjson'
  run -1 call getUserInfo
  [[ $output == *"EBADMSG: the answer is not JSON"* ]]
}

@test "events are a line of JSON each, until a signal ends it or the cloud does" {
  "$PARTICLEFS" api --api "$API" getEventStream device_id=mine >events 2>error 3>&- &
  pid=$!
  wait_until eval '[ "$(curl -sf "$API/_sim/stats" | jq .streams)" -gt 0 ]'
  curl -sf "$API/_sim/events" -d '{"name":"a/b","data":"1\n2"}' >/dev/null
  curl -sf "$API/_sim/events" -d '{"raw":"event: bare\ndata: no JSON\n\n"}' >/dev/null
  printf 'event: odd\ndata: \xff\n\nevent: half\ndata: {"data":"\\ud800","ttl":60}\n\n' | base64 -w 0 |
    jq -Rc '{ raw_base64: . }' | curl -sf "$API/_sim/events" -d @- >/dev/null
  wait_until grep -q half events
  kill -INT "$pid"
  wait "$pid"
  [ "$(jq -rs '.[0] | .name, .data' events)" = $'a/b\n1\n2' ]
  [ "$(jq -cs '.[1]' events)" = '{"name":"bare","data":"no JSON"}' ]
  [ "$(jq -rs '.[2].data' events)" = $'\xef\xbf\xbd' ]
  [ "$(jq -s '.[3].ttl' events)" -eq 60 ]
  [ ! -s error ]
  "$PARTICLEFS" api --api "$API" getEventStream device_id=mine >/dev/null 2>error 3>&- &
  pid=$!
  wait_until eval '[ "$(curl -sf "$API/_sim/stats" | jq .streams)" -gt 0 ]'
  curl -sf -X POST "$API/_sim/streams/drop" >/dev/null
  status=0
  wait "$pid" || status=$?
  [ "$status" -eq 1 ]
  grep 'getEventStream: E' error
}

@test "tree prints a line for each file, with what it calls" {
  run -0 "$PARTICLEFS" tree
  [[ $output == *"devices/{deviceId}/functions/{name}"*verb*0600*"write: callFunction"* ]]
  [ "${#lines[@]}" -eq "$("$PARTICLEFS" tree --json | jq length)" ]
  run -2 "$PARTICLEFS" tree devices
  [[ $output == *"one word too many"* ]]
  run -0 "$PARTICLEFS" tree --help
  [[ $output != *--token-file* ]]
}

@test "what can't be written is a failure, whatever prints it" {
  fails_to_print() {
    run -1 bash -c '"$@" >/dev/full' _ "$PARTICLEFS" "$@"
    echo "$output"
    [[ ${lines[-1]} == "particlefs: standard output: "* ]]
  }
  fails_to_print api
  fails_to_print api --api "$API" getUserInfo
  fails_to_print api getUserInfo --help
  fails_to_print doctor --api "$API"
  fails_to_print tree
  fails_to_print tree --json
  fails_to_print whoami --api "$API"
  fails_to_print --help
  fails_to_print --version
  "$PARTICLEFS" api --api "$API" getEventStream device_id=mine >/dev/full 2>error 3>&- &
  wait_until eval '[ "$(curl -sf "$API/_sim/stats" | jq .streams)" -gt 0 ]'
  curl -sf "$API/_sim/events" -d '{"name":"a","data":"1"}' >/dev/null
  status=0
  wait $! || status=$?
  [ "$status" -eq 1 ]
  cat error
  [[ $(cat error) == "particlefs: standard output: "* ]]
}
