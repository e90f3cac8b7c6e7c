#!/usr/bin/env bash
# imap4d.sh start|stop DIR: GNU mailutils' imap4d on loopback, with all its state in DIR. Its users are alice@example.com and bob@example.com,
# with mail in Maildirs.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh

action=${1:-} dir=${2:-}
[ -n "$dir" ] || fail "usage: imap4d.sh start|stop DIR"
if [ "$action" = stop ]; then
	stop_background
	exit 0
fi
[ "$action" = start ] || fail "usage: imap4d.sh start|stop DIR"

[ "$(id -u)" = 0 ] || skip "imap4d needs root, to run its processes as other users"
directory
{ installed imap4d || [ -x /usr/sbin/imap4d ]; } || install_debian mailutils-imap4d
read -r port tls_port <<< "$(free_ports 2)"
certificates "$dir/tls"
chmod 600 "$dir/tls/server.key"
mkdir -p "$dir"/{domains,home,spool}
for user in alice bob; do
	mkdir -p "$dir/home/$user"
	echo "$user:$(openssl passwd -1 secret):$(id -u mail):$(id -g mail):$user:$dir/home/$user:/bin/sh"
done > "$dir/domains/example.com"
chown -R mail:mail "$dir"/{home,spool}
cat > "$dir/imap4d.conf" <<X
mode daemon;
foreground yes;
pidfile $dir/imap4d.master;
max-children 100;
logging {
  syslog no;
}
auth {
  authentication clear;
  authentication generic;
  authentication virtdomain;
  authorization clear;
  authorization virtdomain;
}
virtdomain {
  passwd-dir $dir/domains;
}
mailbox {
  mailbox-pattern "maildir://$dir/spool/\${user}";
  mailbox-type maildir;
}
acl {
  allow from any;
}
tcp-wrappers {
  enable no;
}
tls {
  ssl-certificate-file $dir/tls/server.pem;
  ssl-key-file $dir/tls/server.key;
  ssl-ca-file $dir/tls/ca.pem;
}
server 127.0.0.1:$port {
  tls-mode ondemand;
}
server 127.0.0.1:$tls_port {
  tls-mode connection;
}
X
background imap4d /usr/sbin/imap4d --no-config --config-file "$dir/imap4d.conf"
wait_port "$port" || fail "imap4d does not listen: $(tail -20 "$dir/log")"
save_env imap4d <<X
CONF=$dir/imap4d.conf
X
sed -i 's/^USER=.*/USER=alice@example.com/; s/^USER2=.*/USER2=bob@example.com/' "$dir/env"
