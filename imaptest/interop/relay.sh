#!/usr/bin/env bash
# relay.sh start|stop DIR ENV: the example proxy on loopback, in front of the server that ENV describes. It sees every
# command, and terminates TLS.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
proxy "$@"

(cd ../.. && go build -o "$dir/proxy" ./docs/examples/proxy)
background relay "$dir/proxy" -plaintext -addr "127.0.0.1:$port" -tls-addr "127.0.0.1:$tls_port" \
	-prefix "${PREFIX:-}" -cert "$dir/tls/server.pem" -key "$dir/tls/server.key" -back "*=imap+insecure://127.0.0.1:$backend_port"
proxied "$(basename "$dir")" - "$port" "$tls_port"
