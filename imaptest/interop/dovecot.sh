#!/usr/bin/env bash
# dovecot.sh start|stop DIR: a private Dovecot on loopback, with all its state in DIR. start installs Debian's package
# if it is missing, writes DIR/env, and prints it. Users alice and bob have the password "secret".
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh

action=${1:-} dir=${2:-}
[ -n "$dir" ] || fail "usage: dovecot.sh start|stop DIR"

if [ "$action" = stop ]; then
	stop_pid "$dir/run/master.pid"
	exit 0
fi
[ "$action" = start ] || fail "usage: dovecot.sh start|stop DIR"

installed dovecot || install_debian dovecot-imapd || skip "there is no dovecot, and no apt to get it with"
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
chmod 755 "$dir"
port=$(free_port) tls_port=$(free_port)
certificates "$dir/tls"
mkdir -p "$dir/run" "$dir/state" "$dir/home" "$dir/keys/default/HS256"
chown 5000:5000 "$dir/home"
for user in alice bob; do
	echo "$user:{PLAIN}secret:5000:5000::$dir/home/$user::"
done > "$dir/passwd"
token alice "$dir/keys/default/HS256/default" > "$dir/token"

cat > "$dir/oauth2.conf" <<X
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=$dir/keys/
username_attribute = sub
X
cat > "$dir/dovecot.conf" <<X
base_dir = $dir/run
state_dir = $dir/state
log_path = $dir/log
protocols = imap
listen = 127.0.0.1
default_internal_user = dovecot
default_login_user = dovenull
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer external anonymous
auth_anonymous_username = anonymous
auth_ssl_username_from_cert = yes
auth_failure_delay = 0 secs
ssl = yes
ssl_cert = <$dir/tls/server.pem
ssl_key = <$dir/tls/server.key
ssl_ca = <$dir/tls/ca.pem
ssl_verify_client_cert = yes
ssl_require_crl = no
ssl_cert_username_field = commonName
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = $dir/oauth2.conf
}
passdb {
  driver = static
  mechanisms = external
  args = nopassword=y
}
passdb {
  driver = passwd-file
  args = $dir/passwd
}
userdb {
  driver = static
  args = uid=5000 gid=5000 home=$dir/home/%u
}
mail_location = sdbox:~/mail
first_valid_uid = 1
mail_uid = 5000
mail_gid = 5000
mail_max_userip_connections = 1000
mail_attribute_dict = file:%h/mail/dovecot-attributes
mail_plugins = acl quota zlib
imap_metadata = yes
imap_hibernate_timeout = 0
protocol imap {
  mail_plugins = \$mail_plugins imap_acl imap_quota imap_zlib
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Drafts {
    special_use = \Drafts
    auto = subscribe
  }
  mailbox Sent {
    special_use = \Sent
    auto = subscribe
  }
  mailbox Trash {
    special_use = \Trash
    auto = create
  }
}
plugin {
  acl = vfile
  quota = count:User quota
  quota_rule = *:storage=1048576K:messages=100000
  quota_vsizes = yes
}
service imap-login {
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
service auth {
  unix_listener auth-userdb {
    mode = 0666
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
X
chmod -R a+rX "$dir"/{keys,passwd,oauth2.conf,dovecot.conf}
dovecot -c "$dir/dovecot.conf" || fail "dovecot does not start: $(tail -5 "$dir/log" 2>/dev/null)"
wait_port "$port" || fail "dovecot does not listen: $(tail -20 "$dir/log")"
cat > "$dir/env" <<X
NAME=dovecot
ADDR=127.0.0.1:$port
TLS_ADDR=127.0.0.1:$tls_port
CA=$dir/tls/ca.pem
CLIENT_CERT=$dir/tls/client.pem
CLIENT_KEY=$dir/tls/client.key
TOKEN=$dir/token
PROCESS=/usr/lib/dovecot/imap -c $dir/dovecot.conf -u alice
X
cat "$dir/env"
