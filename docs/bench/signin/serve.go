package main

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"strings"
	"time"

	"github.com/imapstack/imapstack/auth"
)

// serve prints its address and serves until its input ends. It accepts "=" for an empty response, because go-imap v2
// sends it, although RFC 9051 §6.2.2 allows it only as the initial response.
func serve() error {
	cfg, err := certificate()
	if err != nil {
		return err
	}
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
				if err := talk(c, cfg); err != nil && err != io.EOF {
					fmt.Fprintln(os.Stderr, "signin: server:", err)
				}
			}()
		}
	}()
	fmt.Println(l.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

const capabilities = "CAPABILITY IMAP4rev1 LITERAL+ SASL-IR ID ENABLE IDLE NAMESPACE UIDPLUS UNSELECT MOVE CHILDREN LIST-EXTENDED ESEARCH CONDSTORE"

func talk(c net.Conn, cfg *tls.Config) error {
	fmt.Fprintf(c, "* OK [%s STARTTLS LOGINDISABLED] ready\r\n", capabilities)
	in := bufio.NewReader(c)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		tag, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		name, args, _ := strings.Cut(rest, " ")
		switch name {
		case "STARTTLS":
			fmt.Fprintf(c, "%s OK go\r\n", tag)
			c = tls.Server(c, cfg)
			in.Reset(c)
		case "CAPABILITY":
			fmt.Fprintf(c, "* %s AUTH=SCRAM-SHA-256\r\n%s OK done\r\n", capabilities, tag)
		case "AUTHENTICATE":
			if err := login(c, in, tag, args); err != nil {
				return err
			}
		case "SELECT":
			fmt.Fprintf(c, "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded)\r\n* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded \\*)] kept\r\n"+
				"* 172 EXISTS\r\n* 1 RECENT\r\n* OK [UNSEEN 12] first\r\n* OK [UIDVALIDITY 3857529045] valid\r\n* OK [UIDNEXT 4392] next\r\n* OK [HIGHESTMODSEQ 715194045007] highest\r\n%s OK [READ-WRITE] done\r\n", tag)
		case "LOGOUT":
			_, err := fmt.Fprintf(c, "* BYE\r\n%s OK done\r\n", tag)
			return err
		default:
			fmt.Fprintf(c, "%s OK done\r\n", tag)
		}
	}
}

// login answers AUTHENTICATE with SCRAM.
func login(c net.Conn, in *bufio.Reader, tag, args string) error {
	_, initial, _ := strings.Cut(args, " ")
	m, err := auth.NewServer(auth.SCRAMSHA256, &auth.ServerConfig{Keys: stored})
	if err != nil {
		return err
	}
	answer := decode(initial)
	for {
		challenge, done, err := m.Next(answer)
		if err != nil {
			return err
		}
		if done {
			_, err = fmt.Fprintf(c, "%s OK [%s] done\r\n", tag, capabilities)
			return err
		}
		fmt.Fprintf(c, "+ %s\r\n", encode(challenge))
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		answer = []byte{}
		if line = strings.TrimRight(line, "\r\n"); line != "=" {
			answer = decode(line)
		}
	}
}

// keys are derived from the password only once, because deriving them takes longer than everything else in a login.
var keys, keysErr = auth.NewStoredKeys(auth.SCRAMSHA256, auth.NewSecret("secret"), "a salt of 16 oct", 4096)

func stored(string, string) (auth.StoredKeys, error) { return keys, keysErr }

// certificate makes a TLS configuration with a certificate that no authority has signed.
func certificate() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, NextProtos: []string{"imap"}}, nil
}
