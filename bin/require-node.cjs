// Plain JavaScript without recent syntax: an old Node must be able to run it and print the remedy.
const oldest = 24;
const major = Number(process.versions.node.split('.')[0]);

if (major < oldest) {
  console.error(
    [
      `Threadkeep needs Node ${oldest} or newer; this is ${process.version} (${process.execPath}).`,
      'On Linux and Windows it comes with the dependencies: run `npm install` without --omit=optional,',
      'then start through npm (`npm start`, `npm test`, `npx threadkeep`).',
      'Elsewhere install it from https://nodejs.org and run the command again.',
    ].join('\n'),
  );
  process.exit(1);
}
