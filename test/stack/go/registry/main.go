// Command registry is go-containerregistry's in-memory registry with the referrers API, for the tests.
//
// It prints the address it listens on, on one line, and serves until it is stopped.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	address := flag.String("address", "127.0.0.1:0", "address to listen on; port 0 lets the system choose")
	flag.Parse()

	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	log.Fatal(http.Serve(listener, registry.New(registry.WithReferrersSupport(true))))
}
