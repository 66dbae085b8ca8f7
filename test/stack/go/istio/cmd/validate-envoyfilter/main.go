// Command validate-envoyfilter asks Istio's own validating webhook about EnvoyFilters, without a cluster.
//
//	validate-envoyfilter [FILE ...] < DOCUMENTS
//
// It reads YAML or JSON documents and prints one line of JSON for each: {"name", "errors", "warnings"}.
// Every document goes through the handler that istiod serves under /validate. On top of it, a field that
// EnvoyFilter does not have is an error: the API server would drop it, and istiod never see it.
// The exit code is 1 when a document has errors, 2 when the input cannot be read.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	admission "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/config/schema/gvk"
	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/webhooks/validation/server"
)

type verdict struct {
	Name     string   `json:"name"`
	Errors   []string `json:"errors"`
	Warnings []string `json:"warnings"`
}

func main() {
	options := log.DefaultOptions()
	options.SetDefaultOutputLevel("all", log.NoneLevel)
	if err := log.Configure(options); err != nil {
		fatal(err)
	}
	mux := http.NewServeMux()
	// As istiod does it (pilot/pkg/bootstrap/validation.go).
	if _, err := server.New(server.Options{Schemas: collections.PilotGatewayAPI(), DomainSuffix: "cluster.local", Mux: mux}); err != nil {
		fatal(err)
	}

	valid, count := true, 0
	err := eachDocument(os.Args[1:], func(document []byte) error {
		count++
		v, err := validate(mux, document)
		if err != nil {
			return err
		}
		valid = valid && len(v.Errors) == 0
		return json.NewEncoder(os.Stdout).Encode(v)
	})
	if err == nil && count == 0 {
		err = errors.New("no document in the input")
	}
	if err != nil {
		fatal(err)
	}
	if !valid {
		os.Exit(1)
	}
}

func validate(webhook http.Handler, document []byte) (verdict, error) {
	v := verdict{Errors: []string{}, Warnings: []string{}}
	var object crd.IstioKind
	if err := json.Unmarshal(document, &object); err != nil {
		v.Errors = append(v.Errors, err.Error())
		return v, nil
	}
	v.Name = object.Name
	if object.GroupVersionKind().GroupKind() != gvk.EnvoyFilter.Kubernetes().GroupKind() {
		v.Errors = append(v.Errors, fmt.Sprintf("not an EnvoyFilter: %s %s", object.APIVersion, object.Kind))
		return v, nil
	}
	if err := unknownFields(object); err != nil {
		v.Errors = append(v.Errors, err.Error())
	}

	response, err := review(webhook, object, document)
	if err != nil {
		return v, err
	}
	if !response.Allowed {
		v.Errors = append(v.Errors, response.Result.Message)
	}
	for _, warning := range response.Warnings {
		// Istio says this of every EnvoyFilter there is.
		if !strings.HasPrefix(warning, "EnvoyFilter exposes internal implementation details") {
			v.Warnings = append(v.Warnings, warning)
		}
	}
	return v, nil
}

func unknownFields(object crd.IstioKind) error {
	schema, _ := collections.PilotGatewayAPI().FindByGroupVersionKind(gvk.EnvoyFilter)
	spec, err := schema.NewInstance()
	if err != nil {
		return err
	}
	return config.ApplyJSONStrict(spec, string(object.Spec))
}

func review(webhook http.Handler, object crd.IstioKind, document []byte) (*admission.AdmissionResponse, error) {
	kind := object.GroupVersionKind()
	body, err := json.Marshal(admission.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &admission.AdmissionRequest{
			UID:       "1",
			Kind:      metav1.GroupVersionKind{Group: kind.Group, Version: kind.Version, Kind: kind.Kind},
			Name:      object.Name,
			Namespace: object.Namespace,
			Operation: admission.Create,
			Object:    runtime.RawExtension{Raw: document},
		},
	})
	if err != nil {
		return nil, err
	}
	request := httptest.NewRequest(http.MethodPost, "/validate", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	recorder := httptest.NewRecorder()
	webhook.ServeHTTP(recorder, request)
	var answer admission.AdmissionReview
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil || answer.Response == nil {
		return nil, fmt.Errorf("the webhook answered %d %s", recorder.Code, recorder.Body)
	}
	return answer.Response, nil
}

// eachDocument calls visit with every document of the files, or of stdin when there are none, as JSON.
func eachDocument(files []string, visit func([]byte) error) error {
	if len(files) == 0 {
		return documentsOf(os.Stdin, visit)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		err = documentsOf(file, visit)
		file.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func documentsOf(input io.Reader, visit func([]byte) error) error {
	decoder := utilyaml.NewYAMLOrJSONDecoder(input, 4096)
	for {
		var document json.RawMessage
		if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if len(document) == 0 || string(document) == "null" {
			continue
		}
		if err := visit(document); err != nil {
			return err
		}
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "validate-envoyfilter:", err)
	os.Exit(2)
}
