#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What bash completes: it is asked of the program, so that nothing is missing.

setup() {
  : "${PARTICLEFS:?the program to test}"
  source "$BATS_TEST_DIRNAME/../../data/particlefs.bash"
}

# completes LINE: the words that bash would offer at its end, in one line.
completes() {
  local text=${1//[=:]/ & }
  COMP_LINE=$1
  COMP_POINT=${#1}
  read -ra COMP_WORDS <<<"$text"
  [[ $1 == *[\ =:] ]] && COMP_WORDS+=("")
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _particlefs "$PARTICLEFS" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
  echo "${COMPREPLY[*]}"
}

@test "subcommands and directories" {
  cd "$BATS_TEST_TMPDIR"
  mkdir place
  [[ $(completes "particlefs ") == "place "*api*login*whoami* ]]
  [ "$(completes "particlefs who")" = whoami ]
  [ "$(completes "particlefs -f pl")" = place ]
}

@test "functions, and the options of a subcommand" {
  [ "$(completes "particlefs api pingD")" = pingDevice ]
  [ "$(completes "particlefs tree --j")" = --json ]
  for command in api demo doctor login logout tree whoami; do
    run completes "particlefs $command --"
    [[ $output == *--help* ]]
    [ -z "$(tr ' ' '\n' <<<"$output" | sort | uniq -d)" ]
  done
  [ "$(completes "particlefs login -")" = "--api --cafile -h --help -u --user --client-id --client-secret-file" ]
  [ "$(completes "particlefs login --client-id")" = --client-id ]
  [ "$(completes "particlefs logout --f")" = --force ]
}

@test "mount options and their values" {
  cd "$BATS_TEST_TMPDIR"
  touch secret
  [[ $(completes "particlefs -o ") == *"token_file="*" ro "* ]]
  [ "$(completes "particlefs -o ro,bud")" = ro,budget= ]
  [ "$(completes "particlefs -o ttl=list:30,allow")" = 30,allow_other ]
  [ "$(completes "particlefs -o ttl=va")" = variable: ]
  [ "$(completes "particlefs -o token_file=sec")" = secret ]
  [ "$(completes "particlefs whoami --token-file sec")" = secret ]
}
