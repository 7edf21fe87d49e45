# SPDX-License-Identifier: Apache-2.0
# Flashing a device by copying a file.

load lib

setup() {
  cd "$MNT"
}

teardown() {
  no_faults
  flash_time 300
}

# Names of the uploaded files, and their sizes.
uploads() {
  curl -sf "$API/_sim/requests" |
    jq -r '.[] | select(.method == "PUT" and .type == "multipart/form-data") | .body.file | "\(.filename) \(.base64 | sub("=+$"; "") | length * 3 / 4 | floor)"'
}

flashes() {
  requests | grep -c '^PUT' || true
}

is_followed() {
  [ "$(curl -sf "$API/_sim/stats" | jq .streams)" -gt 0 ]
}

# How the flash of a device went; then it restarts, and is not there for a moment.
outcome() {
  local said
  said=$(timeout 20 cat "devices/$1/firmware/wait")
  echo "$said"
  [[ $said != success* ]] || wait_until has_restarted "$1"
}

setup_binary() {
  head -c "$1" /dev/urandom >"$WORK/app.bin"
}

@test "cp flashes a binary, and wait tells how it went" {
  setup_binary 40000
  [ "$(cat devices/kitchen/firmware/status)" = idle ]
  flash_time 5000
  forget_requests
  cp "$WORK/app.bin" devices/kitchen/firmware/
  [[ $(cat devices/kitchen/firmware/status) == started*app.bin ]]
  [[ $(cat devices/kitchen/firmware/wait) == success*app.bin ]]
  [[ $(cat devices/kitchen/firmware/status) == success*app.bin ]]
  [ "$(flashes)" -eq 1 ]
  curl -sf "$API/_sim/requests" | jq -j '.[] | select(.method == "PUT").body.file.base64' |
    base64 -d | cmp - "$WORK/app.bin"
}

@test "install, mv, rsync and Python flash, and find what they have written" {
  setup_binary 40000
  mkdir "$WORK/moved"
  outcome kitchen
  local flash
  for flash in 'install -m 644 "$1" "$2"' 'cp "$1" "$WORK/moved/" && mv "$WORK/moved/app.bin" "$2"' 'rsync --inplace -a "$1" "$2"' \
    'python3 -c "import shutil, sys; shutil.copy2(sys.argv[1], sys.argv[2])" "$1" "$2"'; do
    forget_requests
    bash -c "$flash" _ "$WORK/app.bin" devices/kitchen/firmware/
    [ "$(flashes)" -eq 1 ]
    [[ $(outcome kitchen) == success*app.bin ]]
    jq -e .id devices/kitchen/firmware/app.bin
  done
  finds_no -x app.bin <(ls devices/kitchen/firmware)
  rm devices/kitchen/firmware/app.bin
  fails_with "No such file" cat devices/kitchen/firmware/app.bin
  fails_with "No such file" cat devices/kitchen/firmware/other.bin
}

@test "a pipe of unknown length flashes too" {
  setup_binary 2097152
  forget_requests
  cat "$WORK/app.bin" | cat >devices/greenhouse/firmware/flash
  [ "$(flashes)" -eq 1 ]
  [[ $(outcome greenhouse) == success* ]]
}

@test "what ends with a hole is flashed whole" {
  printf 'code' >"$WORK/sparse.bin"
  truncate -s 30000 "$WORK/sparse.bin"
  forget_requests
  cp "$WORK/sparse.bin" devices/greenhouse/firmware/
  [ "$(uploads)" = "sparse.bin 30000" ]
  [[ $(outcome greenhouse) == success* ]]
}

@test "what follows an upload in the same file is no upload of its own" {
  setup_binary 3000
  forget_requests
  fails_with "Invalid argument" bash -c '(cat "$1"; cat "$1") >devices/greenhouse/firmware/flash' _ "$WORK/app.bin"
  [ "$(uploads)" = "firmware.bin 3000" ]
  [ "$(flashes)" -eq 1 ]
  tail -n 1 .particlefs/errors | grep 'greenhouse/firmware/flash: not sent'
  [[ $(outcome greenhouse) == success* ]]
}

@test "wait ends where the device was faster than the cloud's answer" {
  setup_binary 1000
  fault 'latency=1500,method=PUT'
  cp "$WORK/app.bin" devices/greenhouse/firmware/
  no_faults
  [[ $(outcome greenhouse) == success*app.bin ]]
}

@test "the cloud is told once its stream is open" {
  setup_binary 1000
  fault 'latency=1500,path=*/events'
  curl -sf -X POST "$API/_sim/streams/drop" >/dev/null
  sleep 0.3
  cp "$WORK/app.bin" devices/greenhouse/firmware/
  [[ $(outcome greenhouse) == success*app.bin ]]
}

@test "a flash that somebody else has begun is followed, and has no name" {
  setup_binary 1000
  cp "$WORK/app.bin" devices/greenhouse/firmware/
  [[ $(outcome greenhouse) == success*app.bin ]]
  cat devices/greenhouse/events >/dev/null
  flash_time 5000
  curl -sf -X PUT -H "Authorization: Bearer $TOKEN" -F "file=@$WORK/app.bin" "$API/v1/devices/greenhouse" >/dev/null
  is_started() {
    [[ $(cat devices/greenhouse/firmware/status) == started*' -' ]]
  }
  wait_until is_started
  [[ $(outcome greenhouse) == success*' -' ]]
}

@test "a product's device is flashed by the product's route" {
  setup_binary 1000
  device=products/cold-chain-v100/devices/$(ls products/cold-chain-v100/devices | grep -v -e import -e provision -e query | head -n 1)
  id=$(cat "$device/id")
  forget_requests
  cp "$WORK/app.bin" "$device/firmware/"
  cat "$device/firmware/wait"
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

# build PLATFORM: an application for it, as the cloud compiles it.
build() {
  mkdir -p "firmware/builds/$1"
  printf 'void setup() {}\nvoid loop() {}\n' >"firmware/builds/$1/source/main.cpp"
  echo "$1" >"firmware/builds/$1/platform"
  echo >"firmware/builds/$1/compile"
  cat "firmware/builds/$1/firmware.bin" >"$WORK/$1.bin"
  rm -r "firmware/builds/$1"
}

@test "what was built for another platform is refused" {
  build photon
  fails_with "Invalid argument" cp "$WORK/photon.bin" devices/kitchen/firmware/
  tail -n 1 .particlefs/errors | grep -F 'Incorrect platform id (expected 12, parsed 6)'
  [[ $(cat devices/kitchen/firmware/status) != *photon.bin ]]
  mkdir products/cold-chain-v100/firmware/77
  fails_with "Invalid argument" cp "$WORK/photon.bin" products/cold-chain-v100/firmware/77/binary
  rmdir products/cold-chain-v100/firmware/77
}

@test "a binary that is broken fails on the device, and wait says so" {
  build "$(cat devices/workshop/platform)"
  app=$WORK/$(cat devices/workshop/platform).bin
  cp "$app" devices/workshop/firmware/
  [[ $(outcome workshop) == success* ]]
  printf X | dd of="$app" bs=1 seek=100 conv=notrunc status=none
  cp "$app" devices/workshop/firmware/
  run timeout 20 cat devices/workshop/firmware/wait
  [ "$status" -ne 0 ]
  [[ $(cat devices/workshop/firmware/status) == failed* ]]
}

@test "an empty file flashes nothing" {
  forget_requests
  : >"$WORK/empty.bin"
  cp "$WORK/empty.bin" devices/kitchen/firmware/
  : >devices/kitchen/firmware/flash
  [ "$(flashes)" -eq 0 ]
}

@test "what is too large for an upload is refused, with one line, and nothing is sent" {
  forget_requests
  before=$(wc -l <.particlefs/errors)
  fails_with "File too large" dd if=/dev/zero of=devices/kitchen/firmware/flash bs=1M count=70
  fails_with "File too large" truncate -s 65M devices/kitchen/firmware/huge.bin
  fails_with "File too large" bash -c "truncate -s 65M /dev/stdin <>devices/kitchen/firmware/flash"
  truncate -s 65M "$WORK/large.bin"
  fails_with "File too large" cp --sparse=never "$WORK/large.bin" devices/kitchen/firmware/
  rm "$WORK/large.bin"
  tail -n +$((before + 1)) .particlefs/errors >"$WORK/told"
  cat "$WORK/told"
  [ "$(wc -l <"$WORK/told")" -eq 4 ]
  grep -q 'kitchen/firmware/flash: not sent: an upload has 64 MiB at most' "$WORK/told"
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
  ls devices/workshop/firmware | finds_no wait
  # The next test finds a stream that speaks.
  no_faults
  curl -sf -X POST "$API/_sim/streams/drop" >/dev/null
  wait_until is_followed
}

@test "a library's archive is uploaded at close" {
  forget_requests
  mkdir -p "$WORK/lib/src"
  printf 'name=mine\nversion=1.0.0\n' >"$WORK/lib/library.properties"
  tar czf "$WORK/mine.tar.gz" -C "$WORK/lib" .
  cp "$WORK/mine.tar.gz" libraries/upload || true
  [ "$(requests | grep POST)" = 'POST /v1/libraries' ]
}

# What the last PUT asked to compile for, and the paths of what it sent.
flashed_source() {
  curl -sf "$API/_sim/requests" | jq -r '[.[] | select(.method == "PUT").body] | last |
    .build_target_version // "latest", ([.. | objects | .filename // empty] | sort | .[])'
}

@test "a folder of sources is compiled and flashed" {
  d=devices/kitchen/firmware
  mkdir -p "$WORK/app/lib/blink/src"
  printf '#include "blink.h"\nvoid setup() {}\nvoid loop() {}\n' >"$WORK/app/main.cpp"
  echo '#pragma once' >"$WORK/app/lib/blink/src/blink.h"
  cp -r "$WORK/app/." $d/source
  [ "$(cat $d/target)" = latest ]
  forget_requests
  echo >$d/flash-source
  [ "$(flashed_source)" = $'latest\nlib/blink/src/blink.h\nmain.cpp' ]
  [[ $(outcome kitchen) == success* ]]
  echo 5.3.0 >$d/target
  [ "$(cat $d/target)" = 5.3.0 ]
  echo >$d/flash-source
  [ "$(flashed_source | head -n 1)" = 5.3.0 ]
  [ "$(jq .ok $d/flash-source)" = true ]
  outcome kitchen
  echo 4.2.0 >$d/flash-source
  [ "$(flashed_source | head -n 1)" = 4.2.0 ]
  outcome kitchen
  echo latest >$d/target
  rm -r $d/source/lib $d/source/main.cpp
  [ -z "$(ls $d/source)" ]
}

@test "what is wrong with the sources stands where they were flashed" {
  d=devices/kitchen/firmware
  forget_requests
  fails_with "Invalid argument" bash -c "echo >$d/flash-source"
  [ -z "$(requests)" ]
  printf '#include "nobody.h"\nvoid setup() {\n' >$d/source/app.ino
  run bash -c "echo >$d/flash-source"
  [ "$status" -ne 0 ]
  grep -qE '^app.ino:1:10: .*nobody.h: No such file' $d/flash-source
  grep -qE '^app.ino:[0-9]+:[0-9]+: error: expected' $d/flash-source
  [[ $(cat $d/status) != started* ]]
  rm $d/source/app.ino
}

@test "the sources of each device are its own" {
  echo 1 >devices/kitchen/firmware/source/a.ino
  [ ! -e devices/greenhouse/firmware/source/a.ino ]
  [ -e "devices/by-id/$(cat devices/kitchen/id)/firmware/source/a.ino" ]
  rm devices/kitchen/firmware/source/a.ino
}

@test "a single source is compiled for the target, and flashed" {
  printf 'void setup() {}\nvoid loop() {}\n' >"$WORK/blink.ino"
  echo 5.3.0 >devices/kitchen/firmware/target
  forget_requests
  cp "$WORK/blink.ino" devices/kitchen/firmware/
  [ "$(flashed_source)" = $'5.3.0\nblink.ino' ]
  [[ $(outcome kitchen) == success* ]]
  echo latest >devices/kitchen/firmware/target
}

@test "a compiled binary is read by its ID, and fetched once" {
  mkdir firmware/builds/once
  printf 'void setup() {}\nvoid loop() {}\n' >firmware/builds/once/source/a.cpp
  echo photon >firmware/builds/once/platform
  echo >firmware/builds/once/compile
  id=$(jq -r .binary_id firmware/builds/once/info.json)
  forget_requests
  cmp firmware/binaries/$id firmware/builds/once/firmware.bin
  cmp firmware/binaries/$id firmware/builds/once/firmware.bin
  [ "$(requests)" = "GET /v1/binaries/$id" ]
  [ -z "$(ls firmware/binaries)" ]
  fails_with "No such file" cat firmware/binaries/0123456789abcdef01234567
  fails_with "No such file" cat firmware/binaries/typo
  rm -r firmware/builds/once
}
