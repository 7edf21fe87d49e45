#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The cloud's limits are kept, whoever asks how often; and nobody starves meanwhile.

load lib

setup_file() {
  SIM_OPTIONS="--rate-limit 150/10 --devices 80" prepare
}

setup() {
  LOOPS=()
  no_faults
}

teardown() {
  end_loops
  cd /
}

# mount_with OPTIONS: a mount of its own, with the budget that the simulated cloud gives, but for what comes late on
# a busy machine.
mount_with() {
  cd /
  wait_until fusermount3 -u "$MNT"
  wait_until test ! -e "$MNT/README"
  MOUNT_OPTIONS=budget=135/10${1:+,$1} mount_cloud
  cd "$MNT"
  ls devices/*/variables >/dev/null
  curl -sf -X POST "$API/_sim/limits/reset" >/dev/null
  forget_requests
}

# Runs the command again and again, in as many processes as the first argument says; other tests go on meanwhile.
# The processes end with this one, however it ends.
loops() {
  local count=$1
  shift
  for _ in $(seq "$count"); do
    setsid nice -n 10 setpriv --pdeathsig KILL bash -c 'while :; do eval "$1"; done' _ "$*" >/dev/null 2>&1 \
      </dev/null 3>&- &
    LOOPS+=($!)
  done
}

end_loops() {
  [ ${#LOOPS[@]} -gt 0 ] || return 0
  pkill -KILL -s "$(IFS=,; echo "${LOOPS[*]}")" || true
  wait "${LOOPS[@]}" 2>/dev/null || true
  # What they have run has the mount open until it has gone.
  wait_until loops_have_gone
  LOOPS=()
}

loops_have_gone() {
  ! ps -o stat= -s "$(IFS=,; echo "${LOOPS[*]}")" | grep -qv '^Z'
}

status() {
  jq "$@" "$MNT/.particlefs/status.json"
}

# How many requests the cloud has answered so: with 429, or any.
answered() {
  curl -sf "$API/_sim/requests" | jq "map(select(.status == ${1:-.status})) | length"
}

# While the loops run: what is asked of the mount, and how long it may take.
stays_usable() {
  local took
  for _ in 1 2 3; do
    took=$(milliseconds timeout 30 stat devices/kitchen/name)
    echo "stat: $took ms"
    [ "$took" -lt 5000 ]
    took=$(milliseconds timeout 30 dd iflag=direct "if=devices/front porch/variables/lux" status=none)
    echo "another variable: $took ms"
    [ "$took" -lt 15000 ]
    sleep 1
  done
}

budget_is_used() {
  [ "$(status .budget_left)" -lt 10 ]
}

never_refused() {
  [ "$(answered 429)" -eq 0 ]
}

@test "the number of requests in the status is the cloud's own" {
  mount_with
  start=$(status .requests)
  cat devices/by-status/online/*/variables/* >/dev/null
  cat devices/*/name >/dev/null
  [ $(($(status .requests) - start)) -eq "$(answered)" ]
  forget_requests
  start=$(status .device_operations)
  cat devices/kitchen/variables/{brews,water} >/dev/null
  echo on >devices/greenhouse/functions/lamp
  [ $(($(status .device_operations) - start)) -eq 3 ]
  [ "$(status '.retries, .failures' | tr '\n' ' ')" = "0 0 " ]
}

# What the status says of requests, tries that were not the first, failures and device operations; and how many more
# of all and of device operations may be sent.
counters() {
  status -c '[.requests, .retries, .failures, .device_operations, .budget_left, .dataops_left]'
}

@test "what fails is counted as the cloud counts it, and taken from what is left" {
  # Nothing is added to these meanwhile, and one to the streams each six seconds.
  mount_with budget=200/36000,dataops=100/36000,retries=1
  fault 'status=500,path=*/soil'
  fault 'refuse,path=*/temp'
  fault 'status=429,retry_after=0,path=*/lamp'
  fault 'status=500,path=/v1/events/*'
  before=$(counters)
  start=$SECONDS
  streams=$(status .streams_left)
  fails_with "Remote I/O error" cat devices/greenhouse/variables/soil
  fails_with "No route to host" cat devices/greenhouse/variables/temp
  fails_with "Device or resource busy" bash -c 'echo on >devices/greenhouse/functions/lamp'
  fails_with "Remote I/O error" cat events-public/prefix{1..20}
  used=$((streams - $(status .streams_left)))
  [ "$used" -le 20 ]
  [ "$used" -ge $((20 - 1 - (SECONDS - start + 1) / 6)) ]
  requests >"$WORK/seen"
  all=$(wc -l <"$WORK/seen")
  again=$((all - $(sort -u "$WORK/seen" | wc -l)))
  operations=$(grep -cE 'soil|temp|lamp' "$WORK/seen")
  [ "$again" -ge 3 ]
  [ "$(jq -nc "[$(counters), $before] | transpose | map(.[0] - .[1])")" = \
    "[$all,$again,1,$operations,-$all,-$operations]" ]
}

@test "50 loops that read variables uncached are never refused, and others are served" {
  mount_with retries=0
  loops 50 'dd iflag=direct "if=$(printf "%s\n" devices/*/variables/* | shuf -n 1)"'
  sleep 5
  stays_usable
  sleep 10
  never_refused
  wait_until budget_is_used
  end_loops
}

@test "50 loops that call functions are never refused, and others are served" {
  mount_with
  loops 50 'echo on >devices/greenhouse/functions/lamp'
  sleep 5
  stays_usable
  sleep 10
  never_refused
  end_loops
}

@test "50 loops that fail are never refused, and others are served" {
  mount_with
  fault 'status=500,path=*/soil'
  loops 25 'cat devices/greenhouse/variables/soil'
  loops 25 'cat products/cold-chain-v100/devices/none$RANDOM/name'
  sleep 5
  stays_usable
  sleep 10
  never_refused
  end_loops
}

@test "a loop of cat asks once in the time to live" {
  mount_with ttl=variable:2
  start=$SECONDS
  loops 50 'cat devices/greenhouse/variables/soil'
  sleep 6
  end_loops
  [ "$(requests | grep -c soil)" -le $(((SECONDS - start) / 2 + 2)) ]
}

@test "dataops: devices are asked no more often than that, and all else is" {
  mount_with dataops=4/600,timeout=3
  cat devices/kitchen/variables/brews
  echo on >devices/greenhouse/functions/lamp
  [ "$(status .dataops_left)" -eq 0 ]
  fails_with "Device or resource busy" cat devices/kitchen/variables/water
  fails_with "Device or resource busy" bash -c 'echo off >devices/greenhouse/functions/lamp'
  touch devices/kitchen
  [ "$(cat devices/kitchen/name)" = kitchen ]
  [ "$(requests | grep -cE 'brews|water|/lamp')" -eq 2 ]
  grep -q 'budget' .particlefs/errors
}

# While more than forty wait, and each other turn is of those who have waited longest: fewer than half of them come
# first. A moment passes until it asks, which may be long on a busy machine, so one of several tries will do.
is_next() {
  local before position
  wait_until status_is '.queued > 40' true || return
  before=$(requests | wc -l)
  timeout 60 dd iflag=direct "if=devices/front porch/variables/lux" status=none || return
  position=$(requests | grep -nF "$1" | tail -n 1 | cut -d: -f1)
  echo "$((position - before)) later"
  [ $((position - before)) -lt 20 ]
}

@test "50 loops share the devices' budget, and whoever asks but once is next" {
  start=$SECONDS
  # Of all the rest there is always enough.
  mount_with budget=100000/10,dataops=120/10,retries=0
  path=/v1/devices/$(cat "devices/front porch/id")/lux
  loops 50 'dd iflag=direct "if=$(printf "%s\n" devices/[!f]*/variables/* | shuf -n 1)"'
  is_next "$path" || is_next "$path" || is_next "$path" || is_next "$path"
  timeout 30 stat devices/kitchen/name
  end_loops
  # Half of them at once, and six a second.
  asked=$(requests | grep -c '/v1/devices/[^/]*/')
  echo "$asked in $((SECONDS - start)) s"
  [ "$asked" -le $((60 + (SECONDS - start + 1) * 6)) ]
}

@test "who waits for the budget can be interrupted, and sends nothing" {
  mount_with dataops=2/600
  cat devices/kitchen/variables/brews
  forget_requests
  run timeout -s INT 1 cat devices/kitchen/variables/water
  [ "$status" -eq 124 ]
  run timeout -s INT 1 bash -c 'echo on >devices/greenhouse/functions/lamp'
  [ "$status" -eq 124 ]
  [ "$(answered)" -eq 0 ]
}

@test "a hundred slow devices keep nobody waiting" {
  mount_with
  fault 'stall,path=*/v1/devices/*/temp'
  fault 'stall,path=*/v1/devices/*/status'
  for v in devices/*/variables/{temp,status}; do
    [[ $v == *kitchen* ]] || loops 1 "timeout 20 cat '$v'"
  done
  sleep 2
  # Those wait for twenty.
  timeout 15 cat devices/kitchen/info.json
  touch devices
  timeout 15 ls devices
}

@test "Retry-After is kept" {
  mount_with
  fault 'status=429,retry_after=2,path=*/soil,count=1'
  took=$(milliseconds cat devices/greenhouse/variables/soil)
  [ "$took" -ge 2000 ]
  [ "$(requests | grep -c soil)" -eq 2 ]
  no_faults
  fault 'status=429,retry_after=3600,path=*/temp'
  took=$(milliseconds bash -c '! cat devices/greenhouse/variables/temp 2>/dev/null')
  # An hour is not waited for.
  [ "$took" -lt 20000 ]
}

@test "what is held for Retry-After is not sent by whoever asks next, and all else is" {
  mount_with
  fault 'status=429,retry_after=3600,path=*/temp'
  fault 'status=503,retry_after=3600,path=*/lamp'
  fails_with "Device or resource busy" cat devices/greenhouse/variables/temp
  fails_with "Remote I/O error" bash -c 'echo on >devices/greenhouse/functions/lamp'
  no_faults
  forget_requests
  # The second in which a failure is remembered is over.
  sleep 1.1
  fails_with "Device or resource busy" cat devices/greenhouse/variables/temp
  fails_with "Device or resource busy" cat devices/kitchen/variables/brews
  for _ in 1 2 3; do fails_with "Remote I/O error" bash -c 'echo on >devices/greenhouse/functions/lamp'; done
  [ "$(answered)" -eq 0 ]
  grep -q 'wants no more' .particlefs/errors
  touch devices/kitchen
  [ "$(cat devices/kitchen/name)" = kitchen ]
}

@test "streams are opened no more often than the cloud allows, and 529 is waited for" {
  mount_with
  for i in $(seq 70); do loops 1 "timeout 20 cat events-public/prefix$i"; done
  sleep 5
  [ "$(answered 429)" -eq 0 ]
  [ "$(requests | grep -c /events/)" -le 60 ]
  timeout 20 cat devices/kitchen/name
  end_loops
  mount_with
  fault 'status=529,path=*/events'
  loops 20 'cat events devices/*/events'
  sleep 10
  end_loops
  [ "$(requests | grep -c /events)" -le 10 ]
}

@test "a stream that breaks at once is not opened again and again" {
  mount_with
  fault 'stream=drop'
  loops 5 'tail -n 0 -f events'
  sleep 10
  end_loops
  [ "$(requests | grep -c '/events$')" -le 12 ]
}
