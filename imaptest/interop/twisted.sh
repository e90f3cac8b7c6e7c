#!/usr/bin/env bash
# twisted.sh start|stop DIR: Twisted's IMAP server, with mailboxes in memory, on loopback.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh

action=${1:-} dir=${2:-}
[ -n "$dir" ] || fail "usage: twisted.sh start|stop DIR"
if [ "$action" = stop ]; then
	stop_background
	exit 0
fi
[ "$action" = start ] || fail "usage: twisted.sh start|stop DIR"

directory
# Use Debian's Python, and not another one that the machine may have.
[ -d /usr/lib/python3/dist-packages/twisted ] || install_debian python3-twisted python3-openssl python3-service-identity
read -r port tls_port <<< "$(free_ports 2)"
certificates "$dir/tls"
background twisted /usr/bin/python3 "$PWD/twisted_server.py" "$port" "$tls_port" "$dir/tls/server.key" "$dir/tls/server.pem"
wait_port "$port" && wait_port "$tls_port" || fail "twisted does not listen: $(tail -20 "$dir/log")"
save_env twisted <<X
CONF=$PWD/twisted_server.py
X
