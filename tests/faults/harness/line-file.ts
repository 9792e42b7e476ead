import { closeSync, existsSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';

/** A file that grows line by line. Each line is with the operating system when `write` returns, so that a SIGKILL of the writer loses none. */
export class LineWriter {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, 'a');
  }

  write(...words: readonly (string | number)[]): void {
    writeSync(this.#file, `${words.join(' ')}\n`);
  }
}

/** The words of each whole line of a file; none when there is no file. A last line that was cut is left out: its writer never got to say it. */
export function readLines(path: string): string[][] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => line.split(' '));
}

/** Counts the lines of a file as it grows, reading only what is new. */
export class LineCounter {
  readonly #path: string;
  readonly #counts: (words: readonly string[]) => boolean;
  readonly #buffer = Buffer.alloc(65_536);
  #position = 0;
  #rest = '';
  #count = 0;

  /** @param counts - Whether a line counts. */
  constructor(path: string, counts: (words: readonly string[]) => boolean) {
    this.#path = path;
    this.#counts = counts;
  }

  /** How many there are now. */
  read(): number {
    if (!existsSync(this.#path) || statSync(this.#path).size === this.#position) return this.#count;
    const file = openSync(this.#path, 'r');
    for (;;) {
      const length = readSync(file, this.#buffer, 0, this.#buffer.length, this.#position);
      if (length === 0) break;
      this.#position += length;
      this.#add(this.#buffer.toString('latin1', 0, length));
    }
    closeSync(file);
    return this.#count;
  }

  #add(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    this.#count += lines.filter((line) => this.#counts(line.split(' '))).length;
  }
}
