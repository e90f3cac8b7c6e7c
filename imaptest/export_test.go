package imaptest

// Hear passes what a side sends to a recorder.
func Hear(r *Recorder, from Side, b []byte) { r.hear(from, b) }
