import type { Limits } from '../limits.ts';
import { checkUnicode } from './check-text.ts';
import { invalidField, limitExceeded } from './refusals.ts';

/** Throws INVALID_FIELD or LIMIT_EXCEEDED unless labels are few, with keys of 1 to 64 and values of up to 128 characters. */
export function checkLabels(field: string, labels: Record<string, string>, limits: Limits): void {
  const entries = Object.entries(labels);
  if (entries.length > limits.labelsMax)
    throw limitExceeded(field, { name: 'labels', value: entries.length, max: limits.labelsMax });
  for (const [key, value] of entries) {
    if (key === '') throw invalidField(field, 'has an empty key', 'name each label');
    checkLength(field, { name: 'label_key_characters', text: key, max: limits.labelKeyLengthMax });
    checkLength(`${field}[${JSON.stringify(key)}]`, {
      name: 'label_value_characters',
      text: value,
      max: limits.labelValueLengthMax,
    });
  }
}

function checkLength(field: string, { name, text, max }: { name: string; text: string; max: number }): void {
  checkUnicode(field, text);
  const length = Array.from(text).length;
  if (length > max) throw limitExceeded(field, { name, value: length, max });
}
