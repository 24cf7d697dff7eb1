import { expect, test } from 'vitest';
import { onlyHostOf, viaPort } from './via-port.ts';

test.each([
  ['mongodb://db.example:27018/app', { host: 'db.example', port: 27_018 }],
  ['mongodb://user:word@db.example/?retryWrites=true', { host: 'db.example', port: 27_017 }],
  ['mongodb://one,two:27018/app', null],
  ['mongodb+srv://db.example/app', null],
  ['mongodb://db.example/app?tls=true', null],
])('the only host of %s', (url, host) => {
  expect(onlyHostOf(url)).toEqual(host);
});

test.each([
  ['mongodb://db.example:27018/app', 'mongodb://127.0.0.1:5/app?directConnection=true'],
  ['mongodb://user:word@db.example/app?w=1', 'mongodb://user:word@127.0.0.1:5/app?w=1&directConnection=true'],
  ['mongodb://db.example/app?directConnection=true', 'mongodb://127.0.0.1:5/app?directConnection=true'],
])('%s leads to a loopback port and nowhere else', (url, replaced) => {
  expect(viaPort(url, 5)).toBe(replaced);
});
