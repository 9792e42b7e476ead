import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of a Chromium or Chrome, or `null` where none is installed. */
    chromium: string | null;
  }
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** `TOWNKRIER_TEST_CHROMIUM`, else the first browser on PATH. */
function findChromium(): string | null {
  const named = process.env['TOWNKRIER_TEST_CHROMIUM'];
  if (named) return named;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(existsSync) ?? null;
}

/** Hands the browser's path to the tests, or notes for the closing lines why they are skipped. */
export default function setup(project: TestProject): void {
  const chromium = findChromium();
  if (chromium === null) {
    globalThis.townkrierMissing ??= new Set();
    globalThis.townkrierMissing.add(
      'Browser: no Chromium or Chrome found. Install one (Debian: apt-get install chromium), or set TOWNKRIER_TEST_CHROMIUM.',
    );
  }
  project.provide('chromium', chromium);
}
