package parser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/imapstack/imapstack/utils/numset"
)

// sameArgs compares arguments without their undecoded values, because Encode may write these in another form.
var sameArgs = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.EquateComparable(numset.Range{}),
	cmp.Comparer(func(a, b numset.Set) bool { return a.Equal(b) }),
	cmpopts.IgnoreFields(ExtData{}, "Value"),
	cmpopts.IgnoreFields(FetchItem{}, "Args"),
	cmpopts.IgnoreFields(SearchKey{}, "Args"),
	cmpopts.IgnoreFields(RawArgs{}, "Raw"),
	cmpopts.IgnoreFields(StoreArgs{}, "Unknown", "Args"),
	cmpopts.IgnoreFields(FetchItem{}, "Open"),
	cmpopts.IgnoreFields(SearchArgs{}, "Unknown"),
	cmpopts.IgnoreFields(SortArgs{}, "Unknown"),
	cmpopts.IgnoreFields(ThreadArgs{}, "Unknown"),
	cmpopts.IgnoreUnexported(AppendMessage{}),
}

// unescape replaces `\n` with CRLF and `\0` with NUL.
func unescape(s string) string { return strings.NewReplacer(`\n`, "\r\n", `\0`, "\x00").Replace(s) }

func escape(s string) string { return strings.NewReplacer("\r\n", `\n`, "\x00", `\0`).Replace(s) }

// recode decodes a command and encodes it again.
func recode(text string) (out string, a Args, err error) {
	r := NewCommandReader(wireReader(text))
	r.OnLiteral(accept)
	h, err := r.Next()
	if err != nil {
		return "", nil, err
	}
	if a, err = decodeAny(r); err != nil {
		return "", nil, err
	}
	out, err = encodeCommand(h, a)
	return out, a, err
}

// TestCommandsGolden decodes and encodes the commands of testdata/commands.txt. A line that begins with "C: " is a
// command. If Encode writes the command in another form, the next line has that form after "E: ". If the command must
// be refused, the next line has a part of the error after "!: ". UPDATE_GOLDEN=1 rewrites the lines with "E: ".
func TestCommandsGolden(t *testing.T) {
	file := filepath.Join("testdata", "commands.txt")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	update := os.Getenv("UPDATE_GOLDEN") != ""
	var fresh []string
	lines := strings.Split(string(b), "\n")
	for i, line := range lines {
		in, ok := strings.CutPrefix(line, "C: ")
		if !strings.HasPrefix(line, "E: ") {
			fresh = append(fresh, line)
		}
		if !ok {
			continue
		}
		next := ""
		if i+1 < len(lines) {
			next = lines[i+1]
		}
		out, args, err := recode(unescape(in) + "\r\n")
		if refusal, ok := strings.CutPrefix(next, "!: "); ok {
			if err == nil {
				t.Errorf("%s: accepted, want the error %s", in, refusal)
			} else if !strings.Contains(err.Error(), refusal) {
				t.Errorf("%s:\n got the error %v\nwant %s", in, err, refusal)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: refused: %v", in, err)
			continue
		}
		again, args2, err := recode(out)
		if err != nil {
			t.Errorf("%s: encoded as %q, which is refused: %v", in, out, err)
			continue
		}
		if again != out {
			t.Errorf("%s:\nencoded as %q,\nand after decoding that, as %q", in, out, again)
		}
		if d := cmp.Diff(args, args2, sameArgs); d != "" {
			t.Errorf("%s: encoded as %q, which is decoded (+) differently from the command (-):\n%s", in, out, d)
		}
		want := in
		if w, ok := strings.CutPrefix(next, "E: "); ok {
			want = w
		}
		got := escape(strings.TrimSuffix(out, "\r\n"))
		if update {
			if got != in {
				fresh = append(fresh, "E: "+got)
			}
		} else if got != want {
			t.Errorf("%s:\n got %s\nwant %s", in, got, want)
		}
	}
	if update {
		if err := os.WriteFile(file, []byte(strings.Join(fresh, "\n")), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
