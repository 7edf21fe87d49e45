# SPDX-License-Identifier: Apache-2.0
# Many devices at once.

load lib

setup_file() {
  export SIM_OPTIONS="--devices 400 --rate-limit 0"
  # Nothing is another by itself.
  export MOUNT_OPTIONS=ttl=variable:600,ttl=list:600,ttl=device:600
  prepare
}

setup() {
  cd "$MNT"
}

teardown() {
  no_faults
}

# column NAME FILE: of a table.
column() {
  python3 -c 'import csv, sys; [print(row[sys.argv[1]]) for row in csv.DictReader(open(sys.argv[2], newline=""))]' "$@"
}

@test "a variable of all devices is a table" {
  cat devices/all/variables/temp.csv >"$WORK/temp.csv"
  [ "$(head -n 1 "$WORK/temp.csv" | tr -d '\r')" = id,name,value,error ]
  [ "$(column id "$WORK/temp.csv" | sort | uniq -d)" = "" ]
  [ "$(column id "$WORK/temp.csv" | wc -l)" -gt 10 ]
  for id in $(column id "$WORK/temp.csv" | head -n 5); do
    [ -e "devices/$id/variables/temp" ]
  done
  column error "$WORK/temp.csv" | grep -q offline
}

@test "it is asked side by side" {
  forget_requests
  fault 'latency=300'
  took=$(milliseconds cp devices/all/variables/uptime.csv "$WORK/uptime.csv")
  asked=$(requests | grep -c '/uptime$')
  echo "$took ms for $asked requests"
  [ "$asked" -gt 50 ]
  # One after the other would take twice as long on a machine that does nothing else.
  [ "$took" -lt $((asked * 300 / 2)) ]
}

@test "a second read soon after asks nobody" {
  cat devices/all/variables/temp.csv >/dev/null
  forget_requests
  cat devices/all/variables/temp.csv >/dev/null
  [ -z "$(requests)" ]
}

@test "a function is called once on each online device that has it" {
  forget_requests
  echo 30 >devices/all/functions/water
  called=$(requests | grep -c '^POST')
  [ "$called" -gt 0 ]
  [ "$(requests | grep '^POST' | sort | uniq -d)" = "" ]
  cat devices/all/functions/water >"$WORK/water.csv"
  [ "$(head -n 1 "$WORK/water.csv" | tr -d '\r')" = id,name,return_value,error ]
  grep greenhouse "$WORK/water.csv"
}

@test "a function that nobody has, or can call now, is an error" {
  forget_requests
  fails_with "No such file" bash -c 'echo 30 >devices/all/functions/typo'
  fails_with "Host is down" bash -c 'echo on >devices/all/functions/pump'
  [ -z "$(requests | grep '^POST')" ]
}

@test "one that fails is told after all were tried" {
  fault 'status=500,path=*/e00fce6810caffee00000001/water'
  forget_requests
  fails_with "Remote I/O error" bash -c 'echo 30 >devices/all/functions/water'
  cat devices/all/functions/water >"$WORK/water.csv"
  grep greenhouse "$WORK/water.csv"
  [[ $(grep greenhouse "$WORK/water.csv") == *,greenhouse,,?* ]]
  grep -q 'all/functions/water: .* failed; the file says which' .particlefs/errors
}

@test "Ctrl-C stops what is not sent, and says what was" {
  # The list is known.
  cat devices/all/variables/uptime.csv >/dev/null
  # Some have an answer, and as many wait for one as are asked side by side.
  fault 'stall,method=POST,skip=20'
  forget_requests
  # What a shell starts in the background ignores it.
  env --default-signal=INT bash -c 'echo on >devices/all/functions/relay' 3>&- &
  wait_until eval '[ "$(requests | grep -c ^POST)" -eq 52 ]'
  kill -INT $!
  status=0
  wait $! || status=$?
  [ "$status" -ne 0 ]
  called=$(requests | grep -c '^POST')
  grep -q "interrupted: $called of .* were called; the file says which" .particlefs/errors
  cat devices/all/functions/relay >"$WORK/relay.csv"
  column error "$WORK/relay.csv" | grep -qx 'not called'
  column error "$WORK/relay.csv" | grep -qx 'interrupted: it may have acted'
  [ "$(column error "$WORK/relay.csv" | grep -c -v -x -e 'not called' -e offline)" -eq "$called" ]
}

# What the relays say; nothing of those that are offline.
relays() {
  column value devices/all/variables/relay.csv | sort -u | paste -sd ' '
}

@test "a call of all, or of one, ends what is known of them" {
  echo off >devices/all/functions/relay
  [ "$(relays)" = ' false' ]
  name=$(grep ',false,' devices/all/variables/relay.csv | head -n 1 | cut -d , -f 1)
  [ "$(cat "devices/$name/variables/relay")" = false ]
  echo on >devices/all/functions/relay
  [ "$(cat "devices/$name/variables/relay")" = true ]
  [ "$(relays)" = ' true' ]
  echo off >"devices/$name/functions/relay"
  [ "$(relays)" = ' false true' ]
}

@test "rows stand in the order of their IDs" {
  P=products/cold-chain-v100
  cat $P/all/variables/uptime.csv >"$WORK/uptime.csv"
  column id "$WORK/uptime.csv" | LC_ALL=C sort -c
  [ "$(column id "$WORK/uptime.csv" | wc -l)" -gt 5 ]
}

@test "a fleet is asked by no walker" {
  forget_requests
  ls -R devices >/dev/null
  find products -maxdepth 2 >/dev/null
  ls devices | finds_no -x all
  [ -z "$(requests | grep /temp)" ]
}

@test "a product's group has its own" {
  P=products/cold-chain-v100
  cat "$P/groups/alpha/all/variables/temp.csv" >"$WORK/group.csv"
  cat "$P/all/variables/temp.csv" >"$WORK/product.csv"
  [ "$(wc -l <"$WORK/group.csv")" -lt "$(wc -l <"$WORK/product.csv")" ]
  for id in $(column id "$WORK/group.csv"); do
    grep -qx alpha "$P/devices/$id/groups"
  done
}
