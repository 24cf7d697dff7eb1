import { expect, test } from 'vitest';
import { oncePer } from '../../src/model/once-per.ts';

test('oncePer: makes something of each object once, be it undefined', () => {
  let made = 0;
  const make = oncePer(({ name }: { name: string }) => {
    made += 1;
    return name === '' ? undefined : { name };
  });
  const [one, other, none] = [{ name: 'one' }, { name: 'one' }, { name: '' }];
  expect(make(one)).toBe(make(one));
  expect(make(one)).not.toBe(make(other));
  expect([make(none), make(none)]).toEqual([undefined, undefined]);
  expect(made).toBe(3);
});
