#!/usr/bin/env bash
# hoodiecrow.sh start|stop DIR: hoodiecrow-imap, a server in memory for tests, on loopback, with all its plugins. Users
# alice and bob have the password "secret", and share all mail.
set -euo pipefail
cd "$(dirname "$0")"
. ./lib.sh

action=${1:-} dir=${2:-}
[ -n "$dir" ] || fail "usage: hoodiecrow.sh start|stop DIR"
if [ "$action" = stop ]; then
	stop_background
	exit 0
fi
[ "$action" = start ] || fail "usage: hoodiecrow.sh start|stop DIR"

directory
install_npm hoodiecrow-imap@2.1.0
read -r port tls_port <<< "$(free_ports 2)"
certificates "$dir/tls"
cat > "$dir/server.js" <<X
const fs = require('fs');
const options = {
  credentials: { key: fs.readFileSync('$dir/tls/server.key'), cert: fs.readFileSync('$dir/tls/server.pem') },
  plugins: ['ID', 'SASL-IR', 'AUTH-PLAIN', 'NAMESPACE', 'IDLE', 'ENABLE', 'CONDSTORE', 'LITERALPLUS', 'UNSELECT', 'SPECIAL-USE', 'CREATE-SPECIAL-USE', 'MOVE', 'UIDPLUS'],
  users: { alice: { password: 'secret' }, bob: { password: 'secret' } },
  storage: { INBOX: {}, '': { separator: '/', folders: { Sent: { 'special-use': '\\\\Sent' } } } },
};
const hoodiecrow = require('hoodiecrow-imap');
hoodiecrow(options).listen($port, '127.0.0.1');
hoodiecrow({ ...options, secureConnection: true }).listen($tls_port, '127.0.0.1');
X
cd "$dir"
background hoodiecrow node "$dir/server.js"
wait_port "$port" && wait_port "$tls_port" || fail "hoodiecrow does not listen: $(tail -20 "$dir/log")"
save_env hoodiecrow <<X
CONF=$dir/server.js
X
