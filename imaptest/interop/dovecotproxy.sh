#!/usr/bin/env bash
# dovecotproxy.sh start|stop DIR [ENV]: a Dovecot on loopback without mail. It passes every user on, over TLS, to the
# server that the file ENV describes. That server's script has written the file. That server checks the password.
# Otherwise like dovecot.sh.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh

action=${1:-} dir=${2:-} backend=${3:-}
[ -n "$dir" ] || fail "usage: dovecotproxy.sh start|stop DIR [ENV]"
if [ "$action" = stop ]; then
	stop_pid "$dir/run/master.pid"
	exit 0
fi
{ [ "$action" = start ] && [ -s "$backend" ]; } || fail "usage: dovecotproxy.sh start|stop DIR [ENV]"

[ "$(id -u)" = 0 ] || skip "dovecot needs root, to run its processes as other users"
directory
[ -x /usr/lib/dovecot/imap ] || install_debian dovecot-imapd
read -r port tls_port <<< "$(free_ports 2)"
certificates "$dir/tls"
mkdir -p "$dir/run" "$dir/state"
cat > "$dir/dovecot.conf" <<X
base_dir = $dir/run
state_dir = $dir/state
log_path = $dir/log
protocols = imap
listen = 127.0.0.1
default_internal_user = dovecot
default_login_user = dovenull
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0 secs
ssl = yes
ssl_cert = <$dir/tls/server.pem
ssl_key = <$dir/tls/server.key
# Dovecot 2.3 ignores ssl_client_ca_file here, but OpenSSL reads SSL_CERT_FILE.
import_environment = TZ SSL_CERT_FILE=$(of "$backend" CA)
passdb {
  driver = static
  args = proxy=y host=localhost hostip=127.0.0.1 port=$(of "$backend" IMAPS_PORT) ssl=yes nopassword=y
}
userdb {
  driver = static
  args = uid=5000 gid=5000 home=$dir/none
}
service imap-login {
  # Without a chroot, so that OpenSSL can open the file of SSL_CERT_FILE.
  chroot =
  service_count = 0
  process_min_avail = 1
  client_limit = 1000
  inet_listener imap {
    address = 127.0.0.1
    port = $port
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = $tls_port
    ssl = yes
  }
}
service anvil {
  # Do not wait after wrong passwords.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
X
chmod a+r "$dir/dovecot.conf"
dovecot -c "$dir/dovecot.conf" || fail "the proxy does not start: $(tail -5 "$dir/log" 2>/dev/null)"
wait_port "$port" || fail "the proxy does not listen: $(tail -20 "$dir/log")"
save_env dovecot-proxy <<X
CONF=$dir/dovecot.conf
URLHOST=$(of "$backend" URLHOST)
BACKEND=$backend
X
