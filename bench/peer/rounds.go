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
// the seconds that it took, and perhaps with its seconds of CPU.
type Rounds struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// StartRounds starts a command. The sizes of the work are its last arguments.
func StartRounds(ctx context.Context, line string, sizes ...int) (*Rounds, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil, errors.New("--peer: no command: give the program to compare with")
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

// Spent is what a round took.
type Spent struct {
	Wall time.Duration
	CPU  time.Duration // of all threads; 0 if the program does not tell
}

// Round asks for one round.
func (p *Rounds) Round() (Spent, error) {
	if _, err := io.WriteString(p.in, "\n"); err != nil {
		return Spent{}, fmt.Errorf("--peer: %w", err)
	}
	if !p.out.Scan() {
		return Spent{}, errors.New("--peer: the program ended before its last round")
	}
	var out Spent
	for i, word := range strings.Fields(p.out.Text() + " 0") {
		seconds, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return Spent{}, fmt.Errorf("--peer: %w: want one number of seconds per line", err)
		}
		if d := time.Duration(seconds * float64(time.Second)); i == 0 {
			out.Wall = d
		} else if i == 1 {
			out.CPU = d
		}
	}
	return out, nil
}

// Wall is Round for callers that want no CPU time.
func (p *Rounds) Wall() (time.Duration, error) {
	spent, err := p.Round()
	return spent.Wall, err
}

// Close ends the other program.
func (p *Rounds) Close() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }
