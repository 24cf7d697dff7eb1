/** Logger writes structured lines; it never gets message bodies or secrets. */
export interface Logger {
  debug(facts: Record<string, unknown>, line: string): void;
  info(facts: Record<string, unknown>, line: string): void;
  warn(facts: Record<string, unknown>, line: string): void;
  error(facts: Record<string, unknown>, line: string): void;
}
