import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** What the demo can be told. */
export interface DemoOptions {
  /** The CSV to read recipients from; the one beside the example when none is named. */
  readonly recipientsFile: string | null;
  /** Whether to end after the summary instead of serving the dashboard until Ctrl-C. */
  readonly exits: boolean;
  readonly port: number;
  /** Where jobs, log and mails are kept while the demo runs. */
  readonly dataFolder: string;
}

/** A mistake of whoever started the demo: shown as one line, without a stack. */
export class UsageError extends Error {}

export const USAGE = `usage: npm run demo -- [recipients.csv] [--exit] [--port N] [--data FOLDER]

  recipients.csv   who gets mail: a CSV with the columns name, email, plan (business, team, free or trial)
  --exit           end after the summary: code 0, or 1 when the mailbox and the log disagree
  --port N         where to serve the dashboard (default 3000, or the environment's PORT)
  --data FOLDER    where jobs, log and mails are kept until all is sent (default: a folder for temporary files)`;

/**
 * Reads the command line.
 * @throws {UsageError} for anything it does not know.
 */
export function parseCommandLine(args: readonly string[], env: NodeJS.ProcessEnv): DemoOptions {
  const { values, positionals } = parseOrExplain(args);
  if (positionals.length > 1)
    throw new UsageError(`one file at most, got ${positionals.length}.\n\n${USAGE}`);
  return {
    recipientsFile: positionals[0] ?? null,
    exits: values.exit ?? false,
    dataFolder: values.data ?? join(tmpdir(), 'townkrier-demo'),
    port: parsePort(values.port ?? env['PORT'] ?? '3000'),
  };
}

function parseOrExplain(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { exit: { type: 'boolean' }, port: { type: 'string' }, data: { type: 'string' } },
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError(`the port must be a whole number from 0 to 65535, got "${text}".`);
}
