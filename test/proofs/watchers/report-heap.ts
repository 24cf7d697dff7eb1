// Loaded into a service with --import and --expose-gc: on SIGUSR2 it prints what is left after collecting garbage.
let reports = 0;
process.on('SIGUSR2', () => {
  for (let pass = 0; pass < 2; pass += 1) globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  const { heapUsed, external } = process.memoryUsage();
  reports += 1;
  process.stdout.write(`heap report ${reports}: ${heapUsed + external} bytes\n`);
});
