import { invalid, isObject } from "../descriptor.ts";
import { AsmFilterError } from "../errors.ts";
import { MAX_MANIFEST_SIZE, parseJSON } from "../manifest.ts";
import { isTag } from "../reference.ts";
import { readBody } from "./answer.ts";
import { nextPage } from "./pages.ts";
import type { Answer } from "./transport.ts";

const MAX_PAGES = 1000;
const MAX_TAGS = 100_000;

/**
 * All tags, sorted, page by page (distribution-spec 1.1, "Listing Tags"). What is no tag is left out, for nobody could ask for it.
 *
 * @throws {AsmFilterError} `ASMF_OCI_TOO_LARGE` for more than a thousand pages or a hundred thousand tags.
 */
export async function listTags(
  first: URL,
  send: (url: URL) => Promise<Answer>,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const tags = new Set<string>();
  const pages = new Set<string>();
  // A page that was read already would lead round in a circle.
  for (let url: URL | undefined = first; url !== undefined && !pages.has(url.href); ) {
    pages.add(url.href);
    const answer: Answer = await send(url);
    for (const tag of parseTags(await readBody(answer, MAX_MANIFEST_SIZE, signal))) tags.add(tag);
    if (pages.size >= MAX_PAGES || tags.size > MAX_TAGS) throw tooMany(first);
    url = nextPage(answer);
  }
  return [...tags].sort();
}

function parseTags(bytes: Uint8Array): string[] {
  const value = parseJSON(bytes);
  const tags = isObject(value) ? (value.tags ?? []) : undefined;
  if (!Array.isArray(tags)) throw invalid("the list of tags is none");
  return tags.filter(isTag);
}

function tooMany({ host }: URL): AsmFilterError {
  return new AsmFilterError("ASMF_OCI_TOO_LARGE", `${host} lists tags without end`, {
    hint: `At most ${MAX_PAGES} pages and ${MAX_TAGS} tags are read. Name the tag instead.`,
  });
}
