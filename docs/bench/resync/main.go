// Resync measures what it costs to bring a program's state of a mailbox up to date. The mailbox has a million messages,
// and a hundred changes since the state was saved. The benchmark measures each of the ways in which package resync
// finds the changes. A server with prepared answers runs in one process, and a client in another, over loopback. The
// processor time and the memory are those of the client. The table is in Markdown.
//
//	go run ./resync            the median of five runs
//	go run ./resync -n 1
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/imapstack/imapstack/commands/resync"
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/utils/numset"
)

// The mailbox has a million messages. 100 of them have changed since the client saw it last.
const (
	messages = 1_000_000
	gone     = 30
	flagged  = 50
	arrived  = 20
)

// result is what one run reports.
type result struct {
	CPU, User, Load, Wall float64 // seconds; Load is the processor time for reading the state, which CPU does not include
	RSS                   uint64  // the most memory that the process used, in bytes
	Gone, Flags, Arrived  uint64
	How                   string
	StateBefore           int // octets of text
}

func main() {
	n := flag.Int("n", 5, "number of runs; the table shows the median")
	addr := flag.String("client", "", "")
	state := flag.String("state", "", "")
	flag.Parse()
	if *addr != "" {
		r, err := client(*addr, *state)
		if err != nil {
			fatal(err)
		}
		json.NewEncoder(os.Stdout).Encode(r)
		return
	}
	file, err := os.CreateTemp("", "resync")
	if err != nil {
		fatal(err)
	}
	defer os.Remove(file.Name())
	saved := savedState()
	mailbox := newCanned()
	text, err := saved.MarshalText()
	if err == nil {
		_, err = file.Write(text)
	}
	if err != nil {
		fatal(err)
	}
	fmt.Printf("%s, %d processors, %s/%s\n\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	fmt.Printf("%d messages, of which %d are gone, %d have other flags and %d have come; the state is %d KB of text\n\n", messages, gone, flagged, arrived, len(text)>>10)
	fmt.Println("| server | way | CPU s | of which user | to read the state: CPU s | wall s | peak MB | octets from the server |")
	fmt.Println("|---|---|--:|--:|--:|--:|--:|--:|")
	for _, sv := range []struct{ name, caps string }{
		{"QRESYNC", "CONDSTORE QRESYNC ENABLE ESEARCH UNSELECT"},
		{"CONDSTORE", "CONDSTORE ENABLE ESEARCH UNSELECT"},
		{"CONDSTORE without ESEARCH", "CONDSTORE"},
		{"nothing", ""},
	} {
		var runs []result
		var octets int64
		for range *n {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				fatal(err)
			}
			served := make(chan int64, 1)
			go mailbox.serve(l, sv.caps, served)
			cmd := exec.Command(os.Args[0], "-client", l.Addr().String(), "-state", file.Name())
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				fatal(err)
			}
			var r result
			if err := json.Unmarshal(out, &r); err != nil {
				fatal(err)
			}
			if r.Gone != gone || r.Flags != flagged || r.Arrived != arrived {
				fatal(fmt.Errorf("%s: the client has found %+v, want %d gone, %d with other flags, %d new", sv.name, r, gone, flagged, arrived))
			}
			runs = append(runs, r)
			octets = <-served
			l.Close()
		}
		slices.SortFunc(runs, func(a, b result) int { return cmp.Compare(a.CPU, b.CPU) })
		r := runs[len(runs)/2]
		fmt.Printf("| %s | %s | %.3f | %.3f | %.3f | %.3f | %.1f | %d |\n", sv.name, r.How, r.CPU, r.User, r.Load, r.Wall, float64(r.RSS)/1e6, octets)
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "resync:", err)
	os.Exit(1)
}

// client brings the state up to date once.
func client(addr, file string) (r result, err error) {
	begin, _ := cpu()
	text, err := os.ReadFile(file)
	if err != nil {
		return r, err
	}
	var state resync.State
	if err := state.UnmarshalText(text); err != nil {
		return r, err
	}
	r.StateBefore, text = len(text), nil
	loaded, loadedUser := cpu()
	r.Load = (loaded - begin).Seconds()
	start := time.Now()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return r, err
	}
	ctx := context.Background()
	s, err := session.Open(ctx, c, nil)
	if err != nil {
		return r, err
	}
	defer s.Close()
	pass := resync.New(s, "INBOX", state, nil)
	for c, err := range pass.All(ctx) {
		if err != nil {
			return r, err
		}
		switch c.Kind {
		case resync.Gone:
			r.Gone += c.Count
		case resync.Flags:
			r.Flags += c.Count
		case resync.Arrived:
			r.Arrived += c.Count
		}
	}
	r.How = pass.Way().String()
	end, endUser := cpu()
	r.CPU, r.User, r.Wall = (end - loaded).Seconds(), (endUser - loadedUser).Seconds(), time.Since(start).Seconds()
	r.RSS = peak()
	return r, nil
}

// cpu returns the processor time that this process has used: all of it, and the part outside the kernel.
func cpu() (all, user time.Duration) {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), time.Duration(u.Utime.Nano())
}

// peak returns the most memory that this process has used, in bytes. It does not use getrusage, whose figure includes
// the memory of the parent process.
func peak() (n uint64) {
	text, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Sscan(rest, &n)
		}
	}
	return n << 10
}

// flagsOf returns the flags that a message had before the changes: most are seen, one in seven is answered, one in
// fifty flagged.
func flagsOf(uid uint32) []parser.Flag {
	var flags []parser.Flag
	if uid < messages-5000 || uid%3 == 0 {
		flags = append(flags, parser.FlagSeen)
	}
	if uid%7 == 0 {
		flags = append(flags, parser.FlagAnswered)
	}
	if uid%50 == 0 {
		flags = append(flags, parser.FlagFlagged)
	}
	return flags
}

// isGone reports whether a message was expunged. isFlagged reports whether its flags were changed.
func isGone(uid uint32) bool    { return uid%(messages/gone) == 17 && uid < messages-gone }
func isFlagged(uid uint32) bool { return uid%(messages/flagged) == 4001 }

func savedState() resync.State {
	s := resync.State{UIDValidity: 1, UIDNext: messages + 1, ModSeq: 1000, UIDs: numset.Span(numset.UID, 1, messages)}
	sets := map[parser.Flag]*numset.Set{}
	for uid := uint32(1); uid <= messages; uid++ {
		for _, f := range flagsOf(uid) {
			if sets[f] == nil {
				set := numset.Of(numset.UID)
				sets[f] = &set
			}
			sets[f].Add(uid)
		}
	}
	s.Flags = map[parser.Flag]numset.Set{}
	for f, set := range sets {
		s.Flags[f] = *set
	}
	return s
}
