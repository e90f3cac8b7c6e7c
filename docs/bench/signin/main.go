// Signin measures what a short session costs its client: connect, STARTTLS, SCRAM-SHA-256, SELECT and LOGOUT, with a
// local server in another process. imapstack and go-imap v2 do the same, with the same implementation of SCRAM, each in
// its own process. The table is in Markdown.
//
//	go run ./signin
//	go run ./signin -sessions 500 -n 7
package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/imapstack/imapstack/auth"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/docs/bench/internal/child"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

// result is what one session costs.
type result struct{ Allocs, KB, CPU float64 }

// anybody and resuming accept every certificate, because no authority has signed the server's certificate. resuming
// also resumes TLS sessions.
var (
	anybody  = &tls.Config{InsecureSkipVerify: true}
	resuming = &tls.Config{InsecureSkipVerify: true, ServerName: "localhost", ClientSessionCache: tls.NewLRUClientSessionCache(0)}
)

func scram() *auth.SCRAMOptions { return &auth.SCRAMOptions{} }

// A client runs sessions with one library, or with none. With the configuration resuming, it resumes TLS sessions.
type client struct {
	name string
	run  func(addr string, cfg *tls.Config) error
	cfg  *tls.Config
}

var clients = []client{
	{"imapstack", imapstack, anybody},
	{"go-imap v2", goimap2, anybody},
	{"TLS and SCRAM alone", alone, anybody},
	{"imapstack, resuming TLS", imapstack, resuming},
	{"go-imap v2, resuming TLS", goimap2, resuming},
	{"TLS and SCRAM alone, resuming TLS", alone, resuming},
}

func imapstack(addr string, cfg *tls.Config) error {
	ctx := context.Background()
	s, err := session.Dial(ctx, transport.TCP(addr), nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := commands.StartTLS(ctx, s, cfg, "localhost"); err != nil {
		return err
	}
	if _, err := commands.Authenticate(s, auth.SCRAM(auth.SCRAMSHA256, "alice", auth.NewSecret("secret"), scram())).Wait(ctx); err != nil {
		return err
	}
	if _, err := commands.Select(s, "INBOX").Wait(ctx); err != nil {
		return err
	}
	_, err = commands.Logout(s).Wait(ctx)
	return err
}

func goimap2(addr string, cfg *tls.Config) error {
	c, err := imapclient.DialStartTLS(addr, &imapclient.Options{TLSConfig: cfg.Clone()})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Authenticate(auth.SCRAM(auth.SCRAMSHA256, "alice", auth.NewSecret("secret"), scram())); err != nil {
		return err
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		return err
	}
	return c.Logout().Wait()
}

// alone does only what every client must do: the handshakes of TCP, TLS and SCRAM, and the commands, with the least
// code.
func alone(addr string, cfg *tls.Config) error {
	ctx := context.Background()
	c, err := transport.TCP(addr).Dial(ctx)
	if err != nil {
		return err
	}
	defer func() { c.Close() }()
	in := bufio.NewReaderSize(c, 512)
	say := func(line, until string) (string, error) {
		if line != "" {
			if _, err := fmt.Fprintf(c, "%s\r\n", line); err != nil {
				return "", err
			}
		}
		for {
			b, err := in.ReadSlice('\n')
			if err != nil {
				return "", err
			}
			if strings.HasPrefix(string(b), until) {
				return strings.TrimSpace(string(b)), nil
			}
		}
	}
	say("", "* OK")
	if _, err := say("A1 STARTTLS", "A1 OK"); err != nil {
		return err
	}
	if c, err = transport.StartTLS(cfg, "localhost")(ctx, c, nil); err != nil {
		return err
	}
	in.Reset(c)
	m := auth.SCRAM(auth.SCRAMSHA256, "alice", auth.NewSecret("secret"), scram())
	_, first, err := m.Start()
	if err != nil {
		return err
	}
	challenge, err := say("A2 AUTHENTICATE SCRAM-SHA-256 "+encode(first), "+ ")
	for err == nil && strings.HasPrefix(challenge, "+ ") {
		var answer []byte
		if answer, err = m.Next(decode(challenge[2:])); err == nil {
			if fmt.Fprintf(c, "%s\r\n", encode(answer)); len(answer) == 0 {
				break
			}
			challenge, err = say("", "+ ")
		}
	}
	if err != nil {
		return err
	}
	if _, err := say("A3 SELECT INBOX", "A3 OK"); err != nil {
		return err
	}
	_, err = say("A4 LOGOUT", "A4 OK")
	return err
}

func main() {
	serving := flag.Bool("serve", false, "")
	one := flag.String("client", "", "")
	addr := flag.String("addr", "", "")
	profile := flag.String("memprofile", "", "with -client, write a profile of the allocations to `FILE`")
	sessions := flag.Int("sessions", 200, "number of sessions in one run, one after the other")
	runs := flag.Int("n", 5, "number of runs; the table shows medians")
	flag.Parse()
	switch {
	case *serving:
		fatal(serve())
	case *one != "":
		fatal(measure(*one, *addr, *sessions, *profile))
	default:
		fatal(table(*sessions, *runs))
	}
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "signin:", err)
		os.Exit(1)
	}
}

// measure runs a client's sessions, and measures them. Before that it runs ten sessions without measuring them, because
// the first sessions also make values that all later ones reuse.
func measure(name, addr string, sessions int, profile string) error {
	c := clients[slices.IndexFunc(clients, func(c client) bool { return c.name == name })]
	if profile != "" {
		runtime.MemProfileRate = 1
	}
	for range 10 {
		if err := c.run(addr, c.cfg); err != nil {
			return err
		}
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := cpuTime()
	for range sessions {
		if err := c.run(addr, c.cfg); err != nil {
			return err
		}
	}
	cpu := cpuTime() - start
	runtime.ReadMemStats(&after)
	n := float64(sessions)
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.Lookup("allocs").WriteTo(f, 0); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(result{float64(after.Mallocs-before.Mallocs) / n, float64(after.TotalAlloc-before.TotalAlloc) / n / 1024, cpu.Seconds() * 1000 / n})
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// table prints the table. The clients' runs alternate, so that other load on the machine affects all clients alike.
func table(sessions, runs int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	addr, stop, err := child.Serve(self)
	if err != nil {
		return err
	}
	defer stop()
	all := map[string][]result{}
	for range runs {
		for _, c := range clients {
			run := exec.Command(self, "-client", c.name, "-sessions", fmt.Sprint(sessions), "-addr", addr)
			run.Stderr = os.Stderr
			b, err := run.Output()
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			var r result
			if err := json.Unmarshal(b, &r); err != nil {
				return err
			}
			all[c.name] = append(all[c.name], r)
		}
	}
	fmt.Printf("%s, %d processors, %s/%s, %d sessions in each process\n\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, sessions)
	fmt.Println("| client | allocations | KB allocated | CPU ms | allocations, go-imap v2 = 1 | KB, go-imap v2 = 1 |")
	fmt.Println("|---|--:|--:|--:|--:|--:|")
	middle := func(name string, of func(result) float64) float64 {
		list := slices.SortedFunc(slices.Values(all[name]), func(a, b result) int { return cmp.Compare(of(a), of(b)) })
		return of(list[len(list)/2])
	}
	allocs, kb := func(r result) float64 { return r.Allocs }, func(r result) float64 { return r.KB }
	for _, c := range clients {
		fmt.Printf("| %s | %.0f | %.1f | %.2f | %.2f | %.2f |\n", c.name, middle(c.name, allocs), middle(c.name, kb), middle(c.name, func(r result) float64 { return r.CPU }),
			middle(c.name, allocs)/middle("go-imap v2", allocs), middle(c.name, kb)/middle("go-imap v2", kb))
	}
	return nil
}
