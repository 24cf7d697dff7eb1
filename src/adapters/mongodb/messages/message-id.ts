/** Returns the `_id` of a message in `messages`: ids of one uid sort by number. */
export function messageId(uid: string, sequence: number): string {
  return `${uid}/${String(sequence).padStart(12, '0')}`;
}

/** Returns the range of `_id` in which everything lies that hangs on a uid, in any collection. */
export function childRange(uid: string): { $gte: string; $lt: string } {
  return { $gte: `${uid}/`, $lt: `${uid}0` };
}
