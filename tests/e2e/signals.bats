#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What acts is sent once, whichever signal its caller gets meanwhile.

load lib

setup() {
  cd "$MNT"
  ls devices >/dev/null
  begin
}

# begin [MS]: the answer comes so late. Whom a signal ends waits no longer, however late it is.
begin() {
  no_faults
  before=$(brews)
  forget_requests
  fault "latency=${1:-600},path=*/brew"
}

teardown() {
  no_faults
  fusermount3 -uzq "$WORK/second" || true
}

# How often the device was told to.
brews() {
  curl -sf -H "Authorization: Bearer $TOKEN" "$API/v1/devices/kitchen/brews" | jq -r .result
}

called_once() {
  [ "$(requests | grep -c '/brew$')" -eq 1 ]
  no_faults
  [ "$(brews)" -eq $((before + 1)) ]
}

# ends_with WORDS OPTION… FILE TEXT SIGNAL…
ends_with() {
  local words=$1
  shift
  run timeout 20 "$BATS_TEST_DIRNAME/caller.py" "$@"
  echo "$* gave: $output"
  [ "$output" = "$words" ]
}

# Runs what imports interrupt.py.
with_interrupt() {
  PYTHONPATH=$BATS_TEST_DIRNAME PYTHONDONTWRITEBYTECODE=1 "$@"
}

@test "a signal that a program catches does not end its call" {
  for signal in ALRM WINCH USR1 USR2 URG CHLD IO PIPE; do
    for how in --catch --restart; do
      begin
      ends_with wrote $how devices/kitchen/functions/brew coffee $signal $signal
      called_once
    done
  done
}

@test "a stopped caller goes on where it was" {
  ends_with wrote devices/kitchen/functions/brew coffee STOP CONT
  called_once
}

@test "a stop from the terminal does not end the call" {
  ends_with wrote devices/kitchen/functions/brew coffee TSTP CONT TSTP CONT
  called_once
}

@test "a debugger that attaches does not end the call" {
  for how in attach seize; do
    # Long enough to find the caller alive.
    begin 5000
    ends_with wrote devices/kitchen/functions/brew coffee $how
    called_once
  done
}

@test "a signal that ends the caller ends the wait" {
  for signal in TERM HUP QUIT KILL ALRM USR1 ABRT; do
    begin 30000
    ends_with "SIG$signal" devices/kitchen/functions/brew coffee $signal
    called_once
  done
}

@test "a program that catches what would end it, and repeats, is refused once" {
  for signal in INT TERM HUP QUIT; do
    for how in --catch --restart; do
      begin 30000
      ends_with ECANCELED $how devices/kitchen/functions/brew coffee $signal
      tail -n 1 .particlefs/errors | grep -F 'kitchen/functions/brew: not sent: refused once (sent again after a signal'
      called_once
    done
  done
}

@test "who means to call again may" {
  no_faults
  fault "latency=30000,path=*/brew,count=1"
  run with_interrupt timeout 20 python3 - <<'PYTHON'
import interrupt, os
file = os.open("devices/kitchen/functions/brew", os.O_WRONLY)
interrupt.once_sent()
try:
    os.write(file, b"1\n")
except OSError as error:
    print(error.strerror)
print(os.write(file, b"1\n"))
PYTHON
  [ "$output" = "Operation canceled
2" ]
  [ "$(requests | grep -c '/brew$')" -eq 2 ]
}

@test "a signal that is blocked is no reason to end" {
  ends_with wrote --block devices/kitchen/functions/brew coffee INT ALRM
  called_once
}

@test "Ctrl-C in a shell ends the wait" {
  begin 30000
  # What a shell starts in the background ignores it.
  env --default-signal=INT bash -c 'echo coffee >devices/kitchen/functions/brew' 3>&- &
  wait_until bash -c "curl -sf $API/_sim/requests | grep -q brew"
  kill -INT $!
  status=0
  wait $! || status=$?
  [ "$status" -eq 130 ]
  called_once
}

@test "an attribute that was interrupted is sent once" {
  fault "latency=30000,method=PUT"
  ends_with ECANCELED --catch devices/kitchen/notes new INT
  [ "$(requests | grep -c PUT)" -eq 1 ]
}

@test "an event that was interrupted is published once" {
  fault "latency=30000,method=POST"
  ends_with ECANCELED --catch topics/interrupted 21.5 INT
  [ "$(requests | grep -c POST)" -eq 1 ]
}

@test "what is sent at close is sent once, whoever closes it again" {
  for method in PUT PATCH POST; do fault "latency=30000,method=$method"; done
  ends_with ECANCELED --catch --close devices/workshop/info.json '{"notes":"new"}' TERM
  tail -n 1 .particlefs/errors | grep -F '/devices/workshop/info.json: '
  [ "$(requests | grep -c PUT)" -eq 1 ]
  forget_requests
  ends_with ECANCELED --catch --close env/apply COLOR=red HUP
  [ "$(requests | grep -vc GET)" -eq 1 ]
}

@test "a fleet's function that was interrupted is called once on each of its devices" {
  fault "latency=30000,method=POST"
  ends_with ECANCELED --catch devices/all/functions/led 1 INT
  requests | grep POST >"$WORK/calls"
  cat "$WORK/calls"
  [ -s "$WORK/calls" ]
  [ "$(sort -u "$WORK/calls" | wc -l)" -eq "$(wc -l <"$WORK/calls")" ]
}

@test "an upload that was interrupted is sent once, and is no success" {
  fault "latency=30000,method=PUT"
  ends_with ECANCELED --catch --fsync devices/workshop/firmware/flash "some bytes" TERM
  [ "$(requests | grep -c PUT)" -eq 1 ]
}

@test "what another user had half written when it was killed is not sent" {
  [ "$(id -u)" -eq 0 ] || skip "needs root"
  chmod 755 "$WORK"
  PARTICLE_TOKEN=$TOKEN mount_second "allow_other,uid=$(id -u nobody)" setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace
  cd "$WORK/second/devices/workshop/firmware"
  for signal in KILL TERM ABRT; do
    run setpriv --reuid nobody --clear-groups perl -e '
      open my $file, ">", "flash" or exit 1;
      syswrite $file, "half";
      kill $ARGV[0], $$' "$signal"
    [ "$status" -gt 128 ]
  done
  [ "$(requests | grep -c PUT)" -eq 0 ]
  # Who ends by itself has written all of it.
  setpriv --reuid nobody --clear-groups busybox sh -c 'exec busybox cat /proc/version >flash'
  [ "$(requests | grep -c PUT)" -eq 1 ]
  # Who runs another program closes its files while it does so.
  timeout -s KILL 20 setpriv --reuid nobody --clear-groups perl -e 'open my $file, ">", "flash"; syswrite $file, "all"; exec "true"'
  [ "$(requests | grep -c PUT)" -eq 2 ]
}

@test "who can't be seen sends an upload by fsync" {
  [ "$(id -u)" -eq 0 ] || skip "needs root"
  mkdir -p "$WORK/second"
  PARTICLE_TOKEN=$TOKEN unshare --pid --fork "$PARTICLEFS" -f -o "api=$API" "$WORK/second" 3>&- &
  wait_until test -e "$WORK/second/README"
  # The other one starts anew, with what it was given.
  cd "$WORK/second/devices/greenhouse"
  echo code >"$WORK/code"
  fails_with "Permission denied" cp "$WORK/code" firmware/flash
  grep "greenhouse/firmware/flash: not sent: who closes it can't be seen" ../../.particlefs/errors
  [ "$(requests | grep -c PUT)" -eq 0 ]
  dd if="$WORK/code" of=firmware/flash conv=fsync
  echo '{"notes":"unseen"}' >info.json
  [ "$(requests | grep -c PUT)" -eq 2 ]
}

@test "what was done to a name is sent once, too" {
  for method in POST PUT DELETE; do fault "latency=30000,method=$method"; done
  ends_with ECANCELED --catch --mkdir devices/e00fce6810caffee0000c1a0 "" INT
  [ "$(requests | grep -c POST)" -eq 1 ]
  forget_requests
  ends_with ECANCELED --catch --rename devices/workshop devices/shop TERM
  tail -n 1 .particlefs/errors | grep -F '/devices/workshop: not sent: refused once'
  [ "$(requests | grep -c PUT)" -eq 1 ]
  forget_requests
  ends_with ECANCELED --catch --rmdir devices/cellar "" TERM
  [ "$(requests | grep -c DELETE)" -eq 1 ]
}

@test "what was moved to another directory is moved once" {
  cd products/cold-chain-v100
  ls devices >/dev/null
  device=$(ls quarantine | head -n 1)
  for method in POST PUT DELETE; do fault "latency=30000,method=$method"; done
  ends_with ECANCELED --catch --rename "quarantine/$device" "devices/$device" INT
  requests
  [ "$(requests | grep -vc GET)" -eq 1 ]
}

@test "what was done to a name is sent once, whatever else is done beside it" {
  no_faults
  fault "stall,count=1,path=*/groups,method=POST"
  run with_interrupt python3 - products/cold-chain-v100/groups <<'PYTHON'
import interrupt, os, subprocess, sys

interrupt.once_sent()
try:
    os.mkdir(sys.argv[1] + "/one")
except InterruptedError:
    subprocess.run(["mkdir", sys.argv[1] + "/other"], check=True)
try:
    os.mkdir(sys.argv[1] + "/one")
except OSError as error:
    print(error.strerror)
PYTHON
  echo "$output"
  [ "$output" = "Operation canceled" ]
  [ "$(requests | grep -c 'POST .*/groups')" -eq 2 ]
}

@test "what two have done in one directory is sent once for each" {
  no_faults
  fault "stall,count=2,path=*/groups,method=POST"
  run with_interrupt timeout -s KILL 20 python3 - products/cold-chain-v100/groups <<'PYTHON'
import interrupt, os, sys

def make(name, then):
    interrupt.once_sent(name)
    try:
        os.mkdir(sys.argv[1].encode() + b"/" + name)
    except InterruptedError:
        then()
    try:
        os.mkdir(sys.argv[1].encode() + b"/" + name)
    except OSError as error:
        print(error.strerror, flush=True)

def other():
    child = os.fork()
    if child == 0:
        make(b"their-group", lambda: None)
        os._exit(0)
    os.waitpid(child, 0)

make(b"my-group", other)
PYTHON
  echo "$output"
  [ "$output" = "Operation canceled
Operation canceled" ]
  [ "$(requests | grep -c 'POST .*/groups')" -eq 2 ]
}

@test "what was made is no failure, though nothing can be learnt of it" {
  no_faults
  ls products/cold-chain-v100/groups
  fault "status=500,method=GET,path=*/groups*"
  mkdir products/cold-chain-v100/groups/made
  [ "$(requests | grep -c 'POST .*/groups')" -eq 1 ]
  no_faults
  wait_until test -d products/cold-chain-v100/groups/made
}

@test "what could not be sent is an error until something new is written" {
  no_faults
  fault "status=500,count=1,method=PUT"
  run python3 - <<'PYTHON'
import os

def tell(function, *arguments):
    try:
        function(*arguments)
        print("done")
    except OSError as error:
        print(error.strerror)

# Others have another name by now, or start anew.
file = os.open("devices/front porch/firmware/flash", os.O_WRONLY | os.O_TRUNC)
os.write(file, b"code")
for _ in range(2):
    tell(os.fsync, file)
tell(os.close, os.dup(file))
os.pwrite(file, b"other", 0)
tell(os.fsync, file)
tell(os.close, file)
PYTHON
  echo "$output"
  [ "$output" = "Remote I/O error
Remote I/O error
Remote I/O error
done
done" ]
  [ "$(requests | grep -c PUT)" -eq 2 ]
}

@test "lines behind one that failed are not called later" {
  no_faults
  fault "status=500,count=1,path=*/brew"
  run python3 - <<'PYTHON'
import os
file = os.open("devices/kitchen/functions/brew", os.O_WRONLY)
for text in b"1\n2\n3\n", b"4\n":
    try:
        os.write(file, text)
    except OSError as error:
        print(error.strerror)
PYTHON
  [ "$output" = "Remote I/O error" ]
  [ "$(curl -sf "$API/_sim/requests" | jq -c '[.[] | select(.path | endswith("/brew")) | .body | to_entries[0].value]')" = '["1","4"]' ]
}
