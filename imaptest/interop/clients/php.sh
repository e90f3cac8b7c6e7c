#!/usr/bin/env bash
# php.sh: tests the server with PHP's imap functions, which use the University of Washington's c-client: mailboxes,
# mail, headers, structures, parts, searches, sorting, threads, flags, copies and moves; in plain text and over TLS.
# With STARTTLS, c-client supports only TLS 1.0, which the server does not support.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

{ installed php && php -m | grep -x imap > /dev/null; } || need no-php php-cli php-imap
serve -user alice:secret
cat > "$dir/client.php" <<'PHP'
<?php
error_reporting(E_ALL);
set_error_handler(function ($n, $text, $file, $line) { fwrite(STDERR, "$text at $line\n"); exit(1); });
function same($want, $got, $what) {
    if ($want !== $got) { fwrite(STDERR, "$what: want " . json_encode($want) . ", got " . json_encode($got) . ' ' . json_encode(imap_errors()) . "\n"); exit(1); }
}
function message($n) {
    return "From: \"Jo\" <jo@example.com>\r\nTo: alice@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= $n\r\nDate: Mon, " . ($n + 1) . " Mar 2026 09:30:00 +0000\r\nMessage-ID: <$n@example.com>\r\n" .
        ($n ? "References: <0@example.com>\r\n" : '') . "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello $n\r\n" .
        "--b\r\nContent-Type: application/octet-stream; name=\"x.bin\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n";
}
[, $server, $name] = $argv;
$c = imap_open($server . 'INBOX', 'alice', 'secret', 0, 1);
same(true, $c !== false, 'open');
$box = $server . "PHP $name Gr&APwA3w-e";
$sub = "$box/sub";
foreach ([$box, $sub] as $b) { same(true, imap_createmailbox($c, $b), 'create'); }
same(true, imap_subscribe($c, $box), 'subscribe');
same([$box, $sub], imap_list($c, $server, substr($box, strlen($server)) . '*'), 'list');
same([$box], imap_lsub($c, $server, '*'), 'lsub');
same('/', imap_getmailboxes($c, $server, '*')[0]->delimiter, 'delimiter');
for ($n = 0; $n < 5; $n++) { same(true, imap_append($c, $box, message($n), $n % 2 ? '\\Seen' : '', '02-Jan-2026 03:04:05 +0000'), 'append'); }
$st = imap_status($c, $box, SA_ALL);
same([5, 3, 6], [$st->messages, $st->unseen, $st->uidnext], 'status');
same(true, imap_reopen($c, $box), 'reopen');
same(5, imap_num_msg($c), 'messages');
same(5, imap_check($c)->Nmsgs, 'check');
$all = imap_fetch_overview($c, '1:5');
same([1, 2, 3, 4, 5], array_map(fn($m) => $m->uid, $all), 'uids');
same([0, 1, 0, 1, 0], array_map(fn($m) => $m->seen, $all), 'seen');
same(strlen(message(3)), $all[3]->size, 'size');
$h = imap_headerinfo($c, 4);
same([true, 'jo', 'example.com', '<3@example.com>'], [str_ends_with(imap_utf8($h->subject), 'ße 3'), $h->from[0]->mailbox, $h->from[0]->host, $h->message_id], 'header');
same(strtotime('2026-01-02T03:04:05Z'), strtotime($h->MailDate), 'date');
$s = imap_fetchstructure($c, 4);
same([TYPEMULTIPART, 'PLAIN', 'OCTET-STREAM', 'x.bin'], [$s->type, $s->parts[0]->subtype, $s->parts[1]->subtype, $s->parts[1]->parameters[0]->value], 'structure');
same(message(2), imap_fetchheader($c, 3) . imap_body($c, 3, FT_PEEK), 'message');
same('hello 2', imap_fetchbody($c, 3, '1', FT_PEEK), 'part');
same("\0\1\2", base64_decode(imap_fetchbody($c, 3, '2', FT_UID | FT_PEEK)), 'part');
same([1, 3, 5], imap_search($c, 'UNSEEN'), 'search');
same([2, 4], imap_search($c, 'SEEN FROM "jo"', SE_UID), 'search');
same([1, 2, 3, 4, 5], imap_search($c, 'SUBJECT "Grüße"', SE_FREE, 'UTF-8'), 'search');
same([5, 4, 3, 2, 1], imap_sort($c, SORTDATE, true), 'sort');
$thread = imap_thread($c);
same(1, $thread['0.num'], 'thread');
same(true, imap_setflag_full($c, '1:2', '\\Flagged'), 'flag');
same(true, imap_clearflag_full($c, '2', '\\Flagged', ST_UID), 'unflag');
same([1], imap_search($c, 'FLAGGED'), 'flagged');
same(true, imap_mail_copy($c, '1:2', substr($sub, strlen($server))), 'copy');
same(true, imap_mail_move($c, '3', substr($sub, strlen($server)), CP_UID), 'move');
same(true, imap_expunge($c), 'expunge');
same(true, imap_delete($c, 1), 'delete');
same(true, imap_expunge($c), 'expunge');
same([2, 4, 5], array_map(fn($m) => $m->uid, imap_fetch_overview($c, '1:*')), 'left');
same(2, imap_msgno($c, 4), 'number');
same(3, imap_status($c, $sub, SA_MESSAGES)->messages, 'moved');
same(true, imap_ping($c), 'ping');
same(true, imap_renamemailbox($c, $sub, "$box/neu"), 'rename');
same(true, imap_reopen($c, $server . 'INBOX'), 'reopen');
same(true, imap_unsubscribe($c, $box), 'unsubscribe');
foreach (["$box/neu", $box] as $b) { same(true, imap_deletemailbox($c, $b), 'delete'); }
same(false, @imap_status($c, $server . 'nowhere', SA_MESSAGES), 'nowhere');
imap_errors();
same(true, imap_close($c), 'close');
PHP
export SSL_CERT_FILE=$ca
quietly php "$dir/client.php" "{127.0.0.1:$port/imap/notls}" plain
quietly php "$dir/client.php" "{localhost:$tls_port/imap/ssl}" tls
imap <<'P'
assert len(ok(M.list())) == 1, M.list()
P
echo "interop: PHP $(php -r 'echo PHP_VERSION;') with c-client: in plain text and TLS"
