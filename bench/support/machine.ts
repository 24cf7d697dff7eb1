import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';

/** Machine is where and with what figures were measured; `measuredAt` is the day, in UTC. */
export interface Machine {
  measuredAt: string;
  processor: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  versions: Record<string, string>;
}

const PACKAGES = ['@connectrpc/connect', '@bufbuild/protobuf', 'mongodb'];

/** Describes this machine and what takes part in measurements. */
export function describeMachine(): Machine {
  const packages = PACKAGES.map((name) => [name, versionOf(name)]);
  return {
    measuredAt: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: `${type()} ${release()}`,
    versions: { Node: process.versions.node, ...Object.fromEntries(packages), h2load: versionOfH2load() },
  };
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
}

function versionOfH2load(): string {
  const { stdout } = spawnSync('h2load', ['--version'], { encoding: 'utf8' });
  return stdout?.trim().split('/').at(-1) ?? 'not installed';
}
