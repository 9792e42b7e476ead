import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

const compressors = { br: promisify(brotliCompress), gzip: promisify(gzip) } as const;
type Encoding = keyof typeof compressors;

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};
const COMPRESSIBLE = new Set(['.html', '.js', '.css', '.json', '.svg']);

/** One file of the built UI. */
export interface UiFile {
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly etag: string;
  /** Filled on first use. */
  readonly compressed: Map<Encoding, Promise<Buffer>>;
  readonly isCompressible: boolean;
}

/**
 * The built UI, read into memory once (it is a few hundred kilobytes). A path is looked up among the files that were found, never on the disk, so
 * no path can lead outside. As long as the UI is not built each request looks again.
 */
export class UiFiles {
  readonly #directory: string;
  #files: Promise<ReadonlyMap<string, UiFile>> | null = null;

  constructor(directory: string = findUiDirectory()) {
    this.#directory = directory;
  }

  /** The file at a path such as `assets/index-3f2a.js`, or `null`. */
  async find(path: string): Promise<UiFile | null> {
    return (await this.#load()).get(path) ?? null;
  }

  async #load(): Promise<ReadonlyMap<string, UiFile>> {
    if (!existsSync(join(this.#directory, 'index.html'))) return new Map();
    this.#files ??= readFiles(this.#directory);
    return await this.#files;
  }
}

/** The bytes for a reader that takes these encodings, with the encoding they are in. Compresses a file once per encoding. */
export async function encodeFile(
  file: UiFile,
  acceptEncoding: string | null,
): Promise<{ readonly bytes: Buffer; readonly encoding: Encoding | null }> {
  const encoding = file.isCompressible ? chooseEncoding(acceptEncoding) : null;
  if (encoding === null) return { bytes: file.bytes, encoding };
  const compressed = file.compressed.get(encoding) ?? compressors[encoding](file.bytes);
  file.compressed.set(encoding, compressed);
  return { bytes: await compressed, encoding };
}

function chooseEncoding(acceptEncoding: string | null): Encoding | null {
  const accepted = (acceptEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => !/;\s*q=0(\.0*)?$/.test(entry))
    .map((entry) => entry.split(';')[0]?.trim());
  if (accepted.includes('br')) return 'br';
  return accepted.includes('gzip') ? 'gzip' : null;
}

/** `dist/ui`, seen from the built `dist/index.js` or from the source. */
function findUiDirectory(): string {
  const built = fileURLToPath(new URL('./ui', import.meta.url));
  return existsSync(join(built, 'index.html'))
    ? built
    : fileURLToPath(new URL('../dist/ui', import.meta.url));
}

async function readFiles(directory: string): Promise<ReadonlyMap<string, UiFile>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(
    paths.map(async (path) => {
      const name = relative(directory, path).split(sep).join('/');
      return [name, toUiFile(extname(name), await readFile(path))] as const;
    }),
  );
  return new Map(files);
}

function toUiFile(extension: string, bytes: Buffer): UiFile {
  return {
    mediaType: MEDIA_TYPES[extension] ?? 'application/octet-stream',
    bytes,
    etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    compressed: new Map(),
    isCompressible: COMPRESSIBLE.has(extension),
  };
}
