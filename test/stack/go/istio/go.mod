module asmfilter.io/test/stack/istio

go 1.25.0

require istio.io/istio v0.0.0-20260423205519-b01690e6db7d

tool (
	istio.io/istio/pilot/cmd/pilot-agent
	istio.io/istio/pilot/cmd/pilot-discovery
)
