# SPDX-License-Identifier: Apache-2.0
# Events as files: logs that grow, a read that waits, publishing by writing.

load lib

setup_file() {
  # What is known is good for longer than all of it takes, on a busy machine too.
  MOUNT_OPTIONS=ttl=device:600,ttl=list:600 prepare
}

setup() {
  number=0
  cd "$MNT"
}

teardown() {
  no_faults
  if [ -n "${FOLLOWER:-}" ]; then
    kill "$FOLLOWER" || true
    wait "$FOLLOWER" || true
  fi
}

# publish NAME DATA [COREID]: an event of a device, as the cloud sends it.
publish() {
  jq -nc --arg name "$1" --arg data "$2" --arg coreid "${3:-}" \
    '{name: $name, data: $data} + if $coreid == "" then {} else {coreid: $coreid} end' |
    curl -sf "$API/_sim/events" -d @- >/dev/null
}

opened_streams() {
  requests | grep -c '/events' || true
}

stream_state() {
  jq -r '.events[] | select(.scope == {deviceId: "mine"}).state' .particlefs/status.json
}

# follow COMMAND…: runs it in the background, its output in $WORK/followed.
follow() {
  : >"$WORK/followed"
  "$@" >"$WORK/followed" 2>"$WORK/followed.errors" 3>&- &
  FOLLOWER=$!
}

# publish_on NAME: numbers, and goes on from the one that the follower shows first: what comes before he has opened
# the log is not his.
publish_on() {
  wait_until publish_to_follower "$1"
  for _ in 1 2 3 4 5; do publish_next "$1"; done
}

publish_to_follower() {
  publish_next "$1" && [ -s "$WORK/followed" ]
}

publish_next() {
  number=$((number + 1))
  publish "$1" "$number"
}

# has_followed FILTER: whether the follower, read so, has all since his first, each once.
has_followed() {
  jq "$1" "$WORK/followed" >"$WORK/numbers" && seq "$(head -n 1 "$WORK/numbers")" "$number" | cmp -s - "$WORK/numbers"
}

@test "cat prints what is there and ends" {
  run timeout 20 cat events
  [ "$status" -eq 0 ]
  publish temp 21.5 "$(cat devices/greenhouse/id)"
  wait_until grep -q temp events
  run cat events
  [ "$(jq -r '.name, .data, .coreid' <<<"$output")" = "temp
21.5
$(cat devices/greenhouse/id)" ]
  [ "$(jq -r .ttl <<<"$output")" = 60 ]
  [ "$(stat -c %s events)" -eq $((${#output} + 1)) ]
}

@test "busybox cat, wc, tar and rsync see the whole log" {
  publish other "$(head -c 600 /dev/zero | tr '\0' x)"
  wait_until grep -q other events
  size=$(cat events | wc -c)
  [ "$(busybox cat events | wc -c)" -eq "$size" ]
  [ "$(wc -c <events)" -eq "$size" ]
  tar cf "$WORK/events.tar" events
  [ "$(tar xOf "$WORK/events.tar" | wc -c)" -eq "$size" ]
  rsync events "$WORK/copy"
  cmp events "$WORK/copy"
}

@test "tail -f follows, each line once" {
  follow tail -n 0 -s 0.1 -f events
  publish_on tailed
  wait_until has_followed '.data | tonumber'
  [ ! -s "$WORK/followed.errors" ]
}

@test "tail -F follows, each line once" {
  follow tail -n 0 -s 0.1 -F topics/rain
  publish_on rain
  # It looks for the name again each second.
  sleep 1.5
  publish_on rain
  wait_until has_followed .
  [ ! -s "$WORK/followed.errors" ]
}

@test "busybox tail -f follows" {
  follow busybox tail -n 0 -f topics/snow
  publish_on snow
  wait_until has_followed .
}

@test "a live read waits for the next event" {
  cat events >/dev/null
  publish before 1
  wait_until grep -q '"before"' events
  follow timeout 30 head -n 1 events.live
  wait_until readers_are 1
  wait_until status_is .kernel.waiting 1
  [ ! -s "$WORK/followed" ]
  publish after 2
  wait_until test -s "$WORK/followed"
  [ "$(jq -r .name "$WORK/followed")" = after ]
}

@test "a live file can be polled" {
  follow timeout 60 python3 -c '
import os, select
live = os.open("events.live", os.O_RDONLY | os.O_NONBLOCK)
poll = select.poll()
poll.register(live, select.POLLIN)
assert poll.poll(0) == []
print("ready", flush=True)
seen = b""
while seen.count(b"\n") < 3:
    assert len(poll.poll(20000)) == 1
    seen += os.read(live, 65536)
print(seen.decode(), end="", flush=True)
try:
    os.read(live, 10)
except BlockingIOError:
    print("empty")'
  wait_until grep -q ready "$WORK/followed"
  for i in 1 2 3; do publish "poll$i" x; sleep 0.2; done
  wait_until grep -q empty "$WORK/followed"
  [ "$(grep -c '"poll[123]"' "$WORK/followed")" -eq 3 ]
}

@test "Ctrl-C ends a live read" {
  ends_within 1500 interrupted cat events.live
}

@test "blocking files stand in no listing" {
  find . -name '*.live' | finds_no .
  [ -e events.live ]
  [ -e devices/greenhouse/events.live ]
}

@test "a device's events and topics are its own" {
  cat events >/dev/null
  id=$(cat devices/kitchen/id)
  publish light on "$id"
  publish light off "$(cat devices/workshop/id)"
  wait_until grep -q off topics/light
  [ "$(cat topics/light)" = $'on\noff' ]
  [ "$(cat devices/kitchen/topics/light)" = on ]
  [ "$(jq -r .coreid devices/kitchen/events | sort -u)" = "$id" ]
  [[ $(ls topics) == *light* ]]
  [ "$(ls devices/workshop/topics)" = light ]
}

@test "public events are those whose names begin so" {
  cat events-public/pub
  publish public 1
  publish other 2
  publish pub/lic 3
  wait_until grep -q pub/lic events-public/pub
  [ "$(jq -c '[.name, .data]' events-public/pub)" = '["public","1"]
["pub/lic","3"]' ]
  [ -z "$(ls events-public)" ]
}

@test "a topic's name may hold a slash" {
  publish garden/soil 40
  wait_until grep -q 40 topics/garden%2Fsoil
  [[ $(ls topics) == *garden%2Fsoil* ]]
}

@test "whatever the data is, an event is one line" {
  publish odd $'one\ntwo\ttab "quoted" \\ back'
  wait_until grep -q tab topics/odd
  [ "$(cat topics/odd)" = $'one\\ntwo\ttab "quoted" \\ back' ]
  [ "$(grep '"odd"' events | jq -r .data)" = $'one\ntwo\ttab "quoted" \\ back' ]
  [ "$(grep -c '"odd"' events)" -eq 1 ]
}

@test "a line that is written is published" {
  forget_requests
  cat events >/dev/null
  echo '{"name":"alarm","data":"fire","private":true,"ttl":30}' >events
  wait_until grep -q fire topics/alarm
  [ "$(curl -sf "$API/_sim/requests" | jq -c '.[] | select(.method == "POST") | [.path, .body.name, .body.data]')" = \
    '["/v1/devices/events","alarm","fire"]' ]
  echo 'all clear' >topics/alarm
  wait_until grep -q clear topics/alarm
  [ "$(cat topics/alarm)" = $'fire\nall clear' ]
}

@test "a bad event is refused, and nothing is sent" {
  forget_requests
  fails_with "Invalid argument" bash -c 'echo "{bad" >events'
  fails_with "Invalid argument" bash -c 'echo "{\"data\":\"no name\"}" >events'
  fails_with "Invalid argument" bash -c 'echo "{\"name\":\"a\",\"ttl\":\"soon\"}" >events'
  [ -z "$(requests | grep POST)" ]
}

@test "all readers share one connection" {
  cat events >/dev/null
  [ "$(stream_state)" = connected ]
  publish shared 1
  wait_until grep -q shared events
  forget_requests
  files=(events topics/* devices/*/events)
  [ ${#files[@]} -gt 10 ]
  follow tail -q -s 0.1 -f "${files[@]}"
  wait_until readers_are ${#files[@]}
  [ "$(opened_streams)" -eq 0 ]
}

@test "a break is mended, and marked by a gap" {
  follow tail -n 0 -s 0.1 -f events
  publish_on before
  curl -sf -X POST "$API/_sim/streams/drop" >/dev/null
  wait_until grep -q '"particlefs":"gap"' "$WORK/followed"
  [ "$(jq -r 'select(.particlefs) | has("from") and has("to") and has("reason")' "$WORK/followed")" = true ]
  publish mended 1
  wait_until grep -q mended "$WORK/followed"
}

# Each stream was refused once, and opened after the three seconds that the cloud has asked for.
have_waited() {
  curl -sf "$API/_sim/requests" | jq -e '
    def seconds: (.[:19] + "Z" | fromdate) + ("0" + .[19:-1] | tonumber);
    group_by(.path) | length == 2 and all(.[]; (map(.status) | .[0] >= 429 and .[1:] == [200]) and
                                               (.[1].time | seconds) - (.[0].time | seconds) >= 3)' >/dev/null
}

@test "a stream that is refused for a while is opened when that is over, and not before" {
  follow tail -n 0 -q -s 0.1 -f events products/cold-chain-v100/events
  wait_until readers_are 2
  forget_requests
  fault 'status=429,retry_after=3,path=/v1/devices/events,count=1'
  fault 'status=529,retry_after=3,path=/v1/products/*/events,count=1'
  curl -sf -X POST "$API/_sim/streams/drop" >/dev/null
  wait_until have_waited
  wait_until eval '[ "$(grep -c "\"gap\"" "$WORK/followed")" -eq 2 ]'
  publish wanted again
  wait_until grep -q '"wanted"' "$WORK/followed"
}

# Whether the time of a device's file is the one at which it was heard of.
has_time_of_last_heard() {
  [ "$(stat -c %Y "$1/last_heard")" = "$(date -d "$(cat "$1/last_heard")" +%s)" ]
}

@test "spark/status turns online and by-status at once" {
  id=$(cat devices/workshop/id)
  cat events >/dev/null
  echo devices/workshop >.particlefs/refresh
  [ "$(cat devices/workshop/online)" = true ]
  [ -L devices/by-status/online/workshop ]
  has_time_of_last_heard devices/workshop
  forget_requests
  curl -sf "$API/_sim/devices/$id" -d '{"online":false}' >/dev/null
  wait_until grep -q "\"spark/status\",\"data\":\"offline\".*$id" events
  [ "$(cat devices/workshop/online)" = false ]
  [ "$(jq .online devices/workshop/info.json)" = false ]
  [ -L devices/by-status/offline/workshop ]
  [ ! -e devices/by-status/online/workshop ]
  has_time_of_last_heard devices/workshop
  [[ $(ls devices/by-status/offline) == *workshop* ]]
  [ -z "$(requests | grep -v events)" ]
  curl -sf "$API/_sim/devices/$id" -d '{"online":true}' >/dev/null
  wait_until grep -q true devices/workshop/online
  [ -L devices/by-status/online/workshop ]
}

@test "who reads of an event sees what it has changed" {
  # The files are read before each change, so that the kernel has them.
  python3 - "$API/_sim/devices/$(cat devices/workshop/id)" <<'END'
import json, os, sys, urllib.request
def set_online(online):
    urllib.request.urlopen(sys.argv[1], json.dumps({"online": online}).encode()).read()
def see():
    return (open("devices/workshop/online").read(), os.path.lexists("devices/by-status/online/workshop"),
            os.path.lexists("devices/by-status/offline/workshop"))
live = os.open("events.live", os.O_RDONLY)
for turn in range(40):
    online = turn % 2 == 1
    see()
    set_online(online)
    while b'"spark/status"' not in os.read(live, 65536):
        pass
    seen = see()
    assert seen == (("true\n", True, False) if online else ("false\n", False, True)), (turn, seen)
END
}

@test "a stream that is refused says why" {
  cd /
  unmount_cloud
  fault 'status=401,path=*/events'
  mount_cloud
  cd "$MNT"
  fails_with "Key has expired" cat events
  fails_with "Key has expired" tail -n 1 topics/any
  grep -q 'events' .particlefs/errors
  no_faults
  wait_until timeout 20 cat events
}

@test "events of every framing arrive" {
  for way in split crlf comment bom; do
    cd /
    unmount_cloud
    fault "stream=$way"
    mount_cloud
    cd "$MNT"
    cat events
    publish "framed-$way" "$way"
    wait_until grep -q "framed-$way" events
    [ "$(jq -r .data events)" = "$way" ]
    no_faults
  done
}

# How many the cloud has open.
streams_are() {
  [ "$(curl -sf "$API/_sim/stats" | jq .streams)" -eq "$1" ]
}

@test "the stream ends after the last reader" {
  cd /
  unmount_cloud
  MOUNT_OPTIONS=linger=1 mount_cloud
  cd "$MNT"
  follow cat events.live
  wait_until eval '[ "$(stream_state)" = connected ]'
  wait_until streams_are 1
  kill "$FOLLOWER"
  wait_until eval '[ "$(stream_state)" = closed ]'
  wait_until streams_are 0
}

@test "a look at a log of events begins no stream, and keeps nothing" {
  before=$(jq '.events | length' .particlefs/status.json)
  for prefix in one two three; do [ -f "events-public/$prefix" ]; done
  [ "$(jq '.events | length' .particlefs/status.json)" -eq "$before" ]
}

@test "-o events follows from the start" {
  cd /
  unmount_cloud
  MOUNT_OPTIONS=events mount_cloud
  cd "$MNT"
  wait_until grep -q connected .particlefs/status.json
  publish early 1
  wait_until eval '[ "$(stat -c %s events)" -gt 0 ]'
  [ "$(jq -r .name events)" = early ]
}

@test "a log that is full starts anew when nobody reads it" {
  cd /
  unmount_cloud
  MOUNT_OPTIONS=event_buffer=4K mount_cloud
  cd "$MNT"
  cat events
  for i in $(seq 60); do publish filler "$i-$(head -c 100 /dev/zero | tr '\0' x)"; done
  wait_until grep -q 60-x events
  [ "$(stat -c %s events)" -lt 8192 ]
  [ "$(head -n 1 events | jq -r .name)" = filler ]
}

@test "who reads live and is too slow twice gets each event once, and whole" {
  python3 - "$API" <<'END'
import json, os, sys, time, urllib.request

def publish(first, last):
    for number in range(first, last + 1):
        event = {"name": "slow", "data": f"{number} " + "x" * 100}
        urllib.request.urlopen(sys.argv[1] + "/_sim/events", json.dumps(event).encode()).close()
    while not open("events").readlines()[-1:] or f'"{last} ' not in open("events").readlines()[-1]:
        time.sleep(0.05)

live = os.open("events.live", os.O_RDONLY | os.O_NONBLOCK)
publish(1, 1)
os.read(live, 10)
publish(2, 200)
ended = os.read(live, 1 << 20)
assert ended == b"\n", ended[:100]
publish(201, 500)
text = b""
try:
    while True:
        text += os.read(live, 1 << 20)
except BlockingIOError:
    pass
events = [json.loads(line) for line in text.splitlines()]
numbers = [int(event["data"].split()[0]) for event in events if event.get("name") == "slow"]
assert numbers and numbers == list(range(numbers[0], 501)), numbers
assert [event.get("reason") for event in events].count("the log was full") == 1
END
}
