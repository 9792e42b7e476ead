import type { DeleteWrite, LogWrite, SaveWrite, UpdateWrite } from '@townkrier/storage';
import type { WriteStep } from './write-statement.ts';

/** What is done by one statement. */
export type GroupStep = WriteStep | DeleteWrite;

/** A step that is being filled, and the rows it touches. */
interface OpenStep {
  readonly saves: SaveWrite[];
  readonly updates: UpdateWrite[];
  readonly ids: Set<string>;
}

/**
 * Cuts a group of writes into as few statements as keep the meaning of their order: what touches the same row, or moves a key that another may want, waits for
 * the statement before. Mostly it is one.
 */
export function toSteps(group: readonly LogWrite[]): GroupStep[] {
  const steps: GroupStep[] = [];
  let open: OpenStep | undefined;
  for (const write of group) {
    if (write.kind === 'delete') {
      steps.push(write);
      open = undefined;
      continue;
    }
    const ids = idsOf(write);
    if (open === undefined || movesKey(write) || ids.some((id) => open?.ids.has(id))) {
      open = { saves: [], updates: [], ids: new Set() };
      steps.push(open);
    }
    for (const id of ids) open.ids.add(id);
    if (write.kind === 'save') open.saves.push(write);
    else open.updates.push(write);
    if (movesKey(write)) open = undefined;
  }
  return steps;
}

function idsOf(write: SaveWrite | UpdateWrite): string[] {
  // The id is the first of the columns.
  return write.kind === 'update' ? [write.id] : write.logs.map(({ values }) => String(values[0]));
}

function movesKey(write: SaveWrite | UpdateWrite): boolean {
  if (write.kind === 'save') return false;
  return [...write.changes.keys()].some(({ field }) => field === 'idempotencyKey');
}
