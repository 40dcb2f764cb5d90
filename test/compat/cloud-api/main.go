// What Confluent's Terraform provider and command line ask of the API, in their order and with their habits, read by schemas as strict as the API's own
// description: environment → cluster → service account → keys → role bindings, then topics, configs, ACLs and groups with the new keys.
// Prints "ok<tab>…" or "not ok<tab>…" a step. Where it goes stands in the environment.
package main

import (
	"errors"
	"fmt"
	"os"
	"time"
)

type step struct {
	name string
	do   func() (string, error)
}

// run carries out steps one after another; one that fails doesn't end it, so that a run shows all that clients stumble over.
func run(steps []step) (failed bool) {
	for _, each := range steps {
		shown, err := each.do()
		if err != nil {
			failed = true
			fmt.Printf("not ok\t%s: %v\n", each.name, err)
			continue
		}
		fmt.Printf("ok\t%s: %s\n", each.name, shown)
	}
	return failed
}

func pointer[T any](value T) *T { return &value }

func expect(held bool, format string, values ...any) (string, error) {
	text := fmt.Sprintf(format, values...)
	if !held {
		return "", errors.New("not as expected: " + text)
	}
	return text, nil
}

func poll(what string, ask func() (bool, error)) error {
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if done, err := ask(); err != nil || done {
			return err
		}
	}
	return fmt.Errorf("no %s within a minute", what)
}

func main() {
	admin := newClient(os.Getenv("BASE_URL"), os.Getenv("API_KEY"), os.Getenv("API_SECRET"))
	control := &controlPlane{client: admin}
	failed := run(control.steps())
	data := &dataPlane{admin: admin, environment: os.Getenv("ENVIRONMENT"), cluster: os.Getenv("CLUSTER"), groupTopic: os.Getenv("GROUP_TOPIC"), group: os.Getenv("GROUP")}
	failed = run(data.steps()) || failed
	failed = run(control.lastSteps()) || failed
	if failed {
		os.Exit(1)
	}
}
