// Bench compares imapstack with other IMAP clients for Go, and with a floor: a program that only reads the octets. All
// read the same octets, first from a server in another process, over loopback, and then from memory. Each run has its
// own process, so that processor time, memory and allocations are only those of the run. Bench prints a table in
// Markdown.
//
//	go run .                 everything, the median of five runs
//	go run . -n 1 flags huge some
//	go run . -n 5 proxy      proxies, compared with a blind splice between two sockets
//	go run . -n 9 -beside OTHER flags meta bodies    compared with another build of this program
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"
)

var errCannot = errors.New("does not support it")

// result is what one run reports.
type result struct {
	CPU, Wall     float64 // seconds
	RSS           uint64  // the most memory that the process used, in bytes
	Bytes, Allocs uint64
	Sums          sums
	Err           string
}

func main() {
	server := flag.String("serve", "", "")
	run := flag.String("run", "", "")
	addr := flag.String("addr", "", "")
	profile := flag.String("cpuprofile", "", "write a profile of imapstack's runs over loopback to `FILE`.WORKLOAD")
	flowName := flag.String("flowserver", "", "")
	way := flag.String("proxy", "", "")
	old := flag.String("beside", "", "compare imapstack only with `FILE`, another build of this program")
	n := flag.Int("n", 5, "number of runs; the tables show the median")
	flag.Parse()
	switch {
	case *server != "":
		fatal(serve(*server))
	case *flowName != "":
		fatal(flowServer(*flowName))
	case *way != "":
		fatal(proxyServer(*way, *addr))
	case *run != "":
		name, load, _ := strings.Cut(*run, "/")
		if *profile != "" {
			f, err := os.Create(*profile)
			if err != nil {
				fatal(err)
			}
			pprof.StartCPUProfile(f)
			defer pprof.StopCPUProfile()
		}
		json.NewEncoder(os.Stdout).Encode(measure(name, load, *addr))
		return
	}
	names := flag.Args()
	if len(names) == 0 {
		for _, w := range workloads {
			names = append(names, w.name)
		}
		names = append(names, "proxy")
	}
	fmt.Printf("%s, %d processors, %s/%s\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	if *old != "" {
		beside(*old, slices.DeleteFunc(names, func(s string) bool { return s == "proxy" }), *n)
		return
	}
	for _, name := range names {
		if name == "proxy" {
			for _, f := range flows {
				proxies(f, *n)
			}
			continue
		}
		table(find(name), *n)
		if *profile != "" {
			profileRun(name, *profile)
		}
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// measure runs one client on one workload.
func measure(name, load, addr string) (r result) {
	var conn net.Conn
	if addr == "" {
		conn = newMemory(load)
		runtime.GC()
	} else {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			fatal(err)
		}
		conn = c
	}
	i := slices.IndexFunc(clients, func(c contender) bool { return c.name == name })
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, cpu := time.Now(), cpuTime()
	sum, err := clients[i].run(conn, find(load))
	r.CPU, r.Wall = (cpuTime() - cpu).Seconds(), time.Since(start).Seconds()
	runtime.ReadMemStats(&after)
	r.Bytes, r.Allocs, r.Sums = after.TotalAlloc-before.TotalAlloc, after.Mallocs-before.Mallocs, sum
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	r.RSS = uint64(u.Maxrss) << 10
	if err != nil {
		r.Err = err.Error()
	}
	return r
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// table prints the table of a workload.
func table(w *workload, n int) {
	fmt.Printf("\n### %s: %s\n\n", w.name, w.about)
	fmt.Println("| client | CPU s | × floor | × imapstack | wall s | peak MB | allocated MB | allocations | from memory: CPU s |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	self, addr, stop := startServer(w.name)
	defer stop()
	tcp, mem := map[string]result{}, map[string]result{}
	var want *sums
	var runs, local [][]result
	for range n {
		// The clients' runs alternate, so that other load on the machine affects all clients alike.
		var a, b []result
		for _, c := range clients {
			a, b = append(a, runOnce(self, c.name, w.name, addr)), append(b, runOnce(self, c.name, w.name, ""))
		}
		runs, local = append(runs, a), append(local, b)
	}
	for i, c := range clients {
		tcp[c.name], mem[c.name] = median(runs, i), median(local, i)
		for _, r := range []result{tcp[c.name], mem[c.name]} {
			if c.name == "floor" || r.Err != "" {
				continue
			}
			if want == nil {
				want = &r.Sums
			}
			// Do not compare the lengths of subjects: they depend on whether the client decodes encoded words.
			got, exp := r.Sums, *want
			got.Subjects, exp.Subjects = 0, 0
			if got != exp {
				fmt.Fprintf(os.Stderr, "bench: %s: %s has found %+v, want %+v\n", w.name, c.name, got, exp)
			}
		}
	}
	for _, c := range clients {
		r := tcp[c.name]
		if r.Err != "" {
			fmt.Printf("| %s | %s |\n", c.name, r.Err)
			continue
		}
		fmt.Printf("| %s | %.3f | %.1f | %.1f | %.3f | %.0f | %.2f | %d | %.3f |\n", c.name, r.CPU, r.CPU/tcp["floor"].CPU,
			r.CPU/tcp["imapstack"].CPU, r.Wall, float64(r.RSS)/(1<<20), float64(r.Bytes)/(1<<20), r.Allocs, mem[c.name].CPU)
	}
}

// startServer starts the server for a workload, in its own process.
func startServer(name string) (self, addr string, stop func()) {
	self, err := os.Executable()
	if err != nil {
		fatal(err)
	}
	srv := exec.Command(self, "-serve", name)
	srv.Stderr = os.Stderr
	out, err := srv.StdoutPipe()
	if err != nil {
		fatal(err)
	}
	if err := srv.Start(); err != nil {
		fatal(err)
	}
	addr, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		fatal(err)
	}
	return self, strings.TrimSpace(addr), func() { srv.Process.Kill(); srv.Wait() }
}

// profileRun runs imapstack once more on a workload, under the profiler.
func profileRun(name, file string) {
	self, addr, stop := startServer(name)
	defer stop()
	if err := exec.Command(self, "-run", "imapstack/"+name, "-addr", addr, "-cpuprofile", file+"."+name).Run(); err != nil {
		fatal(err)
	}
}

// runOnce runs a client in its own process.
func runOnce(self, name, load, addr string) (r result) {
	out, err := exec.Command(self, "-run", name+"/"+load, "-addr", addr).Output()
	if err != nil {
		return result{Err: "failed: " + err.Error()}
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return result{Err: err.Error()}
	}
	return r
}

// median returns the run of client i with the median processor time. If a run of that client has failed, median returns
// that run.
func median(runs [][]result, i int) result {
	var list []result
	for _, r := range runs {
		if r[i].Err != "" {
			return r[i]
		}
		list = append(list, r[i])
	}
	slices.SortFunc(list, func(a, b result) int { return cmp.Compare(a.CPU, b.CPU) })
	return list[len(list)/2]
}
