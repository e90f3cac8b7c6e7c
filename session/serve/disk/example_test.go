package disk_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/imapstack/imapstack/session/serve/disk"
)

// The program assigns ten UIDs, crashes, and assigns ten more. It assigns no UID a second time.
func ExampleCounters() {
	dir, err := os.MkdirTemp("", "counters")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	used := map[uint32]bool{}
	for range 2 {
		c, err := disk.OpenCounters(filepath.Join(dir, "state"))
		if err != nil {
			panic(err)
		}
		for range 10 {
			uid, err := c.NextUID()
			if err != nil {
				panic(err)
			}
			used[uid] = true
		}
	}
	fmt.Println(len(used), "different UIDs")
	// Output: 20 different UIDs
}
