package peer

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
)

// Env describes a running server. A field is empty if the server does not have what the field describes.
type Env struct {
	Name string // the name of the program: dovecot, cyrus, courier, dovecot-proxy

	Host    string // an address on loopback; the server's certificate is for it and for "localhost"
	Port    string // for connections that begin in clear text, with STARTTLS
	TLSPort string // for connections with TLS from the beginning
	// PollPort is a port, without TLS, on which the same server looks for changes only once a minute while a client is
	// in IDLE.
	PollPort string

	User     string // a user whose mailboxes tests may change
	Other    string // another user
	Password string // the password of both users
	Master   string // a user with the same password who may log in as any other, by an authorization identity

	CA         string // the file with the certificate, in PEM, of the CA that signed the server's certificate
	ClientCert string // the file with a certificate for User, in PEM, signed by the same CA
	ClientKey  string // the file with the key of ClientCert
	Token      string // the file with an OAuth 2.0 bearer token for User

	URLHost string // the host, and the port if it needs one, in URLs that the server authorizes (RFC 4467)

	Conf    string // the server's configuration file
	Process string // the command that speaks IMAP on its standard input and output, with User logged in already
	Backend string // for a proxy: the file, for [Read], that describes the server behind it
}

// Addr returns the address for connections that begin without TLS, for [net.Dial].
func (e Env) Addr() string { return net.JoinHostPort(e.Host, e.Port) }

// TLSAddr returns the address for TLS, for [net.Dial].
func (e Env) TLSAddr() string { return net.JoinHostPort(e.Host, e.TLSPort) }

// Read reads a file that a script in imaptest/interop has written, of lines NAME=value. It ignores unknown names. A
// description without an address is an error.
func Read(r io.Reader) (Env, error) {
	var e Env
	fields := map[string]*string{
		"NAME": &e.Name, "HOST": &e.Host, "PORT": &e.Port, "IMAPS_PORT": &e.TLSPort, "POLL_PORT": &e.PollPort,
		"USER": &e.User, "USER2": &e.Other, "PASS": &e.Password, "MASTER": &e.Master,
		"CA": &e.CA, "CLIENT_CERT": &e.ClientCert, "CLIENT_KEY": &e.ClientKey, "TOKEN": &e.Token,
		"URLHOST": &e.URLHost, "CONF": &e.Conf, "PROCESS": &e.Process, "BACKEND": &e.Backend,
	}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), "=")
		if field := fields[name]; ok && field != nil {
			*field = value
		}
	}
	if err := lines.Err(); err != nil {
		return Env{}, fmt.Errorf("peer: %w", err)
	}
	if e.Host == "" || e.Port == "" {
		return Env{}, errors.New("peer: HOST or PORT is missing")
	}
	return e, nil
}
