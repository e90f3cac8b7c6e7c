package transport

import "syscall"

// acknowledges says whether a program can make the system acknowledge received data without delay.
const acknowledges = true

// acknowledge makes the system send an acknowledgement that it has delayed. The socket option has to be set each time.
func acknowledge(fd uintptr) {
	syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
}
