package wire

import (
	"errors"
	"io"
)

// A source is the stream that a buffer reads.
type source struct {
	rd     io.Reader
	before func() error // called before each read, if not nil
	pend   error        // came together with octets, and is returned after them
}

// read reads once, and again if nothing came. An error that comes with octets is returned by the next call.
func (s *source) read(p []byte) (int, error) {
	if err := s.pend; err != nil {
		s.pend = nil
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
			s.pend = err
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

// write writes all of b, or says why not.
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

// unexpected turns an end of the stream into an end within a message. It keeps what the stream says of its end.
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

// An endError is io.ErrUnexpectedEOF in the words of the stream.
type endError struct{ error }

func (e *endError) Unwrap() error        { return e.error }
func (e *endError) Is(target error) bool { return target == io.ErrUnexpectedEOF }

// timeout reports whether err says that a deadline has passed.
func timeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
