package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/fastclip/fastclip/encoders/oip/oiptest"
)

// misbehave is an adapter for scripts: "misbehave FAULT [ARGUMENT]" serves two models that only do arithmetic, and misbehaves as FAULT says.
func misbehave() {
	fault, argument := os.Args[1], ""
	if len(os.Args) > 2 {
		argument = os.Args[2]
	}
	fmt.Fprintln(os.Stderr, "misbehave:", fault)
	server := oiptest.Server{Binary: true, Token: os.Getenv("FASTCLIP_TOKEN"), Clock: "answer", Fault: fault}
	switch fault {
	case "files":
		server.Fault, server.Files = "", true
	case "crash at start":
		fmt.Fprintln(os.Stderr, "segmentation fault, nearly")
		os.Exit(139)
	case "not here":
		fmt.Fprintln(os.Stderr, "abacus 3 has no driver on this machine: install abacus-driver")
		os.Exit(3)
	case "never ready":
		time.Sleep(time.Minute)
	case "slow start":
		time.Sleep(500 * time.Millisecond)
	case "no url":
		fmt.Println("hello")
	case "deaf": // ignores its stdin and signals, and has a child that does the same
		signal.Ignore(syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT)
		child := exec.Command("sleep", "300")
		if err := child.Start(); err != nil {
			os.Exit(1)
		}
		if err := os.WriteFile(argument, fmt.Appendf(nil, "%d\n%d\n", os.Getpid(), child.Process.Pid), 0o644); err != nil {
			os.Exit(1)
		}
		server.Fault = "hang"
	case "chatty": // reports progress for an hour, so that no_progress does not end it
		go func() {
			for i := 0; ; i++ {
				fmt.Fprintln(os.Stderr, "step", i)
				time.Sleep(50 * time.Millisecond)
			}
		}()
	}
	serving := server.Start()
	fmt.Println("ready " + front(serving, fault))
	if fault == "deaf" {
		select {}
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// front is the URL of the server, or of a server in front of it that misbehaves.
func front(serving *httptest.Server, fault string) string {
	infer := func(do func(w http.ResponseWriter, r *http.Request)) string {
		return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/infer") {
				do(w, r)
			}
			serving.Config.Handler.ServeHTTP(w, r)
		})).URL
	}
	switch fault {
	case "crash":
		return infer(func(http.ResponseWriter, *http.Request) {
			fmt.Fprintln(os.Stderr, "out of memory: killed")
			os.Exit(137)
		})
	case "crash midway":
		n := 0
		return infer(func(http.ResponseWriter, *http.Request) {
			if n++; n == 2 {
				os.Exit(1)
			}
		})
	case "chatty":
		return infer(func(http.ResponseWriter, *http.Request) { time.Sleep(900 * time.Millisecond) })
	}
	return serving.URL
}
