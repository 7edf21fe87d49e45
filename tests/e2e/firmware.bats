# SPDX-License-Identifier: Apache-2.0
# Flashing a device by copying a file.

load lib

setup() {
  cd "$MNT"
}

teardown() {
  no_faults
}

# Names of the uploaded files, and their sizes.
uploads() {
  curl -sf "$API/_sim/requests" |
    jq -r '.[] | select(.method == "PUT" and .type == "multipart/form-data") | .body.file | "\(.filename) \(.base64 | @base64d | length)"'
}

flashes() {
  requests | grep -c '^PUT' || true
}

setup_binary() {
  head -c "$1" /dev/urandom >"$WORK/app.bin"
}

@test "cp flashes a binary, and wait tells how it went" {
  setup_binary 40000
  [ "$(cat devices/kitchen/firmware/status)" = idle ]
  forget_requests
  cp "$WORK/app.bin" devices/kitchen/firmware/
  [[ $(cat devices/kitchen/firmware/status) == started*app.bin ]]
  [[ $(cat devices/kitchen/firmware/wait) == success*app.bin ]]
  [[ $(cat devices/kitchen/firmware/status) == success*app.bin ]]
  [ "$(flashes)" -eq 1 ]
  curl -sf "$API/_sim/requests" | jq -j '.[] | select(.method == "PUT").body.file.base64' |
    base64 -d | cmp - "$WORK/app.bin"
}

@test "a pipe of unknown length flashes too" {
  setup_binary 2097152
  forget_requests
  cat "$WORK/app.bin" | cat >devices/greenhouse/firmware/flash
  [ "$(flashes)" -eq 1 ]
  [[ $(cat devices/greenhouse/firmware/wait) == success* ]]
}

@test "a product's device is flashed by the product's route" {
  setup_binary 1000
  device=products/cold-chain-v100/devices/$(ls products/cold-chain-v100/devices | grep -v -e import -e provision -e query | head -n 1)
  id=$(cat "$device/id")
  forget_requests
  cp "$WORK/app.bin" "$device/firmware/" && cat "$device/firmware/wait"
  [ "$(requests | grep PUT)" = "PUT /v1/products/12345/devices/$id" ]
}

@test "an offline device refuses, and cp says so" {
  setup_binary 1000
  fails_with "Host is down" cp "$WORK/app.bin" devices/cellar/firmware/
  grep -q 'cellar/firmware/app.bin: PUT' .particlefs/errors
}

@test "a copy that is killed flashes nothing" {
  forget_requests
  for signal in INT TERM KILL; do
    run bash -c "(head -c 1000 /dev/zero; sleep 2) | timeout -s $signal 0.3 cp /dev/stdin devices/kitchen/firmware/x.bin"
    [ "$status" -ne 0 ]
  done
  sleep 0.3
  [ "$(flashes)" -eq 0 ]
}

@test "an empty file flashes nothing" {
  forget_requests
  : >"$WORK/empty.bin"
  cp "$WORK/empty.bin" devices/kitchen/firmware/
  : >devices/kitchen/firmware/flash
  [ "$(flashes)" -eq 0 ]
}

@test "what a tool makes for itself is refused" {
  setup_binary 1000
  forget_requests
  fails_with "not permitted" rsync "$WORK/app.bin" devices/kitchen/firmware/
  [ "$(flashes)" -eq 0 ]
}

@test "the cloud's own application is flashed by its name" {
  forget_requests
  echo tinker >devices/kitchen/firmware/app
  [[ $(cat devices/kitchen/firmware/wait) == success*app ]]
  [ "$(curl -sf "$API/_sim/requests" | jq -c '.[] | select(.method == "PUT").body')" = '{"app":"tinker"}' ]
}

@test "wait can be interrupted, and stands in no listing" {
  fault 'stream=silent'
  curl -sf -X POST "$API/_sim/streams/drop" >/dev/null
  setup_binary 1000
  cp "$WORK/app.bin" devices/workshop/firmware/
  run timeout -s INT 0.5 cat devices/workshop/firmware/wait
  [ "$status" -eq 124 ]
  ! ls devices/workshop/firmware | grep wait
}

@test "a library's archive is uploaded at close" {
  forget_requests
  mkdir -p "$WORK/lib/src"
  printf 'name=mine\nversion=1.0.0\n' >"$WORK/lib/library.properties"
  tar czf "$WORK/mine.tar.gz" -C "$WORK/lib" .
  cp "$WORK/mine.tar.gz" libraries/upload || true
  [ "$(requests | grep POST)" = 'POST /v1/libraries' ]
}
