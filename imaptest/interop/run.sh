#!/usr/bin/env bash
# run.sh: starts real servers, runs the tests that need them, and stops them. What cannot be installed is skipped aloud.
set -euo pipefail
cd "$(dirname "$0")"

dir=$(mktemp -d)
chmod 755 "$dir"
cleanup() {
	for name in dovecot cyrus; do
		./$name.sh stop "$dir/$name" || true
	done
	rm -rf "$dir"
}
trap cleanup EXIT

start() {
	local name=$1 variable=$2 code=0
	./"$name".sh start "$dir/$name" > "$dir/$name.out" || code=$?
	case $code in
	0) export "$variable=$dir/$name/env" ;;
	77) echo "interop: $name is skipped" ;;
	*) cat "$dir/$name.out"; echo "interop: $name does not start" >&2; exit 1 ;;
	esac
}
start dovecot IMAPSTACK_DOVECOT
start cyrus IMAPSTACK_CYRUS

go test -count=1 -v -run Interop . 2>&1 | grep -vE '^=== (RUN|PAUSE|CONT)' 
for client in clients/*.sh; do
	[ -e "$client" ] || continue
	echo "interop: $client"
	bash "$client"
done
