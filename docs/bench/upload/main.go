// Upload measures what it costs to append a large message from a file over TCP. It compares imapstack with go-imap v2,
// and with io.CopyBuffer, which copies the file to a socket through a buffer of 64 KiB. It also measures what
// COMPRESS=DEFLATE costs when many small commands are written. The server drops what it reads. The server and each run
// have their own processes. Upload prints tables in Markdown.
//
//	go run ./upload
//	go run ./upload -n 7 -size 1073741824
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/flate"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/imapstack/imapstack/commands"
	"github.com/imapstack/imapstack/docs/bench/internal/child"
	"github.com/imapstack/imapstack/session"
	"github.com/imapstack/imapstack/transport"
)

type result struct{ User, System, Wall float64 } // seconds

func (r result) cpu() float64 { return r.User + r.System }

type contender struct {
	name string
	run  func(addr string, f *os.File, size int64) error
}

var appends = []contender{
	{"io.CopyBuffer, 64 KiB", func(addr string, f *os.File, size int64) error {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		defer c.Close()
		in := bufio.NewReader(c)
		in.ReadString('\n')
		fmt.Fprintf(c, "A1 APPEND INBOX {%d+}\r\n", size)
		// Hide the methods of both ends, so that io.CopyBuffer really copies through the buffer.
		if _, err := io.CopyBuffer(struct{ io.Writer }{c}, struct{ io.Reader }{f}, make([]byte, 64<<10)); err != nil {
			return err
		}
		fmt.Fprintf(c, "\r\n")
		_, err = in.ReadString('\n')
		return err
	}},
	{"imapstack", func(addr string, f *os.File, size int64) error {
		ctx := context.Background()
		s, err := session.Dial(ctx, transport.TCP(addr), nil)
		if err != nil {
			return err
		}
		defer s.Close()
		_, err = commands.Append(s, "INBOX", f, size).Wait(ctx)
		return err
	}},
	{"go-imap v2", func(addr string, f *os.File, size int64) error {
		c, err := imapclient.DialInsecure(addr, nil)
		if err != nil {
			return err
		}
		defer c.Close()
		w := c.Append("INBOX", size, nil)
		if _, err := io.Copy(w, f); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		_, err = w.Wait()
		return err
	}},
}

// small is the number of small commands that are written one after the other with DEFLATE.
const small = 10_000

var deflates = []contender{
	{"imapstack", func(addr string, _ *os.File, _ int64) error {
		ctx := context.Background()
		s, err := session.Dial(ctx, transport.TCP(addr), nil)
		if err != nil {
			return err
		}
		defer s.Close()
		if err := commands.Compress(ctx, s); err != nil {
			return err
		}
		for range small {
			if _, err := commands.Noop(s).Wait(ctx); err != nil {
				return err
			}
		}
		return nil
	}},
}

func contenders(what string) []contender {
	if what == "deflate" {
		return deflates
	}
	return appends
}

func main() {
	serving := flag.Bool("serve", false, "")
	client := flag.String("client", "", "")
	addr := flag.String("addr", "", "")
	what := flag.String("what", "", "")
	file := flag.String("file", "", "")
	profile := flag.String("cpuprofile", "", "with -client, write a profile to `FILE`")
	size := flag.Int64("size", 512<<20, "size of the message, in bytes")
	runs := flag.Int("n", 5, "number of runs; the tables show medians")
	flag.Parse()
	switch {
	case *serving:
		fatal(serve())
	case *client != "":
		fatal(measure(*what, *client, *addr, *file, *size, *profile))
	default:
		fatal(tables(*size, *runs))
	}
}

func fatal(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "upload:", err)
		os.Exit(1)
	}
}

// serve prints its address and answers every command with OK, until its input ends.
func serve() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				talk(c, c, bufio.NewReaderSize(c, 64<<10))
			}()
		}
	}()
	fmt.Println(l.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func talk(c net.Conn, out io.Writer, in *bufio.Reader) error {
	fmt.Fprint(c, "* PREAUTH [CAPABILITY IMAP4rev1 LITERAL+ COMPRESS=DEFLATE] ready\r\n")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		if at := strings.LastIndexByte(line, '{'); at >= 0 {
			size, err := strconv.ParseInt(strings.TrimRight(line[at+1:], "+}"), 10, 64)
			if err != nil {
				return err
			}
			if !strings.HasSuffix(line, "+}") {
				io.WriteString(out, "+ go on\r\n")
			}
			if _, err := io.CopyN(io.Discard, in, size); err != nil {
				return err
			}
			in.ReadString('\n')
		}
		if line == "" {
			continue
		}
		var b bytes.Buffer
		fmt.Fprintf(&b, "%s OK done\r\n", strings.Fields(line)[0])
		if _, err := out.Write(b.Bytes()); err != nil {
			return err
		}
		if strings.HasSuffix(line, "COMPRESS DEFLATE") {
			w, _ := flate.NewWriter(c, flate.BestSpeed)
			out, in = flushing{w}, bufio.NewReader(flate.NewReader(in))
		}
	}
}

// flushing flushes after each Write.
type flushing struct{ *flate.Writer }

func (w flushing) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	if err == nil {
		err = w.Flush()
	}
	return n, err
}

// message makes a file and leaves it in the page cache for all runs, so that reading it needs neither the disk nor new
// pages.
func message(size int64) (name string, err error) {
	f, err := os.CreateTemp("", "upload")
	if err != nil {
		return "", err
	}
	defer f.Close()
	block := bytes.Repeat([]byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\r\n"), 1<<20/64)
	for n := int64(0); n < size && err == nil; n += int64(len(block)) {
		_, err = f.Write(block[:min(int64(len(block)), size-n)])
	}
	return f.Name(), err
}

func measure(what, name, addr, file string, size int64, profile string) error {
	list := contenders(what)
	run := list[slices.IndexFunc(list, func(c contender) bool { return c.name == name })].run
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if profile != "" {
		p, err := os.Create(profile)
		if err != nil {
			return err
		}
		pprof.StartCPUProfile(p)
		defer pprof.StopCPUProfile()
	}
	start, before := time.Now(), used()
	if err := run(addr, f, size); err != nil {
		return err
	}
	r := used()
	r.User, r.System, r.Wall = r.User-before.User, r.System-before.System, time.Since(start).Seconds()
	return json.NewEncoder(os.Stdout).Encode(r)
}

func used() (r result) {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	r.User, r.System = time.Duration(u.Utime.Nano()).Seconds(), time.Duration(u.Stime.Nano()).Seconds()
	return r
}

// tables prints the tables. The contenders' runs alternate, so that other load on the machine affects all of them
// alike.
func tables(size int64, runs int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	addr, stop, err := child.Serve(self)
	if err != nil {
		return err
	}
	defer stop()
	file, err := message(size)
	if err != nil {
		return err
	}
	defer os.Remove(file)
	fmt.Printf("%s, %d processors, %s/%s\n", runtime.Version(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH)
	for _, what := range []string{"append", "deflate"} {
		all := map[string][]result{}
		list := contenders(what)
		for range runs {
			for _, c := range list {
				run := exec.Command(self, "-client", c.name, "-what", what, "-file", file, "-size", fmt.Sprint(size), "-addr", addr)
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
		if what == "append" {
			fmt.Printf("\n### APPEND of %d bytes from a file over TCP\n\n", size)
		} else {
			fmt.Printf("\n### %d NOOPs with COMPRESS=DEFLATE\n\n", small)
		}
		fmt.Println("| client | CPU s (least to most) | of which user | wall s | CPU, first = 1 | wall, first = 1 |")
		fmt.Println("|---|--:|--:|--:|--:|--:|")
		first := list[0].name
		wall := func(r result) float64 { return r.Wall }
		for _, c := range list {
			v := slices.SortedFunc(slices.Values(all[c.name]), func(a, b result) int { return cmp.Compare(a.cpu(), b.cpu()) })
			fmt.Printf("| %s | %.3f (%.3f to %.3f) | %.3f | %.3f | %.2f | %.2f |\n", c.name, v[len(v)/2].cpu(), v[0].cpu(), v[len(v)-1].cpu(), v[len(v)/2].User,
				middle(all[c.name], wall), v[len(v)/2].cpu()/middle(all[first], result.cpu), middle(all[c.name], wall)/middle(all[first], wall))
		}
	}
	return nil
}

func middle(list []result, of func(result) float64) float64 {
	v := slices.SortedFunc(slices.Values(list), func(a, b result) int { return cmp.Compare(of(a), of(b)) })
	return of(v[len(v)/2])
}
