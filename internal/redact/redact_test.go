package redact_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/redact"
)

func TestURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://host:8000":                                "http://host:8000",
		"http://[::1]:8000/v2":                            "http://[::1]:8000/v2",
		"http://joe:PASSW0RD@host:8000/v2":                "http://***@host:8000/v2",
		"http://TOKEN@host/v2":                            "http://***@host/v2",
		"http://joe:P@SS@host":                            "http://***@host",
		"http://joe:PA/SS@host/v2":                        "http://***@host/v2",
		"http://joe:PA SS@host/v2":                        "http://***@host/v2",
		"http://joe:PA?SS@host/v2":                        "http://***?***",
		"joe:PASS@host:8000":                              "***@host:8000",
		"postgres://me:secret@localhost:5432/mine?a=b":    "postgres://***@localhost:5432/mine?a=***",
		"https://h/p?token=abc&api_key=d%20e;sig=f#g":     "https://h/p?token=***&api_key=***&sig=***#***",
		"https://h/p?justakey":                            "https://h/p?***",
		"https://hub/models/name@rev/file":                "https://hub/models/name@rev/file",
		"s3://bucket/key?X-Amz-Signature=0123456789abcde": "s3://bucket/key?X-Amz-Signature=***",
	} {
		assert.Equal(t, want, redact.URL(in), in)
	}
}

func TestText(t *testing.T) {
	assert.Equal(t, `Get "http://***@h:1/v2?k=***": dial tcp: refused (see https://docs/x)`,
		redact.Text(`Get "http://joe:pw@h:1/v2?k=v": dial tcp: refused (see https://docs/x)`))
	assert.Equal(t, "at http://h:80: refused, [http://h:80/a] (http://***@h).", redact.Text("at http://h:80: refused, [http://h:80/a] (http://u:p@h)."))
	assert.Equal(t, "hf:OWNER/NAME@rev", redact.Text("hf:OWNER/NAME@rev"))
}

func TestSecrets(t *testing.T) {
	secrets := redact.In("http://joe:p%40ssword@h/v2?key=abcd+ef&x")
	assert.Equal(t, []string{"joe:p%40ssword", "joe:p@ssword", "p%40ssword", "p@ssword", "abcd+ef", "abcd ef", "x"}, secrets)
	assert.Equal(t, "you are *** with ***, x", redact.Secrets("you are p@ssword with abcd ef, x", secrets))
}

func FuzzText(f *testing.F) {
	f.Add("http://joe:", "PASSW0RD", "@host/")
	f.Add("x http://h/?a=", "PASSW0RD", "&b=c y")
	f.Fuzz(func(t *testing.T, before, _, after string) {
		const secret = "PASSW0RD"
		for _, s := range []string{"http://joe:" + secret + "@host" + after, "https://host/?token=" + secret + after} {
			if strings.Contains(redact.URL(s), secret) {
				t.Errorf("%q: %q", s, redact.URL(s))
			}
		}
		redact.Text(before + secret + after)
		redact.In(before + secret + after)
	})
}

func TestHeader(t *testing.T) {
	for in, want := range map[string][]string{
		"KEY":                  {"KEY"},
		"Bearer K3Y":           {"Bearer K3Y", "Bearer+K3Y", "Bearer%20K3Y", "K3Y"},
		"basic am9lOlBBU1M=":   {"basic am9lOlBBU1M=", "basic+am9lOlBBU1M%3D", "basic%20am9lOlBBU1M=", "am9lOlBBU1M=", "am9lOlBBU1M%3D", "joe:PASS", "joe%3APASS", "PASS"},
		`k"<`:                  {`k"<`, `k\"\u003c`, "k%22%3C"},
		"":                     nil,
		"Basic no base64 here": {"Basic no base64 here", "Basic+no+base64+here", "Basic%20no%20base64%20here", "no base64 here", "no+base64+here", "no%20base64%20here"},
	} {
		assert.Equal(t, want, redact.Header(in), in)
	}
}
