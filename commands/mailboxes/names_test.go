package mailboxes

import "testing"

// TestTableOfNames checks that no name is in the table for two roles.
func TestTableOfNames(t *testing.T) {
	roleOf := map[string]Role{}
	for r, list := range names {
		for _, n := range list {
			f := fold(n)
			if was, ok := roleOf[f]; f == "" || ok && was != Role(r) {
				t.Errorf("%q is in the table for %v and for %v", n, Role(r), was)
			}
			roleOf[f] = Role(r)
		}
	}
	if len(roleOf) < 500 {
		t.Errorf("the table has %d names", len(roleOf))
	}
}
