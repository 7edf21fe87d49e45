#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Starting and ending: as root and as an ordinary user, with valgrind, with everything in flight.

bats_require_minimum_version 1.5.0

load lib

setup_file() {
  prepare_cloud
}

teardown_file() {
  drop_cloud
}

setup() {
  export PARTICLE_TOKEN=$TOKEN
  no_faults
}

teardown() {
  fusermount3 -uzq "$MNT" || true
  wait_until daemon_has_ended "$MNT"
}

@test "a token that expires soon is told" {
  token=$(curl -sf "$API/oauth/token" -u particle:particle -d grant_type=password \
    -d username=ada@example.com -d password=particle -d expires_in=3600 | jq -r .access_token)
  PARTICLE_TOKEN=$token "$PARTICLEFS" -o "api=$API" "$MNT"
  wait_until grep -q 'the token expires at 20' "$MNT/.particlefs/errors"
  [[ $(jq -r .token.expires_at "$MNT/.particlefs/status.json") == 20* ]]
}

@test "usage errors end with 2" {
  run -2 "$PARTICLEFS"
  run -2 "$PARTICLEFS" -o nonsense "$MNT"
  [[ $output == *nonsense* ]]
  run -2 "$PARTICLEFS" -o ttl=variable:soon "$MNT"
  run -2 "$PARTICLEFS" -o timeout "$MNT"
  run -2 "$PARTICLEFS" --nonsense "$MNT"
  [[ $output == *"see 'particlefs --help'"* ]]
  run -2 "$PARTICLEFS" -o events=no "$MNT"
  [[ $output == *"-o events takes no value"* ]]
}

@test "--help and --version end with 0" {
  run -0 "$PARTICLEFS" --help
  [[ $output == *token_file* ]]
  run -0 "$PARTICLEFS" --version
}

@test "start-up errors end with 1 and say what to do" {
  run -1 "$PARTICLEFS" -o "api=$API" "$WORK/nowhere"
  [[ $output == *"mkdir -p '$WORK/nowhere'" ]]
  run -1 "$PARTICLEFS" lgoin
  [ "$output" = "particlefs: lgoin: no such command, see 'particlefs --help'; nor a directory, which is made with: mkdir -p 'lgoin'" ]
  run -1 "$PARTICLEFS" "$WORK/port/below"
  [ "$output" = "particlefs: $WORK/port/below: Not a directory" ]
  run -1 "$PARTICLEFS" -o "api=$API" "$WORK/port"
  [[ $output == *"not a directory"* ]]
  run -1 env -u PARTICLE_TOKEN HOME="$WORK" "$PARTICLEFS" -o "api=$API" "$MNT"
  [[ $output == *"particlefs login"* ]]
  run -1 env -u PARTICLE_TOKEN HOME="$WORK" "$PARTICLEFS" -o "api=$API,profile=other" "$MNT"
  [[ $output == *"no profile 'other' ($WORK/.particle/other.config.json)"* ]]
  run -1 "$PARTICLEFS" -o api=http://192.0.2.1 "$MNT"
  [[ $output == *https* ]]
}

@test "what fstab carries for others is accepted" {
  timeout 20 "$PARTICLEFS" cloud "$MNT" -o "rw,nosuid,nodev,relatime,nodiratime,async,owner,_netdev,noauto,x-systemd.automount,api=$API"
  [ "$(cat "$MNT/devices/kitchen/name")" = kitchen ]
  findmnt -t fuse.particlefs "$MNT"
  fusermount3 -u "$MNT"
}

@test "what is mounted already is not mounted over" {
  timeout 20 "$PARTICLEFS" -o "api=$API" "$MNT"
  ln -s "$MNT" "$WORK/link"
  for place in "$MNT" "$WORK/link"; do
    run -1 timeout 20 "$PARTICLEFS" -o "api=$API" "$place"
    [[ $output == *"is mounted already"* ]]
  done
  [ "$(grep -c " $MNT " /proc/mounts)" -eq 1 ]
  fusermount3 -u "$MNT"
}

@test "-o ro refuses whatever would act" {
  timeout 20 "$PARTICLEFS" -o "ro,api=$API" "$MNT"
  forget_requests
  fails_with "Read-only file system" bash -c "echo on >$MNT/devices/greenhouse/functions/lamp"
  fails_with "Read-only file system" mv "$MNT/devices/kitchen" "$MNT/devices/cuisine"
  [ -z "$(requests | grep -v ^GET)" ]
  fusermount3 -u "$MNT"
}

@test "of options that contradict each other the last one counts" {
  timeout 20 "$PARTICLEFS" -o "ro,noexec,api=$API" -o rw,exec "$MNT"
  echo on >"$MNT/devices/greenhouse/functions/lamp"
  [[ $(findmnt -no OPTIONS "$MNT") == rw,* ]]
  [[ $(findmnt -no OPTIONS "$MNT") != *noexec* ]]
  fusermount3 -u "$MNT"
  timeout 20 "$PARTICLEFS" -o "rw,ro,api=$API" "$MNT"
  fails_with "Read-only file system" bash -c "echo on >$MNT/devices/greenhouse/functions/lamp"
  fusermount3 -u "$MNT"
}

@test "uid=, gid= and umask= say whose the files are, and who may what" {
  timeout 20 "$PARTICLEFS" -o "uid=12,gid=34,umask=027,api=$API" "$MNT"
  run -0 stat -c '%u %g %a' "$MNT" "$MNT/devices/kitchen/notes" "$MNT/devices/kitchen/id" \
    "$MNT/devices/kitchen/functions/brew" "$MNT/firmware/builds"
  [ "$output" = "12 34 750
12 34 640
12 34 440
12 34 600
12 34 750" ]
  fusermount3 -u "$MNT"
}

# through_proxy API: what a proxy is asked for by who wants to know who he is.
through_proxy() {
  rm -f "$WORK/proxy" "$WORK/asked"
  python3 - "$WORK/proxy" "$WORK/asked" 3>&- <<'END' &
import socket, sys
proxy = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1], "w") as file:
    print(proxy.getsockname()[1], file=file)
while True:
    client = proxy.accept()[0]
    with open(sys.argv[2], "ab") as file:
        file.write(client.recv(1000).partition(b"\r\n")[0] + b"\n")
    client.sendall(b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    client.close()
END
  proxy=$!
  wait_until test -s "$WORK/proxy"
  url=http://127.0.0.1:$(cat "$WORK/proxy")
  run env "http_proxy=$url" "https_proxy=$url" "no_proxy=near.invalid" "$PARTICLEFS" whoami --api "$1"
  kill "$proxy"
  wait "$proxy" || true
  touch "$WORK/asked"
}

@test "the cloud is asked through a proxy, but where no_proxy= says, and on this machine" {
  through_proxy https://far.invalid
  [ "$status" -ne 0 ]
  [ "$(sort -u "$WORK/asked")" = "CONNECT far.invalid:443 HTTP/1.1" ]
  through_proxy https://near.invalid
  [ "$status" -ne 0 ]
  [ ! -s "$WORK/asked" ]
  through_proxy "$API"
  [ "$status" -eq 0 ]
  [ ! -s "$WORK/asked" ]
}

@test "systemd is told when the mount can be used" {
  for socket in "$WORK/notify" "@$WORK/notify"; do
    timeout 20 python3 -c '
import os, socket, subprocess, sys
_, name, mounted, *command = sys.argv
here = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
here.bind(name.replace("@", "\0"))
subprocess.run(command, env={**os.environ, "NOTIFY_SOCKET": name}, check=True)
assert here.recv(100) == b"READY=1"
assert os.path.exists(mounted)
' "$socket" "$MNT/README" "$PARTICLEFS" -o "api=$API" "$MNT"
    fusermount3 -u "$MNT"
  done
}

@test "SIGTERM unmounts" {
  timeout 20 "$PARTICLEFS" -o "api=$API" "$MNT"
  kill -TERM "$(pgrep -f "api=$API $MNT")"
  wait_until test ! -e "$MNT/README"
}

@test "kill -9 leaves a place that can be mounted again" {
  timeout 20 "$PARTICLEFS" -o "api=$API" "$MNT"
  kill -KILL "$(pgrep -f "api=$API $MNT")"
  wait_until bash -c "timeout 20 '$PARTICLEFS' -o 'api=$API' '$MNT'"
  [ "$(cat "$MNT/devices/kitchen/name")" = kitchen ]
  fusermount3 -u "$MNT"
}

@test "an unmount ends what is in flight" {
  timeout 20 "$PARTICLEFS" -o "api=$API" "$MNT"
  forget_requests
  fault 'stall,path=*/soil'
  timeout 20 cat "$MNT/devices/greenhouse/variables/soil" 3>&- &
  wait_until eval 'requests | grep -q /soil'
  kill -TERM "$(pgrep -f "api=$API $MNT")"
  status=0
  wait $! || status=$?
  [ "$status" -eq 1 ]
  wait_until test ! -e "$MNT/README"
}

@test "a token file that changes is picked up" {
  (umask 077 && echo 0000000000000000000000000000000000000000 >"$WORK/token")
  timeout 20 "$PARTICLEFS" -o "api=$API,token_file=$WORK/token" "$MNT"
  fails_with "Key has expired" ls "$MNT/devices"
  sleep 1.1
  (umask 077 && echo "$TOKEN" >"$WORK/token.new" && mv "$WORK/token.new" "$WORK/token")
  ls "$MNT/devices" | grep kitchen
  fusermount3 -u "$MNT"
}

@test "an ordinary user mounts" {
  [ "$(id -u)" -eq 0 ] || skip "is one already"
  chmod 755 "$WORK"
  chmod 666 /dev/fuse
  install -d -o nobody "$WORK/users"
  run -0 timeout 20 setpriv --reuid nobody --clear-groups env "HOME=$WORK/users" \
    "PARTICLE_TOKEN=$TOKEN" "$PARTICLEFS" -o "api=$API" "$WORK/users"
  run -0 setpriv --reuid nobody --clear-groups cat "$WORK/users/devices/kitchen/name"
  [ "$output" = kitchen ]
  run -0 setpriv --reuid nobody --clear-groups stat -c %U "$WORK/users/README"
  [ "$output" = nobody ]
  # Even root has no business there.
  fails_with "Permission denied" cat "$WORK/users/README"
  setpriv --reuid nobody --clear-groups fusermount3 -u "$WORK/users"
}

@test "valgrind finds nothing from start to unmount" {
  valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99 \
    --log-file="$WORK/valgrind.log" "$PARTICLEFS" -f -o "api=$API" "$MNT" 3>&- &
  pid=$!
  wait_until test -e "$MNT/README"
  ls -lR "$MNT" >/dev/null
  cat "$MNT"/devices/greenhouse/variables/* >/dev/null
  echo on >"$MNT/devices/greenhouse/functions/lamp"
  fails_with "Host is down" cat "$MNT/devices/cellar/variables/temp"
  mv "$MNT/devices/kitchen" "$MNT/devices/cuisine"
  mv "$MNT/devices/cuisine" "$MNT/devices/kitchen"
  # What other tools do, briefly: posix.bats has them at their full length.
  for cases in names refusals drafts; do
    (cd "$MNT" && PYTHONDONTWRITEBYTECODE=1 timeout 100 python3 "$BATS_TEST_DIRNAME/posix/$cases.py")
  done
  find "$MNT"/devices/{greenhouse,kitchen} "$MNT/account" -type f -print0 | xargs -0 -P 32 -n 4 cat >/dev/null 2>&1 || true
  fusermount3 -u "$MNT"
  wait "$pid" || { cat "$WORK/valgrind.log"; false; }
}

@test "-o log tells on stderr, and no token" {
  (umask 077 && echo 0000000000000000000000000000000000000000 >"$WORK/token")
  for level in warning info debug; do
    "$PARTICLEFS" -f -o "log=$level,events,api=$API,token_file=$WORK/token" "$MNT" 2>"$WORK/log" 3>&- &
    pid=$!
    wait_until test -e "$MNT/README"
    [ "$level" != info ] || fails_with "Key has expired" ls "$MNT/devices"
    (umask 077 && echo "$TOKEN" >"$WORK/token.new" && mv "$WORK/token.new" "$WORK/token")
    wait_until cat "$MNT/devices/kitchen/name"
    wait_until grep -q '"connected"' "$MNT/.particlefs/status.json"
    fusermount3 -u "$MNT"
    wait "$pid"
    cat "$WORK/log"
    finds_no -qE "$TOKEN|0{40}" "$WORK/log"
    mv "$WORK/log" "$WORK/log.$level"
    (umask 077 && echo 0000000000000000000000000000000000000000 >"$WORK/token")
  done
  [ ! -s "$WORK/log.warning" ]
  grep -q 'particlefs: the cloud answers' "$WORK/log.info"
  grep -q 'particlefs: event stream opened' "$WORK/log.info"
  grep -q 'token: has another access token' "$WORK/log.info"
  finds_no -q GET "$WORK/log.info"
  grep -q 'particlefs: GET .*/devices: 200' "$WORK/log.debug"
}

@test "mount(8) runs it as its helper" {
  ln -s "$PARTICLEFS" "$WORK/mount.fuse.particlefs"
  run -0 "$WORK/mount.fuse.particlefs" api "$MNT" -f -o "api=$API" -t fuse.particlefs
  [ ! -e "$MNT/README" ]
  run -0 timeout 20 "$WORK/mount.fuse.particlefs" api "$MNT" -sn -v -o "rw,api=$API" -t fuse.particlefs
  [ "$(cat "$MNT/devices/kitchen/name")" = kitchen ]
  fusermount3 -u "$MNT"
}

@test "the manual page has the options of --help" {
  page=$BATS_TEST_DIRNAME/../../docs/particlefs.1.scd.in
  "$PARTICLEFS" --help | sed -n '/^Mount options/,/^$/s/^  \([a-z_]*\).*/\1/p' >"$WORK/options"
  [ "$(wc -l <"$WORK/options")" -gt 15 ]
  while read -r option; do
    echo "$option"
    grep -qE "^(.*, )?\*$option=?\*" "$page"
  done <"$WORK/options"
  "$PARTICLEFS" --help | sed -n '/^Other commands/,/^$/s/^  \([a-z]*\).*/\1/p' >"$WORK/commands"
  while read -r command; do
    grep -q "^\*$command\*" "$page"
  done <"$WORK/commands"
}

@test "the manual pages tell of each error for which there is a hint" {
  # ENOTSUP is what was not checked, and nobody's error.
  sed -n 's/^\t{ \(E[A-Z]*\), ".*/\1/p' "$BATS_TEST_DIRNAME/../../src/base/error.c" | grep -vx ENOTSUP >"$WORK/errors"
  [ "$(wc -l <"$WORK/errors")" -gt 15 ]
  while read -r error; do
    echo "$error"
    grep -qE "^\*.*\* \($error\)$" "$BATS_TEST_DIRNAME/../../docs/particlefs.1.scd.in"
    grep -qE "^:  (.*, )?$error\b" "$BATS_TEST_DIRNAME/../../docs/particlefs-tree.5.scd.in"
  done <"$WORK/errors"
}

@test "what a large answer took is given back" {
  timeout 20 "$PARTICLEFS" -o "api=$API" "$MNT"
  pid=$(pgrep -f "api=$API $MNT")
  rss() { awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"; }
  ls "$MNT"/devices/*/variables
  before=$(rss)
  fault 'endless,path=/v1/devices/*/*'
  for variable in "$MNT"/devices/by-status/online/*/variables/*; do
    run -1 timeout 20 cat "$variable"
    sizes+=("$(rss)")
    [ ${#sizes[@]} -lt 6 ] || break
  done
  echo "$before, then ${sizes[*]}"
  [ ${#sizes[@]} -eq 6 ]
  [ "${sizes[-1]}" -lt $((before + 4096)) ]
  fusermount3 -u "$MNT"
}
