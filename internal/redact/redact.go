// Package redact removes secrets from what people and files get to see: passwords and keys in URLs.
package redact

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Hidden replaces a secret.
const Hidden = "***"

// address matches a URL in a text, up to a blank or a quote.
var address = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s"'<>\x60]+`)

// Text is s with the secrets of all its URLs hidden.
func Text(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	return address.ReplaceAllStringFunc(s, func(found string) string {
		at := strings.TrimRight(found, ".,:;!)]}")
		return URL(at) + found[len(at):]
	})
}

// URL is an address without its secrets: without the user, and without the values of its query, because only its
// server knows which of them is a key. Text that is not a URL but has a user loses the user as well.
func URL(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if ok {
		scheme += "://"
	} else {
		scheme, rest = "", s
	}
	rest, fragment, hasFragment := strings.Cut(rest, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	if at := userEnd(rest); at > 0 {
		rest = Hidden + rest[at:]
	}
	if hasQuery {
		rest += "?" + values(query)
	}
	if hasFragment && fragment != "" {
		rest += "#" + Hidden
	}
	return scheme + rest
}

// userEnd is the position of the "@" after a user and a password, or 0. A password that was not escaped
// may contain a slash. What looks like a port is then part of the password.
func userEnd(s string) int {
	host, _, _ := strings.Cut(s, "/")
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		return at
	}
	_, port, ok := strings.Cut(host, ":")
	if !ok || strings.HasPrefix(s, "[") || strings.Trim(port, "0123456789") == "" {
		return 0
	}
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		return at
	}
	return len(s) // the start of a password that contains what ends an address
}

// values hides the values of a query, and parts without a name.
func values(query string) string {
	parts := strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' })
	for i, p := range parts {
		if name, _, ok := strings.Cut(p, "="); ok {
			parts[i] = name + "=" + Hidden
		} else {
			parts[i] = Hidden
		}
	}
	return strings.Join(parts, "&")
}

// minSecret is the shortest string that is removed wherever it occurs. Shorter strings are parts of too
// many words.
const minSecret = 4

// Secrets removes the given strings from s, wherever they occur.
func Secrets(s string, secrets []string) string {
	for _, x := range secrets {
		if len(x) >= minSecret {
			s = strings.ReplaceAll(s, x, Hidden)
		}
	}
	return s
}

// In are the secrets of an address, in the form in which they stand there and decoded.
func In(address string) []string {
	_, rest, _ := strings.Cut(address, "://")
	rest, _, _ = strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	var out []string
	add := func(s string) {
		as := func(s string) (string, error) { return s, nil }
		for _, meant := range []func(string) (string, error){as, url.PathUnescape, url.QueryUnescape} {
			if x, err := meant(s); err == nil && x != "" && !slices.Contains(out, x) {
				out = append(out, x)
			}
		}
	}
	if at := userEnd(rest); at > 0 {
		user := rest[:at]
		add(user) // first, because it contains the password
		if _, password, ok := strings.Cut(user, ":"); ok {
			add(password)
		}
	}
	for _, p := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
		if _, value, ok := strings.Cut(p, "="); ok {
			add(value)
		} else {
			add(p)
		}
	}
	return out
}

// Header are the secrets of a header's value. They are the whole value, and the value without its scheme ("Bearer
// KEY"), because a server may repeat the key alone. They also include its spellings in JSON and URLs, and a user
// and password decoded from base64.
func Header(value string) []string {
	found := []string{value}
	scheme, key, hasScheme := strings.Cut(value, " ")
	if key = strings.TrimSpace(key); hasScheme && key != "" {
		found = append(found, key)
	}
	if plain, err := base64.StdEncoding.DecodeString(key); hasScheme && strings.EqualFold(scheme, "Basic") && err == nil {
		_, password, _ := strings.Cut(string(plain), ":")
		found = append(found, string(plain), password)
	}
	var out []string
	for _, s := range found {
		quoted, _ := json.Marshal(s) // a string has no error
		for _, as := range []string{s, string(quoted[1 : len(quoted)-1]), url.QueryEscape(s), url.PathEscape(s)} {
			if as != "" && !slices.Contains(out, as) {
				out = append(out, as)
			}
		}
	}
	return out
}

// Writer hides the secrets of URLs in what is written to w. Each URL has to be within one write.
func Writer(w io.Writer) io.Writer { return writer{w} }

type writer struct{ w io.Writer }

// Unwrap is the writer inside, which may be a terminal.
func (x writer) Unwrap() io.Writer { return x.w }

func (x writer) Write(p []byte) (int, error) {
	if _, err := io.WriteString(x.w, Text(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
