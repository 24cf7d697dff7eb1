import { checksum } from './checksum.ts';
import { corruptRow } from './errors.ts';

/** JsonRow is the end that all rows with a JSON body share. */
export interface JsonRow {
  body: string;
  crc: number;
}

/** Returns the checksum of a row with a JSON body: of its table's name, its other columns and the body. */
export function jsonChecksum(table: string, columns: readonly (string | number)[], body: string): number {
  return checksum([table, ...columns, body]);
}

/** Returns the checksum of a row without a body. */
export function bareChecksum(table: string, columns: readonly (string | number)[]): number {
  return jsonChecksum(table, columns, '');
}

/** Throws STORE_CORRUPT when the checksum of a row without a body is another. */
export function checkBareRow(path: string, table: string, columns: readonly (string | number)[], crc: number): void {
  if (bareChecksum(table, columns) !== crc) throw corruptRow(path, table, columns.join('/'));
}

/** Parses the body of a row; throws STORE_CORRUPT when the checksum is another. `columns` are those it was made with. */
export function parseJsonRow<Value>(
  path: string,
  table: string,
  columns: readonly (string | number)[],
  row: JsonRow,
): Value {
  if (jsonChecksum(table, columns, row.body) !== row.crc) throw corruptRow(path, table, columns.join('/'));
  return JSON.parse(row.body) as Value;
}
