// Command fetch-wasm fetches a module from a registry just as the istio-agent does.
//
//	fetch-wasm [-docker-config FILE] [-insecure] [-out FILE] REFERENCE
//
// It prints {"digest", "sha256", "size"}: the digest of the manifest, and the hash and length in bytes of the
// module that the agent would hand to Envoy. The exit code is 1 when the agent would refuse the image; the
// reason is on stderr.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/wasm"
)

func main() {
	dockerConfig := flag.String("docker-config", "", "docker config.json with the registry's credentials, as a pull secret holds it")
	insecure := flag.Bool("insecure", false, "accept any TLS certificate (the agent's WASM_INSECURE_REGISTRIES)")
	out := flag.String("out", "", "file to write the module to")
	timeout := flag.Duration("timeout", 30*time.Second, "give up after this time")
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	options := log.DefaultOptions()
	options.SetDefaultOutputLevel("all", log.NoneLevel)
	if err := log.Configure(options); err != nil {
		fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	if err := fetch(ctx, flag.Arg(0), *dockerConfig, *insecure, *out); err != nil {
		fatal(err)
	}
}

func fetch(ctx context.Context, reference, dockerConfig string, insecure bool, out string) error {
	option := wasm.ImageFetcherOption{Insecure: insecure}
	if dockerConfig != "" {
		secret, err := os.ReadFile(dockerConfig)
		if err != nil {
			return err
		}
		option.PullSecret = secret
	}
	read, digest, err := wasm.NewImageFetcher(ctx, option).PrepareFetch(reference)
	if err != nil {
		return err
	}
	module, err := read()
	if err != nil {
		return err
	}
	// The agent's own check (isValidWasmBinary in pkg/wasm/cache.go): anything else never reaches Envoy.
	if len(module) < 8 || !bytes.HasPrefix(module, []byte("\x00asm")) {
		return errors.New("the image holds no wasm module")
	}
	if out != "" {
		if err := os.WriteFile(out, module, 0o644); err != nil {
			return err
		}
	}
	sum := sha256.Sum256(module)
	return json.NewEncoder(os.Stdout).Encode(struct {
		Digest string `json:"digest"`
		SHA256 string `json:"sha256"`
		Size   int    `json:"size"`
	}{"sha256:" + digest, hex.EncodeToString(sum[:]), len(module)})
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "fetch-wasm:", err)
	os.Exit(1)
}
