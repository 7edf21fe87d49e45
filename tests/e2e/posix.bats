#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The cases of pjdfstest and LTP that mean something here (docs/posix.md), and tools that others use for stress.

load lib

CASES=$BATS_TEST_DIRNAME/posix
JOB=firmware/builds/posix/source

setup() {
  cd "$MNT"
}

# run_cases FILE [ARGUMENT]
run_cases() {
  PYTHONDONTWRITEBYTECODE=1 timeout 100 python3 "$CASES/$1.py" "${@:2}"
}

# in_mount OPTIONS COMMAND…: in a mount of its own.
in_mount() {
  local other=$WORK/other status=0
  mkdir "$other"
  PARTICLE_TOKEN=$TOKEN timeout 20 "$PARTICLEFS" -o "api=$API,$1" "$other" 3>&-
  cd "$other"
  "${@:2}" || status=$?
  cd /
  fusermount3 -u "$other"
  wait_until rmdir "$other"
  return "$status"
}

@test "names, and paths that do not lead anywhere" {
  run_cases names
}

@test "files are opened, read and sought in" {
  run_cases files
}

@test "what the tree does not do has its errors" {
  run_cases refusals
}

@test "a folder for drafts is a file system of its own" {
  run_cases drafts
  run_cases times
  rm -r devices/kitchen/firmware/source/*
}

@test "a job's folder is one, too" {
  mkdir firmware/builds/posix
  DRAFT=$JOB run_cases drafts
  DRAFT=$JOB run_cases times
  rm -r firmware/builds/posix
}

@test "lists have each name once, whoever comes and goes" {
  run_cases lists
}

@test "another user may do what modes say" {
  [ "$(id -u)" -eq 0 ] || { echo "this is run by root, as two users" >&2; return 1; }
  chmod 755 "$WORK"
  in_mount allow_other,default_permissions run_cases others user
}

@test "-o ro is EROFS" {
  forget_requests
  in_mount ro run_cases others reader
  [ -z "$(requests | grep -v ^GET)" ]
}

@test "everything is read by 32 processes at once" {
  find . -type f -print0 >"$WORK/files"
  [ "$(tr -dc '\0' <"$WORK/files" | wc -c)" -gt 500 ]
  LC_ALL=C timeout 100 xargs -0 -P 32 -n 20 cat <"$WORK/files" >/dev/null 2>"$WORK/said" || true
  # A device that is offline, a class of keys that it has not, a place that is for writing.
  grep -vE 'Host is down|No such file|Permission denied|Operation not permitted' "$WORK/said" >"$WORK/odd" || true
  cat "$WORK/odd"
  [ ! -s "$WORK/odd" ]
}

@test "fio reads and verifies" {
  head -c 4194304 /dev/urandom >"$WORK/big"
  cp "$WORK/big" devices/kitchen/firmware/source/big.bin
  for engine in psync mmap; do
    timeout 60 fio --name=read --filename=devices/kitchen/firmware/source/big.bin --readonly --rw=randread \
      --ioengine=$engine --bs=4k --size=4m --numjobs=4 --runtime=3 --time_based --output="$WORK/fio"
  done
  timeout 60 fio --name=write --directory=devices/kitchen/firmware/source --rw=randwrite --verify=crc32c --do_verify=1 \
    --ioengine=psync --bs=4k --size=4m --numjobs=2 --fallocate=none --output="$WORK/fio"
  cmp "$WORK/big" devices/kitchen/firmware/source/big.bin
  rm devices/kitchen/firmware/source/*
}

@test "stress-ng makes and drops names" {
  mkdir devices/kitchen/firmware/source/stress
  timeout 60 stress-ng --quiet --temp-path devices/kitchen/firmware/source/stress --timeout 5 \
    --dentry 2 --dentries 200 --dir 2 --dir-dirs 100 --open 2 --filename 1 --rename 2
  timeout 60 stress-ng --quiet --timeout 5 --fstat 2 --fstat-dir devices/kitchen
  rm -r devices/kitchen/firmware/source/stress
  [ "$(cat devices/kitchen/name)" = kitchen ]
}
