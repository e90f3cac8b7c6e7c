// Package displaysafe makes text of strangers fit to be printed at a terminal or into a log: what a server or a sender
// wrote can then neither move the cursor, nor begin a line, nor turn the direction of what is beside it.
//
//	fmt.Println("subject:", displaysafe.Line(subject))
//
// It is for eyes. What is sent back to a server, or compared, is the text as it came.
package displaysafe
