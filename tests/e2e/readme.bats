#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Each line of the README's shell blocks, in its order, with the simulated cloud in the place of the real.

load lib

setup_file() {
  # A device that has taken its firmware restarts: not while the next lines read it.
  SIM_OPTIONS="--event-rate 20 --flash-time 60000" prepare_cloud
  export HOME=$WORK/home PATH=$WORK/bin:$PATH
  mkdir "$HOME" "$WORK/bin"
  unset PARTICLE_TOKEN CREDENTIALS_DIRECTORY XDG_STATE_HOME
  # What a person types, and a script can't.
  cat >"$WORK/bin/vim" <<END
#!/usr/bin/env bash
exec $(type -P vim) -es -u NONE -c 's/^/by the door/' -c wq "\$@"
END
  cat >"$WORK/bin/particlefs" <<END
#!/usr/bin/env bash
case \${1:-} in
login)
  exec "$BATS_TEST_DIRNAME/type.py" "$PARTICLEFS" login --api "$API" <<<\$'Email address: |ada@example.com\nPassword: |particle' ;;
api | doctor) command=\$1 && shift && exec "$PARTICLEFS" \$command --api "$API" "\$@" ;;
*) exec "$PARTICLEFS" -o "api=$API" "\$@" ;;
esac
END
  chmod +x "$WORK/bin"/*
}

teardown_file() {
  fusermount3 -uzq "$HOME/particle" || true
  drop_cloud
}

@test "each line of the README does what it says" {
  sed -n '/^```sh$/,/^```$/{/^```/!p}' "$BATS_TEST_DIRNAME/../../README.md" >"$WORK/lines"
  [ "$(wc -l <"$WORK/lines")" -gt 15 ]
  cd "$HOME"
  head -c 1000 /dev/urandom >blink.bin
  printf 'void setup() {}\nvoid loop() {}\n' >blink.cpp
  while read -r line; do
    status=0
    echo "\$ $line"
    case $line in
    *getEventStream*) seconds=10 ;; # endless; it has to show something
    *"tail -f"*) seconds=3 ;;       # endless
    *) seconds=60 ;;
    esac
    timeout -k 5 $seconds bash -o pipefail -c "$line" >"$WORK/out" 2>"$WORK/err" </dev/null 3>&- || status=$?
    head -c 1000 "$WORK/out"
    cat "$WORK/err"
    [ "$status" -eq $((seconds < 60 ? 124 : 0)) ]
    [ ! -s "$WORK/err" ]
    [[ $line != *getEventStream* ]] || [ -s "$WORK/out" ]
  done <"$WORK/lines"
  [ -s backup/notes ]
  [ ! -e particle/README ]
}
