#!/usr/bin/env bash
# courier.sh start|stop DIR: a private Courier on loopback, with all its state in DIR; otherwise like dovecot.sh. Users
# alice and bob are in the group "staff", which ACLs may name. bob has a quota of 100,000 octets and 50 messages; carol
# has neither a quota nor a group. Debian's package courier-imap cannot be installed beside Dovecot's, so its programs
# are unpacked from the package. Courier's programs find their settings and sockets at fixed paths. If the machine
# allows it, directories below DIR are mounted at these paths.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh

action=${1:-} dir=${2:-}
[ -n "$dir" ] || fail "usage: courier.sh start|stop DIR"
if [ "$action" = stop ]; then
	# Stop all processes that use the mounts of this Courier, including those that Courier has started to watch
	# mailboxes.
	mounts=$(readlink "/proc/$(cat "$dir/imap.pid" 2>/dev/null)/ns/mnt" || true)
	stop_background
	for process in /proc/[0-9]*; do
		if [ -n "$mounts" ] && [ "$mounts" != "$(readlink /proc/self/ns/mnt)" ] && [ "$(readlink "$process/ns/mnt")" = "$mounts" ]; then
			kill "${process#/proc/}" 2>/dev/null || true
		fi
	done
	if [ -e "$dir/authdaemonrc" ]; then
		cp "$dir/authdaemonrc" /etc/courier/authdaemonrc
		rm -f /etc/courier/userdb* /run/courier/authdaemon/socket
	fi
	exit 0
fi

# serve is run with mounts of its own, if the machine allows that.
serve() {
	mkdir -p /etc/courier /run/courier
	if [ "$1" = private ]; then
		mount --bind "$dir/etc" /etc/courier
		mount --bind "$dir/run" /run/courier
	fi
	mkdir -p /run/courier/authdaemon
	printf 'authmodulelist="authuserdb"\ndaemons=3\nauthdaemonvar=/run/courier/authdaemon\nDEBUG_LOGIN=0\nDEFAULTOPTIONS=""\nLOGGEROPTS=""\n' > /etc/courier/authdaemonrc
	touch /etc/courier/userdb
	chmod 600 /etc/courier/userdb
	for user in alice bob carol; do
		# The process that watches a mailbox for changes runs with the numeric user id that is set here. The id must
		# belong to a Unix user.
		local home=$dir/home/$user more=()
		case $user in
		alice | bob) more=(options=group=staff) ;;
		esac
		userdb $user set uid="$(id -u mail)" gid="$(id -g mail)" home="$home" mail="$home/Maildir" "${more[@]}"
		echo secret | userdbpw -md5 | userdb $user set systempw
		for method in md5 sha1 sha256; do
			echo secret | userdbpw -hmac-$method | userdb $user set hmac-${method}pw
		done
	done
	makeuserdb
	(
		set -a
		. /etc/courier/authdaemonrc
		background auth /usr/lib/courier/courier-authlib/authdaemond
	)
	. "$dir/settings"
	local tcpd=(couriertcpd -maxprocs=200 -maxperip=200 -nodnslookup -noidentlookup -address=127.0.0.1)
	local imap=("$bin/lib/courier/courier/imaplogin" "$bin/bin/imapd" Maildir)
	background imap "${tcpd[@]}" "$port" "${imap[@]}"
	export IMAP_TLS=1
	background imaps "${tcpd[@]}" "$tls_port" /usr/bin/couriertls -server -tcpd -user=courier "${imap[@]}"
}
if [ "$action" = serve ]; then
	read -r bin port tls_port private <<< "$3"
	serve "$private"
	exit 0
fi
[ "$action" = start ] || fail "usage: courier.sh start|stop DIR"

[ "$(id -u)" = 0 ] || skip "courier needs root, to run its processes as other users"
directory
{ installed couriertcpd && [ -x /usr/lib/courier/courier-authlib/authdaemond ] && installed userdb; } ||
	install_debian courier-base courier-authdaemon courier-authlib-userdb
unpack_debian courier-imap
bin=$dir/pkg/usr
read -r port tls_port <<< "$(free_ports 2)"
certificates "$dir/tls"
# couriertls expects the key and the certificate in one file.
cat "$dir"/tls/server.{key,pem} > "$dir/tls/both.pem"
mkdir -p "$dir"/{etc/shared,run,home}
for user in alice bob carol; do
	mkdir -p "$dir/home/$user"
	maildirmake.courier "$dir/home/$user/Maildir"
done
maildirmake.courier -q 1073741824S,100000C "$dir/home/alice/Maildir"
maildirmake.courier -q 100000S,50C "$dir/home/bob/Maildir"
chown -R mail:mail "$dir/home"
chown -R courier "$dir/run"
chmod 755 "$dir/run"
cat > "$dir/settings" <<X
set -a
IMAP_CAPABILITY="IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA AUTH=CRAM-MD5 AUTH=CRAM-SHA1 AUTH=CRAM-SHA256 AUTH=PLAIN IDLE"
IMAP_CAPABILITY_TLS=\$IMAP_CAPABILITY
IMAP_KEYWORDS=1 IMAP_ACL=1 IMAP_STARTTLS=YES IMAP_TLS_REQUIRED=0 IMAP_IDLE_TIMEOUT=1 IMAP_USELOCKS=1 IMAP_ENHANCEDIDLE=0 IMAP_CHECK_ALL_FOLDERS=0
IMAP_MAILBOX_SANITY_CHECK=1 IMAP_DISABLETHREADSORT=0 IMAP_OBSOLETE_CLIENT=0 IMAP_UMASK=022 IMAP_PROXY=0
IMAP_SHAREDINDEXFILE=$dir/etc/shared/index IMAP_TRASHFOLDERNAME=Trash IMAP_EMPTYTRASH= IMAP_MOVE_EXPUNGE_TO_TRASH=0
COURIERTLS=/usr/bin/couriertls TLS_CERTFILE=$dir/tls/both.pem TLS_TRUSTCERTS=$dir/tls/ca.pem TLS_VERIFYPEER=NONE
X
: > "$dir/log"
if unshare -m true 2>/dev/null; then
	unshare -m "$0" serve "$dir" "$bin $port $tls_port private"
else
	{ [ ! -e /run/courier/authdaemon/socket ] && [ ! -e /etc/courier/userdb ]; } ||
		skip "this machine has a Courier already, and no mounts of a process's own"
	cp /etc/courier/authdaemonrc "$dir/authdaemonrc"
	"$0" serve "$dir" "$bin $port $tls_port shared"
fi
wait_port "$port" || fail "courier does not listen: $(tail -20 "$dir/log")"
wait_port "$tls_port" || fail "courier does not listen for TLS: $(tail -20 "$dir/log")"
save_env courier <<X
CONF=$dir/settings
X
