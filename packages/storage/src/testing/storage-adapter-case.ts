import type { CaseContext } from './case-context.ts';

/** One promise of the storage-adapter contract, and how it is checked. Its name is a sentence; it depends on no other case. */
export interface StorageAdapterCase {
  readonly name: string;
  /** Only for adapters whose rows outlive the process. */
  readonly needs?: 'durability';
  run(context: CaseContext): Promise<void>;
}
