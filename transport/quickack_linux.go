package transport

import "syscall"

// acknowledges says whether the system can be told to acknowledge at once.
const acknowledges = true

// acknowledge makes the system acknowledge what was read, if an acknowledgement is due. The option does not last.
func acknowledge(fd uintptr) {
	syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
}
