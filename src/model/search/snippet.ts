/** Mark is a stretch of a snippet, in Unicode code points. */
export interface Mark {
  start: number;
  length: number;
}
