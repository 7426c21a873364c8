# bash completion for extsockctl(8); tests/ctl compares it with `extsockctl help`
# SPDX-License-Identifier: GPL-2.0-or-later

# Names of the connections, as the plugin that is running has them. Only plain ones: compgen -W expands what it gets.
_extsockctl_names() {
	extsockctl "$@" --timeout 1 --json status 2>/dev/null |
		grep -o '{"connection":"[A-Za-z0-9._@:-]*"' | cut -d '"' -f 4
}

_extsockctl() {
	local commands='apply remove initiate terminate switch pin unpin drain undrain drill status history explain policy counters metrics record events dpd check spread version help'
	local options='-s --socket -t --timeout -q --quiet -h --help -V --version'
	# those of commands, by command
	local -A own=([apply]='--wait -f --follow' [initiate]=--wait [terminate]=--wait [switch]=--wait [dpd]=--wait
		[status]='-v --verbose --watch --check --json' [history]='--json -n --lines --since' [explain]=--json
		[policy]=--json [counters]='--reset --json'
		[metrics]=--output [events]='--json --exec')
	local current=${COMP_WORDS[COMP_CWORD]} command='' words=0 i
	local -a socket=()

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-s | --socket) ((i++)); socket=(--socket "${COMP_WORDS[i]}") ;;
		-t | --timeout | -n | --lines | --since | --exec | --output) ((i++)) ;;
		-*) ;;
		*) if [ -z "$command" ]; then command=${COMP_WORDS[i]}; else ((words++)); fi ;;
		esac
	done
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	-s | --socket | --exec | --output) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
	-t | --timeout | -n | --lines | --since) return ;;
	esac
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options ${own[${command:-none}]-}" -- "$current")
		return
	fi
	case $command:$words in
	:*) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current") ;;
	apply:0 | check:0 | record:0) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
	help:0) mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current") ;;
	switch:1 | pin:1 | drill:1) mapfile -t COMPREPLY < <(compgen -W 'primary secondary next' -- "$current") ;;
	remove:0 | initiate:0 | terminate:0 | switch:0 | pin:0 | unpin:0 | drill:0 | status:0 | history:0 | explain:0 | policy:0 | counters:0 | dpd:0 | events:*)
		mapfile -t COMPREPLY < <(compgen -W "$(_extsockctl_names "${socket[@]}")" -- "$current")
		;;
	esac
}

complete -o filenames -F _extsockctl extsockctl
