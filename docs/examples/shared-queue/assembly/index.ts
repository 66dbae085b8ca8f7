import { attributes, config, filter, HttpFilter, log, RootContext, root, SharedQueue, Status } from "@asmfilter/sdk";

const QUEUE = "records";

@config
class SenderConfig {
  /** The `vm_id` of the plugin whose root id is `receiver`. */
  receiver: string = "receiver";
}

/** Owns the queue. It is a plugin of its own, which no request has to wait for. */
@root("receiver")
class Receiver extends RootContext {
  override onConfigure(): bool {
    return SharedQueue.register(QUEUE) !== null;
  }

  /** Takes all there is: the proxy may tell of several records once, and of one that is taken already. */
  override onQueueReady(queue: SharedQueue): void {
    for (let record = queue.dequeue(); record !== null; record = queue.dequeue()) log.info("record: " + record);
  }
}

@filter("sender")
class Sender extends HttpFilter<SenderConfig> {
  override onLog(): void {
    const method = attributes.request.method;
    const path = attributes.request.urlPath;
    // An answer of the proxy's own, to what is no HTTP.
    if (method === null || path === null) return;
    const record = method + " " + path + " " + attributes.response.code.toString();
    // VMs start in any order, and the receiver's may start anew, so the queue is looked up each time.
    const queue = SharedQueue.resolve(this.config.receiver, QUEUE);
    if (queue === null || queue.enqueue(record) != Status.Ok) log.warn("nobody takes the record: " + record);
  }
}
