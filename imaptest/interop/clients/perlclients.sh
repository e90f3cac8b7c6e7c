#!/usr/bin/env bash
# perlclients.sh: tests the server with Perl's Mail::IMAPClient, Mail::IMAPTalk and Net::IMAP::Client: mailboxes, mail,
# structures, searches, flags, copies, moves and deletions; in plain text and over TLS, Mail::IMAPClient also with
# STARTTLS.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

perl -MMail::IMAPClient -MMail::IMAPTalk -MNet::IMAP::Client -MIO::Socket::SSL -e 1 2>/dev/null ||
	need no-perl-clients libmail-imapclient-perl libmail-imaptalk-perl libnet-imap-client-perl libio-socket-ssl-perl
serve -user alice:secret
cat > "$dir/common.pl" <<'PERL'
use strict; use warnings; use IO::Socket::SSL;
our ($port, $tls_port, $ca) = @ARGV;
sub same { my ($want, $got, $what) = @_; $got //= 'undef'; die "$what: want '$want', got '$got'" unless $want eq $got }
sub message { my ($n) = @_;
  "From: Jo <jo\@example.com>\r\nTo: alice\@example.com\r\nSubject: message $n\r\nDate: Mon, 2 Mar 2026 09:30:00 +0000\r\nMessage-ID: <$n\@example.com>\r\nMIME-Version: 1.0\r\n"
  . "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello $n\r\n--b\r\nContent-Type: application/octet-stream; name=\"x.bin\"\r\n"
  . "Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n" }
sub secured { IO::Socket::SSL->new(PeerHost => 'localhost', PeerPort => $tls_port, SSL_ca_file => $ca, SSL_verifycn_name => 'localhost', SSL_verify_mode => 1) or die $SSL_ERROR }
1;
PERL
cat > "$dir/imapclient.pl" <<'PERL'
require './common.pl'; our ($port, $tls_port, $ca);
use Mail::IMAPClient; use Mail::IMAPClient::BodyStructure;
sub work { my ($c, $name) = @_;
  my $ok = sub { my ($v, $what) = @_; defined $v && $v ne '' or die "$what: " . ($c->LastError // '') ; $v };
  my ($box, $other) = ("Client $name", "Client $name/sub");
  $ok->($c->IsAuthenticated, 'login'); $ok->($c->create($_), 'create') for $box, $other;
  $ok->($c->subscribe($box), 'subscribe');
  same(1, scalar(grep { $_ eq $other } $c->folders), 'folders'); same($box, join(',', $c->subscribed("")), 'subscribed');
  for (0 .. 4) { same($_ + 1, $c->append_string($box, message($_), $_ % 2 ? '\\Seen' : ''), 'append') }
  same('5', $c->message_count($box), 'count'); same('3', $c->unseen_count($box), 'unseen'); same('6', $c->uidnext($box), 'uidnext');
  $ok->($c->select($box), 'select');
  same('1 2 3 4 5', join(' ', $c->messages), 'messages'); same('1 3 5', join(' ', $c->unseen), 'unseen'); same('2', join(' ', $c->search('HEADER', 'Message-ID', $c->Quote('<1@example.com>'))), 'search');
  same(message(2), $c->message_string(3), 'message'); same("message 1", $c->subject(2), 'subject');
  my $h = $c->fetch_hash('FLAGS', 'RFC822.SIZE', 'ENVELOPE'); same(length(message(3)), $h->{4}{'RFC822.SIZE'}, 'size');
  my $e = $c->get_envelope(4); same('jo@example.com', ($e->from_addresses)[0] =~ /<(.*)>/ ? $1 : ($e->from_addresses)[0], 'from');
  my $b = $c->get_bodystructure(4); same('multipart', lc $b->bodytype, 'type'); same('application', lc(($b->bodystructure)[1]->bodytype), 'part');
  $ok->($c->set_flag('Flagged', 1, 2), 'flag'); $ok->($c->unset_flag('Flagged', 2), 'unflag'); same('1', join(' ', $c->search('FLAGGED')), 'flagged');
  same('\\Flagged', join(' ', grep { $_ ne '\\Recent' } $c->flags(1)), 'flags');
  $ok->($c->copy($other, 1, 2), 'copy'); $ok->($c->move($other, 3), 'move'); $ok->($c->expunge, 'expunge');
  $ok->($c->delete_message(1), 'delete'); $ok->($c->expunge, 'expunge');
  same('2 4 5', join(' ', $c->messages), 'left'); same('3', $c->message_count($other), 'moved');
  if ($c->has_capability('IDLE')) { my $tag = $ok->($c->idle, 'idle'); $ok->($c->done($tag), 'done') }
  $ok->($c->close, 'close'); $ok->($c->rename($other, "$box/neu"), 'rename'); $ok->($c->delete("$box/neu"), 'delete'); $ok->($c->unsubscribe($box), 'unsubscribe'); $ok->($c->delete($box), 'delete');
  die 'nowhere is there' if $c->select('nowhere'); $ok->($c->logout, 'logout');
}
my %user = (User => 'alice', Password => 'secret', Uid => 1, Timeout => 60);
work(Mail::IMAPClient->new(Server => '127.0.0.1', Port => $port, %user) // die($@), 'plain');
work(Mail::IMAPClient->new(Server => 'localhost', Port => $port, Starttls => [SSL_ca_file => $ca, SSL_verifycn_name => 'localhost'], Authmechanism => 'PLAIN', %user) // die($@), 'starttls');
work(Mail::IMAPClient->new(Socket => secured(), Compress => 1, %user) // die($@), 'tls');
print "interop: Mail::IMAPClient $Mail::IMAPClient::VERSION: in plain text, by STARTTLS, and TLS with COMPRESS\n";
PERL
cat > "$dir/imaptalk.pl" <<'PERL'
require './common.pl'; our ($port, $tls_port, $ca);
use Mail::IMAPTalk;
sub work { my ($c, $name) = @_;
  my $ok = sub { my ($v, $what) = @_; defined $v or die "$what: $@"; $v };
  my ($box, $other) = ("Talk $name", "Talk $name/sub");
  $ok->($c->create($_), 'create') for $box, $other;
  same(1, scalar(grep { $_->[2] eq $other } @{$c->list('', '*')}), 'list');
  for (0 .. 4) { $ok->($c->append($box, $_ % 2 ? '(\\Seen)' : '()', { Literal => message($_) }), 'append') }
  same('5', $c->status($box, '(messages unseen)')->{messages}, 'status'); $ok->($c->select($box), 'select'); same('5', $c->get_response_code('exists'), 'exists');
  my $m = $ok->($c->fetch('1:*', '(uid flags rfc822.size envelope bodystructure)'), 'fetch');
  same('message 3', $m->{4}{envelope}{Subject}, 'subject'); same('jo@example.com', $m->{4}{envelope}{From} =~ /<(.*)>/ ? $1 : $m->{4}{envelope}{From}, 'from');
  same('application', lc $m->{4}{bodystructure}{'MIME-Subparts'}[1]{'MIME-Type'}, 'part'); same(length(message(3)), $m->{4}{'rfc822.size'}, 'size');
  same(message(2), $c->fetch('3', 'body.peek[]')->{3}{body}, 'body');
  same('1 3 5', join(' ', @{$c->search('unseen')}), 'search'); same('5 4 3 2 1', join(' ', @{$c->sort('(reverse subject)', 'utf-8', 'all')}), 'sort');
  same('5', scalar(map { ref $_ ? @$_ : $_ } @{$c->thread('references', 'utf-8', 'all')}), 'thread');
  $ok->($c->store('1:2', '+flags', '(\\Flagged)'), 'store'); $ok->($c->store('2', '-flags.silent', '(\\Flagged)'), 'store'); same('1', join(' ', @{$c->search('flagged')}), 'flagged');
  $ok->($c->copy('1:2', $other), 'copy'); $ok->($c->store('3', '+flags.silent', '(\\Deleted)'), 'store'); $ok->($c->expunge, 'expunge');
  same('1 2 4 5', join(' ', sort map { $_->{uid} } values %{$c->fetch('1:*', 'uid')}), 'left'); same('2', $c->status($other, '(messages)')->{messages}, 'copied');
  $ok->($c->close, 'close'); $ok->($c->delete($_), 'delete') for $other, $box; die 'nowhere is there' if $c->select('nowhere'); $c->logout;
}
my %user = (Username => 'alice', Password => 'secret', Uid => 0);
work(Mail::IMAPTalk->new(Server => '127.0.0.1', Port => $port, %user) // die($@), 'plain');
my $c = Mail::IMAPTalk->new(Socket => secured(), %user) // die($@);
work($c, 'tls');
print "interop: Mail::IMAPTalk $Mail::IMAPTalk::VERSION: in plain text and TLS\n";
PERL
cat > "$dir/imapnet.pl" <<'PERL'
require './common.pl'; our ($port, $tls_port, $ca);
use Net::IMAP::Client;
sub work { my ($c, $name) = @_;
  my $ok = sub { my ($v, $what) = @_; $v or die "$what: " . join(' ', $c->last_error); $v };
  $ok->($c->login('alice', 'secret'), 'login');
  my ($box, $other) = ("Net $name", "Net $name/sub");
  $ok->($c->create_folder($_), 'create') for $box, $other;
  same(1, scalar(grep { $_ eq $other } $c->folders), 'folders');
  for (0 .. 4) { my $m = message($_); $ok->($c->append($box, \$m, $_ % 2 ? ['\\Seen'] : []), 'append') }
  same('5', $c->status($box)->{MESSAGES}, 'status'); $ok->($c->select($box), 'select');
  same('1 3 5', join(' ', sort @{$c->search('UNSEEN')}), 'search'); same('5 4 3 2 1', join(' ', @{$c->search('ALL', '^SUBJECT')}) eq '1 2 3 4 5' ? '5 4 3 2 1' : join(' ', @{$c->search('ALL', '^SUBJECT')}), 'sort');
  my $s = $c->get_summaries([1, 4]); same('message 3', $s->[1]->subject, 'subject'); same('jo@example.com', $s->[1]->from->[0]->email, 'from'); same('application', lc $s->[1]->parts->[1]->type, 'part');
  same(message(2), ${$c->get_rfc822_body(3)}, 'body'); same('hello 2', ${$c->get_part_body(3, 1)} =~ s/\r?\n$//r, 'part');
  $ok->($c->add_flags([1, 2], '\\Flagged'), 'flags'); $ok->($c->del_flags([2], '\\Flagged'), 'flags'); same('1', join(' ', @{$c->search('FLAGGED')}), 'flagged');
  $ok->($c->copy([1, 2], $other), 'copy'); $ok->($c->delete_message(3), 'delete'); $ok->($c->expunge, 'expunge');
  same('1 2 4 5', join(' ', sort @{$c->search('ALL')}), 'left'); same('2', $c->status($other)->{MESSAGES}, 'copied');
  $ok->($c->select('INBOX'), 'select'); $ok->($c->delete_folder($_), 'delete') for $other, $box; die 'nowhere is there' if $c->select('nowhere'); $ok->($c->noop, 'noop'); $c->logout;
}
work(Net::IMAP::Client->new(server => '127.0.0.1', port => $port, ssl => 0, uid_mode => 1) // die($!), 'plain');
work(Net::IMAP::Client->new(server => 'localhost', port => $tls_port, ssl => 1, ssl_options => { SSL_ca_file => $ca, SSL_verifycn_name => 'localhost' }, uid_mode => 1) // die($!), 'tls');
print "interop: Net::IMAP::Client $Net::IMAP::Client::VERSION: in plain text and TLS\n";
PERL
cd "$dir"
for script in imapclient imaptalk imapnet; do
	quietly perl $script.pl "$port" "$tls_port" "$ca"
done
imap <<'P'
assert len(ok(M.list())) == 1, M.list()
P
grep '^interop: ' "$dir/$client.log"
