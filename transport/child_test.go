package transport

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
)

// child is the main function of the test binary when a Process starts it as its program. The argument mode says what
// child does.
func child(mode string) {
	mode, arg, _ := strings.Cut(mode, " ")
	switch mode {
	case "echo":
		io.Copy(os.Stdout, os.Stdin)
	case "connect": // connects standard input and output to a TCP address, like ssh -W
		c, err := net.Dial("tcp", arg)
		if err != nil {
			os.Exit(8)
		}
		go func() {
			io.Copy(c, os.Stdin)
			c.(*net.TCPConn).CloseWrite()
		}()
		io.Copy(os.Stdout, c)
	case "env":
		dir, _ := os.Getwd()
		fmt.Printf("%s %s %q\n", os.Getenv("WHO"), dir, os.Args[1:])
	case "fail": // writes a reason to standard error and fails
		fmt.Print("* BYE\r\n")
		fmt.Fprint(os.Stderr, arg)
		os.Exit(3)
	case "fail-at-end":
		io.Copy(io.Discard, os.Stdin)
		fmt.Fprintln(os.Stderr, "no home")
		os.Exit(4)
	case "noise": // writes more to standard error than ExitError keeps
		for i := range 10_000 {
			fmt.Fprintf(os.Stderr, "line %d\n", i)
		}
		os.Exit(5)
	case "late": // writes much output after the end of its input
		io.Copy(io.Discard, os.Stdin)
		w := bufio.NewWriter(os.Stdout)
		for range 1 << 18 {
			w.WriteString("* BYE later\r\n")
		}
		if w.Flush() != nil {
			os.Exit(6)
		}
	case "deaf": // ignores signals and the end of its input, and starts a program that does the same
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		if arg != "alone" {
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), "TRANSPORT_TEST_CHILD=deaf alone")
			c.Stdout, c.Stderr = os.Stdout, os.Stderr
			if err := c.Start(); err != nil {
				os.Exit(7)
			}
			fmt.Print("ready\n")
		}
		select {}
	case "mute": // ignores SIGTERM, SIGINT and SIGHUP, and neither reads nor writes
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
		select {}
	case "leave": // starts "answer", and exits with success while that program runs
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "TRANSPORT_TEST_CHILD=answer "+arg)
		if err := c.Start(); err != nil {
			os.Exit(7)
		}
	case "answer": // connects to a TCP address, and sends back what it receives
		c, err := net.Dial("tcp", arg)
		if err != nil {
			os.Exit(8)
		}
		io.Copy(c, c)
	case "parent": // exits with success; its own child keeps standard error open until the end of input
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "TRANSPORT_TEST_CHILD=fail-at-end")
		c.Stdin, c.Stderr = os.Stdin, os.Stderr
		if err := c.Start(); err != nil {
			os.Exit(7)
		}
		fmt.Print("done\n")
	}
}
