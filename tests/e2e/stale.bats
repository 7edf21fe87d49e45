#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The cloud is out of reach for a while: what is known stays readable, and all is well soon after.

load lib

setup_file() {
  # Three pages of devices.
  SIM_OPTIONS="--product-devices 250" MOUNT_OPTIONS=ttl=device:0.5,ttl=list:0.5,ttl=variable:0.2 prepare
}

setup() {
  cd "$MNT"
  READERS=()
  # A failure is remembered for a second.
  sleep 1
}

teardown() {
  kill -CONT "$(cat "$WORK/sim.pid")"
  no_faults
  [ ${#READERS[@]} -eq 0 ] || kill "${READERS[@]}" || true
}

status() {
  jq "$1" .particlefs/status.json
}

# Fails with the words, and within a time in ms.
fails_within() {
  local most=$1 took
  shift
  took=$(milliseconds fails_with "$@")
  echo "$took ms"
  [ "$took" -lt "$most" ]
}

know() {
  ls -l devices devices/kitchen >/dev/null
  cat devices/kitchen/name devices/kitchen/variables/temp >/dev/null
  sleep 0.6
}

# The kernel keeps a size up to a tick of its clock longer than the value is good for.
@test "a value that shrinks as its time ends is never told to be as long as it was" {
  python3 - "$API" <<'END'
import json, os, sys, time, urllib.request

def read():
    os.stat("devices/greenhouse/variables/mode")
    file = os.open("devices/greenhouse/variables/mode", os.O_RDONLY)
    size = os.fstat(file).st_size
    content = os.read(file, 4096)
    os.close(file)
    assert size == len(content), (size, content)
    return content.decode()[:-1]

for value in ["long-value", "x"] * 10 + ["auto"]:
    device = {"variables": {"mode": value}}
    urllib.request.urlopen(sys.argv[1] + "/_sim/devices/greenhouse", json.dumps(device).encode())
    end = time.monotonic() + 20
    while read() != value:
        assert time.monotonic() < end
END
}

@test "a value has the time when it was fetched, and rsync -I copies what has changed since" {
  for value in aaaa bbbb cccc; do
    jq -n --arg value $value '{variables: {mode: $value}}' | curl -sf "$API/_sim/devices/greenhouse" -d @- >/dev/null
    sleep 0.3
    before=$(date +%s%N)
    rsync -aI devices/greenhouse/variables/ "$BATS_TEST_TMPDIR/values"
    [ "$(cat "$BATS_TEST_TMPDIR/values/mode")" = $value ]
    sleep 0.3
    fetched=$(date -d "$(stat -c %y devices/greenhouse/variables/mode)" +%s%N)
    [ $((fetched / 1000)) -ge $((before / 1000)) ]
    [ "$fetched" -lt "$(date +%s%N)" ]
  done
}

@test "a directory whose device is heard while tar reads it has not changed" {
  before=$(stat -c '%z %y' devices/greenhouse)
  for online in false true; do
    curl -sf "$API/_sim/devices/greenhouse" -d "{\"online\": $online}" >/dev/null
  done
  has_been_heard() {
    cat devices/greenhouse/last_heard >/dev/null
    [ "$(stat -c '%z %y' devices/greenhouse)" != "$before" ]
  }
  wait_until has_been_heard
  [[ $before == "$(stat -c %z devices/greenhouse) "* ]]
  tar -cf /dev/null devices/greenhouse/variables
}

@test "listings and attributes are served stale, and the status says so" {
  know
  fault refuse
  before=$(status .cache.stale)
  [ "$(cat devices/kitchen/name)" = kitchen ]
  [[ $(ls devices) == *kitchen* ]]
  [ "$(jq -r .name devices/kitchen/info.json)" = kitchen ]
  [ -d devices/workshop ]
  [ "$(status .cache.stale)" -gt "$before" ]
  [ "$(status .reachable)" = false ]
}

@test "a variable is never served stale: it is a measurement" {
  know
  fault refuse
  fails_with "No route to host" cat devices/kitchen/variables/temp
}

@test "verbs fail at once, and nothing is sent later" {
  know
  fault refuse
  forget_requests
  fails_within 3000 "No route to host" bash -c 'echo on >devices/greenhouse/functions/lamp'
  fails_within 3000 "No route to host" bash -c 'echo x >devices/kitchen/notes'
  no_faults
  cat devices/kitchen/variables/temp
  # Those that were refused stand there as well.
  [ "$(requests | grep -cE '^(POST|PUT)')" -eq 2 ]
}

@test "what has been gone for a while is tried once, not four times" {
  know
  fault refuse
  cat devices/kitchen/name devices/kitchen/name >/dev/null
  wait_until bash -c '! cat devices/kitchen/variables/temp 2>/dev/null'
  sleep 6
  forget_requests
  fails_with "No route to host" cat devices/greenhouse/variables/soil
  cat devices/kitchen/name
  # curl asks again by itself where a connection that it has used ends.
  [ "$(requests | grep -c soil)" -le 2 ]
  [ "$(requests | grep -vc soil)" -le 2 ]
}

@test "once the cloud is back the first read works, and what was not there is found" {
  know
  fault refuse
  fails_with "No route to host" cat devices/kitchen/variables/temp
  fails_with "" stat devices/0a10aced10caffee0000c1a1
  sleep 8
  fails_with "No route to host" cat devices/kitchen/variables/temp
  no_faults
  sleep 1
  cat devices/kitchen/variables/temp
  [ "$(status .reachable)" = true ]
  mkdir devices/0a10aced10caffee0000c1a1
  [ -d devices/0a10aced10caffee0000c1a1 ]
  rmdir devices/0a10aced10caffee0000c1a1
}

@test "a name that a lost cloud could not tell is there a second later" {
  know
  fault 'refuse'
  touch devices
  fails_with "" stat devices/unknown
  curl -sf "$API/_sim/devices/workshop" -d '{"name":"unknown"}' >/dev/null
  no_faults
  sleep 1.1
  [ -d devices/unknown ]
  # The kernel is told a moment later.
  wait_until test ! -e devices/workshop
  mv devices/unknown devices/workshop
}

@test "after stale= what is known is no longer served" {
  cd /
  unmount_cloud
  MOUNT_OPTIONS=ttl=device:0.2,ttl=list:0.2,stale=1 mount_cloud
  cd "$MNT"
  cat devices/kitchen/name
  fault refuse
  sleep 1.5
  fails_with "No route to host" cat devices/kitchen/name
}

@test "events go on within seconds, and the gap is marked" {
  tail -n 0 -s 0.2 -f events >"$WORK/followed" 2>&1 3>&- &
  READERS+=($!)
  timeout 60 cat events.live >"$WORK/live" 2>&1 3>&- &
  READERS+=($!)
  wait_until status_is '[.events[] | select(.state == "connected").readers] | add' 2
  fault refuse
  curl -sf -X POST "$API/_sim/streams/drop" >/dev/null
  # Long enough for the waits between tries to grow.
  sleep 20
  curl -sf "$API/_sim/events" -d '{"name":"lost","data":"1"}' >/dev/null
  no_faults
  for _ in $(seq 10); do
    curl -sf "$API/_sim/events" -d '{"name":"after","data":"1"}' >/dev/null
    sleep 1
    ! grep -q '"after"' "$WORK/live" || break
  done
  grep -q '"after"' "$WORK/live"
  [ "$(head -n 1 "$WORK/live" | jq -r .particlefs)" = gap ]
  wait_until grep -q '"after"' "$WORK/followed"
  [ "$(head -n 1 "$WORK/followed" | jq -r .particlefs)" = gap ]
  finds_no -q '"lost"' "$WORK/live" "$WORK/followed"
}

# A list of one answer and one of several, a table that is made of a list, and documents.
read_all_kinds() {
  ls devices products/cold-chain-v100/devices
  cat devices/kitchen/name env/info.json products/cold-chain-v100/config.json
  # What has come of a list before its end is new: when a device was heard.
  cut -d , -f 1-3 devices.csv
}

@test "a cloud that fails, or answers by halves, is one that is out of reach" {
  cd /
  unmount_cloud
  MOUNT_OPTIONS=retries=0,ttl=device:0.5,ttl=list:0.5,ttl=config:0.5 mount_cloud
  cd "$MNT"
  # The second page alone, too.
  for spec in status=503 reset=before cut notjson html,status=200 'cut,path=/v1/products/*/devices,skip=1'; do
    echo / >.particlefs/refresh
    read_all_kinds >"$WORK/known"
    before=$(status .cache.stale)
    sleep 0.6
    fault "$spec"
    read_all_kinds >"$WORK/served"
    echo "$spec"
    diff "$WORK/known" "$WORK/served"
    [ "$(status .cache.stale)" -gt "$before" ]
    no_faults
  done
}

@test "a log that could not be opened can be a second later" {
  cd /
  unmount_cloud
  mount_cloud
  cd "$MNT"
  fault refuse
  fails_within 5000 "No route to host" cat events
  no_faults
  sleep 1
  timeout 20 cat events
}

@test "a cloud that takes connections and says nothing is found to be gone" {
  cd /
  unmount_cloud
  MOUNT_OPTIONS=timeout=5,retries=0,ttl=device:0.2,ttl=list:0.2 mount_cloud
  cd "$MNT"
  cat devices/kitchen/name
  kill -STOP "$(cat "$WORK/sim.pid")"
  sleep 0.3
  [ "$(timeout 10 cat devices/kitchen/name)" = kitchen ]
  fails_within 10000 "timed out" bash -c 'echo on >devices/greenhouse/functions/lamp'
  [ "$(status .reachable)" = false ]
  kill -CONT "$(cat "$WORK/sim.pid")"
  sleep 1
  cat devices/kitchen/variables/temp
}

# In place of the cloud, an address whose packets are lost: whoever wants a connection is not answered at all.
lose_packets() {
  kill "$(cat "$WORK/sim.pid")"
  python3 - "${API##*:}" 3>&- >"$WORK/deaf" <<'PYTHON' &
import socket, sys, time
deaf, first = socket.socket(), socket.socket()
deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
for _ in range(400):  # until the cloud has gone
    try:
        deaf.bind(("127.0.0.1", int(sys.argv[1])))
        break
    except OSError:
        time.sleep(0.05)
deaf.listen(0)
first.connect(deaf.getsockname())
print("deaf", flush=True)
time.sleep(600)
PYTHON
  DEAF=$!
  wait_until test -s "$WORK/deaf"
}

find_packets() {
  kill "$DEAF"
  wait "$DEAF" || true
  rm "$WORK/port"
  cd /
  SIM_OPTIONS="--listen ${API#http://}" start_cloud
  cd "$MNT"
}

@test "where packets are lost, only the first to ask waits long" {
  cd /
  unmount_cloud
  MOUNT_OPTIONS=ttl=device:0.5,ttl=list:0.5,ttl=variable:0.2 mount_cloud
  cd "$MNT"
  know
  lose_packets
  # A connection takes 15 seconds to fail, as long as it is not known that the cloud is gone.
  first=$(milliseconds fails_with "No route to host" cat devices/kitchen/variables/temp)
  stale=$(milliseconds cat devices/kitchen/name)
  verb=$(milliseconds fails_with "No route to host" bash -c 'echo on >devices/greenhouse/functions/lamp')
  echo "$first $stale $verb"
  find_packets
  [ "$first" -gt 14000 ]
  [ "$stale" -lt 10000 ]
  [ "$verb" -lt 10000 ]
  sleep 1
  cat devices/kitchen/variables/temp
}
