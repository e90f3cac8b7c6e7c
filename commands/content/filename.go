package content

import (
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/imapstack/imapstack/utils/displaysafe"
)

// maxName limits a safe name, in bytes. File systems allow 255. The other 55 are for what a program may add to make a
// name unique.
const maxName = 200

// endings are the file name extensions for parts without a name, by media type.
var endings = map[string]string{
	"text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv", "text/vcard": ".vcf", "text/x-vcard": ".vcf", "text/xml": ".xml",
	"message/rfc822": ".eml", "message/global": ".eml", "message/delivery-status": ".txt",
	"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/svg+xml": ".svg", "image/tiff": ".tif", "image/heic": ".heic",
	"audio/mpeg": ".mp3", "audio/ogg": ".ogg", "audio/wav": ".wav", "video/mp4": ".mp4", "video/quicktime": ".mov",
	"application/pdf": ".pdf", "application/zip": ".zip", "application/gzip": ".gz", "application/json": ".json", "application/xml": ".xml", "application/ics": ".ics",
	"application/msword": ".doc", "application/vnd.ms-excel": ".xls", "application/vnd.ms-powerpoint": ".ppt",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   ".docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         ".xlsx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
	"application/pgp-signature": ".asc", "application/pgp-keys": ".asc", "application/pkcs7-signature": ".p7s", "application/x-pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m",
	"application/ms-tnef": ".dat",
}

// devices are the names of Windows devices. With an extension, as in "con.txt", such a name still means the device.
var devices = map[string]bool{"con": true, "prn": true, "aux": true, "nul": true, "conin$": true, "conout$": true}

// SafeName returns a file name for storing the part. It is the last element of the name that the sender gave the
// part, without characters that have a meaning for a file system or a terminal. The result is not empty, and is not
// the name of a hidden file or of a device. If the part has no name, SafeName makes one from its subject or its path,
// and its media type. Two parts may get the same name.
func (p *Part) SafeName() string {
	if name := SafeName(p.Name); name != "" {
		return name
	}
	name := SafeName(p.Subject)
	if name == "" {
		var b strings.Builder
		b.WriteString("part")
		for _, n := range p.Path {
			b.WriteByte('-')
			b.WriteString(strconv.FormatUint(uint64(n), 10))
		}
		name = b.String()
	}
	ending := endings[p.MediaType]
	if ending == "" {
		ending = ".bin"
	}
	return name + ending
}

// SafeName makes a name for a file or a folder from any text, as Part.SafeName does. It returns "" if text contains
// no usable character.
func SafeName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || strings.ContainsRune(`<>:"|?*`, r) || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, displaysafe.Line(name))
	name = strings.TrimLeft(name, ". -")
	if len(name) > maxName {
		ending := path.Ext(name)
		if len(ending) > 20 {
			ending = ""
		}
		cut := maxName - len(ending)
		for cut > 0 && !utf8.RuneStart(name[cut]) {
			cut--
		}
		name = name[:cut] + ending
	}
	name = strings.TrimRight(name, ". ")
	if strings.Trim(name, "_. ") == "" {
		return ""
	}
	if isDevice(name) {
		name = "_" + name
	}
	return name
}

func isDevice(name string) bool {
	stem, _, _ := strings.Cut(strings.ToLower(name), ".")
	stem = strings.TrimRight(stem, " ")
	if devices[stem] {
		return true
	}
	for _, port := range [...]string{"com", "lpt"} {
		if rest, ok := strings.CutPrefix(stem, port); ok && utf8.RuneCountInString(rest) == 1 && strings.ContainsAny(rest, "0123456789¹²³") {
			return true
		}
	}
	return false
}
