/**
 * Rows as aligned columns, two spaces apart, with a line of headings; no line ends in spaces. Cells are text without line ends. A column
 * whose every cell looks like a number is aligned to the right.
 */
export function tableText(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = headings.map((heading, column) => {
    const cells = rows.map((row) => row[column] ?? "");
    const width = Math.max(heading.length, ...cells.map((cell) => cell.length));
    const isNumeric = rows.length > 0 && cells.every((cell) => NUMBER.test(cell));
    return (cell: string) => (isNumeric ? cell.padStart(width) : cell.padEnd(width));
  });
  const lines = [headings, ...rows].map((row) =>
    columns
      .map((aligned, column) => aligned(row[column] ?? ""))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

/** A whole number with or without commas, or one with a fraction: not an address. */
const NUMBER = /^-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$/;
