#!/usr/bin/env bash
# perdition.sh start|stop DIR ENV: perdition on loopback, in front of the server that ENV describes, to which it speaks
# plain text. It greets, and answers CAPABILITY until the user has logged in.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
proxy "$@"

installed perdition || install_debian perdition
common=(--no_daemon --log_facility "$dir/log" --config_file /dev/null --pid_file '' --map_library '' --outgoing_server 127.0.0.1 --outgoing_port "$backend_port"
	--server_resp_line --no_lookup --username root --group root
	--ssl_cert_file "$dir/tls/server.pem" --ssl_key_file "$dir/tls/server.key" --ssl_ca_chain_file "$dir/tls/ca.pem")
background imap perdition --protocol IMAP4 --bind_address 127.0.0.1 --listen_port "$port" --ssl_mode tls_listen "${common[@]}"
background imaps perdition --protocol IMAP4S --bind_address 127.0.0.1 --listen_port "$tls_port" --ssl_mode ssl_listen "${common[@]}"
proxied perdition "$dir/log" "$port" "$tls_port"
