# SPDX-License-Identifier: Apache-2.0
# What nobody else may see: the mount, the token, what was written; and how the programs are built.

load lib

# A mount of an ordinary user, as most are.
setup_file() {
  [ "$(id -u)" -eq 0 ] || { echo "these tests are run by root, as several users" >&2; return 1; }
  prepare_cloud
  export USERS PROGRAM
  MNT=$WORK/users/mnt
  USERS=$WORK/users
  PROGRAM=$WORK/bin/particlefs
  chmod 755 "$WORK"
  chmod 666 /dev/fuse
  install -d -o nobody -m 700 "$USERS" "$USERS/run"
  install -d -o nobody "$MNT"
  install -D "$PARTICLEFS" "$PROGRAM"
  # In place of the checker of schemas: it writes what it was given.
  install -D /dev/stdin "$WORK/bin/schema/particlefs-check-schema" <<END
#!/bin/bash
PATH=/usr/bin:/bin
{ env; ls -l /proc/self/fd; } >$USERS/given
END
  (umask 077 && echo "$TOKEN" >"$USERS/token" && chown nobody "$USERS/token")
  as nobody env "HOME=$USERS" "TMPDIR=$USERS/run" "PARTICLE_TOKEN=$TOKEN" timeout 20 "$PROGRAM" \
    -o "api=$API" "$MNT" 2>"$WORK/mount.log" 3>&-
}

teardown_file() {
  as nobody fusermount3 -u "$MNT"
  drop_cloud
}

# Another user is named by a number.
as() {
  local user=$1
  shift
  setpriv --reuid "$user" --regid 65534 --clear-groups "$@"
}

daemon() {
  pgrep -f "^$PROGRAM .*api=$API"
}

limit() {
  awk -v name="$1" '$0 ~ "^" name { print $(NF - 2), $(NF - 1) }' "/proc/$(daemon)/limits"
}

# How often a text stands in the memory of the daemon.
count_in_memory() {
  python3 - "$(daemon)" "$1" <<'PYTHON'
import sys
pid, text = sys.argv[1], sys.argv[2].encode()
count = 0
with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
    for line in maps:
        start, end = (int(part, 16) for part in line.split()[0].split("-"))
        if "rw" not in line.split()[1]:
            continue
        try:
            memory.seek(start)
            count += memory.read(end - start).count(text)
        except (OSError, ValueError, OverflowError):
            pass
print(count)
PYTHON
}

@test "another user, and root, see nothing of a mount" {
  for user in 12345 0; do
    for what in "$MNT" "$MNT/devices/kitchen/name" "$MNT/firmware/builds"; do
      fails_with "Permission denied" as "$user" ls "$what"
    done
  done
  [ "$(as nobody cat "$MNT/devices/kitchen/name")" = kitchen ]
}

@test "another process of the same user sees nothing of the daemon" {
  pid=$(daemon)
  [ "$(stat -c %U "/proc/$pid/environ")" = root ]
  for what in environ mem maps fd/0 auxv; do
    fails_with "Permission denied" as nobody head -c 1 "/proc/$pid/$what"
  done
  run as nobody /usr/bin/python3 -c "
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH = 16
if libc.ptrace(PTRACE_ATTACH, $pid, 0, 0) != 0:
    print(os.strerror(ctypes.get_errno()))"
  [ "$output" = "Operation not permitted" ]
}

@test "nothing of the daemon is written when it dies" {
  [ "$(limit 'Max core file size')" = "0 0" ]
}

@test "what the daemon makes is for its user alone" {
  grep -qx 'Umask:.0077' "/proc/$(daemon)/status"
}

@test "the token stands in memory that is not swapped, and nowhere around" {
  pid=$(daemon)
  [ "$(awk '/^VmLck/ { print $2 }' "/proc/$pid/status")" -gt 0 ]
  finds_no -qaF "$TOKEN" "/proc/$pid/environ" "/proc/$pid/cmdline"
  as nobody cat "$MNT/devices/kitchen/variables/temp" "$MNT/account/identity.json"
  run as nobody grep -rF "$TOKEN" "$MNT/.particlefs" "$MNT/account" "$MNT/README"
  [ -z "$output" ]
  finds_no -qF "$TOKEN" "$WORK/mount.log"
}

@test "a program that the daemon runs has no token, and none of its files" {
  as nobody bash -c "echo '{\"location\":{\"radius\":1}}' >$MNT/products/cold-chain-v100/config.json"
  wait_until test -s "$USERS/given"
  cat "$USERS/given"
  finds_no -qaE "$TOKEN|TOKEN|HOME|socket:|/dev/fuse" "$USERS/given"
}

@test "a password that was written is wiped" {
  secret=correct-horse-battery-staple
  fails_with "" as nobody bash -c "echo '{\"current_password\":\"$secret\",\"password\":\"new-$secret\"}' >$MNT/account/change-password"
  # Of what else is read and written nothing is left over either.
  as nobody cat "$MNT/devices/kitchen/name"
  [ "$(count_in_memory kitchen)" -gt 0 ]
  [ "$(count_in_memory "$secret")" -eq 0 ]
  run as nobody grep -rF "$secret" "$MNT/.particlefs" "$MNT/account"
  [ -z "$output" ]
}

@test "what is uploaded has no name for others" {
  find_spool() {
    spool=$(find "/proc/$(daemon)/fd" -lname "$USERS/run/*(deleted)")
    [ -n "$spool" ]
  }
  fault "stall,method=PUT"
  as nobody bash -c "echo firmware >$MNT/devices/kitchen/firmware/flash" 3>&- &
  pid=$!
  wait_until find_spool
  [ "$(stat -L -c '%a %U' "$spool")" = "600 nobody" ]
  [ -z "$(find "$USERS/run" -type f)" ]
  no_faults
  # The shell that is in the background waits for who writes.
  pkill -KILL -P "$pid"
  wait "$pid" || true
}

programs() {
  echo "$PARTICLEFS" "$(dirname "$PARTICLEFS")/schema/particlefs-check-schema" "$PARTICLE_SIM"
}

@test "the programs are built to be hard to misuse" {
  for program in $(programs); do
    echo "$program"
    readelf -hW "$program" | grep -q 'Type: *DYN'
    readelf -dW "$program" | grep -q 'Flags:.* PIE'
    readelf -dW "$program" | grep -q BIND_NOW
    readelf -lW "$program" | grep -q GNU_RELRO
    readelf -lW "$program" | grep -qE 'GNU_STACK .* RW '
    [ -z "$(readelf -lW "$program" | grep -E 'LOAD .* RWE ')" ]
    readelf -sW "$program" | grep -q __stack_chk_fail
  done
}

# In what ways the compiler was called for the programs.
compilers() {
  jq -r '[.[] | select(.file | test("/(src|sim)/")) | .command | sub(" -MD .*"; "")] | unique[]' compile_commands.json
}

# fortify_level COMPILER: as glibc's headers take what it was told. No program shows that: lower levels call the same
# functions.
fortify_level() {
  local language=c
  [[ $1 != *-std=c++* ]] || language=c++
  printf '%s\n' '#include <features.h>' __USE_FORTIFY_LEVEL | eval "$1 -E -P -x $language -" | tail -n 1
}

@test "what is written fits, where its size is known at run time alone too" {
  cd "$(dirname "$PARTICLEFS")/.."
  [ -e compile_commands.json ] || skip "the programs do not lie where they were built"
  ! grep -q -e -fsanitize= compile_commands.json || skip "a sanitizer checks by itself"
  compilers >"$WORK/compilers"
  [ -s "$WORK/compilers" ]
  while read -r compiler; do
    echo "$compiler"
    [ "$(fortify_level "$compiler")" = 3 ]
  done <"$WORK/compilers"
}

@test "each jump lands where the compiler has meant it to, on processors that check that" {
  case $(uname -m) in
  x86_64) mark='endbr64' ;;
  aarch64) mark='paciasp|bti' ;;
  *) mark='.' ;;
  esac
  for program in $(programs); do
    [ "$(objdump -d --no-show-raw-insn "$program" | grep -cE "\b($mark)")" -gt 20 ]
  done
}
