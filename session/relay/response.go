package relay

import (
	"github.com/imapstack/imapstack/parser"
	"github.com/imapstack/imapstack/wire"
)

// A Response is a response of the back end. It is valid until Config.Response returns. At most one of its methods may
// be called.
type Response struct {
	*parser.Response
	Relay   *Relay
	Command string // for a tagged response: the name of the command that it answers
	dropped bool
	instead []byte
}

// Drop makes the Relay drop the response. It must not be called for a tagged response, because the client waits for
// that.
func (r *Response) Drop() { r.dropped = true }

// Instead sends other responses to the client in place of this one. write encodes any number of them, each with its
// CRLF.
func (r *Response) Instead(write func(e *wire.Encoder)) error {
	e := wire.NewEncoder(wire.Mode{Server: true, Binary: true})
	if write(e); e.Err() != nil {
		return e.Err()
	}
	r.instead, r.dropped = e.Bytes(), true
	return nil
}

// responses reads and forwards the back end's responses.
func (x *Relay) responses() error {
	r := x.cfg.Responses
	r.Splice(x.down.splices())
	r.OnRead(func() error {
		x.reads.Add(1)
		return x.down.flush()
	})
	defer r.OnRead(nil)
	err := x.forward(r)
	x.down.flush()
	return err
}

func (x *Relay) forward(r *parser.Reader) error {
	for {
		_, stopped, err := r.RelayRun(&x.down, x.cfg.Wants)
		x.down.release()
		if err != nil {
			return err
		}
		if !stopped {
			continue
		}
		resp, err := r.Next()
		if err == nil {
			err = x.response(resp)
		}
		x.down.release()
		if err != nil {
			return err
		}
	}
}

// response forwards a response, unless the client must not get it.
func (x *Relay) response(resp *parser.Response) error {
	out := Response{Response: resp, Relay: x}
	switch resp.Kind {
	case parser.Continuation:
		if !x.continuationArrived() {
			return nil
		}
		if _, err := x.cfg.Responses.Relay(&x.down); err != nil {
			return err
		}
		x.down.release()
		x.continuationDelivered()
		return nil
	case parser.Tagged:
		x.mu.Lock()
		p := x.waiting[string(resp.Tag)]
		x.mu.Unlock()
		if p.own {
			x.answered(resp.Tag)
			return nil
		}
		out.Command = p.name
	}
	if x.cfg.Response != nil {
		if err := x.cfg.Response(&out); err != nil {
			return err
		}
	}
	var err error
	if !out.dropped {
		_, err = x.cfg.Responses.Relay(&x.down)
	} else if len(out.instead) > 0 {
		_, err = x.down.Write(out.instead)
	}
	if err == nil && resp.Kind == parser.Tagged {
		x.down.release()
		x.answered(resp.Tag)
	}
	return err
}

// continuationArrived handles a continuation request, and reports whether the client must get it. It drops a request
// for which no command waits.
func (x *Relay) continuationArrived() (pass bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, unanswered := x.waiting[x.askTag]; !unanswered {
		return false
	}
	if x.passContinuation {
		return true
	}
	x.asked = true
	x.changed.Broadcast()
	return false
}

// continuationDelivered records that the client has got the continuation request.
func (x *Relay) continuationDelivered() {
	x.mu.Lock()
	x.asked = true
	x.changed.Broadcast()
	x.mu.Unlock()
}

// answered records that the back end has answered a command. The client has got the answer, unless the command is one
// of SendFirst.
func (x *Relay) answered(tag []byte) {
	x.mu.Lock()
	delete(x.waiting, string(tag))
	x.changed.Broadcast()
	x.mu.Unlock()
}
