# SPDX-License-Identifier: Apache-2.0
# A cloud that lies: nothing of what it says leaves the tree, ends the daemon, fills the memory, or reaches a
# terminal raw; and the rest of the tree can be used meanwhile.

load lib

# As a command that is expected to fail.
never() {
  ! "$@"
}

# In the foreground, so that its memory can be looked at. Under a sanitizer, on a machine that does much else, what is
# endless takes its time.
mount_cloud() {
  PARTICLE_TOKEN=$TOKEN "$PARTICLEFS" -f -o "api=$API,timeout=250" "$MNT" >"$WORK/mount.log" 2>&1 3>&- &
  echo $! >"$WORK/daemon.pid"
  wait_until test -e "$MNT/README"
}

setup() {
  cd "$MNT"
  forget_requests
}

teardown() {
  curl -sf -X DELETE "$API/_sim/answers" >/dev/null
  no_faults
  echo / >.particlefs/refresh
  # It lives, and has a truth to tell again.
  [ "$(cat devices/greenhouse/name)" = greenhouse ]
}

# answer PATH BODY [MEMBER=JSON]…: what the cloud says to a GET of that path from now on.
answer() {
  local path=$1 body=$2
  shift 2
  printf %s "$body" >"$WORK/body"
  answer_file "$path" "$WORK/body" "$@"
}

answer_file() {
  local path=$1 body=$2 members='{}' member
  shift 2
  for member in "$@"; do
    members=$(jq -c ".${member%%=*} = ${member#*=}" <<<"$members")
  done
  base64 -w 0 "$body" >"$WORK/base64"
  jq -nc --arg path "$path" --rawfile body "$WORK/base64" \
    "{method: \"GET\", path: \$path, body_base64: \$body} + $members" |
    curl -sf "$API/_sim/answers" -d @- >/dev/null
  echo / >.particlefs/refresh
}

# The most memory that the daemon has had so far, in MiB.
peak() {
  awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$(cat "$WORK/daemon.pid")/status"
}

# A sanitizer keeps what was freed.
is_bounded() {
  echo "peak: $(peak) MiB"
  ldd "$PARTICLEFS" | grep -q libasan || [ "$(peak)" -lt "$1" ]
}

# Nothing that a terminal would obey, but newlines.
is_printable() {
  ! LC_ALL=C grep -aqP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]'
}

@test "a name is one component of a path, whatever it is" {
  answer /v1/devices '[{"id":"a1","name":"../../etc/passwd"},{"id":"a2","name":".."},{"id":"a3","name":"."},
    {"id":"a4","name":"/"},{"id":"a5","name":"a\u0000b"},{"id":"a6","name":"two\nlines"},
    {"id":"a7","name":"\u202etxt.exe"},{"id":"a8","name":"\u001b[2J\u009b1m"},{"id":"a9","name":""},
    {"id":"a10","name":null},{"id":"a11","name":{"a":1}},{"id":"a12","name":"by-id"},
    {"id":"a13","name":"\ud800"},{"id":"a14","name":"%2F"},{"id":"a15","name":"-rf"}]'
  run ls -1N devices
  [ "$status" -eq 0 ]
  for name in '%2E.%2F..%2Fetc%2Fpasswd' '%2E.' '%2E' '%2F' 'two%0Alines' '%1B[2J%C2%9B1m' a9 a10 a11 by-id~a12 \
    '%252F' -rf; do
    grep -qxF -e "$name" <<<"$output"
    [ -d "devices/$name" ]
  done
  [ "$(cat 'devices/%2E./id')" = a2 ]
  [ "$(cat devices/a6/name)" = $'two\nlines' ]
  [ "$(ls devices | wc -l)" -eq 20 ]
}

# What stands there is so many, each found by its name, in one component, without a control character.
are_names() {
  local directory=$1 name
  ls -1AN "$directory" >"$WORK/names"
  cat -v "$WORK/names"
  [ "$(wc -l <"$WORK/names")" -eq "$2" ]
  LC_ALL=C finds_no -aP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$WORK/names"
  while IFS= read -r name; do
    [[ $name != */* && $name != . && $name != .. ]]
    [ -e "$directory/$name" ]
  done <"$WORK/names"
}

@test "so is that of a product, a group, a variable of the environment, a library, a ledger" {
  local evil='["..", "../../x", "/", "a\u0000b", "two\nlines", "\u202etxt.exe", "\u001b[2J\u009b1m", "%2F", "-rf"]'
  answer /v1/products "$(jq -c '{products: to_entries | map({id: .key, slug: .value, name: .value})}' <<<"$evil")"
  answer '/v1/products/*/groups' "$(jq -c '{groups: map({name: .})}' <<<"$evil")"
  answer /v1/env "$(jq -c '{latest: {own: map({(.): {value: "v"}}) | add, inherited: {}}}' <<<"$evil")"
  answer /v1/libraries "$(jq -c '{data: map({id: ., attributes: {name: ., version: "1.0.0"}})}' <<<"$evil")"
  answer /v1/ledgers "$(jq -c '{ledgers: map({name: .}), meta: {total_pages: 1}}' <<<"$evil")"
  are_names products 9
  are_names products/-rf/groups 8
  are_names env/vars 9
  are_names libraries 11
  are_names ledgers 10
  [ "$(cat 'env/vars/%2E.')" = v ]
  [ "$(cat 'ledgers/%2E.%2F..%2Fx/name')" = ../../x ]
}

@test "an ID is data in a path, a query and a link" {
  answer /v1/devices '[{"id":"../../etc","name":"climbs","variables":{"v":"int"},"functions":["f"]},
    {"id":"a?access_token=x&b#c/../d e\r\nX-Evil: 1","name":"splits","variables":{"../v":"int"},"functions":["f"]},
    {"id":"..","name":"dots","variables":{"v":"int"},"functions":["f"]},
    {"id":"","name":"empty"},{"id":null,"name":"null"},{"id":{"a":1},"name":"object"},{"id":["a"],"name":"array"}]'
  [ "$(ls -N devices | grep -v '^by-\|^claim')" = "climbs
dots
splits" ]
  [ "$(readlink 'devices/by-id/%2E.%2F..%2Fetc')" = ../climbs ]
  forget_requests
  never cat devices/climbs/variables/v
  never cat devices/splits/variables/*
  fails_with "Invalid argument" cat devices/dots/variables/v
  never bash -c 'echo 1 >devices/splits/functions/f'
  fails_with "Invalid argument" bash -c 'echo 1 >devices/dots/functions/f'
  fails_with "Invalid argument" rmdir devices/dots
  never rmdir devices/climbs
  requests >"$WORK/seen"
  cat "$WORK/seen"
  grep -qxF 'GET /v1/devices/..%2F..%2Fetc/v' "$WORK/seen"
  grep -qF 'POST /v1/devices/a%3Faccess_token%3Dx%26b%23c%2F..%2Fd%20e%0D%0AX-Evil%3A%201/f' "$WORK/seen"
  grep -qxF 'DELETE /v1/devices/..%2F..%2Fetc' "$WORK/seen"
  never grep -vE '^(GET|POST|DELETE) /v1/devices/(\.\.%2F|a%3F)' "$WORK/seen"
}

@test "the cloud's word is no link out of the tree" {
  answer '/v1/serial_numbers/*' '{"ok":true,"device_id":"../../../../etc/passwd"}'
  run readlink devices/by-serial/P046AF450KGXTXF
  echo "$output"
  [ "$output" = "../%2E.%2F..%2F..%2F..%2Fetc%2Fpasswd" ]
  never cat devices/by-serial/P046AF450KGXTXF
}

@test "the same ID twice is one device, and the same name three times three" {
  answer /v1/devices '[{"id":"one-111111","name":"x"},{"id":"two-222222","name":"x"},{"id":"one-111111","name":"x"},
    {"id":"three-333333","name":"x"},{"id":"four-333333","name":"x"},{"id":"evil","name":"one-111111"}]'
  [ "$(ls -N devices | grep -v '^by-\|^claim')" = "one-111111~evil
x~111111
x~222222
x~four-333333
x~three-333333" ]
  [ "$(cat devices/one-111111/name)" = x ]
  [ ! -e devices/x ]
}

@test "keys that come twice, numbers without an end, half characters" {
  answer '/v1/devices*' '[{"id":"a1","name":"one","name":"two","big":123456789012345678901234567890,"huge":1e999999,
    "half":"\ud800x","variables":{"a":"int","a":"double","b\ud800":"int"},"functions":["f","f",99999999999999999999,"g\u0000h"],
    "notes":"\u0000"}]'
  [ "$(cat devices/two/name)" = two ]
  [ "$(cat devices/two/big)" = 123456789012345678901234567890 ]
  [ "$(cat devices/two/huge)" = 1e999999 ]
  [ "$(ls devices/two/functions)" = "99999999999999999999
f
g" ]
  [ "$(ls devices/two/variables | head -n 1)" = a ]
  [ "$(ls devices/two | uniq -d)" = "" ]
  [ "$(head -n 1 devices.csv | tr , '\n' | sort | uniq -d)" = "" ]
}

@test "a name of 10 MB" {
  { printf '[{"id":"a1","name":"'; head -c 10000000 /dev/zero | tr '\0' n; printf '"},{"id":"a2","name":"b"}]'; } >"$WORK/large"
  answer_file /v1/devices "$WORK/large"
  [ "$(ls -N devices | grep ^nnn | tr -d '\n' | wc -c)" -eq 255 ]
  [ "$(cat devices/a1/name | wc -c)" -eq 10000001 ]
  [ "$(cat devices/b/id)" = a2 ]
}

@test "what is no JSON, or not UTF-8, or nests without an end" {
  head -c 100000 /dev/zero | tr '\0' '[' >"$WORK/deep"
  for path in /v1/devices /v1/build_targets /v1/user; do
    answer_file "$path" "$WORK/deep"
  done
  fails_with "Bad message" ls devices
  fails_with "Bad message" cat firmware/targets.json
  fails_with "Bad message" cat account/username
  answer_file /v1/devices "$PARTICLEFS"
  fails_with "Bad message" ls devices
  answer /v1/devices '[{"id":"a1","name":"'$'\xff\xfe''"}]'
  fails_with "Bad message" ls devices
  answer /v1/devices '{"id":"a1"}'
  fails_with "Bad message" ls devices
  answer /v1/devices '[{"id":"a1"}'
  fails_with "Bad message" ls devices
  answer /v1/devices ''
  fails_with "Bad message" ls devices
  ls firmware >/dev/null
}

@test "what nests without an end in a value, a result, or an event" {
  head -c 100000 /dev/zero | tr '\0' '[' >"$WORK/deep"
  { printf '[{"id":"a1","notes":'; cat "$WORK/deep"; } >"$WORK/body"
  answer_file /v1/devices "$WORK/body"
  fails_with "Bad message" ls devices
  curl -sf -X DELETE "$API/_sim/answers" >/dev/null
  echo / >.particlefs/refresh
  { printf '{"name":"soil","result":'; cat "$WORK/deep"; } >"$WORK/body"
  answer_file '/v1/devices/*/soil' "$WORK/body"
  fails_with "Bad message" cat devices/greenhouse/variables/soil
  { printf '{"return_value":'; cat "$WORK/deep"; } >"$WORK/body"
  answer_file '/v1/devices/*/water' "$WORK/body" 'method="POST"'
  fails_with "Bad message" bash -c "echo 1 >devices/greenhouse/functions/water"
  timeout 20 cat events >/dev/null
  { printf '{"raw":"event: deep\\ndata: {\\"data\\":'; cat "$WORK/deep"; printf '\\n\\n"}'; } >"$WORK/body"
  curl -sf "$API/_sim/events" -d @"$WORK/body" >/dev/null
  curl -sf "$API/_sim/events" -d '{"name":"after","data":"1"}' >/dev/null
  wait_until grep -q '"after"' events
  [ "$(grep '"deep"' events | jq -r '.data | length')" -ge 100000 ]
}

@test "a file without an end" {
  product=$(ls products | head -n 1)
  answer '/v1/products/*/firmware/*/binary' '' 'unit="0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"' \
    repeat=-1
  fails_with "Bad message" cat products/"$product"/firmware/1/binary
  tail -n 1 .particlefs/errors | grep -qF "the file is over 64 MiB"
}

@test "a tree of many small things" {
  { printf '{"targets":['; yes '{},' | head -n 3000000 | tr -d '\n'; printf '{}]}'; } >"$WORK/many"
  answer_file /v1/build_targets "$WORK/many"
  fails_with "Bad message" cat firmware/targets.json || fails_with "Bad message" ls firmware/targets
  never ls firmware/targets
  answer_file '/v1/user' "$WORK/many" status=500
  fails_with "Remote I/O error" cat account/username
  is_bounded 300
}

@test "a table of more commas than values" {
  jq -nc '[range(900)] | map({"k\(.)": 1}) | add + {id: "first"}' >"$WORK/columns"
  answer /v1/devices "[$(cat "$WORK/columns")" 'unit=",{\"id\":\"d%d\"}"' repeat=200000 'end="]"'
  fails_with "Bad message" bash -c "cat devices.csv >/dev/null"
  [ -d devices/first ]
}

@test "a list of ten million devices, and one without an end" {
  answer /v1/devices '[{"id":"a0"}' 'unit=",{\"id\":\"device-%d\"}"' repeat=10000000 'end="]"'
  fails_with "Bad message" ls devices
  answer /v1/devices '[{"id":"a0"' 'unit=",\"key-%d\":1"' repeat=-1
  fails_with "Bad message" ls devices
  answer /v1/devices '[{"id":"a0","name":"' 'unit="nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"' repeat=-1
  fails_with "Bad message" ls devices
  answer /v1/user '{"username":"' 'unit="nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"' repeat=-1
  fails_with "Bad message" cat account/username
  answer /v1/devices '[{"id":"a0","name":"few"}]'
  [ "$(cat devices/few/id)" = a0 ]
  is_bounded 400
}

# MiB that the daemon has now.
resident() {
  awk '/VmRSS/ { print int($2 / 1024) }' "/proc/$(cat "$WORK/daemon.pid")/status"
}

@test "what was read is not kept as long as its name is known" {
  product=$(ls products | head -n 1)
  answer '/v1/products/*/firmware' "$(jq -nc '[range(24)] | map({version: ., title: "v\(.)"})')"
  answer '/v1/products/*/firmware/*/binary' '' 'unit="0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"' \
    repeat=131072
  before=$(resident)
  [ "$(cat products/"$product"/firmware/*/binary | wc -c)" -eq $((24 * 8 << 20)) ]
  after=$(resident)
  echo "from $before to $after MiB"
  ldd "$PARTICLEFS" | grep -q libasan || [ "$after" -lt $((before + 128)) ]
}

@test "all lists together have no more than there is room for, and who stands in one has it again" {
  answer /v1/products "$(jq -nc '{products: ([range(4)] | map({id: ., slug: "p\(.)", name: "p\(.)"}))}')"
  answer '/v1/products/*/groups/a' '{"group":{"name":"a","color":"#ff0000"}}'
  answer '/v1/products/*/devices' '{"devices":[],"meta":{"total_pages":1}}'
  # As no color repeats at first, none is shared.
  answer '/v1/products/*/groups' "$(jq -nc '[range(100)] | {groups: map({name: "g-\(.)", color: "color-\(.)"})}' | head -c -3)" \
    'unit=",{\"name\":\"g%d\",\"color\":\"'"$(printf '%8000s' | tr ' ' c)"'\"}"' repeat=12000 \
    'end=",{\"name\":\"a\",\"color\":\"#ff0000\"}]}"'
  before=$(resident)
  cd products/p0/groups/a
  exec 4<color
  for i in 0 1 2 3; do
    # Unsorted, and not looked at.
    [ "$(ls -U "$MNT/products/p$i/groups" | wc -l)" -eq 12101 ]
  done
  after=$(resident)
  echo "from $before to $after MiB"
  ldd "$PARTICLEFS" | grep -q libasan || [ "$after" -lt $((before + 320)) ]
  [ "$(cat <&4)" = "#ff0000" ]
  exec 4<&-
  [ "$(pwd -P)" = "$MNT/products/p0/groups/a" ]
  [ "$(cat color)" = "#ff0000" ]
  ls >/dev/null
  cd "$MNT"
}

asked_for_devices() {
  requests | grep -qxF 'GET /v1/devices'
}

@test "what a fleet answers is no more than there is room for" {
  answer '/v1/devices' "$(jq -nc '[range(12)] | map({id: "d\(.)", online: true, variables: {v: "string"}})')"
  answer '/v1/devices/*/v' '{"result":"' 'unit="0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"' \
    repeat=200000 'end="\"}"'
  cat devices/all/variables/v.csv >"$WORK/table"
  [ "$(grep -c '^d[0-9]*,,0' "$WORK/table")" -eq 10 ]
  [ "$(grep -c 'the answers are too large' "$WORK/table")" -eq 2 ]
}

@test "the rest of the tree is there while a list does not end" {
  answer /v1/devices '[{"id":"a0"}' 'unit=",{\"id\":\"a0\",\"name\":\"again\"}"' repeat=-1
  timeout 20 ls devices >/dev/null 2>&1 3>&- &
  lister=$!
  wait_until asked_for_devices
  for i in 1 2 3; do
    # Past the caches.
    [ "$(dd if=account/username iflag=direct status=none)" = ada@example.com ]
  done
  [ "$(cat README | wc -l)" -gt 10 ]
  kill "$lister" || true
  wait "$lister" || true
}

@test "pages that repeat, and pages that do not end" {
  product=$(ls products | head -n 1)
  answer '/v1/products/*/devices' '{"devices":[{"id":"a0","name":"x"}],"meta":{"total_pages":1000000000}}'
  fails_with "Bad message" ls "products/$product/devices"
  [ "$(requests | grep -c 'page=')" -lt 40 ]
  answer '/v1/products/*/devices' '{"devices":[],"meta":{"total_pages":99999999999999999999}}'
  forget_requests
  ls "products/$product/devices" >/dev/null
  [ "$(requests | grep -c 'page=')" -lt 40 ]
  answer '/v1/products/*/devices' '{"devices":[],"meta":{"total_pages":-5}}'
  ls "products/$product/devices" >/dev/null
}

@test "versions of which there are always more, the same ones and new ones" {
  versions=$(echo ledgers/thresholds/instances/*/versions)
  answer '/v1/ledgers/*/instances/*/versions' '{"versions":[{"replaced_at":"t"}],"meta":{"has_more":true}}'
  fails_with "Bad message" ls "$versions"
  [ "$(requests | grep -c /versions)" -lt 20 ]
  answer '/v1/ledgers/*/instances/*/versions' '{"versions":[{"replaced_at":"t"}' \
    'unit=",{\"replaced_at\":\"%d-'"$(printf '%220s' | tr ' ' t)"'\"}"' repeat=40000 'end="],\"meta\":{\"has_more\":true}}"'
  fails_with "Bad message" bash -c 'ls -U "$1" >/dev/null' _ "$versions"
  [ "$(requests | grep -c /versions)" -lt 40 ]
}

@test "what the cloud says is printed, not obeyed" {
  evil='\u001b]0;owned\u0007\u001b[2J\u009b31m\nforged line\u202e'
  answer '/v1/devices/*' "{\"error\":\"$evil\"}" status=500
  answer '/v1/user' "{\"error\":\"$evil\"}" status=418
  never cat devices/greenhouse/variables/temperature
  never cat account/username
  tail -n 4 .particlefs/errors >"$WORK/errors"
  cat -v "$WORK/errors"
  is_printable <"$WORK/errors"
  grep -qF '\x1b]0;owned' "$WORK/errors"
  never grep -q '^forged' "$WORK/errors"
  PARTICLE_TOKEN=$TOKEN run "$PARTICLEFS" api --api "$API" getUserInfo
  [ "$status" -ne 0 ]
  is_printable <<<"$output"
  PARTICLE_TOKEN=$TOKEN run "$PARTICLEFS" whoami --api "$API"
  is_printable <<<"$output"
  # What a parser complains of is the cloud's as well.
  for body in '["'$'\xc2\x9b''31mforged' $'\x1b' '{"username":"'$'\xc2\x9b\xe2\x80\xae''31m"}'; do
    answer '/v1/user' "$body"
    PARTICLE_TOKEN=$TOKEN run "$PARTICLEFS" whoami --api "$API"
    cat -v <<<"$output"
    [ -n "$output" ]
    is_printable <<<"$output"
  done
}

@test "what a library says is its archive is no header, no file, and not in the log as it is" {
  library=$(ls libraries | head -n 1)
  answer "/v1/libraries*" '{"data":[{"id":"'"$library"'","attributes":{"name":"'"$library"'","version":"1.0.0"},
    "links":{"download":"https://127.0.0.1:1/\u001b[2J\r\nX-Evil: 1"}}]}'
  never cat "libraries/$library/versions/1.0.0/archive.tar.gz"
  answer "/v1/libraries*" '{"data":[{"id":"'"$library"'","attributes":{"name":"'"$library"'","version":"1.0.0"},
    "links":{"download":"file:///etc/passwd"}}]}'
  never cat "libraries/$library/versions/1.0.0/archive.tar.gz"
  is_printable <.particlefs/errors
  # Nor in what is told on stderr, of each request.
  mkdir "$WORK/second"
  PARTICLE_TOKEN=$TOKEN "$PARTICLEFS" -f -o "api=$API,log=debug" "$WORK/second" >"$WORK/second.log" 2>&1 3>&- &
  wait_until test -e "$WORK/second/README"
  answer "/v1/libraries*" '{"data":[{"id":"'"$library"'","attributes":{"name":"'"$library"'","version":"1.0.0"},
    "links":{"download":"https://127.0.0.1:1/\u001b[2J\r\nX-Evil: 1"}}]}'
  never cat "$WORK/second/libraries/$library/versions/1.0.0/archive.tar.gz"
  fusermount3 -u "$WORK/second"
  wait $!
  grep -qF 'GET https://127.0.0.1:1/\x1b[2J' "$WORK/second.log"
  is_printable <"$WORK/second.log"
}

@test "an answer on a terminal is the same JSON, without controls" {
  answer '/v1/user' '{"username":"a'$'\xc2\x9b''31m'$'\x7f\xe2\x80\xae''b"}'
  PARTICLE_TOKEN=$TOKEN run "$BATS_TEST_DIRNAME/type.py" "$PARTICLEFS" api --api "$API" getUserInfo
  is_printable <<<"${output//$'\r'/}"
  [ "$(jq -r .username <<<"${output//$'\r'/}")" = "a"$'\xc2\x9b'"31m"$'\x7f\xe2\x80\xae'b ]
  PARTICLE_TOKEN=$TOKEN "$PARTICLEFS" api --api "$API" getUserInfo >"$WORK/answer"
  grep -qP '\x7f' "$WORK/answer"
}

@test "a cookie is not kept, and Retry-After of years is not waited for" {
  answer '/v1/user' '{"username":"a"}' 'headers={"Set-Cookie":"session=evil; Path=/"}'
  cat account/username
  echo / >.particlefs/refresh
  cat account/username
  curl -sf "$API/_sim/requests" >"$WORK/seen"
  never grep -qi cookie "$WORK/seen"
  answer '/v1/user' '{"error":"slow down"}' status=429 'headers={"Retry-After":"4294967295"}'
  fails_with "Device or resource busy" timeout 20 cat account/username
  # It is kept for an hour at most, and a mount forgets it.
  cd /
  unmount_cloud
  mount_cloud
  cd "$MNT"
  answer '/v1/user' '{"error":"slow down"}' status=429 'headers={"Retry-After":"Fri, 31 Dec 9999 23:59:59 GMT"}'
  fails_with "Device or resource busy" timeout 20 cat account/username
  cd /
  unmount_cloud
  mount_cloud
  cd "$MNT"
}

has_come() {
  tail -n 1 topics/end | grep -qx "$1"
}

@test "a stream of one line without an end, of a million events, of odd names" {
  timeout 20 cat events >/dev/null
  curl -sf "$API/_sim/events" -d '{"name":"first","data":"1"}' >/dev/null
  wait_until grep -q '"first"' events
  { printf '{"raw":"data: '; head -c 20000000 /dev/zero | tr '\0' x; printf '"}'; } >"$WORK/line"
  curl -sf "$API/_sim/events" -d @"$WORK/line" >/dev/null
  printf '{"raw":"\\n\\nevent: ../../x\\u001b[2J\\ndata: {\\"data\\":\\"odd\\"}\\n\\n"}' | curl -sf "$API/_sim/events" -d @- >/dev/null
  wait_until grep -q '"odd"' events
  [ "$(cat 'topics/%2E.%2F..%2Fx%1B[2J')" = odd ]
  ls -N topics | is_printable
  timeout 20 cat topics/end >/dev/null
  for i in 1 2 3 4 5; do
    curl -sf "$API/_sim/events" -d '{"name":"flood","data":"x","count":200000}' >/dev/null
    [ "$(dd if=account/username iflag=direct status=none)" = ada@example.com ]
    curl -sf "$API/_sim/events" -d "{\"name\":\"end\",\"data\":\"$i\"}" >/dev/null
    wait_until has_come "$i" || wait_until has_come "$i"
  done
  never grep -avqE '^\{"(name":"[^"]*"|particlefs":"gap").*\}$' events
  # With what is kept of the lists above.
  is_bounded 600
}
