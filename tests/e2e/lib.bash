# SPDX-License-Identifier: Apache-2.0
# Shared by all end-to-end tests: a simulated cloud and a real mount for each file of tests.

TOKEN=0123456789abcdef0123456789abcdef01234567

setup_file() {
  prepare
}

# What each file of tests begins with; SIM_OPTIONS and MOUNT_OPTIONS may say how.
prepare() {
  prepare_cloud
  mount_cloud
}

# The same for those that mount by themselves, or not at all.
prepare_cloud() {
  : "${PARTICLEFS:?the program to test}" "${PARTICLE_SIM:?the simulated cloud}"
  [ -c /dev/fuse ] || { echo "there is no /dev/fuse: these tests need FUSE" >&2; return 1; }
  export WORK MNT API
  WORK=$(mktemp -d)
  MNT=$WORK/mnt
  mkdir "$MNT"
  start_cloud
}

teardown_file() {
  unmount_cloud
  drop_cloud
}

drop_cloud() {
  kill "$(cat "$WORK/sim.pid")" || true
  rm -rf --one-file-system "$WORK"
}

start_cloud() {
  "$PARTICLE_SIM" --port-file "$WORK/port" ${SIM_OPTIONS:-} >"$WORK/sim.log" 2>&1 3>&- &
  echo $! >"$WORK/sim.pid"
  wait_until test -s "$WORK/port"
  API=http://127.0.0.1:$(cat "$WORK/port")
}

mount_cloud() {
  PARTICLE_TOKEN=$TOKEN timeout 20 "$PARTICLEFS" -o "api=$API${MOUNT_OPTIONS:+,$MOUNT_OPTIONS}" \
    "$MNT" 2>"$WORK/mount.log" 3>&-
}

# daemon_at MOUNTPOINT: its process.
daemon_at() {
  pgrep -f "api=$API.* $1\$"
}

daemon_has_ended() {
  ! daemon_at "$1" >/dev/null
}

unmount_cloud() {
  fusermount3 -u "$MNT"
  # The daemon ends by itself, without a word.
  wait_until daemon_has_ended "$MNT"
  cat "$WORK/mount.log"
  [ ! -s "$WORK/mount.log" ]
}

# mount_second [OPTIONS COMMAND…]: another mount of the same cloud, made by the command. PARTICLE_TOKEN is the caller's.
mount_second() {
  local options=${1:-}
  mkdir -p "$WORK/second"
  "${@:2}" timeout 20 "$PARTICLEFS" -o "api=$API${options:+,$options}" "$WORK/second" 3>&-
}

unmount_second() {
  [ ! -d "$WORK/second/devices" ] || fusermount3 -u "$WORK/second"
  wait_until daemon_has_ended "$WORK/second"
}

# starve_threads MOUNTPOINT: has all threads of its daemon but the first wait until nobody else wants their processor,
# which others do until feed_threads.
starve_threads() {
  local pid task processor
  pid=$(daemon_at "$1")
  processor=$(taskset -cp $BASHPID | sed 's/.*: //; s/[-,].*//')
  for task in /proc/$pid/task/*; do
    [ "${task##*/}" = "$pid" ] || { taskset -cp "$processor" "${task##*/}" && chrt -ip 0 "${task##*/}"; } >/dev/null
  done
  SPINNERS=()
  for _ in 1 2 3 4 5 6; do
    (cd / && exec taskset -c "$processor" timeout 200 sh -c 'while :; do :; done' 3>&-) &
    SPINNERS+=($!)
  done
}

feed_threads() {
  [ -z "${SPINNERS:-}" ] || kill "${SPINNERS[@]}" || true
}

# new_group FILE…: makes a control group for which the kernel has one of these files, which GROUP is set to. A
# machine need not have the controller, nor give a group to who runs the tests.
new_group() {
  local file root
  for file in "$@"; do
    for root in "/sys/fs/cgroup/${file%%.*}" /sys/fs/cgroup; do
      GROUP=$root/particlefs-test-$BASHPID/$file
      [ -e "$root/cgroup.procs" ] && mkdir "${GROUP%/*}" 2>/dev/null || continue
      [ ! -e "$GROUP" ] || return 0
      rmdir "${GROUP%/*}"
    done
  done
  GROUP=
  return 1
}

# Once all in it have gone.
drop_group() {
  [ -z "${GROUP:-}" ] || wait_until rmdir "${GROUP%/*}"
}

# Tries for twenty seconds: where it takes longer than a moment the machine is busy.
wait_until() {
  local tries
  for tries in $(seq 400); do
    "$@" && return 0
    sleep 0.05
  done
  return 1
}

fault() {
  curl -sf "$API/_sim/faults" -d "{\"spec\":\"$1\"}" >/dev/null
}

no_faults() {
  curl -sf -X DELETE "$API/_sim/faults" >/dev/null
}

forget_requests() {
  curl -sf -X DELETE "$API/_sim/requests" >/dev/null
}

# What the cloud has received since, a line each: METHOD PATH.
requests() {
  curl -sf "$API/_sim/requests" | jq -r '.[] | "\(.method) \(.path)"'
}

# Whether the cloud has received it: METHOD PATH.
asked() {
  requests | grep -qxF "$1"
}

# status_is FILTER VALUE: what the mount tells of itself.
status_is() {
  [ "$(jq "$1" "$MNT/.particlefs/status.json")" = "$2" ]
}

# How many have logs of events open, or wait for them to grow.
readers_are() {
  status_is '[.events[].readers] | add' "$1"
}

# How long devices take to write firmware.
flash_time() {
  curl -sf "$API/_sim/options" -d "{\"flash_time\":$1}" >/dev/null
}

# For wait_until: whether a device that has taken firmware is there again, by the last that it tells then.
has_restarted() {
  tail -n 1 "$MNT/devices/$1/events" | grep -q updates/enabled && grep -q true "$MNT/devices/$1/online"
}

milliseconds() {
  local start
  start=$(date +%s%N)
  "$@" >&2 || return
  echo $((($(date +%s%N) - start) / 1000000))
}

# ends_within MS COMMAND…: at one of several tries. A busy machine takes its time as well, but what waits for the
# cloud takes as long each time.
ends_within() {
  local most=$1 took
  shift
  for _ in $(seq 8); do
    took=$(milliseconds "$@") || return
    echo "$* took $took ms"
    [ "$took" -ge "$most" ] || return 0
  done
  return 1
}

# interrupted_when PATTERN COMMAND…: by Ctrl-C, which ends it, once the cloud has received a request like that.
interrupted_when() {
  local pattern=$1 status=0
  shift
  env --default-signal=INT "$@" 3>&- &
  wait_until eval 'requests | grep -q "$pattern"'
  kill -INT $!
  wait $! || status=$?
  [ "$status" -ne 0 ]
}

# interrupted COMMAND…: after half a second, by Ctrl-C, which ends it.
interrupted() {
  local status=0
  timeout -s INT 0.5 "$@" || status=$?
  [ "$status" -eq 124 ]
}

# Fails, and says so in these words.
fails_with() {
  local words=$1
  shift
  run "$@"
  echo "$output"
  [ "$status" -ne 0 ] && [[ $output == *"$words"* ]]
}

# `! grep` fails no test unless it stands last, and an error of grep's passes.
finds_no() {
  local status=0
  grep "$@" || status=$?
  [ "$status" -eq 1 ]
}
