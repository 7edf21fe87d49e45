# SPDX-License-Identifier: Apache-2.0
# Completion for bash. What can be completed is asked of the program's own help.

_particlefs_help() {
  "$1" --help 2>/dev/null | sed -n "/^$2/,/^\$/s/^  \\([a-z_]\\{1,\\}=\\{0,1\\}\\).*/\\1/p"
}

_particlefs_profiles() {
  local file
  for file in ~/.particle/"$1"*.config.json; do
    [ -e "$file" ] && basename "$file" .config.json
  done
}

# _particlefs_value NAME TEXT: what may stand behind NAME=
_particlefs_value() {
  case $1 in
  token_file | cafile | --token-file | --cafile | --client-secret-file)
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$2")
    ;;
  profile | --profile) mapfile -t COMPREPLY < <(compgen -W "$(_particlefs_profiles "$2")" -- "$2") ;;
  ttl)
    [[ $2 == *:* ]] && return
    compopt -o nospace 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -W "variable: device: list: config: static:" -- "$2")
    ;;
  log) mapfile -t COMPREPLY < <(compgen -W "error warning info debug" -- "$2") ;;
  esac
}

# _particlefs_options PROGRAM LIST CURRENT: the list behind -o, of which bash may show the end only
_particlefs_options() {
  local last=${2##*,} before=
  if [[ $last == *=* ]]; then
    _particlefs_value "${last%%=*}" "${last#*=}"
    return
  fi
  before=${3%"$last"}
  compopt -o nospace 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -P "$before" -W "$(_particlefs_help "$1" 'Mount options')" -- "$last")
}

_particlefs() {
  local program=$1 current=$2 line=${COMP_LINE:0:COMP_POINT} word before command=${COMP_WORDS[1]}
  word=${line##*[[:space:]]}
  before=${line%"$word"}
  before=${before%"${before##*[![:space:]]}"}
  before=${before##*[[:space:]]}
  COMPREPLY=()
  if [ "$before" = -o ]; then
    _particlefs_options "$program" "$word" "$current"
  elif [[ $before == --* ]]; then
    _particlefs_value "$before" "$word"
  elif [ "$command" = api ] && [ "$COMP_CWORD" -eq 2 ] && [[ $current != -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$("$program" api 2>/dev/null | cut -d ' ' -f 1)" -- "$current")
  elif [[ $current == -* ]]; then
    local options="-o -f -d -h -V --help --version"
    if _particlefs_help "$program" 'Other commands' | grep -qx -- "$command"; then
      options=$("$program" "$command" --help 2>/dev/null |
        sed -n 's/^  \(-[a-z]\)\{0,1\},\{0,1\} *\(--[a-z-]*\).*/\1 \2/p')
    fi
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
  fi
  if [ ${#COMPREPLY[@]} -eq 0 ] && [[ $current != -* ]] && [ "$before" != -o ] &&
    [[ $before != --* ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$current")
    if [ "$COMP_CWORD" -eq 1 ]; then
      mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(
        compgen -W "$(_particlefs_help "$program" 'Other commands')" -- "$current"
      )
    fi
  fi
}

complete -F _particlefs particlefs
