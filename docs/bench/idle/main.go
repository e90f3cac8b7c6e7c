// Idle measures the memory of sessions that wait for new messages, and the cost of reporting a message to all of them.
// Many sessions in one process wait in IDLE, with Watch or with go-imap v2's Idle, over TCP, over TLS 1.3, and with
// COMPRESS=DEFLATE. The server and each run have their own processes. The table is in Markdown.
//
//	go run ./idle                       10,000 sessions each, or as many as the limit of open files allows; the medians of five runs
//	go run ./idle -sessions 1000 -n 3 tcp tls
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
)

// result is what one run reports.
type result struct {
	Heap, Stack float64 // bytes for each session
	Goroutines  float64 // goroutines for each session
	Peak        float64 // the most memory that the process had before all sessions waited, in bytes for each session
	CPU         float64 // seconds, for reporting one new message to all sessions
	Last        float64 // seconds until the last session had the report
}

var ways = []string{"tcp", "tls", "deflate"}

func main() {
	serving := flag.Bool("serve", false, "")
	client := flag.String("client", "", "")
	addrs := flag.String("addr", "", "")
	profile := flag.String("memprofile", "", "with -client, write a profile of the heap to `FILE`")
	sessions := flag.Int("sessions", 10_000, "number of sessions that wait")
	runs := flag.Int("n", 5, "number of runs; the table shows medians")
	flag.Parse()
	switch {
	case *serving:
		fatal(serve(os.Stdin))
	case *client != "":
		if *profile != "" {
			runtime.MemProfileRate = 1
		}
		r, err := measure(*client, flag.Arg(0), *addrs, *sessions, func() error {
			if *profile == "" {
				return nil
			}
			f, err := os.Create(*profile)
			if err != nil {
				return err
			}
			return errors.Join(pprof.WriteHeapProfile(f), f.Close())
		})
		fatal(err)
		json.NewEncoder(os.Stdout).Encode(r)
	default:
		names := flag.Args()
		if len(names) == 0 {
			names = ways
		}
		fatal(table(names, min(*sessions, mostFiles()), *runs))
	}
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "idle:", err)
		os.Exit(1)
	}
}

// mostFiles returns how many connections a process may have: its limit on open files, less 100 for other files.
func mostFiles() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 1000
	}
	return int(min(l.Max, 1<<20)) - 100
}

// table prints the table. The clients' runs alternate, so that other load on the machine affects all clients alike.
func table(names []string, sessions, runs int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Printf("%s, %d processors, %s/%s, %d sessions in each process\n\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, sessions)
	fmt.Println("| over | client | goroutines each | heap KB each | stack KB each | heap and stack KB each (least to most) | peak of the process, KB each | CPU s to report to all (least to most) | s until the last session knew (least to most) |")
	fmt.Println("|---|---|--:|--:|--:|--:|--:|--:|--:|")
	for _, way := range names {
		all := map[string][]result{}
		for range runs {
			for _, c := range clients {
				if c.dial[way] == nil {
					continue
				}
				r, err := once(self, c.name, way, sessions)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", c.name, way, err)
				}
				all[c.name] = append(all[c.name], r)
			}
		}
		for _, c := range clients {
			if list := all[c.name]; list != nil {
				fmt.Printf("| %s | %s | %.1f | %.1f | %.1f | %s | %.1f | %s | %s |\n", way, c.name, middle(list, func(r result) float64 { return r.Goroutines }),
					middle(list, func(r result) float64 { return r.Heap })/1024, middle(list, func(r result) float64 { return r.Stack })/1024,
					spread(list, "%.1f", func(r result) float64 { return (r.Heap + r.Stack) / 1024 }), middle(list, func(r result) float64 { return r.Peak })/1024,
					spread(list, "%.2f", func(r result) float64 { return r.CPU }), spread(list, "%.2f", func(r result) float64 { return r.Last }))
			} else {
				fmt.Printf("| %s | %s | does not support it |\n", way, c.name)
			}
		}
	}
	return nil
}

func sorted(list []result, of func(result) float64) []float64 {
	var v []float64
	for _, r := range list {
		v = append(v, of(r))
	}
	slices.SortFunc(v, cmp.Compare)
	return v
}

func middle(list []result, of func(result) float64) float64 {
	return sorted(list, of)[len(list)/2]
}

func spread(list []result, format string, of func(result) float64) string {
	v := sorted(list, of)
	return fmt.Sprintf(format+" ("+format+" to "+format+")", v[len(v)/2], v[0], v[len(v)-1])
}

// once starts a server and runs a client, each in its own process.
func once(self, client, way string, sessions int) (r result, err error) {
	srv := exec.Command(self, "-serve")
	srv.Stderr = os.Stderr
	in, err := srv.StdinPipe()
	if err != nil {
		return r, err
	}
	defer in.Close()
	out, err := srv.StdoutPipe()
	if err != nil {
		return r, err
	}
	if err := srv.Start(); err != nil {
		return r, err
	}
	defer func() { srv.Process.Kill(); srv.Wait() }()
	addrs, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return r, err
	}
	run := exec.Command(self, "-client", client, "-sessions", fmt.Sprint(sessions), "-addr", strings.TrimSpace(addrs), way)
	run.Stderr = os.Stderr
	b, err := run.Output()
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(b, &r)
}
