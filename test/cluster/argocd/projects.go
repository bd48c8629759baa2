package main

import (
	"encoding/json"
	"fmt"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

// refused says what a project does not permit of an Application and its objects, and whether the Application may be synced now.
func refused(request *json.Decoder) (any, error) {
	var asked struct {
		Project     v1alpha1.AppProject
		Application v1alpha1.Application
		Objects     Objects
	}
	if err := request.Decode(&asked); err != nil {
		return nil, err
	}
	project, spec := asked.Project, asked.Application.Spec
	if err := project.ValidateProject(); err != nil {
		return nil, err
	}
	cluster := &v1alpha1.Cluster{Name: spec.Destination.Name, Server: "https://" + spec.Destination.Name + ".example.com"}
	none := func(string) ([]*v1alpha1.Cluster, error) { return nil, nil }
	found := []string{}
	if !project.IsSourcePermitted(*spec.Source) {
		found = append(found, "source "+spec.Source.RepoURL)
	}
	if permitted, err := project.IsDestinationPermitted(cluster, spec.Destination.Namespace, none); err != nil || !permitted {
		found = append(found, "destination "+spec.Destination.Name+"/"+spec.Destination.Namespace)
	}
	for _, object := range asked.Objects {
		permitted, err := project.IsLiveResourcePermitted(object, cluster, none)
		if err != nil {
			return nil, err
		}
		if !permitted {
			found = append(found, fmt.Sprintf("%s %s/%s", object.GetKind(), object.GetNamespace(), object.GetName()))
		}
	}
	windows := project.Spec.SyncWindows.Matches(&asked.Application)
	byItself, err := windows.CanSync(false, nil)
	if err != nil {
		return nil, err
	}
	byHand, err := windows.CanSync(true, nil)
	return map[string]any{"refused": found, "canSync": map[string]bool{"automatic": byItself, "manual": byHand}}, err
}
