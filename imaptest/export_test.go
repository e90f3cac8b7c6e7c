package imaptest

// Hear gives a recorder what a side says.
func Hear(r *Recorder, from Side, b []byte) { r.hear(from, b) }
