#!/usr/bin/env bash
# run.sh [GO-TEST-ARGUMENT...]: starts real servers, runs the tests that need them (by default those named TestInterop,
# in all packages), and stops the servers, whatever happens. A server that this machine cannot run is skipped with a
# message; if CI=true, that is a failure.
set -euo pipefail
cd "$(dirname "$0")"

# Do not use the caller's TMPDIR: every user must be able to enter this directory, and the names of the sockets in it
# must be short.
dir=$(TMPDIR='' mktemp -d -t interop.XXXXXX)
chmod 755 "$dir"
started=''
cleanup() {
	for name in $started; do
		./$name.sh stop "$dir/$name" || true
	done
	rm -rf "$dir"
}
here=$PWD
trap 'cd "$here" && cleanup' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# start NAME VARIABLE [ARGUMENT...]: starts a server by its script, and puts the name of the file that describes it into
# the variable.
start() {
	local name=$1 variable=$2 code=0
	started="$name $started"
	./"$name".sh start "$dir/$name" "${@:3}" > "$dir/$name.out" || code=$?
	case $code in
	0)
		echo "interop: $name is on port $(sed -n 's/^PORT=//p' "$dir/$name/env"), with TLS on $(sed -n 's/^IMAPS_PORT=//p' "$dir/$name/env")"
		export "$variable=$dir/$name/env"
		;;
	77)
		echo "interop: SKIPPED: $name"
		[ "${CI:-}" != true ] || { echo "interop: in CI nothing is skipped" >&2; exit 1; }
		;;
	*)
		cat "$dir/$name.out"
		echo "interop: $name does not start" >&2
		exit 1
		;;
	esac
}
# Install the programs with which TestInteropLoginGsasl and TestInteropLoginCurl log in to the test server.
mkdir -p "$dir/clients"
(
	dir=$dir/clients
	. ./lib.sh
	{ installed gsasl && installed curl; } || install_debian gsasl curl
) || [ $? = 77 ] || exit 1
start dovecot IMAPSTACK_DOVECOT
start cyrus IMAPSTACK_CYRUS
for name in courier imap4d twisted hoodiecrow; do
	start $name IMAPSTACK_${name^^}
done
if [ -n "${IMAPSTACK_DOVECOT:-}" ]; then
	start dovecotproxy IMAPSTACK_DOVECOT_PROXY "$IMAPSTACK_DOVECOT"
	for proxy in nginx perdition imapproxy haproxy stunnel relay relayprefix; do
		start $proxy IMAPSTACK_${proxy^^} "$IMAPSTACK_DOVECOT"
	done
fi

logs() {
	for log in "$dir"/*/log "$dir"/cyrus/master.log; do
		[ ! -s "$log" ] || { echo "interop: the end of ${log#"$dir"/}:"; tail -20 "$log"; }
	done >&2
}
cd ../..
[ $# -gt 0 ] || set -- -v -run '^TestInterop' ./...
go test -count=1 "$@" 2>&1 |
	sed -E '/^=== (RUN|PAUSE|CONT|NAME)/d; /\[no test(s to run| files)\]$/d; /^testing: warning: no tests to run$/d; /^PASS$/d' ||
	{ logs; exit 1; }
# try SERVER PROXY CLIENT: tests a server with a client, through the example proxy if PROXY is "yes". SERVER "" is the
# test server.
try() {
	local code=0
	[ -z "$1$2" ] || echo "interop: $3${1:+ on docs/examples/$1}${2:+ through docs/examples/proxy}"
	SERVER=$1 PROXY=$2 bash "imaptest/interop/clients/$3.sh" || code=$?
	case $code in
	0) ;;
	77)
		echo "interop: SKIPPED: $3 $1"
		[ "${CI:-}" != true ] || { echo "interop: in CI nothing is skipped" >&2; exit 1; }
		;;
	*) exit 1 ;;
	esac
}
for client in imaptest/interop/clients/*.sh; do
	client=$(basename "$client" .sh)
	case $client in
	lib) ;;
	killed) try maildird yes killed ;;
	*)
		try '' '' "$client"
		try '' yes "$client"
		;;
	esac
done
for client in curl getmail imapflow mbsync mutt offlineimap; do
	try maildird '' "$client"
done
