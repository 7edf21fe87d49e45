# SPDX-License-Identifier: Apache-2.0
# The same rows under the account, a product and an organization.

load lib

P=products/cold-chain-v100

setup() {
  cd "$MNT"
}

teardown() {
  no_faults
  feed_threads
  cd "$MNT"
  unmount_second
}

sent() {
  curl -sf "$API/_sim/requests" | jq -c '.[] | select(.method != "GET") | [.method, .path, .body]'
}

# change METHOD PATH JSON: in the cloud, behind the mount's back.
change() {
  curl -sf -X "$1" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -d "$3" "$API/v1/$2" >/dev/null
}

@test "a product's devices are asked by the product's routes" {
  device=$(ls $P/devices | grep -v -e import -e provision -e query | head -n 1)
  id=$(cat "$P/devices/$device/id")
  forget_requests
  echo 'by the product' >"$P/devices/$device/notes"
  [ "$(sent)" = "[\"PUT\",\"/v1/products/12345/devices/$id\",{\"notes\":\"by the product\"}]" ]
  [ "$(cat "$P/devices/$id/notes")" = 'by the product' ]
}

@test "a product's device has its own environment, by a route that names no product" {
  for products in products orgs/acme/products; do
    device=$(echo $products/asset-watch-v100/devices/*_* | cut -d ' ' -f 1)
    id=$(cat "$device/id")
    forget_requests
    echo one >"$device/env/vars/COLOUR"
    [ "$(sent)" = "[\"PUT\",\"/v1/env/$id/COLOUR\",{\"value\":\"one\"}]" ]
    [ "$(cat "$device/env/vars/COLOUR")" = one ]
    [ ! -e products/asset-watch-v100/env/vars/COLOUR ]
    echo COLOUR >"$device/env/unset"
    [ ! -e "$device/env/vars/COLOUR" ]
  done
}

@test "a SIM card is activated by its own file, also below a product, and checked" {
  echo country=US >"sims/$(ls sims | head -n 1)/activate"
  card=$(ls $P/sims | head -n 1)
  finds_no iccid "$P/sims/$card/activate"
  forget_requests
  echo country=US >"$P/sims/$card/activate"
  [ "$(sent)" = "[\"POST\",\"/v1/products/12345/sims\",{\"sims\":[\"$card\"],\"country\":\"US\"}]" ]
  echo "$(ls sims | head -n 1)" >sims/check
  [ "$(cat sims/check)" = active ]
}

@test "a product stands in its organization too" {
  [ "$(cat orgs/acme/products/asset-watch-v100/id)" = "$(cat products/asset-watch-v100/id)" ]
  fails_with "No such file" cat orgs/acme/products/cold-chain-v100/id
}

@test "a group shows its devices" {
  [ "$(ls -l $P/groups/alpha | grep -c ' -> ')" -eq "$(cat $P/groups/alpha/device_count)" ]
  for link in $P/groups/alpha/*; do
    [ ! -L "$link" ] || grep -qx alpha "$link/groups"
  done
  mkdir $P/groups/gamma
  [ -d $P/groups/gamma ]
  mv $P/groups/gamma $P/groups/delta
  echo '#00ff00' >$P/groups/delta/color
  [ "$(cat $P/groups/delta/color)" = '#00ff00' ]
  rmdir $P/groups/delta
  [ ! -e $P/groups/delta ]
}

@test "a device that was taken out of its group is called with it no more" {
  group=$P/groups/alpha
  link=$(find $group -type l | head -n 1)
  device=$(basename "$(readlink "$link")")
  id=$(cat "$P/devices/$device/id")
  echo >"$P/devices/$device/groups"
  [ -z "$(find $group -lname "*/$device")" ]
  forget_requests
  echo 1 >$group/all/functions/reset || true
  requests | grep -q '/reset$'
  finds_no -F "$id/reset" <(requests)
  echo alpha >"$P/devices/$device/groups"
  forget_requests
  echo 1 >$group/all/functions/reset || true
  requests | grep -F "$id/reset"
}

@test "what was made is there at once, though it was looked for before" {
  [ ! -e ledgers/heights ]
  echo '{"name": "heights", "scope": "Device", "direction": "Upstream"}' >ledgers/new
  echo of trees >ledgers/heights/description
  rmdir ledgers/heights
  id=$(cat devices/greenhouse/id)
  rmdir devices/greenhouse
  [ ! -e devices/greenhouse ]
  echo "$id" >devices/claim
  [ "$(cat devices/greenhouse/id)" = "$id" ]
}

@test "what was looked for in vain is there once something has acted, wherever that was" {
  id=$(cat devices/kitchen/id)
  [ ! -e env/vars/BROUGHT ]
  echo BROUGHT=1 >env/apply
  [ "$(cat env/vars/BROUGHT)" = 1 ]
  [ ! -e "devices/$id/env/vars/CARRIED" ]
  echo 2 >devices/kitchen/env/vars/CARRIED
  [ "$(cat "devices/$id/env/vars/CARRIED")" = 2 ]
  echo BROUGHT >env/unset
  echo CARRIED >devices/kitchen/env/unset
}

@test "a draft that was looked for in vain is there, by each path, once it is made or moved" {
  named=products/asset-watch-v100/firmware
  numbered=products/12346/firmware
  [ ! -e $numbered/90 ]
  mkdir $named/90
  [ -e $numbered/90 ]
  [ ! -e $numbered/91 ]
  mv $named/90 $named/91
  [ ! -e $numbered/90 ]
  [ -e $numbered/91 ]
  rmdir $named/91
  [ ! -e $numbered/91 ]
  source=devices/$(cat devices/kitchen/id)/firmware/source
  [ ! -e "$source/draft.cpp" ]
  echo 'void loop() {}' >devices/kitchen/firmware/source/draft.cpp
  [ -s "$source/draft.cpp" ]
  rm devices/kitchen/firmware/source/draft.cpp
  [ ! -e "$source/draft.cpp" ]
}

@test "what was looked for before something acted or was touched, and answered after that, is looked for again" {
  for way in 'echo SLOW=1 >env/apply' "change PUT env/SLOW '{\"value\":\"1\"}'; touch env"; do
    # Unlike touch it ends when the kernel is told: who waits for the cloud then is not sent away.
    echo /env >.particlefs/refresh
    forget_requests
    fault 'latency=700,path=/v1/env,count=1'
    stat env/vars/SLOW >"$WORK/slow" 2>&1 3>&- &
    wait_until asked "GET /v1/env"
    eval "$way"
    wait $! || true
    grep -F 'No such file' "$WORK/slow"
    [ "$(cat env/vars/SLOW)" = 1 ]
    echo SLOW >env/unset
  done
}

@test "a name that a product's device had is free at once, where nobody has listed them" {
  device=$(ls $P/devices | grep _ | head -n 1)
  PARTICLE_TOKEN=$TOKEN mount_second
  cd "$WORK/second/$P/devices"
  [ -s "$device/id" ]
  echo "once-$device" >"$device/name"
  [ ! -e "$device" ]
  mv "once-$device" "$device"
  [ ! -e "once-$device" ]
}

@test "a name that a product's device had is free at once, by the product's ID, too" {
  read -r first second <<<"$(echo $(ls $P/devices | grep _ | head -n 2))"
  id=$(cat "$P/devices/$second/id")
  for devices in $P/devices products/12345/devices; do
    [ -s "$devices/$first/id" ]
    [ "$(cat "$devices/$second/id")" = "$id" ]
  done
  mv "$P/devices/$first" "$P/devices/once-$first"
  mv "$P/devices/$second" "$P/devices/$first"
  [ ! -e "products/12345/devices/$second" ]
  [ "$(cat "products/12345/devices/$first/id")" = "$id" ]
  mv "$P/devices/$first" "$P/devices/$second"
  mv "$P/devices/once-$first" "$P/devices/$first"
}

@test "a name that has gone has gone everywhere when the command ends, on a busy machine as well" {
  product=products/asset-watch-v100
  read -r one other <<<"$(echo $(ls $product/devices | grep _ | head -n 2))"
  seen=products/$(cat $product/id)/devices
  PARTICLE_TOKEN=$TOKEN mount_second
  cd "$WORK/second"
  starve_threads "$WORK/second"
  for round in 1 2 3 4; do
    [ -s "$seen/$one/id" ]
    [ -s "$seen/$other/id" ]
    mv "orgs/acme/$product/devices/$other" "orgs/acme/$product/devices/once-$other" 3>&- &
    mv "$product/devices/$one" "$product/devices/once-$one"
    wait $!
    [ ! -e "$seen/$one" ]
    [ ! -e "$seen/$other" ]
    mv "$product/devices/once-$one" "$product/devices/$one"
    mv "$product/devices/once-$other" "$product/devices/$other"
    [ ! -e "$seen/once-$one" ]
    [ ! -e "$seen/once-$other" ]
  done
}

@test "who has listed devices finds no name that stood there before, on a busy machine as well" {
  id=$(cat devices/workshop/id)
  PARTICLE_TOKEN=$TOKEN mount_second
  cd "$WORK/second"
  starve_threads "$WORK/second"
  for names in "workshop attic" "attic workshop" "workshop attic" "attic workshop"; do
    read -r before after <<<"$names"
    [ -s "devices/$before/id" ]
    change PUT "devices/$id" "{\"name\":\"$after\"}"
    echo /devices >.particlefs/refresh
    all=(devices/*)
    [ ! -e "devices/$before" ]
  done
}

@test "a configuration is edited in place" {
  jq -c '.location.radius = 42' $P/config.json >"$WORK/config"
  forget_requests
  cat "$WORK/config" >$P/config.json
  [ "$(sent | jq '.[2].location.radius')" = 42 ]
  [ "$(jq .location.radius $P/config.json)" = 42 ]
}

@test "each document is edited by vim and by jq, and is sent as JSON or not at all" {
  export HOME=$WORK
  for document in $P/config.json logic/functions/Alarm/triggers.json \
    "$(echo ledgers/thresholds/instances/*)/data.json" devices/kitchen/info.json account/info.json \
    ledgers/thresholds/info.json integrations/5b0e1f2a3c4d5e6f70819203/info.json; do
    forget_requests
    vim -es -N -u NONE -c '%s/}/ }/' -c wq "$document"
    [ "$(sent | wc -l)" -le 1 ]
    # What the cloud counts is another number after each.
    jq . "$document" >"$WORK/new"
    cat "$WORK/new" >"$document"
    [ "$(sent | wc -l)" -le 2 ]
    forget_requests
    head -c -3 "$WORK/new" >"$WORK/part"
    fails_with "Invalid argument" bash -c 'cat "$WORK/part" >"$1"' _ "$document"
    [ -z "$(sent)" ]
    tail -n 1 .particlefs/errors | grep -F "$document: not sent: not valid JSON, line " | grep ', column '
    [ "$(jq -S 'del(.. | .version?)' "$document")" = "$(jq -S 'del(.. | .version?)' "$WORK/new")" ]
  done
}

@test "of a record that was changed, what can be set is sent" {
  jq -c '.account_info.first_name = "Ida"' account/info.json >"$WORK/account"
  jq -c '.event = "gate" | .deviceID = "e00fce6810caffee00000001"' \
    integrations/5b0e1f2a3c4d5e6f70819203/info.json >"$WORK/integration"
  forget_requests
  cat "$WORK/account" >account/info.json
  cat "$WORK/integration" >integrations/5b0e1f2a3c4d5e6f70819203/info.json
  sent | jq -S -c '.[2]' >"$WORK/sent"
  [ "$(jq -c '[keys, .account_info.first_name]' "$WORK/sent" | head -n 1)" = '[["account_info"],"Ida"]' ]
  [ "$(tail -n 1 "$WORK/sent")" = "$(printf %s '{"deviceid":"e00fce6810caffee00000001",' \
    '"disabled":false,"event":"gate","integration_type":"Webhook","name":"to-db",' \
    '"requestType":"POST","url":"https://example.com/h"}')" ]
  [ "$(cat integrations/5b0e1f2a3c4d5e6f70819203/event)" = gate ]
}

@test "an environment variable is made, changed and unset" {
  echo one >env/vars/COLOUR
  [ "$(cat env/vars/COLOUR)" = one ]
  echo two >env/vars/COLOUR
  [ "$(cat env/vars/COLOUR)" = two ]
  printf 'COLOUR=three\nSHAPE=round\n' >"$WORK/vars"
  cp "$WORK/vars" env/apply
  [ "$(cat env/vars/COLOUR env/vars/SHAPE)" = $'three\nround' ]
  echo COLOUR >env/unset
  [ "$(ls env/vars)" = SHAPE ]
}

# Of a list without a call for the one, of a record, of an answer that has many, and of one of its own.
@test "touch and refresh fetch anew what a value is made from" {
  echo '{"name":"app","type":"installed"}' >clients/new
  client=$(ls clients | grep -v -x new)
  echo one >env/vars/ANEW
  while read -r file method path field; do
    for way in 'touch "$file"' 'echo "/$file" >.particlefs/refresh'; do
      cat "$file" >/dev/null
      new="${way::4}-$RANDOM"
      change "$method" "$path" "$(printf "$field" "$new")"
      eval "$way"
      [ "$(cat "$file")" = "$new" ]
    done
  done <<END
clients/$client/name PUT clients/$client {"name":"%s"}
devices/kitchen/notes PUT devices/$(cat devices/kitchen/id) {"notes":"%s"}
env/vars/ANEW PUT env/ANEW {"value":"%s"}
END
  echo ANEW >env/unset
  rmdir "clients/$client"
}

@test "touch by an ID fetches anew what was known by a name" {
  first=$(ls $P/devices | grep _ | head -n 1)
  id=$(cat "$P/devices/$first/id")
  change PUT "products/12345/devices/$id" '{"name":"told-by-none"}'
  touch products/12345/devices
  ls products/12345/devices | grep -x told-by-none
  change PUT "products/12345/devices/$id" "{\"name\":\"$first\"}"
  touch $P/devices
  ls products/12345/devices | grep -x "$first"
  id=$(cat devices/kitchen/id)
  cat devices/kitchen/env/info.json
  change PUT "env/$id/KNOWN" '{"value":"no"}'
  touch "devices/$id/env"
  grep KNOWN "devices/$id/env/info.json"
  change DELETE "env/$id/KNOWN" '{}'
  touch devices/kitchen/env
  finds_no KNOWN "devices/$id/env/info.json"
}

@test "what is listed is there, though it was looked for in vain before" {
  PARTICLE_TOKEN=$TOKEN mount_second ttl=config:0
  cd "$WORK/second/env"
  for way in ls 'ls -l'; do
    [ ! -e "vars/LISTED" ]
    change PUT env/LISTED '{"value":"1"}'
    $way vars | grep LISTED
    [ "$(cat vars/LISTED)" = 1 ]
    change DELETE env/LISTED '{}'
  done
}

@test "touch fetches anew what was known by a name that is no more" {
  id=$(cat devices/kitchen/id)
  old=devices/kitchen
  for name in pantry kitchen; do
    cat "$old/env/info.json"
    mv "$old" devices/$name
    finds_no MOVED devices/$name/env/info.json
    change PUT "env/$id/MOVED" '{"value":"yes"}'
    touch devices/$name/env
    grep MOVED devices/$name/env/info.json
    change DELETE "env/$id/MOVED" '{}'
    touch devices/$name/env
    old=devices/$name
  done
}

@test "what was on its way when it was changed is not kept" {
  echo / >.particlefs/refresh
  forget_requests
  fault 'slow=100,method=GET,path=/v1/env'
  cat env/info.json >"$WORK/old" &
  wait_until eval '[ -n "$(requests)" ]'
  echo LATE=1 >"$WORK/vars"
  cp "$WORK/vars" env/apply
  no_faults
  wait $!
  finds_no LATE "$WORK/old"
  [ "$(cat env/vars/LATE)" = 1 ]
  echo LATE >env/unset
}

@test "a ledger's instance is replaced and merged" {
  instance=$(echo ledgers/thresholds/instances/*)
  echo '{"max":9}' >"$WORK/data"
  cp "$WORK/data" "$instance/data.json"
  [ "$(cat "$instance/data.json")" = '{"max":9}' ]
  echo '{"min":1}' >"$instance/merge"
  [ "$(jq -S -c . "$instance/data.json")" = '{"max":9,"min":1}' ]
  [ "$(ls "$instance/versions" | wc -l)" -ge 2 ]
  # What stands in the data is no name of the instance.
  echo '{"value":"x"}' >"$instance/data.json"
  [ "$(cat "$instance/data.json")" = '{"value":"x"}' ]
  [ "$(echo ledgers/thresholds/instances/*)" = "$instance" ]
  echo '{}' >"$instance/data.json"
  [ "$(cat "$instance/data.json")" = '{}' ]
}

@test "every version is listed, however many pages they come in" {
  instance=$(echo ledgers/thresholds/instances/*)
  ls "$instance/versions"
  for count in $(seq 60); do
    echo "{\"max\":$count}" >"$instance/data.json"
    sleep 0.01 # a version is known by the millisecond of its end
  done
  [ "$(ls "$instance/versions" | wc -l)" -ge 60 ]
  jq .instance.data.max "$instance"/versions/*.json | sort -nu >"$WORK/numbers"
  [ "$(grep -cx -e '[1-9]' -e '[1-5][0-9]' "$WORK/numbers")" -eq 59 ]
  for count in $(seq 12); do
    curl -sf -H "Authorization: Bearer $TOKEN" -F "file=@$WORK/numbers" "$API/v1/libraries/mine" >/dev/null
  done
  [ "$(ls libraries/mine/versions | wc -l)" -eq 12 ]
  [ "$(jq -r .attributes.version libraries/mine/versions/1.0.11/info.json)" = 1.0.11 ]
}

@test "a network that got a device shows it at once" {
  echo "name=mesh device_id=$(cat devices/kitchen/id)" >networks/new
  [ "$(ls networks/mesh/devices)" = $'kitchen\nquery' ]
  cat devices/greenhouse/id >networks/mesh/add-device
  [ "$(readlink networks/mesh/devices/greenhouse)" = ../../../devices/greenhouse ]
  [ "$(ls networks/mesh/devices)" = $'greenhouse\nkitchen\nquery' ]
  rmdir networks/mesh
}

@test "code is edited in an editor" {
  vim -es -u NONE -c 'set nobackup nowritebackup' -c '%s/temp/humidity/' -c wq logic/functions/Alarm/code.js
  grep -q humidity logic/functions/Alarm/code.js
  echo false >logic/functions/Alarm/enabled
  [ "$(cat logic/functions/Alarm/enabled)" = false ]
}

@test "a client's secret is for who made it" {
  exec 9<>clients/new
  echo '{"name":"app","type":"installed"}' >&9
  read -r secret <&9
  exec 9>&-
  [ "$(jq -r '.secret | length' <<<"$secret")" -gt 10 ]
  finds_no -r "$(jq -r .secret <<<"$secret")" clients
  id=$(jq -r .id <<<"$secret")
  [ "$(cat "clients/$id/name")" = app ]
  rmdir "clients/$id"
  [ ! -e "clients/$id" ]
}

@test "a map of the product is GeoJSON, and has all its devices" {
  known='{device_id, device_name, groups, geometry}'
  curl -sf -H "Authorization: Bearer $TOKEN" "$API/v1/$P/fleet_locations" |
    jq -S -c ".locations | sort_by(.device_id)[] | $known" >"$WORK/places"
  [ "$(wc -l <"$WORK/places")" -gt 20 ]
  jq -S -c ".locations | sort_by(.device_id)[] | $known" $P/locations.json | cmp - "$WORK/places"
  jq -S -c "[.features[] | .properties + {geometry}] | sort_by(.device_id)[] | $known" \
    $P/locations.geojson | cmp - "$WORK/places"
  jq -e '.type == "FeatureCollection" and all(.features[]; .type == "Feature" and
    .geometry.type == "Point" and has("properties"))' $P/locations.geojson
}

@test "tables survive Python's csv module" {
  id=$(ls $P/devices | grep -v -e import -e provision -e query | tail -n 1)
  printf 'a, "quoted"\nsecond line' >"$P/devices/$id/notes"
  echo $P/devices.csv >.particlefs/refresh
  python3 - <<END
import csv
rows = list(csv.DictReader(open("$P/devices.csv", newline="")))
assert len(rows) >= 25, len(rows)
assert [row["notes"] for row in rows if row["name"] == "$id"] == ['a, "quoted"\nsecond line']
END
}

@test "a device's groups and its desired version are written" {
  device=$P/devices/$(ls $P/devices | grep -v -e import -e provision -e query | head -n 1)
  printf 'alpha\nbeta\n' >"$device/groups"
  [ "$(cat "$device/groups")" = $'alpha\nbeta' ]
  echo >"$device/groups"
  [ -z "$(cat "$device/groups")" ]
  forget_requests
  echo '{"version":2,"flash":true}' >"$device/desired_firmware_version"
  [ "$(sent | jq -c '.[2]')" = '{"desired_firmware_version":2,"flash":true}' ]
  [ "$(cat "$device/desired_firmware_version")" = 2 ]
  echo none >"$device/desired_firmware_version"
  [ "$(cat "$device/desired_firmware_version")" = none ]
}

@test "what can be built is listed by platform" {
  diff <(ls firmware/device-os/by-platform/argon) <(ls firmware/device-os/by-platform/12)
  [ "$(ls firmware/device-os/by-platform/argon | wc -l)" -gt 0 ]
  fails_with "No such file" ls firmware/device-os/by-platform/nonsense
  [ "$(jq .platform_id firmware/targets/Boron/6.3.0)" = 13 ]
  fails_with "No such file" cat firmware/targets/Boron/0.0.1
  fails_with "No such file" ls firmware/targets/Toaster
}

@test "a device in quarantine is let in by mv, and denied by rmdir" {
  PARTICLE_TOKEN=$TOKEN mount_second
  cd "$WORK/second"
  starve_threads "$WORK/second"
  [ "$(ls $P/quarantine | wc -l)" -ge 2 ]
  first=$(ls $P/quarantine | head -n 1)
  second=$(ls $P/quarantine | tail -n 1)
  forget_requests
  mv "$P/quarantine/$first" $P/devices/
  [ -d "$P/devices/$first/functions" ]
  [ "$(sent)" = "[\"POST\",\"/v1/products/12345/devices\",{\"id\":\"$first\"}]" ]
  [ "$(cat "$P/devices/$first/id")" = "$first" ]
  [ ! -e "$P/quarantine/$first" ]
  fails_with "not permitted" mv "$P/quarantine/$second" devices/
  rmdir "$P/quarantine/$second"
  [ ! -e "$P/quarantine/$second" ]
}

@test "a group that is renamed has its devices" {
  mkdir $P/groups/gamma
  device=$(ls $P/groups/alpha | grep -v -x -e color -e description -e device_count | head -n 1)
  printf 'alpha\ngamma\n' >"$P/devices/$device/groups"
  [ -L "$P/groups/gamma/$device" ]
  mv $P/groups/gamma $P/groups/delta
  [ "$(cat $P/groups/delta/device_count)" = 1 ]
  [ "$(cat "$P/groups/delta/$device/groups")" = $'alpha\ndelta' ]
  [ ! -e $P/groups/gamma ]
  echo '#010203' >$P/groups/delta/color
  [ "$(cat $P/groups/delta/color)" = '#010203' ]
  mv $P/groups/delta $P/groups/gamma
  [ "$(cat $P/groups/gamma/color)" = '#010203' ]
  rmdir $P/groups/gamma
  [ ! -e $P/groups/gamma ]
}

@test "rm removes nothing" {
  forget_requests
  fails_with "not permitted" rm -rf $P/team
  [ -z "$(sent)" ]
}

@test "-o product mounts a product alone" {
  cd /
  unmount_cloud
  MOUNT_OPTIONS=product=cold-chain-v100 mount_cloud
  cd "$MNT"
  # By its slug, before anything is known of it.
  finds_no product_id devices/provision
  echo >devices/provision
  [[ $(sent | tail -n 1) == '["POST","/v1/devices",{"product_id":12345'* ]]
  [ "$(cat id)" = 12345 ]
  [ -e .particlefs/status.json ]
  [ ! -e account ]
  # Its record is above all there is.
  touch description
  forget_requests
  cat description
  [ "$(requests)" = 'GET /v1/products/cold-chain-v100' ]
  device=$(ls devices | grep -v -e import -e provision -e query | head -n 1)
  cat "devices/$device/online"
  echo refreshed >"devices/$device/notes"
  [ "$(cat "devices/$device/notes")" = refreshed ]
  timeout 20 cat events
}

@test "a list of devices is imported by cp, and its report stays" {
  cd "$MNT"
  rm -f "$WORK/ids.csv"
  device=devices/$(ls devices | grep -v -e import -e provision -e query | head -n 1)
  id=$(cat "$device/id")
  printf '%s\n' e00fce68bbbbbbbbbbbbbbbb "$id" nonsense >"$WORK/ids.csv"
  forget_requests
  cp "$WORK/ids.csv" devices/import
  [ "$(requests | grep POST)" = 'POST /v1/products/cold-chain-v100/devices' ]
  for i in 1 2; do
    [ "$(jq -c '[.updatedDeviceIds, .existingDeviceIds, .invalidDeviceIds]' devices/import)" = \
      "[[\"e00fce68bbbbbbbbbbbbbbbb\"],[\"$id\"],[\"nonsense\"]]" ]
  done
  [ -d devices/e00fce68bbbbbbbbbbbbbbbb ]
}
