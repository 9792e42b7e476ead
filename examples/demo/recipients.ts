import { readFile } from 'node:fs/promises';
import { type CsvError, parse } from 'csv-parse/sync';
import { z } from 'zod';
import { UsageError } from './command-line.ts';

const recipientSchema = z.object({
  name: z.string().min(1, 'is empty'),
  email: z.email('is not an e-mail address'),
  plan: z.enum(['business', 'team', 'free', 'trial'], 'must be business, team, free or trial'),
});
export type DemoRecipient = z.infer<typeof recipientSchema>;

/** The good rows of a file, and what was wrong with the others. */
export interface RecipientList {
  readonly recipients: readonly DemoRecipient[];
  /** One sentence a bad row, with its line number. Never the row itself: it holds somebody's data. */
  readonly problems: readonly string[];
}

const recordSchema = z.array(
  z.object({ record: z.record(z.string(), z.string()), info: z.object({ lines: z.number() }) }),
);

/**
 * Reads recipients from a CSV with a header line. Bad rows are reported and left out.
 * @throws {UsageError} when the file cannot be read, or lacks one of the columns.
 */
export async function readRecipients(file: string): Promise<RecipientList> {
  const problems: string[] = [];
  const rows = recordSchema.parse(
    parse(await readText(file), {
      bom: true,
      columns: (header: string[]) => checkedHeader(header, file),
      info: true,
      on_skip: (error: CsvError | undefined) => void problems.push(describeSkipped(error)),
      skip_empty_lines: true,
      skip_records_with_error: true,
      trim: true,
    }),
  );
  const recipients = rows.flatMap(({ record, info }) => {
    const row = recipientSchema.safeParse(record);
    if (row.success) return [row.data];
    const [issue] = row.error.issues;
    problems.push(`line ${info.lines}: ${issue?.path.join('.')} ${issue?.message}`);
    return [];
  });
  return { recipients, problems };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : error;
    throw new UsageError(`cannot read the recipients from "${file}" (${reason}). Name a readable CSV file.`);
  }
}

function checkedHeader(header: string[], file: string): string[] {
  const missing = Object.keys(recipientSchema.shape).filter((column) => !header.includes(column));
  if (missing.length === 0) return header;
  throw new UsageError(
    `"${file}" has no column ${missing.join(', ')}: its first line must name name, email and plan, separated by commas.`,
  );
}

function describeSkipped(error: CsvError | undefined): string {
  const line = typeof error?.['lines'] === 'number' ? error['lines'] : '?';
  return `line ${line}: not a row of the table (${error?.code ?? 'unreadable'})`;
}
