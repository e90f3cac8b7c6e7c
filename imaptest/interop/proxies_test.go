package interop

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/commands/fetch"
	"github.com/imapstack/imapstack/imaptest/peer"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// proxies lists the proxies in front of the tests' Dovecot, each with the ways to connect to it.
var proxies = []struct {
	name string
	ways []way
}{
	{"dovecot_proxy", []way{{"tcp", tcp}, {"starttls", startTLS}, {"tls", overTLS}, {"tls+deflate", deflated(overTLS)}}},
	{"nginx", []way{{"tcp", tcp}, {"starttls", startTLS}, {"tls", overTLS}, {"tls+deflate", deflated(overTLS)}}},
	{"perdition", []way{{"tcp", tcp}, {"starttls", startTLS}, {"tls", overTLS}, {"tls+deflate", deflated(overTLS)}}},
	{"imapproxy", []way{{"tcp", tcp}}},
	{"haproxy", []way{{"tcp", tcp}, {"starttls", startTLS}, {"tls", overTLS}}},
	{"relay", []way{{"tcp", tcp}, {"starttls", startTLS}, {"tls", overTLS}}}, // docs/examples/proxy
	{"relayprefix", []way{{"tcp", tcp}, {"tls", overTLS}}},
	{"stunnel", []way{{"starttls", startTLS}, {"tls", overTLS}, {"starttls+deflate", deflated(startTLS)}}},
}

// TestInteropProxies runs the suite through each proxy.
func TestInteropProxies(t *testing.T) {
	for _, proxy := range proxies {
		t.Run(proxy.name, func(t *testing.T) {
			p := peer.Named(t, proxy.name)
			for _, w := range proxy.ways {
				t.Run(w.name, func(t *testing.T) { suite(t, p, w) })
			}
		})
	}
}

// TestInteropProxyLosesServer kills the processes of the server behind each proxy: between commands, while many
// commands are in flight, in the middle of a body, and in IDLE. The commands must end with an error. After that, a new
// session must work.
func TestInteropProxyLosesServer(tt *testing.T) {
	for _, proxy := range proxies {
		tt.Run(proxy.name, func(tt *testing.T) {
			p := peer.Named(tt, proxy.name)
			// No other test uses this user at the same time.
			p.User = "carol"
			w := proxy.ways[0]
			t := &trial{T: tt, ctx: timeout(tt), s: w.open(tt, p, nil), p: p, box: "Kill " + proxy.name}
			commands.Delete(t.s, t.box).Wait(t.ctx)
			must(t, commands.Create(t.s, t.box))
			must(t, commands.Append(t.s, t.box, strings.NewReader("Subject: big\r\n\r\n"+strings.Repeat("0123456789abcdef0123456789abcdef0123456789abcdef\r\n", 200_000)), -1))
			for name, lose := range map[string]func(s *session.Session) error{
				"nothing asked": func(s *session.Session) error {
					kill(tt, p)
					_, err := commands.Noop(s).Wait(t.ctx)
					return err
				},
				"in flight": func(s *session.Session) error {
					calls := make([]*session.Call[struct{}], 100)
					for i := range calls {
						calls[i] = commands.Noop(s)
					}
					kill(tt, p)
					var last error
					for _, c := range calls {
						_, last = c.Wait(t.ctx)
					}
					if last == nil {
						_, last = commands.Noop(s).Wait(t.ctx)
					}
					return last
				},
				"body": func(s *session.Session) (failed error) {
					for m, err := range commands.Fetch(s, numset.Of(numset.Seq, 1), fetch.Body("").Peek()).All(t.ctx) {
						if err != nil {
							return err
						}
						for sec, err := range m.Sections {
							if err == nil {
								_, err = io.ReadFull(sec, make([]byte, 1000))
								t.check(err)
								kill(tt, p)
								_, err = io.Copy(io.Discard, sec)
							}
							failed = err
						}
					}
					return failed
				},
				"idle": func(s *session.Session) (failed error) {
					timer := time.AfterFunc(100*time.Millisecond, func() { kill(tt, p) })
					defer timer.Stop()
					for _, err := range commands.Idle(s).All(t.ctx) {
						failed = err
					}
					return failed
				},
			} {
				s := again(t, w)
				if name == "idle" && !s.Caps().Has("IDLE") {
					continue
				}
				if _, err := commands.Select(s, t.box).Wait(t.ctx); err != nil {
					t.Fatal(err)
				}
				err := lose(s)
				if err == nil || errors.Is(err, context.DeadlineExceeded) || s.Err() == nil {
					t.Errorf("%s: the command ended with %v, and the session's error is %v; want errors that are not a timeout", name, err, s.Err())
				}
				s.Close()
			}
			t.s = again(t, w)
			must(t, commands.Delete(t.s, t.box))
			must(t, commands.Logout(t.s))
		})
	}
}

// kill ends the processes that the server runs for p's user, without warning.
func kill(t *testing.T, p peer.Env) {
	out, err := exec.Command("doveadm", "-c", p.Server(t).Conf, "who", "-1", p.User).Output()
	if err != nil {
		t.Error(err)
		return
	}
	killed := 0
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != p.User {
			continue
		}
		if pid, err := strconv.Atoi(words[2]); err == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
			killed++
		}
	}
	if killed == 0 {
		t.Errorf("no process was killed; the server's processes are\n%s", out)
	}
}

// again opens a session. imapproxy keeps connections to the server, and may not know yet which of them have ended; it
// then answers with BYE or NO, or hangs up. So again tries up to ten times.
func again(t *trial, w way) *session.Session {
	t.Helper()
	if t.p.Name != "imapproxy" {
		return w.open(t.T, t.p, nil)
	}
	var s *session.Session
	for range 10 {
		s = dial(func(e peer.Env) string { return "imap+insecure://" + e.Addr() })(t.T, t.p, nil)
		_, err := commands.Login(s, t.p.User, auth.NewSecret(t.p.Password), commands.AllowPlaintext()).Wait(t.ctx)
		if err == nil {
			_, err = commands.Noop(s).Wait(t.ctx)
		}
		if err == nil {
			return s
		}
		t.Logf("again: %v", err)
		s.Close()
	}
	t.Fatal("no new session works")
	return nil
}
