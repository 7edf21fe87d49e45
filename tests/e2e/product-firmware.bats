# SPDX-License-Identifier: Apache-2.0
# Versions of a product's firmware: drafted here, uploaded by cp, released by a write.

load lib

F=products/cold-chain-v100/firmware

setup() {
  cd "$MNT"
  head -c 300000 /dev/urandom >"$WORK/app.bin"
}

teardown() {
  no_faults
}

# What the last upload had, but for the file: a JSON object.
uploaded() {
  curl -sf "$API/_sim/requests" | jq -c '[.[] | select(.method == "POST") | .body | del(.file)] | last'
}

@test "mkdir drafts a version, and sends nothing" {
  ls $F
  forget_requests
  mkdir $F/10
  [ "$(ls $F/10)" = $'binary\ndescription\ntitle' ]
  [ "$(cat $F/10/title)" = 'Version 10' ]
  echo 'Summer' >$F/10/title
  printf 'first\nsecond\n' >$F/10/description
  [ "$(cat $F/10/title)" = Summer ]
  [ "$(cat $F/10/description)" = $'first\nsecond' ]
  ls $F | grep -qx 10
  [ -z "$(requests | grep -v GET)" ]
}

@test "a draft survives a refresh of the list" {
  mkdir $F/11
  echo kept >$F/11/title
  echo / >.particlefs/refresh
  ls $F | grep -qx 11
  [ "$(cat $F/11/title)" = kept ]
}

@test "rmdir and rm -r drop a draft, and send nothing" {
  mkdir $F/12 $F/13
  forget_requests
  rmdir $F/12
  [ ! -e $F/12 ]
  rm -r $F/13
  [ ! -e $F/13 ]
  [ -z "$(requests | grep -v GET)" ]
}

@test "a version that exists can't be drafted, nor one that can't be" {
  fails_with "File exists" mkdir $F/1
  for name in 0 65536 01 two 1.5 -3; do
    fails_with "Invalid argument" mkdir -- $F/$name
  done
  mkdir $F/65535
  rmdir $F/65535
}

@test "cp uploads the binary, and the draft becomes the cloud's version" {
  mkdir $F/20
  echo 'Autumn' >$F/20/title
  echo 'less noise' >$F/20/description
  forget_requests
  cp "$WORK/app.bin" $F/20/binary
  [ "$(uploaded)" = '{"version":"20","title":"Autumn","description":"less noise"}' ]
  [ "$(cat $F/20/title)" = Autumn ]
  [ "$(cat $F/20/size)" = 300000 ]
  [ "$(ls $F | grep -cx 20)" -eq 1 ]
  echo 'Late autumn' >$F/20/title
  [ "$(jq -r .title $F/20/info.json)" = 'Late autumn' ]
  fails_with "not permitted" rm $F/20/title
}

@test "the binary reads back byte for byte, from the page cache the second time" {
  mkdir $F/21
  cp "$WORK/app.bin" $F/21/binary
  cp "$WORK/app.bin" "$WORK/sent.bin"
  forget_requests
  cmp $F/21/binary "$WORK/sent.bin"
  [ "$(stat -c %s $F/21/binary)" -eq 300000 ]
  [ "$(fincore -nb -o res $F/21/binary)" -ge 300000 ]
  cmp $F/21/binary "$WORK/sent.bin"
  [ "$(requests | grep -c binary)" -eq 1 ]
}

@test "what is larger than a document may be reads back as well" {
  mkdir $F/24
  head -c 20971520 /dev/urandom >"$WORK/large.bin"
  cp "$WORK/large.bin" $F/24/binary
  cmp "$WORK/large.bin" $F/24/binary
}

@test "a title that nobody wrote says which version it is" {
  mkdir $F/22
  cat "$WORK/app.bin" >$F/22/binary
  [ "$(uploaded)" = '{"version":"22","title":"Version 22"}' ]
}

@test "an upload that the cloud refuses leaves the draft" {
  mkdir $F/23
  echo kept >$F/23/title
  fault 'status=500,method=POST,path=*/firmware'
  run cp "$WORK/app.bin" $F/23/binary
  [ "$status" -ne 0 ]
  no_faults
  [ "$(cat $F/23/title)" = kept ]
  cp "$WORK/app.bin" $F/23/binary
  [ "$(jq -r .title $F/23/info.json)" = kept ]
}

@test "a version that was uploaded is released once a device has run it" {
  mkdir $F/30
  cp "$WORK/app.bin" $F/30/binary
  for device in products/cold-chain-v100/devices/*/; do
    [ "$(cat "$device/online" 2>/dev/null)" = true ] && break
  done
  echo '{"desired_firmware_version":30,"flash":true}' >"$device/desired_firmware_version"
  is_running() {
    touch "$device"
    [ "$(cat "$device/firmware_version")" = 30 ]
  }
  wait_until is_running
  echo '{"product_default":true,"intelligent":true}' >$F/30/release
  [ "$(cat $F/30/product_default)" = true ]
  # It reaches the others.
  all_run() {
    touch products/cold-chain-v100/devices
    python3 - <<'PYTHON'
import csv
rows = list(csv.DictReader(open("products/cold-chain-v100/devices.csv", newline="")))
behind = [row for row in rows if row["online"] == "true" and row["development"] != "true" and row["firmware_version"] != "30"]
raise SystemExit(not rows or bool(behind))
PYTHON
  }
  wait_until all_run
}

@test "a version of its own can be drafted in each product" {
  mkdir $F/40
  [ ! -e products/asset-watch-v100/firmware/40 ]
  [ -d products/12345/firmware/40 ]
  rmdir $F/40
}
