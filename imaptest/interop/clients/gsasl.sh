#!/usr/bin/env bash
# gsasl.sh: GNU SASL logs in to the test server, in plain text and with STARTTLS. With a wrong password it must fail.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need gsasl gsasl
serve -user alice:secret
logins=0
# login MECHANISM PASSWORD ARGUMENT...: tries to log in, with further arguments for gsasl.
login() {
	timeout 60 gsasl --imap --connect="localhost:$port" --mechanism="$1" --no-client-first --authentication-id=alice --password="$2" \
		--hostname=localhost --realm=localhost "${@:3}" < /dev/null >> "$dir/gsasl.log" 2>&1
}
for mech in PLAIN LOGIN; do
	for tls in --no-starttls "--starttls --x509-ca-file=$ca"; do
		login "$mech" secret $tls || fail "the login by $mech $tls has failed"
		! login "$mech" wrong $tls || fail "the login by $mech $tls with a wrong password has succeeded"
		logins=$((logins + 1))
	done
done
echo "interop: $(gsasl --version | head -1): $logins ways"
