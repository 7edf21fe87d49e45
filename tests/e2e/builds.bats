# SPDX-License-Identifier: Apache-2.0
# Sources in the mount, worked on as on any disk, and compiled by the cloud.

load lib

B=firmware/builds

setup() {
  cd "$MNT"
  rm -rf "$WORK/app"
  mkdir -p "$WORK/app/src" "$WORK/app/lib/blink/src"
  printf '#include "blink.h"\nvoid setup() {}\nvoid loop() { blink(); }\n' >"$WORK/app/src/main.cpp"
  printf 'void blink();\n' >"$WORK/app/lib/blink/src/blink.h"
  printf 'name=app\n' >"$WORK/app/project.properties"
  head -c 100000 /dev/urandom >"$WORK/app/.data"
  mkdir $B/job
}

teardown() {
  no_faults
  cd "$MNT" && rm -rf $B/*
}

compiled() {
  curl -sf "$API/_sim/requests" | jq -c '[.[] | select(.method == "POST").body] | last'
}

@test "what takes files says so" {
  mkdir firmware/builds/usage
  [ "$(cat firmware/builds/usage/compile)" = "# write an empty line: the files are compiled" ]
  grep -q '^# write an empty line' devices/kitchen/firmware/flash-source
  [[ $(cat products/cold-chain-v100/devices/import) == "# "*"ID"* ]]
  rmdir firmware/builds/usage
}

@test "a job has a place for all that it needs" {
  [ "$(ls $B/job)" = $'compile\nlog\nplatform\nsource\ntarget' ]
  [ "$(cat $B/job/target)" = latest ]
  [ ! -s $B/job/log ]
  echo Boron >$B/job/platform
  [ "$(cat $B/job/platform)" = boron ]
  echo 6 >$B/job/platform
  [ "$(cat $B/job/platform)" = photon ]
  fails_with "Invalid argument" bash -c "echo toaster >$B/job/platform"
}

@test "cp -r, mkdir -p and mv work in the sources" {
  cp -r "$WORK/app/." $B/job/source
  diff -r "$WORK/app" $B/job/source
  mkdir -p $B/job/source/a/b/c
  mv $B/job/source/src/main.cpp $B/job/source/a/b/c/app.cpp
  mv $B/job/source/a/b $B/job/source/lib
  cmp "$WORK/app/src/main.cpp" $B/job/source/lib/b/c/app.cpp
  [ ! -e $B/job/source/a/b ]
  mv -T $B/job/source/project.properties $B/job/source/.data
  [ "$(cat $B/job/source/.data)" = name=app ]
  fails_with "not permitted" mv $B/job/source/lib devices/
}

@test "rsync -a copies, and finds nothing to do the second time" {
  rsync -a "$WORK/app/" $B/job/source/
  diff -r "$WORK/app" $B/job/source
  [ -z "$(rsync -a --itemize-changes --no-owner --no-group "$WORK/app/" $B/job/source/ | grep '^>f')" ]
}

@test "tar and unzip unpack there" {
  tar cf "$WORK/app.tar" -C "$WORK/app" .
  tar xf "$WORK/app.tar" -C $B/job/source
  diff -r "$WORK/app" $B/job/source
  mkdir $B/other
  python3 -c 'import shutil, sys; shutil.make_archive(sys.argv[1], "zip", sys.argv[2])' "$WORK/packed" "$WORK/app"
  unzip -q "$WORK/packed.zip" -d $B/other/source
  diff -r "$WORK/app" $B/other/source
}

@test "an editor works there, and modes and times are kept" {
  cp -r "$WORK/app/." $B/job/source
  vim -es -u NONE -c 'set backup backupskip=' -c '%s/loop/cycle/' -c wq $B/job/source/src/main.cpp
  grep -q cycle $B/job/source/src/main.cpp
  [ -e $B/job/source/src/main.cpp~ ]
  chmod 600 $B/job/source/project.properties
  touch -d 2020-01-02T03:04:05Z $B/job/source/project.properties
  [ "$(stat -c '%a %Y' $B/job/source/project.properties)" = '600 1577934245' ]
  echo more >>$B/job/source/project.properties
  [ "$(tail -n 1 $B/job/source/project.properties)" = more ]
  truncate -s 4 $B/job/source/project.properties
  [ "$(cat $B/job/source/project.properties)" = name ]
}

@test "what is deleted is there for whoever has it open" {
  echo kept >$B/job/source/x
  exec 9<$B/job/source/x
  rm $B/job/source/x
  [ ! -e $B/job/source/x ]
  echo new >$B/job/source/x
  [ "$(cat <&9)" = kept ]
  exec 9<&-
  [ "$(cat $B/job/source/x)" = new ]
}

@test "rmdir wants an empty folder, and rm -r drops a job" {
  cp -r "$WORK/app/." $B/job/source
  fails_with "not empty" rmdir $B/job/source/src
  rm -r $B/job/source/lib
  [ ! -e $B/job/source/lib ]
  forget_requests
  rm -r $B/job
  [ ! -e $B/job ]
  mkdir $B/job
  [ -z "$(ls $B/job/source)" ]
  rmdir $B/job
  [ -z "$(ls $B)" ]
  [ -z "$(requests)" ]
}

@test "compile sends each file by its path, and gets the binary" {
  cp -r "$WORK/app/src" "$WORK/app/lib" $B/job/source
  echo boron >$B/job/platform
  forget_requests
  echo >$B/job/compile
  [ "$(compiled | jq -r '.platform_id, .latest')" = $'13\ntrue' ]
  [ "$(compiled | jq -r '[.. | objects | .filename // empty] | sort | .[]')" = $'lib/blink/src/blink.h\nsrc/main.cpp' ]
  id=$(jq -r .binary_id $B/job/info.json)
  curl -sf -H "Authorization: Bearer $TOKEN" "$API/v1/binaries/$id" >"$WORK/binary"
  cmp "$WORK/binary" $B/job/firmware.bin
  [ "$(stat -c %s $B/job/firmware.bin)" -eq "$(stat -c %s "$WORK/binary")" ]
  grep -q elf $B/job/log
  cp $B/job/firmware.bin "$WORK/copy.bin"
  cmp "$WORK/binary" "$WORK/copy.bin"
}

@test "what the compiler complains of stands in log, and the write fails" {
  printf 'void setup() {\n' >$B/job/source/main.cpp
  echo boron >$B/job/platform
  run bash -c "echo >$B/job/compile"
  [ "$status" -ne 0 ]
  grep -qE '^main.cpp:[0-9]+:[0-9]+: error: ' $B/job/log
  [ ! -e $B/job/firmware.bin ]
  printf 'void setup() {}\nvoid loop() {}\n' >$B/job/source/main.cpp
  echo >$B/job/compile
  [ -s $B/job/firmware.bin ]
  finds_no -q error $B/job/log
}

@test "without a platform, or without a file, nothing is sent" {
  forget_requests
  fails_with "Invalid argument" bash -c "echo >$B/job/compile"
  echo boron >$B/job/platform
  fails_with "Invalid argument" bash -c "echo >$B/job/compile"
  [ -z "$(requests)" ]
  grep -q 'there is no file in source' .particlefs/errors
}

@test "a second compile while one runs is refused" {
  cp "$WORK/app/lib/blink/src/blink.h" "$WORK/app/src/main.cpp" $B/job/source
  echo boron >$B/job/platform
  forget_requests
  fault 'latency=8000,path=*/binaries'
  bash -c "echo >$B/job/compile" 3>&- &
  wait_until asked 'POST /v1/binaries'
  fails_with "busy" bash -c "echo >$B/job/compile"
  wait $!
  [ -s $B/job/firmware.bin ]
}

@test "drafts hold so much together, and what is deleted is free again" {
  cd /
  unmount_cloud
  MOUNT_OPTIONS=draft_limit=1M mount_cloud
  cd "$MNT"
  mkdir $B/job $B/other
  head -c 600000 /dev/zero >$B/job/source/a
  fails_with "No space" bash -c "head -c 600000 /dev/zero >$B/other/source/b"
  fails_with "No space" truncate -s 2M $B/job/source/a
  rm $B/job/source/a $B/other/source/b
  # The kernel says a moment later that nobody has them open.
  wait_until eval 'head -c 900000 /dev/zero >$B/other/source/b'
  [ "$(stat -c %s $B/other/source/b)" -eq 900000 ]
}

@test "a job for which there is no room is not made" {
  cd /
  unmount_cloud
  MOUNT_OPTIONS=draft_limit=600 mount_cloud
  cd "$MNT"
  fails_with "No space" mkdir $B/job
  [ ! -e $B/job ]
  cd /
  unmount_cloud
  mount_cloud
  cd "$MNT"
}

# A job whose sources compile.
prepare_job() {
  cp "$WORK/app/lib/blink/src/blink.h" "$WORK/app/src/main.cpp" $B/job/source
  echo boron >$B/job/platform
}

@test "a compile that the cloud does not answer fails, and the job is free again" {
  prepare_job
  fault 'refuse,path=*/binaries'
  fails_with "No route to host" bash -c "echo >$B/job/compile"
  no_faults
  fault 'status=503,path=*/binaries'
  fails_with "Remote I/O error" bash -c "echo >$B/job/compile"
  no_faults
  [ ! -e $B/job/firmware.bin ]
  echo >$B/job/compile
  [ -s $B/job/firmware.bin ]
}

@test "Ctrl-C ends a compile, which was sent once, and the job is free again" {
  prepare_job
  forget_requests
  fault 'stall,path=*/binaries'
  interrupted_when POST bash -c "echo >$B/job/compile"
  [ "$(requests | grep -c POST)" -eq 1 ]
  tail -n 1 .particlefs/errors | grep 'interrupted: it may have acted'
  no_faults
  echo >$B/job/compile
  [ -s $B/job/firmware.bin ]
}

@test "a job that goes while it is compiled harms nobody" {
  prepare_job
  forget_requests
  fault 'latency=1500,path=*/binaries'
  bash -c "echo >$B/job/compile" 3>&- &
  pid=$!
  wait_until asked 'POST /v1/binaries'
  run rm -r $B/job
  wait "$pid" || true
  no_faults
  rm -rf $B/job
  [ ! -e $B/job ]
  mkdir $B/job
  prepare_job
  echo >$B/job/compile
  [ -s $B/job/firmware.bin ]
}

@test "vim saves in each of its ways" {
  prepare_job
  for way in yes no auto; do
    vim -es -N -u NONE -c "set backupcopy=$way writebackup" -c "%s/setup/setup/" -c "normal Go// $way" -c wq \
      $B/job/source/main.cpp
    [ "$(tail -n 1 $B/job/source/main.cpp)" = "// $way" ]
  done
  [ "$(ls -A $B/job/source)" = $'blink.h\nmain.cpp' ]
}
