# SPDX-License-Identifier: Apache-2.0
# A product of many devices: what is asked for follows from what is read, and nothing is asked for twice.

load lib

# More requests than the cloud allows in a time, and than a mount sends by itself.
setup_file() {
  export SIM_OPTIONS="--products 1 --product-devices 20000 --rate-limit 0"
  export MOUNT_OPTIONS="budget=100000/300,ttl=list:600,ttl=device:600"
  prepare
  DEVICES=$(ask "$P/devices?per_page=1" | jq .meta.total_pages)
  PAGES=$(((DEVICES + 99) / 100))
  export DEVICES PAGES
  [ "$DEVICES" -gt 18000 ]
}

P=products/cold-chain-v100

setup() {
  cd "$MNT"
  forget_requests
}

teardown() {
  no_faults
  [ -z "${READER:-}" ] || kill -KILL "$READER" 2>/dev/null || true
  fusermount3 -uzq "$WORK/second" || true
  drop_group
}

pages() {
  curl -sf "$API/_sim/requests" | jq -r '.[] | select(.path | endswith("'"${1:-/devices}"'")) | .query.page'
}

ask() {
  curl -sf -H "Authorization: Bearer $TOKEN" "$API/v1/$1"
}

# A value of the device at this place of the cloud's list.
far_device() {
  ask "$P/devices?per_page=1&page=$1" | jq -r ".devices[0].$2"
}

# Prints so many names as they come, and closes the directory.
first_names() {
  python3 -c 'import itertools, os, sys
with os.scandir(sys.argv[1]) as names:
    for entry in itertools.islice(names, int(sys.argv[2])):
        print(entry.name)' "$@"
}

@test "a lookup by name or ID asks for one device" {
  name=$(far_device 15000 name)
  id=$(far_device 16000 id)
  cat $P/name
  forget_requests
  [ "$(cat "$P/devices/$name/name")" = "$name" ]
  requests
  [ "$(requests | wc -l)" -eq 1 ]
  forget_requests
  [ "$(cat "$P/devices/$id/id")" = "$id" ]
  [ "$(requests)" = "GET /v1/products/12345/devices/$id" ]
  forget_requests
  fails_with "No such file" stat "$P/devices/nobody"
  [ "$(requests | wc -l)" -eq 1 ]
}

# rename ID NAME: in the cloud.
rename() {
  curl -sf -X PUT -H "Authorization: Bearer $TOKEN" -d "name=$2" "$API/v1/$P/devices/$1" >/dev/null
}

@test "a name that two have is neither's, whichever was looked for before" {
  for place in 12000 12500 13000 13500 17000; do
    far_device $place id
  done >"$WORK/ids"
  for name in samename samename another another alone; do
    echo $name
  done | paste "$WORK/ids" - >"$WORK/names"
  while read -r id name; do
    rename "$id" "$name"
  done <"$WORK/names"
  mapfile -t ids <"$WORK/ids"
  # Nobody has looked yet: one question finds both.
  forget_requests
  [ "$(cat "$P/devices/samename~${ids[1]: -6}/id")" = "${ids[1]}" ]
  [ "$(requests | wc -l)" -eq 1 ]
  fails_with "No such file" stat $P/devices/samename
  # One is known by its ID.
  [ "$(cat "$P/devices/${ids[2]}/name")" = another ]
  fails_with "No such file" stat $P/devices/another
  [ "$(cat "$P/devices/another~${ids[2]: -6}/id")" = "${ids[2]}" ]
  # One whose name is no other's is asked for once more.
  [ "$(cat "$P/devices/${ids[4]}/name")" = alone ]
  forget_requests
  [ "$(cat $P/devices/alone/id)" = "${ids[4]}" ]
  [ "$(requests | wc -l)" -eq 1 ]
}

@test "a name is found that many other names contain" {
  id=$(far_device 14000 id)
  # Of the first, a search brings some pages; of the second, more than the list is worth.
  while read -r name most; do
    rename "$id" "$name"
    [ "$(ask "$P/devices?deviceName=$name&per_page=1" | jq .meta.total_pages)" -gt 500 ]
    forget_requests
    [ "$(cat "$P/devices/$name/id")" = "$id" ]
    [ "$(pages | wc -l)" -le "$most" ]
  done <<END
puppy 8
p $((PAGES + 1))
END
  # A list that is on its way comes as a whole.
  ls $P/devices >/dev/null
  echo / >.particlefs/refresh
}

@test "the first names are there after one page, and no more are asked for than are in flight" {
  fault "stall,path=/v1/products/*/devices,skip=1"
  first_names $P/devices 50 >"$WORK/first"
  [ "$(wc -l <"$WORK/first")" -eq 50 ]
  [ "$(pages | sort -n | tail -n 1)" -le 9 ]
}

@test "the whole is fetched once, however often it is read" {
  ls -U $P/devices >"$WORK/list"
  [ "$(pages | wc -l)" -eq $PAGES ]
  [ "$(pages | sort -u | wc -l)" -eq $PAGES ]
  # Beside the devices stand import, provision and query.
  [ "$(sort -u "$WORK/list" | wc -l)" -eq $((DEVICES + 3)) ]
  forget_requests
  ls -U $P/devices | sort | cmp - <(sort "$WORK/list")
  [ "$(ls -l $P/devices | wc -l)" -eq $((DEVICES + 4)) ]
  [ "$(find $P/devices -mindepth 1 -maxdepth 1 -type d | wc -l)" -eq "$DEVICES" ]
  [ "$(wc -l <$P/devices.csv)" -eq $((DEVICES + 1)) ]
  [ "$(cat "$P/devices/$(sed -n 15000p "$WORK/list")/platform_id")" = 13 ]
  [ -z "$(requests)" ]
}

@test "two who read at once share the pages" {
  echo / >.particlefs/refresh
  forget_requests
  ls -U $P/devices >"$WORK/one" &
  ls -U $P/devices >"$WORK/two"
  wait $!
  cmp <(sort "$WORK/one") <(sort "$WORK/two")
  [ "$(pages | wc -l)" -eq $PAGES ]
}

@test "who is interrupted asks for no more" {
  echo / >.particlefs/refresh
  fault "stall,path=/v1/products/*/devices,skip=20"
  forget_requests
  run timeout -s INT 1 ls -U $P/devices
  [ "$status" -ne 0 ]
  no_faults
  [ "$(pages | wc -l)" -le 28 ]
  asked=$(pages | wc -l)
  cat $P/name
  [ "$(pages | wc -l)" -eq "$asked" ]
}

# Reads three hundred names, waits for a word, and reads the others.
pausing_reader() {
  python3 -c 'import itertools, os, sys
with os.scandir(sys.argv[1]) as names:
    count = sum(1 for entry in itertools.islice(names, 300))
    print(count, flush=True)
    open(sys.argv[2]).read()
    print(count + sum(1 for entry in names))' "$@"
}

@test "a reader that pauses gets the rest, whoever comes and goes meanwhile" {
  echo / >.particlefs/refresh
  forget_requests
  mkfifo "$WORK/word"
  pausing_reader $P/devices "$WORK/word" >"$WORK/counts" 3>&- &
  wait_until test -s "$WORK/counts"
  [ "$(ls -f $P/devices | head -n 3 | wc -l)" -eq 3 ]
  fault "latency=300,path=/v1/products/*/devices"
  run timeout -s INT 1 ls -U $P/devices
  [ "$status" -ne 0 ]
  no_faults
  echo on >"$WORK/word"
  wait $!
  [ "$(tail -n 1 "$WORK/counts")" -eq $((DEVICES + 3)) ]
  [ "$(pages | wc -l)" -eq $PAGES ]
  [ "$(pages | sort -u | wc -l)" -eq $PAGES ]
}

@test "a group's devices are those of the one list, in whichever pages they come" {
  mkdir $P/groups/gamma
  for place in 1150 9150 17150; do
    far_device $place id
  done | sort >"$WORK/members"
  while read -r id; do
    echo gamma >"$P/devices/$id/groups"
  done <"$WORK/members"
  echo / >.particlefs/refresh
  forget_requests
  ls $P/groups/gamma | grep -v -x -e color -e description -e device_count >"$WORK/names"
  [ "$(pages | wc -l)" -eq $PAGES ]
  [ "$(pages | sort -u | wc -l)" -eq $PAGES ]
  while read -r name; do
    cat "$P/groups/gamma/$name/id"
  done <"$WORK/names" | sort | cmp - "$WORK/members"
  rmdir $P/groups/gamma
}

@test "libraries come in pages as well, and one is asked for alone" {
  name=$(ask "libraries?limit=1&page=7" | jq -r '.data[0].id')
  forget_requests
  [ -n "$(cat "libraries/$name/version")" ]
  [ "$(requests)" = "GET /v1/libraries/$name" ]
  forget_requests
  fault "stall,path=/v1/libraries,skip=1"
  [ "$(first_names libraries 4 | grep -v -x -e search -e query -e upload | wc -l)" -ge 1 ]
  [ "$(pages /libraries | wc -l)" -le 9 ]
  no_faults
  forget_requests
  ls libraries >/dev/null
  ls libraries >/dev/null
  [ "$(pages /libraries | sort | uniq -d)" = "" ]
}

@test "a whole fleet is asked by 32 calls side by side, until who asks is interrupted" {
  fault "stall,path=/v1/products/*/devices/*/temp"
  # What a shell starts in the background ignores it.
  env --default-signal=INT cat $P/all/variables/temp.csv 3>&- &
  wait_until eval '[ "$(requests | grep -c "/temp$")" -eq 32 ]'
  sleep 0.5
  kill -INT $!
  status=0
  wait $! || status=$?
  [ "$status" -eq 130 ]
  no_faults
  [ "$(requests | grep -c '/temp$')" -eq 32 ]
}

MIB=$((1024 * 1024))
SECOND_OPTIONS=budget=100000/300

# begin_memory MIB: GROUP, in which there is no more. AddressSanitizer needs as much again, where it keeps nothing
# of what was freed.
begin_memory() {
  MEMORY=$(($1 * MIB))
  if [ -n "${ASAN_OPTIONS:-}" ]; then
    MEMORY=$((MEMORY * 2))
    export ASAN_OPTIONS=$ASAN_OPTIONS:quarantine_size_mb=1
  fi
  if new_group memory.limit_in_bytes memory.max; then
    echo $MEMORY >"$GROUP"
    # What is swapped is not missed.
    echo $MEMORY >"${GROUP%/*}/memory.memsw.limit_in_bytes" || echo 0 >"${GROUP%/*}/memory.swap.max" || true
  else
    [ -z "${ASAN_OPTIONS:-}" ] || skip "there is no control group for memory, and AddressSanitizer takes addresses without end"
    echo "# there is no control group for memory here: what the daemon may allocate is limited" >&3
  fi
}

# Runs it with the memory that was begun.
in_memory() {
  if [ -n "$GROUP" ]; then
    (echo "$BASHPID" >"${GROUP%/*}/cgroup.procs" && exec "$@")
  else
    # The stacks of its threads are counted as well.
    prlimit --data=$((MEMORY + 24 * MIB)) "$@"
  fi
}

second_is_gone() {
  ! mountpoint -q "$WORK/second" && ! pgrep -f "api=$API.* $WORK/second\$"
}

@test "24 MiB are enough for a mount and a list of all devices" {
  begin_memory 24
  PARTICLE_TOKEN=$TOKEN mount_second $SECOND_OPTIONS in_memory
  # A name that two have was one's until the other's page came.
  [ "$(ls -l "$WORK/second/$P/devices" | wc -l)" -ge $((DEVICES + 4)) ]
  [ "$(ls -l "$WORK/second/$P/devices" | wc -l)" -eq $((DEVICES + 4)) ]
  fusermount3 -u "$WORK/second"
}

@test "where memory is too small the daemon is killed, who waits is told, and the mount has gone" {
  begin_memory 10
  PARTICLE_TOKEN=$TOKEN mount_second $SECOND_OPTIONS in_memory
  cat "$WORK/second/events.live" >"$WORK/waited" 2>&1 3>&- &
  READER=$!
  wait_until eval '[ "$(jq "[.events[].readers] | add" "$WORK/second/.particlefs/status.json")" = 1 ]'
  fails_with "$WORK/second/$P/devices': " bash -c "timeout 60 ls -l $WORK/second/$P/devices >/dev/null"
  status=0
  wait $READER || status=$?
  [ "$status" -eq 1 ]
  grep 'events.live: ' "$WORK/waited"
  wait_until second_is_gone
}
