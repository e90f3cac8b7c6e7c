#!/usr/bin/env bash
# cyrus.sh start|stop DIR: a private Cyrus on loopback, with all its state in DIR; otherwise like dovecot.sh. The user
# cyrus, with the same password, is the administrator, and may log in for others. Debian's package cyrus-imapd cannot be
# installed beside Dovecot's, so its programs are unpacked from the package.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh

action=${1:-} dir=${2:-}
[ -n "$dir" ] || fail "usage: cyrus.sh start|stop DIR"
if [ "$action" = stop ]; then
	stop_pid "$dir/conf/master.pid"
	exit 0
fi
[ "$action" = start ] || fail "usage: cyrus.sh start|stop DIR"

sys=/usr/lib/cyrus/bin
[ "$(id -u)" = 0 ] || skip "cyrus needs root, to run its processes as another user"
directory
{ [ -x $sys/master ] && installed saslpasswd2 && compgen -G '/usr/lib/*/sasl2/libscram.so' > /dev/null; } ||
	install_debian msmtp-mta cyrus-common sasl2-bin libsasl2-modules
bin=$sys
if [ ! -x $sys/imapd ]; then
	unpack_debian cyrus-imapd
	bin=$dir/pkg/usr/lib/cyrus/bin
fi
read -r port tls_port poll_port <<< "$(free_ports 3)"
certificates "$dir/tls"
mkdir -p "$dir"/conf/{db,log,msg,proc,ptclient,socket,lock,quota,user,sieve,backup} "$dir"/{spool,search,run}
for user in alice bob cyrus; do
	for realm in localhost "$(hostname)"; do
		echo secret | saslpasswd2 -p -c -f "$dir/sasldb2" -u "$realm" $user
	done
done
chown -R cyrus:mail "$dir"/{conf,spool,search,run,sasldb2}
cat > "$dir/imapd.conf" <<X
configdirectory: $dir/conf
defaultpartition: default
partition-default: $dir/spool
defaultsearchtier: t1
t1searchpartition-default: $dir/search
proc_path: $dir/run/proc
mboxname_lockpath: $dir/run/lock
lmtpsocket: $dir/conf/socket/lmtp
idlesocket: $dir/conf/socket/idle
notifysocket: $dir/conf/socket/notify
sievedir: $dir/conf/sieve
servername: localhost
admins: cyrus
proxyservers: cyrus
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: $dir/sasldb2
sasl_mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256 EXTERNAL
tls_server_cert: $dir/tls/server.pem
tls_server_key: $dir/tls/server.key
tls_client_ca_file: $dir/tls/ca.pem
tls_session_timeout: 0
altnamespace: yes
unixhierarchysep: yes
virtdomains: off
autocreate_users: anyone
autocreate_post: yes
autocreate_quota: 1048576
autocreate_quota_messages: 100000
autocreate_inbox_folders: Drafts|Sent|Trash|Junk|Archive
autocreate_subscribe_folders: Drafts|Sent
xlist-Drafts: Drafts
xlist-Sent: Sent
xlist-Trash: Trash
xlist-Junk: Junk
xlist-Archive: Archive
specialusealways: yes
annotation_allow_undefined: yes
annotation_enable_legacy_commands: yes
conversations: yes
expunge_mode: delayed
reverseacls: yes
delete_mode: immediate
search_engine: none
imapidlepoll: 1
client_timeout: 30
allowsetacl: yes
cyrus_user: cyrus
X
# By default, and if it cannot reach idled, Cyrus looks for changes only once a minute while a client is in IDLE.
sed -e "s#^idlesocket:.*#idlesocket: $dir/conf/socket/none#" -e '/^imapidlepoll:/d' "$dir/imapd.conf" > "$dir/poll.conf"
cat > "$dir/cyrus.conf" <<X
START {
  recover cmd="$sys/ctl_cyrusdb -C $dir/imapd.conf -r"
  idled   cmd="$bin/idled -C $dir/imapd.conf"
}
SERVICES {
  imap  cmd="$bin/imapd -C $dir/imapd.conf -U 30" listen="127.0.0.1:$port" prefork=1 maxchild=100
  imaps cmd="$bin/imapd -C $dir/imapd.conf -s -U 30" listen="127.0.0.1:$tls_port" prefork=1 maxchild=100
  poll  cmd="$bin/imapd -C $dir/poll.conf -U 30" listen="127.0.0.1:$poll_port" prefork=0 maxchild=100
}
EVENTS {
  checkpoint cmd="$sys/ctl_cyrusdb -C $dir/imapd.conf -c" period=30
}
X
cd /
setsid setpriv --reuid cyrus --regid mail --init-groups $sys/master -C "$dir/imapd.conf" -M "$dir/cyrus.conf" \
	-p "$dir/conf/master.pid" > "$dir/master.log" 2>&1 < /dev/null &
wait_port "$port" || fail "cyrus does not listen: $(tail -20 "$dir/master.log")"
save_env cyrus <<X
MASTER=cyrus
POLL_PORT=$poll_port
URLHOST=localhost
CONF=$dir/imapd.conf
X
