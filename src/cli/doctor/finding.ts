/** Finding is one thing that the doctor looked at; `remedy` is there unless it is fine. */
export type Finding =
  | { level: 'fine'; subject: string; what: string }
  /** `hint` works and could be better; `broken` does not work. */
  | { level: 'hint' | 'broken'; subject: string; what: string; remedy: string };

/** Returns a finding: fine, unless something is wrong with it. */
export function judge(
  subject: string,
  what: string,
  fault?: { level: 'hint' | 'broken'; remedy: string } | null | false,
): Finding {
  return fault ? { ...fault, subject, what } : { level: 'fine', subject, what };
}
