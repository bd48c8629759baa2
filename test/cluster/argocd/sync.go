package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	gosync "sync"
	"time"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/cache"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/hook"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
)

// Argo CD says in this annotation which Application an object belongs to.
const tracking = "argocd.argoproj.io/tracking-id"

const manager = "argocd-controller"

// recorder writes down what is applied, in order.
type recorder struct {
	kube.Kubectl
	mutex   gosync.Mutex
	applied []string
}

type recordingOperations struct {
	kube.ResourceOperations
	recorder *recorder
}

func (r *recorder) ManageResources(config *rest.Config) (kube.ResourceOperations, func(), error) {
	operations, cleanup, err := r.Kubectl.ManageResources(config)
	return &recordingOperations{operations, r}, cleanup, err
}

// nameOf is `apps/Deployment:shop/api`: what the annotation says behind the Application. Argo CD gives a namespace to everything.
func nameOf(object *unstructured.Unstructured) string {
	_, name, _ := strings.Cut(object.GetAnnotations()[tracking], ":")
	return name
}

func (o *recordingOperations) record(object *unstructured.Unstructured, dryRun cmdutil.DryRunStrategy) {
	if dryRun != cmdutil.DryRunNone {
		return
	}
	o.recorder.mutex.Lock()
	defer o.recorder.mutex.Unlock()
	o.recorder.applied = append(o.recorder.applied, nameOf(object))
}

func (o *recordingOperations) ApplyResource(ctx context.Context, object *unstructured.Unstructured, dryRun cmdutil.DryRunStrategy, force, validate, serverSide bool, as string) (string, error) {
	o.record(object, dryRun)
	return o.ResourceOperations.ApplyResource(ctx, object, dryRun, force, validate, serverSide, as)
}

func (o *recordingOperations) CreateResource(ctx context.Context, object *unstructured.Unstructured, dryRun cmdutil.DryRunStrategy, validate bool) (string, error) {
	o.record(object, dryRun)
	return o.ResourceOperations.CreateResource(ctx, object, dryRun, validate)
}

// application is what of an Application is synced here.
type application struct {
	Kubeconfig string
	Name       string
	Namespace  string
	Settings   Settings
	Objects    Objects
	Seconds    int
}

// synchronize applies objects as the sync options of lib/constructs/argocd/sync.ts say, and compares again.
func synchronize(request *json.Decoder) (any, error) {
	var app application
	if err := request.Decode(&app); err != nil {
		return nil, err
	}
	for _, object := range app.Objects {
		gvk := object.GroupVersionKind()
		annotations := object.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[tracking] = fmt.Sprintf("%s:%s/%s:%s/%s", app.Name, gvk.Group, gvk.Kind, object.GetNamespace(), object.GetName())
		object.SetAnnotations(annotations)
	}
	config, err := clientcmd.BuildConfigFromFlags("", app.Kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 500, 1000
	kubectl := &recorder{Kubectl: &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}}
	live := cache.NewClusterCache(config,
		cache.SetKubectl(kubectl),
		cache.SetLogr(logr.Discard()),
		cache.SetPopulateResourceInfoHandler(func(object *unstructured.Unstructured, _ bool) (any, bool) {
			id := object.GetAnnotations()[tracking]
			return id, id != ""
		}),
	)
	if err := live.EnsureSynced(); err != nil {
		return nil, err
	}
	isOurs := func(resource *cache.Resource) bool {
		id, _ := resource.Info.(string)
		return strings.HasPrefix(id, app.Name+":")
	}
	applier, cleanup, err := (&kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}).ManageServerSideDiffDryRuns(config)
	if err != nil {
		return nil, err
	}
	defer cleanup()
	reconcile := func() (sync.ReconciliationResult, error) {
		managed, err := live.GetManagedLiveObjs(app.Objects, isOurs)
		return sync.Reconcile(app.Objects, managed, app.Namespace, live), err
	}
	compare := func() ([]string, error) {
		result, err := reconcile()
		if err != nil {
			return nil, err
		}
		return differences(result, applier, live.GetGVKParser())
	}

	before, err := compare()
	if err != nil {
		return nil, err
	}
	phase, message, resources := common.OperationRunning, "", []common.ResourceSyncResult{}
	started := metav1.Now()
	// As Argo CD's controller does: at each look everything anew, but for what has come of it so far.
	for !phase.Completed() && time.Since(started.Time) < time.Duration(app.Seconds)*time.Second {
		result, err := reconcile()
		if err != nil {
			return nil, err
		}
		state, cleanup, err := sync.NewSyncContext("", result, config, config, kubectl, app.Namespace,
			sync.WithInitialState(phase, message, resources, started),
			sync.WithLogr(logr.Discard()),
			sync.WithServerSideApply(true), sync.WithServerSideApplyManager(manager),
			sync.WithPrune(true), sync.WithPruneLast(true),
			sync.WithHealthOverride(app.Settings.overrides()),
		)
		if err != nil {
			return nil, err
		}
		state.Sync()
		phase, message, resources = state.GetState()
		cleanup()
		time.Sleep(500 * time.Millisecond)
	}
	failed := []string{}
	for _, resource := range resources {
		if resource.Status == common.ResultCodeSyncFailed || resource.HookPhase == common.OperationFailed {
			failed = append(failed, fmt.Sprintf("%s: %s", resource.ResourceKey.String(), resource.Message))
		}
	}
	after, err := compare()
	return map[string]any{
		"phase": phase, "message": message, "failed": failed, "before": before, "applied": kubectl.applied, "after": after,
	}, err
}

// differences are the objects that are out of sync, as the API server tells: ServerSideDiff=true.
func differences(result sync.ReconciliationResult, applier diff.KubeApplier, parser *managedfields.GvkParser) ([]string, error) {
	found := []string{}
	for i, target := range result.Target {
		live := result.Live[i]
		switch {
		case target == nil && hook.IsHook(live):
			// hooks come and go by themselves
		case target == nil:
			found = append(found, "extra "+nameOf(live))
		case live == nil:
			found = append(found, "missing "+nameOf(target))
		default:
			difference, err := diff.Diff(target, live,
				diff.WithServerSideDiff(true), diff.WithManager(manager), diff.WithGVKParser(parser), diff.WithIgnoreMutationWebhook(true),
				diff.WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(applier)), diff.WithLogr(logr.Discard()))
			if err != nil {
				return nil, err
			}
			if difference.Modified {
				found = append(found, "differs "+nameOf(target))
			}
		}
	}
	return found, nil
}
