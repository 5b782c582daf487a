// What people read, from Fluent files: `key = text`, one message a line, `{ $name }` for what varies.

export type Words = (key: string, values?: Readonly<Record<string, string>>) => string;

/** The messages of a file. */
export function readWords(file: string): Map<string, string> {
  const messages = new Map<string, string>();
  for (const line of file.split("\n")) {
    const at = line.indexOf(" = ");
    if (at > 0 && !line.startsWith("#")) messages.set(line.slice(0, at), line.slice(at + 3).trim());
  }
  return messages;
}

/** Says a key in the language of `tag`; a key no file has is shown as itself, so that it is seen. */
export function speak(files: { en: string; de: string }, tag: string): Words {
  const messages = readWords(tag.startsWith("de") ? files.de : files.en);
  const fill = (text: string, values: Readonly<Record<string, string>>) =>
    text.replace(/\{\s*\$(\w+)\s*\}/g, (_, name: string) => values[name] ?? "");
  return (key, values = {}) => fill(messages.get(key) ?? key, values);
}
