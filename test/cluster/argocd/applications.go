package main

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/util/strategicpatch"

	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

// applications renders the template of an ApplicationSet for each entry of an index, by the code that its controller calls. What
// the generator does is here: an entry's fields are the parameters, and where the file is stands under its prefix.
func applications(request *json.Decoder) (any, error) {
	var asked struct {
		ApplicationSet v1alpha1.ApplicationSet
		Index          []map[string]any
	}
	if err := request.Decode(&asked); err != nil {
		return nil, err
	}
	spec := asked.ApplicationSet.Spec
	git := spec.Generators[0].Git
	made := []*v1alpha1.Application{}
	for _, entry := range asked.Index {
		file := map[string]any{"path": "dist", "filename": "index.json"}
		if git.PathParamPrefix == "" {
			entry["path"] = file
		} else {
			entry[git.PathParamPrefix] = map[string]any{"path": file}
		}
		meta := spec.Template.ApplicationSetTemplateMeta
		template := &v1alpha1.Application{Spec: spec.Template.Spec}
		template.Name, template.Namespace, template.Labels, template.Annotations = meta.Name, asked.ApplicationSet.Namespace, meta.Labels, meta.Annotations
		renderer := utils.Render{}
		application, err := renderer.RenderTemplateParams(template, spec.SyncPolicy, entry, spec.GoTemplate, spec.GoTemplateOptions)
		if err != nil {
			return nil, err
		}
		patch, err := renderer.Replace(*spec.TemplatePatch, entry, spec.GoTemplate, spec.GoTemplateOptions)
		if err != nil {
			return nil, err
		}
		if application, err = patched(application, patch); err != nil {
			return nil, err
		}
		made = append(made, application)
	}
	return made, nil
}

// patched is what the controller does with a templatePatch, which it does not export.
func patched(application *v1alpha1.Application, patch string) (*v1alpha1.Application, error) {
	before, err := json.Marshal(application)
	if err != nil {
		return nil, err
	}
	converted, err := utils.ConvertYAMLToJSON(patch)
	if err != nil {
		return nil, err
	}
	after, err := strategicpatch.StrategicMergePatch(before, []byte(converted), v1alpha1.Application{})
	if err != nil {
		return nil, err
	}
	result := &v1alpha1.Application{}
	return result, json.Unmarshal(after, result)
}
