#!/usr/bin/env bash
# stunnel.sh start|stop DIR ENV: stunnel on loopback, in front of the server that ENV describes. One port has TLS
# from the start, and one has STARTTLS, which stunnel answers itself. Before STARTTLS, stunnel changes CAPABILITY to KAPABILITY in
# the server's greeting.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
proxy "$@"

installed stunnel4 || install_debian stunnel4
cat > "$dir/stunnel.conf" <<X
foreground = yes
pid =
output = $dir/log
cert = $dir/tls/server.pem
key = $dir/tls/server.key
[starttls]
accept = 127.0.0.1:$port
connect = 127.0.0.1:$backend_port
protocol = imap
[imaps]
accept = 127.0.0.1:$tls_port
connect = 127.0.0.1:$backend_port
X
background stunnel stunnel4 "$dir/stunnel.conf"
proxied stunnel "$dir/stunnel.conf" "$port" "$tls_port"
