package relay

import (
	"fmt"
	"io"
	"runtime/debug"
	"time"
)

// A PanicError reports that a function of the program has panicked, such as Config.Command, Config.Response or
// Front.Login. The panic ends only the connections of that Relay or Front.
type PanicError struct {
	Value any    // what the function has called panic with
	Stack []byte // the stack of the goroutine that panicked, as debug.Stack returns it; the caller owns it
}

// Error returns the text of the panic's value, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("relay: panic: %v", e.Value) }

// Unwrap returns the panic's value if it is an error, and otherwise nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// recovered sets *err to a PanicError if v, the result of recover, is not nil.
func recovered(v any, err *error) {
	if v != nil {
		*err = &PanicError{Value: v, Stack: debug.Stack()}
	}
}

// protect calls f. It turns a panic of f into a PanicError.
func protect(f func() error) (err error) {
	defer func() { recovered(recover(), &err) }()
	return f()
}

// serverBug is what a client gets after a panic.
const serverBug = "* BYE [SERVERBUG] internal error\r\n"

// byeTime is how long the Relay tries to write serverBug.
const byeTime = time.Second

// apologize tells the client that the Relay ends because of a panic. The client gets nothing after that. If within is
// true, the caller holds the lock of x.down, and the client has a part of a response. apologize then does nothing.
func (x *Relay) apologize(within bool) {
	if within {
		return
	}
	defer time.AfterFunc(byeTime, x.close).Stop()
	x.down.mu.Lock()
	defer x.down.mu.Unlock()
	x.down.send([]byte(serverBug))
	if x.down.fail == nil {
		x.down.fail = io.ErrClosedPipe
	}
}
