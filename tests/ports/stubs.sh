# shellcheck shell=dash
# A stub of OpenWrt's /lib/functions.sh, its procd.sh included, for tests of the scripts in ports/openwrt/: a reader of UCI's files
# that is as simple as it can be, and functions of procd that write down what they were asked for, in /calls.
#
# That the scripts work with the real ones is tried by hand, see ports/openwrt/README.md.

append() { eval "$1=\"\${$1:+\$$1\${3:- }}\$2\""; }

config_cb() { :; }
option_cb() { :; }
list_cb() { :; }

config() {
	_sections=$((_sections + 1))
	# as libuci does: its number, and a part of a hash
	[ -n "${2-}" ] || set -- "$1" "$(printf "cfg%02x3579" "$_sections")"
	CONFIG_SECTION="$2"
	case " $CONFIG_SECTIONS " in *" $CONFIG_SECTION "*) ;; *) append CONFIG_SECTIONS "$CONFIG_SECTION" ;; esac
	eval "CONFIG_${CONFIG_SECTION}_TYPE=\$1"
	config_cb "$@"
}

option() {
	eval "CONFIG_${CONFIG_SECTION}_$1=\$2"
	option_cb "$@"
}

list() {
	append "CONFIG_${CONFIG_SECTION}_$1" "$2"
	list_cb "$@"
}

# A file in UCI's format is made of commands that a shell can run.
config_load() {
	_sections=0
	CONFIG_SECTIONS=
	[ -e "/etc/config/$1" ] || return 1
	# shellcheck source=/dev/null
	. "/etc/config/$1"
}

config_get() {
	case "$3" in
	"") eval "echo \"\${CONFIG_$1_$2}\"" ;;
	*) eval "$1=\"\${CONFIG_$2_$3:-\$4}\"" ;;
	esac
}

config_get_bool() {
	eval "config_get $1 $2 $3 \"$4\"
	case \"\$$1\" in 1 | on | true | yes | enabled) $1=1 ;; 0 | off | false | no | disabled) $1=0 ;; *) $1=\"$4\" ;; esac"
}

config_foreach() {
	local _function="$1" _type="$2" _section _its
	for _section in $CONFIG_SECTIONS; do
		config_get _its "$_section" TYPE
		case "$_type" in "" | "$_its") "$_function" "$_section" ;; esac
	done
}

# of procd.sh

_call() { echo "$*" >>/calls; }
procd_open_instance() { _call "instance $*"; }
procd_set_param() { _call "param $*"; }
procd_close_instance() { _call "end of instance"; }
procd_kill() { _call "kill $*"; }
procd_add_reload_trigger() { _call "reload trigger $*"; }
