#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# docs/firmware.md: its commands in their order, its Makefile, and what an editor makes of the compiler's words.

load lib

PAGE=$BATS_TEST_DIRNAME/../../docs/firmware.md

setup() {
  export HOME=$WORK
  cd "$WORK"
  mkdir -p src/lib
  printf '#include "blink.h"\nvoid setup() {\n  blink();\n}\nvoid loop() {}\n' >src/main.cpp
  printf '#pragma once\nvoid blink();\n' >src/lib/blink.h
  sed -n '/^```make$/,/^```$/{/^```/!p}' "$PAGE" >Makefile
  ln -sfn "$MNT" particle
}

flashes() {
  requests | grep -c '^PUT' || true
}

@test "make compiles what has changed, and flashes it" {
  make
  [ -s blink.bin ]
  forget_requests
  make | grep 'up to date'
  [ -z "$(requests)" ]
  make flash
  [ "$(flashes)" -eq 1 ]
  wait_until has_restarted kitchen
  touch src/main.cpp
  make
  requests | grep 'POST /v1/binaries'
}

@test "make fails where the sources are wrong, and says where" {
  sed -i 's/blink();/blink("on);/' src/main.cpp
  run make
  [ "$status" -ne 0 ]
  [[ $output == *"main.cpp:3:"*"error: missing terminating"* ]]
  [ "$(flashes)" -eq 0 ] || forget_requests
}

@test "make fails where a device is offline" {
  make -B PLATFORM="$(cat "$MNT/devices/cellar/platform")"
  fails_with "Host is down" make DEVICES=cellar flash
  rm blink.bin
}

@test "vim goes to what the compiler complains of" {
  job=$MNT/firmware/builds/vim
  mkdir "$job"
  printf 'void setup() {\n  x("\n}\nvoid loop() {}\n' >"$job/source/main.cpp"
  printf '#include "nobody.h"\n' >"$job/source/more.cpp"
  echo argon >"$job/platform"
  run bash -c "echo >$job/compile"
  [ "$status" -ne 0 ]
  cd "$job/source"
  vim -es -N -u NONE -c "cfile ../log" \
    -c "call writefile(map(filter(getqflist(), 'v:val.valid'), 'bufname(v:val.bufnr) . \" \" . v:val.lnum'), '$WORK/places')" -c qa
  cat "$WORK/places"
  grep -qx 'main.cpp 2' "$WORK/places"
  grep -qx 'more.cpp 1' "$WORK/places"
  cd "$WORK"
  rm -r "$job"
}

# A version can be released once a device runs it.
run_version() {
  local device
  for device in "$MNT"/products/cold-chain-v100/devices/*/; do
    [ "$(cat "$device/online" 2>/dev/null)" = true ] && break
  done
  echo "{\"desired_firmware_version\":$1,\"flash\":true}" >"$device/desired_firmware_version"
  is_running() {
    touch "$device"
    [ "$(cat "$device/firmware_version")" = "$1" ]
  }
  wait_until is_running "$1"
}

@test "each command of the page does what it says" {
  # It speaks of a binary that is there.
  make -B
  rm -rf "$MNT/firmware/builds/blink"
  sed -n '/^```sh$/,/^```$/{/^```/!p}' "$PAGE" >"$WORK/lines"
  while read -r line; do
    echo "\$ $line"
    [[ $line != *release ]] || run_version 4
    # The product's devices are others.
    [[ $line != cp*products* ]] || make -B PLATFORM=boron
    line=${line// src\// $WORK/src/}
    line=${line// blink.bin/ $WORK/blink.bin}
    (cd "$MNT" && timeout 20 bash -c "$line")
  done <"$WORK/lines"
  [ "$(cat "$MNT/products/cold-chain-v100/firmware/4/product_default")" = true ]
}
