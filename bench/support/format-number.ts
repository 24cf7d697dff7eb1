/** Formats a number for people, with three digits or all before the point: `25,310`, `12.5`, `0.148`. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : 3;
  return digits === 0
    ? value.toLocaleString('en', { maximumFractionDigits: 0 })
    : value.toLocaleString('en', { maximumSignificantDigits: digits });
}
