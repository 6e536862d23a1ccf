# Completion for martlet and martlet-run in bash (in zsh after `autoload bashcompinit && bashcompinit`): options and commands as their help has them.

_martlet_words() {
    "$@" --help 2>/dev/null | grep -oE -- '--[a-z0-9][a-z0-9-]*' | sort -u
}

_martlet() {
    local current=${COMP_WORDS[COMP_CWORD]} command=$1
    COMPREPLY=()
    if [[ $command == *martlet-run ]]; then
        [[ $current == -* ]] && mapfile -t COMPREPLY < <(compgen -W "$(_martlet_words "$command")" -- "$current")
    elif [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "run validate objdump wat wast help --version" -- "$current")
    elif [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_martlet_words "$command" "${COMP_WORDS[1]}")" -- "$current")
    fi
    [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

complete -o filenames -F _martlet martlet martlet-run
