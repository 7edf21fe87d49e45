# SPDX-License-Identifier: Apache-2.0
# Programs that walk: large directories come as far as they are read.

load lib

setup_file() {
  export SIM_OPTIONS="--product-devices 2000 --rate-limit 0"
  prepare
}

P=products/cold-chain-v100

setup() {
  cd "$MNT"
  forget_requests
}

acts() {
  requests | grep -vE '^(GET|HEAD) ' || true
}

@test "the first entries ask for the pages in flight alone" {
  # Who has read some, and stays where he is.
  [ "$(python3 -c 'import os, sys, time; names = os.scandir(sys.argv[1]); print(next(names), flush=True); time.sleep(1)' \
    $P/devices | wc -l)" -eq 1 ]
  wait_until status_is .in_flight 0
  [ "$(requests | grep -c 'products/12345/devices')" -lt 19 ]
}

@test "a lookup asks for one device, and not for the list" {
  id=$(ls -U $P/devices | sed -n 8p)
  id=$(cat "$P/devices/$id/id")
  name=$(cat "$P/devices/$id/name")
  cd /
  unmount_cloud
  mount_cloud
  cd "$MNT"
  forget_requests
  cat "$P/devices/$id/online"
  [ "$(requests | grep -c "/devices/$id$")" -eq 1 ]
  [ "$(requests | grep -c 'products/12345/devices$')" -eq 0 ]
  cd /
  unmount_cloud
  mount_cloud
  cd "$MNT"
  forget_requests
  cat "$P/devices/$name/online"
  [ "$(requests | grep -c 'products/12345/devices$')" -eq 1 ]
}

@test "the whole list is fetched once, and is whole" {
  ls $P/devices >"$WORK/list"
  [ "$(requests | grep -c 'products/12345/devices$')" -le 22 ]
  forget_requests
  ls $P/devices | cmp - "$WORK/list"
  [ -z "$(requests)" ]
  for page in $(seq 20); do
    curl -sf -H "Authorization: Bearer $TOKEN" "$API/v1/products/12345/devices?per_page=100&page=$page" |
      jq -r '.devices[].id'
  done | sort -u >"$WORK/ids"
  tail -n +2 $P/devices.csv | cut -d, -f1 | sort | cmp - "$WORK/ids"
  [ "$(wc -l <"$WORK/ids")" -gt 1000 ]
}

@test "a folder that was copied holds what was there" {
  cp -r devices/greenhouse "$WORK/copy"
  cmp "$WORK/copy/id" devices/greenhouse/id
  [ -z "$(acts)" ]
}

@test "the status counts what the kernel holds" {
  held() { jq ".kernel.$1" .particlefs/status.json; }
  # What the kernel forgets of all that was walked would count, too.
  cd /
  unmount_cloud
  mount_cloud
  cd "$MNT"
  inodes=$(held inodes)
  handles=$(held handles)
  stat $P/name $P/slug >/dev/null
  [ "$(held inodes)" -ge $((inodes + 2)) ]
  exec 9<README
  [ "$(held handles)" -eq $((handles + 1)) ]
  exec 9<&-
  timeout 20 cat events.live >/dev/null 3>&- &
  pid=$!
  wait_until eval '[ "$(held waiting)" -eq 1 ]'
  kill "$pid"
  wait_until eval '[ "$(held waiting)" -eq 0 ]'
}
