// Package peer starts other programs that take turns with this one in a measurement.
package peer

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Rounds is another program that does one round of the same work for each line on its stdin, and answers with
// the seconds that it took.
type Rounds struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// StartRounds starts a command line, with the sizes of the work as its last arguments.
func StartRounds(ctx context.Context, line string, sizes ...int) (*Rounds, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil, errors.New("--peer: no command")
	}
	for _, n := range sizes {
		words = append(words, strconv.Itoa(n))
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("--peer: %w", err)
	}
	return &Rounds{cmd, in, bufio.NewScanner(out)}, nil
}

// Round asks for one round.
func (p *Rounds) Round() (time.Duration, error) {
	if _, err := io.WriteString(p.in, "\n"); err != nil {
		return 0, fmt.Errorf("--peer: %w", err)
	}
	if !p.out.Scan() {
		return 0, errors.New("--peer: it ended")
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(p.out.Text()), 64)
	if err != nil {
		return 0, fmt.Errorf("--peer: %w: want seconds", err)
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// Close ends the other program.
func (p *Rounds) Close() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }
