/** Whether an object can be made of a text. */
type Maker = (value: string) => boolean;

const anything: Maker = () => true;

/** The keys that Envoy 1.40 has a factory for, as far as a text is all that it takes. */
const makers: ReadonlyMap<string, Maker> = new Map([["envoy.tcp_proxy.cluster", anything]]);

/** How the value for a key of filter state is made; undefined where Envoy knows no such key. */
export function makesFilterState(key: string): Maker | undefined {
  return makers.get(key);
}
