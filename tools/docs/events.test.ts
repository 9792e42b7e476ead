import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from './snippets.ts';

const SECTIONS = [
  ['NotificationManager', 'packages/core/src/notification-events.ts', 'NotificationEvents'],
  ['QueueManager', 'packages/queue/src/events.ts', 'QueueEvents'],
  ['StorageManager', 'packages/storage/src/storage-events.ts', 'StorageEvents'],
] as const;

/** The names an interface of events declares: types are gone at run time, so its text is read. */
function declaredEvents(file: string, name: string): string[] {
  const source = readFileSync(join(root, file), 'utf8');
  const body = source.split(`interface ${name} {`)[1]?.split('\n}')[0] ?? '';
  return [...body.matchAll(/^ {2}'([a-z:-]+)':/gm)].map((match) => match[1] ?? '').sort();
}

function documentedEvents(section: string): string[] {
  const text = readFileSync(join(root, 'docs/reference/events.md'), 'utf8');
  const body = text.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...body.matchAll(/^\| `([a-z:-]+)` \|/gm)].map((match) => match[1] ?? '').sort();
}

it.each(SECTIONS)('docs/reference/events.md lists exactly the events of %s', (section, file, name) => {
  expect(declaredEvents(file, name).length).toBeGreaterThan(3);
  expect(documentedEvents(section)).toEqual(declaredEvents(file, name));
});
