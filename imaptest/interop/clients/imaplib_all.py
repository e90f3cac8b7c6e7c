"""imaplib_all.py PORT TLS-PORT CA COMMAND: every method and attribute of imaplib, on a server that it reaches in four ways."""
import imaplib, io, re, ssl, sys, time
from datetime import datetime, timedelta, timezone

port, tls_port, ca, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
trusted = ssl.create_default_context(cafile=ca)
checks, without = 0, set()


def eq(got, want):
    global checks
    checks += 1
    assert got == want, "%r\nis not\n%r" % (got, want)


def ok(answer, want=None):
    global checks
    checks += 1
    assert answer[0] == "OK", answer
    if want is not None:
        eq(answer[1], want)
    return answer[1]


def no(answer):
    eq(answer[0], "NO")
    return answer[1][0]


def fails(what, f, *args, **kw):
    global checks
    checks += 1
    try:
        f(*args, **kw)
    except what as e:
        assert type(e) is what, repr(e)
        return e
    raise AssertionError("%r of %r does not fail" % (f, args))


def has(M, name):
    if name in M.capabilities:
        return True
    without.add(name)
    return False


def mail(n):
    return ("From: Jo <jo@example.com>\nTo: alice@example.com\nSubject: number %d\nDate: Mon, %d Mar 2026 09:30:00 +0000\nMessage-ID: <%d@example.com>\n%s\nbody %d\n"
            % (n, 10 + n, n, "References: <%d@example.com>\n" % (n - 1) if n % 2 == 0 else "", n)).encode()


def flags(data):
    return set(imaplib.ParseFlags(data)) - {rb"\Recent"}


def functions():
    at = datetime(2000, 1, 1, tzinfo=timezone.utc).timestamp()
    for s in (b'"01-Jan-2000 00:00:00 +0000"', b'"01-Jan-2000 11:30:00 +1130"', b'"31-Dec-1999 12:30:00 -1130"'):
        eq(time.mktime(imaplib.Internaldate2tuple(b"25 (INTERNALDATE " + s + b")")), at)
    eq([imaplib.Int2AP(n) for n in (0, 1, 15, 16, 4096, 65535, -16)], [b"", b"B", b"P", b"BA", b"BAAA", b"PPPP", b"BA"])
    eq(imaplib.ParseFlags(rb"1 (FLAGS (\Seen $Junk) UID 4)"), (rb"\Seen", b"$Junk"))
    eq(imaplib.Time2Internaldate(datetime.fromtimestamp(2000000000, timezone(timedelta(hours=2)))), '"18-May-2033 05:33:20 +0200"')


def not_authenticated(M):
    """What is refused before a login, by the client's table of states and by the server."""
    eq(M.state, "NONAUTH")
    eq(M.PROTOCOL_VERSION, "IMAP4REV1")
    assert M.welcome.startswith(b"* OK "), M.welcome
    ok(M.noop())
    ok(M.capability())
    for f, args in ((M.select, ()), (M.list, ()), (M.search, (None, "ALL")), (M.enable, ("UTF8=ACCEPT",)), (M.append, ("INBOX", None, None, b"x"))):
        fails(imaplib.IMAP4.error, f, *args)
    assert "AUTHENTICATIONFAILED" in str(fails(imaplib.IMAP4.error, M.login, "alice", "wrong"))
    fails(imaplib.IMAP4.error, M.authenticate, "PLAIN", lambda _: b"\0alice\0wrong")
    fails(imaplib.IMAP4.error, M.authenticate, "PLAIN", lambda _: None)  # S31a: cancelled
    fails(imaplib.IMAP4.error, M.authenticate, "NONSENSE", lambda _: b"")


def mailboxes(M):
    for box in ("py", "py/sub", "old", '"with blank"', '"Entw&APw-rfe"'):
        ok(M.create(box))
    assert b"ALREADYEXISTS" in no(M.create("py"))
    ok(M.rename("old", "new"))
    assert b"NONEXISTENT" in no(M.delete("old"))
    lines = ok(M.list())
    names = {re.fullmatch(rb'\((.*?)\) "/" (.*)', l).group(2).strip(b'"') for l in lines}
    eq(names >= {b"INBOX", b"py", b"py/sub", b"new", b"with blank", b"Entw&APw-rfe"}, True)
    eq(ok(M.list('""', "py/%")), [rb'(\HasNoChildren) "/" py/sub'])
    eq(ok(M.list('""', '""'))[0].split()[1:], [b'"/"', b'""'])
    eq(ok(M.list('""', "nothing*")), [None])
    ok(M.subscribe("py"))
    ok(M.subscribe("new"))
    ok(M.unsubscribe("new"))
    eq([l.split()[-1] for l in ok(M.lsub('""', "*"))], [b"py"])
    eq([l.split()[-1] for l in ok(M.LSUB('""', "p%"))], [b"py"])
    assert ok(M.namespace())[0].startswith(b'(("" "/"))')
    for box in ("new", '"with blank"', '"Entw&APw-rfe"'):
        ok(M.delete(box))
    fails(AttributeError, getattr, M, "nonsense")


def appending(M):
    for n in range(1, 7):
        done = ok(M.append("py", r"\Seen" if n < 3 else r"(\Flagged $Work)" if n == 3 else None, datetime(2026, 3, 10 + n, 12, tzinfo=timezone.utc), mail(n)))
        assert re.match(rb"\[APPENDUID \d+ %d\]" % n, done[0]), done
    assert b"TRYCREATE" in no(M.append("nowhere", None, None, b"x"))
    eq(ok(M.status("py", "(MESSAGES UIDNEXT UNSEEN)")), [b"py (MESSAGES 6 UIDNEXT 7 UNSEEN 4)"])
    assert b"NONEXISTENT" in no(M.status("nowhere", "(MESSAGES)"))


def selecting(M):
    eq(no(M.select("nowhere"))[:13], b"[NONEXISTENT]")
    eq(M.state, "AUTH")
    ok(M.select("py", readonly=True), [b"6"])
    eq(M.is_readonly, True)
    no(M.store("1", "+FLAGS", r"\Deleted"))
    ok(M.select("py"), [b"6"])
    eq(M.state, "SELECTED")
    for code, want in (("UIDNEXT", b"7"), ("EXISTS", b"6"), ("READ-WRITE", b""), ("NONSENSE", None)):
        if code != "EXISTS":  # select has taken it
            eq(M.response(code), (code, [want]))
    assert int(M.response("UIDVALIDITY")[1][0]) > 0
    assert rb"\*" in M.response("PERMANENTFLAGS")[1][0] and rb"\Seen" in M.response("FLAGS")[1][0]
    assert M.recent()[0] == "OK"
    ok(M.check())
    ok(M.noop())


def fetching(M):
    data = ok(M.fetch("1:2", "(UID FLAGS RFC822.SIZE)"))
    eq(len(data), 2)
    eq(flags(data[0]), {rb"\Seen"})
    size = len(mail(1).replace(b"\n", b"\r\n"))
    assert b"RFC822.SIZE %d" % size in data[0], data
    (head, text), end = ok(M.fetch("1", "(RFC822)"))
    eq((text, end), (mail(1).replace(b"\n", b"\r\n"), b")"))
    eq(ok(M.fetch("2", "(BODY[TEXT])")), [(b"2 (BODY[TEXT] {8}", b"body 2\r\n"), b")"])
    eq(ok(M.fetch("2", "(BODY.PEEK[TEXT]<1.3>)")), [(b"2 (BODY[TEXT]<1> {3}", b"ody"), b")"])
    eq(len(ok(M.fetch("1:*", "ALL"))), 6)
    eq(len(ok(M.fetch("2,4:5", "FULL"))), 3)
    at = imaplib.Internaldate2tuple(ok(M.fetch("3", "INTERNALDATE"))[0])
    eq(time.mktime(at), datetime(2026, 3, 13, 12, tzinfo=timezone.utc).timestamp())
    envelope = ok(M.fetch("4", "ENVELOPE"))[0]
    assert b'"number 4"' in envelope and b'"<4@example.com>"' in envelope, envelope
    fails(imaplib.IMAP4.error, M.fetch, "0", "FLAGS")
    fails(imaplib.IMAP4.error, M.fetch, "1", "NONSENSE")
    fails(imaplib.IMAP4.error, M.partial, "1", "RFC822.TEXT", "1", "3")
    data = ok(M.uid("fetch", "3:*", "(FLAGS)"))
    eq([int(re.search(rb"UID (\d+)", d).group(1)) for d in data], [3, 4, 5, 6])
    fails(imaplib.IMAP4.error, M.uid, "NONSENSE", "1")


def searching(M):
    eq(ok(M.search(None, "ALL")), [b"1 2 3 4 5 6"])
    eq(ok(M.search(None, "FROM", '"jo"', "NOT", "SUBJECT", '"number 3"')), [b"1 2 4 5 6"])
    eq(ok(M.search(None, '(KEYWORD $Work)')), [b"3"])
    eq(ok(M.search("UTF-8", "BODY", '"body 5"')), [b"5"])
    eq(ok(M.search("US-ASCII", "SINCE 15-Mar-2026")), [b"5 6"])
    eq(ok(M.search(None, "SUBJECT nothing")), [b""])
    assert b"BADCHARSET" in no(M.search("KLINGON", "SUBJECT", "x"))
    fails(imaplib.IMAP4.error, M.search, None, "NONSENSE")
    eq(ok(M.uid("SEARCH", "SEEN")), [b"1 2"])
    M.literal = "gr\u00fc\u00df".encode()  # the folk way to search for more than ASCII
    eq(ok(M.uid("SEARCH", "CHARSET", "UTF-8", "SUBJECT")), [b""])
    if has(M, "SORT"):
        eq(ok(M.sort("REVERSE DATE", "UTF-8", "ALL")), [b"6 5 4 3 2 1"])
        eq(ok(M.sort("(SUBJECT)", "UTF-8", "UNSEEN", "FLAGGED")), [b"3"])
        eq(ok(M.uid("SORT", "(REVERSE ARRIVAL)", "UTF-8", "1:2")), [b"2 1"])
    if has(M, "THREAD=REFERENCES"):
        eq(ok(M.thread("REFERENCES", "UTF-8", "ALL")), [b"(1 2)(3 4)(5 6)"])
        eq(ok(M.uid("THREAD", "REFERENCES", "UTF-8", "5:6")), [b"(5 6)"])


def changing(M):
    eq(flags(ok(M.store("4", "+FLAGS", r"\Answered"))[0]), {rb"\Answered"})
    eq(flags(ok(M.store("4", "-FLAGS", r"(\Answered)"))[0]), set())
    eq(ok(M.store("4:5", "FLAGS.SILENT", r"(\Draft)")), [None])
    data = ok(M.uid("STORE", "4", "FLAGS", "([test $x)"))[0]
    assert b"[test" in data and b"UID 4" in data, data
    ok(M.copy("1:2", "py/sub"))
    eq(M.response("COPYUID")[1][0].split()[1:], [b"1:2", b"1:2"])
    assert b"TRYCREATE" in no(M.copy("1", "nowhere"))
    ok(M.uid("COPY", "3", "py/sub"))
    if has(M, "MOVE"):
        ok(M.uid("MOVE", "6", "py/sub"))
        eq(M.response("EXPUNGE")[1], [b"6"])
    eq(ok(M.status("py/sub", "(MESSAGES)")), [b"py/sub (MESSAGES %d)" % (4 if "MOVE" in M.capabilities else 3)])
    ok(M.store("1:2", "+FLAGS", r"(\Deleted)"))
    if has(M, "UIDPLUS"):
        ok(M.uid("EXPUNGE", "2"))
        eq(M.response("EXPUNGE")[1], [b"2"])
        ok(M.expunge(), [b"1"])
    ok(M.expunge(), [None])
    for n in ok(M.search(None, "ALL"))[0].split():  # S72a
        ok(M.store(n, "+FLAGS", r"\Deleted"))
    eq(len(ok(M.expunge())), 3 if "MOVE" in M.capabilities else 4)
    ok(M.append("py", None, None, b"Subject: last\n\n"))
    ok(M.select("py"), [b"1"])
    ok(M.store("1", "+FLAGS", r"\Deleted"))
    if has(M, "UNSELECT"):
        ok(M.unselect())
        eq(M.state, "AUTH")
        ok(M.select("py"), [b"1"])
    ok(M.close())
    eq(M.state, "AUTH")
    ok(M.select("py"), [b"0"])
    ok(M.close())


def rights(M):
    if has(M, "ACL"):
        ok(M.setacl("py", "bob", "lr"))
        assert b"bob lr" in ok(M.getacl("py"))[0]
        assert ok(M.myrights("py"))[0].startswith(b"py ")
        ok(M.deleteacl("py", "bob"))
        assert b"bob" not in ok(M.getacl("py"))[0]
    if has(M, "QUOTA"):
        roots, quotas = ok(M.getquotaroot("INBOX"))
        root = roots[0].split()[1].decode() if roots and len(roots[0].split()) > 1 else None
        if root is not None:
            ok(M.getquota(root))
        answer = M.setquota(root or '""', "(STORAGE 512)")
        assert answer[0] in ("OK", "NO"), answer
    if has(M, "ANNOTATEMORE"):
        ok(M.setannotation("INBOX", '"/comment"', '("value.priv" "mine")'))
        assert b"mine" in ok(M.getannotation("INBOX", '"/comment"', '"value.priv"'))[0]
    fails(imaplib.IMAP4.error, M.proxyauth, "bob")


def extensions(M):
    ok(M.xatom("ID", '("name" "imaplib")'))
    assert b'"name"' in M.response("ID")[1][0]
    if sys.version_info < (3, 14):
        fails(imaplib.IMAP4.error, M.xatom, "NONSENSE", "1")
    eq(M.utf8_enabled, False)
    if has(M, "UTF8=ACCEPT"):
        ok(M.enable("UTF8=ACCEPT"))
        eq(M.utf8_enabled, True)
        ok(M.create('"Entw\u00fcrfe"'))
        eq(ok(M.list('""', '"Entw*"'))[0].split(b'"/" ')[1].decode().strip('"'), "Entw\u00fcrfe")
        # Before 3.14, imaplib breaks the grammar of APPEND in this mode. The server must answer BAD, and the session
        # must go on.
        try:
            ok(M.append('"Entw\u00fcrfe"', None, None, "Subject: \u00fc\n\nx\n".encode()))
        except imaplib.IMAP4.error as e:
            assert "BAD" in str(e) and not isinstance(e, imaplib.IMAP4.abort), e
        fails(imaplib.IMAP4.error, M.search, "UTF-8", "ALL")
        ok(M.select('"Entw\u00fcrfe"'))
        ok(M.search(None, "SUBJECT", '"\u00fc"'))
        ok(M.close())
        ok(M.delete('"Entw\u00fcrfe"'))
    if hasattr(M, "idle") and has(M, "IDLE"):
        ok(M.select("INBOX"))
        with M.idle(duration=0.1) as idler:
            list(idler)
        ok(M.unselect())


def session(M):
    # Before Python 3.15, imaplib does not learn which capabilities the server offers after the login.
    M.capabilities = tuple(ok(M.capability())[-1].decode().upper().split())
    mailboxes(M)
    appending(M)
    selecting(M)
    fetching(M)
    searching(M)
    changing(M)
    rights(M)
    for box in ("py/sub", "py"):
        ok(M.delete(box))
    ok(M.unsubscribe("py"))
    extensions(M)
    eq(M.logout()[0], "BYE")
    eq(M.state, "LOGOUT")
    fails(imaplib.IMAP4.error, M.select)


def example(M):
    """The example at the end of the module's documentation."""
    M.select()
    typ, data = M.search(None, "ALL")
    for num in data[0].split():
        typ, data = M.fetch(num, "(RFC822)")
        eq(typ, "OK")
    M.close()


functions()
M = imaplib.IMAP4("127.0.0.1", port, timeout=60)
not_authenticated(M)
eq(ok(M.login("alice", "secret"))[0][:12], b"[CAPABILITY ")
fails(imaplib.IMAP4.error, M.login, "alice", "secret")
assert M.socket().getpeername()[1] == port
session(M)

M = imaplib.IMAP4("localhost", port)
fails(ssl.SSLCertVerificationError, M.starttls, ssl.create_default_context())
M = imaplib.IMAP4("localhost", port)
ok(M.starttls(trusted))
assert "STARTTLS" not in M.capabilities, M.capabilities
fails(imaplib.IMAP4.abort, M.starttls, trusted)
not_authenticated(M)
if has(M, "AUTH=CRAM-MD5"):
    ok(M.login_cram_md5("alice", "secret"))
else:
    ok(M.login("alice", "secret"))
session(M)

fails(ssl.SSLCertVerificationError, imaplib.IMAP4_SSL, "localhost", tls_port, ssl_context=ssl.create_default_context())
M = imaplib.IMAP4_SSL("localhost", tls_port, ssl_context=trusted)
not_authenticated(M)
ok(M.authenticate("PLAIN", lambda challenge: b"\0alice\0secret"))
session(M)

M = imaplib.IMAP4_stream(command)
eq(M.state, "AUTH")
fails(imaplib.IMAP4.error, M.login, "alice", "secret")
session(M)

with imaplib.IMAP4("127.0.0.1", port) as M:
    M.login("bob", "secret")
    example(M)
eq(M.state, "LOGOUT")

# Two connections at once: each must get the other's changes.
A, B = (imaplib.IMAP4("127.0.0.1", port) for _ in range(2))
for M in (A, B):
    ok(M.login("bob", "secret"))
    ok(M.select())
ok(A.append("INBOX", r"\Seen", None, mail(1)))
ok(B.noop())
eq(B.response("EXISTS")[1][-1], b"1")
ok(A.noop())
ok(A.store("1", "+FLAGS", r"(\Deleted)"))
ok(A.expunge(), [b"1"])
ok(B.noop())
eq(B.response("EXPUNGE")[1], [b"1"])
A.shutdown()
B.logout()
print("interop: imaplib %s: %d checks; %s" % (".".join(map(str, sys.version_info[:3])), checks, "the server has no " + ", ".join(sorted(without)) if without else "nothing was left out"))
