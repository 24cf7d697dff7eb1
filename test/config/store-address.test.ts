import { expect, test } from 'vitest';
import { formatStoreAddress, parseStoreAddress, withDatabase } from '../../src/config/store-address.ts';

test.each([
  'mongodb://127.0.0.1:27017',
  'mongodb://a:1,b:2/threadkeep?replicaSet=rs',
  'mongodb+srv://cluster.example.net/keep',
  'memory:',
  'sqlite:./data/threadkeep.db',
])('parseStoreAddress: %s is written as it was read', (address) => {
  expect(formatStoreAddress(parseStoreAddress(address))).toBe(address);
});

test('formatStoreAddress: passwords are never written, wherever a URL has one', () => {
  const written = formatStoreAddress(
    parseStoreAddress('mongodb://ada:sword%40fish@a,b/keep?tlsCertificateKeyFilePassword=marlin&w=majority'),
  );
  expect(written).toBe('mongodb://ada:****@a,b/keep?tlsCertificateKeyFilePassword=****&w=majority');
});

test.each(['mongodb://', 'mongodb:///keep', 'mongodb://db/a.b', 'mongodb://db/a/b'])(
  'parseStoreAddress: %s is refused with the remedy',
  (address) => {
    expect(() => parseStoreAddress(address)).toThrow(/write mongodb:\/\/HOST|use A-Z/);
  },
);

test.each([
  ['mongodb://db', 'mongodb://db/scratch'],
  ['mongodb://db/keep?w=1', 'mongodb://db/scratch?w=1'],
  ['mongodb://ada:pw@db/keep', 'mongodb://ada:pw@db/scratch?authSource=keep'],
  ['mongodb://ada:pw@db/?w=1', 'mongodb://ada:pw@db/scratch?w=1&authSource=admin'],
  ['mongodb://ada:pw@db/keep?authSource=admin', 'mongodb://ada:pw@db/scratch?authSource=admin'],
])('withDatabase: %s becomes %s', (url, expected) => {
  expect(withDatabase({ adapter: 'mongodb', url }, 'scratch').url).toBe(expected);
});
