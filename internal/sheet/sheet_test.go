package sheet_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/fastclip/fastclip/internal/sheet"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "onnx/mini": "onnx/mini", "a=b": "a=b", "'quoted": "'quoted", " =1": " =1",
		`=HYPERLINK("http:evil","x")`: `'=HYPERLINK("http:evil","x")`, "@SUM(1)": "'@SUM(1)", "+1": "'+1", "-1": "'-1", "-cat/0.png": "'-cat/0.png",
		"\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1", "＝1": "'＝1",
	} {
		assert.Equal(t, want, sheet.Text(in))
	}
	assert.Equal(t, []string{"a", "'=b"}, sheet.Texts("a", "=b"))
}
