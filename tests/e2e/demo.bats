#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# `particlefs demo`: a simulated cloud that lives as long as its mount.

bats_require_minimum_version 1.5.0

load lib

setup_file() {
  : "${PARTICLEFS:?the program to test}" "${PARTICLE_SIM:?the simulated cloud}"
  [ -c /dev/fuse ] || { echo "there is no /dev/fuse: these tests need FUSE" >&2; return 1; }
}

teardown_file() {
  :
}

setup() {
  MNT=$BATS_TEST_TMPDIR/mnt
  OTHER=$BATS_TEST_TMPDIR/other
  mkdir "$MNT"
  export HOME=$BATS_TEST_TMPDIR
}

teardown() {
  for each in "$MNT" "$OTHER"; do
    fusermount3 -uzq "$each" || true # whatever a killed mount has left
  done
}

demo() {
  timeout 20 "$PARTICLEFS" demo "$@" "$MNT" 3>&-
}

# The mount's process, and that of its cloud.
find_processes() {
  mount=$(pgrep -f " demo.* $MNT$" | xargs -rn1 sh -c 'pgrep -P $0 -x particle-sim >/dev/null && echo $0')
  cloud=$(pgrep -P "$mount" -x particle-sim)
}

has_ended() {
  ! kill -0 "$1" 2>/dev/null
}

# A copy of the program in a place where no simulated cloud is.
move_program() {
  mkdir "$BATS_TEST_TMPDIR/bin"
  cp "$PARTICLEFS" "$BATS_TEST_TMPDIR/bin/particlefs"
  PARTICLEFS=$BATS_TEST_TMPDIR/bin/particlefs
}

@test "it mounts, acts, and ends with the mount" {
  demo
  [ "$(cat "$MNT/devices/greenhouse/variables/mode")" = auto ]
  echo on >"$MNT/devices/greenhouse/functions/lamp"
  [ "$(cat "$MNT/devices/greenhouse/variables/lamp")" = true ]
  find_processes
  fusermount3 -u "$MNT"
  wait_until has_ended "$cloud"
  wait_until has_ended "$mount"
}

@test "--devices says how many there are" {
  demo --devices 44
  [ "$(find "$MNT/devices/by-id" -mindepth 1 | wc -l)" -eq 44 ]
}

@test "two demos stand side by side" {
  demo
  mkdir "$OTHER"
  timeout 20 "$PARTICLEFS" demo "$OTHER" 3>&-
  echo manual >"$MNT/devices/greenhouse/functions/mode"
  [ "$(cat "$OTHER/devices/greenhouse/variables/mode")" = auto ]
}

@test "-f stays, and a signal ends it" {
  "$PARTICLEFS" demo -f "$MNT" 3>&- &
  wait_until test -e "$MNT/README"
  find_processes
  [ "$mount" = $! ]
  kill -TERM "$mount"
  wait "$mount"
  has_ended "$cloud"
  [ ! -e "$MNT/README" ]
}

# As if there were a journal; what it gets from "$@".
with_journal() {
  unshare -m python3 - "$@" <<'END'
import os, socket, subprocess, sys
subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
os.makedirs("/run/systemd/journal")
journal = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
journal.bind("/run/systemd/journal/socket")
journal.settimeout(20)
subprocess.run(sys.argv[1:], check=True)
sys.stdout.buffer.write(journal.recv(65536))
subprocess.run(["fusermount3", "-u", sys.argv[-1]], check=True)
END
}

@test "in the background its messages go to the journal" {
  [ "$(id -u)" -eq 0 ] || skip "only root can make a journal of its own"
  # That systemd can't be told is something to warn of.
  NOTIFY_SOCKET=$HOME/nobody run -0 with_journal timeout 20 "$PARTICLEFS" demo "$MNT"
  echo "$output"
  [[ $output == *"MESSAGE=$HOME/nobody: No such file or directory"* ]]
}

@test "the cloud ends even where the mount is killed" {
  demo
  find_processes
  kill -KILL "$mount"
  wait_until has_ended "$cloud"
}

@test "no token of the user's goes there, or is needed" {
  mkdir "$HOME/credentials"
  (umask 077 && echo mine >"$HOME/credentials/particle-token")
  CREDENTIALS_DIRECTORY=$HOME/credentials PARTICLE_TOKEN=mine demo
  [ -e "$MNT/devices/greenhouse/name" ]
}

@test "a mountpoint that is none is told, and leaves nothing" {
  rmdir "$MNT"
  run -1 demo
  [[ $output == *"make it with: mkdir -p"* ]]
  run -1 pgrep -f " demo.* $MNT$"
}

@test "the cloud is found beside the program, or in \$PATH" {
  move_program
  cp "$PARTICLE_SIM" "$HOME/bin/particle-sim"
  demo
  fusermount3 -u "$MNT"
  mkdir "$HOME/path"
  mv "$HOME/bin/particle-sim" "$HOME/path"
  PATH=$HOME/path:$PATH demo
}

@test "a cloud that is missing or does not start is told" {
  move_program
  run -1 env PATH="$HOME" "$PARTICLEFS" demo "$MNT"
  [[ $output == *"ENOENT: particle-sim is not installed"* ]]
  printf '#!/bin/sh\necho "particle-sim: no more ports" >&2\nexit 1\n' >"$HOME/bin/particle-sim"
  chmod +x "$HOME/bin/particle-sim"
  run -1 demo
  [[ $output == *"the simulated cloud does not start: particle-sim: no more ports"* ]]
  printf '#!/bin/sh\n' >"$HOME/bin/particle-sim"
  run -1 demo -f
  [[ $output == *"it says nothing"* ]]
}

@test "usage errors end with 2" {
  run -2 "$PARTICLEFS" demo
  run -2 "$PARTICLEFS" demo "$MNT" "$MNT"
  run -2 "$PARTICLEFS" demo --devices 0 "$MNT"
  run -2 "$PARTICLEFS" demo --api http://127.0.0.1:1 "$MNT"
  run -0 "$PARTICLEFS" demo --help
}
