#!/usr/bin/env bash
# dovecot.sh start|stop DIR: a private Dovecot on loopback, with all its state in DIR and every feature of Debian's
# package turned on. start installs the package if it is missing, writes DIR/env, and prints it. Everybody must be able
# to enter DIR's parents, because Dovecot's processes run as other users. Users alice, bob, carol and master have the
# password "secret"; master may log in as any of the others.
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

[ "$(id -u)" = 0 ] || skip "dovecot needs root, to run its processes as other users"
directory
[ -x /usr/lib/dovecot/imap ] || install_debian dovecot-imapd
read -r port tls_port <<< "$(free_ports 2)"
certificates "$dir/tls"
mkdir -p "$dir/run" "$dir/state" "$dir/home" "$dir/keys/default/HS256"
chown 5000:5000 "$dir/home"
for user in alice bob; do
	echo "$user:{PLAIN}secret:5000:5000::$dir/home/$user::"
done > "$dir/passwd"
# The server has only a hash of carol's password, with which only PLAIN and LOGIN work.
echo "carol:{SHA512-CRYPT}$(openssl passwd -6 secret):5000:5000::$dir/home/carol::" >> "$dir/passwd"
echo "master:{PLAIN}secret" > "$dir/masters"
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
auth_master_user_separator = *
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
  driver = passwd-file
  args = $dir/masters
  master = yes
  result_success = continue
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
mailbox_list_index = yes
mail_attribute_dict = file:%h/mail/dovecot-attributes
mail_plugins = acl quota zlib
imap_metadata = yes
imap_hibernate_timeout = 0
imap_urlauth_host = 127.0.0.1
imap_urlauth_port = $port
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
  mailbox Junk {
    special_use = \Junk
    auto = create
  }
  mailbox Archive {
    special_use = \Archive
    auto = create
  }
}
namespace shared {
  type = shared
  separator = /
  prefix = shared/%%u/
  location = sdbox:$dir/home/%%u/mail:INDEXPVT=$dir/home/%u/shared/%%u
  subscriptions = no
  list = children
}
plugin {
  acl = vfile
  # A master who has logged in as a user sees what that user sees.
  acl_user = %u
  acl_shared_dict = file:$dir/home/shared-mailboxes
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
service imap {
  process_limit = 512
}
service imap-urlauth-login {
}
service auth {
  unix_listener auth-userdb {
    mode = 0666
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
chmod -R a+rX "$dir"/{keys,passwd,masters,oauth2.conf,dovecot.conf}
dovecot -c "$dir/dovecot.conf" || fail "dovecot does not start: $(tail -5 "$dir/log" 2>/dev/null)"
wait_port "$port" || fail "dovecot does not listen: $(tail -20 "$dir/log")"
save_env dovecot <<X
TOKEN=$dir/token
MASTER=master
URLHOST=127.0.0.1:$port
CONF=$dir/dovecot.conf
PROCESS=/usr/lib/dovecot/imap -c $dir/dovecot.conf -u alice
X
