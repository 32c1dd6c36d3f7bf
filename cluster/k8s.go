package cluster

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
)

// ImageVariable names the container image of a Kubernetes job.
const ImageVariable = "FASTCLIP_IMAGE"

// YAML is an Indexed Job of Kubernetes: each index does one slice of the plan. Exit status 75 means that the node cannot reproduce the plan's results. It
// fails the pod without using up the retries on other nodes.
func (j Job) YAML() string {
	script := fmt.Sprintf(`exec fastclip work --store %s --plan %s --slice "$((JOB_COMPLETION_INDEX + 1))/%d"`, quoted(j.Store), j.Plan.SHA, j.Slices)
	return fmt.Sprintf(`apiVersion: batch/v1
kind: Job
metadata:
  name: fastclip-%.12s
spec:
  completionMode: Indexed
  completions: %d
  parallelism: %d
  backoffLimitPerIndex: 3
  podFailurePolicy:
    rules:
    - action: Ignore
      onExitCodes:
        containerName: work
        operator: In
        values: [75]
  template:
    spec:
      restartPolicy: Never
      # nodeSelector names the nodes of one kind: others refuse with exit status 75.
      nodeSelector: {}
      containers:
      - name: work
        # it has fastclip, and the suite's data under the same paths
        image: %s
        command: ["/bin/sh", "-c", %s]
`, j.Plan.SHA, j.Slices, min(j.Slices, 100), mustJSON(cmp.Or(os.Getenv(ImageVariable), "fastclip:latest")), mustJSON(script))
}

// mustJSON writes a text as JSON, which is also valid YAML.
func mustJSON(text string) string {
	data, err := json.Marshal(text)
	if err != nil { // cannot happen: every string can be encoded
		return `""`
	}
	return string(data)
}
