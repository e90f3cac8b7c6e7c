#!/usr/bin/env bash
# imapproxy.sh start|stop DIR ENV: up-imapproxy on loopback, in front of the server that ENV describes. It keeps the
# connections of users who have logged out, and gives them to the same users when they come back. It does not support
# TLS.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh
proxy "$@"

installed imapproxyd || [ -x /usr/sbin/imapproxyd ] || install_debian imapproxy
mkdir -p "$dir/root"
cat > "$dir/imapproxy.conf" <<X
server_hostname 127.0.0.1
server_port $backend_port
listen_address 127.0.0.1
listen_port $port
connect_retries 3
connect_delay 1
cache_size 3072
cache_expiration_time 300
proc_username nobody
proc_groupname nogroup
stat_filename $dir/stats
protocol_log_filename $dir/protocol
syslog_facility LOG_MAIL
send_tcp_keepalives no
enable_select_cache no
foreground_mode yes
force_tls no
chroot_directory $dir/root
enable_admin_commands no
X
background imapproxy /usr/sbin/imapproxyd -f "$dir/imapproxy.conf" -p "$dir/imapproxy.master"
tls_port=''
proxied imapproxy "$dir/imapproxy.conf" "$port"
