package main

import (
	"encoding/json"
	"strings"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
)

// Settings is argocd-cm's data, of which the health checks are read.
type Settings map[string]string

func (settings Settings) overrides() lua.ResourceHealthOverrides {
	overrides := lua.ResourceHealthOverrides{}
	for key, script := range settings {
		if kind, is := strings.CutPrefix(key, "resource.customizations.health."); is {
			overrides[strings.Replace(kind, "_", "/", 1)] = v1alpha1.ResourceOverride{HealthLua: script}
		}
	}
	return overrides
}

// judge says how Argo CD judges each object: null where it has no opinion.
func judge(request *json.Decoder) (any, error) {
	var asked struct {
		Settings Settings
		Objects  Objects
	}
	if err := request.Decode(&asked); err != nil {
		return nil, err
	}
	overrides := asked.Settings.overrides()
	answers := []*health.HealthStatus{}
	for _, object := range asked.Objects {
		status, err := health.GetResourceHealth(object, overrides)
		if err != nil {
			return nil, err
		}
		answers = append(answers, status)
	}
	return answers, nil
}
