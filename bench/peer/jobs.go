package peer

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// Jobs is another program that does the same jobs on the same picture. It does one job per request and times itself, so that both programs can take turns in
// one run.
type Jobs struct {
	Name string   `json:"name"`
	Jobs []string `json:"jobs"` // decode, or the name of a pipeline
	// Against maps other jobs of the peer to the job of ours that each is compared with.
	Against map[string]string `json:"against"`

	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	MS  map[string][]float64 `json:"-"` // times of each job in milliseconds, run by run
}

// StartJobs starts a command. The picture's path is its last argument.
func StartJobs(ctx context.Context, command, image string, stderr io.Writer) (*Jobs, error) {
	words := strings.Fields(command)
	if len(words) == 0 {
		return nil, errors.New("--peer: no command: give the program to compare with")
	}
	words = append(words, image)
	p := &Jobs{cmd: exec.CommandContext(ctx, words[0], words[1:]...), MS: map[string][]float64{}}
	p.cmd.Stderr = stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("--peer: %w", err)
	}
	p.out = bufio.NewReader(out)
	line, err := p.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, p)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--peer %s: its first line is %q: %w", command, line, err), p.Close())
	}
	return p, nil
}

// Do asks the peer to do a job once.
func (p *Jobs) Do(job string) error {
	if _, err := fmt.Fprintln(p.in, job); err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return fmt.Errorf("%s: %s: %w", p.Name, job, err)
	}
	ms, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", p.Name, job, err)
	}
	p.MS[job] = append(p.MS[job], ms)
	return nil
}

// Close ends the other program.
func (p *Jobs) Close() error {
	return errors.Join(p.in.Close(), p.cmd.Wait())
}

// InsteadOf lists the peer's jobs that are compared with one of ours.
func (p *Jobs) InsteadOf(job string) (names []string) {
	if slices.Contains(p.Jobs, job) {
		names = append(names, job)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Against)) {
		if p.Against[name] == job {
			names = append(names, name)
		}
	}
	return names
}
