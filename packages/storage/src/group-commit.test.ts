import { describe, expect, it } from 'vitest';
import { GroupCommit, type PendingWrite } from './group-commit.ts';

interface NamedWrite extends PendingWrite {
  readonly name: string;
  readonly resolve: (name: string) => void;
}

/** A group commit that notes its groups, and fails for a group with a name in it. */
class Recorder {
  readonly groups: string[][] = [];
  failing = 'nothing';
  /** What a commit waits for. */
  until: Promise<void> = Promise.resolve();
  readonly #commits = new GroupCommit<NamedWrite>(async (group) => {
    const names = group.map(({ name }) => name);
    this.groups.push(names);
    await this.until;
    if (names.includes(this.failing)) throw new Error(`${this.failing} failed`);
    for (const write of group) write.resolve(write.name);
  });

  write(name: string, rows = 1): Promise<string> {
    return new Promise((resolve, reject) => this.#commits.add({ name, rows, resolve, reject }));
  }
}

describe('writes that share a commit', () => {
  it('are those of one turn, in their order', async () => {
    const recorder = new Recorder();
    expect(await Promise.all([recorder.write('a'), recorder.write('b')])).toEqual(['a', 'b']);
    await recorder.write('c');
    expect(recorder.groups).toEqual([['a', 'b'], ['c']]);
  });

  it('gather while a commit is under way', async () => {
    const recorder = new Recorder();
    let go = (): void => {};
    recorder.until = new Promise((resolve) => {
      go = resolve;
    });
    const first = recorder.write('a');
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    const others = [recorder.write('b'), recorder.write('c')];
    go();
    await Promise.all([first, ...others]);
    expect(recorder.groups).toEqual([['a'], ['b', 'c']]);
  });

  it('are at most 250 rows, but a larger write stays whole', async () => {
    const recorder = new Recorder();
    const rows = { a: 200, b: 50, c: 1, d: 900, e: 1 };
    await Promise.all(Object.entries(rows).map(([name, count]) => recorder.write(name, count)));
    expect(recorder.groups).toEqual([['a', 'b'], ['c'], ['d'], ['e']]);
  });

  it('are all rejected when their commit fails, and later ones are not', async () => {
    const recorder = new Recorder();
    recorder.failing = 'b';
    const results = await Promise.allSettled([recorder.write('a'), recorder.write('b')]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await recorder.write('c')).toBe('c');
  });
});
