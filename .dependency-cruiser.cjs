// What each folder of src/ may import besides itself and packages. A folder that is not listed may not exist.
const layers = {
  model: [],
  ports: ['model'],
  contract: ['model', 'ports'],
  adapters: ['model', 'ports'],
  config: ['model'],
  operations: ['model', 'ports'],
  rpc: ['model', 'ports', 'operations'],
  http: ['model', 'ports', 'operations', 'rpc'],
  compose: ['model', 'ports', 'operations', 'rpc', 'http', 'config', 'adapters'],
  cli: ['model', 'ports', 'operations', 'rpc', 'http', 'config', 'compose', 'contract'],
  main: ['model', 'ports', 'operations', 'rpc', 'http', 'config', 'compose', 'contract', 'cli'],
};

/** Matches the folder or the single file of a layer. */
const pathOf = (names) => `^src/(${names.join('|')})(/|\\.ts$)`;
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

const layerRules = Object.entries(layers).map(([layer, seen]) =>
  forbid(
    `${layer}-sees-only-its-left`,
    `src/${layer} may import ${seen.join(', ') || 'no other layer'}`,
    { path: pathOf([layer]) },
    { path: '^src/', pathNot: pathOf([layer, ...seen]) },
  ),
);

/** Built-in modules that reach outside the process, or start another thread of it. */
const outside =
  '^(node:)?(child_process|cluster|dgram|dns|fs|http|http2|https|inspector|net|os|readline|repl|sqlite|tls|tty|worker_threads)(/|$)';

module.exports = {
  forbidden: [
    ...layerRules,
    forbid(
      'layers-are-listed',
      'every file of src/ belongs to a layer',
      { path: '^src/', pathNot: pathOf(Object.keys(layers)) },
      {},
    ),
    forbid(
      'adapters-stay-apart',
      'an adapter never imports another',
      { path: '^src/adapters/([^/]+)/' },
      { path: '^src/adapters/', pathNot: '^src/adapters/$1/' },
    ),
    forbid(
      'only-rpc-sees-gen',
      'the generated messages end at the edge',
      { path: '^src/', pathNot: '^src/rpc/' },
      { path: '^gen/' },
    ),
    forbid(
      'only-the-edge-sees-connect',
      'the transport ends at the edge',
      { path: '^src/', pathNot: pathOf(['rpc', 'http']) },
      { path: 'node_modules/@connectrpc/' },
    ),
    forbid(
      'model-is-pure',
      'of the built-in modules the model may use node:crypto only',
      { path: pathOf(['model']) },
      { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    ),
    forbid(
      'rules-do-no-input-or-output',
      'ports and operations reach outside through a port only',
      { path: pathOf(['ports', 'operations']) },
      { dependencyTypes: ['core'], path: outside },
    ),
    forbid(
      'source-stands-alone',
      'src never imports tests, tools or clients',
      { path: '^src/' },
      { path: '^(test|bench|scripts|examples|clients)/' },
    ),
    forbid(
      'source-needs-no-development-package',
      'what runs is a dependency',
      { path: '^src/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'clients-stand-alone',
      'a client is copied away without the service',
      { path: '^clients/' },
      { path: '^(src|gen|test|scripts)/' },
    ),
    forbid('no-cycle', 'imports have one direction', {}, { circular: true }),
    forbid('imports-resolve', 'an import leads somewhere', {}, { couldNotResolve: true }),
  ],
  options: {
    doNotFollow: { path: '(^|/)(node_modules|gen)/' },
    exclude: { path: '^clients/[^/]+/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
  },
};
