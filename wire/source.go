package wire

import (
	"errors"
	"io"
)

// A source is the stream from which a buffer reads.
type source struct {
	rd         io.Reader
	before     func() error // called before each read, if not nil
	pendingErr error        // an error that came together with octets; the next read returns it
}

// read reads until octets or an error arrive. After 100 reads that return neither, the error is io.ErrNoProgress. If an
// error comes together with octets, the next call returns it.
func (s *source) read(p []byte) (int, error) {
	if err := s.pendingErr; err != nil {
		s.pendingErr = nil
		return 0, err
	}
	if s.before != nil {
		if err := s.before(); err != nil {
			return 0, err
		}
	}
	for range 100 {
		n, err := s.rd.Read(p)
		if n < 0 || n > len(p) {
			return 0, errCount
		}
		if n > 0 {
			s.pendingErr = err
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}

// errCount reports a reader or writer that breaks the rules of package io.
var errCount = errors.New("wire: a reader or writer returned an impossible count")

// write writes b to w. If w does not take all of it, the error is not nil.
func write(w io.Writer, b []byte) (int, error) {
	n, err := w.Write(b)
	if n < 0 || n > len(b) {
		return 0, errCount
	}
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return n, err
}

// unexpected turns io.EOF into io.ErrUnexpectedEOF. If err wraps io.EOF, the result matches io.ErrUnexpectedEOF and has
// the text of err. Any other error stays unchanged.
func unexpected(err error) error {
	if err == nil {
		return nil
	}
	return unexpectedEnd(err)
}

func unexpectedEnd(err error) error {
	switch {
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	case errors.Is(err, io.EOF):
		return &endError{err}
	}
	return err
}

// An endError matches io.ErrUnexpectedEOF, and has the text of the stream's own error.
type endError struct{ error }

func (e *endError) Unwrap() error        { return e.error }
func (e *endError) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// timeout reports whether err says that a deadline has passed.
func timeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
