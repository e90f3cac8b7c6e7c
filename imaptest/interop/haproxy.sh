#!/usr/bin/env bash
# haproxy.sh start|stop DIR ENV: HAProxy on loopback, in front of the server that ENV describes. It passes octets on,
# and terminates TLS.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
proxy "$@"

{ installed haproxy || [ -x /usr/sbin/haproxy ]; } || install_debian haproxy
cat > "$dir/haproxy.cfg" <<X
global
  maxconn 500
defaults
  mode tcp
  timeout connect 10s
  timeout client 5m
  timeout server 5m
frontend imap
  bind 127.0.0.1:$port
  default_backend server
frontend imaps
  bind 127.0.0.1:$tls_port ssl crt $dir/tls/both.pem
  default_backend server
backend server
  server one 127.0.0.1:$backend_port
X
background haproxy /usr/sbin/haproxy -f "$dir/haproxy.cfg" -db
proxied haproxy "$dir/haproxy.cfg" "$port" "$tls_port"
