package main

import (
	"fmt"
	"testing"
)

// BenchmarkMemory runs each client on each workload except bodies and huge, from memory. Use it to make profiles:
//
//	go test -bench Memory/imapstack/meta -cpuprofile cpu.out
func BenchmarkMemory(b *testing.B) {
	for _, c := range clients {
		for _, w := range workloads {
			if w.name == "huge" || w.name == "bodies" {
				continue
			}
			b.Run(fmt.Sprintf("%s/%s", c.name, w.name), func(b *testing.B) {
				m := newMemory(w.name)
				b.ReportAllocs()
				for b.Loop() {
					m.again()
					if _, err := c.run(m, find(w.name)); err == errCannot {
						b.Skipf("SKIPPED: %s %v", c.name, err)
					} else if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
