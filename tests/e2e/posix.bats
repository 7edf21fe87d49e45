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
  in_mount allow_other run_cases others user
}

@test "-o ro is EROFS" {
  forget_requests
  in_mount ro run_cases others reader
  [ -z "$(requests | grep -v ^GET)" ]
}

@test "everything is read by 32 processes at once" {
  find . -type f -print0 >"$WORK/files"
  [ "$(tr -dc '\0' <"$WORK/files" | wc -c)" -gt 500 ]
  # Each says all it has to say at once, or their words would be mixed.
  LC_ALL=C timeout 100 xargs -0 -P 32 -n 20 \
    sh -c 'said=$(cat -- "$@" 2>&1 >/dev/null) || printf "%s\n" "$said"' sh <"$WORK/files" >"$WORK/said"
  # A device that is offline, or what it had when it was listed: that is still not there.
  grep -vE 'Host is down|No such file' "$WORK/said" >"$WORK/odd" || true
  sed -n "s/^cat: '\{0,1\}\(.*[^']\)'\{0,1\}: No such file.*/\1/p" "$WORK/said" >"$WORK/gone"
  [ "$(wc -l <"$WORK/gone")" -eq "$(grep -c 'No such file' "$WORK/said")" ]
  while read -r file; do
    ! cat "$file" >/dev/null 2>&1 || echo "$file is there" >>"$WORK/odd"
  done <"$WORK/gone"
  cat "$WORK/odd"
  [ ! -s "$WORK/odd" ]
}

# read_by_fio ENGINE FILE…: by four jobs at once, for two seconds.
read_by_fio() {
  timeout 60 fio --name=read --readonly --rw=randread --ioengine="$1" --filename="$(IFS=: && echo "${*:2}")" --bs=512 \
    --numjobs=4 --runtime=2 --time_based --output="$WORK/fio" || { cat "$WORK/fio" && return 1; }
}

@test "fio reads a large binary of the cloud, and values" {
  local version=products/cold-chain-v100/firmware/90
  mkdir $version
  echo posix >$version/title
  head -c 4194304 /dev/urandom >"$WORK/big"
  cp "$WORK/big" $version/binary
  # What was never read has no size yet.
  cmp "$WORK/big" $version/binary
  for engine in psync pvsync mmap; do
    read_by_fio $engine $version/binary
  done
  read_by_fio psync devices/kitchen/{id,last_heard,notes,name,info.json} $version/info.json
  cmp "$WORK/big" $version/binary
}

@test "fio verifies what it writes" {
  local source=devices/kitchen/firmware/source
  timeout 60 fio --name=write --directory=$source --rw=randwrite --verify=crc32c --do_verify=1 \
    --ioengine=psync --bs=4k --size=4m --numjobs=2 --fallocate=none --output="$WORK/fio"
  cp "$WORK/big" $source/big
  for engine in psync mmap; do
    read_by_fio $engine $source/big
  done
  cmp "$WORK/big" $source/big
  rm $source/*
}

# Each of stress-ng's workers that takes a path and knows no link: all at once.
STRESS="access chdir chmod chown close dentry dir dirdeep dirmany fallocate fault file-ioctl filename flock fpunch fstat
  hdd inode-flags iomix lease locka lockf lockofd mknod msync open rename seek sendfile splice sync-file touch utime"

stress() {
  mkdir firmware/builds/stress
  timeout 100 stress-ng --quiet --verify --timeout 6 --temp-path "$PWD/firmware/builds/stress/source" \
    $(printf -- '--%s 1 ' $STRESS) --fstat-dir "$PWD/devices/kitchen" --filename-opts posix --chdir-dirs 64 \
    --dentries 200 --dir-dirs 100 --dirdeep-inodes 1000 --fallocate-bytes 1M --hdd-bytes 1M --iomix-bytes 1M \
    --msync-bytes 1M --seek-size 1M --sync-file-bytes 1M
  [ -z "$(ls -A firmware/builds/stress/source)" ]
  [ "$(cat devices/kitchen/name)" = kitchen ]
  rmdir firmware/builds/stress
  # Nothing of it is left, once the kernel has said so.
  wait_until eval '[ "$(jq .kernel.handles .particlefs/status.json)" -eq 0 ]'
  wait_until eval '[ "$(df --output=used . | tail -n 1)" -lt 64 ]'
}

@test "stress-ng does all it can to names and files" {
  in_mount draft_limit=512M stress
}
