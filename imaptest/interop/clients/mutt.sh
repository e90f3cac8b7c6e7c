#!/usr/bin/env bash
# mutt.sh: Mutt and NeoMutt save, tag, flag, delete and copy mail on the test server. They run in batch mode, and get
# their keystrokes by the command "push" of their configuration. Each runs in plain text, with STARTTLS and over TLS,
# with and without QRESYNC.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need mutt mutt
need neomutt neomutt
serve -user alice:secret
mkdir -p "$dir/home" "$dir/cache"
export HOME=$dir/home TERM=vt100

# Mutt and NeoMutt have different names for some settings.
certificates_mutt="certificate_file='$ca' ssl_usesystemcerts=no"
certificates_neomutt="certificate_file='$dir/trusted' ssl_ca_certificates_file='$ca' ssl_use_system_certs=no"

# run URL SETTINGS KEYS: runs $mutt once, which receives the keys and exits.
run() {
	local certificates=certificates_$mutt
	cat > "$dir/rc" <<X
set folder="$1" spoolfile="$1/INBOX" imap_pass=secret record="" postponed="$1/Drafts"
set ${!certificates} ssl_verify_host=yes
set confirmappend=no confirmcreate=no delete=yes quit=yes move=no mark_old=no wait_key=no sleep_time=0 timeout=5 auto_tag=yes
set header_cache="$dir/cache/$mutt" imap_check_subscribed=no sort=mailbox-order imap_idle=no resolve=no
$2
push "$3"
X
	code=0
	timeout 60 script -qefc "stty rows 40 cols 132; $mutt -n -F '$dir/rc' -f '$1/INBOX'" /dev/null >> "$dir/$mutt.log" 2>&1 < /dev/null || code=$?
	[ $code = 0 ] || fail "$mutt ended with $code"
}
fill() {
	imap <<P
ok(M.select("INBOX"))
if ok(M.search(None, "ALL"))[0]:
    ok(M.store("1:*", "+FLAGS.SILENT", r"(\Deleted)"))
ok(M.close())
M.delete("Saved")
for n in range(6):
    append("INBOX", "m%d" % n)
P
}
check() {
	imap <<'P'
inbox, saved = dump("INBOX"), dump("Saved")
name = lambda box: {id[1:id.index("@")]: flags for id, (flags, _) in box.items()}
inbox, saved = name(inbox), name(saved)
assert sorted(inbox) == ["m0", "m3", "m4", "m5"], inbox
assert "\\Flagged" in inbox["m0"] and "\\Flagged" not in inbox["m3"], inbox
assert "\\Seen" in inbox["m5"] and "\\Seen" not in inbox["m4"], inbox
assert sorted(saved) == ["m1", "m4"], saved
P
}
# The first message is flagged, the second saved elsewhere, the third deleted, the fifth copied, the last one read.
keys='<first-entry><flag-message><next-entry><save-message><kill-line>=Saved<enter><next-entry><delete-message><jump>5<enter><copy-message><kill-line>=Saved<enter><last-entry><display-message><exit><sync-mailbox><quit>'
for mutt in mutt neomutt; do
	fill
	run "imap://alice@127.0.0.1:$port" 'set ssl_starttls=no ssl_force_tls=no imap_authenticators="login"' "$keys"
	check
	fill
	run "imap://alice@localhost:$port" 'set ssl_starttls=yes ssl_force_tls=yes imap_qresync=yes imap_condstore=yes' "$keys"
	check
	fill
	run "imaps://alice@localhost:$tls_port" 'set imap_condstore=yes imap_deflate=yes' "$keys"
	check
	echo "interop: $($mutt -v | sed -n 1p): in plain text, by STARTTLS and TLS"
done
