import { execFileSync, spawnSync } from 'node:child_process';

// Compares the contracts in proto/ with those of the newest tag and fails when a client of that tag would break.

const tag = newestTag();
if (tag === undefined) {
  console.log('No tag yet: there is no published contract to compare with.');
} else {
  const { status } = spawnSync('buf', ['breaking', '--against', `.git#tag=${tag}`], { stdio: 'inherit' });
  if (status === 0) console.log(`Clients of ${tag} keep working.`);
  process.exitCode = status ?? 1;
}

function newestTag(): string | undefined {
  const tags = execFileSync('git', ['tag', '--merged', 'HEAD', '--sort=-version:refname'], { encoding: 'utf8' });
  return tags.split('\n').find((name) => name !== '');
}
