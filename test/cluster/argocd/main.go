// Runs Argo CD's own code on what Berth makes for it: one request as JSON on standard input, one answer on standard output.
//
//	argocd applications   what an ApplicationSet makes of an index
//	argocd refused        what a project does not permit, and when it may be synced
//	argocd health         how Argo CD judges objects
//	argocd sync           applies objects to a cluster as Argo CD does, and says in which order
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Objects as they stand in files.
type Objects = []*unstructured.Unstructured

func main() {
	commands := map[string]func(*json.Decoder) (any, error){
		"applications": applications,
		"refused":      refused,
		"health":       judge,
		"sync":         synchronize,
	}
	command, known := commands[os.Args[len(os.Args)-1]]
	if !known {
		fmt.Fprintln(os.Stderr, "expected one of applications, refused, health, sync")
		os.Exit(2)
	}
	answer, err := command(json.NewDecoder(os.Stdin))
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(answer)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
