# SPDX-License-Identifier: Apache-2.0
# The whole tree, products and organizations with all their devices, read by what reads trees: no read acts.

load lib

setup() {
  cd "$MNT"
  forget_requests
}

# What the cloud was asked beyond reading.
acts() {
  requests | grep -vE '^(GET|HEAD) ' || true
}

# What is said of a device that is offline, or has restarted since it was listed.
offline='(Host is down|No such file or directory)$'

# The variables that devices were asked for.
variables() {
  local names
  names=$(ls -d devices/*/variables/* products/*/devices/*/variables/* | sed 's,.*/,,' | sort -u | paste -sd '|')
  requests | grep -E "/devices/[0-9a-f]{24}/($names)$" || true
}

@test "who looks at everything asks no device" {
  find . -ls >"$WORK/found"
  ls -lR . >/dev/null
  du -a . >/dev/null
  find . -exec stat {} + >/dev/null
  [ "$(wc -l <"$WORK/found")" -gt 5000 ]
  grep -q 'orgs/.*/products/.*/devices/.*/variables/' "$WORK/found"
  [ -z "$(acts)" ]
  [ -z "$(variables)" ]
}

@test "no name stands in a listing twice" {
  find . >"$WORK/names"
  [ -z "$(sort "$WORK/names" | uniq -d)" ]
  # The cloud has a value of this name, too.
  ls account/mfa | grep -x enable
}

@test "grep -r reads everything, and acts on nothing" {
  LC_ALL=C grep -r nothing-like-this . 2>&1 | finds_no -vE "$offline"
  [ -n "$(variables)" ]
  [ -z "$(acts)" ]
}

@test "tar reads everything, and acts on nothing" {
  [ "$(tar cf - . 2>/dev/null | wc -c)" -gt 1000000 ]
  [ -z "$(acts)" ]
}

@test "cat of every file acts on nothing" {
  find . -type f -print0 | xargs -0 cat 2>&1 >/dev/null | finds_no -vE "$offline"
  [ -z "$(acts)" ]
}

@test "of one file that is opened one variable is asked for" {
  echo / >.particlefs/refresh
  forget_requests
  cat devices/greenhouse/variables/soil
  [ "$(variables | wc -l)" -eq 1 ]
}
