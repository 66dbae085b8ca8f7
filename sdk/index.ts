/** What `import … from "@asmfilter/sdk"` finds: asc looks for an `index.ts` at the root of a package. */
export * from "./assembly/index";
