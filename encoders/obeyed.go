package encoders

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/fastclip/fastclip/encoders/ort"
	"github.com/fastclip/fastclip/internal/suggest"
)

// Precisions are the names that a suite may use for the precision of files and of servers.
func Precisions() []string {
	return []string{"fp32", "fp16", "bf16", "fp8", "int8", "uint8", "int4", "q4", "bnb4", "q4f16", "mixed"}
}

// obeyed rejects a precision and options that the variant's runtime would ignore.
func (s Spec) obeyed() error {
	if err := s.fields(); err != nil {
		return err
	}
	a, python := pythonRuntimes()[s.Runtime]
	known := Precisions()
	if a.precisions != nil {
		known = a.precisions
	}
	if !slices.Contains(known, s.Precision) {
		return fmt.Errorf("precision %q: runtime %s has %s%s", s.Precision, s.Runtime, strings.Join(known, ", "), suggest.Hint(s.Precision, known))
	}
	if s.Options["inter_op_threads"] != "" && s.Options["execution_mode"] != "parallel" && s.Runtime == ONNXRuntime {
		return errors.New("option inter_op_threads: it has an effect only with execution_mode: parallel")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Options)) {
		var err error
		switch {
		case s.Runtime == ONNXRuntime && !towerOption(name):
			err = ort.CheckName(name, s.Provider)
		case s.Runtime == OIP:
			err = s.serverOption(name)
		case python:
			err = a.option(name, s.Provider)
		}
		if err != nil {
			return fmt.Errorf("option %s: %w", name, err)
		}
	}
	return nil
}

func (s Spec) serverOption(name string) error {
	switch {
	case strings.HasPrefix(name, HeaderOption) && s.URL == "":
		return errors.New("headers are for a server at a url; a server that the command starts gets a token")
	case name == "image_size" && s.Input == InputFiles:
		return errors.New("the server takes files, which have no fixed size")
	case strings.HasPrefix(name, HeaderOption):
		return headerOption(strings.TrimPrefix(name, HeaderOption), s.Options[name])
	case name == MetricsOption:
		if u, err := url.Parse(s.Options[name]); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return errors.New("want a URL such as http://host:8082/metrics")
		}
		return nil
	case name == "image_size", name == "dim":
		if n, err := strconv.Atoi(s.Options[name]); err != nil || n < 1 {
			return fmt.Errorf("%.40q: want a number above 0", s.Options[name])
		}
		return nil
	}
	return fmt.Errorf("runtime oip has no option of that name: want %sNAME, %s, image_size or dim", HeaderOption, MetricsOption)
}

// ownHeaders are those that a client of the protocol sets itself.
var ownHeaders = []string{"Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Accept-Encoding", "Connection", "Trailer", "Upgrade", "Expect", "Inference-Header-Content-Length"}

var headerName = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

func headerOption(name, value string) error {
	switch {
	case !headerName.MatchString(name):
		return errors.New("no HTTP header can have that name")
	case slices.ContainsFunc(ownHeaders, func(own string) bool { return strings.EqualFold(own, name) }):
		return errors.New("the protocol says what this header is")
	case strings.ContainsFunc(value, unicode.IsControl):
		return errors.New("its value has a control character, such as the end of a line")
	}
	return nil
}

func (a Adapter) option(name, provider string) error {
	switch {
	case slices.Contains(a.options, name), slices.Contains(a.options, anyOption) && ort.Label(provider) != ort.Label("cpu"):
		return nil
	case slices.Contains(a.options, anyOption):
		return errors.New("provider cpu has no options")
	case len(a.options) == 0:
		return errors.New("this runtime has no options")
	}
	return fmt.Errorf("this runtime knows only %s", strings.Join(a.options, ", "))
}

// Options of ONNX files that belong to a tower and not to ONNX Runtime: the name of the output to use, and
// how to pool an output with one vector per token.
const (
	ImageOutput  = "image_output"
	ImagePooling = "image_pooling"
	TextOutput   = "text_output"
	TextPooling  = "text_pooling"
)

func towerOption(name string) bool {
	return slices.Contains([]string{ImageOutput, ImagePooling, TextOutput, TextPooling}, name)
}
