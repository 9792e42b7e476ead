import type {} from '../../../tools/services/closing-line.ts';
import { reasonMissing } from './missing-servers.ts';

/** Notes, for the closing lines, which servers cannot be started and why: the tests of their backends are skipped. */
export default function setup(): void {
  for (const backend of ['postgres', 'bullmq'] as const) {
    const reason = reasonMissing(backend);
    if (reason === null) continue;
    globalThis.townkrierMissing ??= new Set();
    globalThis.townkrierMissing.add(reason);
  }
}
