# SPDX-License-Identifier: Apache-2.0
# A configuration is checked by its JSON schema before it is sent.

load lib

P=products/cold-chain-v100
CHECKER=$(dirname "$PARTICLEFS")/schema/particlefs-check-schema

setup() {
  cd "$MNT"
}

# What the next test does not share: its schema, and what is cached of the last one.
teardown() {
  no_faults
  curl -sf -X DELETE -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/schema+json' \
    -d '{}' "$API/v1/$P/config" >/dev/null
  echo / >.particlefs/refresh
}

use_schema() {
  curl -sf -X PUT -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/schema+json' \
    -d "$1" "$API/v1/$P/config" >/dev/null
  echo / >.particlefs/refresh
  forget_requests
}

# Backtracks for longer than a checker may run.
use_endless_schema() {
  use_schema '{"type":"object","properties":{"name":{"pattern":"^(a+)+$"}}}'
  echo '{"name":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}' >"$WORK/doc"
}

sent() {
  curl -sf "$API/_sim/requests" | jq -c '.[] | select(.method != "GET") | [.method, .path, .body]'
}

a_device() {
  ls $P/devices | grep -v -e import -e provision -e query | head -n 1
}

is_checking() {
  pgrep -P "$(daemon_at "$MNT")" -f "^$CHECKER" >/dev/null
}

is_not_checking() {
  ! is_checking
}

@test "what does not match is not sent, and the reason is told" {
  printf '{\n  "location": {\n    "radius": -5\n  }\n}\n' >"$WORK/doc"
  forget_requests
  fails_with "Invalid argument" cp "$WORK/doc" $P/config.json
  [ -z "$(sent)" ]
  tail -n 1 .particlefs/errors
  tail -n 1 .particlefs/errors | grep -F "/$P/config.json: not sent: config.schema.json does not allow this: \
line 3, column 15, /location/radius: Expected number greater than or equal to 0"
  [ "$(jq .location.radius $P/config.json)" = 0 ]
}

@test "a pipeline of jq and cat fails as cp does" {
  device=$(a_device)
  jq -c '.rgb.brightness = 256' $P/devices/$device/config.json >"$WORK/doc"
  forget_requests
  fails_with "Invalid argument" bash -c "cat '$WORK/doc' >$P/devices/$device/config.json"
  [ -z "$(sent)" ]
  tail -n 1 .particlefs/errors | grep -F "line 1, column " | grep -F ", /rgb/brightness: "
  jq -c '.rgb.brightness = 200' $P/devices/$device/config.json >"$WORK/doc"
  cat "$WORK/doc" >$P/devices/$device/config.json
  [ "$(sent | jq '.[2].rgb.brightness')" = 200 ]
}

@test "what vim saves is checked once" {
  run vim -es -u NONE -c 'set nobackup nowritebackup' -c '%s/"brightness":255/"brightness":"high"/' \
    -c wq $P/config.json
  [ "$status" -ne 0 ]
  [ -z "$(sent | grep high)" ]
  [ "$(grep -c "$P/config.json: .*, /rgb/brightness: Value type not permitted" .particlefs/errors)" -eq 1 ]
  forget_requests
  vim -es -u NONE -c 'set nobackup nowritebackup' -c '%s/"brightness":255/"brightness":7/' -c wq \
    $P/config.json
  [ "$(sent | wc -l)" -eq 1 ]
  [ "$(jq .rgb.brightness $P/config.json)" = 7 ]
}

@test "a schema that is fresh is not fetched again, whatever is written" {
  echo '{"location":{"radius":1}}' >"$WORK/good"
  echo '{"location":{"radius":"far"}}' >"$WORK/bad"
  use_schema '{"type":"object","properties":{"location":{"properties":{"radius":{"type":"number"}}}}}'
  cp "$WORK/good" $P/config.json
  cp "$WORK/good" $P/config.json
  fails_with "Invalid argument" cp "$WORK/bad" $P/config.json
  [ "$(requests)" = "GET /v1/products/12345/config
PUT /v1/products/12345/config
PUT /v1/products/12345/config" ]
}

@test "what the schema does not restrict is sent" {
  use_schema '{"$schema":"http://json-schema.org/draft-04/schema#","type":"object","minProperties":1}'
  echo '{"name":"Zoë"}' >$P/config.json
  [ "$(sent | jq -c '.[2]')" = '{"name":"Zoë"}' ]
  echo '{}' >"$WORK/doc"
  fails_with "Invalid argument" cp "$WORK/doc" $P/config.json
}

@test "without a schema the cloud decides" {
  echo / >.particlefs/refresh
  forget_requests
  fault "status=404,method=GET,path=/v1/products/*/config"
  echo '{"location":{"radius":3}}' >$P/config.json
  [ "$(sent | jq '.[2].location.radius')" = 3 ]
  echo '{"location":{"radius":-3}}' >"$WORK/doc"
  fails_with "Invalid argument" cp "$WORK/doc" $P/config.json
  tail -n 1 .particlefs/errors | grep -F "PUT /v1/products/12345/config 400: "
}

@test "a schema that can't be read leaves it to the cloud" {
  while read -r schema; do
    use_schema "$schema"
    echo '{"name":3}' >$P/config.json
    [ "$(sent | jq -c '.[2]')" = '{"name":3}' ]
    tail -n 1 .particlefs/errors | grep -F "/$P/config.json: not checked: "
  done <<'END'
{"type":"object","properties":5}
{"type":"object","properties":{"name":7}}
{"type":"object","$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"name":false}}
{"type":"object","properties":{"name":{"$ref":"#/definitions/none"}}}
{"type":"object","$ref":"#"}
{"type":"object","properties":{"name":{"multipleOf":0}}}
{"type":"object","properties":{"name":{"allOf":[{"$ref":"#/properties/name"}]}}}
END
}

@test "a schema elsewhere is never fetched" {
  for scheme in "$API/v1/products" file:///etc/passwd; do
    use_schema "{\"type\":\"object\",\"properties\":{\"name\":{\"\$ref\":\"$scheme\"}}}"
    echo '{"name":3}' >$P/config.json
    [ "$(requests)" = "GET /v1/products/12345/config
PUT /v1/products/12345/config" ]
    tail -n 1 .particlefs/errors | grep -F "not checked: Fetching of remote JSON References not enabled"
  done
}

@test "a schema that takes for ever is given up, and others are served meanwhile" {
  use_endless_schema
  cat "$WORK/doc" >$P/config.json &
  wait_until is_checking
  [ -n "$(cat $P/name)" ]
  wait $!
  [ "$(sent | wc -l)" -eq 1 ]
  tail -n 1 .particlefs/errors | grep -F "not checked: the schema is too much for its checker"
}

@test "who is interrupted while the schema is fetched has sent nothing" {
  echo '{"location":{"radius":8}}' >"$WORK/doc"
  echo / >.particlefs/refresh
  fault "stall,method=GET,path=/v1/products/*/config"
  forget_requests
  interrupted_when config cp "$WORK/doc" $P/config.json
  tail -n 1 .particlefs/errors | grep -F "interrupted: nothing was sent"
  no_faults
  [ -z "$(sent)" ]
}

@test "who is interrupted while it is checked has sent nothing, and nobody checks on" {
  use_endless_schema
  cp "$WORK/doc" $P/config.json &
  wait_until is_checking
  kill -INT $! || true
  kill -TERM $!
  wait_until is_not_checking
  status=0
  wait $! || status=$?
  [ "$status" -eq 143 ]
  tail -n 1 .particlefs/errors | grep -F "interrupted: nothing was sent"
  [ -z "$(sent)" ]
}

@test "where the checker is missing the document is sent" {
  mkdir "$WORK/bin" "$WORK/other"
  cp "$PARTICLEFS" "$WORK/bin/particlefs"
  PARTICLE_TOKEN=$TOKEN "$WORK/bin/particlefs" -o "api=$API" "$WORK/other" 3>&-
  forget_requests
  echo '{"location":{"radius":4}}' >"$WORK/other/$P/config.json"
  run tail -n 1 "$WORK/other/.particlefs/errors"
  fusermount3 -u "$WORK/other"
  [[ $output == *"/$P/config.json: not checked: particlefs-check-schema is not installed"* ]]
  [ "$(sent | wc -l)" -eq 1 ]
}
