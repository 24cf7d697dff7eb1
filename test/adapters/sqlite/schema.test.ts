import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { Connection } from '../../../src/adapters/sqlite/connection.ts';
import { APPLICATION_ID, MIGRATIONS, migrate } from '../../../src/adapters/sqlite/schema.ts';
import { openSqliteStore } from '../../../src/adapters/sqlite/store.ts';
import { temporaryFolder } from './harness.ts';

const folder = temporaryFolder();

function emptyDatabase(): Connection {
  return new Connection('empty.db', new DatabaseSync(':memory:'));
}

function versionOf(connection: Connection): number {
  return connection.get<{ user_version: number }>('PRAGMA user_version')!.user_version;
}

test('an empty file gets the newest schema, and migrating it again changes nothing', () => {
  const connection = emptyDatabase();
  migrate(connection);
  const schema = () => connection.all('SELECT sql FROM sqlite_schema');
  const first = schema();
  migrate(connection);
  expect(schema()).toEqual(first);
  expect(versionOf(connection)).toBe(MIGRATIONS.length);
});

test('an older file goes through the migrations it lacks, and keeps its rows', () => {
  const connection = emptyDatabase();
  const first = 'CREATE TABLE notes (text TEXT)';
  migrate(connection, [first]);
  connection.run("INSERT INTO notes (text) VALUES ('kept')");
  migrate(connection, [first, "ALTER TABLE notes ADD COLUMN author TEXT NOT NULL DEFAULT 'nobody'"]);
  expect(versionOf(connection)).toBe(2);
  expect(connection.get('SELECT text, author FROM notes')).toMatchObject({ text: 'kept', author: 'nobody' });
});

test('a migration that fails leaves the file as it was', () => {
  const connection = emptyDatabase();
  const first = 'CREATE TABLE notes (text TEXT)';
  migrate(connection, [first]);
  expect(() => migrate(connection, [first, 'CREATE TABLE more (text TEXT); SELECT nonsense'])).toThrow();
  expect(versionOf(connection)).toBe(1);
  expect(connection.all("SELECT name FROM sqlite_schema WHERE name = 'more'")).toEqual([]);
});

test('a file of a newer schema is refused and says which version it has', async () => {
  const path = join(folder, 'newer.db');
  await (await openSqliteStore({ path })).close();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  await expect(openSqliteStore({ path })).rejects.toThrow('has schema version 99');
});

test('a database of another program is refused and stays byte for byte as it is', async () => {
  const path = join(folder, 'other.db');
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE theirs (a)');
  database.close();
  const before = readFileSync(path);
  await expect(openSqliteStore({ path })).rejects.toThrow('is a database of another program');
  expect(readFileSync(path).equals(before)).toBe(true);
});

test('a file that is no database is refused', async () => {
  const path = join(folder, 'letter.db');
  writeFileSync(path, 'Dear Sir or Madam, '.repeat(100));
  await expect(openSqliteStore({ path })).rejects.toThrow('is not a SQLite database');
});

test('a path that cannot be used is refused with the path and the remedy', async () => {
  const path = join(folder, 'letter.db', 'below-a-file.db');
  await expect(openSqliteStore({ path })).rejects.toThrow(`the store ${path} cannot be used`);
  const directory = join(folder, 'directory.db');
  mkdirSync(directory);
  await expect(openSqliteStore({ path: directory })).rejects.toMatchObject({ reason: 'STORE_UNAVAILABLE' });
});

test('a missing folder is made, and the file is marked as Threadkeep’s', async () => {
  const path = join(folder, 'a', 'b', 'new.db');
  await (await openSqliteStore({ path })).close();
  expect(readFileSync(path).readUInt32BE(68)).toBe(APPLICATION_ID);
});
