import type { FilePart, Part } from '../../message.ts';

/** Returns what a part is where only text can stand; null for reasoning, tool calls and results. */
export function partText(part: Part): string | null {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'data':
      return part.json;
    case 'file':
      return fileText(part);
    default:
      return null;
  }
}

/** Returns a short text that stands for a file. */
export function fileText(file: FilePart): string {
  const name = file.filename === '' ? '' : ` ${file.filename}`;
  return `[file${name} (${file.mimeType})${file.uri === undefined ? ', not included' : `: ${file.uri}`}]`;
}

/** Returns the texts of parts, without those that have none. */
export function partTexts(parts: readonly Part[]): string[] {
  return parts.flatMap((part) => partText(part) ?? []);
}

/** Returns an inline file's bytes in base64; null when it is by reference or is not to be included. */
export function inlineBase64(file: FilePart, includeFiles: boolean): string | null {
  return includeFiles && file.data !== undefined ? Buffer.from(file.data).toString('base64') : null;
}
