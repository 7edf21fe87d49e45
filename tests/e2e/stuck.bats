#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Nobody is ever stuck: whatever the cloud does, who is killed ends, and others are served.

load lib

setup() {
  cd "$MNT"
  PIDS=()
  GROUP=
}

teardown() {
  no_faults
  [ ${#PIDS[@]} -eq 0 ] || resume 2>/dev/null || true
  [ ${#PIDS[@]} -eq 0 ] || kill -KILL "${PIDS[@]}" 2>/dev/null || true
  drop_group
}

# Runs it in the background, as the last of PIDS.
start() {
  "$@" >>"$WORK/started" 2>&1 </dev/null 3>&- &
  PIDS+=($!)
}

# The same, which leaves a line: `done`, or the words of its error.
start_told() {
  start bash -c 'words=$("$@" 2>&1 >/dev/null) && echo done || echo "${words##*: }"' _ "$@"
}

# told COUNT WORDS: so many came to this end.
told() {
  sort "$WORK/started" | uniq -c
  [ "$(grep -cxE "$2" "$WORK/started")" -eq "$1" ]
}

# 3,000 events, of which whoever waits for them gets the last.
flood() {
  for i in $(seq 30); do
    curl -sf "$API/_sim/events" -d '{"name":"flood","count":100,"data":"0123456789012345678901234567890123456789"}' >/dev/null
  done
  curl -sf "$API/_sim/events" -d '{"name":"last","data":"1"}' >/dev/null
  wait_until grep -q '"last"' "$WORK/started"
}

# The letter of ps(1) for each that is still there.
states() {
  local pid
  for pid in "$@"; do
    # A process that has gone meanwhile is none.
    { sed 's/.*) //' "/proc/$pid/stat" | cut -c1; } 2>/dev/null || true
  done
}

have_gone() {
  ! states "$@" | grep -qv '[ZX]'
}

# Whether all of them are waiting for the kernel, or another state.
all_in() {
  local state=$1
  shift
  ! states "$@" | grep -qv "$state"
}

# A fatal signal ends them. What is stuck waits for the cloud, which says nothing for a minute.
die() {
  kill -KILL "$@"
  wait_until have_gone "$@"
}

daemon() {
  daemon_at "$MNT"
}

daemon_rss() {
  awk '/^VmRSS/ { print $2 }' "/proc/$(daemon)/status"
}

# Requests that wait for an answer, beside event streams, which end when nobody has read them for a while.
WAITING='.in_flight - ([.events[] | select(.state | startswith("connect"))] | length)'

# Begins to count them: whether so many more wait, or none any more.
count_waiting() {
  BEFORE=$(jq "$WAITING" "$MNT/.particlefs/status.json")
}

more_wait() {
  status_is "$WAITING >= $BEFORE + $1" true
}

none_waits() {
  status_is "$WAITING <= $BEFORE" true
}

# another_mount OPTIONS COMMAND…: a mount of its own, in the same place; the daemon is run by the command.
another_mount() {
  local options=$1
  shift
  cd /
  unmount_cloud
  PARTICLE_TOKEN=$TOKEN timeout 20 "$@" "$PARTICLEFS" -o "api=$API${options:+,$options}" "$MNT" \
    2>"$WORK/mount.log" 3>&-
  cd "$MNT"
}

@test "whom a signal ends has gone 200 ms later, in whatever it was waiting" {
  ls -l devices devices/kitchen devices/greenhouse/variables products/cold-chain-v100 >/dev/null
  cat events >/dev/null
  "$BATS_TEST_DIRNAME/killed.py"
}

@test "a look-up that waits keeps no other in its directory" {
  ls devices/kitchen/variables
  touch devices/kitchen
  fault 'stall,path=*/v1/devices/e00fce6810caffee00000002'
  count_waiting
  start stat devices/kitchen/variables/one
  wait_until more_wait 1
  start stat devices/kitchen/variables/two
  start stat devices/kitchen/variables/three
  sleep 0.2
  die "${PIDS[1]}"
  timeout 20 stat devices/kitchen/variables/temp
  timeout 20 cat devices/kitchen/variables/temp
  die "${PIDS[@]}"
}

@test "what changes meanwhile in that directory neither" {
  ls -l devices/kitchen/variables
  touch devices/kitchen
  fault 'stall,path=*/v1/devices/e00fce6810caffee00000002'
  start stat devices/kitchen/variables/one
  sleep 0.2
  for i in 1 2 3 4 5; do
    # The kernel has a name to forget, and may not while it waits for another.
    timeout 20 stat devices/kitchen/variables/{temp,led} >/dev/null
    timeout 20 touch devices/kitchen
    start stat "devices/kitchen/variables/more$i"
    sleep 0.05
  done
  sleep 0.2
  # Who opens what has grown is told its size by the same thread.
  timeout 20 bash -c 'cat events | cat; echo x >topics/grown; cat events'
  die "${PIDS[@]:1}"
  die "${PIDS[0]}"
}

@test "names are forgotten once nobody waits in their directory" {
  [ ! -e devices/later ]
  touch devices
  fault 'stall,path=/v1/devices'
  count_waiting
  start stat devices/nothing
  wait_until more_wait 1
  die "${PIDS[@]}"
  no_faults
  mv devices/workshop devices/later
  [ -e devices/later ]
  [ ! -e devices/workshop ]
  mv devices/later devices/workshop
  [ ! -e devices/later ]
  [ -e devices/workshop ]
}

@test "look-ups, changes and acts in one directory all end" {
  for i in $(seq 8); do
    start bash -c 'for j in $(seq 40); do stat devices/none$RANDOM devices/kitchen; touch devices; done'
  done
  for i in $(seq 10); do
    mv devices/workshop devices/shop
    mv devices/shop devices/workshop
  done
  wait "${PIDS[@]}" || true
  finds_no -i stale "$WORK/started"
}

# All that were started: by the control group that they are in, else each by itself.
halt() {
  case ${GROUP##*/} in
    freezer.state) echo FROZEN >"$GROUP" ;;
    cgroup.freeze) echo 1 >"$GROUP" ;;
    *) kill -STOP "${PIDS[@]}" ;;
  esac
}

resume() {
  case ${GROUP##*/} in
    freezer.state) echo THAWED >"$GROUP" ;;
    cgroup.freeze) echo 0 >"$GROUP" ;;
    *) kill -CONT "${PIDS[@]}" ;;
  esac
}

# Who reads, and who calls, are halted until what they wait for has come.
go_on() {
  local pid
  forget_requests
  count_waiting
  fault 'latency=1500,path=*/brew*'
  start dd if=devices/kitchen/variables/brews iflag=direct status=none
  start bash -c 'echo coffee >devices/kitchen/functions/brew'
  for pid in "${PIDS[@]}"; do
    [ -z "$GROUP" ] || echo "$pid" >"${GROUP%/*}/cgroup.procs"
  done
  wait_until more_wait 2
  halt
  timeout 20 dd if=devices/greenhouse/variables/soil iflag=direct
  echo off | timeout 20 tee devices/greenhouse/functions/lamp
  wait_until none_waits
  resume
  for pid in "${PIDS[@]}"; do wait "$pid"; done
  [ "$(requests | grep -c '^POST.*/brew$')" -eq 1 ]
  [ "$(requests | grep -c '^GET.*/brews$')" -eq 1 ]
}

@test "callers that are stopped go on, and a function is called once" {
  go_on
}

@test "callers that are frozen go on, and a function is called once" {
  new_group freezer.state cgroup.freeze || skip "there is no control group to freeze"
  go_on
}

@test "a caller that is stopped while it waits can be killed" {
  fault 'stall'
  count_waiting
  start cat devices/greenhouse/variables/soil
  start bash -c 'echo on >devices/greenhouse/functions/lamp'
  start stat devices/e00fce6810caffee0000ffff
  wait_until more_wait 3
  kill -STOP "${PIDS[@]}"
  sleep 0.3
  die "${PIDS[@]}"
}

@test "2,000 wait for an event, and all end at once" {
  before=$(daemon_rss)
  cat events >/dev/null
  for i in $(seq 2000); do start cat events.live; done
  wait_until readers_are 2000
  timeout 20 ls -l devices >/dev/null
  timeout 20 cat devices/kitchen/variables/temp
  [ "$(ls "/proc/$(daemon)/fd" | wc -l)" -lt 40 ]
  [ $(($(daemon_rss) - before)) -lt 16384 ] || [ -n "${ASAN_OPTIONS:-}" ]
  die "${PIDS[@]}"
  wait_until readers_are 0
}

@test "2,000 wait for one variable, with one request" {
  fault 'stall,path=*/soil'
  forget_requests
  count_waiting
  for i in $(seq 2000); do start cat devices/greenhouse/variables/soil; done
  wait_until status_is '.kernel.waiting >= 2000' true
  timeout 20 cat devices/kitchen/variables/temp
  [ "$(requests | grep -c soil)" -eq 1 ]
  die "${PIDS[@]}"
  wait_until none_waits
}

@test "a fork storm of readers that are killed leaves nothing" {
  fault 'latency=300,jitter=300'
  for i in $(seq 10); do
    for j in $(seq 30); do start cat devices/*/variables/*; done
    sleep 0.1
    die "${PIDS[@]}"
    PIDS=()
  done
  # Nothing but the event stream.
  wait_until status_is '.in_flight <= 1' true
}

@test "who ends with an upload open is not kept for long" {
  fault 'stall,method=PUT'
  start busybox sh -c 'exec busybox cat >devices/kitchen/firmware/flash </proc/version'
  wait_until have_gone "${PIDS[@]}"
  timeout 20 cat devices/kitchen/name
}

@test "a directory that the kernel locks for who waits elsewhere keeps no write waiting" {
  cd products/cold-chain-v100
  ls -l devices quarantine >/dev/null
  local moved=$(ls quarantine | head -n 1)
  local device=$(ls devices | head -n 1)
  cat "devices/$device/name"
  touch quarantine
  fault 'stall,method=GET'
  forget_requests
  count_waiting
  start stat quarantine/e00fce6800000000deadbeef
  wait_until more_wait 1
  start perl -e 'rename "quarantine/$ARGV[0]", "devices/$ARGV[0]"' "$moved"
  wait_until all_in D "${PIDS[1]}"
  # The list has another name then, of which the kernel can't be told yet.
  timeout 10 bash -c 'echo renamed >"devices/$1/name"' _ "$device"
  [ "$(requests | grep -c PUT)" -eq 1 ]
  no_faults
  kill -KILL "${PIDS[@]}"
}

@test "what a document changes that is sent when its writer has ended is told" {
  ls devices/workshop >/dev/null
  fault 'latency=7000,method=PUT'
  count_waiting
  echo '{"name":"late"}' >"$WORK/late"
  # It closes nothing: the kernel does, when it has ended.
  start busybox sh -c "exec busybox cat $WORK/late >devices/workshop/info.json"
  wait_until more_wait 1
  wait_until have_gone "${PIDS[@]}"
  wait_until none_waits
  no_faults
  # The kernel is told a moment later.
  wait_until test ! -e devices/workshop
  mv devices/late devices/workshop
}

@test "a reader that stops reads of a gap, and costs no memory" {
  another_mount event_buffer=64K env
  before=$(daemon_rss)
  mkfifo "$WORK/go"
  start python3 -c '
import os, sys
live = open("events.live", "rb", buffering=0)
part = live.read(10)
open(sys.argv[1]).read()
text = part + live.read(100)
while b"last" not in text:
    text += live.read(65536)
sys.stdout.buffer.write(text)' "$WORK/go"
  wait_until readers_are 1
  : >"$WORK/started"
  for i in $(seq 40); do
    curl -sf "$API/_sim/events" -d '{"name":"flood","count":500,"data":"0123456789012345678901234567890123456789"}' >/dev/null
  done
  wait_until status_is '[.events[] | .events] | add >= 20000' true
  [ $(($(daemon_rss) - before)) -lt 8192 ] || [ -n "${ASAN_OPTIONS:-}" ]
  curl -sf "$API/_sim/events" -d '{"name":"last","data":"1"}' >/dev/null
  wait_until grep -q last events
  echo >"$WORK/go"
  wait "${PIDS[@]}"
  # The line that was read in part is ended; then the gap is told, and what came since is whole.
  tail -n +2 "$WORK/started" | jq -s -e '.[0].particlefs == "gap" and (.[-1].name == "last")'
  [ "$(grep -c '"gap"' "$WORK/started")" -eq 1 ]
}

@test "a full disk: nothing is sent of an upload, and events go on behind a gap" {
  mkdir "$WORK/spool"
  mount -t tmpfs -o size=64k tmpfs "$WORK/spool"
  another_mount "" env "TMPDIR=$WORK/spool"
  head -c 300000 /dev/urandom >"$WORK/app.bin"
  forget_requests
  fails_with "No space left" cp "$WORK/app.bin" devices/kitchen/firmware/
  fails_with "No space left" dd "if=$WORK/app.bin" of=devices/kitchen/firmware/flash bs=4k
  fails_with "No space left" bash -c "cat $WORK/app.bin >devices/kitchen/firmware/flash"
  [ -z "$(requests | grep -v GET)" ]
  # A line for each of them.
  [ "$(grep -c "not sent: it can't be kept .*No space left" .particlefs/errors)" -eq 3 ]
  start cat events.live
  : >"$WORK/started"
  wait_until readers_are 1
  flood
  wait_until grep -q 'No space left' events
  die "${PIDS[@]}"
  cd /
  another_mount "" env
  umount "$WORK/spool"
}

@test "with 64 file descriptors reads wait, and the mount lives" {
  another_mount "" bash -c 'ulimit -n 64; exec "$@"' _
  : >"$WORK/started"
  local offline=0 readers=0
  fault 'latency=200'
  for v in devices/*/variables/*; do
    grep -q true "${v%/variables/*}/online" || offline=$((offline + 3))
    for i in 1 2 3; do start_told dd "if=$v" iflag=direct status=none; done
  done
  readers=${#PIDS[@]}
  start cat events.live
  wait "${PIDS[@]:0:readers}"
  no_faults
  told $offline "Host is down"
  told $((readers - offline)) "done"
  echo off >devices/greenhouse/functions/lamp
  status_is .reachable true
  finds_no -q 'ould not connect\|Too many open files\|failed to open' .particlefs/errors
  die "${PIDS[-1]}"
}

@test "with 64 file descriptors uploads that lie open leave the rest to others" {
  another_mount "" bash -c 'ulimit -n 64; exec "$@"' _
  cat devices/greenhouse/variables/soil
  : >"$WORK/started"
  forget_requests
  start python3 -c '
import os, time
files = []
try:
    while len(files) < 64:
        files.append(os.open("devices/kitchen/firmware/flash", os.O_WRONLY | os.O_TRUNC))
        os.write(files[-1], b"code")
except OSError as error:
    print(error.strerror, flush=True)
time.sleep(1000)'
  wait_until grep -qx 'Too many open files' "$WORK/started"
  # More at once than there are connections; the log has no file.
  fault 'latency=200'
  for v in devices/{greenhouse,kitchen}/variables/*; do start_told dd "if=$v" iflag=direct status=none; done
  wait "${PIDS[@]:1}"
  no_faults
  told $((${#PIDS[@]} - 1)) "done"
  start cat events.live
  wait_until readers_are 1
  flood
  wait_until grep -q 'Too many open files' events
  status_is .reachable true
  finds_no 'Couldn.t connect' .particlefs/errors
  die "${PIDS[@]}"
  # Of those nothing is sent, and there is room again.
  wait_until dd if=/proc/version of=devices/workshop/firmware/flash conv=fsync
  [ "$(requests | grep -c PUT)" -eq 1 ]
}

@test "with little memory the mount lives, whatever the cloud answers" {
  # AddressSanitizer takes addresses without end.
  another_mount timeout=5 bash -c '[ -n "${ASAN_OPTIONS:-}" ] || ulimit -v 600000; exec "$@"' _
  ls devices/*/variables >/dev/null
  : >"$WORK/started"
  fault 'endless,path=*/v1/devices/*/*'
  for v in devices/*/variables/* devices/*/variables/*; do start_told cat "$v"; done
  wait "${PIDS[@]}"
  no_faults
  told ${#PIDS[@]} "Bad message|Connection timed out|Host is down"
  # A failure is remembered for a second.
  wait_until timeout 10 cat devices/kitchen/variables/temp
}

@test "a busy mount is not unmounted; lazily it is, and ends with its last reader" {
  start cat events.live
  pid=$(daemon)
  wait_until readers_are 1
  cd /
  fails_with busy fusermount3 -u "$MNT"
  fusermount3 -uz "$MNT"
  [ ! -e "$MNT/README" ]
  [ -e "/proc/$pid" ]
  die "${PIDS[@]}"
  wait_until test ! -e "/proc/$pid"
  mount_cloud
}

# Begins everything that can wait: for the cloud, or for the directory of who looks a name up in it.
everything() {
  local first
  stat devices/{kitchen,greenhouse,workshop}/* products/cold-chain-v100 >/dev/null
  cat devices/greenhouse/functions/lamp events >/dev/null
  fault 'stall'
  PIDS=()
  start tail -s 0.1 -f events
  start cat events.live
  start cat devices/greenhouse/variables/soil
  start bash -c 'echo on >devices/greenhouse/functions/lamp'
  start cp /proc/version devices/kitchen/firmware/x.bin
  start stat devices/e00fce6810caffee0000ffff
  start ls products/cold-chain-v100/devices
  wait_until status_is '.kernel.waiting >= 6 and .in_flight >= 6' true
  first=${#PIDS[@]}
  start mkdir devices/e00fce6810caffee0000c1a0
  wait_until all_in D "${PIDS[@]:first}"
  start mv devices/workshop devices/w
  start touch devices
  wait_until all_in D "${PIDS[@]:first}"
  start find .
}

all_end() {
  "$@"
  wait_until have_gone "$DAEMON" "${PIDS[@]}"
  [ ! -e "$MNT/README" ]
}

# ended_by COMMAND…: everything, and the daemon with it, in two seconds at one of several tries. A busy machine
# takes its time as well, but what waits for something takes as long each time.
ended_by() {
  local took
  for _ in 1 2 3; do
    everything
    DAEMON=$(daemon)
    cd /
    took=$(milliseconds all_end "$@")
    echo "$* took $took ms"
    no_faults
    mount_cloud
    cd "$MNT"
    [ "$took" -ge 2000 ] || return 0
  done
  return 1
}

kill_daemon() {
  kill "$1" "$DAEMON"
}

unmount_and_die() {
  fusermount3 -uz "$MNT"
  kill -KILL "${PIDS[@]}"
}

@test "SIGTERM ends all that is in flight" {
  ended_by kill_daemon -TERM
}

@test "SIGKILL too, and the place is mounted again" {
  ended_by kill_daemon -KILL
  [ "$(cat "$MNT/devices/kitchen/name")" = kitchen ]
}

@test "-uz ends when all that is in flight is killed" {
  ended_by unmount_and_die
}
