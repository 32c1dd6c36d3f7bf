// Package helper decodes with the real Pillow, in one Python process. Its pixels are exact by construction, but it
// is slower than the decoders in this process.
package helper

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/fastclip/fastclip/encoders/preprocess/picture"
	"github.com/fastclip/fastclip/internal/machine"
)

// Process is the helper process. It starts with the first picture, and again if a picture has crashed it. Its
// methods may be called concurrently; pictures are decoded one at a time.
type Process struct {
	command  func() ([]string, error)
	patience time.Duration // with a start, or a picture

	mu      sync.Mutex
	running *running
	missing error // why it cannot be started at all
}

// New is a helper that command starts; its errors name what is missing.
func New(command func() ([]string, error)) *Process {
	return &Process{command: command, patience: 2 * time.Minute}
}

// running is a started process.
type running struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr *lastBytes
	timer  *time.Timer
}

// answer is the line before a picture's bytes.
type answer struct {
	Error, Mode, Palette string
	Width, Height, Bytes int
}

// Decode fills p with the pixels of a file in any format that Pillow reads. turned applies its EXIF orientation.
// An error that wraps machine.ErrUnavailable means that there is no helper here.
func (h *Process) Decode(p *picture.Picture, data []byte, turned bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.missing != nil {
		return h.missing
	}
	if h.running == nil {
		r, err := h.start()
		if err != nil {
			return err
		}
		h.running = r
	}
	r := h.running
	r.watch(h.patience)
	refused, err := r.decode(p, data, turned)
	if err != nil { // it is not known what it would answer next
		h.running = nil
		return r.end(h.patience, err)
	}
	r.timer.Stop()
	return refused
}

// Close ends the helper.
func (h *Process) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.running != nil {
		h.running.kill()
		h.running = nil
	}
	return nil
}

// start remembers why there is no helper here, so that it is not looked for again.
func (h *Process) start() (*running, error) {
	command, err := h.command()
	if err != nil {
		h.missing = fmt.Errorf("%w: %w", machine.ErrUnavailable, err)
		return nil, h.missing
	}
	r := &running{cmd: exec.Command(command[0], command[1:]...), stderr: &lastBytes{}}
	r.cmd.Stderr = r.stderr
	r.cmd.WaitDelay = time.Second
	ownGroup(r.cmd)
	if r.in, err = r.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	r.out = bufio.NewReaderSize(out, 1<<16)
	if err := r.cmd.Start(); err != nil {
		h.missing = fmt.Errorf("%w: Pillow's helper: %w", machine.ErrUnavailable, err)
		return nil, h.missing
	}
	r.watch(h.patience)
	line, err := r.out.ReadString('\n')
	r.timer.Stop()
	if err != nil || !strings.HasPrefix(line, "ready ") {
		err = r.end(h.patience, errors.New("it did not start"))
		if strings.Contains(err.Error(), "network was disabled") {
			err = errors.New("its Python package is not on this machine: fetch it once with: fastclip models fetch pillow")
		}
		h.missing = fmt.Errorf("%w: %w", machine.ErrUnavailable, err)
		return nil, h.missing
	}
	return r, nil
}

// watch kills the process if it takes longer than that.
func (r *running) watch(patience time.Duration) {
	r.timer = time.AfterFunc(patience, func() { killGroup(r.cmd) })
}

// decode asks for one picture. err: the process is of no more use.
func (r *running) decode(p *picture.Picture, data []byte, turned bool) (refused, err error) {
	how := "plain"
	if turned {
		how = "exif"
	}
	if _, err := fmt.Fprintf(r.in, "%d %s\n", len(data), how); err != nil {
		return nil, err
	}
	if _, err := r.in.Write(data); err != nil {
		return nil, err
	}
	line, err := r.out.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return nil, fmt.Errorf("answer %.100q: %w", line, err)
	}
	if a.Error != "" {
		return errors.New(a.Error), nil
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	p.Become(picture.Mode(a.Mode), a.Width, a.Height)
	palette, err := hex.DecodeString(a.Palette)
	if err != nil {
		return nil, fmt.Errorf("palette: %w", err)
	}
	for i := 0; i < len(palette)/3 && i < 256; i++ {
		copy(p.Palette[i][:], palette[3*i:])
	}
	_, err = io.ReadFull(r.out, p.Pix)
	return nil, err
}

// check bounds what is read of an answer before memory is taken for it.
func (a *answer) check() error {
	switch picture.Mode(a.Mode) {
	case picture.Mode1, picture.ModeL, picture.ModeLA, picture.ModeP, picture.ModeRGB, picture.ModeRGBA, picture.ModeCMYK, picture.ModeI16,
		picture.ModeI16B, picture.ModeI, picture.ModeF, picture.ModeYCbCr, picture.ModePA:
	default:
		return fmt.Errorf("it answered with the unknown mode %q", a.Mode)
	}
	if err := picture.CheckSize(a.Width, a.Height); err != nil {
		return err
	}
	if want := a.Width * a.Height * picture.Mode(a.Mode).Channels(); a.Bytes != want {
		return fmt.Errorf("it sent %d bytes of a picture of %d bytes", a.Bytes, want)
	}
	return nil
}

// end is what became of a process that did not answer.
func (r *running) end(patience time.Duration, err error) error {
	if !r.timer.Stop() {
		err = fmt.Errorf("no answer within %s", patience)
	}
	r.kill()
	if said := r.stderr.last(); said != "" {
		return fmt.Errorf("the helper with Pillow has ended: %w; it said: %s", err, said)
	}
	return fmt.Errorf("the helper with Pillow has ended: %w", err)
}

func (r *running) kill() {
	_ = r.in.Close()
	killGroup(r.cmd)
	_ = r.cmd.Wait() // killed, as it says
}

// lastBytes keeps the end of what is written to it.
type lastBytes struct {
	mu   sync.Mutex
	data []byte
}

// Write implements io.Writer.
func (l *lastBytes) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.data = append(l.data, p...)
	l.data = l.data[max(0, len(l.data)-2048):]
	return len(p), nil
}

// last is what is kept, in one line.
func (l *lastBytes) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(bytes.Join(bytes.Fields(l.data), []byte(" ")))
}
