import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const INDEX = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Fixture</title>
    <link rel="icon" type="image/svg+xml" href="./assets/icon-1a2b3c4d.svg" />
    <script type="module" crossorigin src="./assets/index-5e6f7a8b.js"></script>
    <link rel="stylesheet" crossorigin href="./assets/index-9c0d1e2f.css" />
  </head>
  <body></body>
</html>
`;

/** Three files referred to as the build of the real pages refers to its own, in a folder of their own. */
export function createUiFixture(): { readonly directory: string; readonly remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'townkrier-ui-'));
  mkdirSync(join(directory, 'assets'));
  writeFileSync(join(directory, 'index.html'), INDEX);
  writeFileSync(join(directory, 'assets/icon-1a2b3c4d.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(directory, 'assets/index-9c0d1e2f.css'), 'body { margin: 0; }');
  const script = `export const base = new URL("../", import.meta.url);\n// ${'x'.repeat(400)}\n`;
  writeFileSync(join(directory, 'assets/index-5e6f7a8b.js'), script);
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
