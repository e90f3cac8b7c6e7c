package serve

import "time"

// All tests of the package have connections that rest as soon as a client takes a breath, so that whatever is tested is tested of
// those too.
func init() { shortWait = 50 * time.Microsecond }
