import { readFileSync } from 'node:fs';
import { type CodePlace, ShareCount, type Shares } from './code-place.ts';

/** AllocationNode is one place in V8's tree of calls, with the bytes that it allocated itself. */
interface AllocationNode {
  callFrame: CodePlace;
  selfSize: number;
  children: AllocationNode[];
}

/** Reads a profile of allocations and returns the shares of all bytes. */
export function readAllocationShares(file: string): Shares {
  const { head }: { head: AllocationNode } = JSON.parse(readFileSync(file, 'utf8'));
  const count = new ShareCount();
  const visit = ({ callFrame, selfSize, children }: AllocationNode) => {
    if (selfSize > 0) count.add(callFrame, selfSize);
    children.forEach(visit);
  };
  visit(head);
  return count.shares();
}
