import { Action, Body, config, filter, HttpFilter, log, minLength, respond } from "@asmfilter/sdk";
import { utf8Bytes } from "@asmfilter/sdk/encoding";
import { Search } from "./search";

@config
class Config {
  /** What no body may contain. */
  @minLength(1)
  text!: string;
}

@filter("http-body-chunks")
class HttpBodyChunks extends HttpFilter<Config> {
  private search: Search | null = null;
  private chunks: u32 = 0;

  override onRequestBody(body: Body, endOfStream: bool): Action {
    let search = this.search;
    if (search === null) this.search = search = new Search(utf8Bytes(this.config.text));
    this.chunks++;
    if (!search.feed(body.bytes())) return Action.Continue;
    log.warn(`refused in chunk ${this.chunks}`);
    return respond(403, "the body contains a forbidden text\n");
  }
}
