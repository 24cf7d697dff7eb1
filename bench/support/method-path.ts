import type { DescMethod } from '@bufbuild/protobuf';

/** Returns the path under which a method is called. */
export function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}
