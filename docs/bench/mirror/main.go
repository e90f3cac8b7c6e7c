// Mirror compares the example program mirror with Debian's mbsync. Both keep copies of the same 5,000 messages of 8 KB
// in 10 mailboxes of a Dovecot, over TLS, with and without latency. They do the same tasks in turn. The table is in
// Markdown: medians, and ratios of medians.
//
//	IMAPSTACK_DOVECOT=FILE go run ./mirror          FILE is DIR/env, which imaptest/interop/dovecot.sh start DIR writes
//	IMAPSTACK_DOVECOT=FILE go run ./mirror -n 1 -rtt 50ms
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/imapstack/imapstack/docs/bench/delay"
	"github.com/imapstack/imapstack/imaptest/peer"
)

const (
	boxes   = 10
	perBox  = 500
	size    = 8 << 10
	changes = 50
	pushed  = 200
	huge    = 60 << 20
)

// settled is the least time between a change of a directory and a measurement. If a directory has changed within the
// current second, mbsync sleeps for the rest of that second before it reads the directory, and the benchmark would
// measure that sleep.
const settled = 1100 * time.Millisecond

// floorAt is the name of an environment variable. If the variable holds a server's address, this program only calls the
// function floor, which needs its own process.
const floorAt = "IMAPSTACK_FLOOR"

var fsync bool

func main() {
	n := flag.Int("n", 5, "number of runs; the table shows medians")
	rtts := flag.String("rtt", "0s,50ms", "round trip times, separated by commas")
	flag.BoolVar(&fsync, "fsync", true, "let both programs wait until files are on the disk, as they do by default")
	flag.Parse()
	if at := os.Getenv(floorAt); at != "" {
		if err := floor(at, flag.Arg(0), flag.Arg(1), flag.Arg(2), flag.Arg(3), fsync); err != nil {
			fmt.Fprintln(os.Stderr, "floor:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(*n, strings.Split(*rtts, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "mirror:", err)
		os.Exit(1)
	}
}

// spent is the time and the memory that a run has taken.
type spent struct {
	wall, user time.Duration
	peak       int64 // bytes
}

// tool is a program that mirrors.
type tool struct {
	name string
	dir  string
	cmd  func() *exec.Cmd
}

// measure runs a tool once.
func (t *tool) measure() (s spent, err error) {
	cmd := t.cmd()
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	time.Sleep(settled)
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return s, err
	}
	done := make(chan struct{})
	watched := make(chan int64)
	go func() { // reads /proc again and again, because the figure of getrusage includes the memory of the parent process
		peak := int64(0)
		for {
			select {
			case <-done:
				watched <- peak
				return
			case <-time.After(3 * time.Millisecond):
				peak = max(peak, residentPeak(cmd.Process.Pid))
			}
		}
	}()
	err = cmd.Wait()
	s.wall, s.user = time.Since(begin), cmd.ProcessState.UserTime()
	close(done)
	s.peak = <-watched
	if err != nil {
		return s, fmt.Errorf("%s: %w: %.500s", t.name, err, out.String())
	}
	return s, nil
}

func residentPeak(pid int) (n int64) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			fmt.Sscan(rest, &n)
		}
	}
	return n << 10
}

func run(n int, rtts []string) error {
	name := os.Getenv("IMAPSTACK_DOVECOT")
	if name == "" {
		return errors.New("IMAPSTACK_DOVECOT is not set: start a Dovecot with imaptest/interop/dovecot.sh start DIR, and set it to DIR/env")
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	env, err := peer.Read(f)
	f.Close()
	if err != nil {
		return err
	}
	version, err := exec.Command("mbsync", "--version").Output()
	if err != nil {
		return fmt.Errorf("mbsync is not installed: apt-get install isync: %w", err)
	}
	dir, err := os.MkdirTemp("", "mirror")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "mirror")
	build := exec.Command("go", "build", "-o", program, "github.com/imapstack/imapstack/docs/examples/mirror")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	srv, err := newServer(env)
	if err != nil {
		return err
	}
	if err := srv.fill(); err != nil {
		return err
	}
	fmt.Printf("%d × %d KB in %d mailboxes, Dovecot over TLS; mirror of this tree and %s; fsync: %v; medians of %d\n\n", boxes*perBox, size>>10, boxes, strings.TrimSpace(string(version)), fsync, n)
	fmt.Println("| RTT | task | mirror: wall s | user s | mbsync: wall s | user s | wall, ratio | user, ratio |")
	fmt.Println("|---|---|--:|--:|--:|--:|--:|--:|")
	for _, text := range rtts {
		rtt, err := time.ParseDuration(text)
		if err != nil {
			return err
		}
		addr, stop, err := delay.Relay(env.TLSAddr(), rtt)
		if err != nil {
			return err
		}
		err = compare(n, text, filepath.Join(dir, text), program, addr, env, srv)
		stop()
		if err != nil {
			return err
		}
	}
	return hugeMessage(filepath.Join(dir, "huge"), program, env, srv)
}

// tools prepares the programs to mirror mailboxes that match a pattern, each into its own directory below dir. The
// files of earlier runs stay until the end. For seconds after many files were deleted, ext4 takes several times as long
// to create a file, because it looks for an inode that was not deleted just now; the benchmark would measure that
// delay.
func tools(dir, program, addr, pattern string, env peer.Env) ([]*tool, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if dir, err = os.MkdirTemp(dir, ""); err != nil {
		return nil, err
	}
	ours, theirs, least := filepath.Join(dir, "ours"), filepath.Join(dir, "theirs"), filepath.Join(dir, "floor")
	for _, d := range []string{ours, theirs, least} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return nil, err
		}
	}
	_, port, _ := strings.Cut(addr, ":")
	theirFsync, ourFsync := "no", "-no-fsync"
	if fsync {
		theirFsync, ourFsync = "yes", "-no-fsync=false"
	}
	config := "FSync " + theirFsync + "\n\n" + fmt.Sprintf("IMAPAccount a\nHost localhost\nPort %s\nUser %s\nPass %s\nSSLType IMAPS\nAuthMechs PLAIN\nCertificateFile %s\n\nIMAPStore far\nAccount a\n\n"+
		"MaildirStore near\nPath %s/\nInbox %s/INBOX\nSubFolders Verbatim\n\nChannel c\nFar :far:\nNear :near:\nPatterns %s\nCreate Both\nExpunge Both\nSyncState *\n",
		port, env.Other, env.Password, env.CA, theirs, theirs, pattern)
	if err := os.WriteFile(filepath.Join(dir, "mbsyncrc"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	return []*tool{
		{"mirror", ours, func() *exec.Cmd {
			cmd := exec.Command(program, ourFsync, "-ca", env.CA, "-only", pattern, "imaps://"+env.Other+";AUTH=PLAIN@"+addr, ours)
			cmd.Env = append(os.Environ(), "IMAP_PASSWORD="+env.Password)
			return cmd
		}},
		{"mbsync", theirs, func() *exec.Cmd { return exec.Command("mbsync", "-q", "-c", filepath.Join(dir, "mbsyncrc"), "-a") }},
		{"floor", least, func() *exec.Cmd {
			cmd := exec.Command(self, fmt.Sprintf("-fsync=%v", fsync), env.CA, env.Other, env.Password, least)
			cmd.Env = append(os.Environ(), floorAt+"="+addr)
			return cmd
		}},
	}, nil
}

// compare lets both programs do all tasks n times, in turn.
func compare(n int, rtt, dir, program, addr string, env peer.Env, srv *server) error {
	times := map[string][3][]spent{}
	var order []string
	note := func(task string, i int, s spent) {
		if _, ok := times[task]; !ok {
			order = append(order, task)
		}
		t := times[task]
		t[i] = append(t[i], s)
		times[task] = t
	}
	for round := range n {
		list, err := tools(dir, program, addr, "box*", env)
		if err != nil {
			return err
		}
		turn := []int{round % 2, 1 - round%2}
		// The function each measures both programs at a task. If prepare is not nil, it calls prepare before it measures
		// a program. After the measurement it lets the other program run, so that both are up to date again.
		each := func(task string, prepare func(t *tool) error) error {
			for _, i := range turn {
				if prepare != nil {
					if err := prepare(list[i]); err != nil {
						return err
					}
				}
				s, err := list[i].measure()
				if err != nil {
					return fmt.Errorf("%s: %w", task, err)
				}
				note(task, i, s)
				if prepare != nil {
					if _, err := list[1-i].measure(); err != nil {
						return err
					}
				}
			}
			return nil
		}
		if err := each(firstPull, nil); err != nil {
			return err
		}
		least, err := list[2].measure()
		if err != nil {
			return err
		}
		note(firstPull, 2, least)
		if err := each("no change", nil); err != nil {
			return err
		}
		if err := srv.changeFlags(); err != nil {
			return err
		}
		if err := each(fmt.Sprintf("%d flags changed on the server", changes), nil); err != nil {
			return err
		}
		err = each(fmt.Sprintf("%d flags changed in the Maildirs", changes), func(t *tool) error { return flagFiles(t.dir, round) })
		if err != nil {
			return err
		}
		err = each(fmt.Sprintf("%d new messages pushed", pushed), func(t *tool) error { return newFiles(t.dir) })
		if err != nil {
			return err
		}
		if err := srv.check(2 * pushed); err != nil {
			return err
		}
		if err := srv.restore(); err != nil {
			return err
		}
	}
	for _, task := range order {
		t := times[task]
		ours, theirs := median(t[0]), median(t[1])
		fmt.Printf("| %s | %s | %.2f | %.3f | %.2f | %.3f | %.2f | %.2f |\n", rtt, task, ours.wall.Seconds(), ours.user.Seconds(), theirs.wall.Seconds(), theirs.user.Seconds(),
			ours.wall.Seconds()/theirs.wall.Seconds(), ours.user.Seconds()/theirs.user.Seconds())
		if t[2] != nil {
			least := median(t[2])
			fmt.Printf("| %s | %s, by the floor | %.2f | %.3f | | | %.2f | %.2f |\n", rtt, task, least.wall.Seconds(), least.user.Seconds(), least.wall.Seconds()/theirs.wall.Seconds(), least.user.Seconds()/theirs.user.Seconds())
		}
	}
	return nil
}

const firstPull = "first pull"

// median returns the median wall time and the median user time.
func median(list []spent) (m spent) {
	mid := func(f func(spent) time.Duration) time.Duration {
		s := slices.SortedFunc(slices.Values(list), func(a, b spent) int { return cmp.Compare(f(a), f(b)) })
		return f(s[len(s)/2])
	}
	return spent{wall: mid(func(s spent) time.Duration { return s.wall }), user: mid(func(s spent) time.Duration { return s.user })}
}

// hugeMessage measures how much memory one huge message takes.
func hugeMessage(dir, program string, env peer.Env, srv *server) error {
	if err := srv.appendHuge(); err != nil {
		return err
	}
	list, err := tools(dir, program, env.TLSAddr(), "huge", env)
	if err != nil {
		return err
	}
	fmt.Printf("\nA message of %d MB, the most memory:", huge>>20)
	for i, t := range list[:2] {
		s, err := t.measure()
		if err != nil {
			return err
		}
		fmt.Printf("%s %s %.1f MB", []string{"", ","}[i], t.name, float64(s.peak)/1e6)
	}
	fmt.Println()
	return nil
}

// messageFiles returns the files of the messages in one Maildir, sorted.
func messageFiles(dir string) (files []string, err error) {
	for _, sub := range []string{"cur", "new"} {
		list, err := filepath.Glob(filepath.Join(dir, sub, "*"))
		if err != nil {
			return nil, err
		}
		files = append(files, list...)
	}
	slices.Sort(files)
	return files, nil
}

// flagFiles sets or removes a flag of some messages in each mailbox, as a mail program does: by renaming files.
func flagFiles(dir string, round int) error {
	for box := range boxes {
		files, err := messageFiles(filepath.Join(dir, boxName(box)))
		if err != nil {
			return err
		}
		for i := range changes / boxes {
			name := files[(i*97+round*13)%len(files)]
			base, flags, _ := strings.Cut(filepath.Base(name), ":2,")
			if strings.Contains(flags, "R") {
				flags = strings.ReplaceAll(flags, "R", "")
			} else {
				flags = sorted(flags + "R")
			}
			if err := os.Rename(name, filepath.Join(dir, boxName(box), "cur", base+":2,"+flags)); err != nil {
				return err
			}
		}
	}
	return nil
}

func sorted(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}

var written int

// newFiles puts new messages into the Maildirs. The constant pushed is their number.
func newFiles(dir string) error {
	for range pushed {
		written++
		text := strings.ReplaceAll(string(message(1_000_000+written)), "\r\n", "\n")
		name := filepath.Join(dir, boxName(written%boxes), "new", fmt.Sprintf("%d.bench%d.here", time.Now().Unix(), written))
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
