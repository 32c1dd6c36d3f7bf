package python

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// prSetChildSubreaper is PR_SET_CHILD_SUBREAPER of prctl(2).
const prSetChildSubreaper = 36

// adopt makes this process the parent of everything that its adapters leave behind, so that it can be
// found.
func adopt() {
	_, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0) // an old kernel lacks it
}

// process is a line of /proc.
type process struct {
	pid, parent, group, session int
	dead                        bool
}

// processes are all processes that this one may see.
func processes() []process {
	files, _ := filepath.Glob("/proc/[0-9]*/stat") // its only error is of the pattern
	var out []process
	for _, f := range files {
		data, err := os.ReadFile(f)
		end := bytes.LastIndexByte(data, ')') // of the name, which may hold anything
		if err != nil || end < 0 {
			continue // it has ended
		}
		words := strings.Fields(string(data[end+1:]))
		if len(words) < 4 {
			continue
		}
		p := process{dead: words[0] == "Z" || words[0] == "X"}
		for i, to := range []*int{&p.parent, &p.group, &p.session} {
			*to, _ = strconv.Atoi(words[1+i]) // the kernel writes numbers
		}
		p.pid, _ = strconv.Atoi(filepath.Base(filepath.Dir(f)))
		out = append(out, p)
	}
	return out
}

// killStrays kills what an adapter started and what has left its process group. That is everything with
// the token in its environment. If no other adapter runs, it also includes our adopted children in other
// sessions. killStrays waits for what has ended, so that nothing of it is left.
func killStrays(token string, pgid int) {
	self, session := os.Getpid(), 0
	mark := []byte(tokenVariable + "=" + token)
	for range 50 {
		all := processes()
		last := true // this is the only adapter: its own guard is dead
		for _, p := range all {
			if p.pid == self {
				session = p.session
			}
			last = last && !(p.parent == self && p.pid == p.group && p.session != p.pid && p.pid != pgid && !p.dead)
		}
		alive := false
		for _, p := range all {
			ours := p.parent == self && p.session != session
			switch {
			case p.pid == self:
			case p.dead:
				if ours {
					reap(p.pid)
				}
			case ours && last, has(p.pid, mark):
				_ = syscall.Kill(p.pid, syscall.SIGKILL) // it may have ended
				alive = true
			}
		}
		if !alive {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// has tells whether a process was started with mark in its environment.
func has(pid int, mark []byte) bool {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	return err == nil && slices.ContainsFunc(bytes.Split(data, []byte{0}), func(entry []byte) bool { return bytes.Equal(entry, mark) })
}

func reap(pid int) {
	_, _ = syscall.Wait4(pid, nil, syscall.WNOHANG, nil) // somebody else may have
}

// reapGroup waits for adopted members of a group. The members that this process started itself must have
// been waited for before.
func reapGroup(pgid int) {
	for {
		if pid, err := syscall.Wait4(-pgid, nil, syscall.WNOHANG, nil); pid <= 0 || err != nil {
			return
		}
	}
}
