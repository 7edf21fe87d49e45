#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0

load lib

setup() {
  cd "$MNT"
  no_faults
}

teardown() {
  cd "$MNT"
  unmount_second
}

@test "ls shows the devices by name" {
  run ls devices
  [ "$status" -eq 0 ]
  [[ $output == *greenhouse* ]]
  [[ $output == *"front porch"* ]]
  [[ $output == *by-id* ]]
}

@test "an attribute is its value and a newline" {
  [ "$(cat devices/greenhouse/platform)" = boron ]
  [ "$(cat devices/cellar/online)" = false ]
  [ "$(wc -l <devices/greenhouse/id)" -eq 1 ]
}

@test "a listing answers every attribute without another request" {
  touch devices
  ls devices >/dev/null
  forget_requests
  cat devices/{greenhouse,kitchen,cellar,'front porch'}/{id,online,platform_id} >/dev/null
  [ -z "$(requests)" ]
}

@test "ls -l asks no device for anything" {
  forget_requests
  ls -lR devices >/dev/null
  find devices -type f >/dev/null
  du devices >/dev/null
  [ -z "$(requests | grep -v '^GET /v1/devices$' | grep -vE '^GET /v1/(devices|env)/[0-9a-f]{24}$')" ]
}

@test "a variable is asked of its device" {
  forget_requests
  run cat devices/greenhouse/variables/mode
  [ "$status" -eq 0 ]
  [ "$output" = auto ]
  [ "$(requests | grep -c '/mode$')" -eq 1 ]
}

@test "every cat gives the whole value" {
  size=$(wc -c <devices/greenhouse/info.json)
  [ "$size" -gt 100 ]
  [ "$(cat devices/greenhouse/info.json | wc -c)" -eq "$size" ]
  [ "$(busybox cat devices/greenhouse/info.json | wc -c)" -eq "$size" ]
  touch devices/greenhouse/variables/temp
  [ -n "$(busybox cat devices/greenhouse/variables/temp)" ]
  touch devices/greenhouse/variables/soil
  [ -n "$(tail -c 100 devices/greenhouse/variables/soil)" ]
  python3 -c 'import json; json.load(open("devices/greenhouse/info.json"))'
}

@test "rsync and tar copy a device's folder" {
  rsync -a devices/greenhouse/ "$BATS_TEST_TMPDIR/copy"
  [ "$(cat "$BATS_TEST_TMPDIR/copy/variables/mode")" = auto ]
  [ "$(cat "$BATS_TEST_TMPDIR/copy/name")" = greenhouse ]
  tar -cf "$BATS_TEST_TMPDIR/copy.tar" devices/greenhouse
  [ "$(tar -xOf "$BATS_TEST_TMPDIR/copy.tar" devices/greenhouse/name)" = greenhouse ]
}

@test "a function is called once for each line" {
  forget_requests
  printf 'on\noff\n' >devices/greenhouse/functions/lamp
  echo on | tee devices/greenhouse/functions/lamp >/dev/null
  [ "$(requests | grep -c '^POST .*/lamp$')" -eq 3 ]
  run curl -sf "$API/_sim/requests"
  [ "$(jq -c '[.[] | select(.method == "POST") | .body.args]' <<<"$output")" = '["on","off","on"]' ]
}

@test "a file that stays open takes line after line, however many were before" {
  forget_requests
  exec 5>devices/greenhouse/functions/lamp
  python3 -c 'import os; os.lseek(5, 3 << 20, os.SEEK_SET)'
  echo on >&5
  echo off >&5
  exec 5>&-
  [ "$(requests | grep -c '^POST .*/lamp$')" -eq 2 ]
}

@test "a function changes what a variable says" {
  cd devices/greenhouse
  cat variables/lamp
  echo off >functions/lamp
  [ "$(cat variables/lamp)" = false ]
  echo on >functions/lamp
  [ "$(cat variables/lamp)" = true ]
  [ "$(/bin/pwd)" = "$MNT/devices/greenhouse" ]
  cd "$MNT"
  [ "$(cat devices/greenhouse/variables/lamp)" = true ]
}

@test "the handle that called reads its own result" {
  exec 5<>devices/kitchen/functions/brew
  echo coffee >&5
  read -r value <&5
  exec 5>&-
  [[ $value =~ ^-?[0-9]+$ ]]
}

@test "a verb that was not called shows its usage" {
  run cat devices/workshop/ping
  [ "$status" -eq 0 ]
  [[ $output == \#* ]]
}

@test "a usage has what can be written there, and nothing else" {
  P=products/cold-chain-v100
  # the path has given the product, or that there is none
  finds_no 'ID or slug' "devices/front porch/ping" webhooks/new sims/activate $P/devices/query $P/devices/provision
  [ "$(cat $P/devices/provision)" = "# provisionDevice: Makes a new device ID for a product
# An empty line: there are no parameters." ]
  finds_no -w iccids sims/activate
  grep -w iccids $P/sims/activate
  # an object, a word or lines, where they are taken
  grep -w request_transfer devices/claim
  grep -w algorithm "devices/front porch/public-key"
  grep -w api_username logic/execute
  grep -w password account/tokens/revoke
  grep -x '# Or current: deleteCurrentAccessToken' account/tokens/revoke
  grep -x '# Or all: deleteActiveAccessTokens' account/tokens/revoke
  grep 'lines KEY=value and -KEY' env/apply
}

@test "a usage that is written back calls nothing" {
  cp "devices/front porch/functions/light" "$WORK/usage"
  grep -q '^# callFunction' "$WORK/usage"
  forget_requests
  fails_with "Invalid argument" cp "$WORK/usage" "devices/front porch/functions/light"
  run vim -es -u NONE -c w -c q! "devices/front porch/functions/light"
  [ -z "$(requests | grep -v '^GET')" ]
  echo '#ff0000' >"devices/front porch/functions/light"
  [ "$(requests | grep -c '^POST .*/light$')" -eq 1 ]
}

@test "the size of what can be written is the last known" {
  for file in env/rollout env/apply devices/kitchen/firmware/flash products/cold-chain-v100/config.json; do
    cat "$file" >"$WORK/content"
    [ "$(stat -c %s "$file")" -eq "$(stat -c %s "$WORK/content")" ]
  done
}

@test "a signal reads as on or off, however it was written" {
  for word in 1 on; do
    echo $word >devices/greenhouse/signal
    [ "$(cat devices/greenhouse/signal)" = on ]
  done
  for word in 0 off; do
    echo $word >devices/greenhouse/signal
    [ "$(cat devices/greenhouse/signal)" = off ]
  done
}

@test "df shows a mount that is not full" {
  df . | grep particlefs
  [ "$(df --output=ipcent . | tail -n 1 | tr -d ' ')" = - ]
}

@test "opening a verb without a byte calls nothing" {
  forget_requests
  : >devices/greenhouse/functions/lamp
  touch devices/greenhouse/functions/lamp
  cat devices/greenhouse/functions/lamp >/dev/null
  [ -z "$(requests | grep POST)" ]
}

@test "a name that has gone in the cloud can be taken, though somebody is there still" {
  id=$(cat devices/cellar/id)
  exec 9<devices/cellar
  curl -sf -X PUT -H "Authorization: Bearer $TOKEN" "$API/v1/devices/$id" -d name=attic
  echo /devices >.particlefs/refresh
  ls devices | grep -x attic
  mv devices/greenhouse devices/cellar
  exec 9<&-
  mv devices/cellar devices/greenhouse
  mv devices/attic devices/cellar
  [ "$(cat devices/cellar/id)" = "$id" ]
}

@test "who has renamed a device by its file finds the old name free" {
  for round in 1 2 3 4 5 6 7 8; do
    ls -l devices >/dev/null
    echo attic >devices/workshop/name
    [ ! -e devices/workshop ]
    echo '{"name":"workshop"}' >devices/attic/info.json
    python3 -c 'import os; os.rename("devices/workshop", "devices/attic")'
    mv devices/attic devices/workshop
  done
}

@test "who works in a device stays there when it is renamed" {
  cd devices/workshop
  mv "$MNT/devices/workshop" "$MNT/devices/attic"
  # The kernel is told a moment later.
  wait_until eval '[ "$(/bin/pwd)" = "$MNT/devices/attic" ]'
  cat variables/* ../attic/name >/dev/null
  mv "$MNT/devices/attic" "$MNT/devices/workshop"
  [ "$(/bin/pwd)" = "$MNT/devices/workshop" ]
}

@test "mv renames" {
  mv devices/workshop devices/atelier
  [ "$(cat devices/atelier/name)" = atelier ]
  [ ! -e devices/workshop ]
  [[ $(ls devices) == *atelier* ]]
  mv devices/atelier devices/workshop
}

@test "notes are written with vim" {
  printf 'one\ntwo\n' >devices/greenhouse/notes
  [ "$(cat devices/greenhouse/notes)" = $'one\ntwo' ]
  vim -es -u NONE -c '%s/two/drei/' -c wq devices/greenhouse/notes
  [ "$(cat devices/greenhouse/notes)" = $'one\ndrei' ]
}

@test "links lead to the device" {
  id=$(cat devices/greenhouse/id)
  [ "$(cat "devices/by-id/$id/name")" = greenhouse ]
  [ "$(cat devices/by-status/online/greenhouse/name)" = greenhouse ]
  [ "$(cat devices/by-status/offline/cellar/name)" = cellar ]
  serial=$(cat devices/greenhouse/serial_number)
  [ "$(cat "devices/by-serial/$serial/name")" = greenhouse ]
  [[ $(ls devices/by-serial) == *"$serial"* ]]
}

@test "devices.csv is a table that Python reads" {
  printf 'a, "b"\nc' >devices/greenhouse/notes
  touch devices.csv
  run python3 -c '
import csv
rows = {row["name"]: row for row in csv.DictReader(open("devices.csv", newline=""))}
print(rows["greenhouse"]["notes"])'
  [ "$output" = $'a, "b"\nc' ]
}

@test "nothing is removed by rm -rf" {
  forget_requests
  run rm -rf devices/greenhouse
  [ "$status" -ne 0 ]
  [ "$(cat devices/greenhouse/name)" = greenhouse ]
  [ -z "$(requests | grep -v ^GET)" ]
}

@test "nothing is removed by a program that goes on after what it could not delete" {
  forget_requests
  run find devices webhooks -delete
  [ "$status" -ne 0 ]
  [[ $output == *"Directory not empty"* ]]
  python3 -c 'import shutil; shutil.rmtree("devices", ignore_errors=True)'
  run busybox rm -rf devices/greenhouse
  [ "$status" -ne 0 ]
  [ "$(cat devices/greenhouse/name)" = greenhouse ]
  [ -z "$(requests | grep -v ^GET)" ]
}

@test "nothing is removed by a program that does so in another thread" {
  forget_requests
  run python3 - <<'END'
import os, threading

def remove():
    try:
        os.rmdir("devices/workshop")
    except OSError as error:
        print(error.strerror)

try:
    os.unlink("devices/workshop/id")
except PermissionError:
    thread = threading.Thread(target=remove)
    thread.start()
    thread.join()
END
  [ "$output" = "Directory not empty" ]
  [ -z "$(requests | grep -v ^GET)" ]
}

@test "what does not exist is refused with the right words" {
  fails_with "No such file" cat devices/nobody/name
  fails_with "No such file" cat devices/greenhouse/variables/nothing
  fails_with "Operation not permitted" bash -c 'echo x >devices/greenhouse/online'
  fails_with "Operation not permitted" touch devices/greenhouse/new
  fails_with "No such file or directory" bash -c 'echo on >devices/greenhouse/functions/typo'
  fails_with "Operation not permitted" bash -c 'echo 1 >devices/greenhouse/variables/typo'
  fails_with "Operation not permitted" rm devices/greenhouse/name
  fails_with "Invalid argument" bash -c 'echo maybe >devices/greenhouse/signal'
  [[ $(tail -n 1 .particlefs/errors) == *signal* ]]
}

@test "an offline device says so" {
  fails_with "Host is down" cat devices/cellar/variables/temp
}

# What the log of errors says last, without its time.
last_error() {
  tail -n 1 .particlefs/errors | cut -d ' ' -f 2-
}

@test "a failure is told with its own request and errno, or as not sent" {
  fails_with "Host is down" bash -c 'echo on >devices/cellar/functions/pump'
  fails_with "Host is down" cat devices/cellar/variables/humidity
  last_error | grep -E '^/devices/cellar/variables/humidity: GET /v1/devices/[0-9a-f]+/humidity 408: .*the device is offline'
  fault 'notjson,path=/v1/webhooks'
  touch webhooks
  fails_with "Bad message" ls webhooks
  last_error | grep '^/webhooks: GET /v1/webhooks: '
  no_faults
  fails_with "Invalid argument" bash -c 'echo abc >devices/greenhouse/product_id'
  last_error | grep -F "/devices/greenhouse/product_id: not sent: productId: is not a valid integer \
(see 'particlefs api changeProduct --help')"
  fails_with "Invalid argument" dd of=devices/claim conv=notrunc status=none <<<'{"id":'
  last_error | grep '^/devices/claim: not sent: it ends in the middle of a call'
}

@test "errors of the cloud have their own words" {
  touch devices/greenhouse/variables/soil
  fault 'status=500,path=*/soil'
  fails_with "Remote I/O error" cat devices/greenhouse/variables/soil
  no_faults
  sleep 1.1
  fault 'expired,path=*/soil'
  fails_with "Key has expired" cat devices/greenhouse/variables/soil
  no_faults
  sleep 1.1
  fault 'notjson,path=*/soil'
  fails_with "Bad message" cat devices/greenhouse/variables/soil
  no_faults
}

@test "a function is sent once, whatever fails" {
  for kind in reset=before reset=middle cut status=500 stall,count=1; do
    forget_requests
    fault "$kind,path=*/lamp"
    case $kind in
      stall*)
        interrupted_when /lamp bash -c 'echo on >devices/greenhouse/functions/lamp'
        tail -n 1 .particlefs/errors | grep 'interrupted: it may have acted'
        ;;
      *) fails_with "" bash -c 'echo on >devices/greenhouse/functions/lamp' ;;
    esac
    no_faults
    [ "$(requests | grep -c '/lamp$')" -eq 1 ]
  done
}

@test "Ctrl-C ends a slow read at once" {
  touch devices/greenhouse/variables/soil
  fault 'stall,path=*/soil'
  ends_within 1500 interrupted cat devices/greenhouse/variables/soil
  no_faults
  [ -n "$(cat devices/greenhouse/variables/soil)" ]
}

@test "a slow device delays nobody" {
  touch devices/greenhouse/variables/soil devices/kitchen/variables/temp
  forget_requests
  fault 'stall,path=*/soil'
  timeout -s KILL 60 cat devices/greenhouse/variables/soil 3>&- &
  wait_until eval 'requests | grep -q /soil'
  run timeout 20 cat devices/kitchen/name
  [ "$output" = kitchen ]
  timeout 20 cat devices/kitchen/variables/temp
  # It has waited all the time.
  kill $!
  no_faults
}

# set_variable NAME VALUE
set_variable() {
  jq -n --arg name "$1" --arg value "$2" '{variables: {($name): $value}}' |
    curl -sf "$API/_sim/devices/greenhouse" -d @- >/dev/null
  touch "devices/greenhouse/variables/$1"
}

@test "a value that grows and shrinks is read whole, while it is open too" {
  long=$(printf '%05000d' 0)
  for value in a "$long" bb ccc "$long" dddd; do
    set_variable mode "$value"
    exec 5<devices/greenhouse/variables/mode
    [ "$(cat devices/greenhouse/variables/mode)" = "$value" ]
    set_variable mode "$value$value"
    [ "$(tail -c 20000 devices/greenhouse/variables/mode)" = "$value$value" ]
    [ "$(stat -c %s devices/greenhouse/variables/mode)" = $((2 * ${#value} + 1)) ]
    [ "$(cat <&5)" = "$value" ]
    exec 5<&-
    set_variable mode "e$value"
    [ "$(busybox cat devices/greenhouse/variables/mode)" = "e$value" ]
  done
  set_variable mode auto
}

@test "what a device has answered is shown by its name and by its ID" {
  id=$(cat devices/workshop/id)
  echo >"devices/$id/ping"
  [[ $(cat devices/workshop/ping) == *online* ]]
  head -c 2000 /dev/urandom >"$WORK/own.bin"
  cp "$WORK/own.bin" "devices/$id/firmware/"
  [ -e devices/workshop/firmware/own.bin ]
  rm devices/workshop/firmware/own.bin
  [ ! -e "devices/$id/firmware/own.bin" ]
}

@test "what a device has answered goes with its name" {
  echo >devices/kitchen/ping
  [[ $(cat devices/kitchen/ping) == *online* ]]
  mv devices/kitchen devices/galley
  mv devices/workshop devices/kitchen
  [[ $(cat devices/kitchen/ping) == '#'* ]]
  mv devices/kitchen devices/workshop
  mv devices/galley devices/kitchen
}

@test "an answer that comes late does not undo what was done meanwhile" {
  id=$(cat devices/greenhouse/id)
  touch devices/greenhouse
  forget_requests
  fault "slow=400,path=*/$id,method=GET"
  cat devices/greenhouse/info.json >/dev/null 3>&- &
  wait_until eval 'requests | grep -q "GET.*/$id$"'
  mv devices/greenhouse devices/hothouse
  wait $!
  no_faults
  [ "$(cat devices/hothouse/name)" = hothouse ]
  [ ! -e devices/greenhouse ]
  [[ $(ls devices) != *greenhouse* ]]
  mv devices/hothouse devices/greenhouse
}

@test "a record is written back though the device has told something meanwhile" {
  jq '.notes = "on the shelf"' devices/greenhouse/info.json >"$BATS_TEST_TMPDIR/info.json"
  jq '.notes = "elsewhere" | .online = "never"' devices/greenhouse/info.json >"$BATS_TEST_TMPDIR/told.json"
  cat "$BATS_TEST_TMPDIR/told.json" >devices/greenhouse/info.json
  [ "$(cat devices/greenhouse/notes)" = elsewhere ]
  cat "$BATS_TEST_TMPDIR/info.json" >devices/greenhouse/info.json
  [ "$(cat devices/greenhouse/notes)" = "on the shelf" ]
  # Alone it is refused, and not taken for something that was done.
  jq '.online = "never"' devices/greenhouse/info.json >"$BATS_TEST_TMPDIR/untrue.json"
  fails_with "Invalid argument" bash -c 'cat "$1" >devices/greenhouse/info.json' _ "$BATS_TEST_TMPDIR/untrue.json"
}

@test "what is open stays as long as it is, whatever happens to its device" {
  exec 5<devices/greenhouse/variables/mode
  echo /devices >.particlefs/refresh
  python3 -c 'import os; assert os.fstat(5).st_size == len(os.read(5, 4096)) > 0'
  exec 5<&-
}

@test "who keeps a file open has what it was, and nobody else has" {
  python3 - "$API" <<'END'
import json, os, sys, urllib.request

def set_mode(value):
    device = {"variables": {"mode": value}}
    urllib.request.urlopen(sys.argv[1] + "/_sim/devices/greenhouse", json.dumps(device).encode()).close()
    os.utime("devices/greenhouse/variables/mode")

def read():
    with open("devices/greenhouse/variables/mode") as file:
        return file.read()

for first, second in ("aaaaaaaa", "bbbb"), ("aaaa", "bbbbbbbb"), ("aaaa", "bbbb"):
    set_mode(first)
    read()
    kept = os.open("devices/greenhouse/variables/mode", os.O_RDONLY)
    set_mode(second)
    other = os.open("devices/greenhouse/variables/mode", os.O_RDONLY)
    assert os.fstat(kept).st_size == len(first) + 1
    assert os.fstat(other).st_size == len(second) + 1
    assert os.pread(kept, 100, 0) == first.encode() + b"\n"
    assert os.pread(other, 100, 0) == second.encode() + b"\n"
    os.close(other)
    assert [read(), read()] == [second + "\n"] * 2
    os.close(kept)
    assert read() == second + "\n"
END
  set_variable mode auto
}

@test "many who read a value that changes its length wait for nothing but the cloud" {
  long=$(printf '%05000d' 0)
  readers=()
  for reader in 1 2 3 4; do
    timeout 30 bash -c 'for i in {1..200}; do
      value=$(<devices/greenhouse/variables/mode) || exit
    done' 3>&- &
    readers+=($!)
  done
  for i in {1..30}; do
    set_variable mode f
    set_variable mode "$long"
    set_variable mode gg
  done
  for reader in "${readers[@]}"; do
    wait "$reader"
  done
  set_variable mode auto
}

@test "64 readers of one value make one request" {
  PARTICLE_TOKEN=$TOKEN mount_second ttl=variable:60
  cd "$WORK/second"
  forget_requests
  fault 'latency=300,path=*/humidity'
  seq 64 | xargs -P 64 -I{} cat devices/greenhouse/variables/humidity >/dev/null
  [ "$(requests | grep -c '/humidity$')" -eq 1 ]
}

@test "rmdir unclaims, mkdir claims" {
  id=$(cat devices/kitchen/id)
  [ -e "devices/$id" ]
  rmdir devices/kitchen
  [ ! -e devices/kitchen ]
  [ ! -e "devices/$id" ]
  [[ $(ls devices) != *kitchen* ]]
  mkdir "devices/$id"
  [ "$(cat devices/kitchen/id)" = "$id" ]
}

@test "a device that another has claimed again is there once it is seen, whoever has the old one open" {
  id=$(cat devices/kitchen/id)
  exec 7<devices/kitchen/id
  curl -sf -X DELETE -H "Authorization: Bearer $TOKEN" "$API/v1/devices/$id" >/dev/null
  touch devices
  ls devices >/dev/null
  [ ! -e devices/kitchen ]
  curl -sf -H "Authorization: Bearer $TOKEN" -d "id=$id" "$API/v1/devices" >/dev/null
  [ "$(cat "devices/$id/name")" = kitchen ]
  [ -e devices/kitchen ]
  exec 7<&-
}

@test "a device that has come is there, though somebody waits in its directory" {
  id=$(cat devices/kitchen/id)
  other=${id%????}ffff
  rmdir devices/kitchen
  ls devices >/dev/null
  forget_requests
  fault "stall,path=*/$other"
  stat "devices/$other" >/dev/null 2>&1 3>&- &
  wait_until asked "GET /v1/devices/$other"
  [ ! -e devices/kitchen ]
  curl -sf -H "Authorization: Bearer $TOKEN" -d "id=$id" "$API/v1/devices" >/dev/null
  [ -e "devices/$id" ]
  [ -e devices/kitchen ]
  kill %%
  no_faults
}

@test "a directory that was removed comes back whole, whoever stands in the old one" {
  id=$(cat devices/kitchen/id)
  (
    cd devices/kitchen
    rmdir ../kitchen
    mkdir "../$id"
    echo back >"../kitchen/notes"
    [ "$(cat ../kitchen/notes)" = back ]
  )
}

# The bodies of what was sent to change something.
sent() {
  curl -sf "$API/_sim/requests" | jq -c '.[] | select(.method != "GET") | [.method, .path, .body]'
}

@test "info.json is written back whole, and what is new is sent" {
  id=$(cat devices/greenhouse/id)
  forget_requests
  jq -c '.notes = "by the door" | .name = "glasshouse"' devices/greenhouse/info.json >"$WORK/new"
  cat "$WORK/new" >devices/greenhouse/info.json
  [ "$(sent)" = "[\"PUT\",\"/v1/devices/$id\",{\"name\":\"glasshouse\",\"notes\":\"by the door\"}]" ]
  [ "$(cat devices/glasshouse/notes)" = "by the door" ]
  [ "$(jq -r .name devices/glasshouse/info.json)" = glasshouse ]
  forget_requests
  cat devices/glasshouse/info.json >"$WORK/same"
  cp "$WORK/same" devices/glasshouse/info.json
  : >devices/glasshouse/info.json
  [ -z "$(sent)" ]
  [ ! -e devices/greenhouse ]
  mv devices/glasshouse devices/greenhouse
}

@test "info.json can be edited in vim" {
  forget_requests
  vim -es -u NONE -c 'set nofixeol nobackup nowritebackup' -c '%s/by the door/by the window/' -c wq \
    devices/greenhouse/info.json
  [ "$(cat devices/greenhouse/notes)" = "by the window" ]
  [ "$(sent | wc -l)" -eq 1 ]
}

@test "what was written is sent when its writer closes, not a program that the writer has started" {
  local id
  id=$(cat devices/greenhouse/id)
  fault 'status=503,method=PUT'
  forget_requests
  run python3 - devices/greenhouse/info.json <<'EOF'
import os, subprocess, sys
file = os.open(sys.argv[1], os.O_WRONLY | os.O_TRUNC)
os.set_inheritable(file, True)
os.write(file, b'{"notes": ')
subprocess.run(["true"], close_fds=False)
os.write(file, b'"on the roof"}')
subprocess.run(["true"], close_fds=False)
try:
    os.close(file)
except OSError as error:
    print(error)
    sys.exit(5)
EOF
  [ "$status" -eq 5 ]
  [[ $output == *"Remote I/O error"* ]]
  no_faults
  [ "$(sent)" = "[\"PUT\",\"/v1/devices/$id\",{\"notes\":\"on the roof\"}]" ]
  { printf '{"notes": ' && sleep 0 && echo '"by the window"}'; } >devices/greenhouse/info.json
  [ "$(cat devices/greenhouse/notes)" = "by the window" ]
}

@test "a document that is malformed, or changes what can't be, is refused" {
  forget_requests
  printf '{"notes":\n"x",,}' >"$WORK/bad"
  fails_with "Invalid argument" cp "$WORK/bad" devices/greenhouse/info.json
  grep -q 'info.json: not sent: not valid JSON, line 2, column' .particlefs/errors
  echo '{"id":"other"}' >"$WORK/bad"
  fails_with "Invalid argument" cp "$WORK/bad" devices/greenhouse/info.json
  echo '["notes"]' >"$WORK/bad"
  fails_with "Invalid argument" cp "$WORK/bad" devices/greenhouse/info.json
  [ -z "$(sent)" ]
}

@test "a line is appended to notes" {
  printf 'one\n' >devices/kitchen/notes
  echo two >>devices/kitchen/notes
  [ "$(cat devices/kitchen/notes)" = $'one\ntwo' ]
}

@test "a public key is PEM text or an object" {
  key=$'-----BEGIN PUBLIC KEY-----\nMIGfMA0\n-----END PUBLIC KEY-----'
  forget_requests
  echo "$key" >devices/kitchen/public-key
  jq -nc --arg key "$key" '{key: $key, algorithm: "ecc"}' >devices/kitchen/public-key
  [ "$(sent | jq -c --arg key "$key" '.[2] | [.algorithm, .publicKey == $key]')" = \
    $'["rsa",true]\n["ecc",true]' ]
  fails_with "Invalid argument" cp "$WORK/bad" devices/kitchen/public-key
}

@test "the manufacturing backup is asked for by a write" {
  echo >devices/greenhouse/manufacturing-backup
  cp devices/greenhouse/manufacturing-backup "$WORK/backup"
  [[ $(tr -d '\0' <"$WORK/backup") == PK*"$(cat devices/greenhouse/id)"* ]]
  fails_with "No such file" bash -c 'echo >devices/kitchen/manufacturing-backup'
}

@test "a claim may be an object" {
  id=$(cat devices/kitchen/id)
  rmdir devices/kitchen
  forget_requests
  echo "{\"id\":\"$id\",\"request_transfer\":false}" >devices/claim
  [ "$(cat devices/kitchen/id)" = "$id" ]
}

@test "refresh and touch end the time to live" {
  touch devices
  cat devices/greenhouse/info.json devices/kitchen/info.json >/dev/null
  forget_requests
  cat devices/greenhouse/info.json >/dev/null
  [ -z "$(requests)" ]
  echo devices/greenhouse >.particlefs/refresh
  cat devices/greenhouse/info.json devices/kitchen/info.json >/dev/null
  [ "$(requests | wc -l)" -eq 1 ]
  touch devices/kitchen/info.json
  cat devices/kitchen/info.json >/dev/null
  [ "$(requests | wc -l)" -eq 2 ]
  echo / >.particlefs/refresh
  ls devices >/dev/null
  [ "$(requests | tail -n 1)" = "GET /v1/devices" ]
  fails_with "Invalid argument" bash -c 'echo >.particlefs/refresh'
}

@test "the mount is what the tables say" {
  "$PARTICLEFS" tree --json | jq -r '.[] | select(.path | sub("devices/{deviceId}/"; "devices/greenhouse/") as $path | $path | contains("{") | not)
    | [(.path | sub("{deviceId}"; "greenhouse")), .mode, .kind] | @tsv' >"$WORK/rows"
  [ "$(wc -l <"$WORK/rows")" -gt 60 ]
  while IFS=$'\t' read -r path mode kind; do
    echo "$path"
    [ "$(stat -c %04a "$path")" = "$mode" ]
    [ "$(stat -c %F "$path" | grep -c directory)" -eq "$(grep -c directory <<<"$kind")" ]
  done <"$WORK/rows"
}

@test "a pattern that passes by serial numbers asks for none" {
  forget_requests
  cat devices/*/id
  [ -z "$(requests | grep serial)" ]
}

@test "the status tells of requests, token and cache" {
  [ "$(jq -r '.reachable, .token.state, .token.source, .cache.bytes > 1000' .particlefs/status.json)" = \
    $'true\naccepted\n$PARTICLE_TOKEN\ntrue' ]
}

@test "the token stands nowhere" {
  finds_no -rF "$TOKEN" .particlefs README devices.csv
  tr '\0' '\n' <"/proc/$(pgrep -f "api=$API" | head -1)/environ" | finds_no -F "$TOKEN"
}

@test "splice, sendfile and the Rust coreutils see the whole value" {
  size=$(wc -c <devices/greenhouse/info.json)
  cat >"$WORK/copy.py" <<'END'
import os, sys
source = os.open("devices/greenhouse/info.json", os.O_RDONLY)
size = os.fstat(source).st_size
if sys.argv[1] == "splice":
    end, begin = os.pipe()
    count = os.splice(source, begin, 1 << 20)
else:
    target = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    count = os.sendfile(target, source, 0, 1 << 20)
assert count == size, (count, size)
END
  touch devices/greenhouse/info.json
  python3 "$WORK/copy.py" splice
  touch devices/greenhouse/info.json
  python3 "$WORK/copy.py" sendfile "$WORK/sent"
  cmp "$WORK/sent" devices/greenhouse/info.json
  touch devices/greenhouse/info.json
  [ "$(/usr/lib/cargo/bin/coreutils/cat devices/greenhouse/info.json | wc -c)" -eq "$size" ]
}
