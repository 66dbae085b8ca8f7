import { filter, HttpFilter } from "@asmfilter/sdk";

@filter("bench")
class Empty extends HttpFilter {}
