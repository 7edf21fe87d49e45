#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The scripts of the project, on a machine on which nothing is installed and nothing can be built.

bats_require_minimum_version 1.5.0

setup() {
  STUBS=$BATS_TEST_TMPDIR/stubs
  mkdir "$STUBS"
  stub dpkg-query 'exit 1'
  stub apt-get 'echo "$@" >>"$INSTALLED"'
  stub sudo 'exec "$@"'
  stub meson 'exit 1'
  stub ninja 'exit 1'
}

stub() {
  printf '#!/bin/sh\n%s\n' "$2" >"$STUBS/$1"
  chmod +x "$STUBS/$1"
}

# installs SCRIPT PACKAGE…: it installs these, among others, and then begins to build.
installs() {
  local script=$1 package
  shift
  export INSTALLED=$BATS_TEST_TMPDIR/$script
  run -1 env "PATH=$STUBS:$PATH" "HOME=$BATS_TEST_TMPDIR" "$BATS_TEST_DIRNAME/../../scripts/$script"
  for package in "$@"; do
    echo "$script: $package"
    grep -qw -- "$package" "$INSTALLED"
  done
}

@test "each script that builds installs what a build needs, and those that test what the tests run" {
  for script in demo coverage test; do
    installs $script gcc g++ meson ninja-build pkg-config fuse3 libfuse3-dev libcurl4-openssl-dev libsoup-3.0-dev \
      libvalijson-dev
  done
  for script in coverage test; do installs $script bats valgrind jq rsync stress-ng; done
  installs coverage gcovr
}
