#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The cases of pjdfstest and LTP that mean something here (docs/posix.md), and tools that others use for stress.

load lib

CASES=$BATS_TEST_DIRNAME/posix.py

setup() {
  cd "$MNT"
}

@test "names, and paths that do not lead anywhere" {
  python3 "$CASES" names
}

@test "files are opened, read and sought in" {
  python3 "$CASES" files
}

@test "what the tree does not do has its errors" {
  python3 "$CASES" refusals
}

@test "a folder for drafts is a file system of its own" {
  python3 "$CASES" drafts
  rm -r devices/kitchen/firmware/source/*
}
