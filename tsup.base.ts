import type { Options } from 'tsup';

/**
 * How every package is built: ESM for the oldest Node.js we support, types by `tsc` afterwards.
 * `removeNodeProtocol` must stay off: tsup's default turns `node:sqlite` into `sqlite`, which does not exist.
 */
export function libraryBuild(...entry: string[]): Options {
  return {
    entry,
    format: ['esm'],
    target: 'node22.13',
    platform: 'node',
    dts: false,
    removeNodeProtocol: false,
    clean: true,
    sourcemap: true,
  };
}
