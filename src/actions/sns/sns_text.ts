/**
 * A subject as SNS takes it: ASCII, at most 100 characters, beginning with a letter, digit or punctuation, without line ends. What is
 * beyond ASCII becomes `?`; SNS would refuse the whole message.
 * @see AWS SNS API, Publish, Subject
 */
export function snsSubject(subject: string): string {
  const ascii = subject
    .replace(/[^\u0020-\u007E]/gu, "?")
    .trim()
    .slice(0, SUBJECT_CHARS_MAX)
    .trimEnd();
  return ascii === "" ? "Hotaka" : ascii;
}

/** A message as SNS takes it: at most 256 KB of UTF-8. A longer one is cut at a line and says so. */
export function snsMessage(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MESSAGE_BYTES_MAX) return text;
  const cut = bytes.subarray(0, MESSAGE_BYTES_MAX - CUT.length);
  return cut.subarray(0, Math.max(cut.lastIndexOf(0x0a) + 1, 0)).toString("utf8") + CUT;
}

const SUBJECT_CHARS_MAX = 100;
/** 256 KB with the attributes; they are far below the rest of it. */
const MESSAGE_BYTES_MAX = 261_000;
const CUT = "The rest was too long for SNS.\n";
