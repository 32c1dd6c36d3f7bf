package main

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

// roundPeer is another program that does one round of the same work when it is told to, by a line
// on its stdin, and answers with the seconds.
type roundPeer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// startRounds starts a command line, with the sizes of the work as its last arguments.
func startRounds(ctx context.Context, line string, sizes ...int) (*roundPeer, error) {
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
	return &roundPeer{cmd, in, bufio.NewScanner(out)}, nil
}

func (p *roundPeer) round() (time.Duration, error) {
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

func (p *roundPeer) close() error { return errors.Join(p.in.Close(), p.cmd.Wait()) }
