package commands_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// imaplibNames lists the tests in CPython's test_imaplib.py: those that talk to a server, and those of pure
// functions. They are the tests of 3.16, and those of 3.11 that 3.16 no longer has.
const imaplibNames = `
test_Internaldate2tuple test_Internaldate2tuple_issue10941 test_Time2Internaldate test_Time2Internaldate_datetime_timetuple
test_that_Time2Internaldate_returns_a_result test_imap4_host_default_value test_astring test_astring_idempotent test_encode_criteria
test_list_mailbox test_mailbox test_sequence_set test_set_quote test_substitute test_substitute_errors test_deprecated__version__
test_EOF_without_complete_welcome_message test_invalid_greeting test_invalid_greeting_untagged test_invalid_greeting_bare_continuation
test_line_termination test_enable_raises_error_if_not_AUTH test_enable_raises_error_if_no_capability test_enable_UTF8_raises_error_if_not_supported
test_enable_UTF8_True_append test_search_disallows_charset_in_utf8_mode test_utf8_mailbox_name test_bad_auth_name test_invalid_authentication
test_invalid_login test_valid_authentication_bytes test_valid_authentication_plain_text test_login_cram_md5_bytes test_login_cram_md5_plain_text
test_login_cram_md5_blocked test_login_plain_ascii test_login_plain_utf8 test_login_plain_bytes test_login_plain_nul test_aborted_authentication
test_linetoolong test_simple_with_statement test_imaplib_timeout_test test_imaplib_timeout_functionality_test test_with_statement
test_with_statement_logout test_idle_capability test_idle_denied test_idle_iter test_idle_burst test_idle_delayed_packet test_login test_login_quoted
test_login_quoted2 test_append_translate_line_endings test_login_capabilities test_authenticate_capabilities test_greeting_capabilities
test_login_requery_capabilities test_readonly_error_reports_mailbox test_uid_unknown_command_reports_command test_logout test_lsub
test_extra_blank_line_after_literal test_literal_terminating_response test_spurious_blank_lines_between_responses test_unselect test_enable test_select
test_expunge test_uid_expunge test_close test_check test_noop test_namespace test_capability test_recent test_response test_create test_delete test_rename
test_subscribe test_unsubscribe test_copy test_move test_uid_copy test_uid_move test_store test_uid_store test_fetch test_uid_fetch test_partial test_search
test_uid_search test_sort test_uid_sort test_thread test_uid_thread test_list test_status test_getacl test_setacl test_deleteacl test_myrights test_getquota
test_getquotaroot test_setquota test_id test_getannotation test_setannotation test_proxyauth test_xatom test_uppercase_command_names
test_control_characters test_mutf7_mailbox_name test_file_property_getter test_file_property_setter test_file_property_should_not_close test_ssl_raises
test_ssl_verified test_connect test_issue5949 test_valid_authentication test_login_cram_md5 test_bracket_flags test_truncated_large_literal test_dump_ur
test_ssl_context_certfile_exclusive test_ssl_context_keyfile_exclusive test_certfile_arg_warn test_logincapa`

// packageDirs has the directories of the packages in docs/imaplib.md.
var packageDirs = map[string]string{
	"wire": "../wire", "parser": "../parser", "transport": "../transport", "session": "../session", "commands": ".", "auth": "../auth",
	"numset": "../utils/numset", "imapdate": "../utils/imapdate", "mutf7": "../utils/mutf7", "crlf": "../utils/crlf",
	"imaptest": "../imaptest", "interop": "../imaptest/interop",
}

// sourceOf returns the source of a package: its tests if tests is true, and otherwise its other files.
func sourceOf(t *testing.T, pkg string, tests bool) string {
	t.Helper()
	files, err := filepath.Glob(packageDirs[pkg] + "/*.go")
	if err != nil || packageDirs[pkg] == "" {
		t.Errorf("no package %s, %v", pkg, err)
	}
	var all strings.Builder
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") != tests {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

// isTest reports whether a name in the last column of docs/imaplib.md is the name of a test.
func isTest(t *testing.T, name string) bool {
	t.Helper()
	if _, ok := imaplibTests[name]; ok {
		return true
	}
	pkg, test, ok := strings.Cut(name, ".")
	if !ok {
		pkg, test = "commands", name
	}
	return regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(test) + `\(`).MatchString(sourceOf(t, pkg, true))
}

// exists reports whether the name, which has the form pkg.Name or pkg.Type.Name, is exported.
func exists(t *testing.T, name string) bool {
	t.Helper()
	parts := strings.Split(name, ".")
	src := sourceOf(t, parts[0], false)
	last := regexp.QuoteMeta(parts[len(parts)-1])
	if len(parts) == 3 {
		return regexp.MustCompile(`(?m)^(func \(\w* ?\*?` + parts[1] + `(\[T\])?\) ` + last + `\(|\t` + last + `[ ,].*)`).MatchString(src)
	}
	return regexp.MustCompile(`(?m)^((func|type|var|const) ` + last + `\b|\t(\w+, )*` + last + `\b.*=|\t` + last + `$|\t` + last + ` //)`).MatchString(src)
}

// TestImaplibDoc checks the tables in docs/imaplib.md. Each name of imaplib has exactly one row, whose counterpart
// and test exist.
func TestImaplibDoc(t *testing.T) {
	text, err := os.ReadFile("../docs/imaplib.md")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"S31a": 0, "S61a": 0, "S61b": 0, "S72a": 0}
	for prefix, n := range map[string]int{"E": 20, "S": 82, "N": 21} {
		for i := range n {
			want[fmt.Sprint(prefix, i+1)] = 0
		}
	}
	code := regexp.MustCompile("`([^`]+)`")
	mapped := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		row := cells[0]
		_, known := want[row]
		switch {
		case known:
			want[row]++
			for _, m := range code.FindAllStringSubmatch(cells[len(cells)-2], -1) {
				name := m[1]
				if _, ours := packageDirs[strings.Split(name, ".")[0]]; ours && !exists(t, name) {
					t.Errorf("%s names %s, which does not exist", row, name)
				}
			}
		case strings.HasPrefix(row, "test_"):
			mapped[row] = true
			if strings.HasPrefix(cells[1], "Python only") || strings.HasPrefix(cells[1], "not copied") {
				continue
			}
		default:
			continue
		}
		tests := code.FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(tests) == 0 {
			t.Errorf("%s has no test", row)
		}
		for _, m := range tests {
			if !isTest(t, m[1]) {
				t.Errorf("%s names the test %s, which does not exist", row, m[1])
			}
		}
	}
	for row, n := range want {
		if n != 1 {
			t.Errorf("%s has %d rows", row, n)
		}
	}
	names := strings.Fields(imaplibNames)
	for _, name := range names {
		if _, ok := imaplibTests[name]; !ok && !mapped[name] && !isTest(t, "TestImaplib_"+name) {
			t.Errorf("Python's test %s has no counterpart", name)
		}
	}
	for name := range imaplibTests {
		if python, _, _ := strings.Cut(name, " "); !slices.Contains(names, python) {
			t.Errorf("%s is not one of Python's tests", name)
		}
	}
}
