package transport

import "testing"

func TestServer(t *testing.T) {
	for url, want := range map[string]struct {
		host string
		port int
	}{
		"imaps://alice@mail.example.com/INBOX": {"mail.example.com", 993},
		"imap+starttls://h:1143":               {"h", 1143},
		"imap+insecure://[::1]:9":              {"::1", 9},
		"imap+unix:/run/imap":                  {"", 0},
		"imap+process:imapd":                   {"", 0},
	} {
		target, err := Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		if host, port := target.Server(); host != want.host || port != want.port {
			t.Errorf("%s: Server() = %q, %d; want %q, %d", url, host, port, want.host, want.port)
		}
	}
	for d, want := range map[string]int{"h": 993, "h:1993": 1993, "h:x": 0} {
		if host, port := TLS(d, nil).(interface{ Server() (string, int) }).Server(); host != "h" || port != want {
			t.Errorf("TLS(%q): Server() = %q, %d; want \"h\", %d", d, host, port, want)
		}
	}
}
