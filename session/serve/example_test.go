package serve_test

import (
	"context"
	"fmt"
	"net"

	"github.com/imapstack/imapstack/imaptest"
	"github.com/imapstack/imapstack/session/serve"
	"github.com/imapstack/imapstack/session/serve/memory"
)

func Example() {
	b := memory.New()
	if err := b.AddUser("alice", "secret"); err != nil {
		panic(err)
	}
	s := &serve.Server{Backend: b, Auth: b.Auth(), InsecureAuth: true}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()

	// Clients connect here.
	if err := s.Shutdown(context.Background()); err != nil {
		panic(err)
	}
	fmt.Println(<-done)
	// Output: serve: the server is closed
}

func ExampleServer_ServeConn() {
	b := memory.New()
	s := &serve.Server{Backend: b, Auth: b.Auth()}
	client, server := imaptest.Pipe(0)
	go s.ServeConn(server)

	greeting := make([]byte, 4)
	if _, err := client.Read(greeting); err != nil {
		panic(err)
	}
	fmt.Printf("%s\n", greeting)
	client.Close()
	// Output: * OK
}
