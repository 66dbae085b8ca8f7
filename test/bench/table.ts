/** A table of results: numbers stay numbers, so that `--format json` can be computed with. */
export interface Table {
  /** A name for machines: `sdk.envoy-cpu`. */
  readonly name: string;
  readonly title: string;
  /** How it was measured, in a sentence or two. */
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly Cell[][];
}

/** Text, a number with its digits after the point, or nothing. */
export type Cell = string | { readonly value: number; readonly digits: number } | undefined;

/** A number to be shown with so many digits after the point. */
export function number(value: number, digits = 0): Cell {
  return Number.isFinite(value) ? { value, digits } : undefined;
}

/** The table as GitHub's Markdown, aligned for a terminal as well. */
export function markdown({ title, note, columns, rows }: Table): string {
  const texts = rows.map((row) => columns.map((_, index) => cellText(row[index])));
  const isNumeric = columns.map((_, index) => rows.some((row) => typeof row[index] === "object"));
  const widths = columns.map((name, index) => Math.max(3, name.length, ...texts.map((row) => row[index]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text, i) => (isNumeric[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!))).join(" | ")} |`;
  const rule = widths.map((width, index) => (isNumeric[index] ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  return [`## ${title}`, "", note, "", line(columns), line(rule), ...texts.map(line), ""].join("\n");
}

function cellText(cell: Cell): string {
  if (cell === undefined) return "–";
  if (typeof cell === "string") return cell;
  return cell.value.toLocaleString("en", { minimumFractionDigits: cell.digits, maximumFractionDigits: cell.digits });
}

/** The rows as objects by column, for `--format json`. */
export function records({ columns, rows }: Table): Record<string, string | number | null>[] {
  return rows.map((row) =>
    Object.fromEntries(
      columns.map((name, index) => {
        const cell = row[index];
        return [name, typeof cell === "object" ? cell.value : (cell ?? null)];
      }),
    ),
  );
}
