package main

import (
	"fmt"
	"slices"
)

// beside prints a table that compares imapstack's processor time with that of another build of this program, such as a
// build of an older commit. The runs of the two builds, and of this build's floor, alternate.
func beside(other string, names []string, n int) {
	fmt.Println("\n| workload | over | CPU ms, median (least) | the other build | ratio | floor |")
	fmt.Println("|---|---|--:|--:|--:|--:|")
	for _, name := range names {
		self, addr, stop := startServer(name)
		for _, over := range []struct{ name, addr string }{{"TCP", addr}, {"memory", ""}} {
			var times [3][]float64
			for range n {
				for i, c := range [...]struct{ program, client string }{{self, "imapstack"}, {other, "imapstack"}, {self, "floor"}} {
					r := runOnce(c.program, c.client, name, over.addr)
					if r.Err != "" {
						fatal(fmt.Errorf("%s: %s: %s", c.program, name, r.Err))
					}
					times[i] = append(times[i], r.CPU*1000)
				}
			}
			var show [3]string
			var med [3]float64
			for i, t := range times {
				slices.Sort(t)
				med[i] = t[len(t)/2]
				show[i] = fmt.Sprintf("%.0f (%.0f)", med[i], t[0])
			}
			fmt.Printf("| %s | %s | %s | %s | %.2f (%.2f) | %s |\n", name, over.name, show[0], show[1], med[0]/med[1], times[0][0]/times[1][0], show[2])
		}
		stop()
	}
}
