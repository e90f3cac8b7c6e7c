package auth

import (
	"fmt"
	"io"
	"log/slog"
)

// hide is embedded in types that have secrets, or keys made from secrets. Such a type prints, logs and marshals as
// "[secret]".
type hide struct{}

func (hide) String() string               { return hidden }
func (hide) GoString() string             { return hidden }
func (hide) Format(f fmt.State, _ rune)   { io.WriteString(f, hidden) }
func (hide) LogValue() slog.Value         { return slog.StringValue(hidden) }
func (hide) MarshalText() ([]byte, error) { return []byte(hidden), nil }
func (hide) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }
