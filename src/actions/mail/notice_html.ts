import { type Notice, openingOf } from "../../notices/index.ts";

/** The notice as HTML that reads the same in every mail program: a table, no style sheet, no picture, nothing to load. */
export function noticeHtml(notice: Notice): string {
  const { subject, items, more, acknowledge } = notice;
  const rows = items.map(({ text, rows: count, decided, undo }) => {
    const times = count > 1 ? ` <b>${count} times</b>` : "";
    const told = decided.map((sentence) => `<br>${escaped(sentence)}`).join("");
    const back = undo === undefined ? "" : `<br>To undo: <code>${escaped(undo)}</code>`;
    return `<tr><td style="padding:4px 0;border-top:1px solid #ccc">${escaped(text)}${times}${told}${back}</td></tr>`;
  });
  const rest = more > 0 ? `<p>and ${more} more. <code>hotaka blocks</code> lists what is blocked.</p>` : "";
  const ack = acknowledge === undefined ? "" : `<p>To acknowledge: <code>${escaped(acknowledge)}</code></p>`;
  return `<!doctype html><html><head><meta charset="utf-8"><title>${escaped(subject)}</title></head><body><p>${escaped(openingOf(notice))}</p><table>${rows.join("")}</table>${rest}${ack}</body></html>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
