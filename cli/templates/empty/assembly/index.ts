import { filter, HttpFilter } from "@asmfilter/sdk";

@filter("TEMPLATE_NAME")
class TEMPLATE_CLASS extends HttpFilter {}
