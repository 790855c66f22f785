# Completes inkling's commands, options and their values in bash, by what --help says.
_inkling() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} word choices help
    local -a command=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word == -* ]] && break
        command+=("$word")
    done
    help=$("${COMP_WORDS[0]}" "${command[@]}" --help 2>/dev/null) || return

    if [[ $previous == --* ]]; then
        # "  --budget TEXT:{quick,standard,full}=quick", or an option that takes something else.
        choices=$(sed -n "s/^ *\(-.,\)\?$previous [A-Z]*:{\([^}]*\)}.*/\2/p" <<<"$help")
        if [[ -n $choices ]]; then
            mapfile -t COMPREPLY < <(compgen -W "${choices//,/ }" -- "$current")
            return
        fi
        if grep -q "^ *\(-.,\)\?$previous [A-Z]" <<<"$help"; then
            compopt -o default
            return
        fi
    fi
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(grep -o '^ *\(-.,\)\?--[a-z-]*' <<<"$help" | grep -o -e '--.*')" -- "$current")
    else
        compopt -o default
        mapfile -t COMPREPLY < <(compgen -W "$(sed -n '/^Subcommands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' <<<"$help")" -- "$current")
    fi
}
complete -F _inkling inkling
