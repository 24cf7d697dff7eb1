/** CodePlace is where code is, as V8's profiles tell it. */
export interface CodePlace {
  functionName: string;
  url: string;
  lineNumber: number;
}

/** Shares is what part of a whole went where, the largest first. */
export interface Shares {
  whole: number;
  byLayer: [layer: string, share: number][];
  byFunction: [name: string, share: number][];
}

/** ShareCount adds up what falls to places. */
export class ShareCount {
  readonly #byLayer = new Map<string, number>();
  readonly #byFunction = new Map<string, number>();
  #whole = 0;

  add(place: CodePlace, amount: number): void {
    this.#whole += amount;
    add(this.#byLayer, layerOf(place), amount);
    add(this.#byFunction, nameOf(place), amount);
  }

  shares(): Shares {
    const sharesOf = (amounts: ReadonlyMap<string, number>) =>
      [...amounts]
        .map(([name, amount]): [string, number] => [name, amount / this.#whole])
        .sort(([, one], [, other]) => other - one);
    return { whole: this.#whole, byLayer: sharesOf(this.#byLayer), byFunction: sharesOf(this.#byFunction) };
  }
}

function add(amounts: Map<string, number>, name: string, amount: number): void {
  amounts.set(name, (amounts.get(name) ?? 0) + amount);
}

/** A layer of ours (an adapter by its name), a package, a module of Node, or the machine below them. */
function layerOf({ url, functionName }: CodePlace): string {
  if (url.startsWith('node:')) return url.replace(/^node:internal\//, 'node:').replace(/\/.*/, '');
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url);
  if (installed !== null) return installed[1] as string;
  const own = /\/src\/(adapters\/[^/]+|[^/]+)\//.exec(url) ?? /\/(gen)\//.exec(url);
  if (own !== null) return own[1] as string;
  return functionName === '(garbage collector)' ? 'garbage collector' : 'native code';
}

function nameOf({ functionName, url, lineNumber }: CodePlace): string {
  if (url === '') return functionName;
  const place = url.replace(/^.*\/(?=src\/|gen\/|node_modules\/)/, '').replace('node_modules/', '');
  return `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}`;
}
