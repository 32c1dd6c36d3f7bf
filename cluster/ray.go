package cluster

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/fastclip/fastclip/internal/python"
)

//go:embed ray_driver.py
var driver embed.FS

// Ray has a Ray cluster do the tasks. The address is in one of Ray's own forms: auto, HOST:6379, ray://HOST:10001, http://HOST:8265. If it is empty,
// $RAY_ADDRESS is used, or else a cluster of this machine alone.
func (j Job) Ray(ctx context.Context, address string) (err error) {
	ids := make([]string, len(j.Todo))
	for i, t := range j.Todo {
		ids[i] = t.ID
	}
	data, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	list, err := os.CreateTemp("", "fastclip-tasks-*.json")
	if err != nil {
		return fmt.Errorf("ray: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(list.Name())) }()
	if _, err := list.Write(data); err != nil {
		return fmt.Errorf("ray: %w", errors.Join(err, list.Close()))
	}
	if err := list.Close(); err != nil {
		return fmt.Errorf("ray: %w", err)
	}
	err = python.RunTool(ctx, python.Script{Files: driver, Name: "ray_driver.py"}, j.Stderr, j.Stderr,
		"--address", address, "--program", j.Program, "--store", j.Store, "--plan", j.Plan.SHA, "--tasks", list.Name())
	if err != nil {
		return fmt.Errorf("ray: %w: run the same command again to do what is left", err)
	}
	return nil
}
